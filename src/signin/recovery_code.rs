//! A recovery code as the second step, where the authenticator app is gone. Posts `attempt` and `code` to
//! `/signin/recovery-code`.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::second::{SecondFault, answered, status, with_wait};
use crate::app::AppState;
use crate::credentials::Kind;
use crate::credentials::second_step::{self, Typed};
use crate::language::Sentence;
use crate::web::error_page::PageError;
use crate::web::visitor::Visitor;
use crate::web::{door::AppDoor, page::Page};
use crate::web::{sign_in_context, urls};

/// Asks for a recovery code.
#[derive(Debug, Template)]
#[template(path = "signin/recovery_code.html")]
pub struct RecoveryCodePage {
    /// What every page carries.
    pub page: Page,
    /// The app that asks.
    pub app: Option<AppDoor>,
    /// The hidden `attempt`.
    pub attempt: String,
    /// The link to the other ways.
    pub others_url: String,
    /// What is wrong.
    pub error: Option<SecondFault>,
}

impl RecoveryCodePage {
    fn sentence<'a>(&'a self, fault: &'a SecondFault) -> Sentence<'a> {
        match fault {
            SecondFault::Missing => self.page.t("recovery-code-missing"),
            SecondFault::Wrong => self.page.t("recovery-code-wrong"),
            SecondFault::TooMany { .. } => fault.sentence(&self.page),
        }
    }
}

/// `GET /signin/recovery-code`.
pub async fn get(app: web::Data<AppState>, request: HttpRequest) -> Result<HttpResponse, PageError> {
    let visitor = Visitor::of(&app, &request);
    let query = visitor.query()?;
    show(visitor, query.get("attempt").unwrap_or_default(), None).await
}

/// `POST /signin/recovery-code`. A browser is not remembered with one: what is lost may have been more than the app.
pub async fn post(
    app: web::Data<AppState>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, PageError> {
    let visitor = Visitor::of(&app, &request);
    let form = visitor.form(payload).await?;
    let id = form.get("attempt").unwrap_or_default();
    let Some(code) = form.get("code").filter(|code| !code.trim().is_empty()) else {
        return show(visitor, id, Some(SecondFault::Missing)).await;
    };
    let typed = Typed { attempt: id.to_owned(), kind: Kind::RecoveryCode, text: code.to_owned(), remember: false };
    let (attempt, entered) = second_step::enter(&visitor, typed).await?;
    match answered(&visitor, id, &attempt, entered)? {
        Ok(answer) => Ok(answer),
        Err(fault) => show(visitor, id, Some(fault)).await,
    }
}

async fn show(visitor: Visitor, id: &str, error: Option<SecondFault>) -> Result<HttpResponse, PageError> {
    let attempt = match second_step::half_way(&visitor, id).await? {
        Ok(half_way) if half_way.ways().contains(&Kind::RecoveryCode) => half_way.attempt,
        Ok(_) => return Ok(visitor.go(&urls::second(id), [])),
        // Nothing was shown yet: it is no first step.
        Err(attempt) => return Ok(visitor.go(&second_step::begin_again(&attempt), [])),
    };
    let asking = sign_in_context::asking(&visitor, &attempt.continue_to).await?;
    let mut visitor = visitor.with_ui_locales(asking.context.ui_locales.as_deref());
    visitor.allow_form_action(asking.form_action());
    let page = RecoveryCodePage {
        page: visitor.page.clone(),
        app: asking.app,
        attempt: id.to_owned(),
        others_url: urls::second(id),
        error,
    };
    let answer = visitor.show_as(status(page.error.as_ref()), &page)?;
    Ok(with_wait(answer, &visitor.app))
}
