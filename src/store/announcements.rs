//! Announcements: what the operator tells people on their pages, and by message where they asked for it.

use super::connection::either;
use super::details::Json;
use super::schema::announcements;
use super::{Connection, StoreError};
use crate::clock::Timestamp;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::time::Duration;

/// How long an announcement that is over is kept, so that the operator can see what was sent.
pub const KEPT: Duration = Duration::from_secs(90 * 24 * 60 * 60);

/// What is said, in one language.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Words {
    /// One line.
    pub title: String,
    /// Paragraphs, parted by empty lines.
    pub text: String,
}

/// Language tag → words.
pub type WordsByLanguage = BTreeMap<String, Words>;

/// Whom an announcement concerns.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Audience {
    /// Everybody.
    #[default]
    Everybody,
    /// Who uses the app with this client identifier.
    App(String),
    /// Who reads this language, by its BCP 47 tag.
    Language(String),
    /// Who has a phone number of this country (ISO 3166, two capitals).
    Country(String),
}

/// One announcement.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = announcements, treat_none_as_default_value = false)]
pub struct Announcement {
    /// Its random name, which the operator types.
    pub id: String,
    /// One of the configured topics.
    pub topic: String,
    /// What is said.
    pub words: Json<WordsByLanguage>,
    /// Where to read on.
    pub link: Option<String>,
    /// Whom it concerns; nothing: everybody.
    pub audience: Json<Audience>,
    /// From when it is shown and may be sent.
    pub starts_at: Timestamp,
    /// Until when.
    pub ends_at: Timestamp,
    /// When the operator took it back.
    pub withdrawn_at: Option<Timestamp>,
    /// When it was written down.
    pub created_at: Timestamp,
    /// When the row is dropped.
    pub expires_at: Timestamp,
}

impl Announcement {
    /// Whether it is shown and may be sent at this moment.
    pub fn is_live(&self, now: Timestamp) -> bool {
        self.withdrawn_at.is_none() && self.starts_at <= now && now < self.ends_at
    }

    /// When people could see it first.
    pub fn shown_since(&self) -> Timestamp {
        self.starts_at.max(self.created_at)
    }
}

/// Adds an announcement; an identifier that exists is [`StoreError::Conflict`].
pub fn insert(connection: &mut Connection, announcement: &Announcement) -> Result<(), StoreError> {
    either!(connection, diesel::insert_into(announcements::table).values(announcement).execute(connection))?;
    Ok(())
}

/// The announcement of this name.
pub fn find(connection: &mut Connection, id: &str) -> Result<Option<Announcement>, StoreError> {
    Ok(either!(connection, announcements::table.find(id).select(Announcement::as_select()).get_result(connection))
        .optional()?)
}

/// Every announcement that is kept, the latest first.
pub fn all(connection: &mut Connection) -> Result<Vec<Announcement>, StoreError> {
    Ok(either!(
        connection,
        announcements::table
            .order((announcements::starts_at.desc(), announcements::id))
            .select(Announcement::as_select())
            .load(connection)
    )?)
}

/// What is live, the latest first.
pub fn live(connection: &mut Connection, now: Timestamp) -> Result<Vec<Announcement>, StoreError> {
    Ok(either!(
        connection,
        announcements::table
            .filter(announcements::ends_at.gt(now).and(announcements::starts_at.le(now)))
            .filter(announcements::withdrawn_at.is_null())
            .order((announcements::starts_at.desc(), announcements::id))
            .select(Announcement::as_select())
            .load(connection)
    )?)
}

/// Takes one back: it is not shown and not sent from then on. `false` where that was done before, or there is none.
pub fn withdraw(connection: &mut Connection, id: &str, now: Timestamp) -> Result<bool, StoreError> {
    let standing = announcements::table.find(id).filter(announcements::withdrawn_at.is_null());
    let withdrawn = either!(
        connection,
        diesel::update(standing).set(announcements::withdrawn_at.eq(Some(now))).execute(connection)
    )?;
    Ok(withdrawn == 1)
}
