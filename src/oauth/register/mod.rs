//! Apps that register themselves (RFC 7591, OpenID Connect Dynamic Client Registration 1.0): by anybody, by whoever holds
//! an initial access token, or by nobody, as the operator decides. Nothing of what only the operator says can be had here.

pub mod management;
mod metadata;
mod refusal;

use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, PRAGMA};
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::{Map, Value, json};

use super::bearer::{self, BearerError};
use super::client_auth::assertion;
use super::error::{ErrorCode, OAuthError};
use super::registration::{self, ClientMetadata, Surroundings, Trust};
use super::{endpoints, logo, look_alike, sector};
use crate::app::AppState;
use crate::config::RegistrationMode;
use crate::security::foreign_jws::Members;
use crate::security::random;
use crate::security::signing_key::KeyFault;
use crate::store::clients::{self, AuthMethod, Client, Logo};
use crate::store::details::{Json, Metadata};
use crate::store::{StoreError, registration_tokens, throttles};
use crate::web::body;
use crate::web::client_address::ClientAddress;
pub use refusal::Refusal;

const HOUR: Duration = Duration::from_secs(60 * 60);

/// `POST /oauth/register` (RFC 7591 §3).
pub async fn post(
    app: web::Data<AppState>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Refusal> {
    let initial = match app.config.registration.mode {
        RegistrationMode::Off => return Err(is_off().into()),
        RegistrationMode::Open => None,
        RegistrationMode::Token => Some(random::sha256(&bearer::presented(&request, None)?.1)),
    };
    // Counted before anything is read or fetched.
    count(&app, &request).await?;
    if let Some(digest) = initial.clone() {
        let now = app.clock.now();
        if !app.store.read(move |connection| registration_tokens::is_live(connection, &digest, now)).await? {
            return Err(BearerError::invalid_token().into());
        }
    }
    let object = read(&app, &request, payload).await?;
    let wanted = metadata::of(object, &app.config.registration)?;
    let client_id = random::identifier();
    let mut draft = draft(&app, ClientMetadata { client_id, ..wanted }).await?;
    let token = random::secret();
    draft.keep_token_digest(random::encode(random::sha256(&token)));
    let secret = draft.client.token_endpoint_auth_method.has_secret().then(random::secret);
    if let Some(secret) = &secret {
        draft.give_secret(&app, secret)?;
    }
    let client = insert(&app, draft, initial).await??;
    tracing::info!(client_id = %client.client_id, "a client registered itself");
    Ok(answer(&app, StatusCode::CREATED, &client, secret.as_deref(), &token))
}

/// A client that was checked, and what was fetched for it.
struct Draft {
    client: Client,
    logo: Option<Logo>,
}

impl Draft {
    fn keep_token_digest(&mut self, digest: String) {
        let own = self.client.metadata.get().cloned().unwrap_or_default();
        self.client.metadata = Json::of(Metadata { registration_token_digest: Some(digest), ..own });
    }

    fn give_secret(&mut self, app: &AppState, secret: &str) -> Result<(), OAuthError> {
        assertion::give_secret(&app.derived, &mut self.client, secret).map_err(|_| OAuthError::from(KeyFault))
    }

    /// Keeps the secret of the client as it stood, where its method wants one and what is kept of it will do; otherwise
    /// gives it another, which is told.
    fn carry_secret(&mut self, app: &AppState, standing: Client) -> Result<Option<String>, OAuthError> {
        let method = self.client.token_endpoint_auth_method;
        if !method.has_secret() {
            return Ok(None);
        }
        let sealed = standing.metadata.get().and_then(|own| own.sealed_secret.clone());
        let needs_clear = method == AuthMethod::ClientSecretJwt;
        if standing.secret_digest.is_none() || (needs_clear && sealed.is_none()) {
            let secret = random::secret();
            self.give_secret(app, &secret)?;
            return Ok(Some(secret));
        }
        self.client.secret_digest = standing.secret_digest;
        if needs_clear {
            let own = self.client.metadata.get().cloned().unwrap_or_default();
            self.client.metadata = Json::of(Metadata { sealed_secret: sealed, ..own });
        }
        Ok(None)
    }
}

/// Checks what was asked for, after fetching what the check needs.
async fn draft(app: &AppState, wanted: ClientMetadata) -> Result<Draft, Refusal> {
    check_name(app, &wanted).await?;
    let listed = match &wanted.sector_identifier_uri {
        Some(uri) => sector::fetch(&app.outbound, uri).await.map_err(|_| Refusal::unfetched_sector())?,
        None => None,
    };
    let around = Surroundings {
        loopback_http: app.config.is_development(),
        certificates: app.config.mtls.certificates(),
        resources: &[],
        sector_redirect_uris: listed.as_deref(),
        now: app.clock.now(),
    };
    let trust = Trust { legacy_response_types: app.config.compatibility.legacy_response_types, ..Trust::default() };
    let mut client = registration::check(&wanted, &trust, around)?;
    let logo = fetch_logo(app, &client).await;
    client.logo_digest = logo.as_ref().map(|logo| logo.digest.clone());
    Ok(Draft { client, logo })
}

/// An app that nobody has checked may not look like one that somebody has, nor like this house. The host it leads to says who
/// that is.
async fn check_name(app: &AppState, wanted: &ClientMetadata) -> Result<(), Refusal> {
    if wanted.client_name == metadata::host(&wanted.redirect_uris) {
        return Ok(());
    }
    let own = wanted.client_id.clone();
    let apps = app.store.read(move |connection| clients::checked_names(connection, &own)).await?;
    match look_alike::fault(&wanted.client_name, &app.brand.name, &apps) {
        None => Ok(()),
        Some(fault) => Err(Refusal::metadata(fault.description())),
    }
}

/// The logo, where such logos are shown. One that cannot be had, or that is no plain picture, is left out.
async fn fetch_logo(app: &AppState, client: &Client) -> Option<Logo> {
    let uri = client.metadata.get()?.logo_uri.as_deref().filter(|_| app.config.registration.logos)?;
    let fetched = app.outbound.get_bytes(uri, logo::LARGEST).await.map_err(|error| error.to_string());
    fetched
        .and_then(|bytes| logo::checked(&client.client_id, bytes))
        .inspect_err(|problem| tracing::info!(client_id = %client.client_id, problem, "a logo was left out"))
        .ok()
}

/// The client, its logo and the use of the initial access token are one write.
async fn insert(app: &AppState, draft: Draft, initial: Option<Vec<u8>>) -> Result<Result<Client, Refusal>, StoreError> {
    let (now, most) = (app.clock.now(), i64::from(app.config.registration.most_clients));
    let Draft { client, logo } = draft;
    let write = app.store.write(move |connection| {
        if clients::locked_count(connection)? >= most {
            return Ok(Err(Refusal::from(full())));
        }
        if let Some(digest) = &initial
            && !registration_tokens::take(connection, digest, now)?
        {
            return Ok(Err(Refusal::from(BearerError::invalid_token())));
        }
        clients::insert(connection, &client)?;
        if let Some(logo) = &logo {
            clients::set_logo(connection, logo)?;
        }
        Ok(Ok(client))
    });
    write.await
}

/// Reads the body: one JSON object, every member of which stands once, so that nobody reads another registration out of it
/// than we do.
async fn read(app: &AppState, request: &HttpRequest, payload: web::Payload) -> Result<Map<String, Value>, Refusal> {
    Ok(body::json::<Members>(app, request, payload).await?.into_map())
}

/// Counts a registration, or a change, against the address it comes from.
async fn count(app: &AppState, request: &HttpRequest) -> Result<(), Refusal> {
    let block = ClientAddress::limit_key(request, &app.config.server.trusted_proxies);
    let bucket = format!("registrations-from:{block}");
    let (now, limit) = (app.clock.now(), app.config.registration.per_address_per_hour);
    let take = app.store.write(move |connection| throttles::take(connection, &bucket, limit, now, now.plus(HOUR)));
    match take.await? {
        None => Ok(()),
        Some(_) => Err(OAuthError::new(ErrorCode::TemporarilyUnavailable, "too many registrations, try again later")
            .with_status(StatusCode::TOO_MANY_REQUESTS)
            .into()),
    }
}

fn is_off() -> OAuthError {
    OAuthError::new(ErrorCode::AccessDenied, "clients do not register themselves here")
        .with_status(StatusCode::FORBIDDEN)
}

fn full() -> OAuthError {
    OAuthError::new(ErrorCode::AccessDenied, "there are as many clients as may be").with_status(StatusCode::FORBIDDEN)
}

/// The client information response (RFC 7591 §3.2.1, RFC 7592 §3). A secret is in it only when it is new, or was sent
/// along: nothing but its digest is kept.
fn answer(app: &AppState, status: StatusCode, client: &Client, secret: Option<&str>, token: &str) -> HttpResponse {
    let mut members = registration::members(client);
    if let Some(secret) = secret {
        members.insert("client_secret".to_owned(), json!(secret));
        members.insert("client_secret_expires_at".to_owned(), json!(0));
    }
    let uri = format!("{}{}/{}", app.config.server.issuer, endpoints::REGISTER, client.client_id);
    members.insert("registration_client_uri".to_owned(), json!(uri));
    members.insert("registration_access_token".to_owned(), json!(token));
    HttpResponse::build(status)
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((PRAGMA, "no-cache"))
        .json(members)
}
