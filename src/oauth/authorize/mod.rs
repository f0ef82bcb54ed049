//! The authorization endpoint (RFC 6749 §3.1, OpenID Connect Core §3.1.2): begin and resume.
//!
//! A request that is answered from the live session costs no row. Once a page must be shown, or the request was posted,
//! it is written down, and from then on the request is its row.

pub mod account_choice;
pub mod answer;
mod carried;
pub mod claims_request;
pub mod consent;
pub mod decide;
pub mod form_post;
pub mod front;
pub mod permissions;
pub mod pushed;
mod reference;
pub mod request;
pub mod request_object;
pub mod respond;
pub mod response;
pub mod single;

use actix_web::{HttpRequest, HttpResponse, web};

use super::acr;
use super::end_session::hint;
use super::error::{ErrorCode, OAuthError};
use super::scope::NamedResource;
use super::{fapi, redirect_uri};
use crate::app::AppState;
use crate::clock::Timestamp;
use crate::config::TwoStep;
use crate::credentials::gate;
use crate::security::random;
use crate::session::{self, Presented, SignedIn};
use crate::store::authorization_requests::{self as requests, StoredRequest};
use crate::store::clients::{self, Client};
use crate::store::consents::{self, Consent};
use crate::store::{Connection, StoreError, resources};
use crate::web::body;
use crate::web::error::{DeveloperFact, DeveloperLabel, ErrorKind};
use crate::web::error_page::PageError;
use crate::web::parameters::Parameters;
use crate::web::urls;
use crate::web::visitor::Visitor;
use account_choice::{Chosen, Wish};
use answer::Open;
use carried::Way;
use decide::SecondStep;
use request::{AuthorizationRequest, NoReply, ReplyTo};

/// What one read finds about a request.
pub(super) struct Found {
    pub client: Client,
    pub signed_in: Option<SignedIn>,
    pub is_one_of_several: bool,
    pub is_ambiguous: bool,
    pub consents: Vec<Consent>,
    pub resources: Vec<NamedResource>,
    pub second_step: SecondStep,
}

/// `GET /oauth/authorize`.
pub async fn begin(app: web::Data<AppState>, request: HttpRequest) -> Result<HttpResponse, PageError> {
    let visitor = Visitor::of(&app, &request);
    let sent = visitor.query()?;
    if let Some(uri) = pushed::reference(&sent) {
        return pushed::resume(visitor, &sent, uri).await;
    }
    let (parameters, way) = match carried::open(&visitor, sent).await? {
        Ok(opened) => opened,
        Err(refusal) => return Ok(refusal),
    };
    let now = app.clock.now();
    let (found, reply_to) = find(&visitor, &parameters, now).await?;
    match check(&app, way, &parameters, &found.client, &reply_to) {
        Ok(request) => {
            let found = meant(&visitor, &request, found, now).await?;
            let found = with_second_step(&visitor, &request, found, now).await?;
            let open = Open { request, found, asked_at: now, id: None, now };
            answer::answer(visitor, open).await
        }
        Err(refusal) => refuse_early(&visitor, &found.client, &reply_to, is_silent(&parameters), &refusal),
    }
}

