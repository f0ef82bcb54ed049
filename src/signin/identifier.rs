//! The first page of sign-in: who is it? Posts `identifier` to `/signin`.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use crate::app::AppState;
use crate::credentials::attempt::{self, Beginning};
use crate::credentials::upstream::{Offer, offers};
use crate::credentials::{Kind, passkey};
use crate::identifier::Identifier;
use crate::session::{self, Presented};
use crate::store::StoreError;
use crate::store::attempts::AttemptPurpose;
use crate::web::error_page::PageError;
use crate::web::visitor::Visitor;
use crate::web::{sign_in_context, urls};

use crate::web::{door::AppDoor, field::AddressFault, page::Page};

/// Asks for a phone number, an e-mail address or an account ID.
#[derive(Debug, Template)]
#[template(path = "signin/identifier.html")]
pub struct IdentifierPage {
    /// What every page carries.
    pub page: Page,
    /// The app that asks; none when somebody goes to their account.
    pub app: Option<AppDoor>,
    /// What was typed before, or the app's `login_hint`.
    pub identifier: String,
    /// What is wrong with it.
    pub error: Option<AddressFault>,
    /// Where to go on after sign-in: a checked, local path, posted as `continue`.
    pub continue_to: Option<String>,
    /// Whether there are passkeys here.
    pub passkeys: bool,
    /// Other providers to continue with.
    pub upstreams: Vec<Offer>,
    /// Whether a device that is signed in may approve it.
    pub by_other_device: bool,
    /// The link to sign-up, with the same `continue`.
    pub signup_url: String,
}

/// `GET /signin`.
pub async fn get(app: web::Data<AppState>, request: HttpRequest) -> Result<HttpResponse, PageError> {
    let visitor = Visitor::of(&app, &request);
    let query = visitor.query()?;
    let continue_to = urls::checked_continue(query.get("continue")).to_owned();
    let is_one_more = query.get("another").is_some();
    let is_for_app = urls::authorization_request_id(&continue_to).is_some();
    if !is_one_more && !is_for_app && is_signed_in(&visitor).await? {
        return Ok(visitor.go(&continue_to, []));
    }
    show(visitor, &continue_to, None).await
}

/// `POST /signin`: begins an attempt. Whatever was typed, the next page is the same.
pub async fn post(
    app: web::Data<AppState>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, PageError> {
    let visitor = Visitor::of(&app, &request);
    let form = visitor.form(payload).await?;
    let continue_to = urls::checked_continue(form.get("continue")).to_owned();
    let typed = form.get("identifier").unwrap_or_default().to_owned();
    let identifier = match Identifier::parse(&typed, app.config.default_region) {
        Ok(identifier) => identifier,
        Err(fault) => return show(visitor, &continue_to, Some((typed, fault.into()))).await,
    };
    let beginning = Beginning {
        identifier: &identifier,
        purpose: AttemptPurpose::SignIn,
        continue_to: &continue_to,
        name: None,
        terms_version: None,
        account_id: None,
    };
    let (id, _) = attempt::begin(&visitor, beginning).await?;
    Ok(visitor.go(&attempt::page_url(Kind::Password, &id), []))
}

async fn is_signed_in(visitor: &Visitor) -> Result<bool, StoreError> {
    let (cookie, now) = (Presented::of(visitor), visitor.app.clock.now());
    let found = visitor.app.store.read(move |connection| session::of_browser(connection, cookie.as_ref(), now)).await?;
    Ok(!found.is_empty())
}

async fn show(
    visitor: Visitor,
    continue_to: &str,
    wrong: Option<(String, AddressFault)>,
) -> Result<HttpResponse, PageError> {
    let asking = sign_in_context::asking(&visitor, continue_to).await?;
    let mut visitor = visitor.with_ui_locales(asking.context.ui_locales.as_deref());
    visitor.allow_form_action(asking.form_action());
    let (identifier, error) = match wrong {
        Some((typed, fault)) => (typed, Some(fault)),
        None => (asking.context.login_hint.clone().unwrap_or_default(), None),
    };
    let status = if error.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let page = IdentifierPage {
        page: visitor.page.clone(),
        app: asking.app,
        identifier,
        error,
        continue_to: Some(continue_to.to_owned()),
        passkeys: passkey::is_on(&visitor.app),
        upstreams: offers(&visitor),
        by_other_device: visitor.app.config.sign_in.by_other_device,
        signup_url: urls::sign_up(continue_to),
    };
    visitor.show_as(status, &page)
}
