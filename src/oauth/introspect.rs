//! Token introspection (RFC 7662): the client's proof and the token, all in one read.

use actix_web::http::header::{CACHE_CONTROL, PRAGMA};
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::{Value, json};

use super::bearer::{self, LiveToken};
use super::client_auth::{self, Presented};
use super::error::{ErrorCode, OAuthError};
use super::token::{authenticate, issue, references, refuse_secrets_in_query};
use crate::app::AppState;
use crate::clock::Timestamp;
use crate::store::accounts::{Account, AccountState};
use crate::store::clients::{self, AuthMethod, Client};
use crate::store::grants::{self, Grant};
use crate::store::{Connection, StoreError, resources};
use crate::web::body;

/// What a token turned out to be.
enum Subject {
    Access(Box<LiveToken>),
    Refresh(Box<(Grant, Account)>),
}

/// `POST /oauth/introspect`. Whoever may not see a token hears what an unknown one gives: `{"active":false}`.
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
    let presented = Presented::of(&request, &form)?;
    let token = form.get("token").ok_or_else(|| OAuthError::invalid_request("token is missing"))?.to_owned();
    let (state, now, client_id) = (app.clone(), app.clock.now(), presented.client_id.clone());
    // An assertion or certificate is checked before; whoever has a secret is found and checked in the one read.
    let proven = if presented.is_checked_apart() { Some(authenticate(&app, &request, &form).await?) } else { None };
    let outcome = app
        .store
        .read(move |connection| {
            let client = match proven {
                Some(client) => client,
                None => match presented.check(clients::find(connection, &client_id)?) {
                    Ok(client) => client,
                    Err(refusal) => return Ok(Err((refusal, client_id))),
                },
            };
            if client.token_endpoint_auth_method == AuthMethod::None {
                let refusal = OAuthError::new(ErrorCode::InvalidClient, "a public client may not introspect");
                return Ok(Err((refusal, client_id)));
            }
            let subject = subject(connection, &state, &token, now)?;
            let visible = match subject {
                Some(subject) => is_visible(connection, &client, &subject)?.then_some(subject),
                None => None,
            };
            Ok(Ok(visible))
        })
        .await?;
    match outcome {
        Ok(subject) => Ok(HttpResponse::Ok()
            .insert_header((CACHE_CONTROL, "no-store"))
            .insert_header((PRAGMA, "no-cache"))
            .json(subject.map_or_else(|| json!({"active": false}), |subject| describe(&app, &subject)))),
        Err((refusal, client_id)) => {
            client_auth::count_failure(&app, &request, &client_id).await?;
            Err(refusal)
        }
    }
}

fn subject(
    connection: &mut Connection,
    app: &AppState,
    token: &str,
    now: Timestamp,
) -> Result<Option<Subject>, StoreError> {
    if let Some(body) = references::read_refresh_token(app, token) {
        let found = grants::find(connection, body.account_id, body.grant_id, now)?;
        let live = found
            .filter(|(grant, account)| grant.generation == body.generation && account.state == AccountState::Active);
        return Ok(live.map(|found| Subject::Refresh(Box::new(found))));
    }
    let Some(presented) = bearer::read(app, token, now) else { return Ok(None) };
    Ok(bearer::find(connection, app, &presented, now)?.map(|token| Subject::Access(Box::new(token))))
}

/// A client sees its own tokens, and those for a resource it serves.
fn is_visible(connection: &mut Connection, client: &Client, subject: &Subject) -> Result<bool, StoreError> {
    match subject {
        Subject::Refresh(found) => Ok(found.0.client_id == client.client_id),
        Subject::Access(token) => Ok(token.client_id == client.client_id
            || resources::served_by(connection, &client.client_id)?.contains(&token.audience)),
    }
}

fn describe(app: &AppState, subject: &Subject) -> Value {
    let mut members = match subject {
        Subject::Access(token) => json!({
            "active": true,
            "token_type": issue::token_type(&token.bound),
            "client_id": token.client_id,
            "scope": token.scope.as_str(),
            "aud": token.audience,
            "iat": token.issued_at.seconds(),
            "exp": token.expires_at.seconds(),
            "sub": token.person.as_ref().map_or(token.client_id.as_str(), |(grant, account)| grant.subject(account)),
            "jti": token.jti,
            "act": token.act,
            "cnf": token.bound.told(),
        }),
        Subject::Refresh(found) => {
            let (grant, account) = found.as_ref();
            json!({
                "active": true,
                "client_id": grant.client_id,
                "scope": grant.scope.as_str(),
                "iat": grant.rotated_at.seconds(),
                "exp": grant.idle_expires_at.seconds(),
                "sub": grant.subject(account),
            })
        }
    };
    if let Some(members) = members.as_object_mut() {
        members.insert("iss".to_owned(), json!(app.config.server.issuer));
        members.retain(|_, value| !value.is_null());
    }
    members
}
