//! The page between a sign-in and where it leads, which offers to make a passkey: once in a while, with "not now" beside it.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use crate::app::AppState;
use crate::credentials::passkey::is_on;
use crate::session::{self, Refused};
use crate::web::visitor::Visitor;
use crate::web::{door::AppDoor, page::Page, sign_in_context, urls};

/// Offers a passkey.
#[derive(Debug, Template)]
#[template(path = "account/passkeys/offer.html")]
pub struct OfferPage {
    /// What every page carries.
    pub page: Page,
    /// The app on the way to which this is.
    pub app: Option<AppDoor>,
    /// Where to go on: a checked, local path.
    pub continue_to: Option<String>,
    /// The same, as a link.
    pub not_now: String,
}

/// `GET /account/security/passkeys/offer?continue=…`. Whose proof is not fresh any more just goes on: this is an offer.
pub(in crate::account) async fn get(app: web::Data<AppState>, request: HttpRequest) -> Result<HttpResponse, Refused> {
    let visitor = Visitor::of(&app, &request);
    let continue_to = urls::checked_continue(visitor.query()?.get("continue")).to_owned();
    let account = match session::fresh(&visitor, urls::ACCOUNT).await {
        Ok(signed_in) if is_on(&app) => signed_in.account,
        Ok(_) | Err(Refused::SignIn(_)) => return Ok(visitor.go(&continue_to, [])),
        Err(error) => return Err(error),
    };
    let asking = sign_in_context::asking(&visitor, &continue_to).await?;
    let mut visitor = visitor.with_settings_of(&account).with_ui_locales(asking.context.ui_locales.as_deref());
    visitor.allow_form_action(asking.form_action());
    let page = OfferPage {
        page: visitor.page.clone(),
        app: asking.app,
        not_now: continue_to.clone(),
        continue_to: Some(continue_to),
    };
    Ok(visitor.show(&page)?)
}
