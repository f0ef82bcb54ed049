//! `grant_type=refresh_token` (RFC 6749 §6, RFC 9700 §4.14): every use makes the next token, an older one ends the grant,
//! and the one just replaced gets the same successor for a moment, so that a lost answer signs nobody out. A confidential
//! client whose tokens are bound to a key keeps its token.

use serde_json::{Map, Value};

use crate::app::AppState;
use crate::clock::Timestamp;
use crate::oauth::engine::{self, RefreshRequest};
use crate::oauth::error::{ErrorCode, OAuthError};
use crate::oauth::possession::{self, Confirmation, Possession};
use crate::oauth::token::asked;
use crate::oauth::token::authorization_code::named_resources;
use crate::oauth::token::issue::{self, Approved, Prepared, Target, TokenAnswer};
use crate::oauth::token::references::{self, RefreshTokenBody};
use crate::store::accounts::{Account, AccountState};
use crate::store::clients::Client;
use crate::store::columns::Words;
use crate::store::grants::{self, Grant, Rotation};
use crate::store::{Connection, StoreError, access_tokens};
use crate::web::parameters::Parameters;

struct Rotated {
    account: Account,
    grant: Grant,
    claims: Map<String, Value>,
    target: Target,
    prepared: Prepared,
}

struct Request {
    token: String,
    body: RefreshTokenBody,
    scope: Option<String>,
    resources: Vec<String>,
    shown: Possession,
}

fn dead() -> OAuthError {
    OAuthError::invalid_grant("the refresh token is unknown, expired, revoked or used before")
}

/// Rotates a refresh token: one write, signing after it.
pub async fn rotate(
    app: &AppState,
    client: Client,
    form: &Parameters,
    shown: Possession,
) -> Result<TokenAnswer, OAuthError> {
    let token =
        form.get("refresh_token").ok_or_else(|| OAuthError::invalid_request("refresh_token is missing"))?.to_owned();
    let request = Request {
        body: references::read_refresh_token(app, &token).ok_or_else(dead)?,
        token,
        scope: form.get("scope").map(str::to_owned),
        resources: form.all("resource").map(str::to_owned).collect(),
        shown,
    };
    let (state, now) = (app.clone(), app.clock.now());
    let (client, outcome) = app
        .store
        .write(move |connection| {
            let outcome = in_one_write(connection, &state, &client, &request, now)?;
            Ok((client, outcome))
        })
        .await?;
    let Rotated { account, grant, claims, target, prepared } = outcome?;
    let approved = Approved { account: &account, grant: &grant, nonce: None, refresh: true, claims: &claims };
    issue::for_person(app, &client, &target, prepared, &approved, now)
}

fn in_one_write(
    connection: &mut Connection,
    app: &AppState,
    client: &Client,
    request: &Request,
    now: Timestamp,
) -> Result<Result<Rotated, OAuthError>, StoreError> {
    let RefreshTokenBody { account_id, grant_id, generation } = request.body;
    let Some((mut grant, account)) = grants::find(connection, account_id, grant_id, now)? else {
        return Ok(Err(dead()));
    };
    if grant.client_id != client.client_id || account.state != AccountState::Active {
        return Ok(Err(dead()));
    }
    let named = named_resources(connection, grant.resources.iter())?;
    // What is wrong with the request is found before the token is spent on it.
    let (target, scope) = match wanted(app, client, request, &grant, &named) {
        Ok(wanted) => wanted,
        Err(refusal) => return Ok(Err(refusal)),
    };
    if let Some(refusal) = request.shown.spend(connection)? {
        return Ok(Err(refusal));
    }
    let keeps = possession::keeps_refresh_tokens(client);
    match advance(connection, app, &grant, (generation, keeps), now)? {
        Some(current) => grant.generation = current,
        None => {
            tracing::warn!(client_id = %client.client_id, "a refresh token was used again; its grant is revoked");
            grants::revoke(connection, account_id, grant_id)?;
            return Ok(Err(dead()));
        }
    }
    let prepared = issue::prepare(app, client, &target, Some((account_id, grant_id)), now);
    if let Some(row) = &prepared.row {
        access_tokens::insert(connection, row)?;
    }
    let claims = asked::of_grant(connection, &app.config.server.issuer, &account, &grant, &scope)?;
    // What this answer is for; the row keeps what was granted.
    let grant = Grant { scope, ..grant };
    Ok(Ok(Rotated { account, grant, claims, target, prepared }))
}

/// Where the new access token is to be good, and the scope that is left: all of the grant's, or the part that was asked for.
fn wanted(
    app: &AppState,
    client: &Client,
    request: &Request,
    grant: &Grant,
    named: &[(crate::oauth::scope::NamedResource, crate::store::clients::AccessTokenFormat)],
) -> Result<(Target, Words), OAuthError> {
    let shown = request.shown.confirmation();
    if !Confirmation::of(grant.details.get()).is_met_by(&shown) {
        return Err(OAuthError::invalid_grant("the refresh token is bound to another key or certificate"));
    }
    let scope = engine::refresh(
        &RefreshRequest {
            client_id: &client.client_id,
            refresh_token: &request.token,
            scope: request.scope.as_deref(),
        },
        grant,
    )?;
    let wanted: Vec<&str> = request.resources.iter().map(String::as_str).collect();
    let target = issue::target(app, client, &wanted, &grant.resources, &scope, named)?;
    if target.scope.is_empty() {
        // A token that allows nothing would still tell the resource who the person is.
        return Err(OAuthError::new(ErrorCode::InvalidScope, "nothing of the scope is good at the resource"));
    }
    Ok((Target { bound: shown, ..target }, scope))
}

/// The generation that the answer's token names: the next one for whoever moves it on (the same for whoever keeps it),
/// the current one for an honest retry of the one just replaced, none for a replay.
fn advance(
    connection: &mut Connection,
    app: &AppState,
    grant: &Grant,
    (presented, keeps): (i64, bool),
    now: Timestamp,
) -> Result<Option<i64>, StoreError> {
    let tokens = &app.config.tokens;
    let to = if keeps { presented } else { presented.saturating_add(1) };
    let rotation = Rotation { from: presented, to, now, idle_expires_at: now.plus(tokens.refresh_idle) };
    if grants::rotate(connection, grant, rotation)? {
        return Ok(Some(to));
    }
    // Somebody moved it on. On PostgreSQL that may have happened since the grant was read.
    let Some((current, _)) = grants::find(connection, grant.account_id, grant.id, now)? else { return Ok(None) };
    let just_replaced = current.generation == presented.saturating_add(1);
    let in_time = now.since(current.rotated_at) <= tokens.refresh_retry;
    Ok((just_replaced && in_time).then_some(current.generation))
}
