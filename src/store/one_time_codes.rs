//! One-time codes and their daily budgets. A subject (a sign-in attempt) has one live code; tries are taken before a
//! code is compared, each in one conditional update.

use super::addresses::AddressKind;
use super::connection::either;
use super::schema::{code_budgets, one_time_codes as codes};
use super::{Connection, StoreError};
use crate::clock::Timestamp;
use crate::text_enum;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Integer, Text};

text_enum! {
    /// How a code travels.
    Channel {
        /// Text message.
        Sms = "sms",
        /// E-mail.
        Email = "email",
    }
}

impl Channel {
    /// The kind of address that it reaches.
    pub const fn address_kind(self) -> AddressKind {
        match self {
            Self::Sms => AddressKind::Phone,
            Self::Email => AddressKind::Email,
        }
    }
}

/// The live code of a subject.
#[derive(Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = codes, treat_none_as_default_value = false)]
pub struct OneTimeCode {
    /// SHA-256 of what the code is for: the attempt's identifier.
    pub subject_digest: Vec<u8>,
    /// What it proves; a code for one purpose is no code for another.
    pub purpose: String,
    /// How it was sent.
    pub channel: Channel,
    /// Where it was sent, canonical; or what stands for it where nothing was sent.
    pub destination: String,
    /// Keyed digest of the code; random where nothing was sent.
    pub code_digest: Vec<u8>,
    /// Guesses left.
    pub tries_left: i32,
    /// When it was sent.
    pub sent_at: Timestamp,
    /// When it is void.
    pub expires_at: Timestamp,
    /// When it was used.
    pub used_at: Option<Timestamp>,
    /// In which book it is counted, where it went as a text message.
    pub sms_book: Option<String>,
}

/// Puts a new code in the place of the subject's old one.
pub fn replace(connection: &mut Connection, code: &OneTimeCode) -> Result<(), StoreError> {
    either!(connection, diesel::delete(codes::table.find(&code.subject_digest)).execute(connection))?;
    either!(connection, diesel::insert_into(codes::table).values(code).execute(connection))?;
    Ok(())
}

/// The subject's code, used or not.
pub fn find(connection: &mut Connection, subject_digest: &[u8]) -> Result<Option<OneTimeCode>, StoreError> {
    Ok(either!(connection, codes::table.find(subject_digest).select(OneTimeCode::as_select()).get_result(connection))
        .optional()?)
}

/// Takes one try off a live code and gives the code to compare; `None` where no live code has a try left.
pub fn take_try(
    connection: &mut Connection,
    subject_digest: &[u8],
    purpose: &str,
    now: Timestamp,
) -> Result<Option<OneTimeCode>, StoreError> {
    let live = codes::table.find(subject_digest).filter(
        codes::purpose
            .eq(purpose)
            .and(codes::tries_left.gt(0))
            .and(codes::used_at.is_null())
            .and(codes::expires_at.gt(now)),
    );
    let taken =
        either!(connection, diesel::update(live).set(codes::tries_left.eq(codes::tries_left - 1)).execute(connection))?;
    if taken == 0 {
        return Ok(None);
    }
    find(connection, subject_digest)
}

/// Uses the code up, once: `false` for whoever comes second.
pub fn mark_used(connection: &mut Connection, subject_digest: &[u8], now: Timestamp) -> Result<bool, StoreError> {
    let used = either!(
        connection,
        diesel::update(codes::table.find(subject_digest).filter(codes::used_at.is_null()))
            .set(codes::used_at.eq(Some(now)))
            .execute(connection)
    )?;
    Ok(used == 1)
}

/// What a destination has had today.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spent {
    /// Codes sent this day.
    pub sent: i32,
    /// When the last one went, as milliseconds.
    pub last_sent_at: Option<Timestamp>,
}

/// The limits a sending has to keep.
#[derive(Clone, Copy, Debug)]
pub struct SendLimit {
    /// Codes a day and destination.
    pub per_day: i32,
    /// No code may have gone after this moment.
    pub quiet_since: Timestamp,
}

impl Spent {
    /// Whether the limit leaves one more, as far as can be seen before it is taken.
    pub fn has_one_more(self, limit: SendLimit) -> bool {
        self.sent < limit.per_day && self.last_sent_at.is_none_or(|last| last <= limit.quiet_since)
    }
}

/// What `destination` has had on `day` (whole days since the epoch, UTC).
pub fn spent(connection: &mut Connection, destination: &str, day: i64) -> Result<Spent, StoreError> {
    let row: Option<(i32, Timestamp)> = either!(
        connection,
        code_budgets::table
            .find((destination, day))
            .select((code_budgets::sent, code_budgets::last_sent_at))
            .get_result(connection)
    )
    .optional()?;
    Ok(row.map_or(Spent::default(), |(sent, last)| Spent { sent, last_sent_at: Some(last) }))
}

/// Takes one sending off the day's budget, in one statement, before anything is sent. `false` where the budget is used
/// up or the last code is too fresh.
pub fn take_sending(
    connection: &mut Connection,
    destination: &str,
    day: i64,
    limit: SendLimit,
    now: Timestamp,
) -> Result<bool, StoreError> {
    const TWO_DAYS: i64 = 2 * 24 * 60 * 60 * 1000;
    let rows = diesel::sql_query(
        "INSERT INTO code_budgets (destination, day, sent, last_sent_at, expires_at) VALUES ($1, $2, 1, $3, $4) \
         ON CONFLICT (destination, day) DO UPDATE SET sent = code_budgets.sent + 1, last_sent_at = $5 \
         WHERE code_budgets.sent < $6 AND code_budgets.last_sent_at <= $7",
    )
    .bind::<Text, _>(destination)
    .bind::<BigInt, _>(day)
    .bind::<BigInt, _>(now.millis())
    .bind::<BigInt, _>(now.millis().saturating_add(TWO_DAYS))
    .bind::<BigInt, _>(now.millis())
    .bind::<Integer, _>(limit.per_day)
    .bind::<BigInt, _>(limit.quiet_since.millis())
    .execute(connection)?;
    Ok(rows == 1)
}
