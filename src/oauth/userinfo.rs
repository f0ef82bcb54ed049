//! The userinfo endpoint (OpenID Connect Core §5.3): one read.

use actix_web::http::header::{AUTHORIZATION, CACHE_CONTROL};
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::{Map, Value, json};

use super::bearer::{self, BearerError};
use super::claims;
use super::error::OAuthError;
use crate::app::AppState;
use crate::clock::Timestamp;
use crate::security::jws;
use crate::security::signing_key::KeyFault;
use crate::store::signing_keys::Algorithm;
use crate::store::{addresses, profiles};
use crate::web::body::{self, BodyFault};
use crate::web::parameters::Parameters;

/// The `typ` of signed answers: they are no ID tokens (RFC 8725 §3.11).
const USERINFO_TYPE: &str = "userinfo+jwt";

/// `GET /oauth/userinfo`.
pub async fn get(app: web::Data<AppState>, request: HttpRequest) -> Result<HttpResponse, BearerError> {
    answer(&app, &request, None).await
}

/// `POST /oauth/userinfo`: the token in the header, or in a form.
pub async fn post(
    app: web::Data<AppState>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, BearerError> {
    // With a token in the header the body may be anything, but a form is looked at for a second token.
    let form = match body::form(&app, &request, payload).await {
        Err(BodyFault::MediaType) if request.headers().contains_key(AUTHORIZATION) => None,
        read => Some(read.map_err(OAuthError::from)?),
    };
    if form.as_ref().is_some_and(|form| form.repeated(&[]).is_some()) {
        return Err(OAuthError::invalid_request("a parameter is repeated").into());
    }
    answer(&app, &request, form.as_ref()).await
}

async fn answer(
    app: &web::Data<AppState>,
    request: &HttpRequest,
    form: Option<&Parameters>,
) -> Result<HttpResponse, BearerError> {
    let token = bearer::presented(request, form)?;
    let now = app.clock.now();
    let presented = bearer::read(app, &token, now).ok_or_else(BearerError::invalid_token)?;
    let state = app.clone();
    let found = app
        .store
        .read(move |connection| {
            let Some(token) = bearer::find(connection, &state, &presented, now)? else { return Ok(None) };
            let Some((grant, account)) = token.person else { return Ok(None) };
            let addresses = if claims::needs_addresses(&token.scope) {
                addresses::of_account(connection, grant.account_id)?
            } else {
                Vec::new()
            };
            let profile = if claims::needs_profile(&token.scope) {
                profiles::of_account(connection, grant.account_id)?
            } else {
                None
            };
            Ok(Some((token.audience, token.scope, grant, account, profile, addresses)))
        })
        .await?;
    let (audience, scope, grant, account, profile, addresses) = found.ok_or_else(BearerError::invalid_token)?;
    if audience != app.config.server.issuer {
        return Err(BearerError::invalid_token());
    }
    if !scope.contains("openid") {
        return Err(BearerError::insufficient_scope());
    }
    let claims = claims::of(
        &claims::Person {
            sub: grant.subject(&account),
            account: &account,
            profile: profile.as_ref(),
            addresses: &addresses,
        },
        &scope,
    );
    let mut answer = HttpResponse::Ok();
    answer.insert_header((CACHE_CONTROL, "no-store")).insert_header(("Pragma", "no-cache"));
    let algorithm = grant.details.get().and_then(|details| details.userinfo_signed_response_alg.as_deref());
    match algorithm.and_then(Algorithm::parse) {
        None => Ok(answer.json(claims)),
        Some(algorithm) => {
            let token = signed(app, algorithm, &grant.client_id, claims, now)?;
            Ok(answer.content_type("application/jwt").body(token))
        }
    }
}

/// The claims as a JWT, with issuer and audience (OpenID Connect Core §5.3.2).
fn signed(
    app: &AppState,
    algorithm: Algorithm,
    client_id: &str,
    mut claims: Map<String, Value>,
    now: Timestamp,
) -> Result<String, OAuthError> {
    claims.insert("iss".to_owned(), json!(app.config.server.issuer));
    claims.insert("aud".to_owned(), json!(client_id));
    claims.insert("iat".to_owned(), json!(now.seconds()));
    let keys = app.keyring.keys();
    let key = keys.signing(algorithm, now).ok_or(KeyFault)?;
    Ok(jws::sign(key, USERINFO_TYPE, &claims)?)
}
