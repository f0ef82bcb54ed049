//! Compact JWS (RFC 7515 §3.1) for the tokens that are ours alone to make and to read: access tokens, logout tokens,
//! ID token hints. Every kind has its `typ`, so that none passes for another (RFC 8725 §3.11).

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::keyring::Keys;
use super::random;
use super::signing_key::{KeyFault, SigningKey};

/// A longer token is refused before it is decoded.
const MOST_BYTES: usize = 8 * 1024;

/// Signs `claims` under a header of `alg`, `kid` and `typ`.
pub fn sign<C: Serialize>(key: &SigningKey, typ: &str, claims: &C) -> Result<String, KeyFault> {
    let header = SignedHeader { alg: key.algorithm().as_str(), kid: key.kid(), typ };
    let header = serde_json::to_vec(&header).map_err(|_| KeyFault)?;
    let claims = serde_json::to_vec(claims).map_err(|_| KeyFault)?;
    let mut token = random::encode(header);
    token.push('.');
    token.push_str(&random::encode(claims));
    let signature = key.sign(token.as_bytes())?;
    token.push('.');
    token.push_str(&random::encode(signature));
    key.made(&token);
    Ok(token)
}

#[derive(Serialize)]
struct SignedHeader<'a> {
    alg: &'a str,
    kid: &'a str,
    typ: &'a str,
}

#[derive(serde::Deserialize)]
struct Header {
    alg: String,
    kid: String,
    #[serde(default)]
    typ: Option<String>,
    #[serde(default)]
    crit: Option<serde_json::Value>,
}

/// The claims of a token that one of our published keys signed, with exactly this `typ` (`None`: no `typ`, or `JWT`).
/// Says nothing about `exp` or `aud`: those are the caller's. `None` for anything else, malformed or not.
pub fn verify<C: DeserializeOwned>(keys: &Keys, typ: Option<&str>, token: &str) -> Option<C> {
    if token.len() > MOST_BYTES {
        return None;
    }
    let (message, signature) = token.rsplit_once('.')?;
    let (header, claims) = message.split_once('.')?;
    let header: Header = serde_json::from_slice(&random::decode(header)?).ok()?;
    let typ_is_right = match typ {
        Some(typ) => header.typ.as_deref().is_some_and(|own| is_type(own, typ)),
        None => header.typ.as_deref().is_none_or(|own| is_type(own, "JWT")),
    };
    // We send no critical extensions, so there is none that could be understood (RFC 7515 §4.1.11).
    if !typ_is_right || header.crit.is_some() {
        return None;
    }
    // The algorithm is the key's, never the header's choice.
    let key = keys.published(&header.kid).filter(|key| key.algorithm().as_str() == header.alg)?;
    if !key.verifies_token(token, message, signature) {
        return None;
    }
    serde_json::from_slice(&random::decode(claims)?).ok()
}

/// Media types compare without case and with or without `application/` (RFC 7515 §4.1.9).
fn is_type(own: &str, wanted: &str) -> bool {
    let bare = own
        .get(..12)
        .filter(|prefix| prefix.eq_ignore_ascii_case("application/"))
        .map_or(own, |_| own.get(12..).unwrap_or(own));
    bare.eq_ignore_ascii_case(wanted)
}
