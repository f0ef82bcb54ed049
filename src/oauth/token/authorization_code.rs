//! `grant_type=authorization_code` (RFC 6749 §4.1.3).

use serde_json::{Map, Value};

use crate::app::AppState;
use crate::clock::Timestamp;
use crate::oauth::engine::{self, CodeRedemption};
use crate::oauth::error::OAuthError;
use crate::oauth::possession::{Confirmation, Possession};
use crate::oauth::scope::NamedResource;
use crate::oauth::subject;
use crate::oauth::token::asked;
use crate::oauth::token::issue::{self, Approved, Prepared, Target, TokenAnswer};
use crate::security::random;
use crate::store::accounts::{self, Account, AccountState};
use crate::store::authorization_codes::{self as codes, AuthorizationCode};
use crate::store::clients::{AccessTokenFormat, AuthMethod, Client};
use crate::store::columns::Words;
use crate::store::details::{Details, Json};
use crate::store::grants::{self, Grant};
use crate::store::{Connection, StoreError, access_tokens, resources};
use crate::web::parameters::Parameters;

/// What the write came to.
struct Redeemed {
    account: Account,
    grant: Grant,
    claims: Map<String, Value>,
    target: Target,
    prepared: Prepared,
}

/// The request's part, owned, so that the write can take it along.
struct Request {
    code: String,
    redirect_uri: Option<String>,
    verifier: Option<String>,
    resources: Vec<String>,
    shown: Possession,
}

/// Redeems a code for tokens: all of the state change is one write; signing comes after it.
pub async fn redeem(
    app: &AppState,
    client: Client,
    form: &Parameters,
    shown: Possession,
) -> Result<TokenAnswer, OAuthError> {
    let request = Request {
        code: form.get("code").ok_or_else(|| OAuthError::invalid_request("code is missing"))?.to_owned(),
        redirect_uri: form.get("redirect_uri").map(str::to_owned),
        verifier: form.get("code_verifier").map(str::to_owned),
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
    let redeemed = outcome?;
    let approved = Approved {
        account: &redeemed.account,
        grant: &redeemed.grant,
        nonce: redeemed.grant.nonce.as_deref(),
        refresh: refreshes(&client, &redeemed.grant),
        claims: &redeemed.claims,
    };
    issue::for_person(app, &client, &redeemed.target, redeemed.prepared, &approved, now)
}

/// Whether a grant comes with a refresh token: what is for when the person is away, or what the client is registered
/// for.
pub(super) fn refreshes(client: &Client, grant: &Grant) -> bool {
    client.grant_types.contains("refresh_token") && (grant.offline || client.always_refresh)
}

fn in_one_write(
    connection: &mut Connection,
    app: &AppState,
    client: &Client,
    request: &Request,
    now: Timestamp,
) -> Result<Result<Redeemed, OAuthError>, StoreError> {
    let digest = random::sha256(&request.code);
    let unknown = || OAuthError::invalid_grant("the code is unknown, expired or spent");
    let Some(code) = codes::find(connection, &digest)? else { return Ok(Err(unknown())) };
    if code.client_id != client.client_id {
        return Ok(Err(unknown()));
    }
    if let Some(refusal) = request.shown.spend(connection)? {
        return Ok(Err(refusal));
    }
    // The code is spent by the first attempt of its client, good or bad; whoever comes second has a replay.
    if !codes::redeem(connection, &digest, &client.client_id, now)? {
        // Read again: another node may have spent it since.
        let spent = codes::find(connection, &digest)?.is_some_and(|code| code.redeemed_at.is_some());
        if spent {
            tracing::warn!(client_id = %client.client_id, "an authorization code was replayed; its grant is revoked");
            grants::revoke(connection, code.account_id, code.grant_id)?;
        }
        return Ok(Err(unknown()));
    }
    if let Err(refusal) = check(request, client, &code) {
        return Ok(Err(refusal));
    }
    let Some(account) = accounts::by_id(connection, code.account_id)?.filter(|own| own.state == AccountState::Active)
    else {
        return Ok(Err(unknown()));
    };
    let named = named_resources(connection, code.resources.iter())?;
    let wanted: Vec<&str> = request.resources.iter().map(String::as_str).collect();
    let mut target = match issue::target(app, client, &wanted, &code.resources, &code.scope, &named) {
        Ok(target) => target,
        Err(refusal) => return Ok(Err(refusal)),
    };
    target.bound = request.shown.confirmation();
    let mut grant = grant(app, client, code, now);
    grant.details = bound(grant.details, client, &target.bound);
    grant.details = subject::noted(app, client, &account.sub, grant.details);
    grants::insert(connection, &grant)?;
    let prepared = issue::prepare(app, client, &target, Some((grant.account_id, grant.id)), now);
    if let Some(row) = &prepared.row {
        access_tokens::insert(connection, row)?;
    }
    let claims = asked::of_grant(connection, &app.config.server.issuer, &account, &grant, &grant.scope)?;
    Ok(Ok(Redeemed { account, grant, claims, target, prepared }))
}

fn check(request: &Request, client: &Client, code: &AuthorizationCode) -> Result<(), OAuthError> {
    if !Confirmation::of(code.details.get()).is_met_by(&request.shown.confirmation()) {
        return Err(OAuthError::invalid_grant("the code is bound to another key by dpop_jkt"));
    }
    let redirect_uri = match (&request.redirect_uri, code.redirect_uri_sent) {
        (Some(sent), _) if *sent == code.redirect_uri => sent,
        (None, false) => &code.redirect_uri,
        _ => return Err(OAuthError::invalid_grant("redirect_uri differs from the authorization request's")),
    };
    engine::redeem(
        &CodeRedemption {
            client_id: &client.client_id,
            code: &request.code,
            redirect_uri,
            verifier: request.verifier.as_deref(),
        },
        code,
    )
}

/// The registered resources among `identifiers`, with their token formats.
pub fn named_resources<'a>(
    connection: &mut Connection,
    identifiers: impl Iterator<Item = &'a str>,
) -> Result<Vec<(NamedResource, AccessTokenFormat)>, StoreError> {
    let mut named = Vec::new();
    for identifier in identifiers {
        if let Some(resource) = resources::find(connection, identifier)? {
            named.push((NamedResource::of(&resource)?, resource.access_token_format));
        }
    }
    Ok(named)
}

