//! Accounts that nobody has used for long. Phone numbers are given to other people: a code to one is too little then.

use std::time::Duration;

use crate::app::AppState;
use crate::clock::Timestamp;
use crate::store::accounts::Account;
use crate::store::addresses::AddressKind;
use crate::store::{Connection, StoreError, last_use};

/// Whether a code to an address of this kind is too little to open the account. Asked by every path that such a code opens,
/// before it counts as a use.
pub fn is_too_little(
    connection: &mut Connection,
    app: &AppState,
    account: &Account,
    kind: AddressKind,
    now: Timestamp,
) -> Result<bool, StoreError> {
    Ok(kind == AddressKind::Phone && is_dormant(connection, account, app.config.account.dormant, now)?)
}

fn is_dormant(
    connection: &mut Connection,
    account: &Account,
    dormant: Duration,
    now: Timestamp,
) -> Result<bool, StoreError> {
    Ok(now.since(last_use::of_account(connection, account)?) > dormant)
}
