//! Pure: public keys of others as JSON Web Keys (RFC 7517, RFC 7518 §6, RFC 8037): read strictly, used through aws-lc-rs.

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ED25519, RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256, RsaParameters,
    RsaPublicKeyComponents, UnparsedPublicKey, VerificationAlgorithm,
};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};
use x509_cert::der::asn1::UintRef;
use x509_cert::der::{Decode, Reader, SliceReader};
use x509_cert::spki::SubjectPublicKeyInfoOwned;

use super::{client_certificate, random};

/// Bits of an RSA modulus at least (RFC 7518 §3.3), and at most.
const RSA_BITS: std::ops::RangeInclusive<usize> = 2048..=8192;

/// Members that no public key has: private halves (RFC 7518 §6.2.2, §6.3.2) and symmetric keys (§6.4).
const PRIVATE: &[&str] = &["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/// The algorithms by which others sign for us. `none` is not one of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignatureAlgorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
    /// RSASSA-PSS with SHA-256.
    Ps256,
    /// ECDSA on P-256 with SHA-256.
    Es256,
    /// Ed25519 (RFC 8037 §3.1).
    EdDsa,
}

impl SignatureAlgorithm {
    /// Every algorithm, as discovery prints them.
    pub const ALL: &'static [Self] = &[Self::Rs256, Self::Ps256, Self::Es256, Self::EdDsa];

    /// `alg`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Ps256 => "PS256",
            Self::Es256 => "ES256",
            Self::EdDsa => "EdDSA",
        }
    }

    /// The algorithm of an `alg`, which is written in exactly one way.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|algorithm| algorithm.as_str() == text)
    }
}

/// Why a JWK is not used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JwkFault {
    /// It holds a private half or a symmetric key: whoever published it has lost it.
    #[error("a key has private or symmetric members")]
    Private,
    /// A type or curve that we do not verify with; other keys may stand beside it.
    #[error("a key is of a type or curve that is not supported")]
    Unsupported,
    /// Members that are missing or unreadable.
    #[error("a key is malformed")]
    Malformed,
    /// RSA outside of 2048 to 8192 bits.
    #[error("an RSA key has fewer than 2048 or more than 8192 bits")]
    Weak,
}

/// The key itself, as the verifier takes it.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Material {
    Rsa {
        n: Vec<u8>,
        e: Vec<u8>,
    },
    /// An uncompressed point.
    P256(Vec<u8>),
    Ed25519(Vec<u8>),
}

/// One public key that verifies signatures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicJwk {
    /// Its name, where it has one.
    pub kid: Option<String>,
    algorithm: Option<String>,
    signs: bool,
    material: Material,
    /// SHA-256 of the certificate that comes with it, the first of `x5c` (RFC 7517 §4.7).
    certificate: Option<Vec<u8>>,
}