/// `POST /oauth/authorize`: a cross-site post comes without our cookies, so the request is stored and the browser comes
/// back for it by GET.
pub async fn begin_posted(
    app: web::Data<AppState>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, PageError> {
    let visitor = Visitor::of(&app, &request);
    let sent = body::form(&app, &request, payload).await?;
    if let Some(uri) = pushed::reference(&sent) {
        return Ok(pushed::by_get(&sent, uri));
    }
    let (parameters, way) = match carried::open(&visitor, sent).await? {
        Ok(opened) => opened,
        Err(refusal) => return Ok(refusal),
    };
    let now = app.clock.now();
    let (found, reply_to) = find(&visitor, &parameters, now).await?;
    match check(&app, way, &parameters, &found.client, &reply_to) {
        Ok(request) => {
            let id = store(&app, &request, None, now).await?;
            // No cookie is set here: the browser of the GET is the one that counts.
            Ok(HttpResponse::SeeOther()
                .insert_header(("Location", urls::authorization_request(&id)))
                .insert_header(("Cache-Control", "no-store"))
                .finish())
        }
        Err(refusal) => refuse_early(&visitor, &found.client, &reply_to, is_silent(&parameters), &refusal),
    }
}

/// `GET /oauth/authorize/{id}`: the person comes back from signing in, or with a request that was posted.
pub async fn resume(
    app: web::Data<AppState>,
    request: HttpRequest,
    id: web::Path<String>,
) -> Result<HttpResponse, PageError> {
    let visitor = Visitor::of(&app, &request);
    let open = reopen(&visitor, &id).await?;
    answer::answer(visitor, open).await
}

/// Reads a stored request again, for the browser it belongs to; the first browser that comes for a posted one gets it.
pub(super) async fn reopen(visitor: &Visitor, id: &str) -> Result<Open, PageError> {
    let app = &visitor.app;
    let (id_digest, binding, now) = (random::sha256(id), visitor.binding_digest(), app.clock.now());
    let cookie = Presented::of(visitor);
    let (row_digest, own, state) = (id_digest.clone(), binding.clone(), app.clone());
    let read = app
        .store
        .read(move |connection| {
            let Some(row) = requests::find_open(connection, &row_digest, now)? else { return Ok(None) };
            let request: AuthorizationRequest = serde_json::from_str(&row.parameters)
                .map_err(|error| StoreError::Fault(format!("authorization_requests.parameters: {error}")))?;
            let wish = Wish::of(&state, &request, row.created_at);
            let by = Browser { cookie: cookie.as_ref(), now, wish: Some(&wish) };
            let found = look_up(connection, &request.client_id, &request.resources, by)?;
            Ok(found.map(|found| (row, request, found)))
        })
        .await?;
    let (row, request, found) = read.ok_or(ErrorKind::Expired)?;
    let is_own = match row.binding_digest {
        Some(bound) => bound == own,
        None => app.store.write(move |connection| requests::bind(connection, &id_digest, &binding)).await?,
    };
    if !is_own {
        return Err(ErrorKind::Expired.into());
    }
    stands(app, &request, &found.client)?;
    let found = with_second_step(visitor, &request, found, now).await?;
    Ok(Open { request, found, asked_at: row.created_at, id: Some(id.to_owned()), now })
}

/// Whether a stored request may still be answered: a client that registered itself may have changed its registration since
/// (RFC 7592 §2.2), and an answer goes to no address, and holds nothing, that is the client's no more.
fn stands(app: &AppState, request: &AuthorizationRequest, client: &Client) -> Result<(), PageError> {
    if !redirect_uri::is_registered(client, &request.redirect_uri) {
        let mut error = PageError::of(ErrorKind::UnknownAddress);
        error.app_name = Some(client.name.clone());
        error.developer = vec![
            fact(DeveloperLabel::Problem, "redirect_uri is not registered for this client any more"),
            fact(DeveloperLabel::Client, &client.client_id),
        ];
        return Err(error);
    }
    if !request.response_type.is_allowed(client, &app.config.compatibility) {
        let problem = "the client may not use this response_type any more";
        return Err(shown(client, &OAuthError::new(ErrorCode::UnsupportedResponseType, problem)));
    }
    Ok(())
}

/// Writes a request down and gives the identifier of its links.
pub(super) async fn store(
    app: &AppState,
    request: &AuthorizationRequest,
    binding_digest: Option<Vec<u8>>,
    asked_at: Timestamp,
) -> Result<String, StoreError> {
    let id = random::secret();
    let row = StoredRequest {
        id_digest: random::sha256(&id),
        binding_digest,
        client_id: request.client_id.clone(),
        parameters: serde_json::to_string(request).map_err(|error| StoreError::Fault(error.to_string()))?,
        closed_at: None,
        created_at: asked_at,
        expires_at: asked_at.plus(app.config.tokens.authorization_request),
    };
    app.store.write(move |connection| requests::insert(connection, &row)).await?;
    Ok(id)
}

async fn find(visitor: &Visitor, parameters: &Parameters, now: Timestamp) -> Result<(Found, ReplyTo), PageError> {
    let client_id =
        request::client_id(parameters).map_err(|fault| nowhere_to_reply(fault, parameters, None))?.to_owned();
    let wanted: Vec<String> = parameters.all("resource").take(request::MOST_RESOURCES).map(str::to_owned).collect();
    let cookie = Presented::of(visitor);
    let found = visitor
        .app
        .store
        .read(move |connection| {
            let by = Browser { cookie: cookie.as_ref(), now, wish: None };
            look_up(connection, &client_id, &wanted, by)
        })
        .await?
        .ok_or_else(|| nowhere_to_reply(NoReply::UnknownClient, parameters, None))?;
    if found.signed_in.is_none() {
        session::watch(visitor).await?;
    }
    let reply_to = request::reply_to(parameters, &found.client, &visitor.app.config.compatibility)
        .map_err(|fault| nowhere_to_reply(fault, parameters, Some(&found.client)))?;
    Ok((found, reply_to))
}

/// What was found, about the person who is meant: where several are signed in, the request may name one.
async fn meant(
    visitor: &Visitor,
    request: &AuthorizationRequest,
    found: Found,
    now: Timestamp,
) -> Result<Found, PageError> {
    if !found.is_one_of_several {
        return Ok(found);
    }
    let wish = Wish::of(&visitor.app, request, now);
    let (client_id, wanted) = (request.client_id.clone(), request.resources.clone());
    let cookie = Presented::of(visitor);
    let read = visitor.app.store.read(move |connection| {
        let by = Browser { cookie: cookie.as_ref(), now, wish: Some(&wish) };
        look_up(connection, &client_id, &wanted, by)
    });
    Ok(read.await?.unwrap_or(found))
}

/// What was found, with what can and must be added to the sign-in in use. Looked up only where two factors are asked for and
/// one was shown.
pub(super) async fn with_second_step(
    visitor: &Visitor,
    request: &AuthorizationRequest,
    found: Found,
    now: Timestamp,
) -> Result<Found, StoreError> {
    let app = visitor.app.clone();
    let by_all = app.config.sign_in.two_step == TwoStep::Required;
    let asks = request.sign_in.two_factors;
    let one_factor = found.signed_in.as_ref().filter(|own| !session::had_two_factors(&own.session.amr));
    let Some(signed_in) = one_factor.filter(|_| asks || by_all).cloned() else { return Ok(found) };
    let read = visitor.app.store.read(move |connection| {
        Ok(SecondStep {
            possible: asks && gate::factors(connection, &app, signed_in.account.id)?.can_give_two(),
            owed: session::owes_second_step(connection, &app.config.sign_in, &signed_in, now)?,
        })
    });
    Ok(Found { second_step: read.await?, ..found })
}

/// The browser that asks, and whom its request is about, where that is known already.
#[derive(Clone, Copy)]
struct Browser<'a> {
    cookie: Option<&'a Presented>,
    now: Timestamp,
    wish: Option<&'a Wish>,
}

