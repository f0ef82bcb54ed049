//! The userinfo endpoint (OpenID Connect Core §5.3): one read.

use actix_web::http::header::{AUTHORIZATION, CACHE_CONTROL};
use actix_web::{HttpRequest, HttpResponse, web};

use super::bearer::{self, BearerError};
use super::claims;
use super::error::OAuthError;
use crate::app::AppState;
use crate::store::addresses;
use crate::web::body::{self, BodyFault};
use crate::web::parameters::Parameters;

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
            let asked = grant.details.get().and_then(|details| details.claims.clone()).unwrap_or_default();
            let addresses = if claims::needs_addresses(&token.scope) || !asked.userinfo.is_empty() {
                addresses::of_account(connection, grant.account_id)?
            } else {
                Vec::new()
            };
            Ok(Some((token.audience, token.scope, account, addresses, asked)))
        })
        .await?;
    let (audience, scope, account, addresses, asked) = found.ok_or_else(BearerError::invalid_token)?;
    if audience != app.config.server.issuer {
        return Err(BearerError::invalid_token());
    }
    if !scope.contains("openid") {
        return Err(BearerError::insufficient_scope());
    }
    let mut claims = claims::of(&account, &addresses, &scope);
    claims.extend(claims::named(&account, &addresses, &asked.userinfo));
    Ok(HttpResponse::Ok().insert_header((CACHE_CONTROL, "no-store")).insert_header(("Pragma", "no-cache")).json(claims))
}
