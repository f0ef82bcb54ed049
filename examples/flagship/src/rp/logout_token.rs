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
