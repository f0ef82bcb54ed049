//! Pure: the proof a browser sends ("DBSC proof" of the draft): a JWS of type `dbsc+jwt` over our challenge.

use serde::Deserialize;

use crate::security::possession_jws::PossessionJws;
use crate::security::public_jwk::{self, SignatureAlgorithm};

#[derive(Deserialize)]
struct Claims {
    /// The challenge.
    jti: String,
}

/// One that was taken apart; whose it is, is asked of it.
pub(super) struct Proof<'a>(PossessionJws<'a, Claims>);

impl<'a> Proof<'a> {
    /// Reads the value of the header `Secure-Session-Response`: a String of RFC 8941, which some send bare.
    pub(super) fn read(header: &'a str) -> Option<Self> {
        let jws = PossessionJws::read(unquoted(header), "dbsc+jwt")?;
        (jws.algorithm == SignatureAlgorithm::Es256).then_some(Self(jws))
    }

    /// The challenge it answers.
    pub(super) fn challenge(&self) -> &str {
        &self.0.claims.jti
    }

    /// The key that it brings along and is signed with, as RFC 7638 §3 writes it.
    pub(super) fn own_key(&self) -> Option<String> {
        let jwk = self.0.jwk.as_ref().filter(|jwk| self.0.is_by(jwk))?;
        public_jwk::canonical(jwk)
    }

    /// Whether it is signed with this key, which is known already: one that brings a key along is for a registration.
    pub(super) fn is_by(&self, jwk: &str) -> bool {
        self.0.jwk.is_none() && serde_json::from_str(jwk).is_ok_and(|jwk| self.0.is_by(&jwk))
    }
}

/// A String of RFC 8941 §3.3.3 without its quotes and parameters. Neither a token nor an identifier of ours has any to escape.
pub(super) fn unquoted(header: &str) -> &str {
    header.strip_prefix('"').and_then(|rest| rest.split_once('"')).map_or(header, |(text, _)| text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::security::random;
    use crate::security::signing_key::SigningKey;
    use crate::store::signing_keys::Algorithm;
    use serde_json::{Value, json};

    fn key(algorithm: Algorithm) -> SigningKey {
        SigningKey::generate(algorithm).unwrap().0
    }

    fn signed(key: &SigningKey, header: &Value, claims: &Value) -> String {
        let message = format!("{}.{}", random::encode(header.to_string()), random::encode(claims.to_string()));
        format!("{message}.{}", random::encode(key.sign(message.as_bytes()).unwrap()))
    }

    #[test]
    fn a_registration_brings_its_key_and_a_refresh_does_not() {
        let (own, other) = (key(Algorithm::Es256), key(Algorithm::Es256));
        let claims = json!({"jti": "c", "authorization": "ignored"});
        let first = signed(&own, &json!({"typ": "dbsc+jwt", "alg": "ES256", "jwk": own.jwk()}), &claims);
        let next = signed(&own, &json!({"typ": "dbsc+jwt", "alg": "ES256"}), &claims);
        let stored = public_jwk::canonical(own.jwk()).unwrap();
        let (first, next) = (format!("\"{first}\""), next);
        let (first, next) = (Proof::read(&first).unwrap(), Proof::read(&next).unwrap());
        assert_eq!((first.challenge(), next.challenge()), ("c", "c"));
        assert_eq!(first.own_key().as_deref(), Some(stored.as_str()));
        assert!(!first.is_by(&stored) && next.is_by(&stored) && next.own_key().is_none());
        assert!(!next.is_by(&public_jwk::canonical(other.jwk()).unwrap()));
        let borrowed = signed(&own, &json!({"typ": "dbsc+jwt", "alg": "ES256", "jwk": other.jwk()}), &claims);
        assert!(Proof::read(&borrowed).unwrap().own_key().is_none());
    }

    #[test]
    fn what_is_no_proof_is_none() {
        let (own, rsa) = (key(Algorithm::Es256), key(Algorithm::Rs256));
        let claims = json!({"jti": "c"});
        for (header, claims) in [
            (json!({"typ": "dpop+jwt", "alg": "ES256", "jwk": own.jwk()}), claims.clone()),
            (json!({"alg": "ES256", "jwk": own.jwk()}), claims.clone()),
            (json!({"typ": "dbsc+jwt", "alg": "none", "jwk": own.jwk()}), claims.clone()),
            (json!({"typ": "dbsc+jwt", "alg": "HS256", "jwk": own.jwk()}), claims.clone()),
            (json!({"typ": "dbsc+jwt", "alg": "ES256", "jwk": own.jwk(), "crit": ["x"]}), claims.clone()),
            (json!({"typ": "dbsc+jwt", "alg": "ES256", "jwk": own.jwk()}), json!({"aud": "c"})),
        ] {
            assert!(Proof::read(&signed(&own, &header, &claims)).is_none(), "{header} {claims}");
        }
        let by_rsa = signed(&rsa, &json!({"typ": "dbsc+jwt", "alg": "RS256", "jwk": rsa.jwk()}), &claims);
        assert!(Proof::read(&by_rsa).is_none(), "only what was offered");
        for odd in ["", "\"", "\"\"", "a.b.c", "..", &"a".repeat(9000)] {
            assert!(Proof::read(odd).is_none(), "{odd}");
        }
    }
}
