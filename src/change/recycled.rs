//! Phone numbers are given to other people. A code to one opens no account that nobody has used for `account.dormant_days`:
//! whoever has the number now proves more, or makes an account of their own, which the number moves to when the old one's
//! other addresses have been told and nobody objected. The old account keeps everything else: nothing is merged.

use super::actor::Actor;
use super::address::masked;
use super::replacement::{OVERDUE, tell_it_is_off};
use crate::app::AppState;
use crate::clock::Timestamp;
use crate::security::random;
use crate::session;
use crate::store::accounts::{self, Account, AccountState};
use crate::store::addresses::{self, Address, AddressKind};
use crate::store::changes::{self, Change, ChangeDetails, ChangeKind};
use crate::store::details::Json;
use crate::store::events::{self, EventKind};
use crate::store::notices::{self, Notice, NoticeKind};
use crate::store::{Connection, StoreError, last_use};

/// The move of this number that waits, where one does.
pub fn waiting_move(
    connection: &mut Connection,
    from: &Account,
    number: &str,
    now: Timestamp,
) -> Result<Option<Change>, StoreError> {
    let all = changes::of_account(connection, from.id, now)?;
    let is_of_number = |change: &Change| change.details.get().is_some_and(|own| own.old.as_deref() == Some(number));
    Ok(all.into_iter().find(|change| change.kind == ChangeKind::Move && is_of_number(change)))
}

/// Whether a move of the number away from `from` may begin: the account is held from here on, and there is none yet.
pub fn may_begin(
    connection: &mut Connection,
    from: &Account,
    number: &str,
    now: Timestamp,
) -> Result<bool, StoreError> {
    if accounts::hold(connection, from.id)?.is_none() || changes::is_frozen(connection, from.id, now)? {
        return Ok(false);
    }
    Ok(waiting_move(connection, from, number, now)?.is_none())
}

/// Begins the move of a number to the account `to`, whose owner has just proved it. The old account's other addresses are
/// told. Asked after [`may_begin`], in the same write.
pub fn begin(
    connection: &mut Connection,
    app: &AppState,
    (from, number, to): (&Account, &str, i64),
    actor: &Actor,
    now: Timestamp,
) -> Result<Timestamp, StoreError> {
    let due_at = now.plus(app.config.account.waiting);
    let change = Change {
        account_id: from.id,
        id: random::id(),
        kind: ChangeKind::Move,
        details: Json::of(ChangeDetails {
            address_kind: Some(AddressKind::Phone.as_str().to_owned()),
            old: Some(number.to_owned()),
            other_account: Some(to),
            ..ChangeDetails::default()
        }),
        due_at: Some(due_at),
        created_at: now,
        expires_at: due_at.plus(OVERDUE),
    };
    changes::insert(connection, &change)?;
    events::note(connection, from.id, EventKind::ChangeWaiting, actor.event(change.kind.as_str()), now)?;
    let told = Notice {
        subject: Some(masked(AddressKind::Phone, number)),
        // Not from where: that is the other person's.
        ..Actor::default().notice_until(NoticeKind::MoveWaiting, change.id, due_at)
    };
    tell_but(connection, from, number, &told, now)?;
    Ok(due_at)
}

/// Every address of an account but the number that somebody else holds.
fn tell_but(
    connection: &mut Connection,
    account: &Account,
    number: &str,
    told: &Notice,
    now: Timestamp,
) -> Result<(), StoreError> {
    for address in addresses::of_account(connection, account.id)? {
        if address.value != number {
            notices::tell_at(connection, account, told, (address.kind, &address.value), now)?;
        }
    }
    Ok(())
}

/// Carries out a move that is due. Whoever used the old account meanwhile is its owner: then it is off.
pub(super) fn carry_out(
    connection: &mut Connection,
    _: &AppState,
    change: &Change,
    now: Timestamp,
) -> Result<(), StoreError> {
    let Some((number, to)) = change.details.get().and_then(|own| own.old.clone().zip(own.other_account)) else {
        return Ok(());
    };
    let Some(from) = accounts::by_id(connection, change.account_id)? else { return Ok(()) };
    let receiver = accounts::by_id(connection, to)?.filter(|account| account.state == AccountState::Active);
    let owned = addresses::of_account(connection, from.id)?;
    let still_theirs = owned.iter().any(|own| own.kind == AddressKind::Phone && own.value == number);
    let used = last_use::of_account(connection, &from)? > change.created_at;
    let frozen = changes::is_frozen(connection, from.id, now)? || changes::is_frozen(connection, to, now)?;
    let Some(receiver) = receiver.filter(|_| still_theirs && !used && !frozen) else {
        return tell_it_is_off(connection, &from, (change.kind, &Actor::default()), now);
    };
    hand_over(connection, &from, &receiver, &number, now)
}

fn hand_over(
    connection: &mut Connection,
    from: &Account,
    receiver: &Account,
    number: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    let kind = AddressKind::Phone;
    addresses::remove(connection, from.id, kind, number)?;
    addresses::settle_main(connection, from.id)?;
    session::end_all(connection, from, None, now)?;
    changes::void_waiting(connection, from.id)?;
    let subject = masked(kind, number);
    let actor = Actor::default();
    events::note(connection, from.id, EventKind::AddressRemoved, actor.event(&subject), now)?;
    let told = Notice { subject: Some(subject.clone()), ..actor.notice(NoticeKind::Moved) };
    notices::tell(connection, from, &told, now)?;

    let has_phone = addresses::of_account(connection, receiver.id)?.iter().any(|own| own.kind == kind);
    let (account_id, value) = (receiver.id, number.to_owned());
    let address = Address { account_id, kind, value, is_main: !has_phone, verified_at: now };
    if !addresses::claim(connection, &address)? {
        // It was the old account's until a moment ago, in this write: nobody else can have it.
        return Err(StoreError::Fault("a number that moves was taken".to_owned()));
    }
    events::note(connection, receiver.id, EventKind::AddressAdded, actor.event(&subject), now)?;
    let told = Notice { subject: Some(subject), ..actor.notice(NoticeKind::AddressAdded) };
    notices::tell(connection, receiver, &told, now)
}
