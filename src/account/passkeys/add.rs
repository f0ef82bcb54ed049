//! Making a passkey. The page's script asks `/account/security/passkeys/challenge` what to hand to the browser, and posts
//! what comes of it as `credential` to `/account/security/passkeys/add`, with `continue` where the page was on the way to
//! somewhere. All of it wants a fresh proof: whoever has the passkey can come in.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::super::{Entry, InCentre, SECURITY};
use super::list::{self, PasskeysNote};
use crate::app::AppState;
use crate::credentials::passkey::registration::{self, NotMade};
use crate::credentials::passkey::{MOST, is_on};
use crate::session::{self, Refused};
use crate::store::{changes, passkeys};
use crate::web::error::ErrorKind;
use crate::web::page::Page;
use crate::web::urls;
use crate::web::visitor::Visitor;

/// Why there is no new passkey, as the page says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddProblem {
    /// It took too long.
    TooLate,
    /// The device did not check who uses it.
    NotVerified,
    /// It is there already.
    Known,
    /// There are as many as there may be.
    TooMany,
    /// Changes are stopped.
    Frozen,
    /// Anything else.
    Refused,
}

impl AddProblem {
    const fn key(self) -> &'static str {
        match self {
            Self::TooLate => "passkey-add-too-late",
            Self::NotVerified => "passkey-add-not-verified",
            Self::Known => "passkey-add-known",
            Self::TooMany => "passkey-add-too-many",
            Self::Frozen => "passkey-frozen",
            Self::Refused => "passkey-add-refused",
        }
    }

    /// Whether trying again may help.
    const fn passes(self) -> bool {
        !matches!(self, Self::TooMany | Self::Frozen)
    }
}

impl From<NotMade> for AddProblem {
    fn from(not_made: NotMade) -> Self {
        match not_made {
            NotMade::TooLate => Self::TooLate,
            NotMade::NotVerified => Self::NotVerified,
            NotMade::Known => Self::Known,
            NotMade::TooMany => Self::TooMany,
            NotMade::Frozen => Self::Frozen,
            NotMade::Refused => Self::Refused,
        }
    }
}

/// Explains what a passkey is, and makes one.
#[derive(Debug, Template)]
#[template(path = "account/passkeys/add.html")]
pub struct AddPasskeyPage {
    /// What every page carries.
    pub page: Page,
    /// Where to go on: a checked, local path; none: to the list.
    pub continue_to: Option<String>,
    /// Why there is none yet.
    pub problem: Option<AddProblem>,
}

impl InCentre for AddPasskeyPage {
    const HERE: Entry = SECURITY;
}

impl AddPasskeyPage {
    fn can_try(&self) -> bool {
        self.problem.is_none_or(AddProblem::passes)
    }
}

/// `GET /account/security/passkeys/add`.
pub(in crate::account) async fn get(app: web::Data<AppState>, request: HttpRequest) -> Result<HttpResponse, Refused> {
    let visitor = Visitor::of(&app, &request);
    if !is_on(&app) {
        return Ok(visitor.go(urls::PASSKEYS, []));
    }
    let account = session::fresh(&visitor, urls::ADD_PASSKEY).await?.account;
    let visitor = visitor.with_settings_of(&account);
    let (id, now) = (account.id, app.clock.now());
    let read = app.store.read(move |connection| {
        let is_full = passkeys::of_account(connection, id)?.len() >= MOST;
        Ok((changes::is_frozen(connection, id, now)?, is_full))
    });
    let problem = match read.await? {
        (true, _) => Some(AddProblem::Frozen),
        (false, true) => Some(AddProblem::TooMany),
        (false, false) => None,
    };
    Ok(visitor.show(&AddPasskeyPage { page: visitor.page.clone(), continue_to: None, problem })?)
}

/// `POST /account/security/passkeys/challenge`: what the script hands to `navigator.credentials.create`.
pub(in crate::account) async fn challenge(
    app: web::Data<AppState>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Refused> {
    let visitor = Visitor::of(&app, &request);
    let account = session::fresh(&visitor, urls::ADD_PASSKEY).await?.account;
    visitor.form(payload).await?;
    Ok(visitor.json(registration::begin(&visitor, &account).await?))
}

/// `POST /account/security/passkeys/add`.
pub(in crate::account) async fn post(
    app: web::Data<AppState>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Refused> {
    let visitor = Visitor::of(&app, &request);
    let signed_in = session::fresh(&visitor, urls::ADD_PASSKEY).await?;
    let visitor = visitor.with_settings_of(&signed_in.account);
    let form = visitor.form(payload).await?;
    let continue_to = form.get("continue").map(|path| urls::checked_continue(Some(path)).to_owned());
    let answer = form.get("credential").ok_or(ErrorKind::Unreadable)?;
    match registration::finish(&visitor, signed_in, answer).await? {
        Ok(_) => {
            app.outbox_bell.notify_one();
            Ok(match continue_to {
                Some(on) => visitor.go(&on, []),
                None => list::go_back(&visitor, PasskeysNote::Added),
            })
        }
        Err(not_made) => {
            let page =
                AddPasskeyPage { page: visitor.page.clone(), continue_to, problem: Some(AddProblem::from(not_made)) };
            Ok(visitor.show_as(StatusCode::UNPROCESSABLE_ENTITY, &page)?)
        }
    }
}
