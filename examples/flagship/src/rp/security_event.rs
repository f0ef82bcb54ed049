//! pure
//! Which security event tokens to believe (RFC 8417, section 2.2; RFC 8935): the one that says that an account is gone
//! (OpenID RISC Profile 1.0, section 2.1).

use std::fmt;

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::rp::claims::{Audience, ClaimsError, SKEW_SECONDS};
use crate::rp::jws::{self, Algorithm, Expected, JwsError, Keys};

/// The one event that is carried out here.
const EVENT: &str = "https://schemas.openid.net/secevent/risc/event-type/account-purged";

/// Signed as the client's ID tokens are. The type keeps every other JWT of the issuer out.
const EXPECTED: Expected = Expected { typ: "secevent+jwt", algorithm: Algorithm::Rs256 };

/// What a believable token says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Purged {
    /// The token's own name.
    pub jti: String,
    /// Whose account is gone: their `sub` here.
    pub subject: String,
}

/// Why a token is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventError {
    /// Its form or signature.
    Jws(JwsError),
    /// Its issuer, audience or time.
    Claims(ClaimsError),
    /// It says nothing that is carried out here.
    NoEvent,
    /// It is about nobody that this app could know.
    NoSubject,
}

impl EventError {
    /// The error code of the answer (RFC 8935, section 2.4).
    pub fn code(self) -> &'static str {
        match self {
            Self::Jws(JwsError::UnknownKey | JwsError::BadSignature | JwsError::WrongAlgorithm) => "invalid_key",
            Self::Claims(ClaimsError::WrongIssuer) => "invalid_issuer",
            Self::Claims(ClaimsError::WrongAudience) => "invalid_audience",
            Self::Jws(_) | Self::Claims(_) | Self::NoEvent | Self::NoSubject => "invalid_request",
        }
    }
}

impl fmt::Display for EventError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Jws(error) => error.fmt(formatter),
            Self::Claims(error) => error.fmt(formatter),
            Self::NoEvent => formatter.write_str("the token has no event that is known here"),
            Self::NoSubject => formatter.write_str("the token has no sub_id of this issuer"),
        }
    }
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    aud: Audience,
    iat: i64,
    jti: String,
    sub_id: Option<SubjectIdentifier>,
    #[serde(default)]
    events: Map<String, Value>,
}

/// RFC 9493, section 3.2.2. Other formats name people in ways that this app does not know them by.
#[derive(Deserialize)]
struct SubjectIdentifier {
    format: String,
    iss: Option<String>,
    sub: Option<String>,
}

/// Verifies a token of `issuer` for the client `client_id`, at the time `now`. It has no end (`exp`): an account that is gone
/// stays so, and the same token comes again until it is confirmed.
///
/// # Errors
/// [`EventError`]; with [`JwsError::UnknownKey`] newer keys may help.
pub fn verify(
    token: &str,
    keys: &Keys,
    issuer: &str,
    client_id: &str,
    now: DateTime<Utc>,
) -> Result<Purged, EventError> {
    let payload = jws::verify(token, keys, EXPECTED).map_err(EventError::Jws)?;
    let claims: Claims = serde_json::from_slice(&payload).map_err(|_| EventError::Claims(ClaimsError::Malformed))?;
    check(&claims, issuer, client_id, now).map_err(EventError::Claims)?;
    if !claims.events.get(EVENT).is_some_and(Value::is_object) {
        return Err(EventError::NoEvent);
    }
    let of_issuer = claims.sub_id.filter(|id| id.format == "iss_sub" && id.iss.as_deref() == Some(issuer));
    let subject = of_issuer.and_then(|id| id.sub).filter(|sub| !sub.is_empty()).ok_or(EventError::NoSubject)?;
    Ok(Purged { jti: claims.jti, subject })
}

