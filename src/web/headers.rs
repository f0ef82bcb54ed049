//! The headers that every answer has.

use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{
    CONTENT_SECURITY_POLICY, HeaderMap, HeaderName, HeaderValue, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use actix_web::middleware::Next;
use actix_web::web;

use crate::app::AppState;

/// The policy of a page of ours: everything from here, nothing inline, never framed. `form_action` is where our
/// redirect after a post may lead besides, `frames` are the origins that the page itself frames.
pub fn page_policy(form_action: Option<&str>, frames: &[String]) -> String {
    let also = form_action.map(|source| format!(" {source}")).unwrap_or_default();
    let frames = if frames.is_empty() { String::new() } else { format!("frame-src {}; ", frames.join(" ")) };
    format!(
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; \
         {frames}form-action 'self'{also}; frame-ancestors 'none'; base-uri 'none'"
    )
}

/// The policy of everything that is no page.
const NO_PAGE: &str = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/// Who else may hold a handle on the window (HTML §7.1.3).
pub const OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");

/// Adds what is missing.
pub async fn secure(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let https = request.app_data::<web::Data<AppState>>().is_some_and(|app| app.config.server.is_https());
    let mut answer = next.call(request).await?;
    let is_redirect = answer.status().is_redirection();
    let headers = answer.headers_mut();
    set_default(headers, CONTENT_SECURITY_POLICY, NO_PAGE);
    set_default(headers, X_FRAME_OPTIONS, "DENY");
    set_default(headers, X_CONTENT_TYPE_OPTIONS, "nosniff");
    // no-referrer would make our own forms send `Origin: null`.
    set_default(headers, REFERRER_POLICY, "same-origin");
    // A redirect is no page: one on the way to an app's page would cut the window off from the app that opened it.
    if !is_redirect {
        set_default(headers, OPENER_POLICY, "same-origin");
    }
    set_default(headers, HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=()");
    if https {
        set_default(headers, STRICT_TRANSPORT_SECURITY, "max-age=63072000; includeSubDomains");
    }
    Ok(answer)
}

fn set_default(headers: &mut HeaderMap, name: HeaderName, value: &'static str) {
    if !headers.contains_key(&name) {
        headers.insert(name, HeaderValue::from_static(value));
    }
}
