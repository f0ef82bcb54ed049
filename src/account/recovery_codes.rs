//! New recovery codes: the question, since the old ones end with it. Posts to `/account/security/recovery-codes`.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::new_recovery_codes::NewRecoveryCodesPage;
use super::{Entry, InCentre, SECURITY, two_step};
use crate::app::AppState;
use crate::credentials::recovery_code::NewSet;
use crate::credentials::two_step::Change;
use crate::session::{self, Refused};
use crate::store::{factors, recovery_codes};
use crate::web::page::Page;
use crate::web::urls;
use crate::web::visitor::Visitor;

/// Asks whether new ones are wanted.
#[derive(Debug, Template)]
#[template(path = "account/recovery_codes.html")]
pub struct RecoveryCodesPage {
    /// What every page carries.
    pub page: Page,
    /// How many are left of the old ones.
    pub left: i64,
}

impl InCentre for RecoveryCodesPage {
    const HERE: Entry = SECURITY;
}

/// `GET /account/security/recovery-codes`. Without a second step there is nothing that they would stand in for.
pub(super) async fn get(app: web::Data<AppState>, request: HttpRequest) -> Result<HttpResponse, Refused> {
    let visitor = Visitor::of(&app, &request);
    let signed_in = session::fresh(&visitor, urls::RECOVERY_CODES).await?;
    let id = signed_in.account.id;
    let read = app
        .store
        .read(move |connection| Ok((factors::has_second_step(connection, id)?, recovery_codes::left(connection, id)?)));
    let (has_second_step, left) = read.await?;
    if !has_second_step {
        return Ok(visitor.go(urls::TWO_STEP, []));
    }
    let visitor = visitor.with_settings_of(&signed_in.account);
    Ok(visitor.show(&RecoveryCodesPage { page: visitor.page.clone(), left })?)
}

/// `POST /account/security/recovery-codes`: makes them and shows them.
pub(super) async fn post(
    app: web::Data<AppState>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Refused> {
    let visitor = Visitor::of(&app, &request);
    let signed_in = session::fresh(&visitor, urls::RECOVERY_CODES).await?;
    visitor.form(payload).await?;
    let codes = NewSet::make();
    let change = Change::RecoveryCodes(codes.digests(&app, signed_in.account.id));
    // Nothing to stand in for: these would be shown, and open nothing.
    let Some(cookies) = two_step::carry_out(&visitor, &signed_in, change).await? else {
        return Ok(visitor.go(urls::TWO_STEP, []));
    };
    let visitor = visitor.with_settings_of(&signed_in.account);
    let page = NewRecoveryCodesPage { page: visitor.page.clone(), codes: codes.shown(), app_added: false };
    Ok(cookies.with(&app, visitor.show(&page)?)?)
}
