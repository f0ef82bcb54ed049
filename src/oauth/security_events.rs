//! Security events (RFC 8417): apps are told that an account is gone, as the OpenID RISC Profile 1.0 words it, by push (RFC
//! 8935), until they confirm that they have taken it. `change::deletion` queued it.

use serde::Serialize;
use serde_json::json;

use super::backchannel::AT_ONCE;
use crate::app::AppState;
use crate::change::deletion::{ACCOUNT_PURGED, Purge, SETTLED};
use crate::clock::Timestamp;
use crate::oauth::error::OAuthError;
use crate::outbound::OutboundError;
use crate::security::jws;
use crate::store::erasure_receipts::{self as receipts, ReceiptState};
use crate::store::outbox::{self, Delivery};
use crate::store::signing_keys::Algorithm;
use crate::store::{Connection, StoreError, clients};

/// The `typ` of security event tokens (RFC 8417 §2.3).
const SECURITY_EVENT_TYPE: &str = "secevent+jwt";

/// The event (OpenID RISC Profile 1.0 §2.1).
pub const EVENT: &str = "https://schemas.openid.net/secevent/risc/event-type/account-purged";

/// The claims of a security event token (RFC 8417 §2.2). There is neither `sub` nor `exp`, so that none passes for an ID or a
/// logout token; whom it is about stands in `sub_id` (RFC 9493 §3.2.2).
#[derive(Serialize)]
struct EventClaims<'a> {
    iss: &'a str,
    aud: &'a str,
    iat: i64,
    jti: &'a str,
    sub_id: SubjectIdentifier<'a>,
    events: serde_json::Value,
}

#[derive(Serialize)]
struct SubjectIdentifier<'a> {
    format: &'static str,
    iss: &'a str,
    sub: &'a str,
}

/// Sends what is due, once; gives how many were.
///
/// # Errors
/// When the store does not answer.
pub async fn send_due(app: &AppState) -> Result<usize, StoreError> {
    let now = app.clock.now();
    let due = app.store.read(move |connection| outbox::due(connection, ACCOUNT_PURGED, now, AT_ONCE)).await?;
    let count = due.len();
    for outcome in futures_util::future::join_all(due.into_iter().map(|one| send(app, one, now))).await {
        outcome?;
    }
    Ok(count)
}

/// Sends one and writes down what came of it. Claimed first, so that no other node sends it too.
async fn send(app: &AppState, delivery: Delivery, now: Timestamp) -> Result<(), StoreError> {
    let claim_ends = now.plus(app.config.backchannel.timeout.saturating_mul(2));
    let claimed = delivery.clone();
    if !app.store.write(move |connection| outbox::claim(connection, &claimed, claim_ends)).await? {
        return Ok(());
    }
    let purge: Purge = serde_json::from_str(&delivery.payload)
        .map_err(|error| StoreError::Fault(format!("outbox.payload: {error}")))?;
    let outcome = match token(app, &delivery, &purge, now).await? {
        Some(token) => app.outbound.post_security_event(&delivery.url, token).await,
        // The client is gone: there is nowhere to send it, as with an address inside the house.
        None => Err(OutboundError::NotAllowed),
    };
    let (id, client_id) = (delivery.id, &delivery.client_id);
    let state = match outcome {
        Ok(()) => ReceiptState::Confirmed,
        Err(OutboundError::NotAllowed) => ReceiptState::Untold,
        // It says so itself (RFC 8935 §2.3); whatever else fails may be mended while there is time.
        Err(OutboundError::Status(400)) => ReceiptState::Refused,
        Err(error) => {
            tracing::info!(%client_id, %error, "a security event will be tried again");
            let again = app.clock.now().plus(outbox::backoff(delivery.attempts));
            return app.store.write(move |connection| outbox::retry_at(connection, id, again)).await;
        }
    };
    if state != ReceiptState::Confirmed {
        tracing::warn!(%client_id, state = state.as_str(), "an app does not take the news that an account is gone");
    }
    metrics::counter!("keyhouse_security_events_total", "outcome" => state.as_str()).increment(1);
    let now = app.clock.now();
    app.store.write(move |connection| answered(connection, &purge, id, state, now)).await?;
    app.store.owe_scrub();
    Ok(())
}

/// Notes an app's answer; with the last one the person is told.
fn answered(
    connection: &mut Connection,
    purge: &Purge,
    id: i64,
    state: ReceiptState,
    now: Timestamp,
) -> Result<(), StoreError> {
    // Two apps that answer in the same moment: the second sees the first, and knows that it is the last.
    outbox::hold(connection, purge.erasure_id)?;
    outbox::done(connection, id)?;
    if receipts::answer(connection, (purge.erasure_id, id), state, now)? {
        return Ok(());
    }
    let settled = Timestamp::from_millis(purge.at).plus(SETTLED);
    outbox::retry_at(connection, purge.erasure_id, now.max(settled))
}

/// The token, the same at each attempt but for its signature; none where the client is no more.
async fn token(
    app: &AppState,
    delivery: &Delivery,
    purge: &Purge,
    now: Timestamp,
) -> Result<Option<String>, StoreError> {
    let client_id = delivery.client_id.clone();
    let Some(client) = app.store.read(move |connection| clients::find(connection, &client_id)).await? else {
        return Ok(None);
    };
    let algorithm = Algorithm::parse(&client.id_token_signed_response_alg).unwrap_or(Algorithm::Rs256);
    let token = signed(app, purge, &client.client_id, algorithm, now);
    token.map(Some).map_err(|error| StoreError::Fault(error.to_string()))
}

fn signed(
    app: &AppState,
    purge: &Purge,
    client_id: &str,
    algorithm: Algorithm,
    now: Timestamp,
) -> Result<String, OAuthError> {
    let keys = app.keyring.keys();
    let key = keys.signing(algorithm, now).ok_or(crate::security::signing_key::KeyFault)?;
    let iss = &app.config.server.issuer;
    let claims = EventClaims {
        iss,
        aud: client_id,
        iat: Timestamp::from_millis(purge.at).seconds(),
        jti: &purge.jti,
        sub_id: SubjectIdentifier { format: "iss_sub", iss, sub: &purge.sub },
        events: json!({ EVENT: {} }),
    };
    Ok(jws::sign(key, SECURITY_EVENT_TYPE, &claims)?)
}
