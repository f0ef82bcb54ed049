//! Makes pages of errors on the way out: those that handlers returned, unknown paths and wrong methods. Endpoints of the
//! protocol answer JSON instead.

use actix_web::body::{BoxBody, EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, PRAGMA, RETRY_AFTER};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, HttpRequest, HttpResponse, web};
use askama::Template;
use serde_json::json;

use super::error::{ErrorKind, ErrorPage};
use super::error_page::{BUSY_SECONDS, PageError, status};
use super::headers;
use super::request_log::RequestId;
use super::urls;
use super::visitor::Visitor;
use crate::app::AppState;

/// The middleware.
pub async fn render(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<EitherBody<impl MessageBody, BoxBody>>, Error> {
    let answer = next.call(request).await?;
    let error = answer.response().extensions().get::<PageError>().cloned().or_else(|| unanswered(&answer));
    let Some(error) = error else { return Ok(answer.map_into_left_body()) };
    let http = answer.request().clone();
    let Some(app) = http.app_data::<web::Data<AppState>>().cloned() else { return Ok(answer.map_into_left_body()) };
    let allow = answer.headers().get(ALLOW).cloned();
    let mut page = if is_protocol(http.path()) { as_json(&error) } else { as_page(&app, &http, &error) };
    if let Some(allow) = allow {
        page.headers_mut().insert(ALLOW, allow);
    }
    if matches!(error.kind, ErrorKind::Busy | ErrorKind::TooMany) {
        page.headers_mut().insert(RETRY_AFTER, BUSY_SECONDS.into());
    }
    Ok(answer.into_response(page).map_into_right_body())
}

/// What the framework itself answers without a body: no such path, no such method.
fn unanswered<B>(answer: &ServiceResponse<B>) -> Option<PageError> {
    if answer.headers().contains_key(CONTENT_TYPE) {
        return None;
    }
    match answer.status() {
        StatusCode::NOT_FOUND => Some(PageError::of(ErrorKind::NotFound)),
        StatusCode::METHOD_NOT_ALLOWED => Some(PageError::of(ErrorKind::Method)),
        _ => None,
    }
}

/// Endpoints that programs call.
fn is_protocol(path: &str) -> bool {
    path.starts_with("/.well-known/")
        || path.starts_with(urls::SMS_STATUS)
        || path == "/oauth/register"
        || path.starts_with("/oauth/register/")
        || [
            "/oauth/token",
            "/oauth/userinfo",
            "/oauth/introspect",
            "/oauth/revoke",
            "/oauth/par",
            "/oauth/jwks",
            "/oauth/device_authorization",
        ]
        .contains(&path)
}

fn as_json(error: &PageError) -> HttpResponse {
    let description = match error.kind {
        ErrorKind::Method => "this endpoint does not take this method",
        ErrorKind::NotFound => "there is nothing at this path",
        _ => "the request could not be answered",
    };
    HttpResponse::build(status(error.kind))
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((PRAGMA, "no-cache"))
        .json(json!({"error": "invalid_request", "error_description": description}))
}

fn as_page(app: &web::Data<AppState>, request: &HttpRequest, error: &PageError) -> HttpResponse {
    let visitor = Visitor::of(app, request);
    let id = request.extensions().get::<RequestId>().map(ToString::to_string).unwrap_or_default();
    let page = ErrorPage {
        page: visitor.page,
        kind: error.kind,
        app_name: error.app_name.clone(),
        reason: error.reason.clone(),
        wait_seconds: BUSY_SECONDS,
        request_id: id,
        developer: error.developer.clone(),
        way_on: error.way_on.clone(),
    };
    let html = page.render().unwrap_or_else(|error| {
        tracing::error!(%error, "the error page could not be rendered");
        String::new()
    });
    HttpResponse::build(status(error.kind))
        .content_type("text/html; charset=utf-8")
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header(("Content-Security-Policy", headers::page_policy(None, &[])))
        .body(html)
}
