//! From what was approved to tokens. State changes are the caller's, inside its one write; here tokens are only made.

use chrono::{DateTime, Utc};
use openidconnect::core::{CoreGenderClaim, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm};
use openidconnect::{
    AccessToken as KernelAccessToken, AdditionalClaims, Audience, AuthenticationContextClass,
    AuthenticationMethodReference, AuthorizationCode as KernelCode, IdToken, IdTokenClaims, IssuerUrl, Nonce,
    StandardClaims, SubjectIdentifier,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::app::AppState;
use crate::clock::Timestamp;
use crate::oauth::error::{ErrorCode, OAuthError};
use crate::oauth::fapi;
use crate::oauth::possession::Confirmation;
use crate::oauth::scope::{self, NamedResource};
use crate::oauth::token::references;
use crate::security::{jws, random};
use crate::store::access_tokens::AccessToken;
use crate::store::accounts::Account;
use crate::store::clients::{AccessTokenFormat, Client};
use crate::store::columns::Words;
use crate::store::details::{Details, Json};
use crate::store::grants::Grant;
use crate::store::signing_keys::Algorithm;

/// The `typ` of access tokens (RFC 9068 §2.1).
pub const ACCESS_TOKEN_TYPE: &str = "at+jwt";

/// A token answer (RFC 6749 §5.1, OpenID Connect Core §3.1.3.3). Holds secrets: no `Debug`.
#[derive(Serialize)]
pub struct TokenAnswer {
    access_token: String,
    /// RFC 8693 §2.2.1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) issued_token_type: Option<&'static str>,
    token_type: &'static str,
    pub(super) expires_in: u64,
    scope: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    id_token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<String>,
}

/// The claims of a JWT access token (RFC 9068 §2.2), and our own reference to its grant, sealed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AccessTokenClaims {
    /// The issuer.
    pub iss: String,
    /// Where it is good.
    pub aud: String,
    /// The person, or the client itself.
    pub sub: String,
    /// Who holds it.
    pub client_id: String,
    /// What it allows.
    pub scope: String,
    /// Seconds since the epoch.
    pub iat: i64,
    /// Seconds since the epoch.
    pub exp: i64,
    /// Its own name.
    pub jti: String,
    /// When the person signed in, in seconds since the epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auth_time: Option<i64>,
    /// How (RFC 8176).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub amr: Vec<String>,
    /// The context class, where it was asked for (RFC 9068 §2.2.1).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub acr: Option<String>,
    /// The grant it dies with, for our own endpoints.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gnt: Option<String>,
    /// The key that whoever shows it must have (RFC 7800 §3.1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cnf: Option<Confirmation>,
    /// Who acts for the person (RFC 8693 §4.1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub act: Option<serde_json::Value>,
}

/// Where an access token is to be good, and what it allows there.
#[derive(Clone, Debug)]
pub struct Target {
    /// `aud`.
    pub audience: String,
    /// The part of the granted scope that is that audience's.
    pub scope: Words,
    /// What the token looks like.
    pub format: AccessTokenFormat,
    /// What it is bound to.
    pub bound: Confirmation,
}

/// Picks the audience of a token (RFC 8707 §2.2). A named resource must be among `granted`. With none named a token
/// for signing in is one for our own userinfo, and otherwise one for the only resource granted.
pub fn target(
    app: &AppState,
    client: &Client,
    wanted: &[&str],
    granted: &Words,
    scope: &Words,
    resources: &[(NamedResource, AccessTokenFormat)],
) -> Result<Target, OAuthError> {
    let invalid = |description| OAuthError::new(ErrorCode::InvalidTarget, description);
    let mut of_grant = granted.iter();
    let resource = match (wanted, of_grant.next(), of_grant.next()) {
        ([], _, _) if scope.contains("openid") => None,
        ([], None, _) => None,
        ([], Some(only), None) => Some(only),
        ([], Some(_), Some(_)) => return Err(invalid("name one of the granted resources")),
        ([one], _, _) if granted.contains(one) => Some(*one),
        ([_], _, _) => return Err(invalid("the resource was not granted")),
        _ => return Err(invalid("name one resource at a time")),
    };
    match resource {
        None => Ok(for_userinfo(app, client, scope)),
        Some(identifier) => {
            let (named, format) = resources
                .iter()
                .find(|(named, _)| named.identifier == identifier)
                .ok_or_else(|| invalid("the resource is not registered any more"))?;
            Ok(Target {
                audience: named.identifier.clone(),
                scope: scope::for_audience(scope, Some(named)),
                format: *format,
                bound: Confirmation::default(),
            })
        }
    }
}

/// The target of a token for our own userinfo.
pub fn for_userinfo(app: &AppState, client: &Client, scope: &Words) -> Target {
    Target {
        audience: app.config.server.issuer.clone(),
        scope: scope::for_audience(scope, None),
        format: client.access_token_format,
        bound: Confirmation::default(),
    }
}

