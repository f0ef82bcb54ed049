//! Access tokens as they come back to us: read, verified, and found alive (RFC 6750).

use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use actix_web::http::header::{AUTHORIZATION, CACHE_CONTROL, PRAGMA, WWW_AUTHENTICATE};
use actix_web::{HttpResponse, ResponseError};
use serde_json::json;
use std::time::Duration;

use super::error::{ErrorCode, OAuthError};
use super::possession::Confirmation;
use super::token::issue::{ACCESS_TOKEN_TYPE, AccessTokenClaims};
use super::token::references;
use crate::app::AppState;
use crate::clock::Timestamp;
use crate::security::public_jwk::SignatureAlgorithm;
use crate::security::{jws, random};
use crate::store::accounts::{Account, AccountState};
use crate::store::columns::Words;
use crate::store::details::StepUp;
use crate::store::grants::{self, Grant};
use crate::store::{Connection, StoreError, access_tokens, clients};
use crate::web::parameters::Parameters;

/// How far the clocks of two nodes may be apart.
const CLOCK_SKEW: Duration = Duration::from_secs(60);

/// What a live access token stands for.
#[derive(Clone, Debug)]
pub struct LiveToken {
    /// Who holds it.
    pub client_id: String,
    /// What it allows.
    pub scope: Words,
    /// Where.
    pub audience: String,
    /// When it was made.
    pub issued_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
    /// `jti` of a JWT.
    pub jti: Option<String>,
    /// What it is bound to.
    pub bound: Confirmation,
    /// Who acts for the person (RFC 8693 §4.1).
    pub act: Option<serde_json::Value>,
    /// Whose it is; none where the client acts for itself.
    pub person: Option<(Grant, Account)>,
}

/// A token as it was presented, before the store was asked. Holds a secret: no `Debug`.
pub enum Presented {
    /// One of our JWTs: signature, type, issuer and time are good.
    Jwt(Box<AccessTokenClaims>),
    /// Perhaps an opaque one: its digest.
    Opaque(Vec<u8>),
}

/// Reads a token without the store. `None` for a JWT that is not one of our live access tokens.
pub fn read(app: &AppState, token: &str, now: Timestamp) -> Option<Presented> {
    if !token.contains('.') {
        return Some(Presented::Opaque(random::sha256(token)));
    }
    let claims: AccessTokenClaims = jws::verify(&app.keyring.keys(), Some(ACCESS_TOKEN_TYPE), token)?;
    let is_ours = claims.iss == app.config.server.issuer && now.seconds() < claims.exp;
    (is_ours && !is_ahead(Timestamp::from_seconds(claims.iat), now)).then(|| Presented::Jwt(Box::new(claims)))
}

/// A token made later than now by more than nodes' clocks may differ: a clock was set back, and what it gave out before
/// must not live longer for that.
fn is_ahead(issued_at: Timestamp, now: Timestamp) -> bool {
    issued_at > now.plus(CLOCK_SKEW)
}

/// What the token stands for, where it, its grant and its account are alive. All of its reads are one closure's.
pub fn find(
    connection: &mut Connection,
    app: &AppState,
    presented: &Presented,
    now: Timestamp,
) -> Result<Option<LiveToken>, StoreError> {
    let (mut token, grant) = match presented {
        Presented::Jwt(claims) => {
            if access_tokens::is_jwt_revoked(connection, &claims.jti)? {
                return Ok(None);
            }
            let grant = match &claims.gnt {
                Some(reference) => match references::read_grant(app, reference) {
                    Some(grant) => Some(grant),
                    None => return Ok(None),
                },
                None => None,
            };
            (of_claims(claims), grant)
        }
        Presented::Opaque(digest) => {
            let found = access_tokens::find(connection, digest, now)?.filter(|row| !is_ahead(row.created_at, now));
            let Some(row) = found else { return Ok(None) };
            let grant = row.account_id.zip(row.grant_id);
            let token = LiveToken {
                client_id: row.client_id,
                scope: row.scope,
                audience: row.audience,
                issued_at: row.created_at,
                expires_at: row.expires_at,
                jti: None,
                act: row.details.get().and_then(|details| details.act.clone()),
                bound: Confirmation::of(row.details.get()),
                person: None,
            };
            (token, grant)
        }
    };
    if let Some((account_id, id)) = grant {
        let found = grants::find(connection, account_id, id, now)?;
        let Some(person) = found.filter(|(_, account)| account.state == AccountState::Active) else { return Ok(None) };
        token.person = Some(person);
    } else if clients::find(connection, &token.client_id)?.is_none() {
        // A client's own token has no grant to die with: it dies with the client.
        return Ok(None);
    }
    Ok(Some(token))
}

