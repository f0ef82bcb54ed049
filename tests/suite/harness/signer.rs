//! A client's own key, and the JWTs it signs: good ones, and whatever else a test wants to see refused.

use aws_lc_rs::hmac::{self, HMAC_SHA256};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{RSA_PSS_SHA256, RsaKeyPair};
use keyhouse::security::random;
use keyhouse::security::signing_key::SigningKey;
use keyhouse::store::clients::{AuthMethod, Client};
use keyhouse::store::details::{Json, Metadata};
use keyhouse::store::signing_keys::Algorithm;
use serde_json::{Value, json};

use super::Site;

/// One key.
pub struct Signer {
    /// `alg` of what it signs.
    pub algorithm: &'static str,
    key: SigningKey,
    pkcs8: Vec<u8>,
}

impl Signer {
    /// A new key for an algorithm.
    pub fn new(algorithm: &'static str) -> Self {
        let own = match algorithm {
            "ES256" => Algorithm::Es256,
            "EdDSA" => Algorithm::EdDsa,
            _ => Algorithm::Rs256,
        };
        let (key, pkcs8) = SigningKey::generate(own).unwrap();
        Self { algorithm, key, pkcs8 }
    }

    /// Its name.
    pub fn kid(&self) -> &str {
        self.key.kid()
    }

    /// Its public half.
    pub fn jwk(&self) -> Value {
        let mut jwk = self.key.jwk().clone();
        jwk["alg"] = self.algorithm.into();
        jwk
    }

    /// The set a client publishes.
    pub fn jwks(&self) -> Value {
        json!({"keys": [self.jwk()]})
    }

    /// The metadata of a client that has this key.
    pub fn metadata(&self) -> Metadata {
        Metadata { jwks: Some(self.jwks()), ..Metadata::default() }
    }

    /// Has a client prove itself by this key.
    pub fn proves(&self, client: &mut Client) {
        client.token_endpoint_auth_method = AuthMethod::PrivateKeyJwt;
        client.secret_digest = None;
        client.metadata = Json::of(self.metadata());
    }

    /// Signs claims.
    pub fn sign(&self, claims: &Value) -> String {
        self.sign_under(&json!({"alg": self.algorithm, "kid": self.kid()}), claims)
    }

    /// Signs claims under any header.
    pub fn sign_under(&self, header: &Value, claims: &Value) -> String {
        self.sign_text(&header.to_string(), &claims.to_string())
    }

    /// Signs any two texts.
    pub fn sign_text(&self, header: &str, claims: &str) -> String {
        let message = format!("{}.{}", random::encode(header), random::encode(claims));
        let signature = if self.algorithm == "PS256" {
            let key = RsaKeyPair::from_pkcs8(&self.pkcs8).unwrap();
            let mut signature = vec![0; key.public_modulus_len()];
            key.sign(&RSA_PSS_SHA256, &SystemRandom::new(), message.as_bytes(), &mut signature).unwrap();
            signature
        } else {
            self.key.sign(message.as_bytes()).unwrap()
        };
        format!("{message}.{}", random::encode(signature))
    }
}

/// A JWT under an HMAC.
pub fn hs256(secret: &[u8], claims: &Value) -> String {
    let message = format!("{}.{}", random::encode(r#"{"alg":"HS256"}"#), random::encode(claims.to_string()));
    let mac = hmac::sign(&hmac::Key::new(HMAC_SHA256, secret), message.as_bytes());
    format!("{message}.{}", random::encode(mac))
}

/// A JWT that nobody signed.
pub fn unsigned(claims: &Value) -> String {
    format!("{}.{}.", random::encode(r#"{"alg":"none"}"#), random::encode(claims.to_string()))
}

/// `value` with the members of `change`; those that are null go.
pub fn changed(mut value: Value, change: &Value) -> Value {
    for (name, to) in change.as_object().unwrap() {
        value[name] = to.clone();
    }
    value.as_object_mut().unwrap().retain(|_, member| !member.is_null());
    value
}

/// The claims of a good client assertion.
pub fn assertion(site: &Site, client_id: &str) -> Value {
    let now = site.now().seconds();
    json!({
        "iss": client_id, "sub": client_id, "aud": site.base, "jti": random::identifier(), "iat": now, "exp": now + 60,
    })
}

/// The form fields by which a client proves itself.
pub fn proof(assertion: &str) -> [(&str, &str); 2] {
    [
        ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
        ("client_assertion", assertion),
    ]
}
