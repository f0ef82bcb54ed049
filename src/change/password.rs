//! Setting, changing and removing the password of somebody who is signed in. Each is one write, which ends every other sign-in
//! with what hangs on it and all that waits, gives this browser a new session cookie, is in the account's history and is told
//! on every address.

use super::actor::Actor;
use super::address;
use super::proof::{self, Proved};
use super::ways_in::{self, Way};
use crate::app::AppState;
use crate::clock::Timestamp;
use crate::credentials::assurance::{self, Factor};
use crate::credentials::new_password;
use crate::session::{self, NewCookies};
use crate::store::accounts::{self, Account, AccountState};
use crate::store::addresses::AddressKind;
use crate::store::changes::{self, ChangeKind};
use crate::store::events::{self, EventKind};
use crate::store::notices::{self, NoticeKind};
use crate::store::sessions::{self, Session};
use crate::store::{Connection, StoreError, passwords};

/// What stands in the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hindrance {
    /// Nothing may change until then.
    Frozen(Timestamp),
    /// There is a password, and a text message alone does not replace it.
    NotEnough,
}

/// What a change came to. Holds cookies: no `Debug`.
pub enum Outcome {
    /// There is a password now.
    Set(NewCookies),
    /// Another is in its place.
    Changed(NewCookies),
    /// There is none any more.
    Removed(NewCookies),
    /// Something stands in the way.
    Hindered,
    /// The sign-in is over, or the account may not be used.
    Over,
}

/// What stands in the way of a change by this sign-in. Asked for the page, and again in every write.
pub fn hindrance(
    connection: &mut Connection,
    app: &AppState,
    session: &Session,
    now: Timestamp,
) -> Result<Option<Hindrance>, StoreError> {
    let waiting = changes::of_account(connection, session.account_id, now)?;
    let freezes = waiting.iter().filter(|change| change.kind == ChangeKind::Freeze);
    if let Some(until) = freezes.map(|freeze| freeze.expires_at).max() {
        return Ok(Some(Hindrance::Frozen(until)));
    }
    let has_password = passwords::changed_at(connection, session.account_id)?.is_some();
    let is_enough = !has_password || may_replace(connection, app, session, now)?;
    Ok((!is_enough).then_some(Hindrance::NotEnough))
}

/// Whether what was proved may put another password in the place of one. A passkey that was made a moment ago is worth no more
/// than what it was made with, which may have been a text message.
fn may_replace(
    connection: &mut Connection,
    app: &AppState,
    session: &Session,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let factor = Factor::of_amr(&session.amr);
    if factor != Some(Factor::Passkey) {
        return Ok(assurance::may_replace_password(factor));
    }
    let Some(account) = accounts::by_id(connection, session.account_id)? else { return Ok(false) };
    let settled = proof::settled(account.created_at, now, app.config.account.waiting);
    Ok(match address::proved(connection, app, session, now)? {
        Proved::Passkey { since, .. } => since <= settled,
        Proved::Password { .. } | Proved::SecondStep { .. } | Proved::Address { kind: AddressKind::Email, .. } => true,
        Proved::Nothing | Proved::Address { kind: AddressKind::Phone, .. } => false,
    })
}

/// The account and the sign-in that acts, both as they are now; none where either is over. The account is held.
fn acting(
    connection: &mut Connection,
    actor: &Actor,
    now: Timestamp,
) -> Result<Option<(Account, Session)>, StoreError> {
    let Some(own) = &actor.session else { return Ok(None) };
    let account = accounts::hold(connection, own.account_id)?.filter(|own| own.state == AccountState::Active);
    Ok(account.zip(sessions::find(connection, own.account_id, own.id, now)?))
}

/// Puts the password with this hash in place. `cookie` is the session cookie that gets a successor.
pub fn set(
    connection: &mut Connection,
    app: &AppState,
    hash: String,
    actor: &Actor,
    cookie: &str,
) -> Result<Outcome, StoreError> {
    let now = app.clock.now();
    let Some((account, session)) = acting(connection, actor, now)? else { return Ok(Outcome::Over) };
    if hindrance(connection, app, &session, now)?.is_some() {
        return Ok(Outcome::Hindered);
    }
    let is_first = passwords::changed_at(connection, account.id)?.is_none();
    new_password::put(connection, &account, hash, Some(session.id), now)?;
    if is_first {
        tell(connection, &account, actor, (EventKind::PasswordSet, NoticeKind::PasswordSet), now)?;
        return session::rotate(connection, cookie).map(Outcome::Set);
    }
    tell(connection, &account, actor, (EventKind::PasswordChanged, NoticeKind::PasswordChanged), now)?;
    session::rotate(connection, cookie).map(Outcome::Changed)
}

/// Takes the password away, never the last way in.
pub fn remove(connection: &mut Connection, app: &AppState, actor: &Actor, cookie: &str) -> Result<Outcome, StoreError> {
    let now = app.clock.now();
    let Some((account, session)) = acting(connection, actor, now)? else { return Ok(Outcome::Over) };
    let Some(held) = ways_in::hold(connection, app, account.id)? else { return Ok(Outcome::Over) };
    if held.is_last(&Way::Password) || hindrance(connection, app, &session, now)?.is_some() {
        return Ok(Outcome::Hindered);
    }
    if !new_password::remove(connection, &account, session.id, now)? {
        return Ok(Outcome::Hindered);
    }
    tell(connection, &account, actor, (EventKind::PasswordRemoved, NoticeKind::PasswordRemoved), now)?;
    session::rotate(connection, cookie).map(Outcome::Removed)
}

fn tell(
    connection: &mut Connection,
    account: &Account,
    actor: &Actor,
    (event, notice): (EventKind, NoticeKind),
    now: Timestamp,
) -> Result<(), StoreError> {
    events::note(connection, account.id, event, actor.event(""), now)?;
    notices::tell(connection, account, &actor.notice(notice), now)
}
