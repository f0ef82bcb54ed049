//! Reading a body, a form mostly: the right type, the right size, in time.

use actix_web::http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use actix_web::{HttpRequest, web};

use serde::de::DeserializeOwned;

use super::parameters::Parameters;
use super::upload;
use crate::app::AppState;

const FORM: &str = "application/x-www-form-urlencoded";

/// Why a body was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyFault {
    /// Not of the type that is asked for, or encoded: 415.
    MediaType,
    /// Longer than configured: 413.
    TooLarge,
    /// Not finished in time: 408.
    TooSlow,
    /// Not UTF-8, cut, or not the JSON that is asked for: 400.
    Malformed,
}

/// Reads a form. `Content-Encoding` is refused, so that nothing unpacks to more than its length.
pub async fn form(app: &AppState, request: &HttpRequest, payload: web::Payload) -> Result<Parameters, BodyFault> {
    let body = bytes(app, request, payload, &[FORM]).await?;
    Parameters::parse(&body).map_err(|_| BodyFault::Malformed)
}

/// Reads what is posted to end mails, and says whether a mail program did it (RFC 8058 §3.1): it may send a form of either
/// kind, a browser sends its usual one.
pub async fn one_click(app: &AppState, request: &HttpRequest, payload: web::Payload) -> Result<bool, BodyFault> {
    let body = bytes(app, request, payload, &[FORM, "multipart/form-data"]).await?;
    if upload::is_upload(request) {
        return Ok(true);
    }
    let form = Parameters::parse(&body).map_err(|_| BodyFault::Malformed)?;
    Ok(form.get("List-Unsubscribe") == Some("One-Click"))
}

/// Reads JSON, of `application/json`; all else is as with forms.
pub async fn json<T: DeserializeOwned>(
    app: &AppState,
    request: &HttpRequest,
    payload: web::Payload,
) -> Result<T, BodyFault> {
    let body = bytes(app, request, payload, &["application/json"]).await?;
    serde_json::from_slice(&body).map_err(|_| BodyFault::Malformed)
}

async fn bytes(
    app: &AppState,
    request: &HttpRequest,
    payload: web::Payload,
    media_types: &[&str],
) -> Result<web::Bytes, BodyFault> {
    let is_right = request
        .headers()
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .is_some_and(|essence| media_types.iter().any(|own| essence.trim().eq_ignore_ascii_case(own)));
    if !is_right || request.headers().contains_key(CONTENT_ENCODING) {
        return Err(BodyFault::MediaType);
    }
    let server = &app.config.server;
    let reading = payload.to_bytes_limited(server.body_limit);
    tokio::time::timeout(server.body_timeout, reading)
        .await
        .map_err(|_| BodyFault::TooSlow)?
        .map_err(|_| BodyFault::TooLarge)?
        .map_err(|_| BodyFault::Malformed)
}
