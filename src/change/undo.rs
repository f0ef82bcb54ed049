//! An address that went can be brought back from itself: its notice has a link that works for `account.undo_hours`. The link
//! alone only stops further changes. Bringing the address back wants another proof that is older than the change, since
//! whoever holds a stolen number holds the link too; without one, recovery begins, and waits.

use super::actor::Actor;
use super::address::{Named, masked};
use super::replacement::OVERDUE;
use crate::app::AppState;
use crate::clock::Timestamp;
use crate::credentials::two_step;
use crate::security::random;
use crate::session;
use crate::store::accounts::{self, Account};
use crate::store::addresses::{self, Address, AddressKind};
use crate::store::changes::{self, Change, ChangeDetails, ChangeKind};
use crate::store::details::Json;
use crate::store::events::{self, EventKind};
use crate::store::notices::{self, Notice, NoticeKind};
use crate::store::{Connection, StoreError, passwords, totps};

/// Keeps what is needed to bring an address back, and tells it how.
pub(super) fn keep(
    connection: &mut Connection,
    app: &AppState,
    account: &Account,
    (actor, old, new): (&Actor, &Address, Option<&Named>),
    now: Timestamp,
) -> Result<(), StoreError> {
    let until = now.plus(app.config.account.undo);
    let change = Change {
        account_id: account.id,
        id: random::id(),
        kind: ChangeKind::Undo,
        details: Json::of(ChangeDetails {
            address_kind: Some(old.kind.as_str().to_owned()),
            old: Some(old.value.clone()),
            new: new.map(|new| new.value.clone()),
            old_since: Some(old.verified_at.millis()),
            old_was_main: Some(old.is_main),
            ..ChangeDetails::default()
        }),
        due_at: None,
        created_at: now,
        expires_at: until,
    };
    changes::insert(connection, &change)?;
    let told = actor.notice_until(NoticeKind::AddressWasYours, change.id, until);
    notices::tell_at(connection, account, &told, (old.kind, &old.value), now)
}

/// The address that went by a change.
pub fn old(change: &Change) -> Option<Named> {
    let details = change.details.get()?;
    let kind = AddressKind::parse(details.address_kind.as_deref()?)?;
    Some(Named { kind, value: details.old.clone()? })
}

/// The freeze that this change's link began, where it lasts.
pub fn freeze_of<'a>(change: &Change, all: &'a [Change]) -> Option<&'a Change> {
    belonging(change, all, ChangeKind::Freeze)
}

/// The recovery that this change's link began, where it waits.
pub fn recovery_of<'a>(change: &Change, all: &'a [Change]) -> Option<&'a Change> {
    belonging(change, all, ChangeKind::Recovery)
}

fn belonging<'a>(change: &Change, all: &'a [Change], kind: ChangeKind) -> Option<&'a Change> {
    all.iter().find(|own| own.kind == kind && own.details.get().and_then(|own| own.change_id) == Some(change.id))
}

/// "This was not me": no credential and no address changes for a while, and nothing that waits comes true. Pressed twice,
/// it is the same freeze. `false` where the link is over.
pub fn freeze(
    connection: &mut Connection,
    app: &AppState,
    change: &Change,
    actor: &Actor,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let Some(account) = accounts::hold(connection, change.account_id)? else { return Ok(false) };
    let all = changes::of_account(connection, account.id, now)?;
    if !all.iter().any(|own| own.id == change.id) {
        return Ok(false);
    }
    if freeze_of(change, &all).is_some() {
        return Ok(true);
    }
    changes::void_waiting(connection, account.id)?;
    let until = now.plus(app.config.account.waiting);
    insert_freeze(connection, change, until, now)?;
    events::note(connection, account.id, EventKind::ChangesFrozen, actor.event(""), now)?;
    let told = Notice { until: Some(until.millis()), ..actor.notice(NoticeKind::ChangesFrozen) };
    tell_with_old(connection, &account, change, &told, now)?;
    Ok(true)
}

fn insert_freeze(
    connection: &mut Connection,
    change: &Change,
    until: Timestamp,
    now: Timestamp,
) -> Result<(), StoreError> {
    let freeze = Change {
        account_id: change.account_id,
        id: random::id(),
        kind: ChangeKind::Freeze,
        details: Json::of(ChangeDetails { change_id: Some(change.id), ..ChangeDetails::default() }),
        due_at: None,
        created_at: now,
        expires_at: until,
    };
    changes::insert(connection, &freeze)
}

