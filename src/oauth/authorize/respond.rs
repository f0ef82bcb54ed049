//! How an answer travels back to the client: in a redirect, always 303, so that a post is never repeated there (RFC 9700
//! §4.12), or in a post that a page of ours sends; as it is, or as a JWT of ours (JARM).

use actix_web::HttpResponse;
use actix_web::http::header::{CACHE_CONTROL, HeaderValue, LOCATION, REFERRER_POLICY};
use serde_json::{Map, Value, json};
use std::time::Duration;

use super::form_post::FormPostPage;
use super::request::ReplyTo;
use super::response::ResponseMode;
use crate::app::AppState;
use crate::oauth::error::OAuthError;
use crate::security::jws;
use crate::security::signing_key::KeyFault;
use crate::store::clients::Client;
use crate::store::signing_keys::Algorithm;
use crate::web::error::ErrorKind;
use crate::web::error_page::PageError;
use crate::web::parameters;
use crate::web::sign_in_context::door;
use crate::web::urls;
use crate::web::visitor::Visitor;

/// The `typ` of an answer that is a JWT. JARM names none of its own, and some libraries take no other.
const ANSWER_TYPE: &str = "JWT";
/// How long such an answer is good: somebody without JavaScript has to press a button first (JARM §2.1 allows so much).
const ANSWER_LIFE: Duration = Duration::from_secs(600);

/// One member of an answer.
pub type Member = (&'static str, String);

/// What was asked for, with `state` and `iss` (RFC 6749 §4.1.2, RFC 9207 §2).
pub fn success(
    visitor: &Visitor,
    client: &Client,
    reply_to: &ReplyTo,
    members: Vec<Member>,
) -> Result<HttpResponse, PageError> {
    send(visitor, client, reply_to, members)
}

/// An error: exactly `error`, `error_description`, `state` and `iss` (RFC 6749 §4.1.2.1).
pub fn error(
    visitor: &Visitor,
    client: &Client,
    reply_to: &ReplyTo,
    error: &OAuthError,
) -> Result<HttpResponse, PageError> {
    let members = vec![("error", error.code.as_str().to_owned()), ("error_description", error.description.to_owned())];
    send(visitor, client, reply_to, members)
}

fn send(
    visitor: &Visitor,
    client: &Client,
    reply_to: &ReplyTo,
    mut members: Vec<Member>,
) -> Result<HttpResponse, PageError> {
    members.extend(reply_to.state.clone().map(|state| ("state", state)));
    if reply_to.mode.is_signed() {
        let response = signed(&visitor.app, client, members).map_err(|_| {
            tracing::error!(client_id = %client.client_id, "no answer could be signed");
            ErrorKind::Internal
        })?;
        members = vec![("response", response)];
    } else {
        members.push(("iss", visitor.app.config.server.issuer.clone()));
    }
    let uri = &reply_to.redirect_uri;
    let encoded = || parameters::encode(members.iter().map(|(name, value)| (*name, value.as_str())));
    // The registered text is kept as it is; a URL library would normalise it.
    match reply_to.mode {
        ResponseMode::Query | ResponseMode::QueryJwt => {
            let joint = if uri.contains('?') { '&' } else { '?' };
            Ok(redirect(format!("{uri}{joint}{}", encoded())))
        }
        ResponseMode::Fragment | ResponseMode::FragmentJwt => Ok(redirect(format!("{uri}#{}", encoded()))),
        ResponseMode::FormPost | ResponseMode::FormPostJwt => {
            let page = FormPostPage {
                page: visitor.page.clone(),
                app: door(client, uri),
                action: uri.clone(),
                fields: members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
            };
            let mut answer = visitor.show_leading_to(urls::form_action_source(uri).as_deref(), &page)?;
            // With the policy of our other pages the post would say `Origin: null`, which apps take for an attack.
            answer.headers_mut().insert(REFERRER_POLICY, HeaderValue::from_static("strict-origin"));
            Ok(answer)
        }
    }
}

/// The members as a JWT for this client (JARM §2.1). Its `iss` is the one that RFC 9207 wants (§2.4 there).
fn signed(app: &AppState, client: &Client, members: Vec<Member>) -> Result<String, KeyFault> {
    let registered = client.metadata.get().and_then(|own| own.authorization_signed_response_alg.as_deref());
    let algorithm = registered.and_then(Algorithm::parse).unwrap_or(Algorithm::Rs256);
    let now = app.clock.now();
    let mut claims: Map<String, Value> =
        members.into_iter().map(|(name, value)| (name.to_owned(), Value::String(value))).collect();
    claims.insert("iss".to_owned(), json!(app.config.server.issuer));
    claims.insert("aud".to_owned(), json!(client.client_id));
    claims.insert("exp".to_owned(), json!(now.plus(ANSWER_LIFE).seconds()));
    let keys = app.keyring.keys();
    jws::sign(keys.signing(algorithm, now).ok_or(KeyFault)?, ANSWER_TYPE, &claims)
}

fn redirect(target: String) -> HttpResponse {
    HttpResponse::SeeOther().insert_header((LOCATION, target)).insert_header((CACHE_CONTROL, "no-store")).finish()
}
