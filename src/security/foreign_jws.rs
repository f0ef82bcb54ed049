//! Pure: compact JWS (RFC 7515 §3.1) that somebody else signed, and the JWK Sets (RFC 7517 §5) they are checked against.

use aws_lc_rs::hmac::{self, HMAC_SHA256};
use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
use serde_json::{Map, Value};

use super::public_jwk::{JwkFault, PublicJwk, SignatureAlgorithm};
use super::random;

/// A longer token is refused before it is decoded.
pub const MOST_BYTES: usize = 8 * 1024;
/// Keys of one set at most.
const MOST_KEYS: usize = 50;
/// HMAC with SHA-256, of `client_secret_jwt`.
pub const HS256: &str = "HS256";

/// Why a token was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JwsFault {
    /// It is no compact JWS with JSON members, is too long, or has a critical extension.
    #[error("it is not a compact JWS")]
    Malformed,
    /// Its `alg` is not one that counts here.
    #[error("its alg is not allowed")]
    Algorithm,
    /// There is no key for it.
    #[error("no registered key fits")]
    NoKey,
    /// The key does not verify it.
    #[error("its signature is wrong")]
    Signature,
}

/// A JSON object whose names are unique (RFC 7515 §4, RFC 7519 §4).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Members(Map<String, Value>);

impl Members {
    /// A member.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// A member that is a text.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.get(name).and_then(Value::as_str)
    }

    /// A member that is a `NumericDate` (RFC 7519 §2), in whole seconds.
    pub fn seconds(&self, name: &str) -> Option<i64> {
        let number = self.get(name)?.as_number()?;
        // Fractions are allowed, and dropped.
        number.as_i64().or_else(|| number.to_string().split('.').next()?.parse().ok())
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// All of them, for whoever takes them over.
    pub fn into_map(self) -> Map<String, Value> {
        self.0
    }

    fn read(part: &str) -> Option<Self> {
        serde_json::from_slice(&random::decode(part)?).ok()
    }
}

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Unique;

        impl<'de> Visitor<'de> for Unique {
            type Value = Members;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("a JSON object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Members, A::Error> {
                let mut members = Map::new();
                while let Some((name, value)) = access.next_entry::<String, Value>()? {
                    if members.insert(name, value).is_some() {
                        return Err(A::Error::custom("a member stands twice"));
                    }
                }
                Ok(Members(members))
            }
        }

        deserializer.deserialize_map(Unique)
    }
}

/// A token taken apart. Nothing it says is true before it is verified. Whoever has it may use it: no `Debug`.
pub struct Unverified<'a> {
    /// `alg` of its header, as written.
    pub algorithm: String,
    /// `typ` of its header.
    pub typ: Option<String>,
    kid: Option<String>,
    message: &'a str,
    signature: Vec<u8>,
    claims: Members,
}

impl<'a> Unverified<'a> {
    /// Takes a token apart. `jwk`, `jku`, `x5c` and their kin in its header are ignored: keys come from registration.
    ///
    /// # Errors
    /// [`JwsFault::Malformed`]; an extension marked critical is one that we do not understand (RFC 7515 §4.1.11).
    pub fn read(token: &'a str) -> Result<Self, JwsFault> {
        Self::parts(token).ok_or(JwsFault::Malformed)
    }

    fn parts(token: &'a str) -> Option<Self> {
        if token.len() > MOST_BYTES {
            return None;
        }
        let (message, signature) = token.rsplit_once('.')?;
        let (header, claims) = message.split_once('.')?;
        let header = Members::read(header)?;
        let optional = |name| match header.get(name) {
            None => Some(None),
            Some(value) => value.as_str().map(|text| Some(text.to_owned())),
        };
        if header.get("crit").is_some() {
            return None;
        }
        Some(Self {
            algorithm: header.text("alg")?.to_owned(),
            typ: optional("typ")?,
            kid: optional("kid")?,
            message,
            signature: random::decode(signature)?,
            claims: Members::read(claims)?,
        })
    }

