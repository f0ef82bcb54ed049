//! An announcement as the operator writes it, in a file or in options, and what is wrong with it.

use clap::Args;
use serde::Deserialize;
use std::path::{Path, PathBuf};
use std::time::Duration;
use url::Url;

use super::super::{Failure, at_file, refused};
use crate::clock::Timestamp;
use crate::config::Config;
use crate::language::Language;
use crate::security::random;
use crate::store::announcements::{Announcement, Audience, KEPT, Words, WordsByLanguage};
use crate::store::details::Json;

/// What an id is made of: nothing that is read wrongly.
const ALPHABET: &[u8] = b"abcdefghjkmnpqrstuvwxyz23456789";
const ID_LETTERS: usize = 8;

const LONGEST_TITLE: usize = 100;
const LONGEST_TEXT: usize = 4000;
const LONGEST_LINK: usize = 1000;

/// How long one lasts where nobody says.
const USUAL_LIFE: Duration = Duration::from_secs(30 * 24 * 60 * 60);
const LONGEST_LIFE: Duration = Duration::from_secs(400 * 24 * 60 * 60);

/// An announcement to write down.
#[derive(Debug, Args)]
pub(in super::super) struct New {
    /// A TOML or JSON file that says all of it, instead of the options: topic, link, audience, from, to, and title and text
    /// under words.en, words.zh-CN
    #[arg(conflicts_with_all = ["topic", "title", "text", "link", "audience", "from", "to"])]
    file: Option<PathBuf>,
    /// What it is about: an id of news.topics
    #[arg(long, required_unless_present = "file")]
    topic: Option<String>,
    /// Its title in one language: "en=New in Cloud" (repeat)
    #[arg(long, value_name = "LANGUAGE=TITLE", required_unless_present = "file")]
    title: Vec<String>,
    /// Its text in one language; empty lines part paragraphs (repeat)
    #[arg(long, value_name = "LANGUAGE=TEXT", required_unless_present = "file")]
    text: Vec<String>,
    /// Where to read on
    #[arg(long, value_name = "URL")]
    link: Option<String>,
    /// Whom it concerns: everybody, app:CLIENT_ID, language:TAG or country:AT [default: everybody]
    #[arg(long)]
    audience: Option<String>,
    /// From when, as 2026-12-01 or 2026-12-01T08:00:00+01:00 [default: now]
    #[arg(long, value_name = "TIME")]
    from: Option<String>,
    /// Until when [default: 30 days]
    #[arg(long, value_name = "TIME")]
    to: Option<String>,
}

/// As written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Written {
    topic: String,
    words: WordsByLanguage,
    link: Option<String>,
    audience: Option<String>,
    from: Option<toml::Value>,
    to: Option<toml::Value>,
}

/// Reads the file, or the options.
pub(super) fn read(new: New) -> Result<Written, Failure> {
    if let Some(file) = &new.file {
        let text = std::fs::read_to_string(file).map_err(at_file(file))?;
        return parse(&text, file).map_err(|problem| refused(format!("{}: {problem}", file.display())));
    }
    let mut words = WordsByLanguage::new();
    for (options, what) in [(&new.title, "title"), (&new.text, "text")] {
        for option in options {
            let split = option.split_once('=');
            let (tag, said) = split.ok_or_else(|| refused(format!("{what}: write it as en={option}")))?;
            let own = words.entry(tag.to_owned()).or_default();
            let field = if what == "title" { &mut own.title } else { &mut own.text };
            if !field.is_empty() {
                return Err(refused(format!("{what}: {tag} is there twice")));
            }
            *field = said.to_owned();
        }
    }
    let time = |text: Option<String>| text.map(toml::Value::String);
    Ok(Written {
        topic: new.topic.unwrap_or_default(),
        words,
        link: new.link,
        audience: new.audience,
        from: time(new.from),
        to: time(new.to),
    })
}

/// JSON where the file's name says so, else TOML.
fn parse(text: &str, file: &Path) -> Result<Written, String> {
    if file.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json")) {
        return serde_json::from_str(text).map_err(|error| error.to_string());
    }
    toml::from_str(text).map_err(|error| error.to_string().trim().to_owned())
}

