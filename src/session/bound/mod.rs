//! Sessions that are bound to their browser's device (Device Bound Session Credentials, W3C Working Draft): the browser makes a key
//! that never leaves the device, and gets a cookie of ten minutes for each proof that it still has it. A session cookie that was
//! copied opens nothing without that cookie. Off unless `sessions.device_bound`.
//!
//! Nothing is stored but the key and the moment of its last proof: challenges and cookies carry a MAC.

mod arrival;
mod endpoints;
mod proof;

use std::time::Duration;

use actix_web::HttpMessage as _;
use actix_web::http::header::{HeaderName, HeaderValue};

pub use arrival::ask_again;
pub use endpoints::routes;

use crate::app::AppState;
use crate::clock::Timestamp;
use crate::security::random;
use crate::store::sessions::{BoundKey, Session};
use crate::web::cookies::CookieKind;
use crate::web::urls;
use crate::web::visitor::Visitor;

/// How long the cookie lives that a proof gives: so long a copied pair of cookies works.
const COOKIE_LIVES: Duration = Duration::from_secs(10 * 60);
/// So much longer it is taken, for requests that are on their way when it ends.
const SLACK: Duration = Duration::from_secs(30);
/// So long after it was brought a key is not asked for: pages are loaded while it is on its way.
const GRACE: Duration = Duration::from_secs(30);
/// How long a browser has to answer a challenge: longer than the cookie, since the next comes with it.
const CHALLENGE_LIVES: Duration = Duration::from_secs(15 * 60);
/// Where a browser brings its key.
const REGISTRATION: &str = "/session/registration";
/// Where it proves that it still has it.
const REFRESH: &str = "/session/refresh";

/// What a request shows of the key of its browser.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shown {
    /// Keys are not asked for here.
    NotAsked,
    /// No proof that is still good.
    Nothing,
    /// The key with this SHA-256 (RFC 7638) was proved a moment ago.
    Key(Vec<u8>),
}

impl Shown {
    /// By this visitor's cookie.
    pub fn of(visitor: &Visitor) -> Self {
        let app = &visitor.app;
        if !app.config.sessions.device_bound {
            return Self::NotAsked;
        }
        let cookie = visitor.cookie(CookieKind::Bound);
        let read = cookie.and_then(|cookie| app.derived.bound_thumbprint(&cookie));
        match read {
            Some((thumbprint, until)) if until > app.clock.now().millis() => Self::Key(thumbprint),
            _ => Self::Nothing,
        }
    }

    /// Whether it opens a sign-in that is bound to this key, or to none.
    pub(super) fn opens(&self, bound: Option<&BoundKey>, now: Timestamp) -> bool {
        match (self, bound) {
            (Self::NotAsked, _) | (_, None) => true,
            (_, Some(bound)) if now < bound.since.plus(GRACE) => true,
            (Self::Nothing, Some(_)) => false,
            (Self::Key(own), Some(bound)) => *own == thumbprint(&bound.jwk),
        }
    }

    /// The key among those of a browser's sign-ins that was proved: a new sign-in there is bound to it as well.
    pub(super) fn proved<'a>(&self, all: impl IntoIterator<Item = &'a Session>) -> Option<BoundKey> {
        let is_proved = |key: &BoundKey| matches!(self, Self::Key(own) if *own == thumbprint(&key.jwk));
        all.into_iter().filter_map(Session::bound_key).find(is_proved)
    }
}

/// SHA-256 of the key, which is stored as RFC 7638 §3 writes it before it is hashed.
fn thumbprint(jwk: &str) -> Vec<u8> {
    random::sha256(jwk)
}

/// Marks a request to the home of somebody whose sign-in is bound to no key: the answer asks for one, since the question after
/// the sign-in may have been lost.
pub(super) fn note(visitor: &Visitor, session: &Session) {
    let is_asked = visitor.app.config.sessions.device_bound && visitor.request.path() == urls::ACCOUNT;
    if is_asked && session.bound_key.is_none() {
        visitor.request.extensions_mut().insert(arrival::Unbound);
    }
}

/// Asks the browser that has this session cookie for a key ("Secure-Session-Registration").
pub(super) fn registration(app: &AppState, cookie: &str) -> Option<(HeaderName, HeaderValue)> {
    let challenge = challenge(app, &random::sha256(cookie), None);
    let value = format!("(ES256);path=\"{REGISTRATION}\";challenge=\"{challenge}\"");
    Some((HeaderName::from_static("secure-session-registration"), HeaderValue::from_str(&value).ok()?))
}

/// A challenge to the browser with this session cookie, good until its next proof.
fn challenge(app: &AppState, browser_digest: &[u8], last_proof: Option<Timestamp>) -> String {
    let until = app.clock.now().plus(CHALLENGE_LIVES).millis();
    app.derived.session_challenge(browser_digest, last_proof.map(Timestamp::millis), until)
}

/// Whether it is one, and in time.
fn is_challenge(app: &AppState, text: &str, browser_digest: &[u8], last_proof: Option<Timestamp>) -> bool {
    let until = app.derived.session_challenge_until(text, browser_digest, last_proof.map(Timestamp::millis));
    until.is_some_and(|until| until > app.clock.now().millis())
}