    /// What it claims, unverified: only for finding out whose keys are to be asked.
    pub fn unverified(&self) -> &Members {
        &self.claims
    }

    /// Its claims, once one of `keys` verifies it: the one its `kid` names, else the only one that fits. `registered`
    /// is the algorithm it must have, where one is registered.
    ///
    /// # Errors
    /// Why it is not believed; [`JwsFault::NoKey`] may pass once the keys are fetched again.
    pub fn verified_by(&self, keys: &KeySet, registered: Option<&str>) -> Result<&Members, JwsFault> {
        let algorithm = SignatureAlgorithm::parse(&self.algorithm).ok_or(JwsFault::Algorithm)?;
        if registered.is_some_and(|registered| registered != self.algorithm) {
            return Err(JwsFault::Algorithm);
        }
        let key = keys.choose(self.kid.as_deref(), algorithm).ok_or(JwsFault::NoKey)?;
        if key.verifies(algorithm, self.message.as_bytes(), &self.signature) {
            Ok(&self.claims)
        } else {
            Err(JwsFault::Signature)
        }
    }

    /// Its claims, once its HS256 is one under `secret`.
    ///
    /// # Errors
    /// Why it is not believed.
    pub fn verified_by_secret(&self, secret: &[u8]) -> Result<&Members, JwsFault> {
        if self.algorithm != HS256 {
            return Err(JwsFault::Algorithm);
        }
        let key = hmac::Key::new(HMAC_SHA256, secret);
        let verified = hmac::verify(&key, self.message.as_bytes(), &self.signature);
        verified.map(|()| &self.claims).map_err(|_| JwsFault::Signature)
    }
}

/// The keys of somebody else.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeySet(Vec<PublicJwk>);

impl KeySet {
    /// Reads a JWK Set. Keys that are of no use for verifying are left out (RFC 7517 §5).
    ///
    /// # Errors
    /// Where a key is private or symmetric, malformed or weak, where there are more than 50, or it is no set.
    pub fn read(set: &Value) -> Result<Self, JwkFault> {
        let all = set.get("keys").and_then(Value::as_array).ok_or(JwkFault::Malformed)?;
        if all.len() > MOST_KEYS {
            return Err(JwkFault::Malformed);
        }
        let mut keys = Vec::new();
        for key in all {
            match PublicJwk::read(key) {
                Ok(key) => keys.push(key),
                Err(JwkFault::Unsupported) => {}
                Err(fault) => return Err(fault),
            }
        }
        Ok(Self(keys))
    }

    /// Whether any key verifies `algorithm`.
    pub fn has(&self, algorithm: SignatureAlgorithm) -> bool {
        self.0.iter().any(|key| key.fits(algorithm))
    }

    /// Whether any key is as wanted.
    pub fn any(&self, is_wanted: impl Fn(&PublicJwk) -> bool) -> bool {
        self.0.iter().any(is_wanted)
    }

    /// Whether no key verifies anything.
    pub fn is_useless(&self) -> bool {
        !SignatureAlgorithm::ALL.iter().any(|algorithm| self.has(*algorithm))
    }

    /// Whether two keys have one name though the same algorithm fits both: of a token that names it nobody could tell which of them
    /// is meant (RFC 7517 §4.5).
    pub fn has_namesakes(&self) -> bool {
        let both = |one: &PublicJwk, other: &PublicJwk| {
            SignatureAlgorithm::ALL.iter().any(|algorithm| one.fits(*algorithm) && other.fits(*algorithm))
        };
        let namesakes = |one: &PublicJwk, other: &PublicJwk| {
            one.kid.is_some() && one.kid == other.kid && one != other && both(one, other)
        };
        self.0.iter().enumerate().any(|(place, one)| self.0.iter().skip(place + 1).any(|other| namesakes(one, other)))
    }

