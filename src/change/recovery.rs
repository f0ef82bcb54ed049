//! Getting back into an account without the password: what follows from the proof of one of its addresses, the wait where
//! that proves too little, and the end of everything that was there before.
//!
//! A wait is a row of `account_changes` with the address that was proved. When it is due, the same row stands open for some
//! days: whoever proves that address again chooses a new password. Until then, and as long, anybody who reads one of the
//! account's addresses can stop it. A wait that began from the link to a change (`undo`) gives back the address that went.

use std::time::Duration;

use super::actor::Actor;
use super::address::Named;
use super::passkey;
use super::proof;
use super::replacement::tell_it_is_off;
use super::undo;
use super::upstream;
use crate::app::AppState;
use crate::clock::Timestamp;
use crate::credentials::assurance::{self, Factor, Recovery, Why};
use crate::credentials::dormancy::is_too_little;
use crate::credentials::{Kind, new_password, two_step};
use crate::security::random;
use crate::store::accounts::{self, Account, AccountState};
use crate::store::addresses::{self, AddressKind};
use crate::store::changes::{self, Change, ChangeDetails, ChangeKind};
use crate::store::details::Json;
use crate::store::events::{self, EventKind};
use crate::store::notices::{self, NoticeKind};
use crate::store::passkeys::{self, Passkey};
use crate::store::{Connection, StoreError, factors, throttles};

/// So long after the wait access can be taken.
pub const OPEN: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// So many waits may begin at an account in a day: each is told on every address.
const A_DAY: u32 = 3;
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// An address that somebody has proved, and whose it was at that moment.
#[derive(Clone, Debug)]
pub struct Proven {
    /// The account.
    pub account_id: i64,
    /// The address.
    pub address: Named,
}

/// What follows from the proof of an address, at this moment.
#[derive(Clone, Debug)]
pub enum Follows {
    /// No account has it.
    NoAccount,
    /// Its account is locked, for this reason.
    Locked(Option<String>),
    /// Nothing about it may change until then.
    Frozen(Timestamp),
    /// A new password, at once.
    NewPassword(Account),
    /// A wait may begin.
    Wait(Account, Why),
    /// One has begun, and is over then.
    Waiting(Timestamp),
    /// Nothing: the number may belong to somebody else by now, and there is nobody to ask.
    Never,
}

/// What was shown besides the address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// Nothing.
    Nothing,
    /// The account's second step.
    SecondStep,
}

impl Shown {
    /// Of everything that was shown.
    pub fn of(shown: &[Kind]) -> Self {
        let has_second = shown.iter().any(|kind| matches!(kind, Kind::Totp | Kind::RecoveryCode | Kind::Passkey(_)));
        if has_second { Self::SecondStep } else { Self::Nothing }
    }
}

/// Decides. Asked again in every write that acts on it.
pub fn follows(
    connection: &mut Connection,
    app: &AppState,
    (proved, shown): (&Named, Shown),
    now: Timestamp,
) -> Result<Follows, StoreError> {
    let Some(account) = addresses::owner(connection, proved.kind, &proved.value)? else {
        return Ok(Follows::NoAccount);
    };
    if account.state == AccountState::Locked {
        return Ok(Follows::Locked(account.lock_reason));
    }
    let all = changes::of_account(connection, account.id, now)?;
    let own = all.iter().find(|change| change.kind == ChangeKind::Recovery && allowed(change).as_ref() == Some(proved));
    let began_it = own.and_then(|change| change.details.get()).and_then(|details| details.change_id);
    // Behind the link to a change everything else stands still until its recovery is decided: that freeze is its own.
    let foreign = all.iter().filter(|change| change.kind == ChangeKind::Freeze).filter(|freeze| {
        let of = freeze.details.get().and_then(|details| details.change_id);
        began_it.is_none() || of != began_it
    });
    if let Some(until) = foreign.map(|freeze| freeze.expires_at).max() {
        return Ok(Follows::Frozen(until));
    }
    if shown == Shown::SecondStep {
        return Ok(Follows::NewPassword(account));
    }
    if let Some(change) = own {
        return Ok(change.due_at.map_or(Follows::NewPassword(account), Follows::Waiting));
    }
    let owned = addresses::of_account(connection, account.id)?;
    let mut others: Vec<Factor> = owned
        .iter()
        .filter(|address| (address.kind, &address.value) != (proved.kind, &proved.value))
        .map(|address| Factor::of_address(address.kind))
        .collect();
    let settled = proof::settled(account.created_at, now, app.config.account.waiting);
    let has_passkey = passkeys_of(connection, app, account.id)?.iter().any(|own| own.created_at <= settled);
    others.extend(has_passkey.then_some(Factor::Passkey));
    // Where every sign-in takes two steps, a passkey is the second of them, too.
    let has_second =
        factors::has_second_step(connection, account.id)? || (has_passkey && account.two_step_at.is_some());
    others.extend(has_second.then_some(Factor::SecondStep));
    let dormant = is_too_little(connection, app, &account, proved.kind, now)?;
    Ok(match assurance::recovery(Factor::of_address(proved.kind), &others, dormant) {
        Recovery::AtOnce => Follows::NewPassword(account),
        Recovery::Waits(why) => Follows::Wait(account, why),
        Recovery::Never => Follows::Never,
    })
}

