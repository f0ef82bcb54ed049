//! How an answer travels back to the client: always 303, so that a post is never repeated there (RFC 9700 §4.12).

use actix_web::HttpResponse;
use actix_web::http::header::{CACHE_CONTROL, LOCATION};

use super::request::ReplyTo;
use crate::oauth::error::OAuthError;
use crate::web::parameters;

/// The code, with `state` and `iss` (RFC 6749 §4.1.2, RFC 9207 §2).
pub fn code(reply_to: &ReplyTo, code: &str, issuer: &str) -> HttpResponse {
    redirect(reply_to, &[("code", code)], issuer)
}

/// An error: exactly `error`, `error_description`, `state` and `iss` (RFC 6749 §4.1.2.1).
pub fn error(reply_to: &ReplyTo, error: &OAuthError, issuer: &str) -> HttpResponse {
    redirect(reply_to, &[("error", error.code.as_str()), ("error_description", error.description)], issuer)
}

fn redirect(reply_to: &ReplyTo, members: &[(&str, &str)], issuer: &str) -> HttpResponse {
    let state = reply_to.state.as_deref().map(|state| ("state", state));
    let query = parameters::encode(members.iter().copied().chain(state).chain([("iss", issuer)]));
    // The registered text is kept as it is; a URL library would normalise it.
    let joint = if reply_to.redirect_uri.contains('?') { '&' } else { '?' };
    HttpResponse::SeeOther()
        .insert_header((LOCATION, format!("{}{joint}{query}", reply_to.redirect_uri)))
        .insert_header((CACHE_CONTROL, "no-store"))
        .finish()
}
