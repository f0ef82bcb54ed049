//! The userinfo endpoint (OpenID Connect Core §5.3): one read.

use actix_web::http::header::{AUTHORIZATION, CACHE_CONTROL};
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::{Map, Value, json};

use super::bearer::{self, BearerError, Scheme};
use super::error::OAuthError;
use super::known::Known;
use super::{acr, claims, dpop, endpoints, fapi, mtls, scope};
use crate::app::AppState;
use crate::clock::Timestamp;
use crate::security::jws;
use crate::security::signing_key::KeyFault;
use crate::store::details::AskedClaims;
use crate::store::signing_keys::Algorithm;
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
    let (scheme, token) = bearer::presented(request, form)?;
    let shown = match scheme {
        Scheme::Bearer => None,
        Scheme::Dpop => {
            Some(dpop::with_access_token(app, request, endpoints::USERINFO, &token).map_err(BearerError::bad_proof)?)
        }
    };
    let now = app.clock.now();
    let invalid = || BearerError::invalid_token().to(scheme);
    let presented = bearer::read(app, &token, now).ok_or_else(invalid)?;
    let state = app.clone();
    let found = app
        .store
        .read(move |connection| {
            let Some(token) = bearer::find(connection, &state, &presented, now)? else { return Ok(None) };
            let Some((grant, account)) = token.person else { return Ok(None) };
            let asked = grant.details.get().and_then(|details| details.claims.as_ref());
            let left = |asked: &AskedClaims| {
                claims::left(&asked.userinfo, &scope::for_audience(&grant.scope, None), &token.scope)
            };
            let names = asked.map(left).unwrap_or_default();
            let known = Known::read(connection, grant.account_id, &token.scope, &names)?;
            Ok(Some((token.audience, token.scope, token.bound, (grant, account, known, names))))
        })
        .await?;
    let (audience, scope, bound, (grant, account, known, names)) = found.ok_or_else(invalid)?;
    if bound.jkt.as_deref() != shown.as_ref().map(|shown| shown.jkt.as_str()) {
        return Err(BearerError::wrong_key().to(scheme));
    }
    if let Some(thumbprint) = &bound.x5t_s256
        && !mtls::is_shown(request, thumbprint)?
    {
        return Err(BearerError::wrong_key().to(scheme));
    }
    let is_strict = grant.details.get().is_some_and(|details| details.fapi);
    if is_strict && shown.as_ref().is_some_and(|shown| !fapi::is_algorithm(shown.algorithm.as_str())) {
        return Err(BearerError::bad_proof(dpop::wrong_algorithm()));
    }
    if audience != app.config.server.issuer {
        return Err(invalid());
    }
    if !scope.contains("openid") {
        return Err(BearerError::insufficient_scope().to(scheme));
    }
    if let Some(owed) = grant.details.get().and_then(|details| details.userinfo_step_up.as_ref())
        && !acr::is_met(owed, grant.auth_time, &grant.amr, now)
    {
        return Err(BearerError::insufficient_authentication(owed.clone()).to(scheme));
    }
    if let Some(shown) = shown {
        let spent = app.store.write(move |connection| dpop::spend(connection, Some(&shown))).await?;
        if let Some(refusal) = spent {
            return Err(BearerError::bad_proof(refusal));
        }
    }
    let person = known.person(grant.subject(&account), &account, &app.config.server.issuer);
    let mut claims = claims::of(&person, &scope);
    claims.extend(claims::named(&person, &names));
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
