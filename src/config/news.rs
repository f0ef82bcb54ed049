//! `[news]`, as written and checked: what announcements are about, and how quickly they are sent.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::rules::{Wrong, between, wrong};
use crate::language::Language;

/// A page with more would be no choice any more.
const MOST_TOPICS: usize = 20;
const LONGEST_ID: usize = 40;
const LONGEST_NAME: usize = 60;
const LONGEST_ABOUT: usize = 200;

/// As written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Written {
    topics: Vec<WrittenTopic>,
    messages_per_second: u32,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenTopic {
    id: String,
    name: BTreeMap<String, String>,
    #[serde(default)]
    about: BTreeMap<String, String>,
}

/// `[news]`
#[derive(Debug, Clone)]
pub struct News {
    /// What announcements are about, in the order that people see.
    pub topics: Vec<Topic>,
    /// Messages a second of one sending.
    pub per_second: u32,
}

impl News {
    /// The topic of this identifier.
    #[must_use]
    pub fn topic(&self, id: &str) -> Option<&Topic> {
        self.topics.iter().find(|topic| topic.id == id)
    }
}

/// One topic.
#[derive(Debug, Clone)]
pub struct Topic {
    /// What the store knows it by.
    pub id: String,
    name: BTreeMap<&'static str, String>,
    about: BTreeMap<&'static str, String>,
}

impl Topic {
    /// A topic with these names: `(language, name)`.
    #[must_use]
    pub fn named(id: &str, names: &[(Language, &str)]) -> Self {
        let name = names.iter().map(|(language, name)| (language.tag(), (*name).to_owned())).collect();
        Self { id: id.to_owned(), name, about: BTreeMap::new() }
    }

    /// Its name as people read it.
    #[must_use]
    pub fn name(&self, language: Language) -> &str {
        self.name.get(language.tag()).map_or(&self.id, String::as_str)
    }

    /// One sentence about it, where the operator wrote one.
    #[must_use]
    pub fn about(&self, language: Language) -> Option<&str> {
        self.about.get(language.tag()).map(String::as_str)
    }
}

/// Checks the section.
pub(super) fn check(written: Written) -> Result<News, Wrong> {
    if written.topics.len() > MOST_TOPICS {
        return Err(wrong("news.topics", format!("must be {MOST_TOPICS} at most")));
    }
    let mut ids = BTreeSet::new();
    let mut topics = Vec::new();
    for topic in written.topics {
        if !ids.insert(topic.id.clone()) {
            return Err(wrong("news.topics", format!("\"{}\" is there twice", topic.id)));
        }
        topics.push(checked(topic)?);
    }
    let per_second = between("news.messages_per_second", written.messages_per_second, 1..=10_000)?;
    Ok(News { topics, per_second })
}

fn checked(written: WrittenTopic) -> Result<Topic, Wrong> {
    let id = written.id;
    let is_id = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if id.is_empty() || id.len() > LONGEST_ID || !id.bytes().all(is_id) {
        let problem = format!("\"{id}\": an id has 1 to {LONGEST_ID} lower-case letters, digits and dashes");
        return Err(wrong("news.topics", problem));
    }
    let name = by_language(&id, "name", written.name, LONGEST_NAME)?;
    for language in Language::ALL {
        if !name.contains_key(language.tag()) {
            return Err(wrong("news.topics", format!("\"{id}\" has no name in {}", language.tag())));
        }
    }
    Ok(Topic { about: by_language(&id, "about", written.about, LONGEST_ABOUT)?, id, name })
}

fn by_language(
    id: &str,
    what: &str,
    written: BTreeMap<String, String>,
    longest: usize,
) -> Result<BTreeMap<&'static str, String>, Wrong> {
    let mut known = BTreeMap::new();
    for (tag, text) in written {
        let Some(language) = Language::from_tag(&tag) else {
            return Err(wrong("news.topics", format!("\"{id}\" has its {what} in {tag}, which is not spoken here")));
        };
        let text = text.trim();
        if text.is_empty() || text.chars().count() > longest || text.chars().any(char::is_control) {
            return Err(wrong("news.topics", format!("\"{id}\": its {what} has 1 to {longest} characters")));
        }
        known.insert(language.tag(), text.to_owned());
    }
    Ok(known)
}
