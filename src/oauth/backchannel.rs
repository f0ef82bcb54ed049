//! Back-channel logout (OpenID Connect Back-Channel Logout 1.0): what `session` queued is sent from here, with retries,
//! never holding up a sign-out.

use serde::Serialize;
use serde_json::json;
use std::time::Duration;

use crate::app::AppState;
use crate::clock::Timestamp;
use crate::oauth::error::OAuthError;
use crate::oauth::security_events;
use crate::security::{jws, random};
use crate::session::{BACKCHANNEL_LOGOUT, LogoutPayload};
use crate::store::outbox::{self, Delivery};
use crate::store::signing_keys::Algorithm;
use crate::store::{StoreError, clients};
use crate::web::parameters;

/// The `typ` of logout tokens (Back-Channel Logout §2.4).
const LOGOUT_TOKEN_TYPE: &str = "logout+jwt";
/// How long a logout token is good.
const LIFE: Duration = Duration::from_secs(120);
/// How many are sent side by side.
pub(super) const AT_ONCE: i64 = 16;

/// The claims of a logout token (Back-Channel Logout §2.4). There is no `nonce`, so that none passes for an ID token.
#[derive(Serialize)]
struct LogoutClaims<'a> {
    iss: &'a str,
    sub: &'a str,
    aud: &'a str,
    iat: i64,
    exp: i64,
    jti: String,
    sid: String,
    events: serde_json::Value,
}

/// Sends what is due, once; gives how many were.
pub async fn send_due(app: &AppState) -> Result<usize, StoreError> {
    let now = app.clock.now();
    let due = app.store.read(move |connection| outbox::due(connection, BACKCHANNEL_LOGOUT, now, AT_ONCE)).await?;
    let count = due.len();
    let sending = due.into_iter().map(|one| send(app, one, now));
    for outcome in futures_util::future::join_all(sending).await {
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
    let outcome = match body(app, &delivery, now).await? {
        Some(body) => app.outbound.post_form(&delivery.url, body).await,
        // The client is gone: nobody is left to tell.
        None => Ok(()),
    };
    let id = delivery.id;
    let tries_left = u32::try_from(delivery.attempts).unwrap_or(u32::MAX) < app.config.backchannel.retries;
    match outcome {
        Ok(()) => {
            metrics::counter!("keyhouse_backchannel_logouts_total", "outcome" => "delivered").increment(1);
            app.store.write(move |connection| outbox::done(connection, id)).await
        }
        Err(error) if tries_left && !error.is_final() => {
            tracing::info!(client_id = %delivery.client_id, %error, "a back-channel logout will be tried again");
            let again = app.clock.now().plus(outbox::backoff(delivery.attempts));
            app.store.write(move |connection| outbox::retry_at(connection, id, again)).await
        }
        Err(error) => {
            metrics::counter!("keyhouse_backchannel_logouts_total", "outcome" => "given_up").increment(1);
            tracing::warn!(client_id = %delivery.client_id, %error, "a back-channel logout was given up");
            app.store.write(move |connection| outbox::done(connection, id)).await
        }
    }
}

async fn body(app: &AppState, delivery: &Delivery, now: Timestamp) -> Result<Option<String>, StoreError> {
    let payload: LogoutPayload = serde_json::from_str(&delivery.payload)
        .map_err(|error| StoreError::Fault(format!("outbox.payload: {error}")))?;
    let client_id = delivery.client_id.clone();
    let Some(client) = app.store.read(move |connection| clients::find(connection, &client_id)).await? else {
        return Ok(None);
    };
    let algorithm = Algorithm::parse(&client.id_token_signed_response_alg).unwrap_or(Algorithm::Rs256);
    let token = token(app, &payload, &client.client_id, algorithm, now)
        .map_err(|error| StoreError::Fault(error.to_string()))?;
    Ok(Some(parameters::encode([("logout_token", token.as_str())])))
}

fn token(
    app: &AppState,
    payload: &LogoutPayload,
    client_id: &str,
    algorithm: Algorithm,
    now: Timestamp,
) -> Result<String, OAuthError> {
    let keys = app.keyring.keys();
    let key = keys.signing(algorithm, now).ok_or(crate::security::signing_key::KeyFault)?;
    let claims = LogoutClaims {
        iss: &app.config.server.issuer,
        sub: &payload.sub,
        aud: client_id,
        iat: now.seconds(),
        exp: now.plus(LIFE).seconds(),
        jti: random::identifier(),
        sid: app.derived.session_id(payload.session_id, client_id),
        events: json!({"http://schemas.openid.net/event/backchannel-logout": {}}),
    };
    Ok(jws::sign(key, LOGOUT_TOKEN_TYPE, &claims)?)
}

/// Sends for ever, logouts and security events: when the bell rings, and once a second for what other nodes queued or a
/// retry made due.
pub async fn run(app: AppState) {
    loop {
        let (logouts, events) = tokio::join!(send_due(&app), security_events::send_due(&app));
        let mut is_full = false;
        for round in [logouts, events] {
            match round {
                Ok(count) => is_full |= i64::try_from(count).unwrap_or(0) >= AT_ONCE,
                Err(error) => tracing::warn!(%error, "the outbox could not be read"),
            }
        }
        // A full round: there may be more.
        if is_full {
            continue;
        }
        let _ = tokio::time::timeout(Duration::from_secs(1), app.outbox_bell.notified()).await;
    }
}
