//! Changes of the second step: an authenticator app added or removed, recovery codes made anew, two-step sign-in switched on or
//! off. Each is one write that holds the account, is refused while changes are frozen, drops what was waiting to change, ends
//! every other sign-in and what apps hold by them, and is told on every address.

use crate::clock::Timestamp;
use crate::session::{self, Proof};
use crate::store::accounts::{self, Account, AccountState};
use crate::store::events::{self, EventDetails, EventKind};
use crate::store::factors::Held;
use crate::store::notices::{self, Notice, NoticeKind};
use crate::store::{Connection, StoreError, changes, factors, recovery_codes, sessions, totps};

/// What is to change.
pub enum Change {
    /// An authenticator app that was confirmed, with the digests of its first recovery codes. Two-step sign-in is on with it.
    AddTotp(totps::Totp, Vec<Vec<u8>>),
    /// The authenticator app goes. With the last second step go the recovery codes, and two-step sign-in is off.
    RemoveTotp,
    /// New recovery codes, in the place of the old.
    RecoveryCodes(Vec<Vec<u8>>),
    /// Two-step sign-in.
    SwitchOn,
    /// Not any more.
    SwitchOff,
}

/// Why nothing changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Somebody stopped every change of this account for a while.
    Frozen,
    /// The account is not there, or not in use, any more.
    Gone,
    /// It is so already, or has nothing for a second step: another page was faster.
    Moot,
}

/// Carries a change out, in the caller's write. `kept` is the sign-in that asks for it and goes on; none where the sign-in
/// only begins with it.
///
/// # Errors
/// When the store does not answer.
pub fn carry_out(
    connection: &mut Connection,
    change: &Change,
    proof: &Proof,
    kept: Option<i64>,
    now: Timestamp,
) -> Result<Result<Account, Refusal>, StoreError> {
    let held = accounts::hold(connection, proof.account_id)?.filter(|account| account.state == AccountState::Active);
    let Some(account) = held else { return Ok(Err(Refusal::Gone)) };
    if let Some(kept) = kept
        && sessions::find(connection, account.id, kept, now)?.is_none()
    {
        return Ok(Err(Refusal::Gone));
    }
    if changes::is_frozen(connection, account.id, now)? {
        return Ok(Err(Refusal::Frozen));
    }
    let factors = factors::of_account(connection, account.id)?;
    if is_moot(change, &account, &factors) {
        return Ok(Err(Refusal::Moot));
    }
    let mut noted = vec![event(change)];
    match change {
        Change::AddTotp(totp, codes) => {
            totps::insert(connection, totp)?;
            recovery_codes::replace(connection, account.id, codes, now)?;
            if account.two_step_at.is_none() {
                accounts::set_two_step(connection, account.id, Some(now))?;
                noted.push(EventKind::TwoStepOn);
            }
        }
        Change::RemoveTotp => {
            totps::remove(connection, account.id)?;
            if settle(connection, &account)? {
                noted.push(EventKind::TwoStepOff);
            }
        }
        Change::RecoveryCodes(codes) => recovery_codes::replace(connection, account.id, codes, now)?,
        Change::SwitchOn => accounts::set_two_step(connection, account.id, Some(now))?,
        Change::SwitchOff => accounts::set_two_step(connection, account.id, None)?,
    }
    for kind in noted {
        let details = EventDetails {
            user_agent: Some(proof.user_agent.clone()),
            network: Some(proof.network.clone()),
            ..EventDetails::default()
        };
        events::note(connection, account.id, kind, details, now)?;
    }
    let notice = Notice {
        user_agent: Some(proof.user_agent.clone()),
        network: Some(proof.network.clone()),
        ..Notice::of(told(change))
    };
    notices::tell(connection, &account, &notice, now)?;
    changes::void_waiting(connection, account.id)?;
    session::end_all(connection, &account, kept, now)?;
    Ok(Ok(accounts::by_id(connection, account.id)?.unwrap_or(account)))
}

/// What goes with the last second step of an account: recovery codes, which stood for it, and the switch, which would ask for
/// what nobody can give. Gives whether that was on. To be called with every second step that is taken away.
///
/// # Errors
/// When the store does not answer.
pub fn settle(connection: &mut Connection, account: &Account) -> Result<bool, StoreError> {
    if factors::has_second_step(connection, account.id)? {
        return Ok(false);
    }
    recovery_codes::remove(connection, account.id)?;
    accounts::set_two_step(connection, account.id, None)?;
    Ok(account.two_step_at.is_some())
}

/// Takes the second step away, all of it, for whoever gets back in without it, or undoes what a thief has done. The caller holds
/// the account, and has ended its sign-ins. Nothing happens where there is none.
///
/// # Errors
/// When the store does not answer.
pub fn take_away(
    connection: &mut Connection,
    account: &Account,
    whence: &EventDetails,
    now: Timestamp,
) -> Result<(), StoreError> {
    if !totps::remove(connection, account.id)? {
        return Ok(());
    }
    let mut noted = vec![EventKind::TotpRemoved];
    if settle(connection, account)? {
        noted.push(EventKind::TwoStepOff);
    }
    for kind in noted {
        events::note(connection, account.id, kind, whence.clone(), now)?;
    }
    let notice = Notice {
        user_agent: whence.user_agent.clone(),
        network: whence.network.clone(),
        ..Notice::of(NoticeKind::TotpRemoved)
    };
    notices::tell(connection, account, &notice, now)
}

fn is_moot(change: &Change, account: &Account, held: &Held) -> bool {
    match change {
        Change::AddTotp(..) => held.totp,
        Change::RemoveTotp => !held.totp,
        Change::RecoveryCodes(_) => !held.has_second_step(),
        Change::SwitchOn => account.two_step_at.is_some() || !held.has_second_step(),
        Change::SwitchOff => account.two_step_at.is_none(),
    }
}

const fn event(change: &Change) -> EventKind {
    match change {
        Change::AddTotp(..) => EventKind::TotpAdded,
        Change::RemoveTotp => EventKind::TotpRemoved,
        Change::RecoveryCodes(_) => EventKind::RecoveryCodesMade,
        Change::SwitchOn => EventKind::TwoStepOn,
        Change::SwitchOff => EventKind::TwoStepOff,
    }
}

const fn told(change: &Change) -> NoticeKind {
    match change {
        Change::AddTotp(..) => NoticeKind::TotpAdded,
        Change::RemoveTotp => NoticeKind::TotpRemoved,
        Change::RecoveryCodes(_) => NoticeKind::RecoveryCodesMade,
        Change::SwitchOn => NoticeKind::TwoStepOn,
        Change::SwitchOff => NoticeKind::TwoStepOff,
    }
}
