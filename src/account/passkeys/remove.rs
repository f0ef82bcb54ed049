//! The question before a passkey is removed, and the removal: `change::passkey` says when it may go, and what ends with it.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::super::{Entry, InCentre, SECURITY};
use super::list::{self, PasskeysNote};
use super::{named, parse_key};
use crate::app::AppState;
use crate::change::actor::Actor;
use crate::change::passkey::{self, Stays};
use crate::session::{self, Refused};
use crate::web::cookies::CookieKind;
use crate::web::error::ErrorKind;
use crate::web::page::Page;
use crate::web::urls;
use crate::web::visitor::Visitor;

/// Why it stays, as the page says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RemoveProblem {
    /// It is the last way in.
    Last,
    /// Changes are stopped.
    Frozen,
    /// What was proved is too little.
    TooLittle,
}

impl RemoveProblem {
    const fn key(self) -> &'static str {
        match self {
            Self::Last => "passkey-remove-last",
            Self::Frozen => "passkey-frozen",
            Self::TooLittle => "passkey-remove-too-little",
        }
    }

    fn of(stays: Stays) -> Result<Self, ErrorKind> {
        match stays {
            Stays::NotThere => Err(ErrorKind::NotFound),
            Stays::Frozen => Ok(Self::Frozen),
            Stays::Last => Ok(Self::Last),
            Stays::TooLittle => Ok(Self::TooLittle),
        }
    }
}

/// Says what ends with a passkey.
#[derive(Debug, Template)]
#[template(path = "account/passkeys/remove.html")]
pub struct RemovePasskeyPage {
    /// What every page carries.
    pub page: Page,
    /// The passkey's key in addresses.
    pub key: String,
    /// Its name.
    pub name: String,
    /// Why it cannot go.
    pub problem: Option<RemoveProblem>,
    /// How long, in hours, something must have been there to count as a proof.
    pub hours: u32,
    /// Where to give another proof.
    pub prove_url: String,
}

impl InCentre for RemovePasskeyPage {
    const HERE: Entry = SECURITY;
}

fn own_path(key: &str) -> String {
    format!("{}/{key}/remove", urls::PASSKEYS)
}

fn page(visitor: &Visitor, key: String, name: String, problem: Option<RemoveProblem>) -> RemovePasskeyPage {
    let hours = visitor.app.config.account.waiting.as_secs() / 3600;
    RemovePasskeyPage {
        page: visitor.page.clone(),
        prove_url: urls::prove_again_without_sms(&own_path(&key)),
        key,
        name,
        problem,
        hours: u32::try_from(hours).unwrap_or(u32::MAX),
    }
}

/// `GET /account/security/passkeys/{key}/remove`.
pub(in crate::account) async fn get(
    app: web::Data<AppState>,
    request: HttpRequest,
    path: web::Path<String>,
) -> Result<HttpResponse, Refused> {
    let visitor = Visitor::of(&app, &request);
    let key = path.into_inner();
    let id = parse_key(&key)?;
    let signed_in = session::fresh(&visitor, &own_path(&key)).await?;
    let visitor = visitor.with_settings_of(&signed_in.account);
    let (state, now) = (app.clone(), app.clock.now());
    let read = app.store.read(move |connection| {
        let may = passkey::may_go(connection, &state, (&signed_in.account, &signed_in.session), id, now)?;
        Ok((may, named(connection, signed_in.account.id, id)?))
    });
    let (may, found) = read.await?;
    let name = found.ok_or(ErrorKind::NotFound)?.name;
    let problem = may.err().map(RemoveProblem::of).transpose()?;
    Ok(visitor.show(&page(&visitor, key, name, problem))?)
}

/// `POST /account/security/passkeys/{key}/remove`.
pub(in crate::account) async fn post(
    app: web::Data<AppState>,
    request: HttpRequest,
    path: web::Path<String>,
    payload: web::Payload,
) -> Result<HttpResponse, Refused> {
    let visitor = Visitor::of(&app, &request);
    let key = path.into_inner();
    let id = parse_key(&key)?;
    let signed_in = session::fresh(&visitor, &own_path(&key)).await?;
    let visitor = visitor.with_settings_of(&signed_in.account);
    visitor.form(payload).await?;
    let (state, actor, account_id) = (app.clone(), Actor::signed_in(&visitor, &signed_in), signed_in.account.id);
    let cookie = visitor.cookie(CookieKind::Session).ok_or(ErrorKind::Expired)?;
    let write = app.store.write(move |connection| {
        let name = named(connection, account_id, id)?.map(|own| own.name);
        Ok((passkey::remove(connection, &state, &actor, &cookie, id)?, name))
    });
    match write.await? {
        (Ok(cookies), _) => {
            app.outbox_bell.notify_one();
            Ok(cookies.with(&app, list::go_back(&visitor, PasskeysNote::Removed))?)
        }
        (Err(stays), name) => {
            let problem = RemoveProblem::of(stays)?;
            let page = page(&visitor, key, name.ok_or(ErrorKind::NotFound)?, Some(problem));
            Ok(visitor.show_as(StatusCode::UNPROCESSABLE_ENTITY, &page)?)
        }
    }
}