impl Written {
    /// The announcement, where everything about it can be.
    pub(super) fn checked(self, config: &Config, now: Timestamp) -> Result<Announcement, Failure> {
        if config.news.topic(&self.topic).is_none() {
            let known: Vec<&str> = config.news.topics.iter().map(|topic| topic.id.as_str()).collect();
            return Err(refused(format!("topic: {} is none of news.topics: {}", self.topic, known.join(", "))));
        }
        let audience = self.audience.as_deref().map_or(Ok(Audience::Everybody), audience)?;
        let words = checked_words(self.words, &audience)?;
        let link = self.link.map(|link| checked_link(link, config.is_development())).transpose()?;
        let starts_at = self.from.map_or(Ok(now), |time| moment("from", &time))?;
        let ends_at = self.to.map_or(Ok(starts_at.max(now).plus(USUAL_LIFE)), |time| moment("to", &time))?;
        if ends_at <= starts_at.max(now) {
            return Err(refused("to: must lie in the future, and behind from"));
        }
        if ends_at.since(starts_at.max(now)) > LONGEST_LIFE {
            return Err(refused("to: an announcement lasts 400 days at most"));
        }
        Ok(Announcement {
            id: random::letters(ALPHABET, ID_LETTERS),
            topic: self.topic,
            words: Json::of(words),
            link,
            audience: Json::of(audience),
            starts_at,
            ends_at,
            withdrawn_at: None,
            created_at: now,
            expires_at: ends_at.plus(KEPT),
        })
    }
}

fn audience(written: &str) -> Result<Audience, Failure> {
    let wrong = || refused("audience: must be everybody, app:CLIENT_ID, language:TAG or country:AT");
    match written.split_once(':') {
        None if written == "everybody" => Ok(Audience::Everybody),
        Some(("app", client_id)) if !client_id.is_empty() => Ok(Audience::App(client_id.to_owned())),
        Some(("language", tag)) => {
            let language =
                Language::from_tag(tag).ok_or_else(|| refused(format!("audience: {tag} is not spoken here")))?;
            Ok(Audience::Language(language.tag().to_owned()))
        }
        Some(("country", country)) => {
            let known = country.parse::<phonenumber::country::Id>();
            let known = known.map_err(|_| refused(format!("audience: {country} is no country's two capitals")))?;
            Ok(Audience::Country(known.as_ref().to_owned()))
        }
        _ => Err(wrong()),
    }
}

/// Everybody must be able to read it: in every language, or, where only those of one are meant, in that.
fn checked_words(written: WordsByLanguage, audience: &Audience) -> Result<WordsByLanguage, Failure> {
    let mut words = WordsByLanguage::new();
    for (tag, Words { title, text }) in written {
        let language = Language::from_tag(&tag).ok_or_else(|| refused(format!("words: {tag} is not spoken here")))?;
        let (title, text) = (title.trim().to_owned(), text.trim().to_owned());
        if title.is_empty() || title.chars().count() > LONGEST_TITLE || title.chars().any(char::is_control) {
            return Err(refused(format!("{tag}: a title has 1 to {LONGEST_TITLE} characters in one line")));
        }
        let is_text = |c: char| !c.is_control() || c == '\n' || c == '\r';
        if text.is_empty() || text.chars().count() > LONGEST_TEXT || !text.chars().all(is_text) {
            return Err(refused(format!("{tag}: a text has 1 to {LONGEST_TEXT} characters")));
        }
        words.insert(language.tag().to_owned(), Words { title, text });
    }
    let owed = |language: &Language| match audience {
        Audience::Language(tag) => language.tag() == tag,
        _ => true,
    };
    match Language::ALL.iter().filter(|language| owed(language)).find(|language| !words.contains_key(language.tag())) {
        Some(missing) => Err(refused(format!("words: those in {} are missing", missing.tag()))),
        None => Ok(words),
    }
}

fn checked_link(written: String, dev: bool) -> Result<String, Failure> {
    let url = Url::parse(&written).map_err(|_| refused("link: is not a URL"))?;
    let is_good = url.scheme() == "https" || (dev && url.scheme() == "http");
    if !is_good || url.host().is_none() || !url.username().is_empty() || written.len() > LONGEST_LINK {
        return Err(refused(format!("link: must be an https address of {LONGEST_LINK} characters at most")));
    }
    Ok(url.into())
}

