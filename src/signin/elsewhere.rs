//! A browser that waits to be approved on another device. Posts `continue` to `/signin/elsewhere`, which makes the QR code; the page
//! looks again by itself, and `request`, posted to `/signin/elsewhere/take`, takes the answer: a press of the person here, who has
//! read whose account it is.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use serde_json::json;

use crate::app::AppState;
use crate::credentials::approval::{self, Taken};
use crate::credentials::second_step;
use crate::store::accounts::Account;
use crate::store::addresses;
use crate::store::approvals::{Approval, ApprovalState};
use crate::web::error::ErrorKind;
use crate::web::error_page::PageError;
use crate::web::person::masked_main;
use crate::web::qr::Grid;
use crate::web::visitor::Visitor;
use crate::web::{door::AppDoor, moment::Moment, page::Page, person::Person, sign_in_context, urls};

/// Seconds after which a browser without scripts asks again.
pub const AGAIN_SECONDS: u32 = 4;

/// How the wait stands.
#[derive(Debug)]
pub enum Wait {
    /// Nobody has answered.
    Waiting {
        /// The address for the other device.
        picture: Grid,
        /// The number that is asked there.
        number: i32,
        /// Until when.
        until: Moment,
        /// Where the page's script asks.
        state_url: String,
        /// Where the page is looked at again.
        again_url: String,
    },
    /// It was approved, by them.
    Approved {
        /// Whose account it is.
        person: Person,
        /// The hidden `request`.
        request: String,
    },
    /// It was refused.
    Refused,
    /// Another number was chosen there.
    Mistaken,
    /// The code is too old, or was used.
    Over,
}

/// The page of a browser that waits.
#[derive(Debug, Template)]
#[template(path = "signin/elsewhere.html")]
pub struct ElsewherePage {
    /// What every page carries.
    pub page: Page,
    /// The app that asks.
    pub app: Option<AppDoor>,
    /// How it stands.
    pub wait: Wait,
    /// Where to go on to: a checked, local path.
    pub continue_to: Option<String>,
    /// Where the other ways are.
    pub other_url: String,
}

impl ElsewherePage {
    const fn title(&self) -> &'static str {
        match self.wait {
            Wait::Waiting { .. } => "elsewhere-title",
            Wait::Approved { .. } => "elsewhere-approved-title",
            Wait::Refused => "elsewhere-refused-title",
            Wait::Mistaken => "elsewhere-mistaken-title",
            Wait::Over => "elsewhere-over-title",
        }
    }

    const fn again_seconds(&self) -> u32 {
        AGAIN_SECONDS
    }
}

fn is_on(app: &AppState) -> Result<(), PageError> {
    if app.config.sign_in.by_other_device { Ok(()) } else { Err(ErrorKind::NotFound.into()) }
}

/// `GET /signin/elsewhere?request=…&continue=…`.
pub async fn get(app: web::Data<AppState>, request: HttpRequest) -> Result<HttpResponse, PageError> {
    is_on(&app)?;
    let visitor = Visitor::of(&app, &request);
    let query = visitor.query()?;
    let continue_to = urls::checked_continue(query.get("continue")).to_owned();
    let Some(secret) = query.get("request") else { return Ok(visitor.go(&urls::sign_in(&continue_to), [])) };
    show(visitor, secret, continue_to).await
}

/// `POST /signin/elsewhere`: a new code.
pub async fn post(
    app: web::Data<AppState>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, PageError> {
    let visitor = Visitor::of(&app, &request);
    let form = visitor.form(payload).await?;
    is_on(&app)?;
    let continue_to = urls::checked_continue(form.get("continue"));
    let Some(secret) = approval::begin(&visitor, continue_to).await? else { return Err(ErrorKind::TooMany.into()) };
    Ok(visitor.go(&urls::elsewhere(&secret, continue_to), []))
}

/// `GET /signin/elsewhere/state?request=…`: for the page's script, whether anybody has answered.
pub async fn state(app: web::Data<AppState>, request: HttpRequest) -> Result<HttpResponse, PageError> {
    is_on(&app)?;
    let visitor = Visitor::of(&app, &request);
    let query = visitor.query()?;
    let found = approval::of_this_browser(&visitor, query.get("request").unwrap_or_default()).await?;
    let waits = found.is_some_and(|(own, _)| own.state == ApprovalState::Waiting);
    Ok(visitor.json(json!({ "waits": waits }).to_string()))
}

/// `POST /signin/elsewhere/take`.
pub async fn take(
    app: web::Data<AppState>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, PageError> {
    let visitor = Visitor::of(&app, &request);
    let form = visitor.form(payload).await?;
    is_on(&app)?;
    let taken = approval::take(&visitor, form.get("request").unwrap_or_default()).await?;
    let Some(Taken { attempt, continue_to, passed }) = taken else {
        // The menu of languages leads back to a page that can be got.
        let mut visitor = visitor;
        visitor.page.path = urls::SIGN_IN.to_owned();
        let continue_to = urls::checked_continue(form.get("continue")).to_owned();
        return answer(visitor, Wait::Over, continue_to).await;
    };
    second_step::go_on(&visitor, &attempt, &continue_to, passed)
}

async fn show(visitor: Visitor, secret: &str, continue_to: String) -> Result<HttpResponse, PageError> {
    let wait = match approval::of_this_browser(&visitor, secret).await? {
        None => Wait::Over,
        Some((own, account)) => stands(&visitor, secret, &own, account).await?,
    };
    answer(visitor, wait, continue_to).await
}

async fn stands(visitor: &Visitor, secret: &str, own: &Approval, account: Option<Account>) -> Result<Wait, PageError> {
    Ok(match (own.state, account) {
        (ApprovalState::Waiting, _) => {
            let address = format!("{}{}", visitor.app.config.server.issuer, urls::approve(secret));
            Wait::Waiting {
                picture: Grid::of(&address).ok_or(ErrorKind::Internal)?,
                number: own.number,
                until: visitor.page.clock(own.expires_at),
                state_url: urls::elsewhere_state(secret),
                again_url: urls::elsewhere(secret, &own.continue_to),
            }
        }
        (ApprovalState::Approved, Some(account)) => {
            let id = account.id;
            let owned = visitor.app.store.read(move |connection| addresses::of_account(connection, id)).await?;
            Wait::Approved { person: Person::of(&account, masked_main(&owned)), request: secret.to_owned() }
        }
        (ApprovalState::Refused, _) => Wait::Refused,
        (ApprovalState::Mistaken, _) => Wait::Mistaken,
        (ApprovalState::Approved | ApprovalState::Taken, _) => Wait::Over,
    })
}

async fn answer(visitor: Visitor, wait: Wait, continue_to: String) -> Result<HttpResponse, PageError> {
    let asking = sign_in_context::asking(&visitor, &continue_to).await?;
    let mut visitor = visitor.with_ui_locales(asking.context.ui_locales.as_deref());
    visitor.allow_form_action(asking.form_action());
    let status = if matches!(wait, Wait::Over) { StatusCode::GONE } else { StatusCode::OK };
    let page = ElsewherePage {
        page: visitor.page.clone(),
        app: asking.app,
        wait,
        other_url: urls::sign_in(&continue_to),
        continue_to: Some(continue_to),
    };
    visitor.show_as(status, &page)
}
