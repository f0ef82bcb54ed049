//! `keyhouse account lock`, `unlock`, `end-sessions` and `erase`. A running server tells the apps of what ended, within a second.

use serde_json::json;

use super::audit::Deed;
use super::find;
use crate::change::deletion;
use crate::command::opened::Opened;
use crate::command::{Answer, Failure, refused};
use crate::identifier::grouped;
use crate::session::{self, Ended};
use crate::store::accounts::{self, Account, AccountState};
use crate::store::events::EventKind;
use crate::store::operator_audit::OperatorAction;
use crate::store::{Connection, StoreError};

/// Locks, and ends every sign-in, grant and unspent code in the same transaction: nothing begun before outlives it but
/// access tokens that apps verify offline.
pub(super) async fn lock(opened: &Opened, who: &str, deed: Deed) -> Result<Answer, Failure> {
    let account = find(opened, who).await?;
    let number = account.account_number.clone();
    let now = opened.now();
    let write = opened.store.write(move |connection| {
        accounts::hold(connection, account.id)?;
        // A deletion that waits is off: whoever is locked out could not turn it back.
        deletion::call_off(connection, account.id, now)?;
        accounts::set_state(connection, account.id, AccountState::Locked, deed.reason())?;
        let ended = session::end_all(connection, &account, None, now)?;
        let done = (OperatorAction::Locked, EventKind::OperatorLocked);
        deed.keep_and_tell(connection, &account, done, now)?;
        Ok(ended)
    });
    let Ended { sessions, grants } = write.await?;
    let text =
        format!("{} is locked. Sign-ins ended: {sessions}; other grants of apps ended: {grants}.", grouped(&number));
    let json = json!({ "account_id": number, "state": "locked", "sessions_ended": sessions, "grants_ended": grants });
    Ok(Answer::new(text, json))
}

/// Unlocks. Whatever slipped in while it was locked was let in nowhere, and must not come alive now.
pub(super) async fn unlock(opened: &Opened, who: &str, deed: Deed) -> Result<Answer, Failure> {
    let account = find(opened, who).await?;
    let number = account.account_number;
    let (id, now) = (account.id, opened.now());
    let write = opened.store.write(move |connection| {
        let held = accounts::hold(connection, id)?;
        let Some(account) = held.filter(|account| account.state == AccountState::Locked) else { return Ok(false) };
        session::end_all(connection, &account, None, now)?;
        accounts::set_state(connection, account.id, AccountState::Active, None)?;
        let done = (OperatorAction::Unlocked, EventKind::OperatorUnlocked);
        deed.keep_and_tell(connection, &account, done, now)?;
        Ok(true)
    });
    if !write.await? {
        return Err(refused(format!("{} is not locked", grouped(&number))));
    }
    let text = format!("{} can be used again.", grouped(&number));
    Ok(Answer::new(text, json!({ "account_id": number, "state": "active" })))
}

/// Ends every sign-in and what apps hold, and changes nothing else.
pub(super) async fn end_sessions(opened: &Opened, who: &str, deed: Deed) -> Result<Answer, Failure> {
    let account = find(opened, who).await?;
    let number = account.account_number.clone();
    let now = opened.now();
    let write = opened.store.write(move |connection| {
        accounts::hold(connection, account.id)?;
        let ended = session::end_all(connection, &account, None, now)?;
        let done = (OperatorAction::EndedSessions, EventKind::OperatorEndedSessions);
        deed.keep_and_tell(connection, &account, done, now)?;
        Ok(ended)
    });
    let Ended { sessions, grants } = write.await?;
    let text = format!(
        "{} is signed out everywhere. Sign-ins ended: {sessions}; other grants of apps ended: {grants}.",
        grouped(&number)
    );
    Ok(Answer::new(text, json!({ "account_id": number, "sessions_ended": sessions, "grants_ended": grants })))
}

/// Deletes an account at once, whatever its state. Apps that want to know are told by a running server.
pub(super) async fn erase(opened: &Opened, who: &str, confirm: &str, deed: Deed) -> Result<Answer, Failure> {
    let account = find(opened, who).await?;
    let number = account.account_number.clone();
    let typed: String = confirm.chars().filter(char::is_ascii_digit).collect();
    if typed != number {
        return Err(refused("--confirm wants the 12 digits of this very account"));
    }
    let (derived, now) = (deed.keys(), opened.now());
    let noted = move |connection: &mut Connection, account: &Account| -> Result<(), StoreError> {
        deed.keep(connection, account, OperatorAction::Erased, now)
    };
    let Some(erased) = deletion::erase_now(&opened.store, derived, account.id, now, noted).await? else {
        return Err(refused(format!("{} is gone already", grouped(&number))));
    };
    let text = format!(
        "{} is deleted. Apps that are told and asked to confirm: {}; apps without an address for that: {}.",
        grouped(&number),
        erased.asked,
        erased.untold
    );
    let json = json!({ "account_id": number, "apps_asked": erased.asked, "apps_untold": erased.untold });
    Ok(Answer::new(text, json))
}
