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

/// Takes an address off an account. `false` where it was not there.
pub fn remove(
    connection: &mut Connection,
    account_id: i64,
    kind: AddressKind,
    value: &str,
) -> Result<bool, StoreError> {
    Ok(either!(connection, diesel::delete(addresses::table.find((account_id, kind, value))).execute(connection))? == 1)
}

/// Makes an address the main one of its kind. `false` where the account does not have it; then nothing changes.
pub fn choose_main(
    connection: &mut Connection,
    account_id: i64,
    kind: AddressKind,
    value: &str,
) -> Result<bool, StoreError> {
    let chosen = either!(
        connection,
        diesel::update(addresses::table.find((account_id, kind, value)))
            .set(addresses::is_main.eq(true))
            .execute(connection)
    )?;
    if chosen == 0 {
        return Ok(false);
    }
    let others = addresses::account_id.eq(account_id).and(addresses::kind.eq(kind)).and(addresses::value.ne(value));
    either!(
        connection,
        diesel::update(addresses::table.filter(others)).set(addresses::is_main.eq(false)).execute(connection)
    )?;
    Ok(true)
}

/// Sees that of each kind that an account has, one is the main one: the oldest, where none is.
pub fn settle_main(connection: &mut Connection, account_id: i64) -> Result<(), StoreError> {
    let owned = of_account(connection, account_id)?;
    for kind in [AddressKind::Phone, AddressKind::Email] {
        let mut of_kind = owned.iter().filter(|address| address.kind == kind);
        // The main ones come first, then the oldest.
        if let Some(first) = of_kind.next()
            && !first.is_main
        {
            choose_main(connection, account_id, kind, &first.value)?;
        }
    }
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
