//! pure
//! Which access tokens to take: JWTs of the issuer for this resource, checked offline (RFC 9068, section 4).

use std::fmt;

use chrono::{DateTime, Utc};
use serde::Deserialize;

use crate::rp::claims::{ClaimsError, RegisteredClaims};
use crate::rp::jws::{self, Algorithm, Expected, JwsError, Keys};

/// ID tokens and logout tokens of the same issuer have other types: none of them opens this API.
const EXPECTED: Expected = Expected { typ: "at+jwt", algorithm: Algorithm::Es256 };

/// An access token that counts.
#[derive(Debug, PartialEq, Eq)]
pub struct AccessToken {
    /// Whose files.
    pub subject: String,
    /// The app that asks.
    pub client_id: String,
    /// How the person signed in for it, as a class of the issuer's (RFC 9068, section 2.2.1).
    pub acr: Option<String>,
    scopes: Vec<String>,
}

impl AccessToken {
    /// Whether the person allowed this.
    pub fn allows(&self, scope: &str) -> bool {
        self.scopes.iter().any(|granted| granted == scope)
    }
}

/// Why an access token is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccessTokenError {
    /// Its form or signature.
    Jws(JwsError),
    /// Its issuer, audience, time or another claim.
    Claims(ClaimsError),
}

impl fmt::Display for AccessTokenError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Jws(error) => error.fmt(formatter),
            Self::Claims(error) => error.fmt(formatter),
        }
    }
}

#[derive(Deserialize)]
struct Claims {
    #[serde(flatten)]
    registered: RegisteredClaims,
    sub: String,
    client_id: String,
    #[serde(default)]
    scope: String,
    acr: Option<String>,
}

/// Verifies an access token of `issuer` for `resource`, at the time `now`.
///
/// # Errors
/// [`AccessTokenError`]; with [`JwsError::UnknownKey`] newer keys may help.
pub fn verify(
    token: &str,
    keys: &Keys,
    issuer: &str,
    resource: &str,
    now: DateTime<Utc>,
) -> Result<AccessToken, AccessTokenError> {
    let payload = jws::verify(token, keys, EXPECTED).map_err(AccessTokenError::Jws)?;
    let claims: Claims =
        serde_json::from_slice(&payload).map_err(|_| AccessTokenError::Claims(ClaimsError::Malformed))?;
    claims.registered.check(issuer, resource, now).map_err(AccessTokenError::Claims)?;
    if claims.sub.is_empty() || claims.client_id.is_empty() {
        return Err(AccessTokenError::Claims(ClaimsError::Malformed));
    }
    let scopes = claims.scope.split(' ').filter(|scope| !scope.is_empty()).map(str::to_owned).collect();
    Ok(AccessToken { subject: claims.sub, client_id: claims.client_id, acr: claims.acr, scopes })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::testing::{Signer, tampered};

    const ISSUER: &str = "http://localhost:8080";
    const RESOURCE: &str = "http://127.0.0.1:8081/api";
    const NOW: i64 = 1_800_000_000;

    fn claims() -> Value {
        json!({
            "iss": ISSUER, "aud": RESOURCE, "sub": "mina", "client_id": "notes", "iat": NOW, "exp": NOW + 300, "jti": "one",
            "scope": "openid cloud.files.read",
        })
    }

    fn with(member: &str, value: Value) -> Value {
        let mut claims = claims();
        claims[member] = value;
        claims
    }

    fn check(token: &str) -> Result<AccessToken, AccessTokenError> {
        verify(token, &Signer::first().keys(), ISSUER, RESOURCE, DateTime::from_timestamp(NOW, 0).unwrap())
    }

    #[test]
    fn good_ones() {
        let signer = Signer::first();
        let token = check(&signer.es256("at+jwt", &claims())).unwrap();
        assert_eq!((token.subject.as_str(), token.client_id.as_str()), ("mina", "notes"));
        assert!(token.allows("cloud.files.read") && !token.allows("cloud.files") && !token.allows(""));
        check(&signer.es256("application/at+jwt", &with("aud", json!(["http://other", RESOURCE])))).unwrap();
        assert!(!check(&signer.es256("at+jwt", &with("scope", json!("")))).unwrap().allows("cloud.files.read"));
    }

    #[test]
    fn wrong_claims() {
        use ClaimsError::{Expired, Malformed, NotYet, WrongAudience, WrongIssuer};
        for (member, value, error) in [
            ("iss", json!("http://evil.example"), WrongIssuer),
            ("aud", json!("http://127.0.0.1:8083/api"), WrongAudience),
            ("aud", json!([]), WrongAudience),
            ("aud", json!("http://127.0.0.1:8081/api/"), WrongAudience),
            ("aud", Value::Null, Malformed),
            ("exp", json!(NOW), Expired),
            ("iat", json!(NOW + 61), NotYet),
            ("sub", json!(""), Malformed),
            ("sub", Value::Null, Malformed),
            ("client_id", Value::Null, Malformed),
            ("jti", Value::Null, Malformed),
        ] {
            let token = Signer::first().es256("at+jwt", &with(member, value.clone()));
            assert_eq!(check(&token), Err(AccessTokenError::Claims(error)), "{member}: {value}");
        }
    }

    #[test]
    fn wrong_signatures() {
        let (signer, stranger) = (Signer::first(), Signer::second());
        let good = signer.es256("at+jwt", &claims());
        let header = |alg: &str, kid: &str| json!({ "alg": alg, "typ": "at+jwt", "kid": kid });
        let (ec, rsa) = (signer.ec_kid(), signer.rsa_kid());
        // A stranger brings their key along in every way that JOSE knows; none is read.
        let mut brought = header("ES256", "ec-2");
        brought["jwk"] = stranger.jwks()["keys"][1].clone();
        brought["jku"] = json!("https://evil.example/jwks");
        brought["x5u"] = json!("https://evil.example/cert");
        let cases = [
            ("an ID token", signer.es256("JWT", &claims()), JwsError::WrongType),
            ("a logout token", signer.es256("logout+jwt", &claims()), JwsError::WrongType),
            ("none", signer.sign(&header("none", &ec), &claims()), JwsError::WrongAlgorithm),
            ("HS256 with the public key", signer.sign(&header("HS256", &rsa), &claims()), JwsError::WrongAlgorithm),
            ("RS256, by the ID token key", signer.sign(&header("RS256", &rsa), &claims()), JwsError::WrongAlgorithm),
            ("ES256 under the RSA key's name", signer.sign(&header("ES256", &rsa), &claims()), JwsError::UnknownKey),
            ("an unknown key", stranger.es256("at+jwt", &claims()), JwsError::UnknownKey),
            ("a key brought along", stranger.sign(&brought, &claims()), JwsError::UnknownKey),
            (
                "a stranger under our key's name",
                stranger.sign(&header("ES256", &ec), &claims()),
                JwsError::BadSignature,
            ),
            ("tampered", tampered(&good), JwsError::BadSignature),
            ("opaque", "opaque".to_owned(), JwsError::Malformed),
            ("a part too many", format!("{good}.x"), JwsError::Malformed),
        ];
        for (case, token, error) in cases {
            assert_eq!(check(&token), Err(AccessTokenError::Jws(error)), "{case}");
        }
    }
}
