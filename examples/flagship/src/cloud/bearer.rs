//! Extractor: an access token for this API that allows reading files, and the API's refusals (RFC 6750,
//! section 3).

use std::fmt;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::http::header::{AUTHORIZATION, CACHE_CONTROL, WWW_AUTHENTICATE};
use actix_web::{FromRequest, HttpRequest, HttpResponse, ResponseError};
use chrono::Utc;
use serde_json::json;

use crate::cloud::READ_SCOPE;
use crate::cloud::access_token::{self, AccessToken, AccessTokenError};
use crate::config::Purpose;
use crate::error::Fault;
use crate::rp::jws::JwsError;
use crate::rp::session::{TWO_FACTORS, state_of};
use crate::state::AppState;

/// Why the API says no.
#[derive(Debug)]
pub enum ApiError {
    /// No token at all: no error code then.
    NoToken,
    /// The request has more than one `Authorization`, or one that is not `Bearer` and a token.
    InvalidRequest,
    /// The token does not count here.
    InvalidToken(AccessTokenError),
    /// The person did not allow this.
    InsufficientScope,
    /// What is asked for takes a stronger sign-in than the token comes from (RFC 9470, section 3).
    InsufficientAuthentication,
    /// Not there, or another person's.
    NotFound,
    /// The issuer's keys were never reached yet.
    NoKeys(String),
    /// Broken on our side.
    Fault(Fault),
}

impl ApiError {
    fn parts(&self) -> (StatusCode, &'static str, String) {
        match self {
            Self::NoToken => (StatusCode::UNAUTHORIZED, "invalid_token", "an access token is needed".to_owned()),
            Self::InvalidRequest => {
                (StatusCode::BAD_REQUEST, "invalid_request", "send one Authorization: Bearer header".to_owned())
            }
            Self::InvalidToken(error) => (StatusCode::UNAUTHORIZED, "invalid_token", error.to_string()),
            Self::InsufficientScope => {
                (StatusCode::FORBIDDEN, "insufficient_scope", "the token lacks a scope".to_owned())
            }
            Self::InsufficientAuthentication => (
                StatusCode::UNAUTHORIZED,
                "insufficient_user_authentication",
                "a sign-in by two factors is needed".to_owned(),
            ),
            Self::NotFound => (StatusCode::NOT_FOUND, "not_found", "there is no such file".to_owned()),
            Self::NoKeys(_) => {
                (StatusCode::SERVICE_UNAVAILABLE, "temporarily_unavailable", "try again later".to_owned())
            }
            Self::Fault(_) => (StatusCode::INTERNAL_SERVER_ERROR, "server_error", "try again later".to_owned()),
        }
    }

    fn challenge(&self) -> Option<String> {
        let (_, code, description) = self.parts();
        match self {
            Self::NoToken => Some("Bearer realm=\"cloud\"".to_owned()),
            Self::InvalidRequest | Self::InvalidToken(_) => {
                Some(format!("Bearer realm=\"cloud\", error=\"{code}\", error_description=\"{description}\""))
            }
            Self::InsufficientScope => {
                Some(format!("Bearer realm=\"cloud\", error=\"{code}\", scope=\"{READ_SCOPE}\""))
            }
            Self::InsufficientAuthentication => Some(format!(
                "Bearer realm=\"cloud\", error=\"{code}\", error_description=\"{description}\", acr_values=\"{TWO_FACTORS}\""
            )),
            Self::NotFound | Self::NoKeys(_) | Self::Fault(_) => None,
        }
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.parts().1)
    }
}

impl ResponseError for ApiError {
    fn status_code(&self) -> StatusCode {
        self.parts().0
    }

    fn error_response(&self) -> HttpResponse {
        match self {
            Self::NoKeys(cause) => tracing::error!("access tokens cannot be checked: {cause}"),
            Self::Fault(cause) => tracing::error!("the API failed: {cause}"),
            _ => {}
        }
        let (status, code, description) = self.parts();
        let mut answer = HttpResponse::build(status);
        answer.insert_header((CACHE_CONTROL, "no-store"));
        if let Some(challenge) = self.challenge() {
            answer.insert_header((WWW_AUTHENTICATE, challenge));
        }
        answer.json(json!({ "error": code, "error_description": description }))
    }
}

impl From<Fault> for ApiError {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

/// The person whose files another app may read.
pub struct Reader(pub AccessToken);

impl FromRequest for Reader {
    type Error = ApiError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, ApiError>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let token = bearer(&request)?;
            let token = verify(&*state_of(&request)?, &token).await?;
            if token.allows(READ_SCOPE) { Ok(Self(token)) } else { Err(ApiError::InsufficientScope) }
        })
    }
}

/// Only the header: a token in an address ends up in logs.
fn bearer(request: &HttpRequest) -> Result<String, ApiError> {
    let mut headers = request.headers().get_all(AUTHORIZATION);
    let header = headers.next().ok_or(ApiError::NoToken)?;
    let (scheme, token) =
        header.to_str().ok().and_then(|value| value.split_once(' ')).ok_or(ApiError::InvalidRequest)?;
    if headers.next().is_some() || !scheme.eq_ignore_ascii_case("bearer") {
        return Err(ApiError::InvalidRequest);
    }
    Ok(token.trim().to_owned())
}

async fn verify(state: &AppState, token: &str) -> Result<AccessToken, ApiError> {
    let Purpose::Cloud { resource } = &state.config.purpose else {
        return Err(ApiError::NotFound);
    };
    let (issuer, resource) = (state.config.issuer.as_str(), resource.as_str());
    let no_keys = |error: crate::rp::provider::ProviderError| ApiError::NoKeys(error.to_string());
    let known = state.provider.current().await.map_err(no_keys)?;
    match access_token::verify(token, &known.keys, issuer, resource, Utc::now()) {
        Err(AccessTokenError::Jws(JwsError::UnknownKey)) => {
            let newer = state.provider.newer_than(&known).await.map_err(no_keys)?;
            access_token::verify(token, &newer.keys, issuer, resource, Utc::now())
        }
        answer => answer,
    }
    .map_err(ApiError::InvalidToken)
}
