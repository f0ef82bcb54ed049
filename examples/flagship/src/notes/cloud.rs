//! The client of cloud's API: an access token for cloud (RFC 8707), the call, and what its refusals mean.

use actix_web::web;
use openidconnect::AccessToken;
use openidconnect::http::header::{ACCEPT, AUTHORIZATION, WWW_AUTHENTICATE};
use openidconnect::http::{HeaderMap, Request, Response, StatusCode};
use serde::Deserialize;

use crate::config::Purpose;
use crate::error::AppError;
use crate::file::LARGEST;
use crate::rp::provider::ProviderError;
use crate::rp::session::SignedIn;
use crate::rp::{store, tokens};
use crate::state::AppState;

/// A list of files in JSON.
const LONGEST_LIST: usize = 1024 * 1024;

/// A file as cloud's API describes it.
#[derive(Clone, Debug, Deserialize)]
pub struct CloudFile {
    /// For `GET /files/{id}`.
    pub id: String,
    /// As the person called it.
    pub name: String,
    /// In bytes.
    pub size: i64,
    /// Its media type.
    #[serde(rename = "type")]
    pub media_type: String,
}

/// What came of a call.
pub enum Answer<T> {
    /// This.
    Got(T),
    /// The person has not allowed it, or not any more: they can connect cloud (again).
    NotConnected,
    /// cloud wants a stronger sign-in, of this class (RFC 9470).
    StepUp(String),
    /// cloud has no such file.
    NotFound,
    /// cloud does not answer.
    Unreachable,
}

/// The person's files in cloud.
///
/// # Errors
/// [`AppError::SessionEnded`] when the issuer ended the sign-in.
pub async fn list(state: &web::Data<AppState>, signed_in: &SignedIn) -> Result<Answer<Vec<CloudFile>>, AppError> {
    Ok(match call(state, signed_in, "/files", LONGEST_LIST).await? {
        Answer::Got(body) => serde_json::from_slice(&body).map_or_else(
            |error| {
                tracing::warn!("cloud's list cannot be read: {error}");
                Answer::Unreachable
            },
            Answer::Got,
        ),
        Answer::NotConnected => Answer::NotConnected,
        Answer::StepUp(class) => Answer::StepUp(class),
        Answer::NotFound => Answer::NotFound,
        Answer::Unreachable => Answer::Unreachable,
    })
}

/// The bytes of one of them.
///
/// # Errors
/// As [`list`].
pub async fn content(state: &web::Data<AppState>, signed_in: &SignedIn, id: &str) -> Result<Answer<Vec<u8>>, AppError> {
    // The identifier goes into a path: what is not one of cloud's must not become another path.
    if id.is_empty() || !id.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')) {
        return Ok(Answer::NotFound);
    }
    call(state, signed_in, &format!("/files/{id}"), LARGEST).await
}

async fn call(
    state: &web::Data<AppState>,
    signed_in: &SignedIn,
    path: &str,
    limit: usize,
) -> Result<Answer<Vec<u8>>, AppError> {
    let Purpose::Notes { cloud_resource, .. } = &state.config.purpose else {
        return Err(AppError::NotFound);
    };
    if signed_in.connected_resource.as_ref() != Some(cloud_resource) {
        return Ok(Answer::NotConnected);
    }
    // A second time with a new token: the first may have been refused because a key was withdrawn early.
    for _ in 0..2 {
        let token = match tokens::access_token(state, &signed_in.session, Some(cloud_resource)).await {
            Ok(token) => token,
            Err(AppError::Provider(ProviderError::Refused { code })) if not_allowed(&code) => break,
            Err(error) => return Err(error),
        };
        let Some(answer) = send(state, &token, path, limit).await else { return Ok(Answer::Unreachable) };
        match answer.status() {
            StatusCode::OK => return Ok(Answer::Got(answer.into_body())),
            StatusCode::NOT_FOUND => return Ok(Answer::NotFound),
            StatusCode::UNAUTHORIZED => match wanted_class(answer.headers()) {
                // A new token of the same sign-in would be as weak.
                Some(class) => return Ok(Answer::StepUp(class)),
                None => tokens::forget(state, &signed_in.session, cloud_resource).await?,
            },
            StatusCode::FORBIDDEN => break,
            _ => return Ok(Answer::Unreachable),
        }
    }
    let session = signed_in.session.clone();
    state.database.write(move |connection| store::disconnect(connection, &session)).await?;
    Ok(Answer::NotConnected)
}

/// The answers to a refresh that mean "sign-in good, but not for cloud" (RFC 8707, section 2).
fn not_allowed(code: &str) -> bool {
    matches!(code, "invalid_target" | "invalid_scope" | "access_denied")
}

/// The first of the classes that a challenge would take (RFC 9470, section 3); none where it is about something else.
fn wanted_class(headers: &HeaderMap) -> Option<String> {
    let challenge = headers.get(WWW_AUTHENTICATE)?.to_str().ok()?;
    let value = |name: &str| challenge.split(&format!("{name}=\"")).nth(1)?.split('"').next();
    (value("error") == Some("insufficient_user_authentication"))
        .then(|| value("acr_values")?.split(' ').next().filter(|class| !class.is_empty()).map(str::to_owned))
        .flatten()
}

async fn send(state: &AppState, token: &AccessToken, path: &str, limit: usize) -> Option<Response<Vec<u8>>> {
    let Purpose::Notes { cloud_api, .. } = &state.config.purpose else {
        return None;
    };
    let request = Request::builder()
        .uri(format!("{}{path}", cloud_api.as_str().trim_end_matches('/')))
        .header(AUTHORIZATION, format!("Bearer {}", token.secret()))
        .header(ACCEPT, "*/*")
        .body(Vec::new())
        .ok()?;
    match state.http.send(request, limit).await {
        Ok(answer) => Some(answer),
        Err(error) => {
            tracing::warn!("cloud cannot be reached: {error}");
            None
        }
    }
}
