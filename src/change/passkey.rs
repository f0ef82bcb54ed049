//! Removing a passkey: the strongest way in goes only for a proof that is strong itself, and never where it is the last.
//! [`proof`] says what is enough.

use super::actor::Actor;
use super::address;
use super::proof;
use super::ways_in::{self, Way};
use crate::app::AppState;
use crate::clock::Timestamp;
use crate::session::{self, NewCookies};
use crate::store::accounts::{Account, AccountState};
use crate::store::events::{self, EventKind};
use crate::store::notices::{self, Notice, NoticeKind};
use crate::store::passkeys::{self, Passkey};
use crate::store::sessions::{self, Session};
use crate::store::{Connection, StoreError, attempts, changes};

/// Why a passkey stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stays {
    /// The account has none of this key, or the sign-in is over.
    NotThere,
    /// Nothing may change at the moment.
    Frozen,
    /// Nobody could sign in any more.
    Last,
    /// What was proved last is too little.
    TooLittle,
}

/// Whether this sign-in may remove the passkey of this key, and which it is: for the page that asks, and in the write
/// that does it.
pub fn may_go(
    connection: &mut Connection,
    app: &AppState,
    (account, session): (&Account, &Session),
    id: i64,
    now: Timestamp,
) -> Result<Result<Passkey, Stays>, StoreError> {
    let Some(passkey) = passkeys::find(connection, account.id, id)? else { return Ok(Err(Stays::NotThere)) };
    if changes::is_frozen(connection, account.id, now)? {
        return Ok(Err(Stays::Frozen));
    }
    let ways = ways_in::of_account(connection, app, account.id)?;
    if ways.iter().all(|way| *way == Way::Passkey(id)) {
        return Ok(Err(Stays::Last));
    }
    let proved = address::proved(connection, app, session, now)?;
    let settled = proof::settled(account.created_at, now, app.config.account.waiting);
    if !proof::is_enough_for_passkey(&proved, id, settled) {
        return Ok(Err(Stays::TooLittle));
    }
    Ok(Ok(passkey))
}

/// Removes it, and with it all that was proved by it: every other sign-in, what apps hold, and what waits. `cookie` is the session
/// cookie that gets a successor. Every address is told.
pub fn remove(
    connection: &mut Connection,
    app: &AppState,
    actor: &Actor,
    cookie: &str,
    id: i64,
) -> Result<Result<NewCookies, Stays>, StoreError> {
    let now = app.clock.now();
    let Some(own) = &actor.session else { return Ok(Err(Stays::NotThere)) };
    // Held first: of two that go at the same time, the second sees that the first has gone.
    let held = ways_in::hold(connection, app, own.account_id)?;
    let Some(account) = held.map(|held| held.account).filter(|own| own.state == AccountState::Active) else {
        return Ok(Err(Stays::NotThere));
    };
    let Some(session) = sessions::find(connection, account.id, own.id, now)? else { return Ok(Err(Stays::NotThere)) };
    let passkey = match may_go(connection, app, (&account, &session), id, now)? {
        Ok(passkey) => passkey,
        Err(stays) => return Ok(Err(stays)),
    };
    strike_out(connection, &account, &passkey, actor, now)?;
    session::end_all(connection, &account, Some(session.id), now)?;
    changes::void_waiting(connection, account.id)?;
    attempts::void(connection, account.id, now)?;
    session::rotate(connection, cookie).map(Ok)
}

/// Takes a passkey off an account, notes it and tells every address. The caller holds the account, knows that it may go, and ends
/// what hung on it.
pub(super) fn strike_out(
    connection: &mut Connection,
    account: &Account,
    passkey: &Passkey,
    actor: &Actor,
    now: Timestamp,
) -> Result<(), StoreError> {
    passkeys::remove(connection, account.id, passkey.id)?;
    events::note(connection, account.id, EventKind::PasskeyRemoved, actor.event(passkey.name.clone()), now)?;
    let told = Notice { subject: Some(passkey.name.clone()), ..actor.notice(NoticeKind::PasskeyRemoved) };
    notices::tell(connection, account, &told, now)
}
