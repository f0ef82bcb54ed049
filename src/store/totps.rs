//! Authenticator apps (RFC 6238), one an account.

use super::connection::either;
use super::schema::totps;
use super::{Connection, StoreError};
use crate::clock::Timestamp;
use diesel::prelude::*;

/// What an account shares with its authenticator app.
#[derive(Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = totps, treat_none_as_default_value = false)]
pub struct Totp {
    /// Whose it is.
    pub account_id: i64,
    /// The secret, sealed under the account's name.
    pub sealed_secret: Vec<u8>,
    /// The newest time step that a code was taken for.
    pub last_step: i64,
    /// When it was confirmed.
    pub created_at: Timestamp,
}

/// The authenticator app of an account, where it has one.
pub fn of_account(connection: &mut Connection, account_id: i64) -> Result<Option<Totp>, StoreError> {
    Ok(either!(connection, totps::table.find(account_id).select(Totp::as_select()).get_result(connection))
        .optional()?)
}

/// Since when the account has one.
pub fn since(connection: &mut Connection, account_id: i64) -> Result<Option<Timestamp>, StoreError> {
    Ok(either!(connection, totps::table.find(account_id).select(totps::created_at).get_result(connection))
        .optional()?)
}

/// Adds the authenticator app of an account that has none; a second one is [`StoreError::Conflict`].
pub fn insert(connection: &mut Connection, totp: &Totp) -> Result<(), StoreError> {
    either!(connection, diesel::insert_into(totps::table).values(totp).execute(connection))?;
    Ok(())
}

/// Uses a time step up, once: `false` where a code for it, or for a later one, was taken before.
pub fn use_step(connection: &mut Connection, account_id: i64, step: i64) -> Result<bool, StoreError> {
    let used = either!(
        connection,
        diesel::update(totps::table.find(account_id).filter(totps::last_step.lt(step)))
            .set(totps::last_step.eq(step))
            .execute(connection)
    )?;
    Ok(used == 1)
}

/// Takes it away; `false` where there was none.
pub fn remove(connection: &mut Connection, account_id: i64) -> Result<bool, StoreError> {
    Ok(either!(connection, diesel::delete(totps::table.find(account_id)).execute(connection))? == 1)
}
