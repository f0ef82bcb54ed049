//! Pictures of people: a few squares each, found by a key that only their address holds.

use super::connection::either;
use super::schema::{accounts, pictures};
use super::{Connection, StoreError};
use crate::clock::Timestamp;
use diesel::prelude::*;

/// One size of a picture.
#[derive(Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = pictures)]
pub struct Picture {
    /// Whose it is.
    pub account_id: i64,
    /// Its side in pixels.
    pub size: i64,
    /// The part of its address that nobody guesses; the same for every size.
    pub picture_key: String,
    /// The file.
    pub jpeg: Vec<u8>,
    /// When it was made.
    pub created_at: Timestamp,
}

/// Puts a picture, in all its sizes, in the place of what there was. It is a claim: `updated_at` moves.
pub fn put(
    connection: &mut Connection,
    account_id: i64,
    key: &str,
    sizes: &[Picture],
    now: Timestamp,
) -> Result<(), StoreError> {
    // First the account: its row is the lock that makes two at once come one after the other.
    note(connection, account_id, Some(key), now)?;
    either!(
        connection,
        diesel::delete(pictures::table.filter(pictures::account_id.eq(account_id))).execute(connection)
    )?;
    for size in sizes {
        either!(connection, diesel::insert_into(pictures::table).values(size).execute(connection))?;
    }
    Ok(())
}

/// Removes a picture in all its sizes; from the commit on its addresses lead nowhere.
pub fn remove(connection: &mut Connection, account_id: i64, now: Timestamp) -> Result<(), StoreError> {
    note(connection, account_id, None, now)?;
    either!(
        connection,
        diesel::delete(pictures::table.filter(pictures::account_id.eq(account_id))).execute(connection)
    )?;
    Ok(())
}

fn note(connection: &mut Connection, account_id: i64, key: Option<&str>, now: Timestamp) -> Result<(), StoreError> {
    either!(
        connection,
        diesel::update(accounts::table.find(account_id))
            .set((accounts::picture.eq(key), accounts::updated_at.eq(now)))
            .execute(connection)
    )?;
    Ok(())
}

/// The file at an address.
pub fn find(connection: &mut Connection, key: &str, size: i64) -> Result<Option<Vec<u8>>, StoreError> {
    Ok(either!(
        connection,
        pictures::table
            .filter(pictures::picture_key.eq(key).and(pictures::size.eq(size)))
            .select(pictures::jpeg)
            .get_result(connection)
    )
    .optional()?)
}