/// An access token about to be issued. Where it is opaque, `row` belongs into the caller's write.
pub struct Prepared {
    /// The secret of an opaque token.
    pub(super) opaque: Option<String>,
    /// Its row.
    pub row: Option<AccessToken>,
}

/// Draws the secret of an opaque token; a JWT needs nothing before it is signed.
pub fn prepare(
    app: &AppState,
    client: &Client,
    target: &Target,
    grant: Option<(i64, i64)>,
    now: Timestamp,
) -> Prepared {
    if target.format != AccessTokenFormat::Opaque {
        return Prepared { opaque: None, row: None };
    }
    let token = random::secret();
    let row = AccessToken {
        details: Json::of(target.bound.clone().into_details(Details::default())),
        token_digest: random::sha256(&token),
        account_id: grant.map(|(account_id, _)| account_id),
        grant_id: grant.map(|(_, id)| id),
        client_id: client.client_id.clone(),
        scope: target.scope.clone(),
        audience: target.audience.clone(),
        created_at: now,
        expires_at: now.plus(app.config.tokens.access_token),
    };
    Prepared { opaque: Some(token), row: Some(row) }
}

/// The person behind tokens, and their grant.
#[derive(Clone, Copy)]
pub struct Approved<'a> {
    /// Who.
    pub account: &'a Account,
    /// What they granted.
    pub grant: &'a Grant,
    /// Into the ID token.
    pub nonce: Option<&'a str>,
    /// Whether the answer carries a refresh token.
    pub refresh: bool,
    /// What else the ID token says of the person.
    pub claims: &'a Map<String, Value>,
}

/// Makes the answer for a person's grant.
pub fn for_person(
    app: &AppState,
    client: &Client,
    target: &Target,
    prepared: Prepared,
    approved: &Approved<'_>,
    now: Timestamp,
) -> Result<TokenAnswer, OAuthError> {
    let grant = approved.grant;
    let access_token = access_token(app, client, target, prepared, approved, now)?;
    let beside = Beside { access_token: Some(&access_token), code: None };
    let id_token =
        if grant.scope.contains("openid") { Some(id_token(app, client, approved, beside, now)?) } else { None };
    let refresh_token = if approved.refresh { Some(references::refresh_token(app, grant)?) } else { None };
    Ok(TokenAnswer { id_token, refresh_token, ..bearer(app, access_token, target) })
}

/// Makes an access token for a person's grant.
pub fn access_token(
    app: &AppState,
    client: &Client,
    target: &Target,
    prepared: Prepared,
    approved: &Approved<'_>,
    now: Timestamp,
) -> Result<String, OAuthError> {
    let Approved { account, grant, .. } = approved;
    if let Some(token) = prepared.opaque {
        return Ok(token);
    }
    let claims = AccessTokenClaims {
        auth_time: auth_time(grant),
        amr: grant.amr.iter().map(str::to_owned).collect(),
        acr: acr(grant).map(str::to_owned),
        gnt: Some(references::of_grant(app, grant)?),
        ..claims(app, client, target, grant.subject(account), now)
    };
    sign_access_token(app, client, target, &claims, now)
}

/// Makes the answer for a client acting for itself.
pub fn for_client(
    app: &AppState,
    client: &Client,
    target: &Target,
    prepared: Prepared,
    now: Timestamp,
) -> Result<TokenAnswer, OAuthError> {
    let access_token = match prepared.opaque {
        Some(token) => token,
        None => sign_access_token(app, client, target, &claims(app, client, target, &client.client_id, now), now)?,
    };
    Ok(bearer(app, access_token, target))
}

pub(super) fn bearer(app: &AppState, access_token: String, target: &Target) -> TokenAnswer {
    TokenAnswer {
        access_token,
        issued_token_type: None,
        token_type: token_type(&target.bound),
        expires_in: app.config.tokens.access_token.as_secs(),
        scope: target.scope.as_str().to_owned(),
        id_token: None,
        refresh_token: None,
    }
}

/// `token_type` (RFC 6750 §4, RFC 9449 §5). One that is bound to a certificate alone is shown as any other (RFC 8705 §3).
pub fn token_type(bound: &Confirmation) -> &'static str {
    if bound.jkt.is_some() { "DPoP" } else { "Bearer" }
}

pub(super) fn claims(app: &AppState, client: &Client, target: &Target, sub: &str, now: Timestamp) -> AccessTokenClaims {
    AccessTokenClaims {
        iss: app.config.server.issuer.clone(),
        aud: target.audience.clone(),
        sub: sub.to_owned(),
        client_id: client.client_id.clone(),
        scope: target.scope.as_str().to_owned(),
        iat: now.seconds(),
        exp: now.plus(app.config.tokens.access_token).seconds(),
        jti: random::identifier(),
        auth_time: None,
        amr: Vec::new(),
        acr: None,
        gnt: None,
        act: None,
        cnf: target.bound.told(),
    }
}

