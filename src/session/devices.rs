//! The devices of an account: which one a sign-in is on, and what is told of it. A browser is known by its cookie alone, never
//! by what it calls itself.

use super::Proof;
use crate::clock::Timestamp;
use crate::config;
use crate::security::random;
use crate::store::account_devices::{self, AccountDevice};
use crate::store::accounts::{self, Account};
use crate::store::clients::Client;
use crate::store::columns::Words;
use crate::store::devices::{self, Device};
use crate::store::events::{self, EventDetails, EventKind};
use crate::store::notices::{self, Notice, NoticeKind};
use crate::store::{Connection, StoreError};
use crate::web::sign_in_context::shown_name;

/// The device that a proof comes from, and the cookie that it is to be known by from now on, where it had none.
pub(super) fn of_proof(
    connection: &mut Connection,
    proof: &Proof,
    lives: &config::Sessions,
    now: Timestamp,
) -> Result<(i64, Option<String>), StoreError> {
    let expires_at = now.plus(lives.device_cookie);
    if let Some(cookie) = &proof.device_cookie
        && let Some(known) = devices::by_secret(connection, &random::sha256(cookie), now)?
    {
        devices::used(connection, known.id, &proof.user_agent, now, expires_at)?;
        return Ok((known.id, None));
    }
    let cookie = random::secret();
    let device = Device {
        id: random::id(),
        secret_digest: random::sha256(&cookie),
        user_agent: proof.user_agent.clone(),
        created_at: now,
        last_used_at: now,
        expires_at,
    };
    devices::insert(connection, &device)?;
    Ok((device.id, Some(cookie)))
}

/// Writes the sign-in into the account's history, and tells the person where the device is new to the account; but not of
/// the account's very first one.
pub(super) fn note_sign_in(
    connection: &mut Connection,
    proof: &Proof,
    device_id: i64,
    forgotten_at: Timestamp,
    now: Timestamp,
) -> Result<(), StoreError> {
    let has_others = account_devices::any(connection, proof.account_id)?;
    let device = AccountDevice {
        account_id: proof.account_id,
        device_id,
        name: None,
        network: proof.network.clone(),
        first_used_at: now,
        last_used_at: now,
        expires_at: forgotten_at,
        client_id: None,
    };
    let is_new = account_devices::used(connection, &device)? && has_others;
    let details = EventDetails {
        method: Some(proof.amr.as_str().to_owned()),
        device_id: Some(device_id),
        user_agent: Some(proof.user_agent.clone()),
        network: Some(proof.network.clone()),
        ..EventDetails::default()
    };
    let kind = if is_new { EventKind::NewDevice } else { EventKind::SignedIn };
    events::note(connection, proof.account_id, kind, details, now)?;
    if is_new && let Some(account) = accounts::by_id(connection, proof.account_id)? {
        let notice = Notice {
            user_agent: Some(proof.user_agent.clone()),
            network: Some(proof.network.clone()),
            ..Notice::of(NoticeKind::NewDevice)
        };
        notices::tell(connection, &account, &notice, now)?;
    }
    Ok(())
}

/// A device without a browser that an app was signed in to (RFC 8628).
pub struct AppDevice<'a> {
    /// The app on it.
    pub client: &'a Client,
    /// The IP address it asked from.
    pub network: String,
    /// How whoever allowed it had signed in.
    pub amr: &'a Words,
    /// When what it was given ends at the latest.
    pub expires_at: Timestamp,
}

/// Notes the sign-in of such a device, which is always new: nothing of it is ever known again. Every address is told, since
/// somebody else's device may have been allowed by mistake (RFC 8628 §5.4). Gives the device's key.
pub fn note_app_device(
    connection: &mut Connection,
    account: &Account,
    device: &AppDevice<'_>,
    now: Timestamp,
) -> Result<i64, StoreError> {
    let (id, client) = (random::id(), device.client);
    let row = AccountDevice {
        account_id: account.id,
        device_id: id,
        name: None,
        network: device.network.clone(),
        first_used_at: now,
        last_used_at: now,
        expires_at: device.expires_at,
        client_id: Some(client.client_id.clone()),
    };
    account_devices::used(connection, &row)?;
    let name = shown_name(&client.name);
    let details = EventDetails {
        method: Some(device.amr.as_str().to_owned()),
        device_id: Some(id),
        client_id: Some(client.client_id.clone()),
        subject: Some(name.clone()),
        network: Some(device.network.clone()),
        ..EventDetails::default()
    };
    events::note(connection, account.id, EventKind::NewDevice, details, now)?;
    // The name of an app that nobody has checked is anybody's text: it is not sent out under our name.
    let subject = (client.verified || client.first_party).then_some(name);
    let network = Some(device.network.clone());
    notices::tell(connection, account, &Notice { subject, network, ..Notice::of(NoticeKind::NewDevice) }, now)?;
    Ok(id)
}
