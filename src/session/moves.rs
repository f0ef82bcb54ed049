//! A number that was about to move to another account stays, once somebody signs in to its account: a code to the number was
//! not enough for that, so it was its owner.

use crate::clock::Timestamp;
use crate::store::accounts;
use crate::store::changes::{self, ChangeKind};
use crate::store::events::{self, EventDetails, EventKind};
use crate::store::notices::{self, Notice, NoticeKind};
use crate::store::{Connection, StoreError};

/// Calls off what moves of the account.
pub(super) fn call_off(connection: &mut Connection, account_id: i64, now: Timestamp) -> Result<(), StoreError> {
    for change in changes::of_account(connection, account_id, now)? {
        if change.kind != ChangeKind::Move || !changes::take(connection, account_id, change.id)? {
            continue;
        }
        let Some(account) = accounts::by_id(connection, account_id)? else { return Ok(()) };
        let subject = Some(change.kind.as_str().to_owned());
        let details = EventDetails { subject, ..EventDetails::default() };
        events::note(connection, account_id, EventKind::ChangeCancelled, details, now)?;
        notices::tell(connection, &account, &Notice::of(NoticeKind::ChangeCancelled), now)?;
    }
    Ok(())
}
