//! pure
//! Which logout tokens to believe (OpenID Connect Back-Channel Logout 1.0, section 2.6).

use std::fmt;

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::rp::claims::{ClaimsError, RegisteredClaims};
use crate::rp::jws::{self, Algorithm, Expected, JwsError, Keys};

/// The one event that makes a JWT a logout token.
const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// Logout tokens are signed as the client's ID tokens are. The type keeps every other JWT of the issuer out.
const EXPECTED: Expected = Expected { typ: "logout+jwt", algorithm: Algorithm::Rs256 };

/// What a believable logout token says.
#[derive(Debug, PartialEq, Eq)]
pub struct LogoutToken {
    /// Its own name, to be taken once.
    pub jti: String,
    /// How long that name must be remembered, in seconds since 1970.
    pub expires_at: i64,
    /// Whose sessions end.
    pub ending: Ending,
}

/// Whose sessions end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Those of one sign-in; of that person, where the token names one.
    Session {
        /// The sign-in at the issuer.
        sid: String,
        /// The person.
        subject: Option<String>,
    },
    /// All of one person.
    Everything {
        /// The person.
        subject: String,
    },
}

/// Why a logout token is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogoutTokenError {
    /// Its form or signature.
    Jws(JwsError),
    /// Its issuer, audience or time.
    Claims(ClaimsError),
    /// It has no logout event.
    NoEvent,
    /// It names nobody.
    NoSubject,
    /// It has a nonce: somebody passes off an ID token as a logout token.
    Nonce,
}

impl fmt::Display for LogoutTokenError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Jws(error) => error.fmt(formatter),
            Self::Claims(error) => error.fmt(formatter),
            Self::NoEvent => formatter.write_str("the token has no back-channel logout event"),
            Self::NoSubject => formatter.write_str("the token has neither sid nor sub"),
            Self::Nonce => formatter.write_str("the token has a nonce"),
        }
    }
}

#[derive(Deserialize)]
struct Claims {
    #[serde(flatten)]
    registered: RegisteredClaims,
    sub: Option<String>,
    sid: Option<String>,
    events: Option<Map<String, Value>>,
}

