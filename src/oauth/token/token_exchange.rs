//! `grant_type=urn:ietf:params:oauth:grant-type:token-exchange` (RFC 8693): an API that was called with a person's token
//! gets one for another API, within what the operator allows it. The new token dies with the person's grant, and never
//! later than the token it came from.

use serde_json::{Value, json};

use crate::app::AppState;
use crate::clock::Timestamp;
use crate::oauth::bearer::{self, LiveToken, Presented};
use crate::oauth::error::{ErrorCode, OAuthError};
use crate::oauth::possession::{Confirmation, Possession};
use crate::oauth::scope;
use crate::oauth::token::authorization_code::named_resources;
use crate::oauth::token::issue::{self, AccessTokenClaims, Prepared, Target, TokenAnswer};
use crate::oauth::token::references;
use crate::store::clients::{AuthMethod, Client};
use crate::store::columns::Words;
use crate::store::details::{Details, Json};
use crate::store::{Connection, StoreError, access_tokens, resources};
use crate::web::parameters::Parameters;

/// RFC 8693 §3.
const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";

/// How many may have acted one for the other: a chain that only grows would fill the token.
const LONGEST_CHAIN: usize = 4;

/// The request's part, read and owned.
struct Request {
    subject: Presented,
    actor: Option<Presented>,
    target: String,
    scope: Words,
    shown: Possession,
}

/// What the write came to.
struct Exchanged {
    subject: LiveToken,
    target: Target,
    prepared: Prepared,
    act: Option<Value>,
    expires_at: Timestamp,
}

fn invalid(description: &'static str) -> OAuthError {
    OAuthError::invalid_request(description)
}

/// Exchanges a token.
pub async fn exchange(
    app: &AppState,
    client: Client,
    form: &Parameters,
    shown: Possession,
) -> Result<TokenAnswer, OAuthError> {
    if client.token_endpoint_auth_method == AuthMethod::None {
        return Err(OAuthError::new(ErrorCode::UnauthorizedClient, "a public client cannot exchange tokens"));
    }
    let (state, now) = (app.clone(), app.clock.now());
    let request = read(app, form, shown, now)?;
    let (client, outcome) = app
        .store
        .write(move |connection| {
            let outcome = in_one_write(connection, &state, &client, &request, now)?;
            Ok((client, outcome))
        })
        .await?;
    answer(app, &client, outcome?, now)
}

/// RFC 8693 §2.1. What names the target twice, or another kind of token, is refused.
fn read(app: &AppState, form: &Parameters, shown: Possession, now: Timestamp) -> Result<Request, OAuthError> {
    if form.get("requested_token_type").is_some_and(|kind| kind != ACCESS_TOKEN) {
        return Err(invalid("requested_token_type must be that of access tokens"));
    }
    let token = |name: &str, kind: &str, problem| match (form.get(name), form.get(kind)) {
        (None, None) => Ok(None),
        (Some(token), Some(ACCESS_TOKEN)) => bearer::read(app, token, now).map(Some).ok_or_else(|| invalid(problem)),
        _ => Err(invalid("each token comes with its type, and that must be that of access tokens")),
    };
    let dead = "subject_token is no live access token that this client may exchange";
    let subject = token("subject_token", "subject_token_type", dead)?;
    let actor = token("actor_token", "actor_token_type", "actor_token is no live access token of this client")?;
    let mut targets = form.all("resource").chain(form.get("audience"));
    let (Some(target), None) = (targets.next(), targets.next()) else {
        return Err(OAuthError::new(ErrorCode::InvalidTarget, "name one resource or audience"));
    };
    let requested = form.get("scope").unwrap_or_default();
    if !scope::is_well_formed(requested) {
        return Err(OAuthError::new(ErrorCode::InvalidScope, "scope has a character that no scope has"));
    }
    Ok(Request {
        subject: subject.ok_or_else(|| invalid("subject_token is missing"))?,
        actor,
        target: target.to_owned(),
        scope: Words::parse(requested),
        shown,
    })
}

