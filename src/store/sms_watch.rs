//! How many codes by text message went to a range of numbers or a country, minute by minute, and how many of them were entered;
//! and which of those get none for a while. A prefix is a text of the caller's.

use super::connection::either;
use super::schema::sms_pauses as pauses;
use super::{Connection, StoreError};
use crate::clock::Timestamp;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

const MINUTE_MILLISECONDS: i64 = 60_000;

/// The minute of a moment, counted since 1970.
pub fn minute(at: Timestamp) -> i64 {
    at.millis().div_euclid(MINUTE_MILLISECONDS)
}

/// What went, and what was entered of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, QueryableByName)]
pub struct Share {
    /// Codes sent.
    #[diesel(sql_type = BigInt)]
    pub sent: i64,
    /// Codes entered.
    #[diesel(sql_type = BigInt)]
    pub entered: i64,
}

/// Counts one code that goes now.
pub fn sent(
    connection: &mut Connection,
    prefix: &str,
    now: Timestamp,
    expires_at: Timestamp,
) -> Result<(), StoreError> {
    diesel::sql_query(
        "INSERT INTO sms_watch (prefix, minute, sent, entered, expires_at) VALUES ($1, $2, 1, 0, $3) \
         ON CONFLICT (prefix, minute) DO UPDATE SET sent = sms_watch.sent + 1",
    )
    .bind::<Text, _>(prefix)
    .bind::<BigInt, _>(minute(now))
    .bind::<BigInt, _>(expires_at.millis())
    .execute(connection)?;
    Ok(())
}

/// Counts one code that was entered, where it was counted when it went.
pub fn entered(connection: &mut Connection, prefix: &str, sent_at: Timestamp) -> Result<(), StoreError> {
    diesel::sql_query(
        "UPDATE sms_watch SET entered = entered + 1 WHERE prefix = $1 AND minute = $2 AND entered < sent",
    )
    .bind::<Text, _>(prefix)
    .bind::<BigInt, _>(minute(sent_at))
    .execute(connection)?;
    Ok(())
}

/// What went in whole minutes from `from` to before `until`.
pub fn share(
    connection: &mut Connection,
    prefix: &str,
    from: Timestamp,
    until: Timestamp,
) -> Result<Share, StoreError> {
    let found: Vec<Share> = diesel::sql_query(
        "SELECT COALESCE(SUM(sent), 0) AS sent, COALESCE(SUM(entered), 0) AS entered FROM sms_watch \
         WHERE prefix = $1 AND minute >= $2 AND minute < $3",
    )
    .bind::<Text, _>(prefix)
    .bind::<BigInt, _>(minute(from))
    .bind::<BigInt, _>(minute(until))
    .load(connection)?;
    Ok(found.first().copied().unwrap_or_default())
}

/// A range or country that gets no codes for a while, or did.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = pauses)]
pub struct Pause {
    /// Which.
    pub prefix: String,
    /// Since when.
    pub paused_at: Timestamp,
    /// Until when.
    pub paused_until: Timestamp,
    /// Codes that had been sent.
    pub sent: i32,
    /// Codes of them that had been entered.
    pub entered: i32,
    /// What went before is not held against it again.
    pub watched_from: Timestamp,
    /// When that is of no use any more.
    pub expires_at: Timestamp,
}

/// Begins a pause, in the place of an older one.
pub fn pause(connection: &mut Connection, pause: &Pause) -> Result<(), StoreError> {
    either!(
        connection,
        diesel::insert_into(pauses::table)
            .values(pause)
            .on_conflict(pauses::prefix)
            .do_update()
            .set(pause)
            .execute(connection)
    )?;
    Ok(())
}

/// The last pause of a prefix.
pub fn pause_of(connection: &mut Connection, prefix: &str) -> Result<Option<Pause>, StoreError> {
    Ok(either!(connection, pauses::table.find(prefix).select(Pause::as_select()).get_result(connection)).optional()?)
}

/// The pauses that run, for the operator.
pub fn running(connection: &mut Connection, now: Timestamp) -> Result<Vec<Pause>, StoreError> {
    let mut live: Vec<Pause> = either!(
        connection,
        pauses::table.filter(pauses::expires_at.gt(now)).select(Pause::as_select()).load(connection)
    )?;
    live.retain(|pause| pause.paused_until > now);
    live.sort_by(|one, other| one.prefix.cmp(&other.prefix));
    Ok(live)
}

/// Lifts a pause that runs, and begins to watch anew. `false` where none runs.
pub fn resume(connection: &mut Connection, prefix: &str, now: Timestamp) -> Result<bool, StoreError> {
    let paused = pauses::table.find(prefix).filter(pauses::paused_until.gt(now));
    let lifted = either!(
        connection,
        diesel::update(paused).set((pauses::paused_until.eq(now), pauses::watched_from.eq(now))).execute(connection)
    )?;
    Ok(lifted == 1)
}
