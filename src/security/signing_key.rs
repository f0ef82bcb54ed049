//! One signing key: made, sealed, opened, and used through aws-lc-rs. openidconnect's own RSA key is never used for
//! signing (RUSTSEC-2023-0071).

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, ED25519, EcdsaKeyPair, Ed25519KeyPair, KeyPair,
    RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RSA_PSS_2048_8192_SHA256, RSA_PSS_SHA256, RsaEncoding, RsaKeyPair,
    UnparsedPublicKey, VerificationAlgorithm,
};
use openidconnect::core::{CoreJsonWebKey, CoreJwsSigningAlgorithm};
use openidconnect::{PrivateSigningKey, SigningError};
use serde_json::json;

use super::known_tokens::KnownTokens;
use super::random;
use crate::store::signing_keys::Algorithm;

/// Why a key could not be made, read or used. Says nothing of the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a signing key could not be made, read or used")]
pub struct KeyFault;

/// A private key with its public half.
pub struct SigningKey {
    kid: String,
    algorithm: Algorithm,
    private: Private,
    public: Vec<u8>,
    jwk: serde_json::Value,
    core_jwk: CoreJsonWebKey,
    known: KnownTokens,
}

enum Private {
    Rsa(RsaKeyPair),
    P256(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

impl SigningKey {
    /// Makes a key; gives its PKCS #8 too, which the caller seals.
    pub fn generate(algorithm: Algorithm) -> Result<(Self, Vec<u8>), KeyFault> {
        let pkcs8 = match algorithm {
            Algorithm::Rs256 | Algorithm::Ps256 => {
                let key = RsaKeyPair::generate(KeySize::Rsa2048).map_err(|_| KeyFault)?;
                let der: Pkcs8V1Der<'_> = key.as_der().map_err(|_| KeyFault)?;
                der.as_ref().to_vec()
            }
            Algorithm::Es256 => EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new())
                .map_err(|_| KeyFault)?
                .as_ref()
                .to_vec(),
            Algorithm::EdDsa => {
                Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).map_err(|_| KeyFault)?.as_ref().to_vec()
            }
        };
        Ok((Self::open(random::identifier(), algorithm, &pkcs8)?, pkcs8))
    }

    /// Reads a key from PKCS #8.
    pub fn open(kid: String, algorithm: Algorithm, pkcs8: &[u8]) -> Result<Self, KeyFault> {
        let private = match algorithm {
            Algorithm::Rs256 | Algorithm::Ps256 => Private::Rsa(RsaKeyPair::from_pkcs8(pkcs8).map_err(|_| KeyFault)?),
            Algorithm::Es256 => {
                Private::P256(EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8).map_err(|_| KeyFault)?)
            }
            Algorithm::EdDsa => Private::Ed25519(Ed25519KeyPair::from_pkcs8(pkcs8).map_err(|_| KeyFault)?),
        };
        let (public, jwk) = public_half(&private, &kid, algorithm).ok_or(KeyFault)?;
        let core_jwk = serde_json::from_value(jwk.clone()).map_err(|_| KeyFault)?;
        Ok(Self { kid, algorithm, private, public, jwk, core_jwk, known: KnownTokens::default() })
    }

    /// Its name in JOSE headers.
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// What it signs with.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The public half as a JWK: public members, `kid`, `use` and `alg` (RFC 7517 §4).
    pub fn jwk(&self) -> &serde_json::Value {
        &self.jwk
    }

    /// Signs `message` as RFC 7518 §3 and RFC 8037 have it.
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyFault> {
        match &self.private {
            Private::Rsa(key) => {
                let mut signature = vec![0; key.public_modulus_len()];
                let padding: &'static dyn RsaEncoding =
                    if self.algorithm == Algorithm::Ps256 { &RSA_PSS_SHA256 } else { &RSA_PKCS1_SHA256 };
                key.sign(padding, &SystemRandom::new(), message, &mut signature).map_err(|_| KeyFault)?;
                Ok(signature)
            }
            Private::P256(key) => Ok(key.sign(&SystemRandom::new(), message).map_err(|_| KeyFault)?.as_ref().to_vec()),
            Private::Ed25519(key) => Ok(key.try_sign(message).map_err(|_| KeyFault)?.as_ref().to_vec()),
        }
    }

    /// Whether the compact JWS `token`, which is `message.signature`, is this key's. One it has made or checked before is
    /// known again.
    pub(super) fn verifies_token(&self, token: &str, message: &str, signature: &str) -> bool {
        if self.known.has(token) {
            return true;
        }
        let verified = random::decode(signature).is_some_and(|signature| self.verifies(message.as_bytes(), &signature));
        if verified {
            self.known.add(token);
        }
        verified
    }

    /// Remembers a token that this key has just signed.
    pub(super) fn made(&self, token: &str) {
        self.known.add(token);
    }

    /// Whether `signature` is this key's over `message`.
    fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        let algorithm: &'static dyn VerificationAlgorithm = match self.algorithm {
            Algorithm::Rs256 => &RSA_PKCS1_2048_8192_SHA256,
            Algorithm::Es256 => &ECDSA_P256_SHA256_FIXED,
            Algorithm::EdDsa => &ED25519,
            Algorithm::Ps256 => &RSA_PSS_2048_8192_SHA256,
        };
        UnparsedPublicKey::new(algorithm, &self.public).verify(message, signature).is_ok()
    }
}

/// The public key as the verifier takes it, and as a JWK.
fn public_half(private: &Private, kid: &str, algorithm: Algorithm) -> Option<(Vec<u8>, serde_json::Value)> {
    let mut jwk = match private {
        Private::Rsa(key) => {
            let public = key.public_key();
            let modulus = random::encode(public.modulus().big_endian_without_leading_zero());
            let exponent = random::encode(public.exponent().big_endian_without_leading_zero());
            json!({"kty": "RSA", "n": modulus, "e": exponent})
        }
        Private::P256(key) => {
            // An uncompressed point: 0x04, x, y.
            let point = key.public_key().as_ref();
            json!({
                "kty": "EC", "crv": "P-256",
                "x": random::encode(point.get(1..33)?), "y": random::encode(point.get(33..65)?),
            })
        }
        Private::Ed25519(key) => {
            json!({"kty": "OKP", "crv": "Ed25519", "x": random::encode(key.public_key().as_ref())})
        }
    };
    let members = jwk.as_object_mut()?;
    members.insert("kid".to_owned(), kid.into());
    members.insert("use".to_owned(), "sig".into());
    members.insert("alg".to_owned(), algorithm.as_str().into());
    let public = match private {
        Private::Rsa(key) => key.public_key().as_ref().to_vec(),
        Private::P256(key) => key.public_key().as_ref().to_vec(),
        Private::Ed25519(key) => key.public_key().as_ref().to_vec(),
    };
    Some((public, jwk))
}

impl PrivateSigningKey for SigningKey {
    type VerificationKey = CoreJsonWebKey;

    fn sign(&self, _algorithm: &CoreJwsSigningAlgorithm, message: &[u8]) -> Result<Vec<u8>, SigningError> {
        self.sign(message).map_err(|_| SigningError::CryptoError)
    }

    fn as_verification_key(&self) -> CoreJsonWebKey {
        self.core_jwk.clone()
    }
}