fn of_claims(claims: &AccessTokenClaims) -> LiveToken {
    LiveToken {
        client_id: claims.client_id.clone(),
        scope: Words::parse(&claims.scope),
        audience: claims.aud.clone(),
        issued_at: Timestamp::from_seconds(claims.iat),
        expires_at: Timestamp::from_seconds(claims.exp),
        jti: Some(claims.jti.clone()),
        act: claims.act.clone(),
        bound: claims.cnf.clone().unwrap_or_default(),
        person: None,
    }
}

/// How an access token was presented: the scheme of the Authorization header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// RFC 6750 §2: whoever has it may use it.
    Bearer,
    /// RFC 9449 §7.1: with a proof.
    Dpop,
}

/// Why a protected endpoint of ours refuses: 400, 401 or 403 with a challenge (RFC 6750 §3).
#[derive(Clone, Debug)]
pub struct BearerError {
    status: StatusCode,
    error: Option<OAuthError>,
    scheme: Scheme,
    owed: Option<Box<StepUp>>,
}

impl BearerError {
    /// No token at all: a bare challenge.
    pub fn missing() -> Self {
        Self { status: StatusCode::UNAUTHORIZED, error: None, scheme: Scheme::Bearer, owed: None }
    }

    /// Unknown, expired, revoked, or not for this endpoint.
    pub fn invalid_token() -> Self {
        let error = OAuthError::new(ErrorCode::InvalidToken, "the access token is unknown, expired or revoked");
        Self { status: StatusCode::UNAUTHORIZED, error: Some(error), scheme: Scheme::Bearer, owed: None }
    }

    /// Not allowed this.
    pub fn insufficient_scope() -> Self {
        let error = OAuthError::new(ErrorCode::InsufficientScope, "the access token lacks the openid scope");
        Self { status: StatusCode::FORBIDDEN, error: Some(error), scheme: Scheme::Bearer, owed: None }
    }

    /// Of a sign-in too old or too weak: the client is to ask for a new one that is as `owed` has it (RFC 9470 §3).
    pub fn insufficient_authentication(owed: StepUp) -> Self {
        let problem = "another sign-in is required, more recent or stronger";
        let error = OAuthError::new(ErrorCode::InsufficientUserAuthentication, problem);
        let owed = Some(Box::new(owed));
        Self { status: StatusCode::UNAUTHORIZED, error: Some(error), scheme: Scheme::Bearer, owed }
    }

    /// Bound to a key or certificate, and shown without it; or the other way round (RFC 9449 §7.1, §7.2, RFC 8705 §3).
    pub fn wrong_key() -> Self {
        let error = OAuthError::new(ErrorCode::InvalidToken, "the access token is bound to another key or to none");
        Self { status: StatusCode::UNAUTHORIZED, error: Some(error), scheme: Scheme::Bearer, owed: None }
    }

    /// A proof that is not good: 401 here, where it is 400 at the token endpoint.
    pub fn bad_proof(error: OAuthError) -> Self {
        let status = if error.status_code().is_server_error() { error.status_code() } else { StatusCode::UNAUTHORIZED };
        Self { status, error: Some(error), scheme: Scheme::Dpop, owed: None }
    }

    /// The same refusal, for whoever came with this scheme.
    pub fn to(self, scheme: Scheme) -> Self {
        Self { scheme, ..self }
    }
}

