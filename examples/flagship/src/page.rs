//! What every page shares: the frame, the security headers, the error page, times and sizes in words.

use actix_web::body::BoxBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_LENGTH, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HOST, HeaderMap, HeaderName, HeaderValue,
    LOCATION, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use actix_web::middleware::Next;
use actix_web::{Error, HttpResponse, web};
use askama::Template;
use chrono::DateTime;

use crate::config::{AppKind, Link};
use crate::error::{AppError, Explanation};
use crate::rp::authorize::LocalPath;
use crate::rp::session::SignedIn;
use crate::state::AppState;

/// The frame around a page: header, links to the other apps, footer.
pub struct Page {
    /// Which logo and colour.
    pub slug: &'static str,
    /// The app's name.
    pub app_name: String,
    /// The page's own title.
    pub title: String,
    /// Who is signed in, to be shown to themselves only.
    pub person: Option<String>,
    /// The session's form token; empty where nobody is signed in.
    pub csrf: String,
    /// The other apps.
    pub links: Vec<Link>,
}

impl Page {
    /// The frame for somebody who is signed in.
    pub fn new(state: &AppState, signed_in: &SignedIn, title: impl Into<String>) -> Self {
        Self {
            person: Some(signed_in.person.own_label().to_owned()),
            csrf: signed_in.csrf.clone(),
            ..Self::without_person(state, title)
        }
    }

    /// The frame where nobody is signed in, or nobody asked.
    pub fn without_person(state: &AppState, title: impl Into<String>) -> Self {
        Self {
            slug: state.config.kind.slug(),
            app_name: state.config.name.clone(),
            title: title.into(),
            person: None,
            csrf: String::new(),
            links: state.config.links.clone(),
        }
    }
}

#[derive(Template)]
#[template(path = "message.html")]
struct MessagePage {
    page: Page,
    text: &'static str,
    /// The way on for somebody who may sign in.
    sign_in: Option<String>,
}

/// Renders a page.
///
/// # Errors
/// A template that fails is a fault of ours.
pub fn html(template: &impl Template) -> Result<HttpResponse, AppError> {
    let body = template.render().map_err(|error| AppError::Fault(error.into()))?;
    Ok(HttpResponse::Ok().content_type("text/html; charset=utf-8").body(body))
}

/// A page with one message and, perhaps, the button that signs in.
///
/// # Errors
/// As [`html`].
pub fn message(state: &AppState, explanation: &Explanation, return_to: &LocalPath) -> Result<HttpResponse, AppError> {
    html(&MessagePage {
        page: Page::without_person(state, explanation.title),
        text: explanation.text,
        sign_in: explanation.sign_in.then(|| format!("/signin?to={}", return_to.encoded())),
    })
}

/// 303: the browser continues with a GET, also after a form was sent.
pub fn see_other(location: &str) -> HttpResponse {
    HttpResponse::SeeOther().insert_header((LOCATION, location)).finish()
}

/// Goes round every request: sends people to the app's one address, dresses failures in a page, adds the
/// security headers and writes the log line. The log has paths only: a query may carry an authorization code.
///
/// # Errors
/// Never of its own.
pub async fn finish(request: ServiceRequest, next: Next<BoxBody>) -> Result<ServiceResponse<BoxBody>, Error> {
    let Some(state) = request.app_data::<web::Data<AppState>>().cloned() else {
        return next.call(request).await;
    };
    let (method, path) = (request.method().clone(), request.path().to_owned());
    let mut response = match canonical(&state, &request) {
        Some(location) => request.into_response(see_other(&location)),
        None => next.call(request).await?,
    };
    if is_page(&response) {
        response = with_error_page(&state, response);
    }
    add_headers(&state, response.headers_mut());
    tracing::debug!(%method, path, status = response.status().as_u16(), "answered");
    Ok(response)
}

/// `localhost` and `127.0.0.1` are two hosts to a browser: cookies set under one are not seen under the
/// other, and only one of them is registered as redirect URI. Pages are therefore shown under one alone.
fn canonical(state: &AppState, request: &ServiceRequest) -> Option<String> {
    let path = request.uri().path_and_query()?.as_str();
    let host = request.headers().get(HOST)?.to_str().ok()?;
    let (_, own) = state.config.public_url.split_once("://")?;
    let page =
        request.method() == Method::GET && request.path() != "/healthz" && !is_api(state.config.kind, request.path());
    (page && !host.eq_ignore_ascii_case(own)).then(|| state.config.url(path))
}

