//! Initial access tokens (RFC 7591 §3): who holds one may register so many clients, until it ends.

use super::connection::either;
use super::schema::registration_tokens as tokens;
use super::{Connection, StoreError};
use crate::clock::Timestamp;
use diesel::prelude::*;

/// One token.
#[derive(Clone, Insertable)]
#[diesel(table_name = tokens, treat_none_as_default_value = false)]
pub struct RegistrationToken {
    /// SHA-256 of it.
    pub token_digest: Vec<u8>,
    /// Clients that can still be registered with it.
    pub uses_left: i32,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// Adds a token.
pub fn insert(connection: &mut Connection, token: &RegistrationToken) -> Result<(), StoreError> {
    either!(connection, diesel::insert_into(tokens::table).values(token).execute(connection))?;
    Ok(())
}

/// Whether a token could be used now.
pub fn is_live(connection: &mut Connection, digest: &[u8], now: Timestamp) -> Result<bool, StoreError> {
    let live = tokens::table.find(digest).filter(tokens::uses_left.gt(0).and(tokens::expires_at.gt(now)));
    Ok(either!(connection, diesel::select(diesel::dsl::exists(live)).get_result(connection))?)
}

/// Uses a token once: `false` where nothing is left of it.
pub fn take(connection: &mut Connection, digest: &[u8], now: Timestamp) -> Result<bool, StoreError> {
    let live = tokens::table.find(digest).filter(tokens::uses_left.gt(0).and(tokens::expires_at.gt(now)));
    let used =
        either!(connection, diesel::update(live).set(tokens::uses_left.eq(tokens::uses_left - 1)).execute(connection))?;
    Ok(used == 1)
}