/// Every address of the account, and the one that went.
fn tell_with_old(
    connection: &mut Connection,
    account: &Account,
    change: &Change,
    told: &Notice,
    now: Timestamp,
) -> Result<(), StoreError> {
    notices::tell(connection, account, told, now)?;
    match old(change) {
        Some(old) => notices::tell_at(connection, account, told, (old.kind, &old.value), now),
        None => Ok(()),
    }
}

/// The addresses that the account had before the change, of those it still has: a code to one of them is proof enough.
pub fn earlier(connection: &mut Connection, change: &Change) -> Result<Vec<Address>, StoreError> {
    let mut owned = addresses::of_account(connection, change.account_id)?;
    owned.retain(|own| own.verified_at < change.created_at);
    Ok(owned)
}

/// What somebody has proved who says it was not them.
#[derive(Clone, Debug)]
pub enum EarlierProof {
    /// The password with this hash.
    Password {
        /// As it was when it was checked.
        hash: String,
    },
    /// A code to this address.
    Address(Named),
}

impl EarlierProof {
    fn is_earlier(&self, connection: &mut Connection, change: &Change) -> Result<bool, StoreError> {
        match self {
            Self::Password { hash } => {
                let stored = passwords::of_account(connection, change.account_id)?;
                Ok(stored.is_some_and(|own| own.hash == *hash && own.changed_at < change.created_at))
            }
            Self::Address(named) => {
                let earlier = earlier(connection, change)?;
                Ok(earlier.iter().any(|own| own.kind == named.kind && own.value == named.value))
            }
        }
    }
}

/// What came of undoing a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Undone {
    /// The account has the address again.
    Restored,
    /// What came is gone, but the address belongs to another account by now.
    WithoutIt,
    /// The proof is younger than the change.
    NotEnough,
    /// Somebody has undone it before, or its time is over, or nobody said that it was not them.
    Over,
}

/// Undoes a change and all that came after it: every address that was there before is back, every address that came is
/// gone, and so is every sign-in. The caller begins the one of whoever proved it.
pub fn undo(
    connection: &mut Connection,
    change: &Change,
    proof: &EarlierProof,
    actor: &Actor,
    now: Timestamp,
) -> Result<Undone, StoreError> {
    let Some(account) = accounts::hold(connection, change.account_id)? else { return Ok(Undone::Over) };
    let all = changes::of_account(connection, account.id, now)?;
    let Some(freeze) = freeze_of(change, &all) else { return Ok(Undone::Over) };
    if !proof.is_earlier(connection, change)? {
        return Ok(Undone::NotEnough);
    }
    if !changes::take(connection, account.id, change.id)? {
        return Ok(Undone::Over);
    }
    changes::take(connection, account.id, freeze.id)?;
    let gone = drop_what_came(connection, change)?;
    // Whoever took an address away may have locked its owner out with a second step, too.
    if totps::since(connection, account.id)?.is_some_and(|since| since >= change.created_at) {
        two_step::take_away(connection, &account, &actor.event(""), now)?;
    }
    let mut undone = Undone::Restored;
    if !restore(connection, change, change)? {
        undone = Undone::WithoutIt;
    }
    for later in all.iter().filter(|own| own.kind == ChangeKind::Undo && own.id != change.id) {
        if later.created_at >= change.created_at && changes::take(connection, account.id, later.id)? {
            restore(connection, change, later)?;
        }
    }
    addresses::settle_main(connection, account.id)?;
    session::end_all(connection, &account, None, now)?;
    changes::void_waiting(connection, account.id)?;
    let subject = old(change).map(|old| old.masked());
    events::note(
        connection,
        account.id,
        EventKind::ChangeUndone,
        actor.event(subject.clone().unwrap_or_default()),
        now,
    )?;
    let told = Notice { subject, ..actor.notice(NoticeKind::ChangeUndone) };
    notices::tell(connection, &account, &told, now)?;
    for address in &gone {
        let subject = Some(masked(address.kind, &address.value));
        let told = Notice { subject, ..actor.notice(NoticeKind::AddressRemoved) };
        notices::tell_at(connection, &account, &told, (address.kind, &address.value), now)?;
    }
    Ok(undone)
}

/// Takes off every address that came with the change or after it.
fn drop_what_came(connection: &mut Connection, change: &Change) -> Result<Vec<Address>, StoreError> {
    let mut gone = addresses::of_account(connection, change.account_id)?;
    gone.retain(|own| own.verified_at >= change.created_at);
    for address in &gone {
        addresses::remove(connection, change.account_id, address.kind, &address.value)?;
    }
    Ok(gone)
}

