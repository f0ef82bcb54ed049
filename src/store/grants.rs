//! Grants: one row a sign-in at one client. It holds the refresh generation; a grant that was revoked is gone, and with
//! it every token that names it.

use super::account_apps;
use super::accounts::Account;
use super::columns::Words;
use super::connection::either;
use super::details::{Details, Json};
use super::schema::{access_tokens, accounts, grants};
use super::{Connection, StoreError};
use crate::clock::Timestamp;
use diesel::backend::Backend;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::serialize::ToSql;
use diesel::sql_types::BigInt;

/// One grant.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = grants, treat_none_as_default_value = false)]
pub struct Grant {
    /// Whose it is.
    pub account_id: i64,
    /// Internal random key; refresh tokens and JWTs name it.
    pub id: i64,
    /// The sign-in it came from.
    pub session_id: i64,
    /// The client.
    pub client_id: String,
    /// What was granted.
    pub scope: Words,
    /// Resources granted (RFC 8707).
    pub resources: Words,
    /// Of the first ID token.
    pub nonce: Option<String>,
    /// When the person signed in.
    pub auth_time: Timestamp,
    /// How.
    pub amr: Words,
    /// Outlives the sign-in (`offline_access`).
    pub offline: bool,
    /// Which refresh token is good: each use makes the next.
    pub generation: i64,
    /// When the generation last moved.
    pub rotated_at: Timestamp,
    /// Last use.
    pub last_used_at: Timestamp,
    /// End without use; never behind `expires_at`.
    pub idle_expires_at: Timestamp,
    /// End in any case.
    pub expires_at: Timestamp,
    /// When it was made.
    pub created_at: Timestamp,
    /// What only some have.
    pub details: Json<Details>,
    /// The device it is used on; none where nobody signed in for it.
    pub device_id: Option<i64>,
}

impl Grant {
    /// The subject by which the client of this grant knows `account`, whose grant it is.
    pub fn subject<'a>(&'a self, account: &'a Account) -> &'a str {
        self.details.get().and_then(|details| details.sub.as_deref()).unwrap_or(&account.sub)
    }
}

/// Adds a grant, and notes its app among those the account was used with.
pub fn insert(connection: &mut Connection, grant: &Grant) -> Result<(), StoreError> {
    either!(connection, diesel::insert_into(grants::table).values(grant).execute(connection))?;
    account_apps::used(connection, grant)
}

/// The live grant with this key and the account behind it.
pub fn find(
    connection: &mut Connection,
    account_id: i64,
    id: i64,
    now: Timestamp,
) -> Result<Option<(Grant, Account)>, StoreError> {
    Ok(either!(
        connection,
        grants::table
            .inner_join(accounts::table.on(accounts::id.eq(grants::account_id)))
            .filter(grants::account_id.eq(account_id).and(grants::id.eq(id)))
            .filter(grants::idle_expires_at.gt(now))
            .select((Grant::as_select(), Account::as_select()))
            .get_result(connection)
    )
    .optional()?)
}

/// What a refresh writes.
#[derive(Clone, Copy, Debug)]
pub struct Rotation {
    /// The generation presented.
    pub from: i64,
    /// The generation from now on: the next, or the same for clients that keep their token.
    pub to: i64,
    /// Now.
    pub now: Timestamp,
    /// The new end without use.
    pub idle_expires_at: Timestamp,
}

/// Moves the generation on, for one caller only: `false` where it had moved already.
pub fn rotate(connection: &mut Connection, grant: &Grant, rotation: Rotation) -> Result<bool, StoreError> {
    let idle_expires_at = rotation.idle_expires_at.min(grant.expires_at);
    let rotate = Rotate { key: (grant.account_id, grant.id), rotation: Rotation { idle_expires_at, ..rotation } };
    Ok(either!(connection, rotate.execute(connection))? == 1)
}

/// One text that stays prepared. diesel prepares its own updates anew each time, and this one is every refresh's.
#[derive(QueryId)]
struct Rotate {
    key: (i64, i64),
    rotation: Rotation,
}

impl<DB: Backend> QueryFragment<DB> for Rotate
where
    i64: ToSql<BigInt, DB>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        let Self { key: (account_id, id), rotation } = self;
        let mut bind = |text: &str, value: &'b i64| {
            out.push_sql(text);
            out.push_bind_param::<BigInt, i64>(value)
        };
        bind("UPDATE grants SET generation = ", &rotation.to)?;
        bind(", rotated_at = ", rotation.now.as_ref())?;
        bind(", last_used_at = ", rotation.now.as_ref())?;
        bind(", idle_expires_at = ", rotation.idle_expires_at.as_ref())?;
        bind(" WHERE account_id = ", account_id)?;
        bind(" AND id = ", id)?;
        bind(" AND generation = ", &rotation.from)
    }
}

impl<C> RunQueryDsl<C> for Rotate {}

/// The live grants of a person, newest first.
pub fn of_account(connection: &mut Connection, account_id: i64, now: Timestamp) -> Result<Vec<Grant>, StoreError> {
    Ok(either!(
        connection,
        grants::table
            .filter(grants::account_id.eq(account_id))
            .filter(grants::idle_expires_at.gt(now))
            .order(grants::created_at.desc())
            .select(Grant::as_select())
            .load(connection)
    )?)
}

/// The grants that came from one sign-in.
pub fn of_session(connection: &mut Connection, account_id: i64, session_id: i64) -> Result<Vec<Grant>, StoreError> {
    Ok(either!(
        connection,
        grants::table
            .filter(grants::account_id.eq(account_id).and(grants::session_id.eq(session_id)))
            .select(Grant::as_select())
            .load(connection)
    )?)
}

/// The grants that are used on one device.
pub fn of_device(connection: &mut Connection, account_id: i64, device_id: i64) -> Result<Vec<Grant>, StoreError> {
    Ok(either!(
        connection,
        grants::table
            .filter(grants::account_id.eq(account_id).and(grants::device_id.eq(device_id)))
            .select(Grant::as_select())
            .load(connection)
    )?)
}

/// The grants of one client.
pub fn of_client(connection: &mut Connection, account_id: i64, client_id: &str) -> Result<Vec<Grant>, StoreError> {
    Ok(either!(
        connection,
        grants::table
            .filter(grants::account_id.eq(account_id).and(grants::client_id.eq(client_id)))
            .select(Grant::as_select())
            .load(connection)
    )?)
}

/// Whether an account has a grant for a client.
pub fn any_of_client(connection: &mut Connection, account_id: i64, client_id: &str) -> Result<bool, StoreError> {
    let own = grants::table.filter(grants::account_id.eq(account_id).and(grants::client_id.eq(client_id)));
    Ok(either!(connection, diesel::select(diesel::dsl::exists(own)).get_result(connection))?)
}

/// Revokes a grant and its opaque access tokens. `false` where it was gone.
pub fn revoke(connection: &mut Connection, account_id: i64, id: i64) -> Result<bool, StoreError> {
    let gone = either!(connection, diesel::delete(grants::table.find((account_id, id))).execute(connection))? == 1;
    let tokens = access_tokens::account_id.eq(account_id).and(access_tokens::grant_id.eq(id));
    either!(connection, diesel::delete(access_tokens::table.filter(tokens)).execute(connection))?;
    Ok(gone)
}
