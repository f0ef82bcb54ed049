//! A number that was about to move to another account stays, once somebody signs in to its account: a code to the number was
//! not enough for that, so it was its owner.

use crate::clock::Timestamp;
use crate::store::changes::{self, ChangeKind};
use crate::store::{Connection, StoreError};

/// Calls off what moves of the account.
pub(super) fn call_off(connection: &mut Connection, account_id: i64, now: Timestamp) -> Result<(), StoreError> {
    for change in changes::of_account(connection, account_id, now)? {
        if change.kind == ChangeKind::Move {
            changes::call_off(connection, &change, now)?;
        }
    }
    Ok(())
}
