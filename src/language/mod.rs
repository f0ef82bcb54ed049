//! The languages people can read Keyhouse in, and how one is chosen. Pure: no request, no store.
//! Sentences are in [`message`]; the catalogue itself is `locales/`.

mod message;

use std::fmt;

pub use message::{Count, Sentence, TextSentence};
use unic_langid::{LanguageIdentifier, langid};

/// A language with a complete catalogue. A new one is a folder in `locales/`, a variant here and its lines below.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Language {
    /// English, the language of last resort.
    #[default]
    English,
    /// Chinese in simplified characters.
    SimplifiedChinese,
}

/// Which way a page runs; the value of the `dir` attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Left to right.
    LeftToRight,
    /// Right to left.
    RightToLeft,
}

impl fmt::Display for Direction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::LeftToRight => "ltr",
            Self::RightToLeft => "rtl",
        })
    }
}

impl Language {
    /// Every language, in the order the language menu shows them.
    pub const ALL: [Self; 2] = [Self::English, Self::SimplifiedChinese];

    /// The BCP 47 tag: the folder in `locales/`, the `lang` attribute, the stored setting and the cookie's value.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::SimplifiedChinese => "zh-CN",
        }
    }

    /// The language's name in itself, as a menu shows it.
    pub const fn own_name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::SimplifiedChinese => "简体中文",
        }
    }

    /// Which way its pages run.
    pub const fn dir(self) -> Direction {
        match self {
            Self::English | Self::SimplifiedChinese => Direction::LeftToRight,
        }
    }

    /// The language of an exact tag of [`Language::tag`], in any case: for stored settings and form fields.
    pub fn from_tag(tag: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|language| language.tag().eq_ignore_ascii_case(tag))
    }

    /// The best language for any BCP 47 tag (`zh-Hant-TW`, `en_GB`): only the primary subtag decides, since there
    /// is one catalogue a primary language. `None` where there is none.
    pub fn matching(tag: &str) -> Option<Self> {
        let primary = tag.trim().split(['-', '_']).next()?;
        Self::ALL
            .into_iter()
            .find(|language| language.tag().split('-').next().is_some_and(|own| own.eq_ignore_ascii_case(primary)))
    }

    /// The identifier the message catalogue is keyed by.
    const fn identifier(self) -> LanguageIdentifier {
        match self {
            Self::English => langid!("en"),
            Self::SimplifiedChinese => langid!("zh-CN"),
        }
    }
}

/// Chooses the language of a page. The app's wish for this request (`ui_locales`, OpenID Connect Core §3.1.2.1: tags
/// separated by spaces, best first) counts most, then what the person chose in the account, then what this browser
/// chose (the cookie), then `Accept-Language` (RFC 9110 §12.5.4). Unknown and malformed tags are passed over.
pub fn negotiate(
    ui_locales: Option<&str>,
    account_setting: Option<Language>,
    cookie: Option<&str>,
    accept_language: Option<&str>,
    default: Language,
) -> Language {
    ui_locales
        .and_then(|tags| tags.split_ascii_whitespace().find_map(Language::matching))
        .or(account_setting)
        .or_else(|| cookie.and_then(Language::from_tag))
        .or_else(|| accept_language.and_then(best_accepted))
        .unwrap_or(default)
}

/// The first known language of an `Accept-Language` header by weight; of equal weights, the first written.
fn best_accepted(header: &str) -> Option<Language> {
    let mut best: Option<(u16, Language)> = None;
    for range in header.split(',') {
        let mut parts = range.split(';');
        let Some(tag) = parts.next() else { continue };
        let weight = parts.find_map(|part| part.trim().strip_prefix("q=")).map_or(Some(1000), thousandths);
        let (Some(language), Some(weight)) = (Language::matching(tag), weight) else { continue };
        if weight > 0 && best.is_none_or(|(heaviest, _)| weight > heaviest) {
            best = Some((weight, language));
        }
    }
    best.map(|(_, language)| language)
}

/// A weight (`0`, `0.8`, `1.000`) in thousandths; `None` for what RFC 9110 §12.4.2 does not allow.
fn thousandths(weight: &str) -> Option<u16> {
    let (whole, fraction) = weight.trim().split_once('.').unwrap_or((weight.trim(), ""));
    if fraction.len() > 3 || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let whole: u16 = whole.parse().ok()?;
    let fraction: u16 = format!("{fraction:0<3}").parse().ok()?;
    let weight = whole.checked_mul(1000)?.checked_add(fraction)?;
    (weight <= 1000).then_some(weight)
}

#[cfg(test)]
mod tests {
    use super::{Language, negotiate};

    const EN: Language = Language::English;
    const ZH: Language = Language::SimplifiedChinese;

    #[test]
    fn the_first_source_that_names_a_known_language_wins() {
        let table = [
            (None, None, None, None, EN),
            (Some("zh-CN"), Some(EN), Some("en"), Some("en"), ZH),
            (Some("fr de"), Some(ZH), Some("en"), Some("en"), ZH),
            (Some("fr zh en"), None, None, None, ZH),
            (Some(""), None, Some("zh-CN"), Some("en"), ZH),
            (None, None, Some("klingon"), Some("zh"), ZH),
            (None, Some(EN), Some("zh-CN"), Some("zh"), EN),
            (None, None, None, Some("de, fr;q=0.9"), EN),
        ];
        for (ui, account, cookie, accept, expected) in table {
            assert_eq!(
                negotiate(ui, account, cookie, accept, Language::English),
                expected,
                "{ui:?} {account:?} {cookie:?} {accept:?}"
            );
        }
    }

    #[test]
    fn accept_language_is_weighed() {
        let table = [
            ("en-GB,en;q=0.8,zh;q=0.9", EN),
            ("de,zh-Hans-CN;q=0.9,en;q=0.8", ZH),
            ("zh;q=0, en;q=0.1", EN),
            ("zh;q=0.5,en;q=0.5", ZH),
            ("zh;q=2,en;q=0.001", EN),
            ("zh;q=,en;q=0.1", EN),
            ("zh ; q=1.000", ZH),
            ("*", EN),
            (",,;;q", EN),
        ];
        for (header, expected) in table {
            assert_eq!(negotiate(None, None, None, Some(header), Language::English), expected, "{header}");
        }
    }

    #[test]
    fn tags_lead_back_to_their_language() {
        for language in Language::ALL {
            assert_eq!(Language::from_tag(language.tag()), Some(language));
            assert_eq!(Language::matching(language.tag()), Some(language));
        }
    }
}