/// Brings back what `went` took away, where it was there before `change`. `false` where somebody else has it by now.
fn restore(connection: &mut Connection, change: &Change, went: &Change) -> Result<bool, StoreError> {
    let Some((details, old)) = went.details.get().zip(old(went)) else { return Ok(false) };
    let Some(since) = details.old_since.map(Timestamp::from_millis) else { return Ok(false) };
    if since >= change.created_at {
        return Ok(true);
    }
    let Named { kind, value } = old;
    let account_id = went.account_id;
    let address = Address { account_id, kind, value: value.clone(), is_main: false, verified_at: since };
    if !addresses::claim(connection, &address)? {
        return Ok(false);
    }
    if details.old_was_main == Some(true) {
        addresses::choose_main(connection, account_id, kind, &value)?;
    }
    Ok(true)
}

/// Brings the address back that a recovery was begun for from the link to a change, when its wait is over: nobody objected,
/// so it is as if the change had been undone. What came with it or after it goes, and every sign-in.
pub(super) fn give_back(
    connection: &mut Connection,
    account: &Account,
    recovery: &Change,
    now: Timestamp,
) -> Result<(), StoreError> {
    let Some((details, old)) = recovery.details.get().zip(old(recovery)) else { return Ok(()) };
    let since = details.old_since.map_or(now, Timestamp::from_millis);
    let address = Address {
        account_id: account.id,
        kind: old.kind,
        value: old.value.clone(),
        is_main: false,
        verified_at: since,
    };
    if !addresses::claim(connection, &address)? {
        return Ok(());
    }
    let owned = addresses::of_account(connection, account.id)?;
    let is_new = |own: &&Address| own.kind == old.kind && Some(&own.value) == details.new.as_ref();
    if let Some(changed_at) = owned.iter().find(is_new).map(|new| new.verified_at) {
        for came in owned.iter().filter(|own| own.verified_at >= changed_at && own.value != old.value) {
            addresses::remove(connection, account.id, came.kind, &came.value)?;
            let told =
                Notice { subject: Some(masked(came.kind, &came.value)), ..Notice::of(NoticeKind::AddressRemoved) };
            notices::tell_at(connection, account, &told, (came.kind, &came.value), now)?;
        }
    }
    if details.old_was_main == Some(true) {
        addresses::choose_main(connection, account.id, old.kind, &old.value)?;
    }
    addresses::settle_main(connection, account.id)?;
    session::end_all(connection, account, None, now)?;
    let subject = old.masked();
    events::note(connection, account.id, EventKind::ChangeUndone, Actor::default().event(&subject), now)?;
    let told = Notice { subject: Some(subject), ..Notice::of(NoticeKind::ChangeUndone) };
    notices::tell(connection, account, &told, now)
}

/// Begins delayed recovery for somebody who has the link and nothing else: announced everywhere, to be called off from
/// everywhere. Until it is decided, nothing else may change. Gives when it happens; none where nobody said that it was not
/// them, or the link is over.
pub fn begin_recovery(
    connection: &mut Connection,
    app: &AppState,
    change: &Change,
    actor: &Actor,
    now: Timestamp,
) -> Result<Option<Timestamp>, StoreError> {
    let Some(account) = accounts::hold(connection, change.account_id)? else { return Ok(None) };
    let all = changes::of_account(connection, account.id, now)?;
    let Some(freeze) = freeze_of(change, &all).filter(|_| all.iter().any(|own| own.id == change.id)) else {
        return Ok(None);
    };
    if let Some(waiting) = recovery_of(change, &all) {
        return Ok(waiting.due_at);
    }
    let due_at = now.plus(app.config.account.waiting);
    let recovery = Change {
        account_id: account.id,
        id: random::id(),
        kind: ChangeKind::Recovery,
        // The old address is what the person holds: it is whom access is given back to.
        details: Json::of(ChangeDetails {
            change_id: Some(change.id),
            ..change.details.get().cloned().unwrap_or_default()
        }),
        due_at: Some(due_at),
        created_at: now,
        expires_at: due_at.plus(OVERDUE),
    };
    changes::insert(connection, &recovery)?;
    changes::take(connection, account.id, freeze.id)?;
    insert_freeze(connection, change, recovery.expires_at, now)?;
    events::note(connection, account.id, EventKind::ChangeWaiting, actor.event(recovery.kind.as_str()), now)?;
    let told = actor.notice_until(NoticeKind::RecoveryWaiting, recovery.id, due_at);
    tell_with_old(connection, &account, change, &told, now)?;
    Ok(Some(due_at))
}
