//! What browsers call by themselves: `POST /session/registration` with a new key, `POST /session/refresh` with a proof of it. Both
//! answer with session instructions (JSON) and the cookie of ten minutes; a refresh without a good proof gets a challenge first.

use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, HeaderName, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;

use super::proof::{Proof, unquoted};
use super::{COOKIE_LIVES, REFRESH, REGISTRATION, SLACK, challenge, is_challenge, thumbprint};
use crate::app::AppState;
use crate::security::random;
use crate::store::StoreError;
use crate::store::accounts::AccountState;
use crate::store::sessions::{self, BoundKey};
use crate::web::cookies::{self, CookieKind};
use crate::web::error::ErrorKind;
use crate::web::error_page::PageError;

const RESPONSE: &str = "secure-session-response";
const SESSION_ID: &str = "sec-secure-session-id";
const CHALLENGE: HeaderName = HeaderName::from_static("secure-session-challenge");
/// What does not change with who is signed in: no request for it waits for a proof.
const FREE: [&str; 6] = ["/static", "/brand", "/logo", "/picture", "/session", "/.well-known"];

/// The routes, where sign-ins are bound to devices.
pub fn routes(service: &mut web::ServiceConfig) {
    service
        .service(web::resource(REGISTRATION).route(web::post().to(register)))
        .service(web::resource(REFRESH).route(web::post().to(refresh)));
}

/// "Session instructions" of the draft.
#[derive(Serialize)]
struct Instructions<'a> {
    session_identifier: &'a str,
    refresh_url: &'static str,
    scope: Scope<'a>,
    credentials: [Credential<'a>; 1],
}

#[derive(Serialize)]
struct Scope<'a> {
    origin: &'a str,
    include_site: bool,
    scope_specification: Vec<Excluded<'a>>,
}

#[derive(Serialize)]
struct Excluded<'a> {
    r#type: &'static str,
    domain: &'a str,
    path: &'static str,
}

#[derive(Serialize)]
struct Credential<'a> {
    r#type: &'static str,
    name: &'a str,
    attributes: &'a str,
}

/// "Session instructions" that end a session in the browser.
#[derive(Serialize)]
struct End<'a> {
    session_identifier: &'a str,
    r#continue: bool,
}

/// A key for the sign-ins with this cookie that have none. Every challenge binds once: what is bound is bound.
async fn register(app: web::Data<AppState>, request: HttpRequest) -> Result<HttpResponse, PageError> {
    let Some(browser) = browser_of(&app, &request) else { return Ok(plain(StatusCode::FORBIDDEN)) };
    let proof = header(&request, RESPONSE).and_then(Proof::read).ok_or(ErrorKind::Unreadable)?;
    if !is_challenge(&app, proof.challenge(), &browser, None) {
        return Ok(plain(StatusCode::FORBIDDEN));
    }
    let jwk = proof.own_key().ok_or(ErrorKind::Unreadable)?;
    let now = app.clock.now();
    let key = BoundKey { jwk, since: now, proved_at: now };
    let (digest, own) = (browser.clone(), key.clone());
    if !app.store.write(move |connection| sessions::bind(connection, &digest, &own)).await? {
        return Ok(plain(StatusCode::FORBIDDEN));
    }
    instructions(&app, &browser, &key)
}

/// A proof of the key. Each is for one challenge, and each challenge for one proof: the next is over another moment.
async fn refresh(app: web::Data<AppState>, request: HttpRequest) -> Result<HttpResponse, PageError> {
    let id = header(&request, SESSION_ID).map(unquoted).ok_or(ErrorKind::Unreadable)?;
    let Some(browser) = browser_of(&app, &request) else { return Ok(ended(id)) };
    let key = match key_of(&app, &browser, id).await? {
        Known::Key(key) => key,
        Known::Ended => return Ok(ended(id)),
        Known::NotNow => return Ok(plain(StatusCode::SERVICE_UNAVAILABLE)),
    };
    let Some(proof) = header(&request, RESPONSE) else { return challenged(&app, &browser, &key) };
    let proof = Proof::read(proof).filter(|proof| proof.is_by(&key.jwk)).ok_or(ErrorKind::Unreadable)?;
    if !is_challenge(&app, proof.challenge(), &browser, Some(key.proved_at)) {
        return challenged(&app, &browser, &key);
    }
    // No two proofs are of one moment.
    let at = app.clock.now().max(key.proved_at.plus(Duration::from_millis(1)));
    let (digest, last) = (browser.clone(), key.clone());
    if app.store.write(move |connection| sessions::prove(connection, &digest, &last, at)).await? {
        return instructions(&app, &browser, &BoundKey { proved_at: at, ..key });
    }
    // Another request was first.
    match key_of(&app, &browser, id).await? {
        Known::Key(key) => challenged(&app, &browser, &key),
        Known::Ended => Ok(ended(id)),
        Known::NotNow => Ok(plain(StatusCode::SERVICE_UNAVAILABLE)),
    }
}

