//! Pure: a public key that a message brings along (RFC 7515 §4.1.3): read as a JWK, named by its thumbprint (RFC 7638),
//! and asked what it signed. It proves only that whoever made the message holds the private half.

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ED25519, RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256, RsaPublicKeyComponents,
    UnparsedPublicKey,
};
use serde_json::{Map, Value, json};

use super::random;

/// What such a key may sign with, as discovery prints it.
pub const ALGORITHMS: &[&str] = &["ES256", "EdDSA", "PS256", "RS256"];

/// Bytes of an RSA modulus: 2048 to 4096 bits, so that no key makes its check dear.
const MODULUS: std::ops::RangeInclusive<usize> = 256..=512;
/// Bytes of an RSA exponent at most.
const LONGEST_EXPONENT: usize = 4;
/// The members that only private and symmetric keys have (RFC 7518 §6).
const SECRET_MEMBERS: &[&str] = &["d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"];

/// A public key with its thumbprint.
#[derive(Clone, Debug)]
pub struct EmbeddedKey {
    public: Public,
    thumbprint: String,
}

#[derive(Clone, Debug)]
enum Public {
    /// An uncompressed point.
    P256(Vec<u8>),
    Ed25519(Vec<u8>),
    Rsa {
        modulus: Vec<u8>,
        exponent: Vec<u8>,
    },
}

impl EmbeddedKey {
    /// Reads a JWK. `None` for private and symmetric keys, other curves, and whatever is not in its one canonical form.
    pub fn read(jwk: &Map<String, Value>) -> Option<Self> {
        if SECRET_MEMBERS.iter().any(|name| jwk.contains_key(*name)) {
            return None;
        }
        let text = |name: &str| jwk.get(name).and_then(Value::as_str);
        let bytes = |name: &str| text(name).filter(|text| text.len() <= 1024).and_then(random::decode);
        let number = |name: &str| bytes(name).filter(|bytes| bytes.first().is_some_and(|first| *first != 0));
        let of = |name: &str, length: usize| bytes(name).filter(|bytes| bytes.len() == length);
        // The members of a thumbprint stand in the order of their names (RFC 7638 §3.2), as serde_json writes them.
        let (public, members) = match (text("kty")?, text("crv")) {
            ("EC", Some("P-256")) => {
                let (x, y) = (of("x", 32)?, of("y", 32)?);
                let members = json!({"crv": "P-256", "kty": "EC", "x": random::encode(&x), "y": random::encode(&y)});
                (Public::P256([&[4], x.as_slice(), &y].concat()), members)
            }
            ("OKP", Some("Ed25519")) => {
                let x = of("x", 32)?;
                let members = json!({"crv": "Ed25519", "kty": "OKP", "x": random::encode(&x)});
                (Public::Ed25519(x), members)
            }
            ("RSA", None) => {
                let modulus = number("n").filter(|modulus| MODULUS.contains(&modulus.len()))?;
                let exponent = number("e").filter(|exponent| exponent.len() <= LONGEST_EXPONENT)?;
                let members = json!({"e": random::encode(&exponent), "kty": "RSA", "n": random::encode(&modulus)});
                (Public::Rsa { modulus, exponent }, members)
            }
            _ => return None,
        };
        Some(Self { public, thumbprint: random::encode(random::sha256(&members.to_string())) })
    }

    /// The SHA-256 thumbprint (RFC 7638), base64url: `jkt`.
    pub fn thumbprint(&self) -> &str {
        &self.thumbprint
    }

