//! Forms are taken from this app's own pages only: each carries a token of the session, and the browser says
//! which origin it was sent from.

use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::header::{CONTENT_TYPE, HeaderMap, ORIGIN};
use actix_web::{FromRequest, HttpRequest, web};
use aws_lc_rs::{constant_time, hmac};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::error::AppError;
use crate::rp::session::{SignedIn, state_of};

/// The form token of a session: derived from its cookie, which other sites cannot read.
pub fn token(cookie: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, cookie.as_bytes());
    URL_SAFE_NO_PAD.encode(hmac::sign(&key, b"form token"))
}

/// Whether a form's token is the session's. Takes the same time wherever they differ.
pub fn is_token(signed_in: &SignedIn, sent: &str) -> bool {
    constant_time::verify_slices_are_equal(signed_in.csrf.as_bytes(), sent.as_bytes()).is_ok()
}

/// Every current browser sends `Origin` with a form. `null`, another origin and none at all are refused.
pub fn is_own_origin(headers: &HeaderMap, public_url: &str) -> bool {
    let mut origins = headers.get_all(ORIGIN);
    origins.next().is_some_and(|origin| origin == public_url) && origins.next().is_none()
}

/// Extractor: a form of somebody who is signed in, with its origin and token checked. `T` needs no field for
/// the token.
pub struct SignedForm<T> {
    /// Who sent it.
    pub signed_in: SignedIn,
    /// What it says.
    pub fields: T,
}

/// The fields of a form that is nothing but a button.
#[derive(Deserialize)]
pub struct Pressed {}

#[derive(Deserialize)]
struct Token {
    csrf: String,
}

impl<T: DeserializeOwned + 'static> FromRequest for SignedForm<T> {
    type Error = AppError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, AppError>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, mut payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let state = state_of(&request)?;
            if !is_own_origin(request.headers(), &state.config.public_url) {
                return Err(AppError::Forged);
            }
            let signed_in = SignedIn::from_request(&request, &mut payload).await?;
            if !is_form(request.headers()) {
                return Err(AppError::UnsupportedMediaType);
            }
            let body = web::Bytes::from_request(&request, &mut payload).await.map_err(|error| {
                match error.as_response_error().status_code().as_u16() {
                    413 => AppError::TooLarge("Send less at once."),
                    _ => AppError::BadRequest("The form didn't arrive whole. Go back and send it again."),
                }
            })?;
            let sent: Token = serde_urlencoded::from_bytes(&body).map_err(|_| AppError::Forged)?;
            if !is_token(&signed_in, &sent.csrf) {
                return Err(AppError::Forged);
            }
            let fields = serde_urlencoded::from_bytes(&body).map_err(|_| {
                AppError::BadRequest("The form can't be read. Go back, reload the page and send it again.")
            })?;
            Ok(Self { signed_in, fields })
        })
    }
}

fn is_form(headers: &HeaderMap) -> bool {
    let essence =
        headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).and_then(|value| value.split(';').next());
    essence.is_some_and(|essence| essence.trim().eq_ignore_ascii_case("application/x-www-form-urlencoded"))
}