pub(super) fn sign_access_token(
    app: &AppState,
    client: &Client,
    target: &Target,
    claims: &AccessTokenClaims,
    now: Timestamp,
) -> Result<String, OAuthError> {
    let keys = app.keyring.keys();
    let algorithm = match target.format {
        // FAPI 2.0 has no RS256, whatever the resource would like.
        AccessTokenFormat::JwtRs256 if !fapi::is_held(client) => Algorithm::Rs256,
        _ => Algorithm::Es256,
    };
    let key = keys.signing(algorithm, now).ok_or_else(no_key)?;
    Ok(jws::sign(key, ACCESS_TOKEN_TYPE, claims)?)
}

pub(super) fn no_key() -> OAuthError {
    tracing::error!("there is no signing key for the algorithm");
    OAuthError::new(ErrorCode::ServerError, "the server failed")
}

/// What an ID token carries beside the claims that openidconnect knows.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SessionClaims {
    /// The sign-in at this client (OpenID Connect Back-Channel Logout §2.1).
    pub sid: String,
    /// What else was asked for of the person.
    #[serde(flatten, skip_serializing_if = "Map::is_empty")]
    pub asked: Map<String, Value>,
}

impl AdditionalClaims for SessionClaims {}

type SignedIdToken =
    IdToken<SessionClaims, CoreGenderClaim, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm>;

/// What an ID token travels with, and vouches for.
#[derive(Clone, Copy)]
pub struct Beside<'a> {
    /// For `at_hash`.
    pub access_token: Option<&'a str>,
    /// For `c_hash`.
    pub code: Option<&'a str>,
}

/// Makes an ID token (OpenID Connect Core §2, §3.3.2.11).
pub fn id_token(
    app: &AppState,
    client: &Client,
    approved: &Approved<'_>,
    beside: Beside<'_>,
    now: Timestamp,
) -> Result<String, OAuthError> {
    let algorithm = Algorithm::parse(&client.id_token_signed_response_alg).unwrap_or(Algorithm::Rs256);
    let keys = app.keyring.keys();
    let key = keys.signing(algorithm, now).ok_or_else(no_key)?;
    let Approved { account, grant, nonce, claims: asked, .. } = approved;
    let failed = |_| OAuthError::new(ErrorCode::ServerError, "the server failed");
    let claims: IdTokenClaims<SessionClaims, CoreGenderClaim> = IdTokenClaims::new(
        IssuerUrl::new(app.config.server.issuer.clone()).map_err(failed)?,
        vec![Audience::new(client.client_id.clone())],
        time(now.plus(app.config.tokens.id_token)),
        time(now),
        StandardClaims::new(SubjectIdentifier::new(grant.subject(account).to_owned())),
        SessionClaims { sid: app.derived.session_id(grant.session_id, &client.client_id), asked: (*asked).clone() },
    )
    .set_auth_time(Some(time(grant.auth_time)))
    .set_nonce(nonce.map(|nonce| Nonce::new(nonce.to_owned())))
    .set_auth_context_ref(acr(grant).map(|class| AuthenticationContextClass::new(class.to_owned())))
    .set_auth_method_refs(Some(
        grant.amr.iter().map(|method| AuthenticationMethodReference::new(method.to_owned())).collect(),
    ));
    let jws_algorithm = match algorithm {
        Algorithm::Rs256 => CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
        Algorithm::Es256 => CoreJwsSigningAlgorithm::EcdsaP256Sha256,
        Algorithm::EdDsa => CoreJwsSigningAlgorithm::EdDsa,
        Algorithm::Ps256 => CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    };
    let access_token = beside.access_token.map(|token| KernelAccessToken::new(token.to_owned()));
    let code = beside.code.map(|code| KernelCode::new(code.to_owned()));
    let token =
        SignedIdToken::new(claims, key, jws_algorithm, access_token.as_ref(), code.as_ref()).map_err(|error| {
            tracing::error!(%error, "no ID token could be made");
            OAuthError::new(ErrorCode::ServerError, "the server failed")
        })?;
    Ok(token.to_string())
}

/// When the person of a grant signed in, in seconds since the epoch; nobody did where an issuer spoke for them (RFC 7523).
pub(super) fn auth_time(grant: &Grant) -> Option<i64> {
    (!grant.amr.is_empty()).then(|| grant.auth_time.seconds())
}

/// The context class that was asked for when the grant was made.
pub(super) fn acr(grant: &Grant) -> Option<&str> {
    grant.details.get()?.acr.as_deref()
}

fn time(at: Timestamp) -> DateTime<Utc> {
    Timestamp::from_seconds(at.seconds()).utc()
}