fn in_one_write(
    connection: &mut Connection,
    app: &AppState,
    client: &Client,
    request: &Request,
    now: Timestamp,
) -> Result<Result<Exchanged, OAuthError>, StoreError> {
    let unacceptable = || invalid("subject_token is no live access token that this client may exchange");
    let Some(subject) = bearer::find(connection, app, &request.subject, now)? else { return Ok(Err(unacceptable())) };
    // Only who was called with a token may pass it on: whoever else holds it is not the one it was meant for.
    let was_meant = resources::served_by(connection, &client.client_id)?.contains(&subject.audience);
    let Some((grant, _)) = subject.person.as_ref().filter(|_| was_meant) else { return Ok(Err(unacceptable())) };
    let act = match acting(connection, app, client, request, &subject, now)? {
        Ok(act) => act,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let mut target = match target(connection, client, request)? {
        Ok(target) => target,
        Err(refusal) => return Ok(Err(refusal)),
    };
    if let Some(refusal) = request.shown.spend(connection)? {
        return Ok(Err(refusal));
    }
    target.bound = request.shown.confirmation();
    let mut prepared = issue::prepare(app, client, &target, Some((grant.account_id, grant.id)), now);
    let expires_at = now.plus(app.config.tokens.access_token).min(subject.expires_at);
    if let Some(row) = &mut prepared.row {
        row.expires_at = expires_at;
        row.details = Json::of(target.bound.clone().into_details(Details { act: act.clone(), ..Details::default() }));
        access_tokens::insert(connection, row)?;
    }
    Ok(Ok(Exchanged { subject, target, prepared, act, expires_at }))
}

/// Who acts (RFC 8693 §4.1): with an actor token the client itself, for whoever acted before; without one nobody is
/// named, and the client acts as the person.
fn acting(
    connection: &mut Connection,
    app: &AppState,
    client: &Client,
    request: &Request,
    subject: &LiveToken,
    now: Timestamp,
) -> Result<Result<Option<Value>, OAuthError>, StoreError> {
    let Some(actor) = &request.actor else { return Ok(Ok(subject.act.clone())) };
    let own = bearer::find(connection, app, actor, now)?
        .filter(|token| token.client_id == client.client_id && token.person.is_none());
    if own.is_none() {
        return Ok(Err(invalid("actor_token is no live access token of this client")));
    }
    let mut act = json!({"sub": client.client_id});
    if let (Some(before), Some(members)) = (&subject.act, act.as_object_mut()) {
        members.insert("act".to_owned(), before.clone());
    }
    let links = std::iter::successors(Some(&act), |link| link.get("act")).count();
    if links > LONGEST_CHAIN {
        return Ok(Err(invalid("too many have acted one for the other")));
    }
    Ok(Ok(Some(act)))
}

/// The resource, where the operator lets this client get tokens for it in others' names, and the scopes there.
fn target(
    connection: &mut Connection,
    client: &Client,
    request: &Request,
) -> Result<Result<Target, OAuthError>, StoreError> {
    let allowed = client.metadata.get().map(|metadata| metadata.token_exchange_resources.as_slice());
    let is_allowed = allowed.is_some_and(|allowed| allowed.contains(&request.target));
    let named = if is_allowed {
        named_resources(connection, std::iter::once(request.target.as_str()))?.into_iter().next()
    } else {
        None
    };
    let Some((named, format)) = named else {
        let problem = "this client may not exchange tokens for this resource";
        return Ok(Err(OAuthError::new(ErrorCode::InvalidTarget, problem)));
    };
    let own: Words = request.scope.iter().filter(|token| client.scopes.contains(token)).collect();
    let scope = scope::for_audience(&own, Some(&named));
    if scope.is_empty() {
        let problem = "ask for a scope of the resource that this client may have";
        return Ok(Err(OAuthError::new(ErrorCode::InvalidScope, problem)));
    }
    Ok(Ok(Target { audience: named.identifier, scope, format, bound: Confirmation::default() }))
}

fn answer(app: &AppState, client: &Client, exchanged: Exchanged, now: Timestamp) -> Result<TokenAnswer, OAuthError> {
    let Exchanged { subject, target, prepared, act, expires_at } = exchanged;
    let access_token = match (prepared.opaque, &subject.person) {
        (Some(token), _) => token,
        (None, Some((grant, account))) => {
            let claims = AccessTokenClaims {
                auth_time: issue::auth_time(grant),
                amr: grant.amr.iter().map(str::to_owned).collect(),
                acr: issue::acr(grant).map(str::to_owned),
                gnt: Some(references::of_grant(app, grant)?),
                exp: expires_at.seconds(),
                act,
                ..issue::claims(app, client, &target, grant.subject(account), now)
            };
            issue::sign_access_token(app, client, &target, &claims, now)?
        }
        (None, None) => return Err(OAuthError::new(ErrorCode::ServerError, "the server failed")),
    };
    let mut answer = issue::bearer(app, access_token, &target);
    answer.expires_in = expires_at.since(now).as_secs();
    answer.issued_token_type = Some(ACCESS_TOKEN);
    Ok(answer)
}
