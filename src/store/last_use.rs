//! When an account was last used, by everything that tells.

use super::accounts::Account;
use super::connection::either;
use super::schema::{account_devices, addresses, grants, sessions};
use super::{Connection, StoreError};
use crate::clock::Timestamp;
use diesel::dsl::max;
use diesel::prelude::*;

/// The newest of its sign-ins, of what apps did with what they hold, and of its devices' last sign-ins, which are kept
/// beyond both, and the last time an address of it was proved; its beginning, where there is nothing of these. A sign-in that has run out leaves only its beginning, so
/// this may be early by the longest a sign-in lasts, and never late.
pub fn of_account(connection: &mut Connection, account: &Account) -> Result<Timestamp, StoreError> {
    let id = account.id;
    let at_sign_ins: Option<Timestamp> = either!(
        connection,
        sessions::table.filter(sessions::account_id.eq(id)).select(max(sessions::last_used_at)).get_result(connection)
    )?;
    let by_apps: Option<Timestamp> = either!(
        connection,
        grants::table.filter(grants::account_id.eq(id)).select(max(grants::last_used_at)).get_result(connection)
    )?;
    let on_devices: Option<Timestamp> = either!(
        connection,
        account_devices::table
            .filter(account_devices::account_id.eq(id))
            .select(max(account_devices::last_used_at))
            .get_result(connection)
    )?;
    // Also what was brought along from another system begins here to be unused: its beginning may lie years back.
    let by_proof: Option<Timestamp> = either!(
        connection,
        addresses::table
            .filter(addresses::account_id.eq(id))
            .select(max(addresses::verified_at))
            .get_result(connection)
    )?;
    Ok([at_sign_ins, by_apps, on_devices, by_proof].into_iter().flatten().fold(account.created_at, Timestamp::max))
}
