//! Back-channel logout: the issuer says, server to server, that a session ended (OpenID Connect Back-Channel
//! Logout 1.0, sections 2.5 to 2.8).

use actix_web::http::StatusCode;
use actix_web::http::header::CACHE_CONTROL;
use actix_web::{HttpResponse, web};
use chrono::Utc;
use serde::Deserialize;
use serde_json::json;

use crate::error::Fault;
use crate::rp::jws::JwsError;
use crate::rp::logout_token::{self, LogoutToken, LogoutTokenError};
use crate::rp::provider::ProviderError;
use crate::rp::store;
use crate::state::AppState;

/// The logout request.
#[derive(Deserialize)]
pub struct LogoutForm {
    logout_token: String,
}

enum Refusal {
    /// The request is not one to carry out. It will not get better by repetition.
    Invalid(String),
    /// We cannot tell now: the issuer should try again.
    NotNow(String),
}

impl From<Fault> for Refusal {
    fn from(fault: Fault) -> Self {
        Self::NotNow(fault.to_string())
    }
}

impl From<ProviderError> for Refusal {
    fn from(error: ProviderError) -> Self {
        Self::NotNow(error.to_string())
    }
}

/// `POST /backchannel-logout`. No cookie and no form token: the signature says who is asking.
pub async fn logout(state: web::Data<AppState>, form: Result<web::Form<LogoutForm>, actix_web::Error>) -> HttpResponse {
    let outcome = match form {
        Ok(form) => carry_out(&state, &form.logout_token).await,
        Err(_) => Err(Refusal::Invalid("the form has no logout_token".to_owned())),
    };
    let (status, error, description) = match outcome {
        Ok(ended) => {
            tracing::info!(ended, "sessions ended by back-channel logout");
            return HttpResponse::Ok().insert_header((CACHE_CONTROL, "no-store")).finish();
        }
        Err(Refusal::Invalid(description)) => (StatusCode::BAD_REQUEST, "invalid_request", description),
        Err(Refusal::NotNow(cause)) => {
            tracing::error!("a logout token could not be checked: {cause}");
            (StatusCode::SERVICE_UNAVAILABLE, "temporarily_unavailable", "try again later".to_owned())
        }
    };
    HttpResponse::build(status)
        .insert_header((CACHE_CONTROL, "no-store"))
        .json(json!({ "error": error, "error_description": description }))
}

async fn carry_out(state: &AppState, token: &str) -> Result<usize, Refusal> {
    let token = verify(state, token).await?;
    let outcome = state
        .database
        .write(move |connection| {
            if !store::take_logout_token(connection, &token.jti, token.expires_at)? {
                return Ok(None);
            }
            store::end_sessions(connection, &token.ending).map(Some)
        })
        .await?;
    outcome.ok_or_else(|| Refusal::Invalid("the logout token was used before".to_owned()))
}

async fn verify(state: &AppState, token: &str) -> Result<LogoutToken, Refusal> {
    let (issuer, client) = (state.config.issuer.as_str(), state.config.client_id.as_str());
    let known = state.provider.current().await?;
    match logout_token::verify(token, &known.keys, issuer, client, Utc::now()) {
        Err(LogoutTokenError::Jws(JwsError::UnknownKey)) => {
            let newer = state.provider.newer_than(&known).await?;
            logout_token::verify(token, &newer.keys, issuer, client, Utc::now())
        }
        answer => answer,
    }
    .map_err(|error| Refusal::Invalid(error.to_string()))
}