/// Verifies a logout token of `issuer` for the client `client_id`, at the time `now`. Whether it was seen
/// before is for the caller to find out.
///
/// # Errors
/// [`LogoutTokenError`]; with [`JwsError::UnknownKey`] newer keys may help.
pub fn verify(
    token: &str,
    keys: &Keys,
    issuer: &str,
    client_id: &str,
    now: DateTime<Utc>,
) -> Result<LogoutToken, LogoutTokenError> {
    let payload = jws::verify(token, keys, EXPECTED).map_err(LogoutTokenError::Jws)?;
    let malformed = |_| LogoutTokenError::Claims(ClaimsError::Malformed);
    let members: Map<String, Value> = serde_json::from_slice(&payload).map_err(malformed)?;
    if members.contains_key("nonce") {
        return Err(LogoutTokenError::Nonce);
    }
    let claims: Claims = serde_json::from_value(Value::Object(members)).map_err(malformed)?;
    claims.registered.check(issuer, client_id, now).map_err(LogoutTokenError::Claims)?;
    if !claims.events.is_some_and(|events| events.get(EVENT).is_some_and(Value::is_object)) {
        return Err(LogoutTokenError::NoEvent);
    }
    let ending = match (claims.sid, claims.sub) {
        (Some(sid), subject) => Ending::Session { sid, subject },
        (None, Some(subject)) => Ending::Everything { subject },
        (None, None) => return Err(LogoutTokenError::NoSubject),
    };
    Ok(LogoutToken { jti: claims.registered.jti, expires_at: claims.registered.exp, ending })
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
            "iss": ISSUER, "aud": CLIENT, "iat": NOW, "exp": NOW + 120, "jti": "one", "sid": "s", "sub": "mina",
            "events": { EVENT: {} },
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

    fn check(token: &str) -> Result<LogoutToken, LogoutTokenError> {
        let now = DateTime::from_timestamp(NOW, 0).unwrap();
        verify(token, &Signer::first().keys(), ISSUER, CLIENT, now)
    }

    #[test]
    fn good_ones() {
        let signer = Signer::first();
        let token = check(&signer.rs256("logout+jwt", &claims())).unwrap();
        assert_eq!(token.ending, Ending::Session { sid: "s".to_owned(), subject: Some("mina".to_owned()) });
        assert_eq!((token.jti.as_str(), token.expires_at), ("one", NOW + 120));
        let of_sid = check(&signer.rs256("application/Logout+JWT", &without("sub"))).unwrap();
        assert_eq!(of_sid.ending, Ending::Session { sid: "s".to_owned(), subject: None });
        let of_sub = check(&signer.rs256("logout+jwt", &without("sid"))).unwrap();
        assert_eq!(of_sub.ending, Ending::Everything { subject: "mina".to_owned() });
        check(&signer.rs256("logout+jwt", &with("aud", json!(["other", CLIENT])))).unwrap();
    }

    #[test]
    fn wrong_claims() {
        use ClaimsError::{Expired, Malformed, NotYet, WrongAudience, WrongIssuer};
        let claim = LogoutTokenError::Claims;
        let mut neither = without("sid");
        neither.as_object_mut().unwrap().remove("sub");
        let cases = [
            ("another issuer", with("iss", json!("http://localhost:8080/")), claim(WrongIssuer)),
            ("another audience", with("aud", json!("cloud")), claim(WrongAudience)),
            ("expired", with("exp", json!(NOW)), claim(Expired)),
            ("from the future", with("iat", json!(NOW + 61)), claim(NotYet)),
            ("no exp", without("exp"), claim(Malformed)),
            ("no iat", without("iat"), claim(Malformed)),
            ("no jti", without("jti"), claim(Malformed)),
            ("no aud", without("aud"), claim(Malformed)),
            ("empty jti", with("jti", json!("")), claim(Malformed)),
            ("exp as text", with("exp", json!("never")), claim(Malformed)),
            ("a nonce", with("nonce", json!("n")), LogoutTokenError::Nonce),
            ("a null nonce", with("nonce", Value::Null), LogoutTokenError::Nonce),
            ("no events", without("events"), LogoutTokenError::NoEvent),
            ("another event", with("events", json!({ "http://example/else": {} })), LogoutTokenError::NoEvent),
            ("an event that is no object", with("events", json!({ EVENT: true })), LogoutTokenError::NoEvent),
            ("neither sid nor sub", neither, LogoutTokenError::NoSubject),
        ];
        for (case, claims, error) in cases {
            assert_eq!(check(&Signer::first().rs256("logout+jwt", &claims)), Err(error), "{case}");
        }
    }

    #[test]
    fn wrong_signatures() {
        let (signer, stranger) = (Signer::first(), Signer::second());
        let good = signer.rs256("logout+jwt", &claims());
        let header = |alg: &str| json!({ "alg": alg, "typ": "logout+jwt", "kid": signer.rsa_kid() });
        let mut critical = header("RS256");
        critical["crit"] = json!(["b64"]);
        let cases = [
            ("an ID token", signer.rs256("JWT", &claims()), JwsError::WrongType),
            ("no type", signer.sign(&json!({ "alg": "RS256" }), &claims()), JwsError::WrongType),
            ("none", signer.sign(&header("none"), &claims()), JwsError::WrongAlgorithm),
            ("HS256 with the public key", signer.sign(&header("HS256"), &claims()), JwsError::WrongAlgorithm),
            ("ES256", signer.es256("logout+jwt", &claims()), JwsError::WrongAlgorithm),
            ("crit", signer.sign(&critical, &claims()), JwsError::Critical),
            ("an unknown key", stranger.rs256("logout+jwt", &claims()), JwsError::UnknownKey),
            ("a stranger under our key's name", stranger.sign(&header("RS256"), &claims()), JwsError::BadSignature),
            ("tampered", tampered(&good), JwsError::BadSignature),
            ("cut short", format!("{}.AAAA", good.rsplit_once('.').unwrap().0), JwsError::BadSignature),
            ("two parts", good.rsplit_once('.').unwrap().0.to_owned(), JwsError::Malformed),
            ("too long", format!("{good}{}", "A".repeat(20_000)), JwsError::Malformed),
            ("empty", String::new(), JwsError::Malformed),
        ];
        for (case, token, error) in cases {
            assert_eq!(check(&token), Err(LogoutTokenError::Jws(error)), "{case}");
        }
    }
}
