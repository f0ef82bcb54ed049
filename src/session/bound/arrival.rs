//! The middleware around pages where sign-ins are bound to devices. A browser proves its key for requests of our own pages, not for
//! one that another site began (the draft: "Identify if a request is allowed to refresh"): who comes from an app after a while would
//! have to sign in. So a page of ours comes first, and asks for the same address again.

use actix_web::body::{BoxBody, EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::HeaderValue;
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage as _, HttpRequest, HttpResponse, web};
use askama::Template;

use super::{Shown, registration};
use crate::app::AppState;
use crate::security::random;
use crate::store::{StoreError, sessions};
use crate::web::cookies::{self, CookieKind};
use crate::web::error_page::PageError;
use crate::web::headers::OPENER_POLICY;
use crate::web::page::Page;
use crate::web::visitor::Visitor;

/// That the sign-in which a page was shown to is bound to no key.
pub(super) struct Unbound;

/// Asks for its own address once more, by itself.
#[derive(Debug, Template)]
#[template(path = "session/bound/arrival.html")]
pub struct ArrivalPage {
    /// What every page carries; its path is where it leads.
    pub page: Page,
}

/// The middleware.
pub async fn ask_again(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<EitherBody<impl MessageBody, BoxBody>>, Error> {
    let app = request.app_data::<web::Data<AppState>>().filter(|app| app.config.sessions.device_bound).cloned();
    let Some(app) = app else { return Ok(next.call(request).await?.map_into_left_body()) };
    if let Some(page) = page_for(&app, request.request()).await? {
        return Ok(request.into_response(page).map_into_right_body());
    }
    let mut answer = next.call(request).await?;
    let is_unbound = answer.request().extensions().get::<Unbound>().is_some();
    if is_unbound
        && let Some(cookie) = cookies::read(&app, answer.request(), CookieKind::Session)
        && let Some((name, value)) = registration(&app, &cookie)
    {
        answer.headers_mut().insert(name, value);
    }
    Ok(answer.map_into_left_body())
}

async fn page_for(app: &web::Data<AppState>, request: &HttpRequest) -> Result<Option<HttpResponse>, PageError> {
    if !comes_from_elsewhere(request) {
        return Ok(None);
    }
    let visitor = Visitor::of(app, request);
    let Some(cookie) = visitor.cookie(CookieKind::Session).filter(|_| Shown::of(&visitor) == Shown::Nothing) else {
        return Ok(None);
    };
    if !is_bound(app, &cookie).await? {
        return Ok(None);
    }
    let mut answer = visitor.show(&ArrivalPage { page: visitor.page.clone() })?;
    // It may be a popup of the app that asks, which keeps its handle on it.
    answer.headers_mut().insert(OPENER_POLICY, HeaderValue::from_static("unsafe-none"));
    Ok(Some(answer))
}

/// Whether another site made the browser go here. What our page asks for after that comes from here.
fn comes_from_elsewhere(request: &HttpRequest) -> bool {
    let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    request.method() == Method::GET
        && header("Sec-Fetch-Mode") == "navigate"
        && ["cross-site", "same-site"].contains(&header("Sec-Fetch-Site"))
}

async fn is_bound(app: &AppState, cookie: &str) -> Result<bool, StoreError> {
    let (digest, now) = (random::sha256(cookie), app.clock.now());
    let all = app.store.read(move |connection| sessions::of_browser(connection, &digest, now)).await?;
    Ok(all.iter().any(|(session, _)| session.bound_key().is_some_and(|key| !Shown::Nothing.opens(Some(&key), now))))
}
