//! The public keys of a client: registered with it, or fetched from where it publishes them; and the published keys of
//! others whose JWTs count here.

use std::sync::Arc;

use super::fapi;
use crate::app::AppState;
use crate::security::foreign_jws::{JwsFault, KeySet, Members, Unverified};
use crate::security::public_jwk::PublicJwk;
use crate::store::clients::Client;

/// Whether the client has registered keys, or where they are.
pub fn has_keys(client: &Client) -> bool {
    client.metadata.get().is_some_and(|metadata| metadata.jwks.is_some() || metadata.jwks_uri.is_some())
}

/// The claims of a token that one of the client's keys verifies. `registered`: the algorithm it must have.
///
/// # Errors
/// Why it is not believed. Keys that cannot be fetched are [`JwsFault::NoKey`].
pub async fn verified(
    app: &AppState,
    client: &Client,
    token: &Unverified<'_>,
    registered: Option<&str>,
) -> Result<Members, JwsFault> {
    let metadata = client.metadata.get().ok_or(JwsFault::NoKey)?;
    if !fapi::may_sign(client, &token.algorithm) {
        return Err(JwsFault::Algorithm);
    }
    if let Some(jwks) = &metadata.jwks {
        let keys = KeySet::read(jwks).map_err(|_| JwsFault::NoKey)?;
        return token.verified_by(&keys, registered).cloned();
    }
    let uri = metadata.jwks_uri.as_deref().ok_or(JwsFault::NoKey)?;
    published(app, uri, token, registered).await
}

/// The claims of a token that one of the keys published at `uri` verifies.
///
/// # Errors
/// As [`verified`].
pub async fn published(
    app: &AppState,
    uri: &str,
    token: &Unverified<'_>,
    registered: Option<&str>,
) -> Result<Members, JwsFault> {
    let keys = fetched(app, uri, None).await.ok_or(JwsFault::NoKey)?;
    match token.verified_by(&keys, registered) {
        // There may be a new key since.
        Err(JwsFault::NoKey) => {
            let newer = fetched(app, uri, Some(&keys)).await.ok_or(JwsFault::NoKey)?;
            token.verified_by(&newer, registered).cloned()
        }
        told => told.cloned(),
    }
}

/// Whether any of the client's keys is as wanted; published ones are fetched anew before it is said that none is.
pub async fn any(app: &AppState, client: &Client, is_wanted: impl Fn(&PublicJwk) -> bool) -> bool {
    let Some(metadata) = client.metadata.get() else { return false };
    if let Some(jwks) = &metadata.jwks {
        return KeySet::read(jwks).is_ok_and(|keys| keys.any(is_wanted));
    }
    let Some(uri) = metadata.jwks_uri.as_deref() else { return false };
    let Some(keys) = fetched(app, uri, None).await else { return false };
    if keys.any(&is_wanted) {
        return true;
    }
    fetched(app, uri, Some(&keys)).await.is_some_and(|newer| newer.any(is_wanted))
}

async fn fetched(app: &AppState, uri: &str, known: Option<&Arc<KeySet>>) -> Option<Arc<KeySet>> {
    let fetch = async || {
        let set = app.outbound.get_json(uri).await.map_err(|error| error.to_string());
        match set.and_then(|set| KeySet::read(&set).map_err(|fault| fault.to_string())) {
            Ok(keys) => Some(keys),
            Err(problem) => {
                tracing::info!(uri, problem, "published keys could not be had");
                None
            }
        }
    };
    app.client_keys.get(uri, known, app.clock.now(), fetch).await
}
