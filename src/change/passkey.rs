//! Removing a passkey: the strongest way in goes only for a proof that is strong itself, and never where it is the last.
//!
//! Two rules say what is enough. A code by text message is not, for whoever holds a stolen number has one. And what came to
//! the account a moment ago is not either, or one weak proof would soon be a strong one. Whoever just used the very passkey
//! may give it up.

use std::time::Duration;

use super::ways_in::{self, Way};
use crate::app::AppState;
use crate::clock::Timestamp;
use crate::session::{self, SignedIn};
use crate::store::accounts::Account;
use crate::store::addresses::{self, AddressKind};
use crate::store::columns::Words;
use crate::store::events::{self, EventDetails, EventKind};
use crate::store::notices::{self, Notice, NoticeKind};
use crate::store::passkeys::{self, Passkey};
use crate::store::sessions::Session;
use crate::store::{Connection, StoreError, changes, passwords};

/// Why a passkey stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stays {
    /// The account has none of this key.
    NotThere,
    /// Nothing may change at the moment.
    Frozen,
    /// Nobody could sign in any more.
    Last,
    /// What was proved last is too little.
    TooLittle,
}

/// Who removes it: the sign-in, and what is known of the browser.
#[derive(Clone, Debug)]
pub struct Remover {
    /// The sign-in, which is the one that goes on.
    pub signed_in: SignedIn,
    /// What the browser calls itself.
    pub user_agent: String,
    /// The IP address it comes from.
    pub network: String,
}

/// Since when the account has what a sign-in was proved with.
#[derive(Clone, Debug, Default)]
struct Had {
    password: Option<Timestamp>,
    /// The youngest address: nothing says which one a code went to.
    email: Option<Timestamp>,
    /// The passkey that was just used, and since when.
    passkey: Option<(i64, Timestamp)>,
}

/// Whether a sign-in by `amr` may take the passkey `goes` away, when what the account has had since `settled` counts.
fn is_enough(amr: &Words, had: &Had, goes: i64, settled: Timestamp) -> bool {
    let is_old = |since: Option<Timestamp>| since.is_some_and(|since| since <= settled);
    if let Some((id, since)) = had.passkey {
        return id == goes || since <= settled;
    }
    let by_mail = amr.contains("otp") && !amr.contains("sms");
    (amr.contains("pwd") && is_old(had.password)) || (by_mail && is_old(had.email))
}

/// What an account has had since this moment counts: what it came with, and what has been there for as long as a change
/// without proof would wait.
fn settled(account: &Account, now: Timestamp, waiting: Duration) -> Timestamp {
    account.created_at.max(now.minus(waiting))
}

fn had(connection: &mut Connection, session: &Session, owned: &[Passkey]) -> Result<Had, StoreError> {
    let is_used = |own: &&Passkey| {
        own.last_used_at == Some(session.authenticated_at) && own.last_device_id == Some(session.device_id)
    };
    let by_passkey = session.amr.contains("mfa") && !session.amr.contains("pwd") && !session.amr.contains("otp");
    let addresses = addresses::of_account(connection, session.account_id)?;
    let emails = addresses.iter().filter(|own| own.kind == AddressKind::Email);
    Ok(Had {
        password: passwords::changed_at(connection, session.account_id)?,
        email: emails.map(|own| own.verified_at).max(),
        passkey: owned.iter().find(is_used).filter(|_| by_passkey).map(|own| (own.id, own.created_at)),
    })
}

/// Whether this sign-in may remove the passkey of this key, and which it is: for the page that asks, and in the write
/// that does it.
pub fn may_go(
    connection: &mut Connection,
    app: &AppState,
    signed_in: &SignedIn,
    id: i64,
    now: Timestamp,
) -> Result<Result<Passkey, Stays>, StoreError> {
    let SignedIn { session, account } = signed_in;
    let owned = passkeys::of_account(connection, account.id)?;
    let Some(passkey) = owned.iter().find(|own| own.id == id).cloned() else { return Ok(Err(Stays::NotThere)) };
    if changes::is_frozen(connection, account.id, now)? {
        return Ok(Err(Stays::Frozen));
    }
    let ways = ways_in::of_account(connection, app, account.id)?;
    if ways.iter().all(|way| *way == Way::Passkey(id)) {
        return Ok(Err(Stays::Last));
    }
    let had = had(connection, session, &owned)?;
    if !is_enough(&session.amr, &had, id, settled(account, now, app.config.account.waiting)) {
        return Ok(Err(Stays::TooLittle));
    }
    Ok(Ok(passkey))
}

/// Removes it, and with it all that was proved by it: every other sign-in, what apps hold, and what waits. Everybody is told.
pub fn remove(
    connection: &mut Connection,
    app: &AppState,
    by: &Remover,
    id: i64,
    now: Timestamp,
) -> Result<Result<(), Stays>, StoreError> {
    let (session, account_id) = (&by.signed_in.session, by.signed_in.account.id);
    // Held first: of two that go at the same time, the second sees that the first has gone.
    let Some(held) = ways_in::hold(connection, app, account_id)? else { return Ok(Err(Stays::NotThere)) };
    let passkey = match may_go(connection, app, &by.signed_in, id, now)? {
        Ok(passkey) => passkey,
        Err(stays) => return Ok(Err(stays)),
    };
    if !passkeys::remove(connection, account_id, id)? {
        return Ok(Err(Stays::NotThere));
    }
    session::end_all(connection, &held.account, Some(session.id), now)?;
    changes::void_waiting(connection, account_id)?;
    let details = EventDetails {
        subject: Some(passkey.name),
        device_id: Some(session.device_id),
        user_agent: Some(by.user_agent.clone()),
        network: Some(by.network.clone()),
        ..EventDetails::default()
    };
    events::note(connection, account_id, EventKind::PasskeyRemoved, details, now)?;
    let notice = Notice {
        user_agent: Some(by.user_agent.clone()),
        network: Some(by.network.clone()),
        ..Notice::of(NoticeKind::PasskeyRemoved)
    };
    notices::tell(connection, &held.account, &notice, now)?;
    Ok(Ok(()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_enough_to_take_a_passkey_away() {
        let (settled, old, new) =
            (Timestamp::from_seconds(100), Timestamp::from_seconds(99), Timestamp::from_seconds(101));
        let had = |password, email, passkey| Had { password, email, passkey };
        let table = [
            ("pwd", had(Some(old), None, None), true),
            ("pwd", had(Some(settled), None, None), true),
            ("pwd", had(Some(new), None, None), false),
            ("otp", had(Some(old), Some(old), None), true),
            ("otp", had(Some(old), Some(new), None), false),
            ("otp sms", had(Some(old), Some(old), None), false),
            ("otp sms", had(None, None, None), false),
            ("pwd otp sms mfa", had(Some(old), Some(old), None), true),
            ("swk user mfa", had(Some(old), Some(old), Some((2, old))), true),
            ("swk user mfa", had(Some(old), Some(old), Some((2, new))), false),
            ("swk user mfa", had(Some(old), Some(old), Some((1, new))), true),
            ("swk user mfa", had(Some(old), Some(old), None), false),
            ("", had(Some(old), Some(old), None), false),
        ];
        for (amr, had, expected) in table {
            assert_eq!(is_enough(&Words::parse(amr), &had, 1, settled), expected, "{amr} {had:?}");
        }
    }
}
