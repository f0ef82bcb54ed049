//! Adding, removing and replacing the phone numbers and e-mail addresses of an account. Each is one write, which ends what
//! hangs on the old state (other sign-ins, what apps hold, what waits), is in the account's history and is told on every
//! address, the old one too.

use super::actor::Actor;
use super::proof::{self, Proved};
use super::undo;
use super::ways_in::{self, Way};
use crate::app::AppState;
use crate::clock::Timestamp;
use crate::credentials::assurance::Factor;
use crate::delivery::{mask_email, mask_phone};
use crate::session;
use crate::store::accounts::{self, Account};
use crate::store::addresses::{self, Address, AddressKind};
use crate::store::changes;
use crate::store::events::{self, EventKind};
use crate::store::notices::{self, Notice, NoticeKind};
use crate::store::passkeys::{self, Passkey};
use crate::store::sessions::Session;
use crate::store::{Connection, StoreError, passwords, totps};

/// So many addresses an account may have.
pub const MOST_ADDRESSES: usize = 10;

/// What became of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is done.
    Done,
    /// Changes are stopped for a while, by a freeze.
    Frozen,
    /// The account has no such address (any more).
    Unknown,
    /// The address to be added is the account's already.
    Own,
    /// It belongs to another account.
    Taken,
    /// The account has as many as it may have.
    Full,
    /// It would be the last way in.
    Last,
    /// What was proved is not enough to do it at once.
    NotEnough,
}

/// An address with its kind, as changes name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// Phone or e-mail.
    pub kind: AddressKind,
    /// Canonical.
    pub value: String,
}

impl Named {
    /// As others may see it.
    pub fn masked(&self) -> String {
        masked(self.kind, &self.value)
    }

    fn of<'a>(&self, owned: &'a [Address]) -> Option<&'a Address> {
        owned.iter().find(|address| address.kind == self.kind && address.value == self.value)
    }
}

/// An address as others may see it.
pub fn masked(kind: AddressKind, value: &str) -> String {
    match kind {
        AddressKind::Phone => mask_phone(value),
        AddressKind::Email => mask_email(value),
    }
}

/// What a sign-in proves at this moment: its last proof, where that is fresh, and since when the account has what it was
/// given by.
pub fn proved(
    connection: &mut Connection,
    app: &AppState,
    session: &Session,
    now: Timestamp,
) -> Result<Proved, StoreError> {
    if now.since(session.authenticated_at) > app.config.account.fresh {
        return Ok(Proved::Nothing);
    }
    // A passkey first: it is the stronger where both were given. A sign-in does not say by which it was; it is the one whose
    // last use is that moment in that browser. Where it was used again meanwhile, or after another proof, that one counts.
    if Factor::of_amr(&session.amr) == Some(Factor::Passkey) {
        let is_used = |own: &Passkey| {
            own.last_used_at == Some(session.authenticated_at) && own.last_device_id == Some(session.device_id)
        };
        let used = passkeys::of_account(connection, session.account_id)?.into_iter().find(is_used);
        if let Some(own) = used {
            return Ok(Proved::Passkey { id: own.id, since: own.created_at });
        }
    }
    if session.amr.contains("pwd") {
        let since = passwords::changed_at(connection, session.account_id)?;
        return Ok(since.map_or(Proved::Nothing, |since| Proved::Password { since }));
    }
    let owned = addresses::of_account(connection, session.account_id)?;
    let by = owned.into_iter().find(|own| Some(&own.value) == session.proved_address.as_ref());
    Ok(by.map_or(Proved::Nothing, |own| Proved::Address { kind: own.kind, value: own.value, since: own.verified_at }))
}

/// What its second step proves, where there was one: an authenticator app of the account, or what stands for it.
fn second_step_proved(
    connection: &mut Connection,
    app: &AppState,
    session: &Session,
    now: Timestamp,
) -> Result<Proved, StoreError> {
    let is_fresh = now.since(session.authenticated_at) <= app.config.account.fresh;
    if !is_fresh || !session::had_two_factors(&session.amr) {
        return Ok(Proved::Nothing);
    }
    Ok(totps::since(connection, session.account_id)?.map_or(Proved::Nothing, |since| Proved::SecondStep { since }))
}

/// Whether the sign-in `session` has proved enough to take `goes` away at once.
pub fn may_take_away(
    connection: &mut Connection,
    app: &AppState,
    (account, session): (&Account, &Session),
    goes: &Named,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let all = [proved(connection, app, session, now)?, second_step_proved(connection, app, session, now)?];
    let settled = proof::settled(account.created_at, now, app.config.account.waiting);
    Ok(all.iter().any(|proved| proof::is_enough(proved, (goes.kind, &goes.value), settled)))
}

/// Adds an address that has just been proved.
pub fn add(
    connection: &mut Connection,
    account_id: i64,
    actor: &Actor,
    new: &Named,
    now: Timestamp,
) -> Result<Outcome, StoreError> {
    let Some(account) = accounts::hold(connection, account_id)? else { return Ok(Outcome::Unknown) };
    if changes::is_frozen(connection, account.id, now)? {
        return Ok(Outcome::Frozen);
    }
    let owned = addresses::of_account(connection, account.id)?;
    if new.of(&owned).is_some() {
        return Ok(Outcome::Own);
    }
    if owned.len() >= MOST_ADDRESSES {
        return Ok(Outcome::Full);
    }
    let is_main = !owned.iter().any(|address| address.kind == new.kind);
    if !addresses::claim(connection, &row(&account, new, is_main, now))? {
        return Ok(Outcome::Taken);
    }
    end_what_hung_on_it(connection, &account, actor, now)?;
    events::note(connection, account.id, EventKind::AddressAdded, actor.event(new.masked()), now)?;
    let told = Notice { subject: Some(new.masked()), ..actor.notice(NoticeKind::AddressAdded) };
    notices::tell(connection, &account, &told, now)?;
    Ok(Outcome::Done)
}

