//! Checks a sample of what the server signs against its JWKS, with the same care a relying party takes: the
//! algorithm comes from the key and from what was asked for, never from the token's own header alone.

use std::collections::HashMap;

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ED25519, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents, UnparsedPublicKey,
};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use crate::{Outcome, fault};

enum Key {
    Rs256 { n: Vec<u8>, e: Vec<u8> },
    Es256(Vec<u8>),
    EdDsa(Vec<u8>),
}

/// The server's public keys by `kid`.
pub struct Keys(HashMap<String, Key>);

impl Keys {
    pub fn parse(jwks: &str) -> Outcome<Self> {
        let jwks: Value = serde_json::from_str(jwks)?;
        let listed = jwks.get("keys").and_then(Value::as_array);
        let mut keys = HashMap::new();
        for jwk in listed.into_iter().flatten() {
            let kid = member(jwk, "kid")?.to_owned();
            let key = match member(jwk, "kty")? {
                "RSA" => Key::Rs256 { n: bytes(jwk, "n")?, e: bytes(jwk, "e")? },
                "EC" => {
                    // An uncompressed point: 4, x, y.
                    let mut point = vec![4];
                    point.extend(bytes(jwk, "x")?);
                    point.extend(bytes(jwk, "y")?);
                    Key::Es256(point)
                }
                "OKP" => Key::EdDsa(bytes(jwk, "x")?),
                other => return fault(format!("the JWKS has a key of kind {other}")),
            };
            if keys.insert(kid, key).is_some() {
                return fault("the JWKS has two keys with one kid");
            }
        }
        Ok(Self(keys))
    }

    /// Verifies a compact JWS that must be signed by `algorithm`, and returns its claims.
    pub fn verify(&self, token: &str, algorithm: &str) -> Outcome<Value> {
        let (signed, signature) = token.rsplit_once('.').ok_or("not a compact JWS")?;
        let (header, payload) = signed.split_once('.').ok_or("not a compact JWS")?;
        let header: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(header)?)?;
        if member(&header, "alg")? != algorithm {
            return fault(format!("signed by {} instead of {algorithm}", member(&header, "alg")?));
        }
        let signature = URL_SAFE_NO_PAD.decode(signature)?;
        let kid = member(&header, "kid")?;
        let checked = match (self.0.get(kid), algorithm) {
            (Some(Key::Rs256 { n, e }), "RS256") => {
                RsaPublicKeyComponents { n, e }.verify(&RSA_PKCS1_2048_8192_SHA256, signed.as_bytes(), &signature)
            }
            (Some(Key::Es256(point)), "ES256") => {
                UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).verify(signed.as_bytes(), &signature)
            }
            (Some(Key::EdDsa(point)), "EdDSA") => {
                UnparsedPublicKey::new(&ED25519, point).verify(signed.as_bytes(), &signature)
            }
            (Some(_), _) => return fault(format!("key {kid} is not for {algorithm}")),
            (None, _) => return fault(format!("key {kid} is not in the JWKS")),
        };
        if checked.is_err() {
            return fault("a signature does not verify");
        }
        Ok(serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload)?)?)
    }
}

/// A text member of a JSON object.
pub fn member<'a>(object: &'a Value, name: &str) -> Outcome<&'a str> {
    match object.get(name).and_then(Value::as_str) {
        Some(text) => Ok(text),
        None => fault(format!("{name} is missing in an answer")),
    }
}

fn bytes(jwk: &Value, name: &str) -> Outcome<Vec<u8>> {
    Ok(URL_SAFE_NO_PAD.decode(member(jwk, name)?)?)
}

/// A text member found without parsing the whole answer, which would cost the client more than the request. The
/// values looked up this way (tokens) never hold an escape.
pub fn quick_member<'a>(json: &'a str, name: &str) -> Outcome<&'a str> {
    let found = json.split_once(&format!("\"{name}\":\"")).and_then(|(_, rest)| rest.split_once('"'));
    match found {
        Some((value, _)) => Ok(value),
        None => fault(format!("{name} is missing in an answer")),
    }
}
