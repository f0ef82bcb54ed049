//! The cookies: their names, how they are set, and how one is read.
//!
//! `__Host-` keeps sub domains and plain http from setting them; development over loopback http goes without.

use actix_web::HttpRequest;
use actix_web::cookie::{Cookie, SameSite, time::Duration as CookieDuration};
use std::time::Duration;

use crate::app::AppState;

/// What a cookie is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CookieKind {
    /// The sign-ins of a browser.
    Session,
    /// That the browser has proved its key a moment ago.
    Bound,
    /// The browser itself, over all sign-ins.
    Device,
    /// What forms and requests of this browser are bound to.
    Form,
    /// The language chosen.
    Language,
    /// The theme chosen.
    Theme,
    /// The size of text chosen.
    TextSize,
}

impl CookieKind {
    fn name(self, https: bool) -> &'static str {
        match (self, https) {
            (Self::Session, true) => "__Host-keyhouse_session",
            (Self::Session, false) => "keyhouse_session",
            (Self::Bound, true) => "__Host-keyhouse_bound",
            (Self::Bound, false) => "keyhouse_bound",
            (Self::Device, true) => "__Host-keyhouse_device",
            (Self::Device, false) => "keyhouse_device",
            (Self::Form, true) => "__Host-keyhouse_form",
            (Self::Form, false) => "keyhouse_form",
            (Self::Language, true) => "__Host-keyhouse_language",
            (Self::Language, false) => "keyhouse_language",
            (Self::Theme, true) => "__Host-keyhouse_theme",
            (Self::Theme, false) => "keyhouse_theme",
            (Self::TextSize, true) => "__Host-keyhouse_text",
            (Self::TextSize, false) => "keyhouse_text",
        }
    }
}

/// The value of a cookie. A name that comes twice is worth nothing: one of the two was planted.
pub fn read(app: &AppState, request: &HttpRequest, kind: CookieKind) -> Option<String> {
    let name = kind.name(app.config.server.is_https());
    let cookies = request.cookies().ok()?;
    let mut own = cookies.iter().filter(|cookie| cookie.name() == name);
    let value = own.next()?.value();
    (own.next().is_none() && !value.is_empty() && value.len() <= 128).then(|| value.to_owned())
}

/// A cookie to set: `HttpOnly`, `SameSite=Lax`, the whole site. Without `life` it goes with the browser.
pub fn set(app: &AppState, kind: CookieKind, value: String, life: Option<Duration>) -> Cookie<'static> {
    let https = app.config.server.is_https();
    let mut cookie = Cookie::build(kind.name(https), value).path("/").http_only(true).same_site(SameSite::Lax);
    if https {
        cookie = cookie.secure(true);
    }
    if let Some(life) = life {
        cookie = cookie.max_age(CookieDuration::seconds(i64::try_from(life.as_secs()).unwrap_or(i64::MAX)));
    }
    cookie.finish()
}

/// A cookie to take away.
pub fn remove(app: &AppState, kind: CookieKind) -> Cookie<'static> {
    set(app, kind, String::new(), Some(Duration::ZERO))
}
