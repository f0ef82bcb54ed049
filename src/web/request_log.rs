//! The outermost middleware: it names every request, writes one line about it, counts it, and turns a panic into an answer.
//! And the set-up of the log itself.
//!
//! No line ever holds a query string, a cookie, a body or a whole address.

use std::any::Any;
use std::fmt;
use std::panic::AssertUnwindSafe;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::error::InternalError;
use actix_web::http::header::{ACCEPT, CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderMap, HeaderName, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, HttpResponse, web};
use futures_util::FutureExt;
use ipnet::IpNet;
use metrics::{counter, histogram};
use tracing::{Instrument, error, field, info, info_span, warn};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::{SubscriberInitExt, TryInitError};
use tracing_subscriber::{EnvFilter, Layer, Registry};

use super::client_address::ClientAddress;
use crate::clock::Stopwatch;
use crate::config::{Log, LogFormat};
use crate::security::random;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Of a path that no route has; somebody else chose it.
const LONGEST_PATH: usize = 120;

/// Sends the log to standard error, and panics to the log.
///
/// # Errors
/// When a log was started before.
pub fn start_log(config: &Log) -> Result<(), TryInitError> {
    tracing_subscriber::registry().with(log_layer(config, std::io::stderr)).try_init()?;
    std::panic::set_hook(Box::new(|panic| {
        // Only the place: the words of a panic may quote what a person typed.
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        error!(place, "panic");
    }));
    Ok(())
}

fn log_layer<W>(config: &Log, writer: W) -> Box<dyn Layer<Registry> + Send + Sync>
where
    W: for<'writer> MakeWriter<'writer> + Send + Sync + 'static,
{
    // What judges passkeys writes whatever anybody sends it into the log, byte by byte; we say it in our own words.
    let filter = EnvFilter::new(format!("{},webauthn_rs=off,webauthn_rs_core=off", config.level));
    let layer = tracing_subscriber::fmt::layer().with_writer(writer);
    match config.format {
        LogFormat::Json => {
            layer.json().flatten_event(true).with_span_list(false).with_current_span(true).with_filter(filter).boxed()
        }
        LogFormat::Text => layer.with_ansi(false).with_filter(filter).boxed(),
    }
}

/// The proxies whose `X-Forwarded-For` counts, as app data of the service that [`log_requests`] wraps.
#[derive(Debug, Clone, Default)]
pub struct TrustedProxies(pub Vec<IpNet>);

/// Names one request, in its log lines, its answer (`X-Request-Id`) and on error pages: 16 hex digits. In every request's
/// extensions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestId([u8; 8]);

impl RequestId {
    /// A random one; an identifier from outside is never taken over.
    fn random() -> Self {
        Self(random::bytes())
    }

    fn header(self) -> HeaderValue {
        HeaderValue::from_str(&self.to_string()).unwrap_or(HeaderValue::from_static("0"))
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:016x}", u64::from_be_bytes(self.0))
    }
}

/// The middleware, for `actix_web::middleware::from_fn`. It has to be wrapped last, which makes it outermost.
///
/// # Errors
/// Those of the inner service, with the request's identifier added to their answer.
pub async fn log_requests(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let watch = Stopwatch::start();
    let id = RequestId::random();
    let proxies = request.app_data::<web::Data<TrustedProxies>>();
    let client = ClientAddress::of(request.request(), proxies.map_or(&[], |proxies| &proxies.0));
    request.extensions_mut().insert(id);
    if let Some(client) = client {
        request.extensions_mut().insert(client);
    }
    let mut seen = Seen {
        method: known_method(request.method()),
        route: None,
        path: request.path().chars().take(LONGEST_PATH).collect(),
        client,
    };
    let wants_html = wants_html(request.headers());

    let span = info_span!("request", id = field::display(id));
    // A panic may leave the handler's own values broken, but they end with it; shared state is behind locks that say so.
    let answer = AssertUnwindSafe(async move { next.call(request).await });
    let outcome = answer.catch_unwind().instrument(span.clone()).await;
    let _entered = span.entered();
    match outcome {
        Ok(Ok(mut response)) => {
            seen.route = response.request().match_pattern();
            response.headers_mut().insert(REQUEST_ID, id.header());
            seen.write(response.status(), &watch);
            Ok(response)
        }
        Ok(Err(error)) => {
            let mut response = error.error_response();
            response.headers_mut().insert(REQUEST_ID, id.header());
            seen.write(response.status(), &watch);
            Err(InternalError::from_response(error, response).into())
        }
        Err(panic) => {
            let response = after_panic(panic, id, wants_html);
            seen.write(response.status(), &watch);
            Err(InternalError::from_response("panic", response).into())
        }
    }
}

/// What a line says about a request.
struct Seen {
    method: &'static str,
    route: Option<String>,
    path: String,
    client: Option<ClientAddress>,
}

impl Seen {
    fn write(self, status: StatusCode, watch: &Stopwatch) {
        let elapsed = watch.elapsed();
        let code = status.as_u16();
        // Paths that no route has would make a metric of their own each.
        let label = self.route.clone().unwrap_or_else(|| "none".to_owned());
        counter!("keyhouse_requests_total", "method" => self.method, "route" => label.clone(), "status" => code.to_string())
            .increment(1);
        histogram!("keyhouse_request_seconds", "route" => label).record(elapsed.as_secs_f64());
        let client = self.client.map(|client| field::display(client.log_block()));
        let route = self.route.unwrap_or(self.path);
        let ms = elapsed.as_secs_f64() * 1000.0;
        if status.is_server_error() {
            warn!(method = self.method, route, status = code, ms, client, "request");
        } else {
            info!(method = self.method, route, status = code, ms, client, "request");
        }
    }
}

/// Methods are free text to a client; metrics get a fixed set.
fn known_method(method: &Method) -> &'static str {
    let known = ["GET", "POST", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE"];
    known.into_iter().find(|name| *name == method.as_str()).unwrap_or("other")
}

fn wants_html(headers: &HeaderMap) -> bool {
    let accept = headers.get(ACCEPT).and_then(|value| value.to_str().ok());
    accept.is_some_and(|accept| accept.contains("text/html"))
}

/// The hook has logged where it happened; the person gets only a number to quote.
fn after_panic(panic: Box<dyn Any + Send>, id: RequestId, wants_html: bool) -> HttpResponse {
    drop(panic);
    counter!("keyhouse_panics_total").increment(1);
    let mut response = HttpResponse::InternalServerError();
    response
        .insert_header((REQUEST_ID, id.header()))
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"));
    if wants_html {
        return response.content_type("text/html; charset=utf-8").body(format!(
            "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
             <title>Something went wrong</title><h1>Something went wrong</h1><p>Please try again. If it keeps happening, \
             quote this number: {id}</p></html>"
        ));
    }
    response.json(serde_json::json!({ "error": "server_error", "request_id": id.to_string() }))
}

#[cfg(test)]
mod tests;
