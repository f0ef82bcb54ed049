//! An address takes the place of another that nobody could prove: announced on every address, to be called off from each,
//! and carried out when nobody did.

use std::time::Duration;

use super::actor::Actor;
use super::address::{self, Outcome, Replaced};
use crate::app::AppState;
use crate::clock::Timestamp;
use crate::security::random;
use crate::store::accounts::{self, Account};
use crate::store::addresses::{self, AddressKind};
use crate::store::changes::{self, Change, ChangeDetails, ChangeKind};
use crate::store::details::Json;
use crate::store::events::{self, EventKind};
use crate::store::notices::{self, Notice, NoticeKind};
use crate::store::{Connection, StoreError};

/// So long past its time a change that could not be carried out is still tried.
pub(super) const OVERDUE: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// What asking for it came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Begun {
    /// It happens then, unless somebody calls it off.
    Waiting(Timestamp),
    /// It does not wait.
    Refused(Outcome),
}

/// Begins to wait. Of an account's earlier ones none is left: the person asked for another.
pub fn begin(
    connection: &mut Connection,
    app: &AppState,
    account_id: i64,
    actor: &Actor,
    replaced: &Replaced,
) -> Result<Begun, StoreError> {
    let now = app.clock.now();
    let Some(account) = accounts::hold(connection, account_id)? else { return Ok(Begun::Refused(Outcome::Unknown)) };
    if changes::is_frozen(connection, account.id, now)? {
        return Ok(Begun::Refused(Outcome::Frozen));
    }
    let owned = addresses::of_account(connection, account.id)?;
    if !owned.iter().any(|own| own.kind == replaced.kind && own.value == replaced.old) {
        return Ok(Begun::Refused(Outcome::Unknown));
    }
    match addresses::owner(connection, replaced.kind, &replaced.new)? {
        Some(owner) if owner.id == account.id => return Ok(Begun::Refused(Outcome::Own)),
        Some(_) => return Ok(Begun::Refused(Outcome::Taken)),
        None => {}
    }
    for earlier in changes::of_account(connection, account.id, now)? {
        if earlier.kind == ChangeKind::Replacement {
            changes::take(connection, account.id, earlier.id)?;
        }
    }
    let due_at = now.plus(app.config.account.waiting);
    let change = Change {
        account_id: account.id,
        id: random::id(),
        kind: ChangeKind::Replacement,
        details: Json::of(ChangeDetails {
            address_kind: Some(replaced.kind.as_str().to_owned()),
            old: Some(replaced.old.clone()),
            new: Some(replaced.new.clone()),
            ..ChangeDetails::default()
        }),
        due_at: Some(due_at),
        created_at: now,
        expires_at: due_at.plus(OVERDUE),
    };
    changes::insert(connection, &change)?;
    events::note(connection, account.id, EventKind::ChangeWaiting, actor.event(change.kind.as_str()), now)?;
    let told = Notice {
        subject: Some(replaced.comes().masked()),
        ..actor.notice_until(NoticeKind::ReplacementWaiting, change.id, due_at)
    };
    notices::tell(connection, &account, &told, now)?;
    Ok(Begun::Waiting(due_at))
}

/// Carries out one that is due. Where it cannot be, because the account was frozen or somebody else has the new address by
/// now, it is off, and that is told.
pub(super) fn carry_out(
    connection: &mut Connection,
    app: &AppState,
    change: &Change,
    now: Timestamp,
) -> Result<(), StoreError> {
    let Some(account) = accounts::hold(connection, change.account_id)? else { return Ok(()) };
    let Some(replaced) = replaced(change) else { return Ok(()) };
    let outcome = if changes::is_frozen(connection, account.id, now)? {
        Outcome::Frozen
    } else {
        address::put(connection, app, &account, (&Actor::default(), &replaced), now)?
    };
    if outcome != Outcome::Done {
        tell_it_is_off(connection, &account, (change.kind, &Actor::default()), now)?;
    }
    Ok(())
}

/// What a row of this kind replaces.
pub fn replaced(change: &Change) -> Option<Replaced> {
    let details = change.details.get()?;
    Some(Replaced {
        kind: AddressKind::parse(details.address_kind.as_deref()?)?,
        old: details.old.clone()?,
        new: details.new.clone()?,
    })
}

/// Calls a waiting change of any kind off. `false` where that, or the change itself, has happened already.
pub fn call_off(
    connection: &mut Connection,
    change: &Change,
    actor: &Actor,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let Some(account) = accounts::hold(connection, change.account_id)? else { return Ok(false) };
    if !changes::take(connection, change.account_id, change.id)? {
        return Ok(false);
    }
    tell_it_is_off(connection, &account, (change.kind, actor), now)?;
    Ok(true)
}

pub(super) fn tell_it_is_off(
    connection: &mut Connection,
    account: &Account,
    (kind, actor): (ChangeKind, &Actor),
    now: Timestamp,
) -> Result<(), StoreError> {
    events::note(connection, account.id, EventKind::ChangeCancelled, actor.event(kind.as_str()), now)?;
    notices::tell(connection, account, &actor.notice(NoticeKind::ChangeCancelled), now)
}
