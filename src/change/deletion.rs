//! The deletion of an account: asked for by the person, waiting for its last day while nothing but signing in is let in, then
//! carried out; or carried out at once, where there is nothing to wait for or an operator says so.

use std::time::Duration;

use crate::app::AppState;
use crate::clock::Timestamp;
use crate::security::derived_keys::DerivedKeys;
use crate::security::random;
use crate::session;
use crate::store::accounts::{self, Account, AccountState};
use crate::store::changes::{self, Change, ChangeDetails, ChangeKind};
use crate::store::details::Json;
use crate::store::events::{self, EventDetails, EventKind};
use crate::store::notices::{self, Notice, NoticeKind};
use crate::store::{Connection, Store, StoreError};

use super::erasing;

pub use erasing::{ACCOUNT_PURGED, ANSWER_BY, Erased, FAREWELL, Farewell, Purge, SETTLED, apps};

/// A deletion that no node carries out is not forgotten before this: the account waits for it all the same.
const KEPT: Duration = Duration::from_secs(366 * 24 * 60 * 60);

/// Where a wish comes from, for the history and the notice.
#[derive(Clone, Debug, Default)]
pub struct Whence {
    /// What the browser calls itself.
    pub user_agent: Option<String>,
    /// The IP address.
    pub network: Option<String>,
}

/// What became of the wish to be deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Begun {
    /// The account is closed, and gone from then on, unless the person signs in before.
    Waits(Timestamp),
    /// It is gone.
    Gone,
    /// Nothing may change until then: somebody said from a notice that it was not them.
    Frozen(Timestamp),
    /// It is not in use, so there is nothing for its person to say.
    NotInUse,
}

/// Until when a deletion that is asked for now can be turned back. While a change of an address may still be undone from the
/// old one, so may a deletion: whoever took the account over must not be able to end it before its owner speaks up.
pub fn last_day(
    connection: &mut Connection,
    account_id: i64,
    waits: Duration,
    now: Timestamp,
) -> Result<Timestamp, StoreError> {
    let undoable = changes::of_account(connection, account_id, now)?;
    let undoable = undoable.iter().filter(|change| change.kind == ChangeKind::Undo).map(|change| change.expires_at);
    Ok(undoable.chain([now.plus(waits)]).max().unwrap_or(now))
}

/// Until when nothing of the account may change, where that is so.
pub fn frozen_until(
    connection: &mut Connection,
    account_id: i64,
    now: Timestamp,
) -> Result<Option<Timestamp>, StoreError> {
    let all = changes::of_account(connection, account_id, now)?;
    Ok(all.iter().filter(|change| change.kind == ChangeKind::Freeze).map(|change| change.expires_at).max())
}

/// Begins the deletion of an account, in the caller's write: every sign-in and grant ends with it, the apps hear of that, and
/// what waits to change the account is dropped. Where it need not wait it is carried out: ask for [`Store::owe_scrub`] then.
pub fn begin(
    connection: &mut Connection,
    app: &AppState,
    account_id: i64,
    whence: &Whence,
    now: Timestamp,
) -> Result<Begun, StoreError> {
    let account = accounts::hold(connection, account_id)?.filter(|account| account.state == AccountState::Active);
    let Some(account) = account else { return Ok(Begun::NotInUse) };
    if let Some(until) = frozen_until(connection, account.id, now)? {
        return Ok(Begun::Frozen(until));
    }
    let due_at = last_day(connection, account.id, app.config.account.deletion, now)?;
    if due_at <= now {
        erasing::erase(connection, &app.derived, &account, now)?;
        return Ok(Begun::Gone);
    }
    changes::void_waiting(connection, account.id)?;
    changes::insert(connection, &change(account.id, due_at, now))?;
    accounts::move_state(connection, account.id, AccountState::Active, AccountState::Closing)?;
    session::end_all(connection, &account, None, now)?;
    let details = EventDetails {
        subject: Some(ChangeKind::Deletion.as_str().to_owned()),
        user_agent: whence.user_agent.clone(),
        network: whence.network.clone(),
        ..EventDetails::default()
    };
    events::note(connection, account.id, EventKind::ChangeWaiting, details, now)?;
    let notice = Notice {
        user_agent: whence.user_agent.clone(),
        network: whence.network.clone(),
        until: Some(due_at.millis()),
        ..Notice::of(NoticeKind::DeletionWaiting)
    };
    notices::tell(connection, &account, &notice, now)?;
    Ok(Begun::Waits(due_at))
}

