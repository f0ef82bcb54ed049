//! Pure: a DPoP proof (RFC 9449 §4.2), checked as §4.3 says, but for what needs a memory: that it comes once.

use serde::Deserialize;
use url::Url;

use crate::clock::Timestamp;
use crate::oauth::error::{ErrorCode, OAuthError};
use crate::security::possession_jws::PossessionJws;
use crate::security::public_jwk::{SignatureAlgorithm, thumbprint};
use crate::security::random;

/// The `typ` of a proof.
const PROOF_TYPE: &str = "dpop+jwt";
/// Characters of `jti` at most.
const LONGEST_JTI: usize = 512;
/// Seconds that `iat` may lie before or behind our clock.
pub const WINDOW_SECONDS: u64 = 60;

/// What a proof must be for.
#[derive(Clone, Copy, Debug)]
pub struct Purpose<'a> {
    /// `htm`: the method of the request.
    pub method: &'a str,
    /// `htu`: the address of the endpoint, of the issuer and not of the request.
    pub url: &'a str,
    /// The access token that comes with it; none at the token endpoint.
    pub access_token: Option<&'a str>,
    /// The server's nonces that are good now; none where none is asked for.
    pub nonces: Option<&'a [String]>,
    /// Now.
    pub now: Timestamp,
}

/// A good proof.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// The thumbprint of its key.
    pub jkt: String,
    /// What it is signed with.
    pub algorithm: SignatureAlgorithm,
    /// Its own name.
    pub jti: String,
    /// When it was made, in seconds since the epoch.
    pub issued_at: i64,
}

#[derive(Deserialize)]
struct Claims {
    jti: String,
    htm: String,
    htu: String,
    iat: i64,
    #[serde(default)]
    ath: Option<String>,
    #[serde(default)]
    nonce: Option<String>,
}

fn invalid(description: &'static str) -> OAuthError {
    OAuthError::new(ErrorCode::InvalidDpopProof, description)
}

/// Checks a proof.
///
/// # Errors
/// `invalid_dpop_proof`, or `use_dpop_nonce` where nothing is wrong but the nonce (RFC 9449 §8).
pub fn check(text: &str, purpose: &Purpose<'_>) -> Result<Proof, OAuthError> {
    let (jkt, algorithm, claims) =
        read(text).ok_or_else(|| invalid("the DPoP proof is malformed or its signature wrong"))?;
    if claims.htm != purpose.method {
        return Err(invalid("htm of the DPoP proof is not the method of the request"));
    }
    if !is_same_address(&claims.htu, purpose.url) {
        return Err(invalid("htu of the DPoP proof is not the address of this endpoint"));
    }
    if claims.jti.is_empty() || claims.jti.len() > LONGEST_JTI {
        return Err(invalid("jti of the DPoP proof has 1 to 512 characters"));
    }
    if let Some(token) = purpose.access_token {
        let expected = random::encode(random::sha256(token));
        if !claims.ath.is_some_and(|ath| random::equal(ath.as_bytes(), expected.as_bytes())) {
            return Err(invalid("ath of the DPoP proof is not the digest of the access token"));
        }
    }
    if let Some(nonces) = purpose.nonces {
        let is_ours = |nonce: &String| nonces.iter().any(|own| random::equal(own.as_bytes(), nonce.as_bytes()));
        if !claims.nonce.as_ref().is_some_and(is_ours) {
            return Err(OAuthError::new(ErrorCode::UseDpopNonce, "the DPoP proof needs the nonce of this answer"));
        }
    }
    if purpose.now.seconds().abs_diff(claims.iat) > WINDOW_SECONDS {
        return Err(invalid("iat of the DPoP proof is too far from the time of this server"));
    }
    Ok(Proof { jkt, algorithm, jti: claims.jti, issued_at: claims.iat })
}

/// The thumbprint of the key that a proof brings along and is signed with, how it is signed, and its claims.
fn read(text: &str) -> Option<(String, SignatureAlgorithm, Claims)> {
    let proof = PossessionJws::read(text, PROOF_TYPE)?;
    let jwk = proof.jwk.as_ref().filter(|jwk| proof.is_by(jwk))?;
    Some((thumbprint(jwk)?, proof.algorithm, proof.claims))
}

/// Compares without query and fragment, both normalised (RFC 9449 §4.3, RFC 3986 §6.2.2, §6.2.3).
fn is_same_address(sent: &str, own: &str) -> bool {
    let bare = |text: &str| {
        let mut url = Url::parse(text).ok()?;
        url.set_query(None);
        url.set_fragment(None);
        Some(url)
    };
    bare(sent).is_some_and(|sent| bare(own) == Some(sent))
}

