//! The question before a connected sign-in is disconnected, and the disconnecting: `change::upstream` says when it may go, and
//! what ends with it.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::super::{Entry, InCentre, SECURITY};
use super::list::{self, ConnectedNote};
use super::parse_key;
use crate::app::AppState;
use crate::change::actor::Actor;
use crate::change::upstream::{self, Stays};
use crate::credentials::upstream::label;
use crate::session::{self, Refused};
use crate::store::upstream_links;
use crate::web::cookies::CookieKind;
use crate::web::error::ErrorKind;
use crate::web::page::Page;
use crate::web::urls;
use crate::web::visitor::Visitor;

/// Why it stays, as the page says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DisconnectProblem {
    /// It is the last way in.
    Last,
    /// Changes are stopped.
    Frozen,
}

impl DisconnectProblem {
    const fn key(self) -> &'static str {
        match self {
            Self::Last => "connected-remove-last",
            Self::Frozen => "connected-frozen",
        }
    }

    fn of(stays: Stays) -> Result<Self, ErrorKind> {
        match stays {
            Stays::NotThere => Err(ErrorKind::NotFound),
            Stays::Frozen => Ok(Self::Frozen),
            Stays::Last => Ok(Self::Last),
        }
    }
}

/// Says what ends with it.
#[derive(Debug, Template)]
#[template(path = "account/connected/remove.html")]
pub struct DisconnectPage {
    /// What every page carries.
    pub page: Page,
    /// The link's key in addresses.
    pub key: String,
    /// What the provider is called.
    pub label: String,
    /// Why it cannot go.
    pub problem: Option<DisconnectProblem>,
}

impl InCentre for DisconnectPage {
    const HERE: Entry = SECURITY;
}

fn own_path(key: &str) -> String {
    format!("{}/{key}/remove", urls::CONNECTED)
}

/// `GET /account/security/connected/{key}/remove`.
pub(in crate::account) async fn get(
    app: web::Data<AppState>,
    request: HttpRequest,
    path: web::Path<String>,
) -> Result<HttpResponse, Refused> {
    let visitor = Visitor::of(&app, &request);
    let key = path.into_inner();
    let id = parse_key(&key)?;
    let account = session::fresh(&visitor, &own_path(&key)).await?.account;
    let visitor = visitor.with_settings_of(&account);
    let (state, now, account_id) = (app.clone(), app.clock.now(), account.id);
    let read = app.store.read(move |connection| upstream::may_go(connection, &state, account_id, id, now));
    let problem = read.await?.err().map(DisconnectProblem::of).transpose()?;
    show(&visitor, (key, id), account_id, problem).await
}

/// `POST /account/security/connected/{key}/remove`.
pub(in crate::account) async fn post(
    app: web::Data<AppState>,
    request: HttpRequest,
    path: web::Path<String>,
    payload: web::Payload,
) -> Result<HttpResponse, Refused> {
    let visitor = Visitor::of(&app, &request);
    let key = path.into_inner();
    let id = parse_key(&key)?;
    visitor.form(payload).await?;
    let signed_in = session::fresh(&visitor, &own_path(&key)).await?;
    let visitor = visitor.with_settings_of(&signed_in.account);
    let (state, actor) = (app.clone(), Actor::signed_in(&visitor, &signed_in));
    let cookie = visitor.cookie(CookieKind::Session).ok_or(ErrorKind::Expired)?;
    let write = app.store.write(move |connection| upstream::disconnect(connection, &state, &actor, &cookie, id));
    match write.await? {
        Ok(cookies) => {
            app.outbox_bell.notify_one();
            Ok(cookies.with(&app, list::go_back(&visitor, ConnectedNote::Removed))?)
        }
        Err(stays) => {
            let problem = Some(DisconnectProblem::of(stays)?);
            show(&visitor, (key, id), signed_in.account.id, problem).await
        }
    }
}

async fn show(
    visitor: &Visitor,
    (key, id): (String, i64),
    account_id: i64,
    problem: Option<DisconnectProblem>,
) -> Result<HttpResponse, Refused> {
    let read = visitor.app.store.read(move |connection| upstream_links::find(connection, account_id, id));
    let link = read.await?.ok_or(ErrorKind::NotFound)?;
    let label = label(&visitor.app.config.upstream, &link.issuer);
    let page = DisconnectPage { page: visitor.page.clone(), key, label, problem };
    let status = if problem.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok(visitor.show_as(status, &page)?)
}
