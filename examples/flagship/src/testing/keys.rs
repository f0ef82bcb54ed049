//! An issuer's keys, and JWTs in every shape, good and bad.

use std::sync::{Arc, LazyLock};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair};
use aws_lc_rs::{digest, hmac};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::rp::jws::Keys;

/// Two keys under one name, which is also the end of their identifiers.
pub struct Signer {
    name: &'static str,
    rsa: RsaKeyPair,
    ec: EcdsaKeyPair,
}

static FIRST: LazyLock<Arc<Signer>> = LazyLock::new(|| Arc::new(Signer::new("1")));
static SECOND: LazyLock<Arc<Signer>> = LazyLock::new(|| Arc::new(Signer::new("2")));

pub fn b64(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

impl Signer {
    fn new(name: &'static str) -> Self {
        Self {
            name,
            rsa: RsaKeyPair::generate(KeySize::Rsa2048).unwrap(),
            ec: EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap(),
        }
    }

    pub fn first() -> Arc<Self> {
        FIRST.clone()
    }

    pub fn second() -> Arc<Self> {
        SECOND.clone()
    }

    pub fn rsa_kid(&self) -> String {
        format!("rsa-{}", self.name)
    }

    pub fn ec_kid(&self) -> String {
        format!("ec-{}", self.name)
    }

    pub fn modulus(&self) -> Vec<u8> {
        self.rsa.public_key().modulus().big_endian_without_leading_zero().to_vec()
    }

    pub fn jwks(&self) -> Value {
        let exponent = self.rsa.public_key().exponent().big_endian_without_leading_zero().to_vec();
        let point = self.ec.public_key().as_ref();
        json!({ "keys": [
            { "kty": "RSA", "use": "sig", "alg": "RS256", "kid": self.rsa_kid(), "n": b64(self.modulus()), "e": b64(exponent) },
            { "kty": "EC", "use": "sig", "alg": "ES256", "kid": self.ec_kid(), "crv": "P-256",
              "x": b64(&point[1..33]), "y": b64(&point[33..]) },
            { "kty": "unheard-of", "kid": "future" },
        ] })
    }

    pub fn keys(&self) -> Keys {
        Keys::parse(&serde_json::to_vec(&self.jwks()).unwrap()).unwrap()
    }

    /// A JWT with this header, signed as the header's `alg` says.
    pub fn sign(&self, header: &Value, claims: &Value) -> String {
        let message = format!("{}.{}", b64(header.to_string()), b64(claims.to_string()));
        let signature = match header["alg"].as_str().unwrap() {
            "RS256" => {
                let mut signature = vec![0; self.rsa.public_modulus_len()];
                self.rsa.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message.as_bytes(), &mut signature).unwrap();
                signature
            }
            "ES256" => self.ec.sign(&SystemRandom::new(), message.as_bytes()).unwrap().as_ref().to_vec(),
            // The old confusion: the public key as the secret of an HMAC.
            "HS256" => {
                let key = hmac::Key::new(hmac::HMAC_SHA256, &self.modulus());
                hmac::sign(&key, message.as_bytes()).as_ref().to_vec()
            }
            _ => Vec::new(),
        };
        format!("{message}.{}", b64(signature))
    }

    pub fn rs256(&self, typ: &str, claims: &Value) -> String {
        self.sign(&json!({ "alg": "RS256", "typ": typ, "kid": self.rsa_kid() }), claims)
    }

    pub fn es256(&self, typ: &str, claims: &Value) -> String {
        self.sign(&json!({ "alg": "ES256", "typ": typ, "kid": self.ec_kid() }), claims)
    }
}

/// The left half of a SHA-256, for `at_hash`.
pub fn half_hash(token: &str) -> String {
    b64(&digest::digest(&digest::SHA256, token.as_bytes()).as_ref()[..16])
}

/// A token with one bit of its payload changed.
pub fn tampered(token: &str) -> String {
    let parts: Vec<&str> = token.split('.').collect();
    let mut payload = URL_SAFE_NO_PAD.decode(parts[1]).unwrap();
    let at = payload.iter().position(u8::is_ascii_lowercase).unwrap();
    payload[at] ^= 1;
    format!("{}.{}.{}", parts[0], b64(payload), parts[2])
}
