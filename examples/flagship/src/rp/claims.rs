//! pure
//! The claims that logout tokens and access tokens share (RFC 7519, section 4.1).

use std::fmt;

use chrono::{DateTime, Utc};
use serde::Deserialize;

/// Clocks of two machines differ a little: how far in the future `iat` may lie.
pub const SKEW_SECONDS: i64 = 60;

/// One string or a list of strings (RFC 7519, section 4.1.3).
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub enum Audience {
    /// The usual case.
    One(String),
    /// Several.
    Many(Vec<String>),
}

impl Audience {
    /// Whether `name` is among those whom the token is for. Compared byte for byte.
    pub fn contains(&self, name: &str) -> bool {
        match self {
            Self::One(one) => one == name,
            Self::Many(many) => many.iter().any(|one| one == name),
        }
    }
}

/// The claims that every token here has.
#[derive(Debug, Deserialize)]
pub struct RegisteredClaims {
    /// Who made it.
    pub iss: String,
    /// Whom it is for.
    pub aud: Audience,
    /// Until when it counts, in seconds since 1970.
    pub exp: i64,
    /// Since when there is such a token, in seconds since 1970.
    pub iat: i64,
    /// Its own name.
    pub jti: String,
}

/// Which claim is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClaimsError {
    /// A claim is missing or of the wrong kind.
    Malformed,
    /// Of another issuer.
    WrongIssuer,
    /// For somebody else.
    WrongAudience,
    /// Its time is over.
    Expired,
    /// Its time has not begun.
    NotYet,
}

impl fmt::Display for ClaimsError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Malformed => "a claim is missing or malformed",
            Self::WrongIssuer => "the token is of another issuer",
            Self::WrongAudience => "the token is for somebody else",
            Self::Expired => "the token has expired",
            Self::NotYet => "the token is from the future",
        })
    }
}

impl RegisteredClaims {
    /// Checks issuer, audience and time.
    ///
    /// # Errors
    /// The first [`ClaimsError`] found.
    pub fn check(&self, issuer: &str, audience: &str, now: DateTime<Utc>) -> Result<(), ClaimsError> {
        let now = now.timestamp();
        if self.iss != issuer {
            Err(ClaimsError::WrongIssuer)
        } else if !self.aud.contains(audience) {
            Err(ClaimsError::WrongAudience)
        } else if self.exp <= now {
            Err(ClaimsError::Expired)
        } else if self.iat > now.saturating_add(SKEW_SECONDS) {
            Err(ClaimsError::NotYet)
        } else if self.jti.is_empty() {
            Err(ClaimsError::Malformed)
        } else {
            Ok(())
        }
    }
}
