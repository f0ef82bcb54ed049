//! A new password for somebody who forgot it: the same page for every name that was typed. Posts `attempt` and `channel` to
//! `/signin/forgot`, which begins an attempt of its own: its codes sign nobody in, and those that do give no new password.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::code::{Channel, asked_channel, shown};
use super::recovery;
use crate::app::AppState;
use crate::credentials::attempt::{self, Beginning};
use crate::credentials::one_time_code;
use crate::store::attempts::{Attempt, AttemptPurpose};
use crate::web::error_page::PageError;
use crate::web::visitor::Visitor;
use crate::web::{door::AppDoor, page::Page};
use crate::web::{sign_in_context, urls};

/// From where somebody comes here: the pages of sign-in, and those of getting back in.
pub(super) const FROM: &[AttemptPurpose] = &[AttemptPurpose::SignIn, AttemptPurpose::Again, AttemptPurpose::Recovery];

/// Says what follows, and offers the codes.
#[derive(Debug, Template)]
#[template(path = "signin/forgot.html")]
pub struct ForgotPage {
    /// What every page carries.
    pub page: Page,
    /// The app that asks.
    pub app: Option<AppDoor>,
    /// What was typed on the first page.
    pub identifier: String,
    /// The hidden `attempt`.
    pub attempt: String,
    /// The link back to the first page.
    pub change_url: String,
    /// The channels a code may take, the usual one first.
    pub channels: Vec<Channel>,
    /// The link to what can be done without any of these.
    pub recovery_url: String,
}

/// The channels that messages can go by, the one for what was typed first.
pub(super) fn channels(app: &AppState, attempt: &Attempt) -> Vec<Channel> {
    let usual = one_time_code::default_channel(attempt.identifier_kind);
    [usual, one_time_code::other(usual)]
        .into_iter()
        .filter(|channel| one_time_code::reaches(app, *channel))
        .map(shown)
        .collect()
}

/// `GET /signin/forgot?attempt=…`.
pub async fn get(app: web::Data<AppState>, request: HttpRequest) -> Result<HttpResponse, PageError> {
    let visitor = Visitor::of(&app, &request);
    let query = visitor.query()?;
    let id = query.get("attempt").unwrap_or_default();
    let attempt = attempt::load_for(&visitor, Some(id), FROM).await?;
    let asking = sign_in_context::asking(&visitor, &attempt.continue_to).await?;
    let mut visitor = visitor.with_ui_locales(asking.context.ui_locales.as_deref());
    visitor.allow_form_action(asking.form_action());
    let page = ForgotPage {
        page: visitor.page.clone(),
        app: asking.app,
        identifier: attempt::identifier(&attempt).shown(),
        attempt: id.to_owned(),
        change_url: urls::sign_in(&attempt.continue_to),
        channels: channels(&app, &attempt),
        recovery_url: urls::of_attempt(urls::RECOVERY, id),
    };
    visitor.show(&page)
}

/// `POST /signin/forgot`: begins, sends the code, and goes to the page that asks for it.
pub async fn post(
    app: web::Data<AppState>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, PageError> {
    let visitor = Visitor::of(&app, &request);
    let form = visitor.form(payload).await?;
    let from = attempt::load_for(&visitor, form.get("attempt"), FROM).await?;
    let asked = asked_channel(form.get("channel"), &from);
    let beginning = Beginning {
        identifier: &attempt::identifier(&from),
        purpose: AttemptPurpose::Recovery,
        continue_to: &from.continue_to,
        name: None,
        terms_version: None,
        account_id: None,
    };
    let (id, begun) = attempt::begin(&visitor, beginning).await?;
    recovery::code::send_for(&visitor, &id, &begun, asked, None).await
}