fn look_up(
    connection: &mut Connection,
    client_id: &str,
    wanted: &[String],
    by: Browser<'_>,
) -> Result<Option<Found>, StoreError> {
    let Some(client) = clients::find(connection, client_id)? else { return Ok(None) };
    let all = session::of_browser(connection, by.cookie, by.now)?;
    let Chosen { signed_in, is_one_of_several, is_ambiguous } =
        account_choice::choose(connection, &client, all, by.wish)?;
    let consents = match &signed_in {
        Some(SignedIn { account, .. }) if !(client.first_party && wanted.is_empty()) => {
            consents::of_client(connection, account.id, &client.client_id)?
        }
        _ => Vec::new(),
    };
    let mut named = Vec::new();
    for identifier in wanted {
        if let Some(resource) = resources::find(connection, identifier)? {
            named.push(NamedResource::of(&resource)?);
        }
    }
    Ok(Some(Found {
        client,
        signed_in,
        is_one_of_several,
        is_ambiguous,
        consents,
        resources: named,
        second_step: SecondStep::default(),
    }))
}

fn check(
    app: &AppState,
    way: Way,
    parameters: &Parameters,
    client: &Client,
    reply_to: &ReplyTo,
) -> Result<AuthorizationRequest, OAuthError> {
    way.check(client)?;
    fapi::check(client, parameters)?;
    let mut request = request::check(parameters, client, reply_to, &app.config.compatibility)?;
    if let Some(metadata) = client.metadata.get() {
        request.max_age = request.max_age.or(metadata.default_max_age);
        let classes = &metadata.default_acr_values;
        let wish = || acr::Asked { values: classes.clone(), essential: false };
        request.acr = request.acr.or_else(|| (!classes.is_empty()).then(wish));
    }
    request.sign_in.two_factors = request.acr.as_ref().is_some_and(acr::wants_two);
    request.sign_in.anew = request.prompt.login || request.prompt.create || request.max_age.is_some();
    if let Some(token) = parameters.get("id_token_hint") {
        let hint = hint::read(app, token).ok_or_else(|| OAuthError::invalid_request("id_token_hint is not ours"))?;
        request.hinted_sub = Some(hint.sub);
    }
    Ok(request)
}

