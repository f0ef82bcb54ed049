//! Who may read the answers of the token, userinfo and revocation endpoints from a script (Fetch §3.2): the web origins
//! of public web clients, by name and without cookies. Everybody else is answered all the same, but their browser keeps
//! the answer to itself. The public documents are open to all and see to it themselves; pages are open to nobody.

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, HeaderValue, ORIGIN, VARY,
};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, HttpRequest, HttpResponse, web};

use crate::app::AppState;
use crate::store::clients::{self, Client};

/// Seconds a browser may remember the answer to a preflight.
const PREFLIGHT_LIFE: &str = "600";

/// What a handler that knows its client says about the request's origin.
#[derive(Clone, Copy)]
struct IsOwnOrigin(bool);

/// Says whether the request comes from a page of `client`, which spares [`share`] its read. Only browsers name an origin.
pub fn note_client(request: &HttpRequest, client: &Client) {
    if let Some(origin) = request.headers().get(ORIGIN) {
        let is_own = client.browser_origins().iter().any(|own| own.as_bytes() == origin.as_bytes());
        request.extensions_mut().insert(IsOwnOrigin(is_own));
    }
}

/// The middleware of the shared endpoints. Requests without an origin pass untouched.
pub async fn share(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let Some(origin) = request.headers().get(ORIGIN).cloned() else { return next.call(request).await };
    let mut answer = next.call(request).await?;
    let noted = answer.request().extensions().get::<IsOwnOrigin>().copied();
    let is_registered = match noted {
        Some(IsOwnOrigin(is_own)) => is_own,
        // No client is known: a preflight, userinfo, or a request refused before.
        None => is_registered(answer.request(), &origin).await,
    };
    let headers = answer.headers_mut();
    headers.append(VARY, HeaderValue::from_static("Origin"));
    if is_registered {
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        headers.insert(
            ACCESS_CONTROL_EXPOSE_HEADERS,
            HeaderValue::from_static("WWW-Authenticate, Retry-After, DPoP-Nonce"),
        );
    }
    Ok(answer)
}

/// `OPTIONS`: what scripts may send. [`share`] adds to whom that applies.
pub async fn preflight() -> HttpResponse {
    HttpResponse::NoContent()
        .insert_header((ACCESS_CONTROL_ALLOW_METHODS, "GET, POST"))
        .insert_header((ACCESS_CONTROL_ALLOW_HEADERS, "Authorization, Content-Type, DPoP"))
        .insert_header((ACCESS_CONTROL_MAX_AGE, PREFLIGHT_LIFE))
        .finish()
}

/// Looks an origin up. A store that does not answer allows nothing; the handler has told of its own trouble.
async fn is_registered(request: &HttpRequest, origin: &HeaderValue) -> bool {
    let (Some(app), Ok(origin)) = (request.app_data::<web::Data<AppState>>(), origin.to_str()) else { return false };
    let origin = origin.to_owned();
    let found = app.store.read(move |connection| clients::is_browser_origin(connection, &origin)).await;
    found.unwrap_or_else(|error| {
        tracing::warn!(%error, "an origin could not be looked up");
        false
    })
}
