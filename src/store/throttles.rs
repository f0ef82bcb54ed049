//! Counters of tries, by whatever names a bucket. A try is counted before its check, in one statement, so that parallel
//! guesses cannot slip past.

use super::{Connection, StoreError};
use crate::clock::Timestamp;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Integer, Text};

#[derive(QueryableByName)]
struct Counted {
    #[diesel(sql_type = Integer)]
    used: i32,
}

/// Counts one try in `bucket` and gives how many the running window has now. A window that has ended starts anew and
/// ends at `window_end`.
pub fn count(
    connection: &mut Connection,
    bucket: &str,
    now: Timestamp,
    window_end: Timestamp,
) -> Result<i32, StoreError> {
    let counted: Vec<Counted> = diesel::sql_query(
        "INSERT INTO throttles (bucket, used, expires_at) VALUES ($1, 1, $2) \
         ON CONFLICT (bucket) DO UPDATE SET \
           used = CASE WHEN throttles.expires_at <= $3 THEN 1 ELSE throttles.used + 1 END, \
           expires_at = CASE WHEN throttles.expires_at <= $4 THEN $5 ELSE throttles.expires_at END \
         RETURNING used",
    )
    .bind::<Text, _>(bucket)
    .bind::<BigInt, _>(window_end.millis())
    .bind::<BigInt, _>(now.millis())
    .bind::<BigInt, _>(now.millis())
    .bind::<BigInt, _>(window_end.millis())
    .load(connection)?;
    Ok(counted.first().map_or(0, |row| row.used))
}

/// Forgets the tries of a bucket, after a success.
pub fn clear(connection: &mut Connection, bucket: &str) -> Result<(), StoreError> {
    use super::schema::throttles;
    diesel::delete(throttles::table.find(bucket)).execute(connection)?;
    Ok(())
}
