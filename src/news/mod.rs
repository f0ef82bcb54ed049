//! News and offers: what the operator announces, whom it concerns, what people agree to before any of it is sent to them, and
//! the sending.

mod addressee;
pub mod audience;
mod mail;
pub mod sending;

use crate::brand::Brand;
use crate::config::Topic;
use crate::language::Language;
use crate::security::random;
use crate::store::announcements::{Announcement, Words};
use crate::store::one_time_codes::Channel;

pub use mail::NewsMessage;

/// What a person agrees to with the button beside it, and which version of it: kept as it is with every opt-in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consent {
    /// The sentence.
    pub wording: String,
    /// A digest of it: other words, be they ours or the operator's, are another version without anybody's having to say so.
    pub version: String,
}

impl Consent {
    /// The sentence for a topic and channel in a language.
    pub fn to(brand: &Brand, topic: &Topic, channel: Channel, language: Language) -> Self {
        let key = match channel {
            Channel::Email => "news-consent-email",
            Channel::Sms => "news-consent-sms",
        };
        let sentence = language.text(key).plain("brand", &brand.name).plain("topic", topic.name(language));
        let wording = sentence.to_string();
        let digest = random::sha256(&wording);
        Self { version: random::encode(digest.get(..12).unwrap_or_default()), wording }
    }
}

/// The words of an announcement for somebody who reads this language: else in English, else in whatever there is.
pub fn words(announcement: &Announcement, language: Language) -> Option<&Words> {
    let all = announcement.words.get()?;
    let in_english = || all.get(Language::English.tag());
    all.get(language.tag()).or_else(in_english).or_else(|| all.values().next())
}

/// The paragraphs of a text: empty lines part them, other line breaks are only where the operator's editor broke the line.
pub fn paragraphs(text: &str) -> Vec<String> {
    let mut all = vec![String::new()];
    for line in text.lines().map(str::trim) {
        match (line.is_empty(), all.last_mut()) {
            (true, Some(last)) if !last.is_empty() => all.push(String::new()),
            (false, Some(last)) => {
                if !last.is_empty() {
                    last.push(' ');
                }
                last.push_str(line);
            }
            _ => {}
        }
    }
    all.retain(|paragraph| !paragraph.is_empty());
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_lines_part_paragraphs() {
        let table: [(&str, &[&str]); 6] = [
            ("", &[]),
            ("\n \n", &[]),
            ("one", &["one"]),
            ("one\ntwo", &["one two"]),
            ("one\n\ntwo\r\n \r\n\r\nthree\n", &["one", "two", "three"]),
            ("\n\n one \n", &["one"]),
        ];
        for (text, expected) in table {
            assert_eq!(paragraphs(text), expected, "{text:?}");
        }
    }

    #[test]
    fn other_words_are_another_version() {
        let brand = |name: &str| Brand { name: name.to_owned(), ..Brand::default() };
        let topic = |name| Topic::named("offers", &[(Language::English, name)]);
        let of = |brand: &Brand, topic: &Topic, channel| Consent::to(brand, topic, channel, Language::English);
        let (lantern, offers) = (brand("Lantern"), topic("Offers"));
        let first = of(&lantern, &offers, Channel::Email);
        assert!(first.wording.contains("Lantern") && first.wording.contains("Offers"), "{}", first.wording);
        assert_eq!(first, of(&lantern, &offers, Channel::Email));
        for other in [
            of(&lantern, &offers, Channel::Sms),
            of(&brand("Other"), &offers, Channel::Email),
            of(&lantern, &topic("Deals"), Channel::Email),
        ] {
            assert_ne!(first.version, other.version);
        }
    }
}
