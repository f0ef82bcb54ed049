//! Pure: names of apps that look like another's, or like this house's own (Unicode Technical Standard #39). Whoever registers
//! an app by itself may call it as they like, but not so that people take it for one that somebody has checked.

use unicode_security::confusable_detection::skeleton;
use unicode_security::restriction_level::{RestrictionLevel, RestrictionLevelDetection};

/// A brand of fewer letters is looked for as a word of its own only: shorter ones stand in the middle of others.
const SHORTEST_WITHIN: usize = 5;

/// Why a name may not be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// A word of it mixes scripts whose letters look alike.
    Mixed,
    /// It has the name of this house in it.
    House,
    /// It looks like the name of an app that was checked.
    App,
}

impl Fault {
    /// For the app's developer.
    pub const fn description(self) -> &'static str {
        match self {
            Self::Mixed => "client_name: a word of it mixes scripts whose letters look alike",
            Self::House => "client_name: it has the name of this provider in it",
            Self::App => "client_name: it looks like the name of another app",
        }
    }
}

/// What is wrong with a name, where `house` is this house's and `apps` are those of the apps that were checked.
pub fn fault<'a>(name: &str, house: &str, apps: impl IntoIterator<Item = &'a String>) -> Option<Fault> {
    if words(name).any(is_mixed) {
        return Some(Fault::Mixed);
    }
    let own = seen(name);
    let has_house = seen(house).iter().any(|house| {
        let whole = joined(house);
        own.iter().any(|own| {
            let is_long = whole.chars().count() >= SHORTEST_WITHIN;
            own.windows(house.len().max(1)).any(|part| part == house.as_slice())
                || (is_long && joined(own).contains(&whole))
        })
    });
    if has_house {
        return Some(Fault::House);
    }
    let wholes: Vec<String> = own.iter().map(|words| joined(words)).collect();
    let is_app = |app: &String| seen(app).iter().any(|app| wholes.contains(&joined(app)));
    apps.into_iter().any(is_app).then_some(Fault::App)
}

fn words(name: &str) -> impl Iterator<Item = &str> {
    name.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty())
}

fn is_mixed(word: &str) -> bool {
    matches!(word.detect_restriction_level(), RestrictionLevel::MinimallyRestrictive | RestrictionLevel::Unrestricted)
}

fn joined(words: &[String]) -> String {
    words.concat()
}

/// What people see in a name, word by word, however it is written: with the capitals that look like other letters, and without.
fn seen(name: &str) -> [Vec<String>; 2] {
    let lower = |word: &str| word.to_lowercase();
    let looks = |word: &str| skeleton(word).collect::<String>();
    let cased = words(name).map(|word| lower(&looks(word))).collect();
    let uncased = words(name).map(|word| lower(&looks(&lower(word)))).collect();
    [cased, uncased]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_look_like_another_are_seen_through() {
        let apps = ["Notes".to_owned(), "Cloud".to_owned(), "微云".to_owned()];
        for (name, expected) in [
            ("Keyhouse", Some(Fault::House)),
            ("keyhouse support", Some(Fault::House)),
            ("The Official KeyHouse™", Some(Fault::House)),
            ("Keyh0use", Some(Fault::House)),
            ("My-Keyhouse-Login", Some(Fault::House)),
            ("MyKeyhouseLogin", Some(Fault::House)),
            ("Key house", Some(Fault::House)),
            ("Kеyhоuse", Some(Fault::Mixed)),
            ("Ｋｅｙｈｏｕｓｅ", Some(Fault::Mixed)),
            ("Notes", Some(Fault::App)),
            ("NOTES", Some(Fault::App)),
            ("N0tes", Some(Fault::App)),
            ("CIoud", Some(Fault::App)),
            ("C1oud", Some(Fault::App)),
            ("Сloud", Some(Fault::Mixed)),
            ("No tes", Some(Fault::App)),
            ("微云", Some(Fault::App)),
            ("My Notes", None),
            ("Cloudberry", None),
            ("Яндекс Почта", None),
            ("LINEアプリ", None),
            ("微信Pay", None),
            ("Café Müller", None),
            ("متجر", None),
            ("🎉 Party", None),
            ("", None),
        ] {
            assert_eq!(fault(name, "Keyhouse", &apps), expected, "{name}");
        }
        assert_eq!(fault("Amiable", "Ami", &apps), None, "a short name is no part of another");
        assert_eq!(fault("Ami Shop", "Ami", &apps), Some(Fault::House));
    }
}
