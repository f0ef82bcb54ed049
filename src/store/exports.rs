//! Copies of people's data, one an account: asked for, made by whichever node claims it, kept for some days. They lie in the
//! store so that every node can hand them out.

use super::connection::either;
use super::schema::exports;
use super::{Connection, StoreError};
use crate::clock::Timestamp;
use diesel::prelude::*;
use diesel::sql_types::BigInt;

/// One copy, without its bytes.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = exports)]
pub struct Export {
    /// Whose.
    pub account_id: i64,
    /// Internal random key: a copy that was asked for anew has another.
    pub id: i64,
    /// When it was asked for.
    pub asked_at: Timestamp,
    /// Until then the node that makes it is left alone.
    pub claimed_until: Timestamp,
    /// When it was made; none: not yet.
    pub ready_at: Option<Timestamp>,
    /// Its length in bytes.
    pub size: Option<i64>,
    /// When the row is dropped.
    pub expires_at: Timestamp,
}

/// When a copy may be asked for, and what becomes of it where nobody makes it.
#[derive(Clone, Copy, Debug)]
pub struct Asking {
    /// Now.
    pub now: Timestamp,
    /// The one before must not have been asked for after this.
    pub quiet_since: Timestamp,
    /// When a copy that nobody made is given up.
    pub expires_at: Timestamp,
}

/// Asks for a copy in the place of the one before, in one statement. `false` where one is being made, or the last was asked
/// for too lately.
pub fn ask(connection: &mut Connection, account_id: i64, id: i64, asking: Asking) -> Result<bool, StoreError> {
    let rows = diesel::sql_query(
        "INSERT INTO exports (account_id, id, asked_at, claimed_until, expires_at) VALUES ($1, $2, $3, 0, $4) \
         ON CONFLICT (account_id) DO UPDATE SET id = $5, asked_at = $6, claimed_until = 0, ready_at = NULL, size = NULL, \
           file = NULL, expires_at = $7 \
         WHERE exports.expires_at <= $8 OR (exports.ready_at IS NOT NULL AND exports.asked_at <= $9)",
    )
    .bind::<BigInt, _>(account_id)
    .bind::<BigInt, _>(id)
    .bind::<BigInt, _>(asking.now.millis())
    .bind::<BigInt, _>(asking.expires_at.millis())
    .bind::<BigInt, _>(id)
    .bind::<BigInt, _>(asking.now.millis())
    .bind::<BigInt, _>(asking.expires_at.millis())
    .bind::<BigInt, _>(asking.now.millis())
    .bind::<BigInt, _>(asking.quiet_since.millis())
    .execute(connection)?;
    Ok(rows == 1)
}

/// The live copy of an account, made or not.
pub fn of_account(connection: &mut Connection, account_id: i64, now: Timestamp) -> Result<Option<Export>, StoreError> {
    Ok(either!(
        connection,
        exports::table
            .find(account_id)
            .filter(exports::expires_at.gt(now))
            .select(Export::as_select())
            .get_result(connection)
    )
    .optional()?)
}

/// Up to `most` that nobody has made or is making, the longest waiting first.
pub fn waiting(connection: &mut Connection, now: Timestamp, most: i64) -> Result<Vec<Export>, StoreError> {
    Ok(either!(
        connection,
        exports::table
            .filter(exports::ready_at.is_null().and(exports::claimed_until.le(now)))
            .order(exports::claimed_until)
            .limit(most)
            .select(Export::as_select())
            .load(connection)
    )?)
}

/// Takes one, to make it until then; `false` where another node was first.
pub fn claim(connection: &mut Connection, export: &Export, until: Timestamp) -> Result<bool, StoreError> {
    let same = exports::table.find(export.account_id).filter(
        exports::id.eq(export.id).and(exports::claimed_until.eq(export.claimed_until)).and(exports::ready_at.is_null()),
    );
    Ok(either!(connection, diesel::update(same).set(exports::claimed_until.eq(until)).execute(connection))? == 1)
}

/// Keeps what was made under a claim; `false` where the claim, or the wish, is somebody else's by now.
pub fn keep(
    connection: &mut Connection,
    claimed: &Export,
    file: &[u8],
    ready_at: Timestamp,
    expires_at: Timestamp,
) -> Result<bool, StoreError> {
    let own = exports::table.find(claimed.account_id).filter(
        exports::id
            .eq(claimed.id)
            .and(exports::claimed_until.eq(claimed.claimed_until))
            .and(exports::ready_at.is_null()),
    );
    let size = i64::try_from(file.len()).unwrap_or(i64::MAX);
    let made = (
        exports::ready_at.eq(Some(ready_at)),
        exports::size.eq(Some(size)),
        exports::file.eq(Some(file)),
        exports::expires_at.eq(expires_at),
    );
    Ok(either!(connection, diesel::update(own).set(made).execute(connection))? == 1)
}

/// Drops one that will not be made.
pub fn give_up(connection: &mut Connection, account_id: i64, id: i64) -> Result<(), StoreError> {
    let own = exports::table.find(account_id).filter(exports::id.eq(id));
    either!(connection, diesel::delete(own).execute(connection))?;
    Ok(())
}

/// The bytes of a live copy that is made.
pub fn file(connection: &mut Connection, account_id: i64, now: Timestamp) -> Result<Option<Vec<u8>>, StoreError> {
    let file: Option<Option<Vec<u8>>> = either!(
        connection,
        exports::table
            .find(account_id)
            .filter(exports::expires_at.gt(now))
            .select(exports::file)
            .get_result(connection)
    )
    .optional()?;
    Ok(file.flatten())
}