impl PublicJwk {
    /// Reads one key.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn read(jwk: &Value) -> Result<Self, JwkFault> {
        let members = jwk.as_object().ok_or(JwkFault::Malformed)?;
        let kty = text(members, "kty")?.ok_or(JwkFault::Malformed)?;
        if kty == "oct" || PRIVATE.iter().any(|name| members.contains_key(*name)) {
            return Err(JwkFault::Private);
        }
        let material = match (kty, text(members, "crv")?) {
            ("RSA", _) => rsa(members)?,
            ("EC", Some("P-256")) => {
                let (x, y) = (coordinate(members, "x")?, coordinate(members, "y")?);
                Material::P256([[4].as_slice(), &x, &y].concat())
            }
            ("OKP", Some("Ed25519")) => Material::Ed25519(coordinate(members, "x")?),
            _ => return Err(JwkFault::Unsupported),
        };
        let for_signing = text(members, "use")?.is_none_or(|own| own == "sig");
        let verifies = match members.get("key_ops") {
            None => true,
            Some(operations) => operations
                .as_array()
                .ok_or(JwkFault::Malformed)?
                .iter()
                .any(|operation| operation.as_str() == Some("verify")),
        };
        Ok(Self {
            kid: text(members, "kid")?.map(str::to_owned),
            algorithm: text(members, "alg")?.map(str::to_owned),
            signs: for_signing && verifies,
            material,
            certificate: certificate(members),
        })
    }

    /// Whether this key may verify `algorithm`: by its type, and by its own `alg`, `use` and `key_ops` where it has them.
    pub fn fits(&self, algorithm: SignatureAlgorithm) -> bool {
        let of_its_type = match self.material {
            Material::Rsa { .. } => matches!(algorithm, SignatureAlgorithm::Rs256 | SignatureAlgorithm::Ps256),
            Material::P256(_) => algorithm == SignatureAlgorithm::Es256,
            Material::Ed25519(_) => algorithm == SignatureAlgorithm::EdDsa,
        };
        of_its_type && self.signs && self.algorithm.as_ref().is_none_or(|own| own == algorithm.as_str())
    }

    /// Whether a certificate, by its SHA-256 and its key, is one of this key: the very one that comes with the key, where
    /// one does, else any (RFC 8705 §2.2.2).
    pub fn is_of(&self, digest: &[u8], info: &SubjectPublicKeyInfoOwned) -> bool {
        self.signs
            && match &self.certificate {
                Some(own) => own == digest,
                None => Material::of(info).as_ref() == Some(&self.material),
            }
    }

    /// Whether `signature` is this key's over `message` by `algorithm`, which must fit.
    pub fn verifies(&self, algorithm: SignatureAlgorithm, message: &[u8], signature: &[u8]) -> bool {
        if !self.fits(algorithm) {
            return false;
        }
        match &self.material {
            Material::Rsa { n, e } => {
                let parameters: &RsaParameters = match algorithm {
                    SignatureAlgorithm::Ps256 => &RSA_PSS_2048_8192_SHA256,
                    _ => &RSA_PKCS1_2048_8192_SHA256,
                };
                RsaPublicKeyComponents { n, e }.verify(parameters, message, signature).is_ok()
            }
            Material::P256(point) => plain(&ECDSA_P256_SHA256_FIXED, point, message, signature),
            Material::Ed25519(key) => plain(&ED25519, key, message, signature),
        }
    }
}

impl Material {
    /// The key of a certificate, where it is of a kind that is known here (RFC 3279 §2.3, RFC 5480 §2, RFC 8410 §4).
    fn of(info: &SubjectPublicKeyInfoOwned) -> Option<Self> {
        let key = info.subject_public_key.as_bytes()?;
        let parameters = info.algorithm.parameters.as_ref();
        match info.algorithm.oid.to_string().as_str() {
            "1.2.840.113549.1.1.1" => {
                let mut reader = SliceReader::new(key).ok()?;
                let pair = reader.sequence(|inside| {
                    Ok::<_, x509_cert::der::Error>((UintRef::decode(inside)?, UintRef::decode(inside)?))
                });
                let (n, e) = pair.ok()?;
                Some(Self::Rsa { n: n.as_bytes().to_vec(), e: e.as_bytes().to_vec() })
            }
            "1.2.840.10045.2.1" => {
                let curve = parameters?.decode_as::<x509_cert::der::asn1::ObjectIdentifier>().ok()?;
                (curve.to_string() == "1.2.840.10045.3.1.7").then(|| Self::P256(key.to_vec()))
            }
            "1.3.101.112" => Some(Self::Ed25519(key.to_vec())),
            _ => None,
        }
    }
}

/// The first of `x5c`, in plain base64 (RFC 7517 §4.7). What is not written so counts as not there: the key itself does.
fn certificate(members: &Map<String, Value>) -> Option<Vec<u8>> {
    let first = members.get("x5c")?.as_array()?.first()?.as_str()?;
    STANDARD.decode(first).ok().map(|der| client_certificate::digest(&der))
}

fn plain(algorithm: &'static dyn VerificationAlgorithm, key: &[u8], message: &[u8], signature: &[u8]) -> bool {
    UnparsedPublicKey::new(algorithm, key).verify(message, signature).is_ok()
}

/// The SHA-256 thumbprint of a public key, base64url (RFC 7638 §3); `None` for what is no supported key.
pub fn thumbprint(jwk: &Value) -> Option<String> {
    Some(random::encode(random::sha256(&canonical(jwk)?)))
}

/// A public key as RFC 7638 §3 writes it before it is hashed: what it needs and nothing else, in one order.
pub fn canonical(jwk: &Value) -> Option<String> {
    PublicJwk::read(jwk).ok()?;
    let member = |name: &str| jwk.get(name).and_then(Value::as_str);
    let names: &[&str] = match member("kty")? {
        "RSA" => &["e", "kty", "n"],
        "EC" => &["crv", "kty", "x", "y"],
        _ => &["crv", "kty", "x"],
    };
    // The values are base64url and names of the registry: nothing in them needs escaping.
    let members = names.iter().map(|name| Some(format!("\"{name}\":\"{}\"", member(name)?)));
    let members = members.collect::<Option<Vec<_>>>()?.join(",");
    Some(format!("{{{members}}}"))
}