fn check(claims: &Claims, issuer: &str, client_id: &str, now: DateTime<Utc>) -> Result<(), ClaimsError> {
    if claims.iss != issuer {
        Err(ClaimsError::WrongIssuer)
    } else if !claims.aud.contains(client_id) {
        Err(ClaimsError::WrongAudience)
    } else if claims.iat > now.timestamp().saturating_add(SKEW_SECONDS) {
        Err(ClaimsError::NotYet)
    } else if claims.jti.is_empty() {
        Err(ClaimsError::Malformed)
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::testing::{Signer, tampered};

    const ISSUER: &str = "http://localhost:8080";
    const CLIENT: &str = "notes";
    const NOW: i64 = 1_800_000_000;

    fn claims() -> Value {
        json!({
            "iss": ISSUER, "aud": CLIENT, "iat": NOW, "jti": "one",
            "sub_id": { "format": "iss_sub", "iss": ISSUER, "sub": "mina" }, "events": { EVENT: {} },
        })
    }

    fn with(member: &str, value: Value) -> Value {
        let mut claims = claims();
        claims[member] = value;
        claims
    }

    fn without(member: &str) -> Value {
        let mut claims = claims();
        claims.as_object_mut().unwrap().remove(member);
        claims
    }

    fn check(token: &str) -> Result<Purged, EventError> {
        let now = DateTime::from_timestamp(NOW, 0).unwrap();
        verify(token, &Signer::first().keys(), ISSUER, CLIENT, now)
    }

    #[test]
    fn good_ones() {
        let signer = Signer::first();
        let purged = Purged { jti: "one".to_owned(), subject: "mina".to_owned() };
        for claims in [claims(), with("aud", json!(["other", CLIENT])), with("iat", json!(NOW - 7 * 86_400))] {
            assert_eq!(check(&signer.rs256("secevent+jwt", &claims)), Ok(purged.clone()));
        }
        assert_eq!(check(&signer.rs256("application/secevent+jwt", &claims())), Ok(purged));
    }

    #[test]
    fn wrong_claims() {
        let claim = EventError::Claims;
        let sub_id =
            |format: &str, iss: &str, sub: Value| with("sub_id", json!({ "format": format, "iss": iss, "sub": sub }));
        let cases = [
            ("another issuer", with("iss", json!("http://localhost:8080/")), claim(ClaimsError::WrongIssuer)),
            ("another audience", with("aud", json!("cloud")), claim(ClaimsError::WrongAudience)),
            ("from the future", with("iat", json!(NOW + 61)), claim(ClaimsError::NotYet)),
            ("no iat", without("iat"), claim(ClaimsError::Malformed)),
            ("no jti", without("jti"), claim(ClaimsError::Malformed)),
            ("no aud", without("aud"), claim(ClaimsError::Malformed)),
            ("empty jti", with("jti", json!("")), claim(ClaimsError::Malformed)),
            ("no events", without("events"), EventError::NoEvent),
            ("another event", with("events", json!({ "http://example/else": {} })), EventError::NoEvent),
            ("an event that is no object", with("events", json!({ EVENT: true })), EventError::NoEvent),
            ("nobody", without("sub_id"), EventError::NoSubject),
            ("nobody by sub", sub_id("iss_sub", ISSUER, json!("")), EventError::NoSubject),
            (
                "somebody of another issuer",
                sub_id("iss_sub", "https://evil.example", json!("mina")),
                EventError::NoSubject,
            ),
            ("another format", sub_id("opaque", ISSUER, json!("mina")), EventError::NoSubject),
        ];
        for (case, claims, error) in cases {
            assert_eq!(check(&Signer::first().rs256("secevent+jwt", &claims)), Err(error), "{case}");
        }
    }

    #[test]
    fn wrong_signatures() {
        let (signer, stranger) = (Signer::first(), Signer::second());
        let good = signer.rs256("secevent+jwt", &claims());
        let header = |alg: &str| json!({ "alg": alg, "typ": "secevent+jwt", "kid": signer.rsa_kid() });
        let cases = [
            ("a logout token", signer.rs256("logout+jwt", &claims()), JwsError::WrongType),
            ("an ID token", signer.rs256("JWT", &claims()), JwsError::WrongType),
            ("none", signer.sign(&header("none"), &claims()), JwsError::WrongAlgorithm),
            ("ES256", signer.es256("secevent+jwt", &claims()), JwsError::WrongAlgorithm),
            ("an unknown key", stranger.rs256("secevent+jwt", &claims()), JwsError::UnknownKey),
            ("a stranger under our key's name", stranger.sign(&header("RS256"), &claims()), JwsError::BadSignature),
            ("tampered", tampered(&good), JwsError::BadSignature),
            ("empty", String::new(), JwsError::Malformed),
        ];
        for (case, token, error) in cases {
            assert_eq!(check(&token), Err(EventError::Jws(error)), "{case}");
        }
    }
}
