//! Authorization codes: what a code stands for, until it has been spent and for a while after, so that a replay is
//! known as one.

use super::columns::Words;
use super::connection::either;
use super::details::{Details, Json};
use super::schema::authorization_codes as codes;
use super::{Connection, StoreError};
use crate::clock::Timestamp;
use diesel::backend::Backend;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::serialize::ToSql;
use diesel::sql_types::{BigInt, Binary, Text};

/// One code and everything decided when it was made.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = codes, treat_none_as_default_value = false)]
pub struct AuthorizationCode {
    /// SHA-256 of the code.
    pub code_digest: Vec<u8>,
    /// Whose it is.
    pub account_id: i64,
    /// The key that the grant gets when the code is redeemed.
    pub grant_id: i64,
    /// The sign-in behind it.
    pub session_id: i64,
    /// Whom it was made for.
    pub client_id: String,
    /// Where it went.
    pub redirect_uri: String,
    /// Whether the request named it; then the token request must too (RFC 6749 §4.1.3).
    pub redirect_uri_sent: bool,
    /// What was granted.
    pub scope: Words,
    /// Resources granted (RFC 8707).
    pub resources: Words,
    /// For the ID token.
    pub nonce: Option<String>,
    /// S256 (RFC 7636).
    pub code_challenge: Option<String>,
    /// When the person signed in.
    pub auth_time: Timestamp,
    /// How.
    pub amr: Words,
    /// When the sign-in ends.
    pub session_expires_at: Timestamp,
    /// When it was spent.
    pub redeemed_at: Option<Timestamp>,
    /// When it is void.
    pub expires_at: Timestamp,
    /// What only some have.
    pub details: Json<Details>,
    /// The device of that sign-in.
    pub device_id: Option<i64>,
}

/// Adds a code.
pub fn insert(connection: &mut Connection, code: &AuthorizationCode) -> Result<(), StoreError> {
    either!(connection, diesel::insert_into(codes::table).values(code).execute(connection))?;
    Ok(())
}

/// The code, spent or not.
pub fn find(connection: &mut Connection, code_digest: &[u8]) -> Result<Option<AuthorizationCode>, StoreError> {
    Ok(either!(
        connection,
        codes::table.find(code_digest).select(AuthorizationCode::as_select()).get_result(connection)
    )
    .optional()?)
}

/// Spends a code for the client it was made for, once: `false` where it is spent, void or another's.
pub fn redeem(
    connection: &mut Connection,
    code_digest: &[u8],
    client_id: &str,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let redeem = Redeem { code_digest, client_id, now };
    Ok(either!(connection, redeem.execute(connection))? == 1)
}

/// One text that stays prepared. diesel prepares its own updates anew each time, and this one is every sign-in's.
struct Redeem<'a> {
    code_digest: &'a [u8],
    client_id: &'a str,
    now: Timestamp,
}

impl QueryId for Redeem<'_> {
    type QueryId = Redeem<'static>;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl<DB: Backend> QueryFragment<DB> for Redeem<'_>
where
    i64: ToSql<BigInt, DB>,
    str: ToSql<Text, DB>,
    [u8]: ToSql<Binary, DB>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        out.push_sql("UPDATE authorization_codes SET redeemed_at = ");
        out.push_bind_param::<BigInt, i64>(self.now.as_ref())?;
        out.push_sql(" WHERE code_digest = ");
        out.push_bind_param::<Binary, [u8]>(self.code_digest)?;
        out.push_sql(" AND client_id = ");
        out.push_bind_param::<Text, str>(self.client_id)?;
        out.push_sql(" AND redeemed_at IS NULL AND expires_at > ");
        out.push_bind_param::<BigInt, i64>(self.now.as_ref())
    }
}

impl<C> RunQueryDsl<C> for Redeem<'_> {}

/// Makes void the codes of an account that nobody has redeemed yet: of one sign-in, of one client, or all.
pub fn void(connection: &mut Connection, account_id: i64, which: Unredeemed<'_>) -> Result<(), StoreError> {
    let own = codes::account_id.eq(account_id).and(codes::redeemed_at.is_null());
    match which {
        Unredeemed::OfSession(id) => either!(
            connection,
            diesel::delete(codes::table.filter(own.and(codes::session_id.eq(id)))).execute(connection)
        )?,
        Unredeemed::OfClient(id) => either!(
            connection,
            diesel::delete(codes::table.filter(own.and(codes::client_id.eq(id)))).execute(connection)
        )?,
        Unredeemed::All => either!(connection, diesel::delete(codes::table.filter(own)).execute(connection))?,
    };
    Ok(())
}

/// Which codes [`void`] takes.
#[derive(Clone, Copy, Debug)]
pub enum Unredeemed<'a> {
    /// Those of one sign-in.
    OfSession(i64),
    /// Those of one client.
    OfClient(&'a str),
    /// Every one.
    All,
}
