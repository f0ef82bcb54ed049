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
}

/// Verifies an access token of `issuer` for `resource`, at the time `now`.
///
/// # Errors
/// [`AccessTokenError`]; with [`JwsError::UnknownKey`] newer keys may help.
pub fn verify(token: &str, keys: &Keys, issuer: &str, resource: &str, now: DateTime<Utc>) -> Result<AccessToken, AccessTokenError> {
    let payload = jws::verify(token, keys, EXPECTED).map_err(AccessTokenError::Jws)?;
    let claims: Claims = serde_json::from_slice(&payload).map_err(|_| AccessTokenError::Claims(ClaimsError::Malformed))?;
    claims.registered.check(issuer, resource, now).map_err(AccessTokenError::Claims)?;
    if claims.sub.is_empty() || claims.client_id.is_empty() {
        return Err(AccessTokenError::Claims(ClaimsError::Malformed));
    }
    let scopes = claims.scope.split(' ').filter(|scope| !scope.is_empty()).map(str::to_owned).collect();
    Ok(AccessToken { subject: claims.sub, client_id: claims.client_id, scopes })
}
