//! Token revocation (RFC 7009). Unknown tokens answer 200 too: whoever asks learns nothing.

use actix_web::{HttpRequest, HttpResponse, web};

use super::bearer::{self, Presented as PresentedToken};
use super::error::OAuthError;
use super::token::{authenticate, references, refuse_secrets_in_query};
use crate::app::AppState;
use crate::clock::Timestamp;
use crate::store::clients::Client;
use crate::store::{Connection, StoreError, access_tokens, grants};
use crate::web::body;

/// `POST /oauth/revoke`. `token_type_hint` is only a hint, and needs none: the token tells what it is.
pub async fn post(
    app: web::Data<AppState>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, OAuthError> {
    refuse_secrets_in_query(&request)?;
    let form = body::form(&app, &request, payload).await?;
    if form.repeated(&[]).is_some() {
        return Err(OAuthError::invalid_request("a parameter is repeated"));
    }
    let client = authenticate(&app, &request, &form).await?;
    let token = form.get("token").ok_or_else(|| OAuthError::invalid_request("token is missing"))?.to_owned();
    let (state, now) = (app.clone(), app.clock.now());
    app.store.write(move |connection| revoke(connection, &state, &client, &token, now)).await?;
    Ok(HttpResponse::Ok().insert_header(("Cache-Control", "no-store")).finish())
}

fn revoke(
    connection: &mut Connection,
    app: &AppState,
    client: &Client,
    token: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    if let Some(body) = references::read_refresh_token(app, token) {
        let found = grants::find(connection, body.account_id, body.grant_id, now)?;
        // A refresh token takes its access tokens along, be it an old one.
        if found.is_some_and(|(grant, _)| grant.client_id == client.client_id) {
            grants::revoke(connection, body.account_id, body.grant_id)?;
        }
        return Ok(());
    }
    match bearer::read(app, token, now) {
        Some(PresentedToken::Jwt(claims)) if claims.client_id == client.client_id => {
            access_tokens::revoke_jwt(connection, &claims.jti, Timestamp::from_seconds(claims.exp))
        }
        Some(PresentedToken::Opaque(digest)) => {
            let found = access_tokens::find(connection, &digest, now)?;
            if found.is_some_and(|row| row.client_id == client.client_id) {
                access_tokens::delete(connection, &digest)?;
            }
            Ok(())
        }
        _ => Ok(()),
    }
}
