//! Recovery codes: a MAC of each that is left. Used means gone.

use super::connection::either;
use super::schema::recovery_codes;
use super::{Connection, StoreError};
use crate::clock::Timestamp;
use diesel::dsl::max;
use diesel::prelude::*;

/// Puts a new set in the place of whatever was left of the old one.
pub fn replace(
    connection: &mut Connection,
    account_id: i64,
    digests: &[Vec<u8>],
    now: Timestamp,
) -> Result<(), StoreError> {
    remove(connection, account_id)?;
    for digest in digests {
        let row = (
            recovery_codes::account_id.eq(account_id),
            recovery_codes::digest.eq(digest),
            recovery_codes::created_at.eq(now),
        );
        either!(connection, diesel::insert_into(recovery_codes::table).values(row).execute(connection))?;
    }
    Ok(())
}

/// Takes a code away, to let somebody in: `false` where there is none, or somebody was faster.
pub fn take(connection: &mut Connection, account_id: i64, digest: &[u8]) -> Result<bool, StoreError> {
    let taken =
        either!(connection, diesel::delete(recovery_codes::table.find((account_id, digest))).execute(connection))?;
    Ok(taken == 1)
}

/// How many are left.
pub fn left(connection: &mut Connection, account_id: i64) -> Result<i64, StoreError> {
    Ok(either!(
        connection,
        recovery_codes::table.filter(recovery_codes::account_id.eq(account_id)).count().get_result(connection)
    )?)
}

/// When the set was made that some are left of.
pub fn made_at(connection: &mut Connection, account_id: i64) -> Result<Option<Timestamp>, StoreError> {
    Ok(either!(
        connection,
        recovery_codes::table
            .filter(recovery_codes::account_id.eq(account_id))
            .select(max(recovery_codes::created_at))
            .get_result(connection)
    )?)
}

/// Takes all of them away.
pub fn remove(connection: &mut Connection, account_id: i64) -> Result<(), StoreError> {
    either!(
        connection,
        diesel::delete(recovery_codes::table.filter(recovery_codes::account_id.eq(account_id))).execute(connection)
    )?;
    Ok(())
}