impl From<OAuthError> for BearerError {
    fn from(error: OAuthError) -> Self {
        Self { status: error.status_code(), error: Some(error), scheme: Scheme::Bearer, owed: None }
    }
}

impl From<StoreError> for BearerError {
    fn from(error: StoreError) -> Self {
        OAuthError::from(error).into()
    }
}

impl std::fmt::Display for BearerError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.error {
            Some(error) => error.fmt(f),
            None => f.write_str("no access token"),
        }
    }
}

impl ResponseError for BearerError {
    fn status_code(&self) -> StatusCode {
        self.status
    }

    fn error_response(&self) -> HttpResponse {
        let mut answer = HttpResponse::build(self.status);
        answer.insert_header((CACHE_CONTROL, "no-store")).insert_header((PRAGMA, "no-cache"));
        let algorithms: Vec<&str> = SignatureAlgorithm::ALL.iter().map(|algorithm| algorithm.as_str()).collect();
        let algs = format!("algs=\"{}\"", algorithms.join(" "));
        let Some(error) = &self.error else {
            answer.append_header((WWW_AUTHENTICATE, "Bearer"));
            return answer.append_header((WWW_AUTHENTICATE, format!("DPoP {algs}"))).finish();
        };
        if self.status.is_server_error() {
            return error.error_response();
        }
        let (code, description) = (error.code.as_str(), error.description);
        let scope = if error.code == ErrorCode::InsufficientScope { ", scope=\"openid\"" } else { "" };
        let owed = self.owed.as_deref().map(demanded).unwrap_or_default();
        let fault = format!("error=\"{code}\", error_description=\"{description}\"{scope}{owed}");
        match self.scheme {
            Scheme::Dpop => answer.append_header((WWW_AUTHENTICATE, format!("DPoP {fault}, {algs}"))),
            Scheme::Bearer => answer
                .append_header((WWW_AUTHENTICATE, format!("Bearer {fault}")))
                .append_header((WWW_AUTHENTICATE, format!("DPoP {algs}"))),
        };
        answer.json(json!({"error": code, "error_description": description}))
    }
}

/// The parameters of a challenge for a step-up (RFC 9470 §3), as a client passes them on in its authorization request.
fn demanded(owed: &StepUp) -> String {
    let classes = owed.acr_values.join(" ");
    let classes = if classes.is_empty() { classes } else { format!(", acr_values=\"{classes}\"") };
    let age = owed.max_age.map(|seconds| format!(", max_age=\"{seconds}\"")).unwrap_or_default();
    format!("{classes}{age}")
}

/// The token of a request: header or form body, one of them, never the query (RFC 6750 §2, RFC 9449 §7.1).
pub fn presented(request: &HttpRequest, form: Option<&Parameters>) -> Result<(Scheme, String), BearerError> {
    if request.query_string().split('&').any(|pair| pair.starts_with("access_token=")) {
        return Err(OAuthError::invalid_request("an access token in the query is refused").into());
    }
    let in_body = form.and_then(|form| form.get("access_token"));
    let mut headers = request.headers().get_all(AUTHORIZATION);
    match (headers.next(), headers.next(), in_body) {
        (Some(header), None, None) => {
            let header = header.to_str().map_err(|_| BearerError::invalid_token())?;
            let (scheme, token) = header.split_once(' ').unwrap_or((header, ""));
            let scheme = match scheme {
                bearer if bearer.eq_ignore_ascii_case("bearer") => Scheme::Bearer,
                dpop if dpop.eq_ignore_ascii_case("dpop") => Scheme::Dpop,
                _ => return Err(BearerError::missing()),
            };
            Ok((scheme, token.trim().to_owned()))
        }
        (None, _, Some(token)) => Ok((Scheme::Bearer, token.to_owned())),
        (None, _, None) => Err(BearerError::missing()),
        _ => Err(OAuthError::invalid_request("more than one access token").into()),
    }
}