/// Whether the request asks for no page, be the rest of it good or not.
fn is_silent(parameters: &Parameters) -> bool {
    parameters.get("prompt") == Some("none")
}

/// An error before the person has seen anything. Clients that the operator has not verified get it shown rather than
/// redirected, so that nobody makes us an open redirector by registering a client (RFC 9700 §4.11.2); an error that was
/// asked for with `prompt=none` always goes back.
fn refuse_early(
    visitor: &Visitor,
    client: &Client,
    reply_to: &ReplyTo,
    silent: bool,
    refusal: &OAuthError,
) -> Result<HttpResponse, PageError> {
    if silent || gets_early_errors(&visitor.app, client) {
        return respond::error(visitor, client, reply_to, refusal);
    }
    Err(shown(client, refusal))
}

/// Whether a client hears of errors that come before the person has done anything.
fn gets_early_errors(app: &AppState, client: &Client) -> bool {
    client.verified || client.first_party || app.config.compatibility.redirect_early_errors
}

/// The page of a refusal that goes to nobody's redirect URI.
fn shown(client: &Client, refusal: &OAuthError) -> PageError {
    let mut error = PageError::of(ErrorKind::AppRequest);
    error.app_name = Some(client.name.clone());
    error.developer = vec![
        fact(DeveloperLabel::Code, refusal.code.as_str()),
        fact(DeveloperLabel::Problem, refusal.description),
        fact(DeveloperLabel::Client, &client.client_id),
    ];
    error
}

/// Nobody knows where the answer should go, so the person is told; what was sent is in the log, by request id.
fn nowhere_to_reply(fault: NoReply, parameters: &Parameters, client: Option<&Client>) -> PageError {
    let sent = parameters.get("redirect_uri").unwrap_or_default();
    let registered = client.map(|client| client.redirect_uris.as_str()).unwrap_or_default();
    tracing::info!(?fault, client_id = parameters.get("client_id"), redirect_uri = sent, registered, "no redirect");
    let (kind, problem) = match fault {
        NoReply::UnknownClient => (ErrorKind::UnknownApp, "client_id is not registered"),
        NoReply::UnknownRedirectUri => (ErrorKind::UnknownAddress, "redirect_uri is not registered for this client"),
        NoReply::Unreadable(problem) => (ErrorKind::Unreadable, problem),
    };
    let mut error = PageError::of(kind);
    error.app_name = client.map(|client| client.name.clone());
    error.developer = vec![fact(DeveloperLabel::Problem, problem)];
    if let Some(client_id) = parameters.get("client_id") {
        error.developer.push(fact(DeveloperLabel::Client, client_id));
    }
    error
}

fn fact(label: DeveloperLabel, value: &str) -> DeveloperFact {
    DeveloperFact { label, value: value.chars().take(120).collect() }
}
