//! The question before two-step sign-in is switched off. Posts to `/account/security/two-step/off`.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::two_step::{self, TwoStepNote};
use super::{Entry, InCentre, SECURITY};
use crate::app::AppState;
use crate::credentials::two_step::Change;
use crate::session::{self, Refused};
use crate::web::page::Page;
use crate::web::visitor::Visitor;

/// Where it is.
pub const TWO_STEP_OFF: &str = "/account/security/two-step/off";

/// Says what switching off means.
#[derive(Debug, Template)]
#[template(path = "account/two_step_off.html")]
pub struct TwoStepOffPage {
    /// What every page carries.
    pub page: Page,
}

impl InCentre for TwoStepOffPage {
    const HERE: Entry = SECURITY;
}

/// `GET /account/security/two-step/off`.
pub(super) async fn get(app: web::Data<AppState>, request: HttpRequest) -> Result<HttpResponse, Refused> {
    let visitor = Visitor::of(&app, &request);
    let signed_in = session::fresh(&visitor, TWO_STEP_OFF).await?;
    let visitor = visitor.with_settings_of(&signed_in.account);
    Ok(visitor.show(&TwoStepOffPage { page: visitor.page.clone() })?)
}

/// `POST /account/security/two-step/off`.
pub(super) async fn post(
    app: web::Data<AppState>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Refused> {
    let visitor = Visitor::of(&app, &request);
    let signed_in = session::fresh(&visitor, TWO_STEP_OFF).await?;
    visitor.form(payload).await?;
    let changed = two_step::carry_out(&visitor, &signed_in, Change::SwitchOff).await?;
    Ok(two_step::changed_to(&visitor, TwoStepNote::Off, changed)?)
}
