//! "I can't use any of these": what somebody can still prove, what follows from it, how long that waits, how it is called
//! off, and when there is nothing to be done. The same for every name that was typed. Its buttons post to `/signin/forgot`.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use crate::app::AppState;
use crate::change::recovery::OPEN;
use crate::credentials::one_time_code::reaches;
use crate::credentials::{Kind, attempt};
use crate::signin::forgot::FROM;
use crate::store::attempts::AttemptPurpose;
use crate::store::one_time_codes::Channel;
use crate::web::error_page::PageError;
use crate::web::visitor::Visitor;
use crate::web::{door::AppDoor, page::Page};
use crate::web::{sign_in_context, urls};

/// Says what can be done.
#[derive(Debug, Template)]
#[template(path = "signin/recovery/start.html")]
pub struct StartPage {
    /// What every page carries.
    pub page: Page,
    /// The app that asks.
    pub app: Option<AppDoor>,
    /// What was typed on the first page.
    pub identifier: String,
    /// The hidden `attempt`.
    pub attempt: String,
    /// The link back to the first page.
    pub change_url: String,
    /// Whether codes can go by e-mail.
    pub by_mail: bool,
    /// Whether codes can go by text message.
    pub by_sms: bool,
    /// The link to the password page.
    pub password_url: String,
    /// The link to sign-up.
    pub signup_url: String,
    /// Hours that a wait lasts.
    pub hours: u32,
    /// Days in which access can be taken after it.
    pub days: u32,
}

/// `GET /signin/recovery?attempt=…`.
pub async fn get(app: web::Data<AppState>, request: HttpRequest) -> Result<HttpResponse, PageError> {
    let visitor = Visitor::of(&app, &request);
    let query = visitor.query()?;
    let id = query.get("attempt").unwrap_or_default();
    let attempt = attempt::load_for(&visitor, Some(id), FROM).await?;
    let asking = sign_in_context::asking(&visitor, &attempt.continue_to).await?;
    let mut visitor = visitor.with_ui_locales(asking.context.ui_locales.as_deref());
    visitor.allow_form_action(asking.form_action());
    let page = StartPage {
        page: visitor.page.clone(),
        app: asking.app,
        identifier: attempt::identifier(&attempt).shown(),
        attempt: id.to_owned(),
        change_url: urls::sign_in(&attempt.continue_to),
        by_mail: reaches(&app, Channel::Email),
        by_sms: reaches(&app, Channel::Sms),
        password_url: match attempt.purpose {
            AttemptPurpose::SignIn | AttemptPurpose::Again => attempt::page_url(Kind::Password, id),
            _ => urls::sign_in(&attempt.continue_to),
        },
        signup_url: urls::sign_up(&attempt.continue_to),
        hours: whole(app.config.account.waiting.as_secs() / 3600),
        days: whole(OPEN.as_secs() / 86_400),
    };
    visitor.show(&page)
}

pub(super) fn whole(number: u64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
