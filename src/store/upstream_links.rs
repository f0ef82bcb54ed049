//! Sign-ins of other providers that open an account: each of one account.

use super::connection::either;
use super::schema::upstream_links as links;
use super::{Connection, StoreError};
use crate::clock::Timestamp;
use diesel::prelude::*;

/// One link.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = links, treat_none_as_default_value = false)]
pub struct UpstreamLink {
    /// Whose it is.
    pub account_id: i64,
    /// Internal random key.
    pub id: i64,
    /// The provider's issuer.
    pub issuer: String,
    /// Who it is there.
    pub subject: String,
    /// What the person tells it apart by, as the provider said it.
    pub known_as: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When somebody last signed in by it.
    pub last_used_at: Option<Timestamp>,
}

/// Adds a link; `false` where that person elsewhere is somebody's already, be it this account's. Unlike a conflict, that
/// leaves the transaction as good as before.
pub fn insert(connection: &mut Connection, link: &UpstreamLink) -> Result<bool, StoreError> {
    let added = match connection {
        Connection::Sqlite(sqlite) => {
            diesel::insert_into(links::table).values(link).on_conflict_do_nothing().execute(sqlite)?
        }
        Connection::Postgres(postgres) => {
            diesel::insert_into(links::table).values(link).on_conflict_do_nothing().execute(postgres)?
        }
    };
    Ok(added == 1)
}

/// The link of a person elsewhere.
pub fn by_identity(
    connection: &mut Connection,
    issuer: &str,
    subject: &str,
) -> Result<Option<UpstreamLink>, StoreError> {
    Ok(either!(
        connection,
        links::table
            .filter(links::issuer.eq(issuer).and(links::subject.eq(subject)))
            .select(UpstreamLink::as_select())
            .get_result(connection)
    )
    .optional()?)
}

/// Every link of an account, the oldest first.
pub fn of_account(connection: &mut Connection, account_id: i64) -> Result<Vec<UpstreamLink>, StoreError> {
    Ok(either!(
        connection,
        links::table
            .filter(links::account_id.eq(account_id))
            .order((links::created_at, links::id))
            .select(UpstreamLink::as_select())
            .load(connection)
    )?)
}

/// One link of an account.
pub fn find(connection: &mut Connection, account_id: i64, id: i64) -> Result<Option<UpstreamLink>, StoreError> {
    Ok(either!(
        connection,
        links::table.find((account_id, id)).select(UpstreamLink::as_select()).get_result(connection)
    )
    .optional()?)
}

/// Notes a use. `false` where the link is gone: then it opens nothing.
pub fn used(connection: &mut Connection, account_id: i64, id: i64, now: Timestamp) -> Result<bool, StoreError> {
    let used = either!(
        connection,
        diesel::update(links::table.find((account_id, id))).set(links::last_used_at.eq(Some(now))).execute(connection)
    )?;
    Ok(used == 1)
}

/// Removes a link; `false` where the account has none of this key.
pub fn remove(connection: &mut Connection, account_id: i64, id: i64) -> Result<bool, StoreError> {
    Ok(either!(connection, diesel::delete(links::table.find((account_id, id))).execute(connection))? == 1)
}
