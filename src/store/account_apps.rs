//! Every app an account was ever used with, and by which subject the app knows it. It outlives grants and consents, so that
//! all of them can be told when the account is deleted.

use super::connection::either;
use super::grants::Grant;
use super::schema::account_apps;
use super::{Connection, StoreError};
use crate::clock::Timestamp;
use diesel::backend::Backend;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::serialize::ToSql;
use diesel::sql_types::{BigInt, Text};

/// One app as one account knows it.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = account_apps)]
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
    let subject = grant.details.get().and_then(|details| details.sub.as_deref()).unwrap_or_default();
    let note = Note { account_id: grant.account_id, client_id: &grant.client_id, subject, at: grant.created_at };
    either!(connection, note.execute(connection))?;
    Ok(())
}

/// One text that is found prepared without being written anew: diesel knows none of its own with `ON CONFLICT` by its type, and
/// this one is every code's.
struct Note<'a> {
    account_id: i64,
    client_id: &'a str,
    subject: &'a str,
    at: Timestamp,
}

impl QueryId for Note<'_> {
    type QueryId = Note<'static>;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl<DB: Backend> QueryFragment<DB> for Note<'_>
where
    i64: ToSql<BigInt, DB>,
    str: ToSql<Text, DB>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        out.push_sql("INSERT INTO account_apps (account_id, client_id, subject, first_used_at) VALUES (");
        out.push_bind_param::<BigInt, i64>(&self.account_id)?;
        out.push_sql(", ");
        out.push_bind_param::<Text, str>(self.client_id)?;
        out.push_sql(", ");
        out.push_bind_param::<Text, str>(self.subject)?;
        out.push_sql(", ");
        out.push_bind_param::<BigInt, i64>(self.at.as_ref())?;
        out.push_sql(") ON CONFLICT DO NOTHING");
        Ok(())
    }
}

impl<C> RunQueryDsl<C> for Note<'_> {}

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