/// A day (its beginning in UTC), or a moment by RFC 3339.
fn moment(name: &str, written: &toml::Value) -> Result<Timestamp, Failure> {
    let text = match written {
        toml::Value::String(text) => text.clone(),
        toml::Value::Datetime(time) => time.to_string(),
        _ => String::new(),
    };
    let whole = if text.len() == "2026-12-01".len() { format!("{text}T00:00:00Z") } else { text.clone() };
    let parsed = chrono::DateTime::parse_from_rfc3339(&whole);
    let wrong = |_| refused(format!("{name}: write it as 2026-12-01 or 2026-12-01T08:00:00+01:00, not \"{text}\""));
    Ok(Timestamp::from_millis(parsed.map_err(wrong)?.timestamp_millis()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

    const TOML: &str = "topic = \"offers\"\nlink = \"https://lantern.example/winter\"\naudience = \"country:AT\"\n\
        from = 2027-02-01T08:00:00+01:00\nto = 2027-03-01\n\
        [words.en]\ntitle = \"Winter\"\ntext = \"\"\"\nOne.\n\nTwo.\n\"\"\"\n\
        [words.zh-CN]\ntitle = \"冬天\"\ntext = \"一。\"\n";

    fn config() -> Config {
        let variable = ("KEYHOUSE_SECRETS__MASTER_KEY".to_owned(), KEY.to_owned());
        Config::load(None, std::iter::once(variable), true).unwrap()
    }

    fn checked(text: &str, name: &str) -> Result<Announcement, String> {
        parse(text, Path::new(name))?.checked(&config(), NOW).map_err(|failure| failure.to_string())
    }

    #[test]
    fn a_file_says_all_of_it() {
        let announcement = checked(TOML, "a.toml").unwrap();
        assert_eq!(announcement.id.len(), 8);
        assert_eq!(announcement.starts_at.rfc3339(), "2027-02-01T07:00:00.000Z");
        assert_eq!(announcement.ends_at.rfc3339(), "2027-03-01T00:00:00.000Z");
        assert_eq!(announcement.expires_at, announcement.ends_at.plus(KEPT));
        assert_eq!(announcement.audience.get(), Some(&Audience::Country("AT".to_owned())));
        let words = announcement.words.get().unwrap();
        assert_eq!((words["en"].text.as_str(), words["zh-CN"].title.as_str()), ("One.\n\nTwo.", "冬天"));
        let json =
            r#"{"topic": "news", "words": {"zh-CN": {"title": "t", "text": "x"}}, "audience": "language:zh-cn"}"#;
        let announcement = checked(json, "a.json").unwrap();
        assert_eq!((announcement.starts_at, announcement.ends_at), (NOW, NOW.plus(USUAL_LIFE)));
        assert_eq!(announcement.audience.get(), Some(&Audience::Language("zh-CN".to_owned())));
    }

    #[test]
    fn what_cannot_be_is_refused_by_its_name() {
        for (from, to, named) in [
            ("topic = \"offers\"", "topic = \"none\"", "topic"),
            ("https://lantern", "javascript://lantern", "link"),
            ("https://lantern", "https://user@lantern", "link"),
            ("country:AT", "country:Austria", "audience"),
            ("country:AT", "planet:Mars", "audience"),
            ("country:AT", "app:", "audience"),
            ("to = 2027-03-01", "to = 2027-01-01", "to"),
            ("to = 2027-03-01", "to = 2030-03-01", "to"),
            ("to = 2027-03-01", "to = \"next week\"", "to"),
            ("from = 2027-02-01T08:00:00+01:00", "from = 08:00:00", "from"),
            ("[words.zh-CN]", "[words.de]", "de"),
            ("title = \"冬天\"", "title = \"\"", "zh-CN"),
            ("title = \"冬天\"", "title = \"a\\nb\"", "zh-CN"),
            ("title = \"冬天\"", "titel = \"冬天\"", "titel"),
            ("text = \"一。\"", "text = \"\\u0007\"", "zh-CN"),
        ] {
            let text = TOML.replace(from, to);
            assert_ne!(text, TOML, "{from}");
            let problem = checked(&text, "a.toml").unwrap_err();
            assert!(problem.contains(named), "{to}: {problem}");
        }
        let english_only = &TOML[..TOML.find("[words.zh-CN]").unwrap()];
        assert!(checked(english_only, "a.toml").unwrap_err().contains("zh-CN are missing"));
        assert!(checked(&english_only.replace("country:AT", "language:en"), "a.toml").is_ok());
    }
}