/// The digest of the session cookie.
fn browser_of(app: &AppState, request: &HttpRequest) -> Option<Vec<u8>> {
    Some(random::sha256(&cookies::read(app, request, CookieKind::Session)?))
}

/// What is known of a key that a browser means.
enum Known {
    /// A sign-in of the browser is bound to it.
    Key(BoundKey),
    /// None is: it has ended, or the browser has brought another key.
    Ended,
    /// That may pass: the cookie was changed a moment ago, or the account may not be used now.
    NotNow,
}

async fn key_of(app: &AppState, browser: &[u8], id: &str) -> Result<Known, StoreError> {
    let (digest, now) = (browser.to_vec(), app.clock.now());
    let all = app.store.read(move |connection| sessions::of_browser(connection, &digest, now)).await?;
    let mut own = all.iter().filter_map(|(session, account)| Some((session.bound_key()?, account.state)));
    let mut own = own.by_ref().filter(|(key, _)| identifier(&key.jwk) == id).peekable();
    if own.peek().is_none() {
        return Ok(if all.is_empty() { Known::NotNow } else { Known::Ended });
    }
    let usable = own.find(|(_, state)| *state == AccountState::Active);
    Ok(usable.map_or(Known::NotNow, |(key, _)| Known::Key(key)))
}

fn header<'a>(request: &'a HttpRequest, name: &str) -> Option<&'a str> {
    request.headers().get(name)?.to_str().ok()
}

/// What the browser calls the session.
fn identifier(jwk: &str) -> String {
    random::encode(thumbprint(jwk))
}

fn plain(status: StatusCode) -> HttpResponse {
    HttpResponse::build(status).insert_header((CACHE_CONTROL, "no-store")).finish()
}

fn challenged(app: &AppState, browser: &[u8], key: &BoundKey) -> Result<HttpResponse, PageError> {
    let mut answer = plain(StatusCode::FORBIDDEN);
    answer.headers_mut().insert(CHALLENGE, next_challenge(app, browser, key)?);
    Ok(answer)
}

fn next_challenge(app: &AppState, browser: &[u8], key: &BoundKey) -> Result<HeaderValue, PageError> {
    let text = challenge(app, browser, Some(key.proved_at));
    let value = HeaderValue::from_str(&format!("\"{text}\";id=\"{}\"", identifier(&key.jwk)));
    value.map_err(|_| ErrorKind::Internal.into())
}

fn ended(id: &str) -> HttpResponse {
    let end = End { session_identifier: id, r#continue: false };
    HttpResponse::Ok().insert_header((CACHE_CONTROL, "no-store")).json(end)
}

/// Says what is bound, and gives the cookie. Its attributes are read off one, since browsers compare; how long it lives is not among
/// them. The next challenge comes along, so that the next proof takes one request.
fn instructions(app: &AppState, browser: &[u8], key: &BoundKey) -> Result<HttpResponse, PageError> {
    let until = app.clock.now().plus(COOKIE_LIVES).plus(SLACK).millis();
    let value = app.derived.bound_cookie(&thumbprint(&key.jwk), until);
    let cookie = cookies::set(app, CookieKind::Bound, value, Some(COOKIE_LIVES));
    let written = cookies::set(app, CookieKind::Bound, String::new(), None).to_string();
    let attributes = written.split_once("; ").map_or("", |(_, attributes)| attributes);
    let issuer = &app.config.server.issuer;
    let host = url::Url::parse(issuer).ok().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default();
    let excluded = FREE.map(|path| Excluded { r#type: "exclude", domain: &host, path }).into();
    let id = identifier(&key.jwk);
    let body = Instructions {
        session_identifier: &id,
        refresh_url: REFRESH,
        scope: Scope { origin: issuer, include_site: false, scope_specification: excluded },
        credentials: [Credential { r#type: "cookie", name: cookie.name(), attributes }],
    };
    let mut answer = HttpResponse::Ok().insert_header((CACHE_CONTROL, "no-store")).json(body);
    answer.headers_mut().insert(CHALLENGE, next_challenge(app, browser, key)?);
    answer.add_cookie(&cookie).map_err(|_| ErrorKind::Internal)?;
    Ok(answer)
}
