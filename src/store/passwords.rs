//! Password hashes, one an account, in PHC string form.

use super::connection::either;
use super::schema::passwords;
use super::{Connection, StoreError};
use crate::clock::Timestamp;
use diesel::prelude::*;

/// The hash of an account's password and when the person last changed it.
#[derive(Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = passwords, treat_none_as_default_value = false)]
pub struct Password {
    /// Whose it is.
    pub account_id: i64,
    /// PHC string of argon2id.
    pub hash: String,
    /// When the person chose it.
    pub changed_at: Timestamp,
}

/// The password of an account, where it has one.
pub fn of_account(connection: &mut Connection, account_id: i64) -> Result<Option<Password>, StoreError> {
    Ok(either!(connection, passwords::table.find(account_id).select(Password::as_select()).get_result(connection))
        .optional()?)
}

/// When the person chose the password the account has.
pub fn changed_at(connection: &mut Connection, account_id: i64) -> Result<Option<Timestamp>, StoreError> {
    Ok(either!(connection, passwords::table.find(account_id).select(passwords::changed_at).get_result(connection))
        .optional()?)
}

/// Adds the first password of an account.
pub fn insert(connection: &mut Connection, password: &Password) -> Result<(), StoreError> {
    either!(connection, diesel::insert_into(passwords::table).values(password).execute(connection))?;
    Ok(())
}

/// Puts a hash with today's cost in the place of `old`; nothing happens where the password changed meanwhile.
pub fn renew(connection: &mut Connection, account_id: i64, old: &str, new: &str) -> Result<(), StoreError> {
    either!(
        connection,
        diesel::update(passwords::table.find(account_id).filter(passwords::hash.eq(old)))
            .set(passwords::hash.eq(new))
            .execute(connection)
    )?;
    Ok(())
}

/// Gives an account this password, in the place of the one it has. The caller holds the account.
pub fn put(connection: &mut Connection, password: &Password) -> Result<(), StoreError> {
    let changed = either!(
        connection,
        diesel::update(passwords::table.find(password.account_id))
            .set((
                passwords::hash.eq(&password.hash),
                passwords::changed_at.eq(password.changed_at),
                passwords::looked_up_at.eq(None::<Timestamp>),
                passwords::breached_at.eq(None::<Timestamp>),
            ))
            .execute(connection)
    )?;
    if changed == 0 {
        insert(connection, password)?;
    }
    Ok(())
}

/// Notes that the password is looked for among stolen ones at this moment; `false` where that was done after `since`, or it was
/// found there.
pub fn look_up(
    connection: &mut Connection,
    account_id: i64,
    since: Timestamp,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let long_ago = passwords::looked_up_at.is_null().or(passwords::looked_up_at.le(since));
    let own = passwords::table.filter(passwords::account_id.eq(account_id).and(passwords::breached_at.is_null()));
    let due = own.filter(long_ago);
    Ok(either!(connection, diesel::update(due).set(passwords::looked_up_at.eq(Some(now))).execute(connection))? == 1)
}

/// Says when the password chosen at `changed_at` was last looked for.
pub fn looked_up(
    connection: &mut Connection,
    account_id: i64,
    changed_at: Timestamp,
    at: Timestamp,
) -> Result<(), StoreError> {
    let same = passwords::table.filter(passwords::account_id.eq(account_id).and(passwords::changed_at.eq(changed_at)));
    either!(connection, diesel::update(same).set(passwords::looked_up_at.eq(Some(at))).execute(connection))?;
    Ok(())
}

/// Notes that the password chosen at `changed_at` was found among stolen ones; `false` where that is known, or there is another by now.
pub fn note_breached(
    connection: &mut Connection,
    account_id: i64,
    changed_at: Timestamp,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let same = passwords::table
        .filter(passwords::account_id.eq(account_id).and(passwords::changed_at.eq(changed_at)))
        .filter(passwords::breached_at.is_null());
    Ok(either!(connection, diesel::update(same).set(passwords::breached_at.eq(Some(now))).execute(connection))? == 1)
}

/// When the password of an account was chosen, and whether it was found among stolen ones; none where it has no password.
pub fn standing(connection: &mut Connection, account_id: i64) -> Result<Option<(Timestamp, bool)>, StoreError> {
    let own = passwords::table.find(account_id).select((passwords::changed_at, passwords::breached_at.is_not_null()));
    Ok(either!(connection, own.get_result(connection)).optional()?)
}

/// Takes an account's password away; `false` where it had none.
pub fn remove(connection: &mut Connection, account_id: i64) -> Result<bool, StoreError> {
    Ok(either!(connection, diesel::delete(passwords::table.find(account_id)).execute(connection))? == 1)
}
