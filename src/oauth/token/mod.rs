//! The token endpoint (RFC 6749 §3.2).

pub mod asked;
pub mod authorization_code;
pub mod client_credentials;
pub mod device_code;
pub mod issue;
pub mod jwt_bearer;
pub mod references;
pub mod refresh_token;
pub mod token_exchange;

use actix_web::http::header::{CACHE_CONTROL, PRAGMA};
use actix_web::{HttpRequest, HttpResponse, web};

use super::client_auth::{self, Presented};
use super::cors;
use super::error::{ErrorCode, OAuthError};
use super::possession::Possession;
use crate::app::AppState;
use crate::store::clients::{self, Client};
use crate::web::body;
use crate::web::parameters::Parameters;
use issue::TokenAnswer;

/// The grants: each with its name on the wire. A new grant is a file and a line here; discovery and registration follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GrantType {
    /// RFC 6749 §4.1.
    AuthorizationCode,
    /// RFC 6749 §6.
    RefreshToken,
    /// RFC 6749 §4.4.
    ClientCredentials,
    /// RFC 8628 §3.4.
    DeviceCode,
    /// RFC 8693 §2.1.
    TokenExchange,
    /// RFC 7523 §2.1.
    JwtBearer,
}

/// Every grant, as discovery prints them.
pub const GRANTS: &[GrantType] = &[
    GrantType::AuthorizationCode,
    GrantType::RefreshToken,
    GrantType::ClientCredentials,
    GrantType::DeviceCode,
    GrantType::TokenExchange,
    GrantType::JwtBearer,
];

impl GrantType {
    /// `grant_type`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AuthorizationCode => "authorization_code",
            Self::RefreshToken => "refresh_token",
            Self::ClientCredentials => "client_credentials",
            Self::DeviceCode => "urn:ietf:params:oauth:grant-type:device_code",
            Self::TokenExchange => "urn:ietf:params:oauth:grant-type:token-exchange",
            Self::JwtBearer => "urn:ietf:params:oauth:grant-type:jwt-bearer",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        GRANTS.iter().copied().find(|grant| grant.as_str() == text)
    }
}

/// `POST /oauth/token`.
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
    let grant = form.get("grant_type").ok_or_else(|| OAuthError::invalid_request("grant_type is missing"))?;
    let grant = GrantType::parse(grant)
        .ok_or_else(|| OAuthError::new(ErrorCode::UnsupportedGrantType, "grant_type is not supported"))?;
    let client = authenticate(&app, &request, &form).await?;
    if !client.grant_types.contains(grant.as_str()) {
        return Err(OAuthError::new(ErrorCode::UnauthorizedClient, "the client is not registered for this grant"));
    }
    let shown = Possession::at_token_endpoint(&app, &request, &client)?;
    let answer = match grant {
        GrantType::AuthorizationCode => authorization_code::redeem(&app, client, &form, shown).await,
        GrantType::RefreshToken => refresh_token::rotate(&app, client, &form, shown).await,
        GrantType::ClientCredentials => client_credentials::issue(&app, client, &form, shown).await,
        GrantType::DeviceCode => device_code::poll(&app, client, &form, shown).await,
        GrantType::TokenExchange => token_exchange::exchange(&app, client, &form, shown).await,
        GrantType::JwtBearer => jwt_bearer::redeem(&app, client, &form, shown).await,
    }?;
    Ok(no_store(&answer))
}

/// Finds and authenticates the client of a request; failures are counted.
pub async fn authenticate(app: &AppState, request: &HttpRequest, form: &Parameters) -> Result<Client, OAuthError> {
    let presented = Presented::of(request, form)?;
    let client_id = presented.client_id.clone();
    let found = app.store.read(move |connection| clients::find(connection, &client_id)).await?;
    match client_auth::prove(app, &presented, found).await? {
        Ok(client) => {
            cors::note_client(request, &client);
            Ok(client)
        }
        Err(refusal) => {
            client_auth::count_failure(app, request, &presented.client_id).await?;
            Err(refusal)
        }
    }
}

/// RFC 6749 §2.3.1, §3.2: credentials and parameters travel in the body; a query lands in logs.
pub fn refuse_secrets_in_query(request: &HttpRequest) -> Result<(), OAuthError> {
    if request.query_string().is_empty() {
        Ok(())
    } else {
        Err(OAuthError::invalid_request("parameters belong into the body"))
    }
}

fn no_store(answer: &TokenAnswer) -> HttpResponse {
    HttpResponse::Ok().insert_header((CACHE_CONTROL, "no-store")).insert_header((PRAGMA, "no-cache")).json(answer)
}