/// Makes an address the main one of its kind. Nobody gets in or is kept out by that: nothing ends.
pub fn choose_main(
    connection: &mut Connection,
    account_id: i64,
    actor: &Actor,
    chosen: &Named,
    now: Timestamp,
) -> Result<Outcome, StoreError> {
    if accounts::hold(connection, account_id)?.is_none() {
        return Ok(Outcome::Unknown);
    }
    if changes::is_frozen(connection, account_id, now)? {
        return Ok(Outcome::Frozen);
    }
    if !addresses::choose_main(connection, account_id, chosen.kind, &chosen.value)? {
        return Ok(Outcome::Unknown);
    }
    events::note(connection, account_id, EventKind::MainAddressChosen, actor.event(chosen.masked()), now)?;
    Ok(Outcome::Done)
}

/// Removes an address, never the last way in, and only for somebody who has proved enough.
pub fn remove(
    connection: &mut Connection,
    app: &AppState,
    account_id: i64,
    actor: &Actor,
    goes: &Named,
) -> Result<Outcome, StoreError> {
    let now = app.clock.now();
    let Some(held) = ways_in::hold(connection, app, account_id)? else { return Ok(Outcome::Unknown) };
    let account = &held.account;
    if changes::is_frozen(connection, account.id, now)? {
        return Ok(Outcome::Frozen);
    }
    let owned = addresses::of_account(connection, account.id)?;
    let Some(old) = goes.of(&owned) else { return Ok(Outcome::Unknown) };
    if held.is_last(&Way::Address(goes.kind, goes.value.clone())) {
        return Ok(Outcome::Last);
    }
    let Some(session) = &actor.session else { return Ok(Outcome::NotEnough) };
    if !may_take_away(connection, app, (account, session), goes, now)? {
        return Ok(Outcome::NotEnough);
    }
    addresses::remove(connection, account.id, goes.kind, &goes.value)?;
    addresses::settle_main(connection, account.id)?;
    end_what_hung_on_it(connection, account, actor, now)?;
    undo::keep(connection, app, account, (actor, old, None), now)?;
    events::note(connection, account.id, EventKind::AddressRemoved, actor.event(goes.masked()), now)?;
    let told = Notice { subject: Some(goes.masked()), ..actor.notice(NoticeKind::AddressRemoved) };
    notices::tell(connection, account, &told, now)?;
    Ok(Outcome::Done)
}

/// What takes whose place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replaced {
    /// The kind of both.
    pub kind: AddressKind,
    /// What goes.
    pub old: String,
    /// What comes, and has been proved.
    pub new: String,
}

impl Replaced {
    /// What goes.
    pub fn goes(&self) -> Named {
        Named { kind: self.kind, value: self.old.clone() }
    }

    /// What comes.
    pub fn comes(&self) -> Named {
        Named { kind: self.kind, value: self.new.clone() }
    }
}

/// Puts an address in the place of another at once, for somebody who has proved enough.
pub fn replace(
    connection: &mut Connection,
    app: &AppState,
    account_id: i64,
    actor: &Actor,
    replaced: &Replaced,
) -> Result<Outcome, StoreError> {
    let now = app.clock.now();
    let Some(account) = accounts::hold(connection, account_id)? else { return Ok(Outcome::Unknown) };
    if changes::is_frozen(connection, account.id, now)? {
        return Ok(Outcome::Frozen);
    }
    let Some(session) = &actor.session else { return Ok(Outcome::NotEnough) };
    if !may_take_away(connection, app, (&account, session), &replaced.goes(), now)? {
        return Ok(Outcome::NotEnough);
    }
    put(connection, app, &account, (actor, replaced), now)
}

/// Puts an address in the place of another, whoever has decided that; the account is held.
pub(super) fn put(
    connection: &mut Connection,
    app: &AppState,
    account: &Account,
    (actor, replaced): (&Actor, &Replaced),
    now: Timestamp,
) -> Result<Outcome, StoreError> {
    let owned = addresses::of_account(connection, account.id)?;
    let (goes, comes) = (replaced.goes(), replaced.comes());
    let Some(old) = goes.of(&owned) else { return Ok(Outcome::Unknown) };
    if comes.of(&owned).is_some() {
        return Ok(Outcome::Own);
    }
    // First the new one: where it is taken, nothing has happened.
    if !addresses::claim(connection, &row(account, &comes, old.is_main, now))? {
        return Ok(Outcome::Taken);
    }
    addresses::remove(connection, account.id, goes.kind, &goes.value)?;
    end_what_hung_on_it(connection, account, actor, now)?;
    undo::keep(connection, app, account, (actor, old, Some(&comes)), now)?;
    events::note(connection, account.id, EventKind::AddressChanged, actor.event(comes.masked()), now)?;
    let told = Notice { subject: Some(comes.masked()), ..actor.notice(NoticeKind::AddressReplaced) };
    notices::tell(connection, account, &told, now)?;
    Ok(Outcome::Done)
}

fn row(account: &Account, named: &Named, is_main: bool, now: Timestamp) -> Address {
    let Named { kind, value } = named.clone();
    Address { account_id: account.id, kind, value, is_main, verified_at: now }
}

/// Every other sign-in, what apps hold by it, and what waits.
fn end_what_hung_on_it(
    connection: &mut Connection,
    account: &Account,
    actor: &Actor,
    now: Timestamp,
) -> Result<(), StoreError> {
    session::end_all(connection, account, actor.session_id(), now)?;
    changes::void_waiting(connection, account.id)
}
