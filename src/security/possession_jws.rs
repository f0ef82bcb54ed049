//! Pure: a compact JWS (RFC 7515 §3.1) by which somebody proves that they have a key: a DPoP proof (RFC 9449 §4.2), a proof of a
//! browser's bound session. The key stands in its header (`jwk`), or is known already.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::public_jwk::{PublicJwk, SignatureAlgorithm};
use super::random;

/// A longer one is refused before it is decoded.
const MOST_BYTES: usize = 8 * 1024;

/// One that was taken apart. Nothing it says is true before it is verified.
pub struct PossessionJws<'a, C> {
    /// How it is signed.
    pub algorithm: SignatureAlgorithm,
    /// The key it brings along.
    pub jwk: Option<Value>,
    /// What it says.
    pub claims: C,
    message: &'a str,
    signature: Vec<u8>,
}

#[derive(Deserialize)]
struct Header {
    typ: String,
    alg: String,
    #[serde(default)]
    jwk: Option<Value>,
    #[serde(default)]
    crit: Option<Value>,
}

impl<'a, C: DeserializeOwned> PossessionJws<'a, C> {
    /// Takes one apart; `None` for what is none of this `typ`, and for critical extensions (RFC 7515 §4.1.11).
    pub fn read(text: &'a str, typ: &str) -> Option<Self> {
        if text.len() > MOST_BYTES {
            return None;
        }
        let (message, signature) = text.rsplit_once('.')?;
        let (header, claims) = message.split_once('.')?;
        let header: Header = serde_json::from_slice(&random::decode(header)?).ok()?;
        if !header.typ.eq_ignore_ascii_case(typ) || header.crit.is_some() {
            return None;
        }
        Some(Self {
            algorithm: SignatureAlgorithm::parse(&header.alg)?,
            jwk: header.jwk,
            claims: serde_json::from_slice(&random::decode(claims)?).ok()?,
            message,
            signature: random::decode(signature)?,
        })
    }

    /// Whether this key signed it.
    pub fn is_by(&self, jwk: &Value) -> bool {
        let key = PublicJwk::read(jwk);
        key.is_ok_and(|key| key.verifies(self.algorithm, self.message.as_bytes(), &self.signature))
    }
}
