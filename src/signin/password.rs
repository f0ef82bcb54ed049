//! The password page of sign-in. Posts `password` and `attempt` to `/signin/password`; "Use a code" posts `attempt` to
//! `/signin/code/send`.

use actix_web::http::StatusCode;
use actix_web::http::header::RETRY_AFTER;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use zeroize::Zeroizing;

use super::second::{REMEMBER, SecondStep};
use crate::app::AppState;
use crate::credentials::passkey;
use crate::credentials::password::{self, Outcome};
use crate::credentials::{Kind, attempt, second_step};
use crate::store::attempts::Attempt;
use crate::web::error_page::PageError;
use crate::web::visitor::Visitor;
use crate::web::{sign_in_context, urls};

use crate::{
    language::Sentence,
    web::{door::AppDoor, moment::Moment, page::Page},
};

/// What is wrong with the password. The same for an unknown account, one without a password and a wrong password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PasswordFault {
    /// Nothing was typed.
    Missing,
    /// Not the password of this account, or no such account.
    Wrong,
    /// Too many tries; a code still works.
    TooMany {
        /// When the next try is allowed.
        again: Moment,
    },
}

impl PasswordFault {
    /// The sentence beside the field.
    pub fn sentence(&self, page: &Page) -> Sentence<'_> {
        match self {
            Self::Missing => page.t("password-missing"),
            Self::Wrong => page.t("password-wrong"),
            Self::TooMany { again } => page.t("password-too-many").time("time", &again.iso, &again.shown),
        }
    }
}

/// Asks for the password.
#[derive(Debug, Template)]
#[template(path = "signin/password.html")]
pub struct PasswordPage {
    /// What every page carries.
    pub page: Page,
    /// The app that asks.
    pub app: Option<AppDoor>,
    /// What was typed on the first page, and nothing more: no name, no picture before proof.
    pub identifier: String,
    /// The hidden `attempt`.
    pub attempt: String,
    /// Whether there are passkeys here.
    pub passkeys: bool,
    /// Where to go on: a checked, local path.
    pub continue_to: Option<String>,
    /// The link back to the first page.
    pub change_url: String,
    /// What is wrong.
    pub error: Option<PasswordFault>,
    /// The link to a new password.
    pub forgot_url: String,
    /// The link to what can be done without any of these.
    pub recovery_url: String,
    /// As the second step: what else there is.
    pub second: Option<SecondStep>,
}

/// `GET /signin/password`.
pub async fn get(app: web::Data<AppState>, request: HttpRequest) -> Result<HttpResponse, PageError> {
    let visitor = Visitor::of(&app, &request);
    let query = visitor.query()?;
    let id = query.get("attempt").unwrap_or_default();
    let attempt = attempt::load(&visitor, Some(id)).await?;
    show(visitor, id, &attempt, None).await
}

/// `POST /signin/password`.
pub async fn post(
    app: web::Data<AppState>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, PageError> {
    let visitor = Visitor::of(&app, &request);
    let form = visitor.form(payload).await?;
    let id = form.get("attempt").unwrap_or_default();
    let attempt = attempt::load(&visitor, Some(id)).await?;
    let Some(password) = form.get("password") else {
        return show(visitor, id, &attempt, Some(PasswordFault::Missing)).await;
    };
    let password = Zeroizing::new(password.to_owned());
    let remember = form.get(REMEMBER).is_some();
    match password::check(&visitor, attempt.clone(), password, remember).await? {
        Outcome::Right(passed) => {
            second_step::go_on_offering(&visitor, (id, &form), &attempt.continue_to, passed).await
        }
        Outcome::Wrong => show(visitor, id, &attempt, Some(PasswordFault::Wrong)).await,
        Outcome::TooMany(again) => {
            let seconds = again.since(app.clock.now()).as_secs().max(1);
            let again = Moment::clock(again.utc());
            let mut page = show(visitor, id, &attempt, Some(PasswordFault::TooMany { again })).await?;
            page.headers_mut().insert(RETRY_AFTER, seconds.into());
            Ok(page)
        }
    }
}

async fn show(
    visitor: Visitor,
    id: &str,
    attempt: &Attempt,
    error: Option<PasswordFault>,
) -> Result<HttpResponse, PageError> {
    let asking = sign_in_context::asking(&visitor, &attempt.continue_to).await?;
    let mut visitor = visitor.with_ui_locales(asking.context.ui_locales.as_deref());
    visitor.allow_form_action(asking.form_action());
    let status = match &error {
        None => StatusCode::OK,
        Some(PasswordFault::TooMany { .. }) => StatusCode::TOO_MANY_REQUESTS,
        Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let second = match SecondStep::of(&visitor, id, Kind::Password).await? {
        Ok(second) => second,
        Err(elsewhere) => return Ok(visitor.go(&elsewhere, [])),
    };
    let page = PasswordPage {
        page: visitor.page.clone(),
        app: asking.app,
        identifier: attempt::identifier(attempt).shown(),
        attempt: id.to_owned(),
        passkeys: passkey::is_on(&visitor.app),
        continue_to: Some(attempt.continue_to.clone()),
        change_url: urls::sign_in(&attempt.continue_to),
        error,
        forgot_url: urls::of_attempt(urls::FORGOT, id),
        recovery_url: urls::of_attempt(urls::RECOVERY, id),
        second,
    };
    visitor.show_as(status, &page)
}
