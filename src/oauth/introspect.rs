//! Token introspection (RFC 7662): the client's proof and the token, all in one read. The answer is JSON, or, for who
//! accepts that, a JWT (RFC 9701).

use actix_web::http::header::{ACCEPT, CACHE_CONTROL, PRAGMA};
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::{Value, json};

use super::acr;
use super::bearer::{self, LiveToken};
use super::client_auth::{self, Presented};
use super::error::{ErrorCode, OAuthError};
use super::token::{authenticate, issue, references, refuse_secrets_in_query};
use crate::app::AppState;
use crate::clock::Timestamp;
use crate::security::jws;
use crate::security::signing_key::KeyFault;
use crate::store::accounts::{Account, AccountState};
use crate::store::clients::{self, AuthMethod, Client};
use crate::store::grants::{self, Grant};
use crate::store::signing_keys::Algorithm;
use crate::store::{Connection, StoreError, resources};
use crate::web::body;

/// The `typ` of signed answers (RFC 9701 §5); with `application/` before it their media type.
const ANSWER_TYPE: &str = "token-introspection+jwt";
const MEDIA_TYPE: &str = "application/token-introspection+jwt";

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
            Ok(Ok((client, visible)))
        })
        .await?;
    match outcome {
        Ok((client, subject)) => {
            let told = subject.map_or_else(|| json!({"active": false}), |subject| describe(&app, &subject));
            let mut answer = HttpResponse::Ok();
            answer.insert_header((CACHE_CONTROL, "no-store")).insert_header((PRAGMA, "no-cache"));
            if wants_jwt(&request) {
                return Ok(answer.content_type(MEDIA_TYPE).body(signed(&app, &client, &told, now)?));
            }
            Ok(answer.json(told))
        }
        Err((refusal, client_id)) => {
            client_auth::count_failure(&app, &request, &client_id).await?;
            Err(refusal)
        }
    }
}

/// Whether a signed answer is asked for (RFC 9701 §4): the media type is named, and not with a weight of nothing.
fn wants_jwt(request: &HttpRequest) -> bool {
    let accepted = request.headers().get_all(ACCEPT).filter_map(|value| value.to_str().ok());
    accepted.flat_map(|value| value.split(',')).any(|range| {
        let mut parts = range.split(';').map(str::trim);
        let is_meant = parts.next().is_some_and(|name| name.eq_ignore_ascii_case(MEDIA_TYPE));
        let is_refused = |part: &str| {
            let (name, weight) = part.split_once('=').unwrap_or_default();
            name.trim().eq_ignore_ascii_case("q") && weight.trim().parse() == Ok(0.0_f32)
        };
        is_meant && !parts.any(is_refused)
    })
}

/// The answer as a JWT for the client that asks. It has no `sub` and no `exp` of its own, so that it is nobody's access or
/// ID token (RFC 9701 §5, §8.1).
fn signed(app: &AppState, client: &Client, told: &Value, now: Timestamp) -> Result<String, OAuthError> {
    let registered = client.metadata.get().and_then(|own| own.introspection_signed_response_alg.as_deref());
    let algorithm = registered.and_then(Algorithm::parse).unwrap_or(Algorithm::Rs256);
    let keys = app.keyring.keys();
    let key = keys.signing(algorithm, now).ok_or(KeyFault)?;
    let claims = json!({
        "iss": app.config.server.issuer,
        "aud": client.client_id,
        "iat": now.seconds(),
        "token_introspection": told,
    });
    Ok(jws::sign(key, ANSWER_TYPE, &claims)?)
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
            "auth_time": sign_in(token).map(|grant| grant.auth_time.seconds()),
            "acr": sign_in(token).and_then(context_class),
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

/// The grant of a person who signed in for it; nobody does where an issuer spoke for them (RFC 7523).
fn sign_in(token: &LiveToken) -> Option<&Grant> {
    token.person.as_ref().map(|(grant, _)| grant).filter(|grant| !grant.amr.is_empty())
}

/// The context class (RFC 9470 §6.2): the one that was asked for and reached, or else the highest that was reached.
fn context_class(grant: &Grant) -> Option<&str> {
    let asked = grant.details.get().and_then(|details| details.acr.as_deref());
    asked.or_else(|| acr::given(&acr::Asked::default(), &grant.amr))
}
