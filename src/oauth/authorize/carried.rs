//! Requests that travel inside a JWT, by value (`request`) or by reference (`request_uri`): the object is found, fetched
//! and verified, and its parameters take the place of those that were sent (RFC 9101, OpenID Connect Core §6).

use actix_web::HttpResponse;

use super::request_object::{self, Expected, unbelieved};
use super::{is_silent, nowhere_to_reply, reference, refuse_early, request, shown};
use crate::app::AppState;
use crate::oauth::client_keys;
use crate::oauth::error::{ErrorCode, OAuthError};
use crate::oauth::fapi;
use crate::security::foreign_jws::Unverified;
use crate::store::clients::{self, Client};
use crate::web::error_page::PageError;
use crate::web::parameters::Parameters;
use crate::web::visitor::Visitor;
use request::NoReply;

/// How a request came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::oauth) struct Way {
    /// Inside an object that the client signed.
    pub signed: bool,
    /// From the client itself (RFC 9126).
    pub pushed: bool,
}

impl Way {
    /// As plain parameters, by way of the browser.
    pub const PLAIN: Self = Self { signed: false, pushed: false };

    /// Whether the client may ask this way.
    pub fn check(self, client: &Client) -> Result<(), OAuthError> {
        let Some(metadata) = client.metadata.get() else { return Ok(()) };
        let must_push = metadata.require_pushed_authorization_requests || fapi::is_held(client);
        if must_push && !self.pushed {
            return Err(OAuthError::invalid_request("requests of this client must be pushed (RFC 9126)"));
        }
        let must_sign = metadata.require_signed_request_object || fapi::signs_messages(client);
        if must_sign && !self.signed {
            return Err(OAuthError::invalid_request("requests of this client must be signed (RFC 9101)"));
        }
        Ok(())
    }
}

/// The parameters of a request, out of its object where it has one. `Err` is the answer to an object that is refused.
pub(super) async fn open(
    visitor: &Visitor,
    sent: Parameters,
) -> Result<Result<(Parameters, Way), HttpResponse>, PageError> {
    if sent.get("request").is_none() && sent.get("request_uri").is_none() {
        return Ok(Ok((sent, Way::PLAIN)));
    }
    let client = client_of(visitor, &sent).await?;
    match object(&visitor.app, &client, &sent, false).await {
        Ok(parameters) => Ok(Ok((parameters, Way { signed: true, pushed: false }))),
        Err(refusal) => refuse(visitor, &client, &sent, &refusal).map(Err),
    }
}

/// The client that a request names.
pub(super) async fn client_of(visitor: &Visitor, sent: &Parameters) -> Result<Client, PageError> {
    let client_id = request::client_id(sent).map_err(|fault| nowhere_to_reply(fault, sent, None))?.to_owned();
    let found = visitor.app.store.read(move |connection| clients::find(connection, &client_id)).await?;
    found.ok_or_else(|| nowhere_to_reply(NoReply::UnknownClient, sent, None))
}

/// Refuses a request whose parameters nobody knows: at the redirect URI that was sent beside, where that is registered
/// or the only one; else by a page.
pub(super) fn refuse(
    visitor: &Visitor,
    client: &Client,
    sent: &Parameters,
    refusal: &OAuthError,
) -> Result<HttpResponse, PageError> {
    match request::reply_to(sent, client, &visitor.app.config.compatibility) {
        Ok(reply_to) => refuse_early(visitor, client, &reply_to, is_silent(sent), refusal),
        Err(_) => Err(shown(client, refusal)),
    }
}

/// The parameters inside the object that was sent. `whole`: none beside it count.
pub(in crate::oauth) async fn object(
    app: &AppState,
    client: &Client,
    sent: &Parameters,
    whole: bool,
) -> Result<Parameters, OAuthError> {
    if sent.repeated(&["resource"]).is_some() {
        return Err(OAuthError::invalid_request("a parameter is repeated"));
    }
    let token = match (sent.get("request"), sent.get("request_uri")) {
        (Some(value), None) if client_keys::has_keys(client) => value.to_owned(),
        (Some(_), None) => {
            let problem = "request objects are for clients with registered keys";
            return Err(OAuthError::new(ErrorCode::RequestNotSupported, problem));
        }
        (None, Some(uri)) => reference::object(app, client, uri).await?,
        _ => return Err(OAuthError::invalid_request("send request or request_uri, not both")),
    };
    let token = Unverified::read(&token).map_err(unbelieved)?;
    let metadata = client.metadata.get();
    let registered = metadata.and_then(|metadata| metadata.request_object_signing_alg.as_deref());
    let claims = client_keys::verified(app, client, &token, registered).await.map_err(unbelieved)?;
    let expected = Expected {
        client_id: &client.client_id,
        issuer: &app.config.server.issuer,
        now: app.clock.now(),
        is_message: fapi::signs_messages(client),
        whole: whole || metadata.is_some_and(|metadata| metadata.require_signed_request_object),
    };
    request_object::parameters(&claims, token.typ.as_deref(), sent, expected)
}
