//! The question whether a device may use the account: which app, what it asks for, and where and when it asked, so that
//! nobody allows somebody else's device (RFC 8628 §5.4). Posts `decision` (`allow` | `deny`) and `request` to
//! `/device/decide`.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::{done::DonePage, enter};
use crate::app::AppState;
use crate::oauth::connected::Connected;
use crate::oauth::scope::NamedResource;
use crate::session::{self, Refused, SignedIn};
use crate::store::addresses::Address;
use crate::store::clients::{self, Client};
use crate::store::device_requests::{self, DeviceRequest};
use crate::store::sessions;
use crate::web::door::AppDoor;
use crate::web::error::ErrorKind;
use crate::web::error_page::PageError;
use crate::web::moment::Moment;
use crate::web::page::Page;
use crate::web::person::{Person, masked_main};
use crate::web::scope_words::{Permission, permission};
use crate::web::sign_in_context::{door, shown_name};
use crate::web::urls;
use crate::web::visitor::Visitor;

const QUESTION: &str = "question about a device";

/// A request that waits, and what is shown of it.
pub struct Waiting {
    /// The request.
    pub request: DeviceRequest,
    /// Who asks.
    pub client: Client,
    /// The resources asked for.
    pub resources: Vec<NamedResource>,
    /// The addresses of whoever is asked.
    pub addresses: Vec<Address>,
}

/// Asks whether a device may use the account.
#[derive(Debug, Template)]
#[template(path = "oauth/device/confirm.html")]
pub struct ConfirmPage {
    /// What every page carries.
    pub page: Page,
    /// The hidden `request`: which device, asked in which sign-in; sealed.
    pub request: String,
    /// Whose account it is.
    pub person: Person,
    /// Where another account is chosen.
    pub not_you_url: String,
    /// The app on the device.
    pub app: AppDoor,
    /// Who makes it, where the operator has checked that.
    pub maker: Option<String>,
    /// The code, to be compared with the device.
    pub user_code: String,
    /// The address the device asked from.
    pub address: String,
    /// When it asked.
    pub asked: Moment,
    /// What it asks for.
    pub permissions: Vec<Permission>,
}

impl ConfirmPage {
    fn verified(&self) -> &'static str {
        if self.app.verified { "yes" } else { "no" }
    }
}

/// Shows the question.
pub(super) fn ask(
    visitor: &Visitor,
    signed_in: &SignedIn,
    waiting: &Waiting,
    user_code: &str,
) -> Result<HttpResponse, PageError> {
    let Waiting { request, client, resources, addresses } = waiting;
    let SignedIn { session, account } = signed_in;
    let language = visitor.page.language;
    let body = [request.device_digest.as_slice(), &session.id.to_be_bytes()].concat();
    let sealed = visitor.app.derived.reference(QUESTION, &body).map_err(|_| PageError::of(ErrorKind::Internal))?;
    visitor.show(&ConfirmPage {
        page: visitor.page.clone(),
        request: sealed,
        person: Person::of(account, masked_main(addresses)),
        not_you_url: urls::choose_account(&urls::device(user_code)),
        app: door(client, client.redirect_uris.iter().next().unwrap_or_default()),
        maker: client.maker.as_deref().filter(|_| client.verified || client.first_party).map(shown_name),
        user_code: user_code.to_owned(),
        address: request.address.clone(),
        asked: visitor.page.clock(request.created_at),
        permissions: request
            .scope
            .iter()
            .filter_map(|token| permission(token, language, Some(account), addresses, resources))
            .collect(),
    })
}

/// What a post of the page is about: the device, where the sign-in that was asked is the one in use.
fn asked(app: &AppState, sealed: &str, signed_in: &SignedIn) -> Option<Vec<u8>> {
    let body = app.derived.dereference(QUESTION, sealed)?;
    let (device_digest, session_id) = body.split_last_chunk::<8>()?;
    (i64::from_be_bytes(*session_id) == signed_in.session.id).then(|| device_digest.to_vec())
}

/// `POST /device/decide`: the person has answered.
pub async fn decide(
    app: web::Data<AppState>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Refused> {
    let visitor = Visitor::of(&app, &request);
    let form = visitor.form(payload).await?;
    let signed_in = enter::person(&visitor, "").await?;
    let visitor = visitor.with_settings_of(&signed_in.account);
    let allowed = match form.get("decision") {
        Some("allow") => true,
        Some("deny") => false,
        _ => return Err(ErrorKind::Unreadable.into()),
    };
    let digest = form.get("request").and_then(|sealed| asked(&app, sealed, &signed_in)).ok_or(ErrorKind::Expired)?;
    let (now, lives) = (app.clock.now(), app.config.sessions.clone());
    let SignedIn { session, .. } = signed_in;
    let whence = session::whence(&visitor, Some(&session));
    let write = app.store.write(move |connection| {
        if !sessions::hold(connection, session.account_id, session.id, now)? {
            return Ok(None);
        }
        let by = allowed.then_some((session.account_id, session.id));
        if !device_requests::answer(connection, &digest, by, now)? {
            return Ok(None);
        }
        session::used(connection, &session, &lives, now)?;
        let Some(request) = device_requests::find(connection, &digest)? else { return Ok(None) };
        let client = clients::find(connection, &request.client_id)?;
        if let Some(client) = client.as_ref().filter(|_| allowed) {
            Connected::of(client, whence).note(connection, session.account_id, now)?;
        }
        Ok(client)
    });
    let client = write.await?.ok_or(ErrorKind::Expired)?;
    let app = door(&client, client.redirect_uris.iter().next().unwrap_or_default());
    // The menu of languages leads back to a page that can be got.
    let page = Page { path: urls::DEVICE.to_owned(), ..visitor.page.clone() };
    Ok(visitor.show(&DonePage { page, app, allowed })?)
}
