//! Device authorization (RFC 8628): a device without a keyboard asks here, and a person answers at `/device` on another.

pub mod asked;
pub mod confirm;
pub mod done;
pub mod enter;
pub mod qr;
pub mod user_code;

use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, PRAGMA};
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use std::time::Duration;

use super::authorize::request;
use super::error::{ErrorCode, OAuthError};
use super::scope::NamedResource;
use super::token::{GrantType, authenticate, refuse_secrets_in_query};
use crate::app::AppState;
use crate::security::random;
use crate::store::device_requests::{self, DeviceRequest, DeviceState};
use crate::store::{StoreError, resources, throttles};
use crate::web::client_address::ClientAddress;
use crate::web::{body, urls};

/// Seconds between two polls at least (RFC 8628 §3.2), and by how much that grows when a device comes sooner (§3.5).
pub const INTERVAL_SECONDS: i32 = 5;

const HOUR: Duration = Duration::from_secs(60 * 60);

/// Drawing a user code that is in use is as good as impossible; so often it may happen.
const DRAWS: usize = 3;

/// The answer (RFC 8628 §3.2). Holds secrets: no `Debug`.
#[derive(Serialize)]
struct DeviceAnswer {
    device_code: String,
    user_code: String,
    verification_uri: String,
    verification_uri_complete: String,
    expires_in: u64,
    interval: i32,
}

/// What is kept of a user code. Keyed: its 34 bits would be found from a plain digest.
pub fn user_digest(app: &AppState, user_code: &str) -> Vec<u8> {
    app.derived.one_time_code_digest(&[], "device user code", user_code)
}

/// The whole address of the page for a user code as it is shown, or for none.
fn page_address(app: &AppState, user_code: &str) -> String {
    format!("{}{}", app.config.server.issuer, urls::device(user_code))
}

/// `POST /oauth/device_authorization`.
pub async fn post(
    app: web::Data<AppState>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, OAuthError> {
    refuse_secrets_in_query(&request)?;
    let form = body::form(&app, &request, payload).await?;
    if form.repeated(&["resource"]).is_some() {
        return Err(OAuthError::invalid_request("a parameter is repeated"));
    }
    let client = authenticate(&app, &request, &form).await?;
    if !client.grant_types.contains(GrantType::DeviceCode.as_str()) {
        return Err(OAuthError::new(ErrorCode::UnauthorizedClient, "the client is not registered for this grant"));
    }
    let wanted = request::resources(&form)?;
    let identifiers = wanted.clone();
    let named = app.store.read(move |connection| {
        let mut named = Vec::new();
        for identifier in &identifiers {
            if let Some(resource) = resources::find(connection, identifier)? {
                named.push(NamedResource::of(&resource)?);
            }
        }
        Ok(named)
    });
    let scope = asked::scope(&client, form.get("scope").unwrap_or_default(), &wanted, &named.await?)?;
    let (now, life) = (app.clock.now(), app.config.device.code);
    let address = ClientAddress::of(&request, &app.config.server.trusted_proxies);
    let row = DeviceRequest {
        device_digest: Vec::new(),
        user_digest: Vec::new(),
        client_id: client.client_id,
        scope,
        resources: wanted.iter().map(String::as_str).collect(),
        address: address.map(|address| address.ip().to_string()).unwrap_or_default(),
        state: DeviceState::Pending,
        account_id: None,
        session_id: None,
        interval_seconds: INTERVAL_SECONDS,
        polled_at: None,
        created_at: now,
        expires_at: now.plus(life),
    };
    let (device_code, user_code) = keep(&app, &request, row).await?;
    let user_code = user_code::shown(&user_code);
    let answer = DeviceAnswer {
        device_code,
        verification_uri: page_address(&app, ""),
        verification_uri_complete: page_address(&app, &user_code),
        user_code,
        expires_in: life.as_secs(),
        interval: INTERVAL_SECONDS,
    };
    Ok(HttpResponse::Ok().insert_header((CACHE_CONTROL, "no-store")).insert_header((PRAGMA, "no-cache")).json(answer))
}

/// Writes the request down under new codes, within the limit of the address it came from, and gives the codes.
async fn keep(app: &AppState, request: &HttpRequest, row: DeviceRequest) -> Result<(String, String), OAuthError> {
    let block = ClientAddress::limit_key(request, &app.config.server.trusted_proxies);
    let limit = app.config.device.requests_per_address_per_hour;
    for _ in 0..DRAWS {
        let (device_code, user_code) = (random::secret(), user_code::new());
        let row = DeviceRequest {
            device_digest: random::sha256(&device_code),
            user_digest: user_digest(app, &user_code),
            ..row.clone()
        };
        let bucket = format!("device-requests:{block}");
        let written = app.store.write(move |connection| {
            let now = row.created_at;
            if throttles::take(connection, &bucket, limit, now, now.plus(HOUR))?.is_some() {
                return Ok(false);
            }
            device_requests::insert(connection, &row)?;
            Ok(true)
        });
        match written.await {
            Ok(true) => return Ok((device_code, user_code)),
            Ok(false) => {
                let problem = "too many devices have asked from this address, try again later";
                return Err(OAuthError::new(ErrorCode::TemporarilyUnavailable, problem)
                    .with_status(StatusCode::TOO_MANY_REQUESTS));
            }
            Err(StoreError::Conflict(_)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(OAuthError::new(ErrorCode::ServerError, "the server failed"))
}
