//! Connecting sign-ins of other providers, and disconnecting them. Such a sign-in opens the account and is never counted among
//! its ways in: its provider may vanish, or shut its owner out, without a word to us. So it is never the last way in that
//! somebody else's removal leaves, and where it is the last there is it stays.

use super::actor::Actor;
use super::ways_in;
use crate::app::AppState;
use crate::clock::Timestamp;
use crate::credentials::upstream::label;
use crate::security::random;
use crate::session::{self, NewCookies};
use crate::store::accounts::{self, Account, AccountState};
use crate::store::events::{self, EventKind};
use crate::store::notices::{self, Notice, NoticeKind};
use crate::store::upstream_links::{self, UpstreamLink};
use crate::store::upstream_proofs::{self, UpstreamProof};
use crate::store::{Connection, StoreError, attempts, changes, sessions};

/// How many an account may have.
pub const MOST: usize = 10;

/// What became of connecting one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Connected {
    /// It opens the account from now on.
    Done,
    /// It did already.
    Own,
    /// It opens another account.
    Taken,
    /// There are as many as there may be.
    Full,
    /// Nothing may change at the moment.
    Frozen,
    /// It was too late, or done before.
    TooLate,
}

/// Connects a sign-in elsewhere, which was proved in this browser, to the account whose person has just proved to be that. Told
/// on every address.
pub fn connect(
    connection: &mut Connection,
    app: &AppState,
    actor: &Actor,
    proof: &UpstreamProof,
) -> Result<Connected, StoreError> {
    let now = app.clock.now();
    let Some(own) = &actor.session else { return Ok(Connected::TooLate) };
    // Held, so that two at once do not both become the last there may be.
    let held = accounts::hold(connection, own.account_id)?.filter(|own| own.state == AccountState::Active);
    let Some(account) = held else { return Ok(Connected::TooLate) };
    let is_theirs = proof.account_id.is_none_or(|id| id == account.id);
    if !is_theirs || !sessions::hold(connection, account.id, own.id, now)? {
        return Ok(Connected::TooLate);
    }
    if changes::is_frozen(connection, account.id, now)? {
        return Ok(Connected::Frozen);
    }
    if !upstream_proofs::take(connection, &proof.id_digest)? {
        return Ok(Connected::TooLate);
    }
    if upstream_links::of_account(connection, account.id)?.len() >= MOST {
        return Ok(Connected::Full);
    }
    let link = UpstreamLink {
        account_id: account.id,
        id: random::id(),
        issuer: proof.issuer.clone(),
        subject: proof.subject.clone(),
        known_as: proof.known_as.clone(),
        created_at: now,
        last_used_at: None,
    };
    if !upstream_links::insert(connection, &link)? {
        let owner = upstream_links::by_identity(connection, &proof.issuer, &proof.subject)?;
        let is_own = owner.is_some_and(|owner| owner.account_id == account.id);
        return Ok(if is_own { Connected::Own } else { Connected::Taken });
    }
    tell(connection, app, (&account, &link, actor), (EventKind::UpstreamLinked, NoticeKind::UpstreamLinked), now)?;
    Ok(Connected::Done)
}

/// Why one stays connected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stays {
    /// The account has none of this key, or the sign-in is over.
    NotThere,
    /// Nothing may change at the moment.
    Frozen,
    /// Nobody could sign in any more.
    Last,
}

/// Whether the link of this key may go, and which it is: for the page that asks, and in the write that does it.
pub fn may_go(
    connection: &mut Connection,
    app: &AppState,
    account_id: i64,
    id: i64,
    now: Timestamp,
) -> Result<Result<UpstreamLink, Stays>, StoreError> {
    let Some(link) = upstream_links::find(connection, account_id, id)? else { return Ok(Err(Stays::NotThere)) };
    if changes::is_frozen(connection, account_id, now)? {
        return Ok(Err(Stays::Frozen));
    }
    let is_alone = ways_in::of_account(connection, app, account_id)?.is_empty()
        && upstream_links::of_account(connection, account_id)?.len() < 2;
    Ok(if is_alone { Err(Stays::Last) } else { Ok(link) })
}

/// Disconnects one, and ends every other sign-in, what apps hold, and what waits, as whoever came by it may have begun them.
/// `cookie` is the session cookie that gets a successor. Every address is told.
pub fn disconnect(
    connection: &mut Connection,
    app: &AppState,
    actor: &Actor,
    cookie: &str,
    id: i64,
) -> Result<Result<NewCookies, Stays>, StoreError> {
    let now = app.clock.now();
    let Some(own) = &actor.session else { return Ok(Err(Stays::NotThere)) };
    // Held first: of two that go at the same time, the second sees that the first has gone.
    let held = accounts::hold(connection, own.account_id)?.filter(|own| own.state == AccountState::Active);
    let Some(account) = held else { return Ok(Err(Stays::NotThere)) };
    if !sessions::hold(connection, account.id, own.id, now)? {
        return Ok(Err(Stays::NotThere));
    }
    let link = match may_go(connection, app, account.id, id, now)? {
        Ok(link) => link,
        Err(stays) => return Ok(Err(stays)),
    };
    strike_out(connection, app, (&account, &link, actor), now)?;
    session::end_all(connection, &account, Some(own.id), now)?;
    changes::void_waiting(connection, account.id)?;
    attempts::void(connection, account.id, now)?;
    session::rotate(connection, cookie).map(Ok)
}

/// Disconnects every one, for whoever gets back in: an intruder may have left one, and who is in connects their own again in
/// a minute. The caller holds the account, and ends what hung on them.
pub(super) fn strike_out_all(
    connection: &mut Connection,
    app: &AppState,
    account: &Account,
    actor: &Actor,
    now: Timestamp,
) -> Result<(), StoreError> {
    for link in upstream_links::of_account(connection, account.id)? {
        strike_out(connection, app, (account, &link, actor), now)?;
    }
    Ok(())
}

fn strike_out(
    connection: &mut Connection,
    app: &AppState,
    (account, link, actor): (&Account, &UpstreamLink, &Actor),
    now: Timestamp,
) -> Result<(), StoreError> {
    upstream_links::remove(connection, account.id, link.id)?;
    tell(connection, app, (account, link, actor), (EventKind::UpstreamUnlinked, NoticeKind::UpstreamUnlinked), now)
}

fn tell(
    connection: &mut Connection,
    app: &AppState,
    (account, link, actor): (&Account, &UpstreamLink, &Actor),
    (event, notice): (EventKind, NoticeKind),
    now: Timestamp,
) -> Result<(), StoreError> {
    let label = label(&app.config.upstream, &link.issuer);
    events::note(connection, account.id, event, actor.event(label.clone()), now)?;
    let told = Notice { subject: Some(label), ..actor.notice(notice) };
    notices::tell(connection, account, &told, now)
}