/// The passkeys that open the account; none where this house has none any more. One that an account has had for a moment only
/// holds nobody up who gets back in: it may be what an intruder made.
fn passkeys_of(connection: &mut Connection, app: &AppState, account_id: i64) -> Result<Vec<Passkey>, StoreError> {
    if app.relying_party.is_none() {
        return Ok(Vec::new());
    }
    passkeys::of_account(connection, account_id)
}

/// A passkey that opens the account beside the new password, and whether whoever gets back in may strike it out.
#[derive(Clone, Debug)]
pub struct Standing {
    /// The passkey.
    pub passkey: Passkey,
    /// Whether it may go now.
    pub may_go: bool,
}

/// What else opens the account: shown to whoever gets back in, so that none that an intruder made stays unseen.
pub fn standing(
    connection: &mut Connection,
    app: &AppState,
    account: &Account,
    proved: &Named,
    now: Timestamp,
) -> Result<Vec<Standing>, StoreError> {
    let owned = addresses::of_account(connection, account.id)?;
    let by = owned.into_iter().find(|own| own.kind == proved.kind && own.value == proved.value);
    let Some(by) = by else { return Ok(Vec::new()) };
    let all = changes::of_account(connection, account.id, now)?;
    let is_over = |change: &Change| change.due_at.is_none() && allowed(change).as_ref() == Some(proved);
    let has_waited = all.iter().any(|change| change.kind == ChangeKind::Recovery && is_over(change));
    let settled = proof::settled(account.created_at, now, app.config.account.waiting);
    let may_go = |own: &Passkey| proof::may_strike_out((by.kind, by.verified_at), has_waited, own.created_at, settled);
    let standing = |own: Passkey| Standing { may_go: may_go(&own), passkey: own };
    Ok(passkeys_of(connection, app, account.id)?.into_iter().map(standing).collect())
}

/// The address that a wait gives access to. Of one that began from the link to a change it is the address that went: what
/// came in its place is what somebody objects to.
fn allowed(change: &Change) -> Option<Named> {
    let details = change.details.get()?;
    let kind = AddressKind::parse(details.address_kind.as_deref()?)?;
    let value = if details.change_id.is_some() { details.old.clone() } else { details.new.clone() };
    Some(Named { kind, value: value? })
}

/// What asking for a wait came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Begun {
    /// It has begun, now or before.
    Waits,
    /// Something else follows by now.
    Not,
    /// Too many were begun today.
    TooMany,
}

/// Begins a wait for whoever proved this address, and tells every address.
pub fn begin(
    connection: &mut Connection,
    app: &AppState,
    proven: &Proven,
    actor: &Actor,
    now: Timestamp,
) -> Result<Begun, StoreError> {
    let proved = &proven.address;
    let Some(account) = held_owner(connection, proven)? else { return Ok(Begun::Not) };
    match follows(connection, app, (proved, Shown::Nothing), now)? {
        Follows::Waiting(_) => return Ok(Begun::Waits),
        Follows::Wait(..) => {}
        _ => return Ok(Begun::Not),
    }
    let bucket = format!("recoveries-of:{}", account.id);
    if throttles::take(connection, &bucket, A_DAY, now, now.plus(DAY))?.is_some() {
        return Ok(Begun::TooMany);
    }
    let due_at = now.plus(app.config.account.waiting);
    let change = Change {
        account_id: account.id,
        id: random::id(),
        kind: ChangeKind::Recovery,
        details: Json::of(ChangeDetails {
            address_kind: Some(proved.kind.as_str().to_owned()),
            new: Some(proved.value.clone()),
            ..ChangeDetails::default()
        }),
        due_at: Some(due_at),
        created_at: now,
        expires_at: due_at.plus(OPEN),
    };
    changes::insert(connection, &change)?;
    events::note(connection, account.id, EventKind::ChangeWaiting, actor.event(change.kind.as_str()), now)?;
    let told = actor.notice_until(NoticeKind::RecoveryWaiting, change.id, due_at);
    notices::tell(connection, &account, &told, now)?;
    Ok(Begun::Waits)
}

