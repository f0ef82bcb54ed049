//! Counters of tries, by whatever names a bucket. A try is counted before its check, in one statement, so that parallel
//! guesses cannot slip past.

use super::connection::either;
use super::{Connection, StoreError};
use crate::clock::Timestamp;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Integer, Text};

/// What is counted for one account by itself: forgotten with it.
pub const OF_ACCOUNT: &[&str] = &["pictures", "second:recovery_code", "second:totp", "second-told"];

/// The bucket of one account for one of [`OF_ACCOUNT`].
pub fn of_account(what: &str, account_id: i64) -> String {
    format!("{what}:account:{account_id}")
}

#[derive(QueryableByName)]
struct Counted {
    #[diesel(sql_type = Integer)]
    used: i32,
    #[diesel(sql_type = BigInt)]
    expires_at: i64,
}

/// Counts one try in `bucket`, whatever its limit: how many the running window has had with it, and when that ends. A window that has
/// ended starts anew and ends at `window_end`.
pub fn count(
    connection: &mut Connection,
    bucket: &str,
    now: Timestamp,
    window_end: Timestamp,
) -> Result<(u32, Timestamp), StoreError> {
    let counted: Vec<Counted> = diesel::sql_query(
        "INSERT INTO throttles (bucket, used, expires_at) VALUES ($1, 1, $2) \
         ON CONFLICT (bucket) DO UPDATE SET \
           used = CASE WHEN throttles.expires_at <= $3 THEN 1 ELSE throttles.used + 1 END, \
           expires_at = CASE WHEN throttles.expires_at <= $4 THEN $5 ELSE throttles.expires_at END \
         RETURNING used, expires_at",
    )
    .bind::<Text, _>(bucket)
    .bind::<BigInt, _>(window_end.millis())
    .bind::<BigInt, _>(now.millis())
    .bind::<BigInt, _>(now.millis())
    .bind::<BigInt, _>(window_end.millis())
    .load(connection)?;
    Ok(counted.first().map_or((1, window_end), |row| {
        (u32::try_from(row.used).unwrap_or(u32::MAX), Timestamp::from_millis(row.expires_at))
    }))
}

/// Lets the running window of a bucket end no sooner than `until`.
pub fn lengthen(connection: &mut Connection, bucket: &str, until: Timestamp) -> Result<(), StoreError> {
    use super::schema::throttles;
    either!(
        connection,
        diesel::update(throttles::table.find(bucket).filter(throttles::expires_at.lt(until)))
            .set(throttles::expires_at.eq(until))
            .execute(connection)
    )?;
    Ok(())
}

/// Counts one try in `bucket`. `Some` where the running window has had more than `limit`: when it ends. A window that
/// has ended starts anew and ends at `window_end`.
pub fn take(
    connection: &mut Connection,
    bucket: &str,
    limit: u32,
    now: Timestamp,
    window_end: Timestamp,
) -> Result<Option<Timestamp>, StoreError> {
    let (used, ends) = count(connection, bucket, now, window_end)?;
    Ok((used > limit).then_some(ends))
}

/// Spends `amount` of what `bucket` has in a window, in one statement; `false`, and nothing spent, where it has not so much left.
pub fn spend(
    connection: &mut Connection,
    bucket: &str,
    (amount, most): (u32, u32),
    now: Timestamp,
    window_end: Timestamp,
) -> Result<bool, StoreError> {
    let (Ok(amount), Ok(most)) = (i32::try_from(amount), i32::try_from(most)) else { return Ok(false) };
    if amount > most {
        return Ok(false);
    }
    let rows = diesel::sql_query(
        "INSERT INTO throttles (bucket, used, expires_at) VALUES ($1, $2, $3) \
         ON CONFLICT (bucket) DO UPDATE SET \
           used = CASE WHEN throttles.expires_at <= $4 THEN $5 ELSE throttles.used + $6 END, \
           expires_at = CASE WHEN throttles.expires_at <= $7 THEN $8 ELSE throttles.expires_at END \
         WHERE throttles.expires_at <= $9 OR throttles.used <= $10",
    )
    .bind::<Text, _>(bucket)
    .bind::<Integer, _>(amount)
    .bind::<BigInt, _>(window_end.millis())
    .bind::<BigInt, _>(now.millis())
    .bind::<Integer, _>(amount)
    .bind::<Integer, _>(amount)
    .bind::<BigInt, _>(now.millis())
    .bind::<BigInt, _>(window_end.millis())
    .bind::<BigInt, _>(now.millis())
    .bind::<Integer, _>(most.saturating_sub(amount))
    .execute(connection)?;
    Ok(rows == 1)
}

/// What a bucket has had in the window that runs, and when that ends; none where none runs.
pub fn find(connection: &mut Connection, bucket: &str, now: Timestamp) -> Result<Option<(u32, Timestamp)>, StoreError> {
    use super::schema::throttles;
    let row: Option<(i32, Timestamp)> = either!(
        connection,
        throttles::table
            .find(bucket)
            .filter(throttles::expires_at.gt(now))
            .select((throttles::used, throttles::expires_at))
            .get_result(connection)
    )
    .optional()?;
    Ok(row.map(|(used, ends)| (u32::try_from(used).unwrap_or(0), ends)))
}

/// Takes back one try that turned out to be none: it was right.
pub fn give_back(connection: &mut Connection, bucket: &str) -> Result<(), StoreError> {
    use super::schema::throttles;
    either!(
        connection,
        diesel::update(throttles::table.find(bucket).filter(throttles::used.gt(0)))
            .set(throttles::used.eq(throttles::used - 1))
            .execute(connection)
    )?;
    Ok(())
}

/// Forgets the tries of a bucket, after a success.
pub fn clear(connection: &mut Connection, bucket: &str) -> Result<(), StoreError> {
    use super::schema::throttles;
    either!(connection, diesel::delete(throttles::table.find(bucket)).execute(connection))?;
    Ok(())
}