/// What a grant keeps: what its refresh token is bound to, where the client cannot prove itself otherwise (RFC 9449 §5,
/// RFC 8705 §4).
pub(super) fn bound(details: Json<Details>, client: &Client, shown: &Confirmation) -> Json<Details> {
    let is_public = client.token_endpoint_auth_method == AuthMethod::None;
    let kept = if is_public { shown.clone() } else { Confirmation::default() };
    match details.get() {
        None if kept == Confirmation::default() => details,
        own => Json::of(kept.into_details(own.cloned().unwrap_or_default())),
    }
}

/// Whether a grant is for when the person is away, and when it ends in any case: without `offline_access` with the sign-in
/// at the latest.
pub(super) fn ends(
    app: &AppState,
    client: &Client,
    scope: &Words,
    session_end: Timestamp,
    now: Timestamp,
) -> (bool, Timestamp) {
    let offline = scope.contains("offline_access") && client.grant_types.contains("refresh_token");
    let hard_end = now.plus(app.config.tokens.refresh_absolute);
    (offline, if offline { hard_end } else { hard_end.min(session_end) })
}

/// The grant a code becomes.
pub(in crate::oauth) fn grant(app: &AppState, client: &Client, code: AuthorizationCode, now: Timestamp) -> Grant {
    let tokens = &app.config.tokens;
    let (offline, expires_at) = ends(app, client, &code.scope, code.session_expires_at, now);
    Grant {
        details: code.details,
        account_id: code.account_id,
        id: code.grant_id,
        session_id: code.session_id,
        client_id: code.client_id,
        scope: code.scope,
        resources: code.resources,
        nonce: code.nonce,
        auth_time: code.auth_time,
        amr: code.amr,
        offline,
        generation: 1,
        rotated_at: now,
        last_used_at: now,
        idle_expires_at: now.plus(tokens.refresh_idle).min(expires_at),
        expires_at,
        created_at: now,
        device_id: code.device_id,
    }
}
