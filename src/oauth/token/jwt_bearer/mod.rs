//! `grant_type=urn:ietf:params:oauth:grant-type:jwt-bearer` (RFC 7523 §2.1): an issuer that the operator trusts says for
//! whom an app acts. Never an ID token, never a refresh token: the grant ends with its access token.

pub mod claims;

use crate::app::AppState;
use crate::clock::Timestamp;
use crate::config::{AssertionIssuer, AssertionKeys, AssertionSubject};
use crate::identifier::Identifier;
use crate::oauth::client_keys;
use crate::oauth::endpoints;
use crate::oauth::error::{ErrorCode, OAuthError};
use crate::oauth::possession::{Confirmation, Possession};
use crate::oauth::scope::{self, NamedResource};
use crate::oauth::subject;
use crate::oauth::token::authorization_code::named_resources;
use crate::oauth::token::issue::{self, AccessTokenClaims, Prepared, Target, TokenAnswer};
use crate::oauth::token::references;
use crate::security::foreign_jws::{JwsFault, KeySet, Members, Unverified};
use crate::security::random;
use crate::store::accounts::{self, Account, AccountState};
use crate::store::addresses::{self, AddressKind};
use crate::store::clients::{AccessTokenFormat, AuthMethod, Client};
use crate::store::columns::Words;
use crate::store::details::Json;
use crate::store::grants::{self, Grant};
use crate::store::{Connection, StoreError, access_tokens, consents, seen_jwts};
use crate::web::parameters::Parameters;
use claims::{Asserted, Expected};

/// The request's part, read, believed and owned.
struct Request {
    trusted: AssertionIssuer,
    asserted: Asserted,
    scope: Words,
    resource: Option<String>,
    shown: Possession,
}

/// What the write came to.
struct Granted {
    account: Account,
    grant: Grant,
    target: Target,
    prepared: Prepared,
}

/// Takes an assertion for an access token.
pub async fn redeem(
    app: &AppState,
    client: Client,
    form: &Parameters,
    shown: Possession,
) -> Result<TokenAnswer, OAuthError> {
    if client.token_endpoint_auth_method == AuthMethod::None {
        return Err(OAuthError::new(ErrorCode::UnauthorizedClient, "a public client cannot act for people"));
    }
    let (state, now) = (app.clone(), app.clock.now());
    let request = read(app, &client, form, shown, now).await?;
    let (client, outcome) = app
        .store
        .write(move |connection| {
            let outcome = in_one_write(connection, &state, &client, &request, now)?;
            Ok((client, outcome))
        })
        .await?;
    answer(app, &client, outcome?, now)
}

async fn read(
    app: &AppState,
    client: &Client,
    form: &Parameters,
    shown: Possession,
    now: Timestamp,
) -> Result<Request, OAuthError> {
    let assertion = form.get("assertion").ok_or_else(|| OAuthError::invalid_request("assertion is missing"))?;
    let requested = form.get("scope").unwrap_or_default();
    if !scope::is_well_formed(requested) {
        return Err(OAuthError::new(ErrorCode::InvalidScope, "scope has a character that no scope has"));
    }
    let mut wanted = form.all("resource");
    let resource = match (wanted.next(), wanted.next()) {
        (None, _) => None,
        (Some(one), None) if client.resources.contains(one) => Some(one.to_owned()),
        _ => return Err(OAuthError::new(ErrorCode::InvalidTarget, "name one resource that this client may use")),
    };
    let token = Unverified::read(assertion).map_err(unbelieved)?;
    let trusted = trusted(app, client, token.unverified().text("iss"))?;
    let verified = verified(app, trusted, &token).await.map_err(unbelieved)?;
    let issuer = &app.config.server.issuer;
    let audiences = [issuer.clone(), format!("{issuer}{}", endpoints::TOKEN)];
    let expected = Expected { issuer: &trusted.issuer, audiences: &audiences, now };
    let asserted = claims::check(&verified, token.typ.as_deref(), expected).map_err(OAuthError::invalid_grant)?;
    Ok(Request { trusted: trusted.clone(), asserted, scope: Words::parse(requested), resource, shown })
}

/// The issuer, where the operator trusts it and has given it to this client.
fn trusted<'a>(app: &'a AppState, client: &Client, issuer: Option<&str>) -> Result<&'a AssertionIssuer, OAuthError> {
    let given = client.metadata.get().map(|metadata| metadata.assertion_issuers.as_slice()).unwrap_or_default();
    issuer
        .filter(|issuer| given.iter().any(|own| own == issuer))
        .and_then(|issuer| app.config.jwt_bearer.issuer(issuer))
        .ok_or_else(|| OAuthError::invalid_grant("this client may not bring assertions of this issuer"))
}

async fn verified(app: &AppState, trusted: &AssertionIssuer, token: &Unverified<'_>) -> Result<Members, JwsFault> {
    match &trusted.keys {
        AssertionKeys::Uri(uri) => client_keys::published(app, uri, token, None).await,
        AssertionKeys::Set(set) => {
            let keys = KeySet::read(set).map_err(|problem| {
                tracing::error!(issuer = trusted.issuer, %problem, "the keys of an issuer cannot be used");
                JwsFault::NoKey
            })?;
            token.verified_by(&keys, None).cloned()
        }
    }
}

