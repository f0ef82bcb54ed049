//! Every language says everything, with the same blanks and the same variants.

use std::collections::{BTreeMap, BTreeSet};

use keyhouse::language::Language;

use super::{inside, texts};

/// The messages of a language: key, or `key.attribute`, and everything up to the next.
pub fn messages(language: Language) -> BTreeMap<String, String> {
    let mut found: BTreeMap<String, String> = BTreeMap::new();
    for (path, text) in texts(&inside("locales").join(language.tag()), ".ftl") {
        let mut key = String::new();
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let head = line.split_once(" =").map(|(head, _)| head);
            match head {
                Some(head) if head.starts_with(|first: char| first.is_ascii_lowercase()) => key = head.to_owned(),
                Some(head) if head.trim_start().starts_with('.') => {
                    let message = key.split('.').next().unwrap().to_owned();
                    key = format!("{message}{}", head.trim());
                }
                _ => {
                    let body = found.entry(key.clone()).or_default();
                    body.push('\n');
                    body.push_str(line);
                    continue;
                }
            }
            let clash = found.insert(key.clone(), line.to_owned());
            assert!(clash.is_none(), "{key} stands twice in {}", path.display());
        }
    }
    found
}

fn is_word(character: char) -> bool {
    character.is_ascii_alphanumeric() || character == '_' || character == '-'
}

fn words_after(message: &str, mark: char) -> BTreeSet<&str> {
    message.split(mark).skip(1).filter_map(|rest| rest.split(|c| !is_word(c)).next()).collect()
}

/// The variants chosen by our own words; plurals and numbers are each language's own affair.
fn variants(message: &str) -> BTreeSet<&str> {
    words_after(message, '[')
        .into_iter()
        .filter(|word| !["one", "other", "zero", "two", "few", "many"].contains(word) && word.parse::<u32>().is_err())
        .collect()
}

#[test]
fn every_language_has_the_same_messages() {
    let english = messages(Language::English);
    assert!(english.len() > 150);
    for language in Language::ALL {
        let own = messages(language);
        let (theirs, ours): (BTreeSet<_>, BTreeSet<_>) = (own.keys().collect(), english.keys().collect());
        let different: Vec<_> = theirs.symmetric_difference(&ours).collect();
        assert!(different.is_empty(), "{}: {different:?}", language.tag());
        for (key, message) in &own {
            let meant = english.get(key).unwrap();
            assert_eq!(words_after(message, '$'), words_after(meant, '$'), "{} {key}", language.tag());
            assert_eq!(variants(message), variants(meant), "{} {key}", language.tag());
            assert!(!message.contains('\u{e000}'), "{key} holds the mark of values");
        }
    }
}

#[test]
fn every_message_is_used_and_every_used_one_exists() {
    let english = messages(Language::English);
    let mut sources = texts(&inside("templates"), "");
    sources.extend(texts(&inside("src"), ".rs"));
    let all: String = sources.into_iter().map(|(_, text)| text).collect();
    for key in english.keys() {
        // A message that only carries attributes is there for the attribute's sake.
        assert!(all.contains(&format!("\"{key}\"")), "nothing says {key}");
    }
    for (path, text) in texts(&inside("templates"), "") {
        for before in ["page.t(\"", "page.t_at(\"", ".text(\"", ".html(\""] {
            for key in super::quoted_after(&text, before) {
                assert!(english.contains_key(key), "{} says {key}, which is no message", path.display());
            }
        }
    }
}

#[test]
fn our_words_keep_our_tone() {
    for (key, message) in messages(Language::English) {
        let lower = message.to_lowercase();
        for word in ["please", "oops", "sorry", "!", "successfully", "log in", "login"] {
            assert!(!lower.contains(word), "{key} says “{word}”");
        }
        assert!(!message.contains('\''), "{key} has a straight apostrophe");
    }
}