/// Whether a text may be a `jkt`: 43 characters of base64url (RFC 9449 §10).
pub fn is_thumbprint(text: &str) -> bool {
    text.len() == 43 && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::security::signing_key::SigningKey;
    use crate::store::signing_keys::Algorithm;
    use serde_json::{Value, json};

    const URL: &str = "https://account.example/oauth/token";
    const NOW: i64 = 1_800_000_000;

    fn purpose() -> Purpose<'static> {
        Purpose { method: "POST", url: URL, access_token: None, nonces: None, now: Timestamp::from_seconds(NOW) }
    }

    fn merged(base: Value, changes: &Value) -> Value {
        let mut merged = base;
        for (name, value) in changes.as_object().unwrap() {
            merged[name] = value.clone();
        }
        merged
    }

    fn proof(key: &SigningKey, header: &Value, claims: &Value) -> String {
        let header = merged(json!({"typ": "dpop+jwt", "alg": key.algorithm().as_str(), "jwk": key.jwk()}), header);
        let claims = merged(json!({"jti": "a", "htm": "POST", "htu": URL, "iat": NOW}), claims);
        let message = format!("{}.{}", random::encode(header.to_string()), random::encode(claims.to_string()));
        let signature = random::encode(key.sign(message.as_bytes()).unwrap());
        format!("{message}.{signature}")
    }

    fn key() -> SigningKey {
        SigningKey::generate(Algorithm::Es256).unwrap().0
    }

    fn code(text: &str, purpose: &Purpose<'_>) -> Option<ErrorCode> {
        check(text, purpose).err().map(|error| error.code)
    }

    #[test]
    fn good_proofs_name_their_key() {
        for algorithm in Algorithm::ALL {
            let key = SigningKey::generate(*algorithm).unwrap().0;
            let good = check(&proof(&key, &json!({}), &json!({})), &purpose()).unwrap();
            let own = thumbprint(key.jwk()).unwrap();
            assert_eq!((good.jkt.as_str(), good.jti.as_str()), (own.as_str(), "a"));
        }
    }

    #[test]
    fn claims_that_come_near_enough_are_good() {
        let key = key();
        for claims in [
            json!({"htu": "HTTPS://Account.Example:443/oauth/token?x=1#f"}),
            json!({"htu": "https://account.example/oauth/./token"}),
            json!({"iat": NOW - 60}),
            json!({"iat": NOW + 60}),
            json!({"ath": "unasked", "nonce": "unasked", "more": [1]}),
        ] {
            assert_eq!(code(&proof(&key, &json!({}), &claims), &purpose()), None, "{claims}");
        }
    }

    #[test]
    fn each_fault_is_found() {
        let (key, other) = (key(), key());
        for (header, claims) in [
            (json!({"typ": "jwt"}), json!({})),
            (json!({"typ": null}), json!({})),
            (json!({"alg": "none"}), json!({})),
            (json!({"alg": "HS256"}), json!({})),
            (json!({"alg": "RS256"}), json!({})),
            (json!({"crit": ["exp"]}), json!({})),
            (json!({"jwk": other.jwk()}), json!({})),
            (json!({"jwk": merged(key.jwk().clone(), &json!({"d": "AA"}))}), json!({})),
            (json!({"jwk": null}), json!({})),
            (json!({}), json!({"htm": "GET"})),
            (json!({}), json!({"htm": "post"})),
            (json!({}), json!({"htm": null})),
            (json!({}), json!({"htu": "https://account.example/oauth/userinfo"})),
            (json!({}), json!({"htu": "http://account.example/oauth/token"})),
            (json!({}), json!({"htu": "https://account.example/oauth/token/"})),
            (json!({}), json!({"htu": "https://account.example.evil.example/oauth/token"})),
            (json!({}), json!({"htu": "https://u@account.example/oauth/token"})),
            (json!({}), json!({"htu": "/oauth/token"})),
            (json!({}), json!({"htu": null})),
            (json!({}), json!({"jti": ""})),
            (json!({}), json!({"jti": "x".repeat(513)})),
            (json!({}), json!({"jti": null})),
            (json!({}), json!({"iat": NOW - 61})),
            (json!({}), json!({"iat": NOW + 61})),
            (json!({}), json!({"iat": i64::MIN})),
            (json!({}), json!({"iat": "now"})),
        ] {
            let text = proof(&key, &header, &claims);
            assert_eq!(code(&text, &purpose()), Some(ErrorCode::InvalidDpopProof), "{header} {claims}");
        }
        let good = proof(&key, &json!({}), &json!({}));
        let unsigned = format!("{}.", good.rsplit_once('.').unwrap().0);
        for text in ["", "a.b", "a.b.c", "....", unsigned.as_str(), &"a".repeat(9000), &format!("{good}.{good}")] {
            assert_eq!(code(text, &purpose()), Some(ErrorCode::InvalidDpopProof), "{text}");
        }
    }

    #[test]
    fn a_token_needs_its_digest_and_a_nonce_must_be_ours() {
        let key = key();
        let with_token = Purpose { access_token: Some("token"), ..purpose() };
        let ath = random::encode(random::sha256("token"));
        let wrong = random::encode(random::sha256("other"));
        assert_eq!(code(&proof(&key, &json!({}), &json!({"ath": ath})), &with_token), None);
        for claims in [json!({}), json!({"ath": wrong}), json!({"ath": "token"})] {
            let text = proof(&key, &json!({}), &claims);
            assert_eq!(code(&text, &with_token), Some(ErrorCode::InvalidDpopProof), "{claims}");
        }
        let nonces = ["new".to_owned(), "old".to_owned()];
        let with_nonce = Purpose { nonces: Some(&nonces), ..purpose() };
        for (claims, refused) in [
            (json!({"nonce": "new"}), None),
            (json!({"nonce": "old"}), None),
            (json!({"nonce": "older"}), Some(ErrorCode::UseDpopNonce)),
            (json!({}), Some(ErrorCode::UseDpopNonce)),
            // With a good nonce the clock still counts, and a proof for elsewhere is not told a nonce.
            (json!({"nonce": "new", "iat": NOW - 61}), Some(ErrorCode::InvalidDpopProof)),
            (json!({"htm": "GET"}), Some(ErrorCode::InvalidDpopProof)),
        ] {
            assert_eq!(code(&proof(&key, &json!({}), &claims), &with_nonce), refused, "{claims}");
        }
    }

    #[test]
    fn what_a_thumbprint_looks_like() {
        assert!(is_thumbprint("NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"));
        for bad in ["", "short", "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9X=", &"a".repeat(44)] {
            assert!(!is_thumbprint(bad), "{bad}");
        }
    }
}
