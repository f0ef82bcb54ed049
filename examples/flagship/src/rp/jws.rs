//! pure
//! Signatures of JWTs that are not ID tokens: logout tokens and, in cloud, access tokens (RFC 7515, RFC 8725).
//!
//! The caller says which `typ` and which one algorithm it takes. The header decides nothing but which of the
//! issuer's own keys to try: `jwk`, `jku`, `x5c` and `x5u` are not even read.

use std::fmt;

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents, UnparsedPublicKey,
};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde::de::IgnoredAny;

/// No token of ours comes near it.
const LONGEST: usize = 16 * 1024;

/// A signature algorithm (RFC 7518, section 3.1). There is no `none` and no HMAC here to be talked into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
    /// ECDSA on P-256 with SHA-256.
    Es256,
}

impl Algorithm {
    fn name(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Es256 => "ES256",
        }
    }
}

/// What a token has to be.
#[derive(Clone, Copy, Debug)]
pub struct Expected {
    /// Its `typ`, without `application/`.
    pub typ: &'static str,
    /// Its `alg`.
    pub algorithm: Algorithm,
}

/// Why a token is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JwsError {
    /// Not a compact JWS with a JSON header.
    Malformed,
    /// A JWT for another purpose.
    WrongType,
    /// Signed in a way that is not accepted here.
    WrongAlgorithm,
    /// Demands an extension that is not known here (RFC 7515, section 4.1.11).
    Critical,
    /// Names a key that is not among the issuer's: looking the keys up again may help.
    UnknownKey,
    /// The signature is not of that key.
    BadSignature,
}

impl fmt::Display for JwsError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Malformed => "the token is not a compact JWS",
            Self::WrongType => "the token is of another type",
            Self::WrongAlgorithm => "the token's algorithm is not accepted",
            Self::Critical => "the token demands an unknown extension",
            Self::UnknownKey => "the token's key is unknown",
            Self::BadSignature => "the token's signature is wrong",
        })
    }
}

/// The issuer's public keys.
#[derive(Clone, Debug, Default)]
pub struct Keys(Vec<Key>);

#[derive(Clone, Debug)]
struct Key {
    kid: Option<String>,
    material: Material,
}

#[derive(Clone, Debug)]
enum Material {
    Rsa {
        n: Vec<u8>,
        e: Vec<u8>,
    },
    /// The uncompressed point.
    P256(Vec<u8>),
}

#[derive(Deserialize)]
struct Jwk {
    kty: String,
    kid: Option<String>,
    #[serde(rename = "use")]
    usage: Option<String>,
    alg: Option<String>,
    crv: Option<String>,
    n: Option<String>,
    e: Option<String>,
    x: Option<String>,
    y: Option<String>,
}

#[derive(Deserialize)]
struct Jwks {
    keys: Vec<serde_json::Value>,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    typ: Option<String>,
    kid: Option<String>,
    #[serde(default)]
    crit: Option<IgnoredAny>,
}

impl Keys {
    /// Reads a JWK set (RFC 7517, section 5). Keys of other kinds and uses are passed over, as it asks.
    ///
    /// # Errors
    /// When it is not a JWK set at all.
    pub fn parse(json: &[u8]) -> Result<Self, serde_json::Error> {
        let set: Jwks = serde_json::from_slice(json)?;
        let keys = set.keys.into_iter().filter_map(|key| serde_json::from_value::<Jwk>(key).ok()?.into_key());
        Ok(Self(keys.collect()))
    }

    /// The one key to check with: by `kid`, or, without a `kid`, the only one there is for the algorithm.
    fn find(&self, kid: Option<&str>, algorithm: Algorithm) -> Option<&Key> {
        let mut fitting =
            self.0.iter().filter(|key| key.algorithm() == algorithm && (kid.is_none() || key.kid.as_deref() == kid));
        let first = fitting.next()?;
        fitting.next().is_none().then_some(first)
    }
}

impl Jwk {
    fn into_key(self) -> Option<Key> {
        let bytes = |member: &Option<String>| URL_SAFE_NO_PAD.decode(member.as_deref()?).ok();
        let material = match self.kty.as_str() {
            "RSA" => Material::Rsa { n: bytes(&self.n)?, e: bytes(&self.e)? },
            "EC" if self.crv.as_deref() == Some("P-256") => {
                let (x, y) = (bytes(&self.x)?, bytes(&self.y)?);
                (x.len() == 32 && y.len() == 32).then_some(())?;
                Material::P256([vec![4], x, y].concat())
            }
            _ => return None,
        };
        let key = Key { kid: self.kid, material };
        let for_signatures = self.usage.is_none_or(|usage| usage == "sig");
        let right_algorithm = self.alg.is_none_or(|alg| alg == key.algorithm().name());
        (for_signatures && right_algorithm).then_some(key)
    }
}

impl Key {
    /// A key has one algorithm (RFC 8725, section 3.1): an RSA key never checks anything but RS256.
    fn algorithm(&self) -> Algorithm {
        match self.material {
            Material::Rsa { .. } => Algorithm::Rs256,
            Material::P256(_) => Algorithm::Es256,
        }
    }

    fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), JwsError> {
        match &self.material {
            Material::Rsa { n, e } => {
                RsaPublicKeyComponents { n, e }.verify(&RSA_PKCS1_2048_8192_SHA256, message, signature)
            }
            Material::P256(point) => UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).verify(message, signature),
        }
        .map_err(|_| JwsError::BadSignature)
    }
}

/// Checks the form, the type, the algorithm and the signature, and only then hands out the payload.
///
/// # Errors
/// [`JwsError`].
pub fn verify(token: &str, keys: &Keys, expected: Expected) -> Result<Vec<u8>, JwsError> {
    if token.len() > LONGEST {
        return Err(JwsError::Malformed);
    }
    let (message, signature) = token.rsplit_once('.').ok_or(JwsError::Malformed)?;
    let (header, payload) = message.split_once('.').ok_or(JwsError::Malformed)?;
    let decode = |part: &str| URL_SAFE_NO_PAD.decode(part).map_err(|_| JwsError::Malformed);
    let (payload, signature) = (decode(payload)?, decode(signature)?);
    let header: Header = serde_json::from_slice(&decode(header)?).map_err(|_| JwsError::Malformed)?;
    if header.crit.is_some() {
        return Err(JwsError::Critical);
    }
    if !is_type(header.typ.as_deref(), expected.typ) {
        return Err(JwsError::WrongType);
    }
    if header.alg != expected.algorithm.name() {
        return Err(JwsError::WrongAlgorithm);
    }
    let key = keys.find(header.kid.as_deref(), expected.algorithm).ok_or(JwsError::UnknownKey)?;
    key.verify(message.as_bytes(), &signature)?;
    Ok(payload)
}

/// Media types compare without case, and `application/` may be left out (RFC 7515, section 4.1.9).
fn is_type(typ: Option<&str>, expected: &str) -> bool {
    typ.is_some_and(|typ| {
        let typ = typ.to_ascii_lowercase();
        typ.strip_prefix("application/").unwrap_or(&typ) == expected
    })
}
