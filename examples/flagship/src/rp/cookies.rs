//! The app's cookies. Cookies ignore ports, and the three apps share a host in the demo: every name begins
//! with the app's own.

use actix_web::cookie::time::Duration;
use actix_web::cookie::{Cookie, SameSite};
use actix_web::{HttpRequest, HttpResponse};

use crate::config::Config;

/// What a cookie is for: the end of its name, and how long it lives.
#[derive(Clone, Copy, Debug)]
pub struct Kind {
    name: &'static str,
    seconds: i64,
}

/// The local session.
pub const SESSION: Kind = Kind { name: "session", seconds: crate::rp::session::LIFETIME_SECONDS };
/// Ties an authorization request to the browser that began it.
pub const BROWSER: Kind = Kind { name: "signin", seconds: crate::rp::authorize::ATTEMPT_SECONDS };
/// Silent sign-in was tried a moment ago. Short: a person who has just signed in at another app should be
/// recognised at the next visit, and a browser must only be kept from going round in circles.
pub const SILENT_TRIED: Kind = Kind { name: "silent", seconds: 20 };
/// The `state` of a sign-out at the issuer.
pub const SIGN_OUT: Kind = Kind { name: "signout", seconds: 600 };

fn name(config: &Config, kind: Kind) -> String {
    format!("{}_{}", config.kind.slug(), kind.name)
}

/// Reads a cookie.
pub fn get(config: &Config, request: &HttpRequest, kind: Kind) -> Option<String> {
    request.cookie(&name(config, kind)).map(|cookie| cookie.value().to_owned())
}

/// Sets a cookie: never seen by scripts, not sent with other sites' requests except when a person follows a
/// link (which is how the issuer sends them back).
pub fn set(config: &Config, response: &mut HttpResponse, kind: Kind, value: &str) {
    add(config, response, kind, value, kind.seconds);
}

/// Removes a cookie.
pub fn clear(config: &Config, response: &mut HttpResponse, kind: Kind) {
    add(config, response, kind, "", 0);
}

fn add(config: &Config, response: &mut HttpResponse, kind: Kind, value: &str, seconds: i64) {
    let cookie = Cookie::build(name(config, kind), value)
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(config.is_https())
        .max_age(Duration::seconds(seconds))
        .finish();
    // Fails only for names and values that cannot stand in a header; ours are base64url.
    if let Err(error) = response.add_cookie(&cookie) {
        tracing::error!("a cookie could not be set: {error}");
    }
}
