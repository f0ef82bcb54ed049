//! What belongs to the whole site: static files, the operator's mark and colours, apps' logos, people's pictures, and the language and
//! theme of a browser.

use actix_web::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderName, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, web};

use super::assets;
use super::cookies::{self, CookieKind};
use super::error::ErrorKind;
use super::error_page::PageError;
use super::page::{TextSize, Theme};
use super::urls;
use super::visitor::Visitor;
use crate::app::AppState;
use crate::language::Language;
use crate::store::{clients, pictures};

/// What an address with a digest in it may be kept for: good.
const FOR_GOOD: &str = "public, max-age=31536000, immutable";

/// The routes.
pub fn routes(service: &mut web::ServiceConfig) {
    service
        .service(web::resource("/").route(web::get().to(home)))
        .service(web::resource("/static/{path:.*}").route(web::get().to(file)))
        .service(web::resource("/brand/{digest}/{name}").route(web::get().to(brand_file)))
        .service(web::resource("/logo/{digest}/{client_id}").route(web::get().to(logo)))
        .service(web::resource("/picture/{key}/{size}.jpg").route(web::get().to(face)))
        .service(web::resource("/preferences").route(web::post().to(preferences)))
        .service(web::resource("/favicon.ico").route(web::get().to(favicon)))
        .service(web::resource("/robots.txt").route(web::get().to(robots)));
}

async fn home(app: web::Data<AppState>, request: HttpRequest) -> HttpResponse {
    Visitor::of(&app, &request).go(urls::ACCOUNT, [])
}

async fn robots() -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain; charset=utf-8").body("User-agent: *\nDisallow: /\n")
}

async fn favicon() -> HttpResponse {
    HttpResponse::SeeOther().insert_header(("Location", assets::asset("mark.svg"))).finish()
}

async fn file(request: HttpRequest) -> Result<HttpResponse, PageError> {
    let asset = assets::find(request.path()).ok_or(ErrorKind::NotFound)?;
    Ok(HttpResponse::Ok().content_type(asset.content_type).insert_header((CACHE_CONTROL, FOR_GOOD)).body(asset.bytes))
}

async fn brand_file(app: web::Data<AppState>, request: HttpRequest) -> Result<HttpResponse, PageError> {
    let found = app.brand_files.find(request.path());
    let (media_type, bytes) = found.ok_or(ErrorKind::NotFound)?;
    Ok(picture(media_type, bytes.to_vec()))
}

async fn logo(app: web::Data<AppState>, path: web::Path<(String, String)>) -> Result<HttpResponse, PageError> {
    let (digest, client_id) = path.into_inner();
    let found = app.store.read(move |connection| clients::logo(connection, &client_id)).await?;
    let logo = found.filter(|logo| logo.digest == digest).ok_or(ErrorKind::NotFound)?;
    let media_type = if logo.media_type == "image/svg+xml" { "image/svg+xml" } else { "image/png" };
    Ok(picture(media_type, logo.bytes))
}

/// A person's picture. It may be shown on apps' pages. When it is removed it is gone here at once, and from browsers within
/// the hour; nobody between keeps a copy.
async fn face(app: web::Data<AppState>, path: web::Path<(String, i64)>) -> Result<HttpResponse, PageError> {
    let (key, size) = path.into_inner();
    let found = app.store.read(move |connection| pictures::find(connection, &key, size)).await?;
    let mut answer = picture("image/jpeg", found.ok_or(ErrorKind::NotFound)?);
    answer.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("private, max-age=3600"));
    let policy = HeaderName::from_static("cross-origin-resource-policy");
    answer.headers_mut().insert(policy, HeaderValue::from_static("cross-origin"));
    Ok(answer)
}

/// A picture somebody else drew: shown as a picture only, be it opened by itself.
fn picture(media_type: &'static str, bytes: Vec<u8>) -> HttpResponse {
    HttpResponse::Ok()
        .content_type(media_type)
        .insert_header((CACHE_CONTROL, FOR_GOOD))
        .insert_header((CONTENT_SECURITY_POLICY, "default-src 'none'; style-src 'unsafe-inline'; sandbox"))
        .body(bytes)
}

/// `POST /preferences`: the language and theme of this browser, from the menu of any page.
async fn preferences(
    app: web::Data<AppState>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, PageError> {
    let visitor = Visitor::of(&app, &request);
    let form = visitor.form(payload).await?;
    let set = preference_cookies(&app, form.get("language"), form.get("theme"));
    Ok(visitor.go(urls::checked_return(form.get("return_to")), set))
}

/// The cookie that keeps the size of text, or its end.
pub fn text_size_cookie(app: &AppState, size: Option<TextSize>) -> actix_web::cookie::Cookie<'static> {
    match size {
        Some(size) => {
            let life = Some(app.config.sessions.device_cookie);
            cookies::set(app, CookieKind::TextSize, size.name().to_owned(), life)
        }
        None => cookies::remove(app, CookieKind::TextSize),
    }
}

/// The cookies that keep a choice; what is no choice changes nothing.
pub fn preference_cookies(
    app: &AppState,
    language: Option<&str>,
    theme: Option<&str>,
) -> Vec<actix_web::cookie::Cookie<'static>> {
    let life = Some(app.config.sessions.device_cookie);
    let mut set = Vec::new();
    if let Some(language) = language.and_then(Language::from_tag) {
        set.push(cookies::set(app, CookieKind::Language, language.tag().to_owned(), life));
    }
    match (theme, theme.and_then(Theme::from_name)) {
        (_, Some(theme)) => set.push(cookies::set(app, CookieKind::Theme, theme.name().to_owned(), life)),
        (Some("system"), None) => set.push(cookies::remove(app, CookieKind::Theme)),
        _ => {}
    }
    set
}
