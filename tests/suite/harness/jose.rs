//! JSON Web Tokens as a client sees them: verified against the published key set, by a library that is not the server's.

use keyhouse::security::random;
use openidconnect::JsonWebKey as _;
use openidconnect::core::{CoreJsonWebKeySet, CoreJwsSigningAlgorithm};
use serde_json::Value;

use super::Site;
use super::browser::Browser;

/// A token that was verified.
#[derive(Debug)]
pub struct Verified {
    /// Its header.
    pub header: Value,
    /// Its claims.
    pub claims: Value,
}

/// Reads a part of a token.
pub fn part(token: &str, place: usize) -> Value {
    let part = token.split('.').nth(place).unwrap();
    serde_json::from_slice(&random::decode(part).unwrap()).unwrap()
}

/// The published key set.
pub async fn jwks(site: &Site) -> Value {
    Browser::new(site).get("/oauth/jwks").await.json()
}

/// The names of the published keys.
pub async fn published(site: &Site) -> Vec<String> {
    let keys = jwks(site).await;
    keys["keys"].as_array().unwrap().iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
}

/// Verifies a token against the published key of its `kid`; panics where there is none or it does not fit.
pub async fn verified(site: &Site, token: &str) -> Verified {
    let header = part(token, 0);
    let keys: CoreJsonWebKeySet = serde_json::from_value(jwks(site).await).unwrap();
    let kid = header["kid"].as_str().unwrap();
    let key = keys.keys().iter().find(|key| key.key_id().is_some_and(|own| own.as_str() == kid));
    let algorithm: CoreJwsSigningAlgorithm = serde_json::from_value(header["alg"].clone()).unwrap();
    let (message, signature) = token.rsplit_once('.').unwrap();
    let signature = random::decode(signature).unwrap();
    let key = key.unwrap_or_else(|| panic!("{kid} is not published"));
    key.verify_signature(&algorithm, message.as_bytes(), &signature).unwrap();
    Verified { header, claims: part(token, 1) }
}
