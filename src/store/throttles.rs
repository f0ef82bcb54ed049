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

/// Counts one try in `bucket`. `Some` where the running window has had more than `limit`: when it ends. A window that
/// has ended starts anew and ends at `window_end`.
pub fn take(
    connection: &mut Connection,
    bucket: &str,
    limit: u32,
    now: Timestamp,
    window_end: Timestamp,
) -> Result<Option<Timestamp>, StoreError> {
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
    let over = counted.first().filter(|row| u32::try_from(row.used).unwrap_or(u32::MAX) > limit);
    Ok(over.map(|row| Timestamp::from_millis(row.expires_at)))
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
