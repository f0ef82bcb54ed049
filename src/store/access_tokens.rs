//! Opaque access tokens, and the JWT access tokens that were revoked before their time.

use super::columns::Words;
use super::connection::either;
use super::details::{Details, Json};
use super::schema::{access_tokens, revoked_tokens};
use super::{Connection, StoreError};
use crate::clock::Timestamp;
use diesel::prelude::*;

/// One opaque access token.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = access_tokens, treat_none_as_default_value = false)]
pub struct AccessToken {
    /// SHA-256 of the token.
    pub token_digest: Vec<u8>,
    /// Whose it is; none where the client acts for itself.
    pub account_id: Option<i64>,
    /// The grant it dies with.
    pub grant_id: Option<i64>,
    /// Who holds it.
    pub client_id: String,
    /// What it allows.
    pub scope: Words,
    /// Where.
    pub audience: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
    /// What only some have.
    pub details: Json<Details>,
}

/// Adds a token.
pub fn insert(connection: &mut Connection, token: &AccessToken) -> Result<(), StoreError> {
    either!(connection, diesel::insert_into(access_tokens::table).values(token).execute(connection))?;
    Ok(())
}

/// The live token with this digest.
pub fn find(connection: &mut Connection, digest: &[u8], now: Timestamp) -> Result<Option<AccessToken>, StoreError> {
    Ok(either!(
        connection,
        access_tokens::table
            .find(digest)
            .filter(access_tokens::expires_at.gt(now))
            .select(AccessToken::as_select())
            .get_result(connection)
    )
    .optional()?)
}

/// Ends a token.
pub fn delete(connection: &mut Connection, digest: &[u8]) -> Result<(), StoreError> {
    either!(connection, diesel::delete(access_tokens::table.find(digest)).execute(connection))?;
    Ok(())
}

/// Remembers until its end that a JWT was revoked.
pub fn revoke_jwt(connection: &mut Connection, jti: &str, expires_at: Timestamp) -> Result<(), StoreError> {
    diesel::sql_query("INSERT INTO revoked_tokens (jti, expires_at) VALUES ($1, $2) ON CONFLICT (jti) DO NOTHING")
        .bind::<diesel::sql_types::Text, _>(jti)
        .bind::<diesel::sql_types::BigInt, _>(expires_at.millis())
        .execute(connection)?;
    Ok(())
}

/// Whether a JWT was revoked.
pub fn is_jwt_revoked(connection: &mut Connection, jti: &str) -> Result<bool, StoreError> {
    Ok(either!(
        connection,
        diesel::select(diesel::dsl::exists(revoked_tokens::table.find(jti))).get_result(connection)
    )?)
}