fn change(account_id: i64, due_at: Timestamp, now: Timestamp) -> Change {
    Change {
        account_id,
        id: random::id(),
        kind: ChangeKind::Deletion,
        details: Json::of(ChangeDetails::default()),
        due_at: Some(due_at),
        created_at: now,
        expires_at: due_at.plus(KEPT),
    }
}

/// When a closed account will be gone.
pub fn due_at(connection: &mut Connection, account_id: i64, now: Timestamp) -> Result<Option<Timestamp>, StoreError> {
    let waiting = waiting(connection, account_id, now)?;
    Ok(waiting.iter().filter_map(|change| change.due_at).min())
}

fn waiting(connection: &mut Connection, account_id: i64, now: Timestamp) -> Result<Vec<Change>, StoreError> {
    let mut all = changes::of_account(connection, account_id, now)?;
    all.retain(|change| change.kind == ChangeKind::Deletion);
    Ok(all)
}

/// Keeps a closed account, in the write in which its person signs in: `false` where it is closed no more, or gone.
pub fn keep(connection: &mut Connection, account: &Account, now: Timestamp) -> Result<bool, StoreError> {
    call_off(connection, account.id, now)?;
    if !accounts::move_state(connection, account.id, AccountState::Closing, AccountState::Active)? {
        return Ok(false);
    }
    let subject = Some(ChangeKind::Deletion.as_str().to_owned());
    let details = EventDetails { subject, ..EventDetails::default() };
    events::note(connection, account.id, EventKind::ChangeCancelled, details, now)?;
    notices::tell(connection, account, &Notice::of(NoticeKind::DeletionCancelled), now)?;
    Ok(true)
}

/// Drops the deletion that waits, without opening the account: owed where an operator locks it, so that a deletion which a
/// thief began does not come true while its owner cannot sign in.
pub fn call_off(connection: &mut Connection, account_id: i64, now: Timestamp) -> Result<(), StoreError> {
    for change in waiting(connection, account_id, now)? {
        changes::take(connection, account_id, change.id)?;
    }
    Ok(())
}

/// Carries out a deletion whose last day is over.
pub(super) fn carry_out(
    connection: &mut Connection,
    app: &AppState,
    own: &Change,
    now: Timestamp,
) -> Result<(), StoreError> {
    let Some(account) = accounts::hold(connection, own.account_id)? else { return Ok(()) };
    if account.state != AccountState::Closing {
        tracing::warn!(state = account.state.as_str(), "a deletion was dropped: its account is not closed");
        return Ok(());
    }
    if let Some(until) = frozen_until(connection, account.id, now)? {
        return changes::insert(connection, &change(account.id, until, now));
    }
    erasing::erase(connection, &app.derived, &account, now).map(drop)
}

/// Deletes an account at once, whatever its state, for whoever answers for it: the operator, who writes that down by `noted` in
/// the same write. `None` where it is gone already.
///
/// # Errors
/// When the store does not answer; nothing is deleted then.
pub async fn erase_now(
    store: &Store,
    derived: std::sync::Arc<DerivedKeys>,
    account_id: i64,
    now: Timestamp,
    noted: impl FnOnce(&mut Connection, &Account) -> Result<(), StoreError> + Send + 'static,
) -> Result<Option<Erased>, StoreError> {
    let write = store.write(move |connection| {
        let Some(account) = accounts::hold(connection, account_id)? else { return Ok(None) };
        noted(connection, &account)?;
        erasing::erase(connection, &derived, &account, now).map(Some)
    });
    let erased = write.await?;
    if erased.is_some() {
        store.owe_scrub();
        store.scrub().await?;
    }
    Ok(erased)
}
