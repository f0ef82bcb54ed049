//! What browsers call by themselves: `POST /session/registration` with a new key, `POST /session/refresh` with a proof of it. Both
//! answer with session instructions (JSON) and the cookie of ten minutes; a refresh without a good proof gets a challenge first.

use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, HeaderName, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;

use super::proof::{Proof, unquoted};
use super::{PROOF_LIVES, REFRESH, REGISTRATION, challenge, is_challenge, thumbprint};
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

/// A key for the sign-ins that have just got this cookie. Every challenge binds once: what is bound is bound.
async fn register(app: web::Data<AppState>, request: HttpRequest) -> Result<HttpResponse, PageError> {
    let Some(browser) = browser_of(&app, &request) else { return Ok(refused()) };
    let proof = header(&request, RESPONSE).and_then(Proof::read).ok_or(ErrorKind::Unreadable)?;
    if !is_challenge(&app, proof.challenge(), &browser, None) {
        return Ok(refused());
    }
    let Some(jwk) = proof.own_key() else { return Ok(refused()) };
    let key = BoundKey { jwk: jwk.clone(), proved_at: app.clock.now() };
    if !app.store.write(move |connection| sessions::bind(connection, &browser, &key)).await? {
        return Ok(refused());
    }
    instructions(&app, &jwk)
}

/// A proof of the key. Each is for one challenge, and each challenge for one proof: the next is over another moment.
async fn refresh(app: web::Data<AppState>, request: HttpRequest) -> Result<HttpResponse, PageError> {
    let id = header(&request, SESSION_ID).map(unquoted).ok_or(ErrorKind::Unreadable)?;
    // Without a sign-in of that key there is nothing to prove: it has ended, or the browser has another key by now.
    let Some(browser) = browser_of(&app, &request) else { return Ok(ended(id)) };
    let Some(key) = key_of(&app, &browser, id).await? else { return Ok(ended(id)) };
    let Some(proof) = header(&request, RESPONSE) else { return challenged(&app, &browser, &key) };
    let Some(proof) = Proof::read(proof).filter(|proof| proof.is_by(&key.jwk)) else { return Ok(refused()) };
    if !is_challenge(&app, proof.challenge(), &browser, Some(key.proved_at)) {
        return challenged(&app, &browser, &key);
    }
    let (digest, last, now) = (browser.clone(), key.clone(), app.clock.now());
    if app.store.write(move |connection| sessions::prove(connection, &digest, &last, now)).await? {
        return instructions(&app, &key.jwk);
    }
    // Another request was first.
    match key_of(&app, &browser, id).await? {
        Some(key) => challenged(&app, &browser, &key),
        None => Ok(ended(id)),
    }
}

/// The digest of the session cookie.
fn browser_of(app: &AppState, request: &HttpRequest) -> Option<Vec<u8>> {
    Some(random::sha256(&cookies::read(app, request, CookieKind::Session)?))
}

/// The key of this thumbprint that a live sign-in of the browser is bound to.
async fn key_of(app: &AppState, browser: &[u8], id: &str) -> Result<Option<BoundKey>, StoreError> {
    let (digest, now) = (browser.to_vec(), app.clock.now());
    let all = app.store.read(move |connection| sessions::of_browser(connection, &digest, now)).await?;
    let active = all.iter().filter(|(_, account)| account.state == AccountState::Active);
    Ok(active.filter_map(|(session, _)| session.bound_key()).find(|key| identifier(&key.jwk) == id))
}

fn header<'a>(request: &'a HttpRequest, name: &str) -> Option<&'a str> {
    request.headers().get(name)?.to_str().ok()
}

/// What the browser calls the session.
fn identifier(jwk: &str) -> String {
    random::encode(thumbprint(jwk))
}

fn refused() -> HttpResponse {
    HttpResponse::build(StatusCode::FORBIDDEN).insert_header((CACHE_CONTROL, "no-store")).finish()
}

fn challenged(app: &AppState, browser: &[u8], key: &BoundKey) -> Result<HttpResponse, PageError> {
    let text = challenge(app, browser, Some(key.proved_at));
    let value = HeaderValue::from_str(&format!("\"{text}\";id=\"{}\"", identifier(&key.jwk)));
    let mut answer = refused();
    answer.headers_mut().insert(CHALLENGE, value.map_err(|_| ErrorKind::Internal)?);
    Ok(answer)
}

fn ended(id: &str) -> HttpResponse {
    let end = End { session_identifier: id, r#continue: false };
    HttpResponse::Ok().insert_header((CACHE_CONTROL, "no-store")).json(end)
}

/// Says what is bound, and gives the cookie. Its attributes are read off one, since browsers compare; how long it lives is not among
/// them.
fn instructions(app: &AppState, jwk: &str) -> Result<HttpResponse, PageError> {
    let until = app.clock.now().plus(PROOF_LIVES).millis();
    let value = app.derived.bound_cookie(&thumbprint(jwk), until);
    let cookie = cookies::set(app, CookieKind::Bound, value, Some(PROOF_LIVES));
    let written = cookies::set(app, CookieKind::Bound, String::new(), None).to_string();
    let attributes = written.split_once("; ").map_or("", |(_, attributes)| attributes);
    let issuer = &app.config.server.issuer;
    let host = url::Url::parse(issuer).ok().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default();
    let excluded = FREE.map(|path| Excluded { r#type: "exclude", domain: &host, path }).into();
    let id = identifier(jwk);
    let body = Instructions {
        session_identifier: &id,
        refresh_url: REFRESH,
        scope: Scope { origin: issuer, include_site: false, scope_specification: excluded },
        credentials: [Credential { r#type: "cookie", name: cookie.name(), attributes }],
    };
    let mut answer = HttpResponse::Ok().insert_header((CACHE_CONTROL, "no-store")).json(body);
    answer.add_cookie(&cookie).map_err(|_| ErrorKind::Internal)?;
    Ok(answer)
}