fn is_api(kind: AppKind, path: &str) -> bool {
    kind == AppKind::Cloud && path.starts_with("/api/")
}

/// A failure of a page, or a bare one; not an API's own JSON.
fn is_page(response: &ServiceResponse<BoxBody>) -> bool {
    let status = response.status();
    let content_type = response.headers().get(CONTENT_TYPE);
    match response.response().error() {
        _ if content_type.is_some_and(|value| value == "application/json") => false,
        Some(error) => !matches!(error.as_error::<AppError>(), Some(AppError::TrySilently { .. })),
        None => content_type.is_none() && (status.is_client_error() || status.is_server_error()),
    }
}

fn with_error_page(state: &AppState, response: ServiceResponse<BoxBody>) -> ServiceResponse<BoxBody> {
    let status = response.status();
    let explanation = match response.response().error().and_then(|error| error.as_error::<AppError>()) {
        Some(error) => {
            match error {
                AppError::Fault(cause) => {
                    tracing::error!(path = response.request().path(), "{cause}")
                }
                AppError::Provider(cause) => {
                    tracing::warn!(path = response.request().path(), "{cause}")
                }
                _ => {}
            }
            error.explanation()
        }
        None => Explanation::of_status(status),
    };
    // A page can be opened again after signing in; a form cannot be sent again.
    let return_to = if response.request().method() == Method::GET && is_worth_returning(response.request().path()) {
        LocalPath::of(response.request())
    } else {
        LocalPath::parse("/")
    };
    let Ok(mut page) = message(state, &explanation, &return_to) else {
        return response;
    };
    *page.status_mut() = status;
    for (name, value) in response.headers() {
        // `Allow`, `Retry-After`, cookies: what the failure itself wanted to say.
        if name != CONTENT_TYPE && name != CONTENT_LENGTH {
            page.headers_mut().append(name.clone(), value.clone());
        }
    }
    response.into_response(page)
}

/// The addresses of the sign-in itself lead nowhere.
fn is_worth_returning(path: &str) -> bool {
    !matches!(path, "/signin" | "/callback")
}

fn add_headers(state: &AppState, headers: &mut HeaderMap) {
    // The issuer is a form target too: signing out and connecting cloud are forms that end in a redirect
    // there, and browsers apply `form-action` to that redirect.
    let policy = format!(
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self' {}; base-uri 'none'; frame-ancestors 'none'",
        state.config.issuer_origin
    );
    let mut set = |name: HeaderName, value: HeaderValue| {
        if !headers.contains_key(&name) {
            headers.insert(name, value);
        }
    };
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        set(CONTENT_SECURITY_POLICY, policy);
    }
    set(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    set(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    // Not `no-referrer`: with it browsers send `Origin: null`, and the check of forms needs the origin.
    set(REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    set(HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin"));
    set(CACHE_CONTROL, HeaderValue::from_static("no-store"));
}

/// A time in words, in UTC: without a script the server does not know the person's time zone.
pub fn time(seconds: i64) -> String {
    DateTime::from_timestamp(seconds, 0)
        .map_or_else(String::new, |time| time.format("%-d %b %Y, %H:%M UTC").to_string())
}

/// A number of bytes in words.
pub fn size(bytes: i64) -> String {
    const KIB: i64 = 1024;
    const MIB: i64 = 1024 * KIB;
    match bytes {
        ..KIB => format!("{bytes} bytes"),
        KIB..MIB => format!("{} KB", bytes / KIB),
        _ => format!("{}.{} MB", bytes / MIB, bytes % MIB * 10 / MIB),
    }
}

#[cfg(test)]
mod tests {
    use super::{size, time};

    #[test]
    fn words() {
        assert_eq!(size(12), "12 bytes");
        assert_eq!(size(2048), "2 KB");
        assert_eq!(size(1024 * 1024 * 3 / 2), "1.5 MB");
        assert_eq!(time(0), "1 Jan 1970, 00:00 UTC");
    }
}