    /// Whether `signature` is this key's over `message` by `algorithm`, one of [`ALGORITHMS`] that fits the key.
    pub fn verifies(&self, algorithm: &str, message: &[u8], signature: &[u8]) -> bool {
        match (&self.public, algorithm) {
            (Public::P256(point), "ES256") => {
                UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).verify(message, signature).is_ok()
            }
            (Public::Ed25519(key), "EdDSA") => UnparsedPublicKey::new(&ED25519, key).verify(message, signature).is_ok(),
            (Public::Rsa { modulus, exponent }, "PS256" | "RS256") => {
                let rule = if algorithm == "PS256" { &RSA_PSS_2048_8192_SHA256 } else { &RSA_PKCS1_2048_8192_SHA256 };
                RsaPublicKeyComponents { n: modulus, e: exponent }.verify(rule, message, signature).is_ok()
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_lc_rs::rand::SystemRandom;
    use aws_lc_rs::rsa::KeySize;
    use aws_lc_rs::signature::{
        ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256, RSA_PSS_SHA256,
        RsaKeyPair,
    };

    fn read(jwk: &Value) -> Option<EmbeddedKey> {
        EmbeddedKey::read(jwk.as_object().unwrap())
    }

    /// The key of RFC 7638 §3.1.
    fn rfc_key() -> Value {
        json!({
            "kty": "RSA", "e": "AQAB", "alg": "RS256", "kid": "2011-04-29",
            "n": "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCi\
                  FV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZg\
                  nYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniI\
                  qbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"
        })
    }

    #[test]
    fn the_thumbprint_is_that_of_the_rfc() {
        let key = read(&rfc_key()).unwrap();
        assert_eq!(key.thumbprint(), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
    }

    #[test]
    fn each_algorithm_verifies_its_own_and_nothing_else() {
        let message = b"message";
        let p256 = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        let point = p256.public_key().as_ref();
        let p256_jwk =
            json!({"kty": "EC", "crv": "P-256", "x": random::encode(&point[1..33]), "y": random::encode(&point[33..])});
        let es256 = p256.sign(&SystemRandom::new(), message).unwrap().as_ref().to_vec();
        let ed = Ed25519KeyPair::generate().unwrap();
        let ed_jwk = json!({"kty": "OKP", "crv": "Ed25519", "x": random::encode(ed.public_key().as_ref())});
        let rsa = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
        let public = rsa.public_key();
        let (n, e) = (public.modulus(), public.exponent());
        let rsa_jwk = json!({
            "kty": "RSA",
            "n": random::encode(n.big_endian_without_leading_zero()),
            "e": random::encode(e.big_endian_without_leading_zero()),
        });
        let mut rs256 = vec![0; rsa.public_modulus_len()];
        rsa.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut rs256).unwrap();
        let mut ps256 = rs256.clone();
        rsa.sign(&RSA_PSS_SHA256, &SystemRandom::new(), message, &mut ps256).unwrap();
        let keys = [read(&p256_jwk).unwrap(), read(&ed_jwk).unwrap(), read(&rsa_jwk).unwrap()];
        let signatures =
            [("ES256", es256), ("EdDSA", ed.sign(message).as_ref().to_vec()), ("PS256", ps256), ("RS256", rs256)];
        for (place, key) in keys.iter().enumerate() {
            for (own, signature) in &signatures {
                for named in ALGORITHMS.iter().chain(&["none", "HS256", "es256", ""]) {
                    let fits =
                        place == ["ES256", "EdDSA", "PS256", "RS256"].iter().position(|a| a == own).unwrap().min(2);
                    assert_eq!(key.verifies(named, message, signature), fits && own == named, "{place} {own} {named}");
                }
                assert!(!key.verifies(own, b"other", signature));
            }
        }
    }

    #[test]
    fn only_canonical_public_keys_are_read() {
        let with = |name: &str, value: Value| {
            let mut jwk = rfc_key();
            jwk[name] = value;
            jwk
        };
        let short = random::encode([0xff; 255]);
        let zero = random::encode([&[0], [0xff; 256].as_slice()].concat());
        for jwk in [
            with("d", json!("AQAB")),
            with("k", json!(null)),
            with("kty", json!("oct")),
            with("kty", json!(1)),
            with("crv", json!("P-256")),
            with("n", json!(short)),
            with("n", json!(zero)),
            with("n", json!("")),
            with("n", json!("A".repeat(2000))),
            with("e", json!("AAEAAQ")),
            with("e", json!("AQAB=")),
            json!({}),
            json!({"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}),
            json!({"kty": "EC", "crv": "P-384", "x": random::encode([1; 32]), "y": random::encode([1; 32])}),
            json!({"kty": "OKP", "crv": "X25519", "x": random::encode([1; 32])}),
        ] {
            assert!(read(&jwk).is_none(), "{jwk}");
        }
        // A point that is not on the curve is read, and verifies nothing.
        let off = json!({"kty": "EC", "crv": "P-256", "x": random::encode([1; 32]), "y": random::encode([1; 32])});
        assert!(!read(&off).unwrap().verifies("ES256", b"", &[0; 64]));
    }
}
