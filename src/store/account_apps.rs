//! Every app an account was ever used with, and by which subject the app knows it. It outlives grants and consents, so that
//! all of them can be told when the account is deleted.

use super::connection::either;
use super::grants::Grant;
use super::schema::account_apps;
use super::{Connection, StoreError};
use crate::clock::Timestamp;
use diesel::prelude::*;

/// One app as one account knows it.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = account_apps, treat_none_as_default_value = false)]
pub struct AccountApp {
    /// Whose.
    pub account_id: i64,
    /// Which app.
    pub client_id: String,
    /// The pairwise subject by which it knows the person; empty: by the public one.
    pub subject: String,
    /// The first grant.
    pub first_used_at: Timestamp,
}

/// Notes the app of a new grant, where it is not known yet.
pub(super) fn used(connection: &mut Connection, grant: &Grant) -> Result<(), StoreError> {
    let app = AccountApp {
        account_id: grant.account_id,
        client_id: grant.client_id.clone(),
        subject: grant.details.get().and_then(|details| details.sub.clone()).unwrap_or_default(),
        first_used_at: grant.created_at,
    };
    match connection {
        Connection::Sqlite(sqlite) => {
            diesel::insert_into(account_apps::table).values(&app).on_conflict_do_nothing().execute(sqlite)?
        }
        Connection::Postgres(postgres) => {
            diesel::insert_into(account_apps::table).values(&app).on_conflict_do_nothing().execute(postgres)?
        }
    };
    Ok(())
}

/// The apps of an account, the first used first.
pub fn of_account(connection: &mut Connection, account_id: i64) -> Result<Vec<AccountApp>, StoreError> {
    Ok(either!(
        connection,
        account_apps::table
            .filter(account_apps::account_id.eq(account_id))
            .order((account_apps::first_used_at, account_apps::client_id, account_apps::subject))
            .select(AccountApp::as_select())
            .load(connection)
    )?)
}

/// Forgets a client that is removed: whoever has its identifier next is another app.
pub(super) fn forget_client(connection: &mut Connection, client_id: &str) -> Result<(), StoreError> {
    let all = account_apps::table.filter(account_apps::client_id.eq(client_id));
    either!(connection, diesel::delete(all).execute(connection))?;
    Ok(())
}
