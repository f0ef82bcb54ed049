//! The question before an authenticator app is removed. Posts to `/account/security/totp/remove`.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::two_step::{self, TwoStepNote};
use super::{Entry, InCentre, SECURITY};
use crate::app::AppState;
use crate::credentials::two_step::Change;
use crate::session::{self, Refused};
use crate::web::page::Page;
use crate::web::urls;
use crate::web::visitor::Visitor;

/// Says what removing it means.
#[derive(Debug, Template)]
#[template(path = "account/remove_totp.html")]
pub struct RemoveTotpPage {
    /// What every page carries.
    pub page: Page,
}

impl InCentre for RemoveTotpPage {
    const HERE: Entry = SECURITY;
}

/// `GET /account/security/totp/remove`.
pub(super) async fn get(app: web::Data<AppState>, request: HttpRequest) -> Result<HttpResponse, Refused> {
    let visitor = Visitor::of(&app, &request);
    let signed_in = session::fresh(&visitor, urls::REMOVE_TOTP).await?;
    let visitor = visitor.with_settings_of(&signed_in.account);
    Ok(visitor.show(&RemoveTotpPage { page: visitor.page.clone() })?)
}

/// `POST /account/security/totp/remove`.
pub(super) async fn post(
    app: web::Data<AppState>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Refused> {
    let visitor = Visitor::of(&app, &request);
    let signed_in = session::fresh(&visitor, urls::REMOVE_TOTP).await?;
    visitor.form(payload).await?;
    let changed = two_step::carry_out(&visitor, &signed_in, Change::RemoveTotp).await?;
    Ok(two_step::changed_to(&visitor, TwoStepNote::Removed, changed)?)
}
