//! Another name for a passkey. Posts `name` to its own address. Only the owner ever sees the name.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::super::{Entry, InCentre, SECURITY};
use super::list::{self, PasskeysNote};
use super::{named, parse_key};
use crate::app::AppState;
use crate::session::{self, Refused, SignedIn};
use crate::store::events::{self, EventDetails, EventKind};
use crate::store::passkeys;
use crate::web::error::ErrorKind;
use crate::web::field::{NameFault, checked_name};
use crate::web::page::Page;
use crate::web::visitor::Visitor;

/// Asks for the name.
#[derive(Debug, Template)]
#[template(path = "account/passkeys/rename.html")]
pub struct RenamePasskeyPage {
    /// What every page carries.
    pub page: Page,
    /// The passkey's key in addresses.
    pub key: String,
    /// The name, as it is or as it was typed.
    pub name: String,
    /// What is wrong with it.
    pub error: Option<NameFault>,
}

impl InCentre for RenamePasskeyPage {
    const HERE: Entry = SECURITY;
}

/// `GET /account/security/passkeys/{key}/rename`.
pub(in crate::account) async fn get(
    app: web::Data<AppState>,
    request: HttpRequest,
    path: web::Path<String>,
) -> Result<HttpResponse, Refused> {
    let visitor = Visitor::of(&app, &request);
    let SignedIn { account, .. } = session::required(&visitor).await?;
    let visitor = visitor.with_settings_of(&account);
    let (key, account_id) = (path.into_inner(), account.id);
    let id = parse_key(&key)?;
    let found = app.store.read(move |connection| named(connection, account_id, id)).await?;
    let name = found.ok_or(ErrorKind::NotFound)?.name;
    Ok(visitor.show(&RenamePasskeyPage { page: visitor.page.clone(), key, name, error: None })?)
}

/// `POST /account/security/passkeys/{key}/rename`.
pub(in crate::account) async fn post(
    app: web::Data<AppState>,
    request: HttpRequest,
    path: web::Path<String>,
    payload: web::Payload,
) -> Result<HttpResponse, Refused> {
    let visitor = Visitor::of(&app, &request);
    let SignedIn { account, session: own } = session::required(&visitor).await?;
    let visitor = visitor.with_settings_of(&account);
    let form = visitor.form(payload).await?;
    let key = path.into_inner();
    let id = parse_key(&key)?;
    let typed = form.get("name").unwrap_or_default().to_owned();
    let name = match checked_name(&typed) {
        Ok(name) => name,
        Err(fault) => {
            let page = RenamePasskeyPage { page: visitor.page.clone(), key, name: typed, error: Some(fault) };
            return Ok(visitor.show_as(StatusCode::UNPROCESSABLE_ENTITY, &page)?);
        }
    };
    let (now, whence) = (app.clock.now(), session::whence(&visitor, Some(&own)));
    let write = app.store.write(move |connection| {
        let renamed = passkeys::rename(connection, account.id, id, &name)?;
        if renamed {
            let details = EventDetails { subject: Some(name), ..whence };
            events::note(connection, account.id, EventKind::PasskeyRenamed, details, now)?;
        }
        Ok(renamed)
    });
    if !write.await? {
        return Err(ErrorKind::NotFound.into());
    }
    Ok(list::go_back(&visitor, PasskeysNote::Renamed))
}
