//! Another address in the place of one that the account has. Posts `identifier` to `/account/security/change/{address}`; a
//! code goes to it.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::{in_full, own_address};
use crate::account::{Entry, InCentre, SECURITY};
use crate::app::AppState;
use crate::change::adding;
use crate::session::{self, Refused, SignedIn};
use crate::store::addresses::{Address, AddressKind};
use crate::web::field::AddressFault;
use crate::web::page::Page;
use crate::web::visitor::Visitor;

/// Asks for the new address.
#[derive(Debug, Template)]
#[template(path = "account/security/change.html")]
pub struct ChangeAddressPage {
    /// What every page carries.
    pub page: Page,
    /// What names the old one in the form's address.
    pub key: String,
    /// What both are.
    pub kind: AddressKind,
    /// The old one, in full.
    pub old: String,
    /// Hours that it waits where the old one and nothing else can be proved.
    pub hours: u32,
    /// What was typed.
    pub identifier: String,
    /// What is wrong with it.
    pub error: Option<AddressFault>,
}

impl InCentre for ChangeAddressPage {
    const HERE: Entry = SECURITY;
}

fn page(visitor: &Visitor, key: &str, old: &Address) -> ChangeAddressPage {
    ChangeAddressPage {
        page: visitor.page.clone(),
        key: key.to_owned(),
        kind: old.kind,
        old: in_full(old.kind, &old.value),
        hours: super::waiting_hours(&visitor.app),
        identifier: String::new(),
        error: None,
    }
}

/// `GET /account/security/change/{address}`. Whoever is signed in may begin: what they have not proved decides later whether
/// it waits.
pub(in crate::account) async fn get(
    app: web::Data<AppState>,
    request: HttpRequest,
    path: web::Path<String>,
) -> Result<HttpResponse, Refused> {
    let visitor = Visitor::of(&app, &request);
    let SignedIn { account, .. } = session::required(&visitor).await?;
    let visitor = visitor.with_settings_of(&account);
    let old = own_address(&visitor, account.id, &path).await?;
    Ok(visitor.show(&page(&visitor, &path, &old))?)
}

/// `POST /account/security/change/{address}`.
pub(in crate::account) async fn post(
    app: web::Data<AppState>,
    request: HttpRequest,
    path: web::Path<String>,
    payload: web::Payload,
) -> Result<HttpResponse, Refused> {
    let visitor = Visitor::of(&app, &request);
    let SignedIn { account, .. } = session::required(&visitor).await?;
    let visitor = visitor.with_settings_of(&account);
    let form = visitor.form(payload).await?;
    let old = own_address(&visitor, account.id, &path).await?;
    let typed = form.get("identifier").unwrap_or_default();
    match adding::read(&visitor, typed, Some(old.kind)) {
        Ok(identifier) => {
            let page = adding::begin(&visitor, &account, &identifier, Some(&old.value), SECURITY.path).await?;
            Ok(visitor.go(&page, []))
        }
        Err(fault) => {
            let page =
                ChangeAddressPage { identifier: typed.to_owned(), error: Some(fault), ..page(&visitor, &path, &old) };
            Ok(visitor.show_as(StatusCode::UNPROCESSABLE_ENTITY, &page)?)
        }
    }
}
