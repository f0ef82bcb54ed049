//! Pushed authorization requests (RFC 9126): the client hands its request in at the back door, and the browser brings
//! only a reference to it, which is good once.

use std::time::Duration;

use actix_web::http::header::{CACHE_CONTROL, PRAGMA};
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::json;

use super::account_choice::Wish;
use super::answer::{self, Open};
use super::carried::{self, Way};
use super::request::{self, AuthorizationRequest};
use super::{Browser, check, look_up, stands};
use crate::app::AppState;
use crate::oauth::error::{ErrorCode, OAuthError};
use crate::oauth::token::{authenticate, refuse_secrets_in_query};
use crate::oauth::{dpop, endpoints};
use crate::security::random;
use crate::session::Presented;
use crate::store::StoreError;
use crate::store::authorization_requests::{self as requests, StoredRequest};
use crate::web::body;
use crate::web::error_page::PageError;
use crate::web::parameters::{self, Parameters};
use crate::web::visitor::Visitor;

/// What every reference begins with (RFC 9126 §2.2).
const URN: &str = "urn:ietf:params:oauth:request_uri:";
/// How long the browser may take to bring it.
const LIFE: Duration = Duration::from_secs(60);

/// `POST /oauth/par`. The request is checked as at the authorization endpoint; errors go to the client, as JSON.
pub async fn post(
    app: web::Data<AppState>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, OAuthError> {
    refuse_secrets_in_query(&request)?;
    let form = body::form(&app, &request, payload).await?;
    if form.repeated(&["resource"]).is_some() {
        return Err(OAuthError::invalid_request("a parameter is repeated"));
    }
    let client = authenticate(&app, &request, &form).await?;
    if form.has("request_uri") {
        return Err(OAuthError::invalid_request("a request_uri cannot be pushed (RFC 9126 section 2.1)"));
    }
    let signed = form.get("request").is_some();
    let parameters = if signed { carried::object(&app, &client, &form, true).await? } else { form };
    let reply_to = request::reply_to(&parameters, &client, &app.config.compatibility)
        .map_err(|_| OAuthError::invalid_request("redirect_uri is missing, or not registered for this client"))?;
    let mut checked = check(&app, Way { signed, pushed: true }, &parameters, &client, &reply_to)?;
    // A proof binds the code as `dpop_jkt` does (RFC 9449 §10.1).
    let shown = dpop::at_pushed_requests(&app, &request, &client)?;
    if let Some(shown) = &shown
        && checked.dpop_jkt.replace(shown.jkt.clone()).is_some_and(|sent| sent != shown.jkt)
    {
        return Err(OAuthError::invalid_request("dpop_jkt is not the key of the DPoP proof"));
    }
    let (uri, now) = (format!("{URN}{}", random::secret()), app.clock.now());
    let row = StoredRequest {
        // Of the whole reference: as a link to a stored request it leads nowhere.
        id_digest: random::sha256(&uri),
        binding_digest: None,
        client_id: client.client_id,
        parameters: serde_json::to_string(&checked).map_err(|error| StoreError::Fault(error.to_string()))?,
        closed_at: None,
        created_at: now,
        expires_at: now.plus(LIFE),
    };
    let written = app.store.write(move |connection| match dpop::spend(connection, shown.as_ref())? {
        Some(refusal) => Ok(Err(refusal)),
        None => requests::insert(connection, &row).map(Ok),
    });
    written.await??;
    Ok(HttpResponse::Created()
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((PRAGMA, "no-cache"))
        .json(json!({"request_uri": uri, "expires_in": LIFE.as_secs()})))
}

/// The reference that a request consists of. Beside a `request`, or repeated, it is none, and is refused elsewhere.
pub(super) fn reference(sent: &Parameters) -> Option<&str> {
    let uri = sent.get("request_uri").filter(|uri| uri.starts_with(URN))?;
    (sent.get("request").is_none() && sent.repeated(&["resource"]).is_none()).then_some(uri)
}

/// A reference that was posted goes on to a GET, where the browser's cookies come along.
pub(super) fn by_get(sent: &Parameters, uri: &str) -> HttpResponse {
    let query = parameters::encode([("client_id", sent.get("client_id").unwrap_or_default()), ("request_uri", uri)]);
    HttpResponse::SeeOther()
        .insert_header(("Location", format!("{}?{query}", endpoints::AUTHORIZE)))
        .insert_header((CACHE_CONTROL, "no-store"))
        .finish()
}

/// Goes on with a pushed request. The first browser that brings the reference gets it: the row moves to a new
/// identifier, so that the reference is nothing any more. What else the query says counts for nothing.
pub(super) async fn resume(visitor: Visitor, sent: &Parameters, uri: &str) -> Result<HttpResponse, PageError> {
    let client_id = request::client_id(sent).map_err(|fault| super::nowhere_to_reply(fault, sent, None))?.to_owned();
    let app = &visitor.app;
    let (from, id, now) = (random::sha256(uri), random::secret(), app.clock.now());
    let (to, binding) = (random::sha256(&id), visitor.binding_digest());
    let (cookie, expires_at) = (Presented::of(&visitor), now.plus(app.config.tokens.authorization_request));
    let state = app.clone();
    let taken = app.store.write(move |connection| {
        let Some(row) = requests::find_open(connection, &from, now)?.filter(|row| row.client_id == client_id) else {
            return Ok(None);
        };
        let row = StoredRequest { id_digest: to, binding_digest: Some(binding), created_at: now, expires_at, ..row };
        if !requests::move_from(connection, &from, &row)? {
            return Ok(None);
        }
        let request: AuthorizationRequest = serde_json::from_str(&row.parameters)
            .map_err(|error| StoreError::Fault(format!("authorization_requests.parameters: {error}")))?;
        let wish = Wish::of(&state, &request, now);
        let by = Browser { cookie: cookie.as_ref(), now, wish: Some(&wish) };
        let found = look_up(connection, &request.client_id, &request.resources, by)?;
        Ok(found.map(|found| (request, found)))
    });
    match taken.await? {
        Some((request, found)) => {
            stands(app, &request, &found.client)?;
            let found = super::with_second_step(&visitor, &request, found, now).await?;
            answer::answer(visitor, Open { request, found, asked_at: now, id: Some(id), now }).await
        }
        None => {
            let client = carried::client_of(&visitor, sent).await?;
            let problem = "request_uri is unknown, used, expired or not of this client";
            carried::refuse(&visitor, &client, sent, &OAuthError::new(ErrorCode::InvalidRequestUri, problem))
        }
    }
}
