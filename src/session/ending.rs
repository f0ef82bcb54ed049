//! How sign-ins end, one or all of them: their grants and unspent codes end in the same transaction, and the apps hear of it.

use serde::{Deserialize, Serialize};
use std::time::Duration;

use crate::clock::Timestamp;
use crate::security::random;
use crate::store::account_devices::{self, Remembered};
use crate::store::accounts::Account;
use crate::store::authorization_codes::{self, Unredeemed};
use crate::store::events::{self, EventDetails, EventKind};
use crate::store::grants::{self, Grant};
use crate::store::outbox::{self, Delivery};
use crate::store::{Connection, StoreError, approvals, clients, device_requests, devices, sessions};
use crate::web::sign_in_context::shown_name;

/// The kind of the outbox's back-channel logouts.
pub const BACKCHANNEL_LOGOUT: &str = "backchannel_logout";

/// How long a logout is tried to be told.
const LOGOUT_LIFE: Duration = Duration::from_secs(24 * 60 * 60);

/// How a sign-in ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The person signs out: what an app holds for when they are away (`offline_access`) stays.
    SignOut,
    /// The device is not theirs any more, or never was: everything it holds ends.
    Removal,
}

/// What a back-channel logout needs when it is sent.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct LogoutPayload {
    /// Whose sign-in ended.
    pub account_id: i64,
    /// The subject the client knows.
    pub sub: String,
    /// Which sign-in.
    pub session_id: i64,
}

/// Ends one sign-in, its grants and unspent codes, queues word to the apps and writes it into the account's history, in one
/// transaction. `false` where it had ended already.
pub fn end(
    connection: &mut Connection,
    account: &Account,
    session_id: i64,
    ending: Ending,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let live = sessions::find(connection, account.id, session_id, now)?;
    let ended = end_unnoted(connection, account, session_id, ending, now)?;
    if let Some(session) = live.filter(|_| ended) {
        if ending == Ending::Removal {
            account_devices::forget(connection, account.id, Remembered::One(session.device_id))?;
        }
        note_end(connection, account, session.device_id, now)?;
    }
    Ok(ended)
}

/// Ends everything on one device of an account: sign-ins with all that came from them, and what apps hold there of sign-ins that
/// are over. `false` where there was nothing.
pub fn end_device(
    connection: &mut Connection,
    account: &Account,
    device_id: i64,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let mut ended = false;
    account_devices::forget(connection, account.id, Remembered::One(device_id))?;
    for id in sessions::ids_of_device(connection, account.id, device_id)? {
        ended |= end_unnoted(connection, account, id, Ending::Removal, now)?;
    }
    let left = grants::of_device(connection, account.id, device_id)?;
    tell_apps(connection, account, &left, now)?;
    for grant in &left {
        ended |= grants::revoke(connection, account.id, grant.id)?;
    }
    if ended {
        note_end(connection, account, device_id, now)?;
    }
    Ok(ended)
}

/// The event keeps what the device was called: it may be forgotten before the event is.
fn note_end(connection: &mut Connection, account: &Account, device_id: i64, now: Timestamp) -> Result<(), StoreError> {
    let known = account_devices::find(connection, account.id, device_id)?;
    let (name, client_id) = known.map_or((None, None), |device| (device.name, device.client_id));
    let app = match &client_id {
        Some(client_id) => clients::find(connection, client_id)?.map(|client| shown_name(&client.name)),
        None => None,
    };
    let details = EventDetails {
        device_id: Some(device_id),
        user_agent: devices::by_id(connection, device_id)?.map(|device| device.user_agent),
        subject: name.or(app),
        client_id,
        ..EventDetails::default()
    };
    events::note(connection, account.id, EventKind::SignedOut, details, now)
}

fn end_unnoted(
    connection: &mut Connection,
    account: &Account,
    session_id: i64,
    ending: Ending,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let ended = sessions::delete(connection, account.id, session_id)?;
    authorization_codes::void(connection, account.id, Unredeemed::OfSession(session_id))?;
    let held = grants::of_session(connection, account.id, session_id)?;
    tell_apps(connection, account, &held, now)?;
    for grant in &held {
        if ending == Ending::Removal || !grant.offline {
            grants::revoke(connection, account.id, grant.id)?;
        }
    }
    Ok(ended)
}

/// Queues one back-channel logout for each sign-in at each client among `held` that asked to be told.
pub fn tell_apps(
    connection: &mut Connection,
    account: &Account,
    held: &[Grant],
    now: Timestamp,
) -> Result<(), StoreError> {
    let mut told: Vec<(&str, i64)> = Vec::new();
    for grant in held {
        let key = (grant.client_id.as_str(), grant.session_id);
        if told.contains(&key) {
            continue;
        }
        told.push(key);
        let Some(client) = clients::find(connection, &grant.client_id)? else { continue };
        let Some(url) = client.backchannel_logout_uri else { continue };
        let payload = LogoutPayload {
            account_id: account.id,
            sub: grant.subject(account).to_owned(),
            session_id: grant.session_id,
        };
        let payload = serde_json::to_string(&payload).map_err(|error| StoreError::Fault(error.to_string()))?;
        let delivery = Delivery {
            id: random::id(),
            kind: BACKCHANNEL_LOGOUT.to_owned(),
            client_id: client.client_id,
            url,
            payload,
            attempts: 0,
            due_at: now,
            created_at: now,
            expires_at: now.plus(LOGOUT_LIFE),
        };
        outbox::insert(connection, &delivery)?;
    }
    Ok(())
}

/// What [`end_all`] ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ended {
    /// Sign-ins.
    pub sessions: usize,
    /// What apps were left with by sign-ins that were over already.
    pub grants: usize,
}

/// Ends everything of an account but the sign-in `kept`, in the caller's transaction: sign-ins, what apps hold for when the
/// person is away, unspent codes, devices and browsers that wait. Owed with every change of how to sign in.
pub fn end_all(
    connection: &mut Connection,
    account: &Account,
    kept: Option<i64>,
    now: Timestamp,
) -> Result<Ended, StoreError> {
    let mut ended = Ended::default();
    let kept_device = match kept {
        Some(id) => sessions::find(connection, account.id, id, now)?.map_or(0, |session| session.device_id),
        None => 0,
    };
    account_devices::forget(connection, account.id, Remembered::AllBut(kept_device))?;
    for id in sessions::ids_of_account(connection, account.id)? {
        if Some(id) != kept {
            end_unnoted(connection, account, id, Ending::Removal, now)?;
            ended.sessions += 1;
        }
    }
    let mut left = grants::of_account(connection, account.id, now)?;
    left.retain(|grant| Some(grant.session_id) != kept);
    tell_apps(connection, account, &left, now)?;
    for grant in &left {
        grants::revoke(connection, account.id, grant.id)?;
    }
    ended.grants = left.len();
    if kept.is_none() {
        // Those of sign-ins went with them: this is for a sign-in that ended by itself a moment ago.
        authorization_codes::void(connection, account.id, Unredeemed::All)?;
    }
    device_requests::void(connection, account.id, None)?;
    approvals::void(connection, account.id)?;
    Ok(ended)
}
