//! The question before the password is removed. Posts to `/account/security/password/remove`.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::password::{Bar, answer, bar};
use crate::account::{Entry, InCentre, SECURITY};
use crate::app::AppState;
use crate::change::actor::Actor;
use crate::change::address::masked;
use crate::change::password;
use crate::change::ways_in::{self, Way};
use crate::session::{self, Refused};
use crate::web::cookies::CookieKind;
use crate::web::error::ErrorKind;
use crate::web::page::Page;
use crate::web::urls;
use crate::web::visitor::Visitor;

/// Asks whether the password shall go.
#[derive(Debug, Template)]
#[template(path = "account/security/remove_password.html")]
pub struct RemovePasswordPage {
    /// What every page carries.
    pub page: Page,
    /// The addresses that are left, masked.
    pub left: Vec<String>,
    /// Whether there are passkeys.
    pub passkeys: bool,
    /// What stands in the way.
    pub bar: Option<Bar>,
    /// Where more can be proved.
    pub prove_url: String,
}

impl InCentre for RemovePasswordPage {
    const HERE: Entry = SECURITY;
}

/// `GET /account/security/password/remove`. Where there is no password, there is nothing to ask.
pub(in crate::account) async fn get(app: web::Data<AppState>, request: HttpRequest) -> Result<HttpResponse, Refused> {
    let visitor = Visitor::of(&app, &request);
    let signed_in = session::fresh(&visitor, urls::REMOVE_PASSWORD).await?;
    let visitor = visitor.with_settings_of(&signed_in.account);
    let (state, own, now) = (app.clone(), signed_in.session.clone(), app.clock.now());
    let read = app.store.read(move |connection| {
        let ways = ways_in::of_account(connection, &state, own.account_id)?;
        Ok((ways, password::hindrance(connection, &state, &own, now)?))
    });
    let (ways, hindrance) = read.await?;
    if !ways.contains(&Way::Password) {
        return Ok(visitor.go(urls::PASSWORD, []));
    }
    let left = ways.iter().filter_map(|way| match way {
        Way::Password | Way::Passkey(_) => None,
        Way::Address(kind, value) => Some(masked(*kind, value)),
    });
    let page = RemovePasswordPage {
        left: left.collect(),
        passkeys: ways.iter().any(|way| matches!(way, Way::Passkey(_))),
        bar: hindrance.map(|hindrance| bar(&visitor.page, hindrance)),
        prove_url: urls::prove_again_without_sms(urls::REMOVE_PASSWORD),
        page: visitor.page.clone(),
    };
    Ok(visitor.show(&page)?)
}

/// `POST /account/security/password/remove`.
pub(in crate::account) async fn post(
    app: web::Data<AppState>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Refused> {
    let visitor = Visitor::of(&app, &request);
    let signed_in = session::fresh(&visitor, urls::REMOVE_PASSWORD).await?;
    visitor.form(payload).await?;
    let (state, actor) = (app.clone(), Actor::signed_in(&visitor, &signed_in));
    let cookie = visitor.cookie(CookieKind::Session).ok_or(ErrorKind::Expired)?;
    let outcome = app.store.write(move |connection| password::remove(connection, &state, &actor, &cookie)).await?;
    app.outbox_bell.notify_one();
    Ok(answer(&visitor, outcome)?)
}
