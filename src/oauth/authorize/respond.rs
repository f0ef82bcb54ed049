//! How an answer travels back to the client: in a redirect, always 303, so that a post is never repeated there (RFC 9700
//! §4.12), or in a post that a page of ours sends.

use actix_web::HttpResponse;
use actix_web::http::header::{CACHE_CONTROL, HeaderValue, LOCATION, REFERRER_POLICY};

use super::form_post::FormPostPage;
use super::request::ReplyTo;
use super::response::ResponseMode;
use crate::oauth::error::OAuthError;
use crate::store::clients::Client;
use crate::web::error_page::PageError;
use crate::web::parameters;
use crate::web::sign_in_context::door;
use crate::web::urls;
use crate::web::visitor::Visitor;

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
    members.push(("iss", visitor.app.config.server.issuer.clone()));
    let uri = &reply_to.redirect_uri;
    let encoded = || parameters::encode(members.iter().map(|(name, value)| (*name, value.as_str())));
    // The registered text is kept as it is; a URL library would normalise it.
    match reply_to.mode {
        ResponseMode::Query => {
            let joint = if uri.contains('?') { '&' } else { '?' };
            Ok(redirect(format!("{uri}{joint}{}", encoded())))
        }
        ResponseMode::Fragment => Ok(redirect(format!("{uri}#{}", encoded()))),
        ResponseMode::FormPost => {
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

fn redirect(target: String) -> HttpResponse {
    HttpResponse::SeeOther().insert_header((LOCATION, target)).insert_header((CACHE_CONTROL, "no-store")).finish()
}
