//! Browsers that are remembered after both steps of a sign-in, so that the second is not asked for there again for a while.
//! Bound to the device, to the account, and to everything the account is signed in to with: any change of that makes them
//! strangers again, wherever it was made.

use std::fmt::Write as _;

use crate::clock::Timestamp;
use crate::security::random;
use crate::store::account_devices;
use crate::store::accounts::Account;
use crate::store::devices;
use crate::store::{Connection, StoreError, addresses, passkeys, passwords, recovery_codes, totps};

/// Whether the browser with this device cookie is remembered for the account.
pub fn is_remembered(
    connection: &mut Connection,
    account: &Account,
    device_cookie: Option<&str>,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let Some(cookie) = device_cookie else { return Ok(false) };
    let Some(device) = devices::by_secret(connection, &random::sha256(cookie), now)? else { return Ok(false) };
    is_device_remembered(connection, account, device.id, now)
}

/// The same, of a device by its key.
pub(super) fn is_device_remembered(
    connection: &mut Connection,
    account: &Account,
    device_id: i64,
    now: Timestamp,
) -> Result<bool, StoreError> {
    match account_devices::remembered_for(connection, (account.id, device_id), now)? {
        Some(made_for) => Ok(random::equal(&made_for, &credentials(connection, account)?)),
        None => Ok(false),
    }
}

/// Remembers a device, in the write in which both steps were done there.
pub fn remember(
    connection: &mut Connection,
    account: &Account,
    device_id: i64,
    until: Timestamp,
) -> Result<(), StoreError> {
    let made_for = credentials(connection, account)?;
    account_devices::remember(connection, (account.id, device_id), until, &made_for)
}

/// A digest of everything the account is signed in to with, and since when it is.
fn credentials(connection: &mut Connection, account: &Account) -> Result<Vec<u8>, StoreError> {
    let mut all = String::new();
    let mut add = |what: &str, since: Option<Timestamp>| {
        let _ = write!(all, "{what} {};", since.map_or(0, Timestamp::millis));
    };
    add("two steps", account.two_step_at);
    add("password", passwords::changed_at(connection, account.id)?);
    add("totp", totps::since(connection, account.id)?);
    add("recovery codes", recovery_codes::made_at(connection, account.id)?);
    for passkey in passkeys::of_account(connection, account.id)? {
        add("passkey", Some(passkey.created_at));
    }
    let mut owned = addresses::of_account(connection, account.id)?;
    owned.sort_by(|one, other| (one.kind.as_str(), &one.value).cmp(&(other.kind.as_str(), &other.value)));
    for address in owned {
        add(&address.value, Some(address.verified_at));
    }
    Ok(random::sha256(&all))
}
