//! A new address. Posts `identifier` to `/account/security/add`; a code goes to it.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use crate::account::{Entry, InCentre, SECURITY};
use crate::app::AppState;
use crate::change::adding;
use crate::session::{self, Refused, SignedIn};
use crate::web::field::AddressFault;
use crate::web::page::Page;
use crate::web::urls;
use crate::web::visitor::Visitor;

/// Asks for the address.
#[derive(Debug, Template)]
#[template(path = "account/security/add.html")]
pub struct AddPage {
    /// What every page carries.
    pub page: Page,
    /// What was typed.
    pub identifier: String,
    /// What is wrong with it. That it belongs to another account is told to nobody who has not proved it.
    pub error: Option<AddressFault>,
}

impl InCentre for AddPage {
    const HERE: Entry = SECURITY;
}

/// `GET /account/security/add`.
pub(in crate::account) async fn get(app: web::Data<AppState>, request: HttpRequest) -> Result<HttpResponse, Refused> {
    let visitor = Visitor::of(&app, &request);
    let SignedIn { account, .. } = session::fresh(&visitor, urls::ADD_ADDRESS).await?;
    let visitor = visitor.with_settings_of(&account);
    Ok(visitor.show(&AddPage { page: visitor.page.clone(), identifier: String::new(), error: None })?)
}

/// `POST /account/security/add`.
pub(in crate::account) async fn post(
    app: web::Data<AppState>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Refused> {
    let visitor = Visitor::of(&app, &request);
    let SignedIn { account, .. } = session::fresh(&visitor, urls::ADD_ADDRESS).await?;
    let visitor = visitor.with_settings_of(&account);
    let form = visitor.form(payload).await?;
    let typed = form.get("identifier").unwrap_or_default();
    match adding::read(&visitor, typed, None) {
        Ok(identifier) => {
            let page = adding::begin(&visitor, &account, &identifier, None, SECURITY.path).await?;
            Ok(visitor.go(&page, []))
        }
        Err(fault) => {
            let page = AddPage { page: visitor.page.clone(), identifier: typed.to_owned(), error: Some(fault) };
            Ok(visitor.show_as(StatusCode::UNPROCESSABLE_ENTITY, &page)?)
        }
    }
}