    fn choose(&self, kid: Option<&str>, algorithm: SignatureAlgorithm) -> Option<&PublicJwk> {
        let mut fitting = self.0.iter().filter(|key| key.fits(algorithm));
        if let Some(kid) = kid {
            return fitting.find(|key| key.kid.as_deref() == Some(kid));
        }
        fitting.next().filter(|_| fitting.next().is_none())
    }
}

/// Whether a `typ` is `wanted`: media types compare without case, and with or without `application/` (RFC 7515 §4.1.9).
pub fn is_type(typ: &str, wanted: &str) -> bool {
    let typ = typ.to_ascii_lowercase();
    typ.strip_prefix("application/").unwrap_or(&typ) == wanted
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::security::signing_key::SigningKey;
    use crate::store::signing_keys::Algorithm;
    use serde_json::json;

    fn key(algorithm: Algorithm) -> SigningKey {
        SigningKey::generate(algorithm).unwrap().0
    }

    fn token(key: &SigningKey, header: &str, claims: &str) -> String {
        let message = format!("{}.{}", random::encode(header), random::encode(claims));
        let signature = random::encode(key.sign(message.as_bytes()).unwrap());
        format!("{message}.{signature}")
    }

    fn verified(token: &str, keys: &Value, registered: Option<&str>) -> Result<Members, JwsFault> {
        let keys = KeySet::read(keys).unwrap();
        Unverified::read(token)?.verified_by(&keys, registered).cloned()
    }

    #[test]
    fn the_key_is_chosen_by_name_or_is_the_only_one() {
        let (first, second, rsa) = (key(Algorithm::Es256), key(Algorithm::Es256), key(Algorithm::Rs256));
        let header = |kid: &str| format!(r#"{{"alg":"ES256","kid":"{kid}"}}"#);
        let both = json!({"keys": [first.jwk(), second.jwk(), rsa.jwk(), {"kty": "new"}]});
        let one = json!({"keys": [rsa.jwk(), second.jwk()]});
        let named = token(&second, &header(second.kid()), r#"{"a":1}"#);
        assert_eq!(verified(&named, &both, None).unwrap().seconds("a"), Some(1));
        assert_eq!(verified(&named, &both, Some("ES256")).unwrap().seconds("a"), Some(1));
        assert_eq!(verified(&named, &both, Some("RS256")), Err(JwsFault::Algorithm));
        let unnamed = token(&second, r#"{"alg":"ES256"}"#, "{}");
        assert_eq!(verified(&unnamed, &both, None), Err(JwsFault::NoKey), "which of the two?");
        assert!(verified(&unnamed, &one, None).is_ok());
        let unknown = token(&second, &header("../../etc/passwd"), "{}");
        assert_eq!(verified(&unknown, &both, None), Err(JwsFault::NoKey));
        let borrowed = token(&second, &header(first.kid()), "{}");
        assert_eq!(verified(&borrowed, &both, None), Err(JwsFault::Signature));
    }

    #[test]
    fn what_is_unsigned_or_odd_is_refused() {
        let own = key(Algorithm::Es256);
        let keys = json!({"keys": [own.jwk()]});
        let plain = r#"{"alg":"ES256"}"#;
        for algorithm in ["none", "NONE", "nOnE", "HS256", "ES384", "es256", ""] {
            let forged = token(&own, &format!(r#"{{"alg":"{algorithm}"}}"#), "{}");
            assert_eq!(verified(&forged, &keys, None), Err(JwsFault::Algorithm), "{algorithm}");
        }
        for (header, claims) in [
            (r#"{"alg":"ES256","crit":["b64"],"b64":false}"#, "{}"),
            (r#"{"alg":"ES256","crit":null}"#, "{}"),
            (r#"{"alg":"none","alg":"ES256"}"#, "{}"),
            (r#"{"alg":7}"#, "{}"),
            (r#"{"alg":"ES256","kid":7}"#, "{}"),
            ("{}", "{}"),
            ("[]", "{}"),
            (plain, r#"{"sub":"a","sub":"b"}"#),
            (plain, "[]"),
            (plain, "text"),
        ] {
            assert_eq!(
                verified(&token(&own, header, claims), &keys, None),
                Err(JwsFault::Malformed),
                "{header} {claims}"
            );
        }
        let good = token(&own, plain, "{}");
        let (message, _) = good.rsplit_once('.').unwrap();
        let zeros = format!("{message}.{}", random::encode([0; 64]));
        assert_eq!(verified(&zeros, &keys, None), Err(JwsFault::Signature));
        assert_eq!(verified(&format!("{message}."), &keys, None), Err(JwsFault::Signature));
        for odd in ["", ".", "..", "a.b", "e30.e30", &format!("{good}."), &format!("{good}="), &format!(" {good}")] {
            assert_eq!(verified(odd, &keys, None), Err(JwsFault::Malformed), "{odd}");
        }
        let long = token(&own, plain, &format!(r#"{{"a":"{}"}}"#, "a".repeat(MOST_BYTES)));
        assert_eq!(verified(&long, &keys, None), Err(JwsFault::Malformed));
    }

    #[test]
    fn a_public_key_is_no_secret() {
        let own = key(Algorithm::Rs256);
        let message = format!("{}.{}", random::encode(r#"{"alg":"HS256"}"#), random::encode("{}"));
        let mac = |secret: &[u8]| random::encode(hmac::sign(&hmac::Key::new(HMAC_SHA256, secret), message.as_bytes()));
        let modulus = own.jwk()["n"].as_str().unwrap();
        let confused = format!("{message}.{}", mac(modulus.as_bytes()));
        assert_eq!(verified(&confused, &json!({"keys": [own.jwk()]}), None), Err(JwsFault::Algorithm));
        let right = format!("{message}.{}", mac(b"secret"));
        assert!(Unverified::read(&right).unwrap().verified_by_secret(b"secret").is_ok());
        assert_eq!(Unverified::read(&right).unwrap().verified_by_secret(b"other"), Err(JwsFault::Signature));
        let signed = token(&own, r#"{"alg":"RS256"}"#, "{}");
        assert_eq!(Unverified::read(&signed).unwrap().verified_by_secret(b"secret"), Err(JwsFault::Algorithm));
    }

    #[test]
    fn a_set_with_what_nobody_should_publish_is_refused_whole() {
        let own = key(Algorithm::EdDsa);
        for (keys, fault) in [
            (json!([own.jwk(), {"kty": "oct", "k": "AA"}]), JwkFault::Private),
            (json!([own.jwk(), {"kty": "RSA", "n": "AQAB", "e": "AQAB"}]), JwkFault::Weak),
            (json!(vec![own.jwk(); 51]), JwkFault::Malformed),
            (json!({}), JwkFault::Malformed),
        ] {
            assert_eq!(KeySet::read(&json!({"keys": keys})), Err(fault));
        }
        assert_eq!(KeySet::read(&json!([])), Err(JwkFault::Malformed));
        assert!(KeySet::read(&json!({"keys": [{"kty": "new"}]})).unwrap().is_useless());
        assert!(!KeySet::read(&json!({"keys": [own.jwk()]})).unwrap().is_useless());
    }

    #[test]
    fn types_and_dates_are_read_as_the_rfcs_have_them() {
        assert!(is_type("application/OAuth-authz-req+JWT", "oauth-authz-req+jwt") && is_type("jwt", "jwt"));
        assert!(!is_type("at+jwt", "jwt"));
        let members: Members = serde_json::from_str(r#"{"a":1.75,"b":"1","c":-3,"d":1e999999}"#).unwrap_or_default();
        assert_eq!(members, Members::default(), "a number that is none");
        let members: Members = serde_json::from_str(r#"{"a":1.75,"b":"1","c":-3}"#).unwrap();
        assert_eq!((members.seconds("a"), members.seconds("b"), members.seconds("c")), (Some(1), None, Some(-3)));
    }
}
