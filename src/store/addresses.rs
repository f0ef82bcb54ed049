//! Phone numbers and e-mail addresses that somebody has proved. What is not proved is not here.

use super::accounts::Account;
use super::connection::either;
use super::schema::{accounts, addresses};
use super::{Connection, StoreError};
use crate::clock::Timestamp;
use crate::text_enum;
use diesel::prelude::*;

text_enum! {
    /// What an address is.
    AddressKind {
        /// E.164, with the plus.
        Phone = "phone",
        /// Normalised by [`crate::identifier`].
        Email = "email",
    }
}

/// One proven address of an account.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = addresses, treat_none_as_default_value = false)]
pub struct Address {
    /// Whose it is.
    pub account_id: i64,
    /// Phone or e-mail.
    pub kind: AddressKind,
    /// The canonical form.
    pub value: String,
    /// The one that is used where one is asked for.
    pub is_main: bool,
    /// When it was proved.
    pub verified_at: Timestamp,
}

/// Adds a proven address; one that belongs to any account already is [`StoreError::Conflict`].
pub fn insert(connection: &mut Connection, address: &Address) -> Result<(), StoreError> {
    either!(connection, diesel::insert_into(addresses::table).values(address).execute(connection))?;
    Ok(())
}

/// Adds a proven address where no account has it; `false` where one does, also one that is being made at this moment.
/// Unlike a conflict, that leaves the transaction as good as before.
pub fn claim(connection: &mut Connection, address: &Address) -> Result<bool, StoreError> {
    let claimed = match connection {
        Connection::Sqlite(sqlite) => {
            diesel::insert_into(addresses::table).values(address).on_conflict_do_nothing().execute(sqlite)?
        }
        Connection::Postgres(postgres) => {
            diesel::insert_into(addresses::table).values(address).on_conflict_do_nothing().execute(postgres)?
        }
    };
    Ok(claimed == 1)
}

/// Gives up every address of an account.
pub fn release(connection: &mut Connection, account_id: i64) -> Result<(), StoreError> {
    either!(
        connection,
        diesel::delete(addresses::table.filter(addresses::account_id.eq(account_id))).execute(connection)
    )?;
    Ok(())
}

/// Every address of an account, the main ones first.
pub fn of_account(connection: &mut Connection, account_id: i64) -> Result<Vec<Address>, StoreError> {
    Ok(either!(
        connection,
        addresses::table
            .filter(addresses::account_id.eq(account_id))
            .order((
                addresses::is_main.desc(),
                addresses::verified_at.asc(),
                addresses::kind.desc(),
                addresses::value.asc()
            ))
            .select(Address::as_select())
            .load(connection)
    )?)
}

/// The account that proved this address.
pub fn owner(connection: &mut Connection, kind: AddressKind, value: &str) -> Result<Option<Account>, StoreError> {
    Ok(either!(
        connection,
        addresses::table
            .inner_join(accounts::table.on(accounts::id.eq(addresses::account_id)))
            .filter(addresses::kind.eq(kind).and(addresses::value.eq(value)))
            .select(Account::as_select())
            .get_result(connection)
    )
    .optional()?)
}
