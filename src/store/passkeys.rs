//! People's passkeys: public keys, each of one account.

use super::columns::Words;
use super::connection::either;
use super::schema::passkeys;
use super::{Connection, StoreError};
use crate::clock::Timestamp;
use diesel::prelude::*;

/// One passkey.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = passkeys, treat_none_as_default_value = false)]
pub struct Passkey {
    /// Whose it is.
    pub account_id: i64,
    /// Internal random key.
    pub id: i64,
    /// The credential ID, which no two passkeys share.
    pub credential_id: Vec<u8>,
    /// The public key and what was registered with it, as the library writes it.
    pub credential: String,
    /// The signature counter at its last use; 0 where the authenticator does not count.
    pub counter: i64,
    /// Whether it may be copied to the person's other devices.
    pub backup_eligible: bool,
    /// Whether it was, when it was last used.
    pub backed_up: bool,
    /// The model of the authenticator, 16 bytes; all 0 where it does not say.
    pub aaguid: Vec<u8>,
    /// How the authenticator can be reached (`internal`, `hybrid`, `usb`), as far as the browser said.
    pub transports: Words,
    /// What it is called, by its authenticator or by the person.
    pub name: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last used.
    pub last_used_at: Option<Timestamp>,
    /// The browser it was made or last used in.
    pub last_device_id: Option<i64>,
}

/// What a use of a passkey changes.
#[derive(Clone, Debug)]
pub struct Use {
    /// Whose it is.
    pub account_id: i64,
    /// Which.
    pub id: i64,
    /// The counter it came with.
    pub counter: i64,
    /// Whether it is backed up now.
    pub backed_up: bool,
    /// The credential with that counter.
    pub credential: String,
}

/// Adds a passkey; `false` where the credential is somebody's already, be it this account's. Unlike a conflict, that leaves
/// the transaction as good as before.
pub fn insert(connection: &mut Connection, passkey: &Passkey) -> Result<bool, StoreError> {
    let added = match connection {
        Connection::Sqlite(sqlite) => {
            diesel::insert_into(passkeys::table).values(passkey).on_conflict_do_nothing().execute(sqlite)?
        }
        Connection::Postgres(postgres) => {
            diesel::insert_into(passkeys::table).values(passkey).on_conflict_do_nothing().execute(postgres)?
        }
    };
    Ok(added == 1)
}

/// The passkey with this credential ID.
pub fn by_credential(connection: &mut Connection, credential_id: &[u8]) -> Result<Option<Passkey>, StoreError> {
    Ok(either!(
        connection,
        passkeys::table
            .filter(passkeys::credential_id.eq(credential_id))
            .select(Passkey::as_select())
            .get_result(connection)
    )
    .optional()?)
}

/// Whether an account has one.
pub fn any(connection: &mut Connection, account_id: i64) -> Result<bool, StoreError> {
    let own = passkeys::table.filter(passkeys::account_id.eq(account_id));
    Ok(either!(connection, diesel::select(diesel::dsl::exists(own)).get_result(connection))?)
}

/// Every passkey of an account, the oldest first.
pub fn of_account(connection: &mut Connection, account_id: i64) -> Result<Vec<Passkey>, StoreError> {
    Ok(either!(
        connection,
        passkeys::table
            .filter(passkeys::account_id.eq(account_id))
            .order((passkeys::created_at, passkeys::id))
            .select(Passkey::as_select())
            .load(connection)
    )?)
}

/// One passkey of an account.
pub fn find(connection: &mut Connection, account_id: i64, id: i64) -> Result<Option<Passkey>, StoreError> {
    Ok(either!(connection, passkeys::table.find((account_id, id)).select(Passkey::as_select()).get_result(connection))
        .optional()?)
}

/// Notes a use. `false` where the passkey is gone, or its counter is not behind the one it came with: of two uses with the
/// same counter, one counts (Web Authentication §7.2, step 22). An authenticator that does not count always sends 0.
pub fn used(connection: &mut Connection, own: &Use, now: Timestamp) -> Result<bool, StoreError> {
    let is_behind =
        passkeys::counter.lt(own.counter).or(passkeys::counter.eq(0).and(passkeys::counter.eq(own.counter)));
    let used = either!(
        connection,
        diesel::update(passkeys::table.find((own.account_id, own.id)).filter(is_behind))
            .set((
                passkeys::counter.eq(own.counter),
                passkeys::backed_up.eq(own.backed_up),
                passkeys::credential.eq(&own.credential),
                passkeys::last_used_at.eq(Some(now)),
            ))
            .execute(connection)
    )?;
    Ok(used == 1)
}

/// Notes the browser it was used in.
pub fn used_on(connection: &mut Connection, account_id: i64, id: i64, device_id: i64) -> Result<(), StoreError> {
    either!(
        connection,
        diesel::update(passkeys::table.find((account_id, id)))
            .set(passkeys::last_device_id.eq(Some(device_id)))
            .execute(connection)
    )?;
    Ok(())
}

/// Gives a passkey another name; `false` where the account has none of this key.
pub fn rename(connection: &mut Connection, account_id: i64, id: i64, name: &str) -> Result<bool, StoreError> {
    let renamed = either!(
        connection,
        diesel::update(passkeys::table.find((account_id, id))).set(passkeys::name.eq(name)).execute(connection)
    )?;
    Ok(renamed == 1)
}

/// Removes a passkey; `false` where the account has none of this key.
pub fn remove(connection: &mut Connection, account_id: i64, id: i64) -> Result<bool, StoreError> {
    Ok(either!(connection, diesel::delete(passkeys::table.find((account_id, id))).execute(connection))? == 1)
}