/// A member that is a text where it is there.
fn text<'a>(members: &'a Map<String, Value>, name: &str) -> Result<Option<&'a str>, JwkFault> {
    members.get(name).map(|value| value.as_str().ok_or(JwkFault::Malformed)).transpose()
}

fn bytes(members: &Map<String, Value>, name: &str) -> Result<Vec<u8>, JwkFault> {
    text(members, name)?.and_then(random::decode).ok_or(JwkFault::Malformed)
}

/// 32 bytes, neither more nor fewer (RFC 7518 §6.2.1.2).
fn coordinate(members: &Map<String, Value>, name: &str) -> Result<Vec<u8>, JwkFault> {
    bytes(members, name)?.try_into().map(|exact: [u8; 32]| exact.to_vec()).map_err(|_| JwkFault::Malformed)
}

fn rsa(members: &Map<String, Value>) -> Result<Material, JwkFault> {
    let number = |name| {
        let mut bytes = bytes(members, name)?;
        // Some write a leading zero, as ASN.1 has it.
        let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
        bytes.drain(..zeros);
        Ok(bytes)
    };
    let (n, e): (Vec<u8>, Vec<u8>) = (number("n")?, number("e")?);
    let first = n.first().ok_or(JwkFault::Malformed)?;
    let spare = usize::try_from(first.leading_zeros()).unwrap_or(0);
    if !RSA_BITS.contains(&(n.len() * 8).saturating_sub(spare)) {
        return Err(JwkFault::Weak);
    }
    if e.is_empty() || e.len() > 8 || e.last().is_none_or(|last| last % 2 == 0) || e == [1] {
        return Err(JwkFault::Malformed);
    }
    Ok(Material::Rsa { n, e })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::security::signing_key::SigningKey;
    use crate::store::signing_keys::Algorithm;
    use serde_json::json;

    fn verify_with_jwk(algorithm: SignatureAlgorithm, jwk: &Value, message: &[u8], signature: &[u8]) -> bool {
        PublicJwk::read(jwk).is_ok_and(|key| key.verifies(algorithm, message, signature))
    }

    fn without(jwk: &Value, name: &str) -> Value {
        let mut jwk = jwk.clone();
        jwk.as_object_mut().unwrap().remove(name);
        jwk
    }

    fn with(jwk: &Value, name: &str, value: impl Into<Value>) -> Value {
        let mut jwk = jwk.clone();
        jwk[name] = value.into();
        jwk
    }

    #[test]
    fn signatures_verify_under_the_right_key_and_algorithm_only() {
        let other = SigningKey::generate(Algorithm::Es256).unwrap().0;
        for (own, algorithm) in [
            (Algorithm::Rs256, SignatureAlgorithm::Rs256),
            (Algorithm::Es256, SignatureAlgorithm::Es256),
            (Algorithm::EdDsa, SignatureAlgorithm::EdDsa),
        ] {
            let key = SigningKey::generate(own).unwrap().0;
            let signature = key.sign(b"message").unwrap();
            let bare = without(key.jwk(), "alg");
            for wrong in SignatureAlgorithm::ALL {
                assert_eq!(
                    verify_with_jwk(*wrong, &bare, b"message", &signature),
                    *wrong == algorithm,
                    "{own:?} {wrong:?}"
                );
            }
            assert!(verify_with_jwk(algorithm, key.jwk(), b"message", &signature));
            assert!(!verify_with_jwk(algorithm, key.jwk(), b"massage", &signature));
            assert!(!verify_with_jwk(algorithm, key.jwk(), b"message", &vec![0; signature.len()]));
            assert!(!verify_with_jwk(algorithm, key.jwk(), b"message", b""));
            assert!(!verify_with_jwk(algorithm, other.jwk(), b"message", &signature) || own == Algorithm::Es256);
            for unfit in [
                with(key.jwk(), "alg", "PS512"),
                with(key.jwk(), "use", "enc"),
                with(key.jwk(), "key_ops", json!(["encrypt"])),
            ] {
                assert!(!verify_with_jwk(algorithm, &unfit, b"message", &signature), "{unfit}");
            }
        }
    }

    #[test]
    fn what_is_no_public_key_is_refused() {
        let rsa = SigningKey::generate(Algorithm::Rs256).unwrap().0.jwk().clone();
        let ec = SigningKey::generate(Algorithm::Es256).unwrap().0.jwk().clone();
        let short = random::encode([0xff; 128]);
        for (jwk, fault) in [
            (json!({"kty": "oct", "k": "c2VjcmV0"}), JwkFault::Private),
            (with(&ec, "d", "AA"), JwkFault::Private),
            (with(&rsa, "p", "AA"), JwkFault::Private),
            (with(&ec, "k", "AA"), JwkFault::Private),
            (with(&rsa, "n", short), JwkFault::Weak),
            (with(&rsa, "n", random::encode([0xff; 1025])), JwkFault::Weak),
            (with(&rsa, "n", ""), JwkFault::Malformed),
            (with(&rsa, "n", "+/=="), JwkFault::Malformed),
            (with(&rsa, "e", "AQ"), JwkFault::Malformed),
            (with(&rsa, "e", "AA"), JwkFault::Malformed),
            (without(&rsa, "e"), JwkFault::Malformed),
            (with(&rsa, "kid", 7), JwkFault::Malformed),
            (with(&ec, "x", "AA"), JwkFault::Malformed),
            (with(&ec, "crv", "P-521"), JwkFault::Unsupported),
            (json!({"kty": "AKP"}), JwkFault::Unsupported),
            (json!([]), JwkFault::Malformed),
            (json!({}), JwkFault::Malformed),
        ] {
            assert_eq!(PublicJwk::read(&jwk), Err(fault), "{jwk}");
        }
    }

    #[test]
    fn a_modulus_may_begin_with_a_zero() {
        let key = SigningKey::generate(Algorithm::Rs256).unwrap().0;
        let modulus = random::decode(key.jwk()["n"].as_str().unwrap()).unwrap();
        let padded = with(key.jwk(), "n", random::encode([&[0][..], &modulus].concat()));
        let signature = key.sign(b"message").unwrap();
        assert!(verify_with_jwk(SignatureAlgorithm::Rs256, &padded, b"message", &signature));
    }

    #[test]
    fn the_thumbprint_is_that_of_rfc_7638() {
        // RFC 7638 §3.1.
        let jwk = json!({
            "kty": "RSA", "alg": "RS256", "kid": "2011-04-29", "e": "AQAB",
            "n": "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"
        });
        assert_eq!(thumbprint(&jwk).as_deref(), Some("NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"));
        // RFC 8037 appendix A.3.
        let jwk = json!({"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"});
        assert_eq!(thumbprint(&jwk).as_deref(), Some("kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"));
        assert_eq!(thumbprint(&json!({"kty": "oct", "k": "AA"})), None);
    }

    #[test]
    fn a_certificate_is_of_the_key_it_was_made_for() {
        use crate::security::client_certificate::Contents;
        use rcgen::{CertificateParams, KeyPair};

        for algorithm in [Algorithm::Es256, Algorithm::EdDsa, Algorithm::Rs256] {
            let ((key, pkcs8), (_, another)) =
                (SigningKey::generate(algorithm).unwrap(), SigningKey::generate(algorithm).unwrap());
            let pair = |pkcs8: &[u8]| KeyPair::try_from(pkcs8).unwrap();
            let (own, other) = (pair(&pkcs8), pair(&another));
            let made = |name: &str, key: &KeyPair| {
                CertificateParams::new([name.to_owned()]).unwrap().self_signed(key).unwrap().der().to_vec()
            };
            let is_of = |jwk: &Value, der: &[u8]| {
                PublicJwk::read(jwk).unwrap().is_of(&client_certificate::digest(der), &Contents::read(der).unwrap().key)
            };
            let (first, second, foreign) = (made("first", &own), made("second", &own), made("first", &other));
            let jwk = key.jwk().clone();
            assert!(is_of(&jwk, &first) && is_of(&jwk, &second) && !is_of(&jwk, &foreign));
            let pinned = with(&jwk, "x5c", json!([STANDARD.encode(&first)]));
            assert!(is_of(&pinned, &first) && !is_of(&pinned, &second) && !is_of(&pinned, &foreign));
            assert!(!is_of(&with(&jwk, "use", "enc"), &first));
        }
    }
}