fn unbelieved(fault: JwsFault) -> OAuthError {
    OAuthError::invalid_grant(match fault {
        JwsFault::Malformed => "the assertion is not a signed JWT of 8 KiB at most",
        JwsFault::Algorithm => "alg of the assertion must be RS256, PS256, ES256 or EdDSA",
        JwsFault::NoKey => "no key of the issuer fits the assertion",
        JwsFault::Signature => "the signature of the assertion is wrong",
    })
}

fn in_one_write(
    connection: &mut Connection,
    app: &AppState,
    client: &Client,
    request: &Request,
    now: Timestamp,
) -> Result<Result<Granted, OAuthError>, StoreError> {
    let Asserted { subject, once } = &request.asserted;
    // Of two issuers one may use the other's names.
    let digest = random::sha256(&format!("grant\0{}\0{}", request.trusted.issuer, once.jti));
    if !seen_jwts::take(connection, &digest, once.until)? {
        return Ok(Err(OAuthError::invalid_grant("the assertion was used before: its jti is known")));
    }
    if let Some(refusal) = request.shown.spend(connection)? {
        return Ok(Err(refusal));
    }
    let found = account(connection, request.trusted.subject, subject)?;
    let Some(account) = found.filter(|account| account.state == AccountState::Active) else {
        return Ok(Err(OAuthError::invalid_grant("the assertion is about nobody who may be acted for")));
    };
    let mut target = match target(connection, app, client, request, &account)? {
        Ok(target) => target,
        Err(refusal) => return Ok(Err(refusal)),
    };
    target.bound = request.shown.confirmation();
    let grant = grant(app, client, &account, &target, now);
    grants::insert(connection, &grant)?;
    let prepared = issue::prepare(app, client, &target, Some((grant.account_id, grant.id)), now);
    if let Some(row) = &prepared.row {
        access_tokens::insert(connection, row)?;
    }
    Ok(Ok(Granted { account, grant, target, prepared }))
}

fn account(connection: &mut Connection, kind: AssertionSubject, subject: &str) -> Result<Option<Account>, StoreError> {
    match kind {
        AssertionSubject::Sub => accounts::by_sub(connection, subject),
        AssertionSubject::AccountId => match Identifier::parse(subject, None) {
            Ok(Identifier::AccountNumber(number)) => accounts::by_number(connection, &number),
            _ => Ok(None),
        },
        AssertionSubject::Email => match Identifier::parse(subject, None) {
            Ok(Identifier::Email(address)) => addresses::owner(connection, AddressKind::Email, &address),
            _ => Ok(None),
        },
    }
}

fn target(
    connection: &mut Connection,
    app: &AppState,
    client: &Client,
    request: &Request,
    account: &Account,
) -> Result<Result<Target, OAuthError>, StoreError> {
    let named = named_resources(connection, request.resource.iter().map(String::as_str))?.into_iter().next();
    if request.resource.is_some() && named.is_none() {
        return Ok(Err(OAuthError::new(ErrorCode::InvalidTarget, "the resource is not registered")));
    }
    let consents = consents::of_client(connection, account.id, &client.client_id)?;
    let resource = named.as_ref().map(|(resource, _)| resource);
    let scope = claims::scope(&request.scope, &request.trusted.scopes, client, resource, &consents);
    if scope.is_empty() {
        let problem = "nothing was asked for that client, issuer and person allow";
        return Ok(Err(OAuthError::new(ErrorCode::InvalidScope, problem)));
    }
    let (audience, format): (String, AccessTokenFormat) = match named {
        Some((NamedResource { identifier, .. }, format)) => (identifier, format),
        None => (app.config.server.issuer.clone(), client.access_token_format),
    };
    Ok(Ok(Target { audience, scope, format, bound: Confirmation::default() }))
}

/// The grant, so that the token dies with whatever its person or the operator ends. It belongs to no sign-in: nobody
/// signed in, at no time and in no way.
fn grant(app: &AppState, client: &Client, account: &Account, target: &Target, now: Timestamp) -> Grant {
    let ends = now.plus(app.config.tokens.access_token);
    let is_ours = target.audience == app.config.server.issuer;
    Grant {
        account_id: account.id,
        id: random::id(),
        session_id: random::id(),
        client_id: client.client_id.clone(),
        scope: target.scope.clone(),
        resources: if is_ours { Words::default() } else { std::iter::once(target.audience.as_str()).collect() },
        nonce: None,
        auth_time: Timestamp::from_seconds(0),
        amr: Words::default(),
        offline: true,
        generation: 1,
        rotated_at: now,
        last_used_at: now,
        idle_expires_at: ends,
        expires_at: ends,
        created_at: now,
        details: subject::noted(app, client, &account.sub, Json::default()),
        device_id: None,
    }
}

fn answer(app: &AppState, client: &Client, granted: Granted, now: Timestamp) -> Result<TokenAnswer, OAuthError> {
    let Granted { account, grant, target, prepared } = granted;
    let access_token = match prepared.opaque {
        Some(token) => token,
        None => {
            let claims = AccessTokenClaims {
                gnt: Some(references::of_grant(app, &grant)?),
                ..issue::claims(app, client, &target, grant.subject(&account), now)
            };
            issue::sign_access_token(app, client, &target, &claims, now)?
        }
    };
    Ok(issue::bearer(app, access_token, &target))
}