/// The account of an address, held until the caller's write ends; none where the address is not that account's any more.
fn held_owner(connection: &mut Connection, proven: &Proven) -> Result<Option<Account>, StoreError> {
    let held = accounts::hold(connection, proven.account_id)?;
    let owner = addresses::owner(connection, proven.address.kind, &proven.address.value)?;
    Ok(held.filter(|held| owner.is_some_and(|owner| owner.id == held.id)))
}

/// The wait is over: from now on the address gives access, for a while, and everybody is told so once more. Where the address
/// is not the account's any more, or cannot be again, it is off, and that is told.
pub(super) fn carry_out(
    connection: &mut Connection,
    _: &AppState,
    change: &Change,
    now: Timestamp,
) -> Result<(), StoreError> {
    let Some(account) = accounts::hold(connection, change.account_id)? else { return Ok(()) };
    let actor = Actor::default();
    if change.details.get().is_some_and(|details| details.change_id.is_some()) {
        undo::give_back(connection, &account, change, now)?;
    }
    let owner = match allowed(change) {
        Some(own) => addresses::owner(connection, own.kind, &own.value)?,
        None => None,
    };
    if owner.is_none_or(|owner| owner.id != account.id) {
        return tell_it_is_off(connection, &account, (change.kind, &actor), now);
    }
    let open = Change { due_at: None, expires_at: now.plus(OPEN), ..change.clone() };
    changes::insert(connection, &open)?;
    let told = actor.notice_until(NoticeKind::RecoveryOpen, open.id, open.expires_at);
    notices::tell(connection, &account, &told, now)
}

/// What takes the place of what was lost.
#[derive(Clone)]
pub struct Chosen {
    /// The new password's hash.
    pub hash: String,
    /// The keys of the passkeys that are not the person's own.
    pub foreign: Vec<i64>,
}

/// Gives the account of a proved address its new password, strikes out the passkeys that are not its person's and every sign-in of
/// another provider, and ends
/// everything that was there before: sign-ins, what apps and devices hold, and what waits. A second step that was not shown goes,
/// too: whoever waited for this has lost it, or never had it. `false` where something else follows by now, or a passkey may not go.
pub fn finish(
    connection: &mut Connection,
    app: &AppState,
    (proven, shown, chosen): (&Proven, Shown, Chosen),
    actor: &Actor,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let Some(account) = held_owner(connection, proven)? else { return Ok(false) };
    if !matches!(follows(connection, app, (&proven.address, shown), now)?, Follows::NewPassword(_)) {
        return Ok(false);
    }
    let standing = standing(connection, app, &account, &proven.address, now)?;
    let goes = |id: &i64| standing.iter().find(|own| own.passkey.id == *id && own.may_go).map(|own| &own.passkey);
    let Some(foreign) = chosen.foreign.iter().map(goes).collect::<Option<Vec<&Passkey>>>() else { return Ok(false) };
    for passkey in foreign {
        passkey::strike_out(connection, &account, passkey, actor, now)?;
    }
    upstream::strike_out_all(connection, app, &account, actor, now)?;
    let all = changes::of_account(connection, account.id, now)?;
    // What nobody but the link to a change froze was frozen for this.
    for freeze in all.iter().filter(|change| change.kind == ChangeKind::Freeze) {
        changes::take(connection, account.id, freeze.id)?;
    }
    new_password::put(connection, &account, chosen.hash, None, now)?;
    events::note(connection, account.id, EventKind::Recovered, actor.event(""), now)?;
    notices::tell(connection, &account, &actor.notice(NoticeKind::Recovered), now)?;
    if shown == Shown::Nothing {
        two_step::take_away(connection, &account, &actor.event(""), now)?;
    }
    Ok(true)
}
