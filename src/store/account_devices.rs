//! What a device is to one account: the name a person gave it, and when they used it. A device that is known here is no
//! new one, also when nobody is signed in on it.

use super::connection::either;
use super::schema::{account_devices, devices};
use super::{Connection, StoreError};
use crate::clock::Timestamp;
use diesel::prelude::*;

/// One device as one account knows it.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = account_devices, treat_none_as_default_value = false)]
pub struct AccountDevice {
    /// Whose.
    pub account_id: i64,
    /// The browser, or a key of its own where there is none.
    pub device_id: i64,
    /// What the person calls it; none: by what the browser says.
    pub name: Option<String>,
    /// The IP address it was used from last.
    pub network: String,
    /// The account's first sign-in there.
    pub first_used_at: Timestamp,
    /// Its last.
    pub last_used_at: Timestamp,
    /// When the row is dropped, pushed out by every sign-in.
    pub expires_at: Timestamp,
    /// The app on a device without a browser (RFC 8628). Such a device has no cookie: it is never known again.
    pub client_id: Option<String>,
}

/// Notes a sign-in; gives whether it is the account's first on that device.
pub fn used(connection: &mut Connection, device: &AccountDevice) -> Result<bool, StoreError> {
    let known = either!(
        connection,
        diesel::update(account_devices::table.find((device.account_id, device.device_id)))
            .set((
                account_devices::network.eq(&device.network),
                account_devices::last_used_at.eq(device.last_used_at),
                account_devices::expires_at.eq(device.expires_at)
            ))
            .execute(connection)
    )?;
    if known == 0 {
        either!(connection, diesel::insert_into(account_devices::table).values(device).execute(connection))?;
    }
    Ok(known == 0)
}

/// Notes a use without a sign-in: where from, and when.
pub fn seen(
    connection: &mut Connection,
    (account_id, device_id): (i64, i64),
    network: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    either!(
        connection,
        diesel::update(account_devices::table.find((account_id, device_id)))
            .set((account_devices::network.eq(network), account_devices::last_used_at.eq(now)))
            .execute(connection)
    )?;
    Ok(())
}

/// Every device of an account, last used first.
pub fn of_account(connection: &mut Connection, account_id: i64) -> Result<Vec<AccountDevice>, StoreError> {
    Ok(either!(
        connection,
        account_devices::table
            .filter(account_devices::account_id.eq(account_id))
            .order(account_devices::last_used_at.desc())
            .select(AccountDevice::as_select())
            .load(connection)
    )?)
}

/// Whether the account was ever used on a device that is still known.
pub fn any(connection: &mut Connection, account_id: i64) -> Result<bool, StoreError> {
    let own = account_devices::table.filter(account_devices::account_id.eq(account_id));
    Ok(either!(connection, diesel::select(diesel::dsl::exists(own)).get_result(connection))?)
}

/// One device of an account.
pub fn find(connection: &mut Connection, account_id: i64, device_id: i64) -> Result<Option<AccountDevice>, StoreError> {
    Ok(either!(
        connection,
        account_devices::table.find((account_id, device_id)).select(AccountDevice::as_select()).get_result(connection)
    )
    .optional()?)
}

/// Up to `most` devices of an account, last used first, with what the browser on each calls itself.
pub fn with_browsers(
    connection: &mut Connection,
    account_id: i64,
    most: i64,
) -> Result<Vec<(AccountDevice, Option<String>)>, StoreError> {
    Ok(either!(
        connection,
        account_devices::table
            .left_join(devices::table.on(devices::id.eq(account_devices::device_id)))
            .filter(account_devices::account_id.eq(account_id))
            .order(account_devices::last_used_at.desc())
            .limit(most)
            .select((AccountDevice::as_select(), devices::user_agent.nullable()))
            .load(connection)
    )?)
}

/// Names a device, or takes its name away. `false` where the account does not know it.
pub fn rename(
    connection: &mut Connection,
    account_id: i64,
    device_id: i64,
    name: Option<&str>,
) -> Result<bool, StoreError> {
    let own = account_devices::table.find((account_id, device_id));
    Ok(either!(connection, diesel::update(own).set(account_devices::name.eq(name)).execute(connection))? == 1)
}

/// Notes that the person is asked on this device whether to make a passkey; `false` where they were since `quiet_since`.
pub fn passkey_offered(
    connection: &mut Connection,
    account_id: i64,
    device_id: i64,
    quiet_since: Timestamp,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let offered = account_devices::passkey_offered_at;
    let noted = either!(
        connection,
        diesel::update(
            account_devices::table.find((account_id, device_id)).filter(offered.is_null().or(offered.le(quiet_since)))
        )
        .set(offered.eq(Some(now)))
        .execute(connection)
    )?;
    Ok(noted == 1)
}

/// Forgets a device: a later sign-in there is one on a new device.
pub fn remove(connection: &mut Connection, account_id: i64, device_id: i64) -> Result<(), StoreError> {
    either!(connection, diesel::delete(account_devices::table.find((account_id, device_id))).execute(connection))?;
    Ok(())
}

/// Remembers that both steps of a sign-in were done here, until a time and for as long as the account is signed in to with
/// the same things: `made_for` is a digest of them.
pub fn remember(
    connection: &mut Connection,
    (account_id, device_id): (i64, i64),
    until: Timestamp,
    made_for: &[u8],
) -> Result<(), StoreError> {
    either!(
        connection,
        diesel::update(account_devices::table.find((account_id, device_id)))
            .set((
                account_devices::remembered_until.eq(Some(until)),
                account_devices::remembered_for.eq(Some(made_for))
            ))
            .execute(connection)
    )?;
    Ok(())
}

/// The digest that a device is remembered for, where it is.
pub fn remembered_for(
    connection: &mut Connection,
    (account_id, device_id): (i64, i64),
    now: Timestamp,
) -> Result<Option<Vec<u8>>, StoreError> {
    let found: Option<Option<Vec<u8>>> = either!(
        connection,
        account_devices::table
            .find((account_id, device_id))
            .filter(account_devices::remembered_until.gt(now))
            .select(account_devices::remembered_for)
            .get_result(connection)
    )
    .optional()?;
    Ok(found.flatten())
}

/// How many devices of an account are remembered.
pub fn remembered(connection: &mut Connection, account_id: i64, now: Timestamp) -> Result<i64, StoreError> {
    let own = account_devices::account_id.eq(account_id).and(account_devices::remembered_until.gt(now));
    Ok(either!(connection, account_devices::table.filter(own).count().get_result(connection))?)
}

/// Forgets that one device of an account was remembered, or every one but `kept`.
pub fn forget(connection: &mut Connection, account_id: i64, which: Remembered) -> Result<(), StoreError> {
    let none =
        (account_devices::remembered_until.eq(None::<Timestamp>), account_devices::remembered_for.eq(None::<Vec<u8>>));
    match which {
        Remembered::One(device_id) => either!(
            connection,
            diesel::update(account_devices::table.find((account_id, device_id))).set(none).execute(connection)
        ),
        Remembered::AllBut(kept) => either!(
            connection,
            diesel::update(
                account_devices::table
                    .filter(account_devices::account_id.eq(account_id).and(account_devices::device_id.ne(kept)))
            )
            .set(none)
            .execute(connection)
        ),
    }?;
    Ok(())
}

/// Which devices are to be forgotten.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remembered {
    /// This one.
    One(i64),
    /// Every one but this; there is no device 0.
    AllBut(i64),
}
