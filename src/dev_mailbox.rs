//! The captured messages of development mode, `/dev/mailbox`. Never routed otherwise.

use actix_web::http::header::CACHE_CONTROL;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use serde::Serialize;

use crate::app::AppState;
use crate::delivery::{self, MessageKind};
use crate::web::error::ErrorKind;
use crate::web::error_page::PageError;
use crate::web::visitor::Visitor;
use crate::web::{moment::Moment, page::Page};

/// A message that was captured instead of sent.
#[derive(Clone, Debug)]
pub struct CapturedMessage {
    /// To whom.
    pub to: String,
    /// What it is: "code".
    pub kind: String,
    /// How it would have travelled: "sms" or "email".
    pub channel: String,
    /// Its subject, for mail.
    pub subject: Option<String>,
    /// Its plain text.
    pub text: String,
    /// When it was captured.
    pub time: Moment,
}

/// The mailbox.
#[derive(Debug, Template)]
#[template(path = "dev_mailbox.html")]
pub struct MailboxPage {
    /// What every page carries.
    pub page: Page,
    /// The messages, newest first.
    pub messages: Vec<CapturedMessage>,
}

/// A message in the mailbox's JSON.
#[derive(Serialize)]
struct Line {
    to: String,
    kind: MessageKind,
    channel: &'static str,
    text: String,
    /// RFC 3339 in UTC.
    time: String,
}

/// The routes of the mailbox.
pub fn routes(service: &mut web::ServiceConfig) {
    service
        .service(web::resource("/dev/mailbox").route(web::get().to(page)))
        .service(web::resource("/dev/mailbox.json").route(web::get().to(json)));
}

/// `GET /dev/mailbox`.
async fn page(app: web::Data<AppState>, request: HttpRequest) -> Result<HttpResponse, PageError> {
    let visitor = Visitor::of(&app, &request);
    let (now, language) = (app.clock.now().utc(), visitor.page.language);
    let shown = |message: delivery::CapturedMessage| CapturedMessage {
        kind: message.kind.as_str().to_owned(),
        channel: channel(&message.to).to_owned(),
        time: Moment::ago(message.at.utc(), now, language),
        to: message.to,
        subject: message.subject,
        text: message.text,
    };
    let messages = captured(&app)?.into_iter().map(shown).collect();
    visitor.show(&MailboxPage { page: visitor.page.clone(), messages })
}

/// `GET /dev/mailbox.json`: an array, newest first.
async fn json(app: web::Data<AppState>) -> Result<HttpResponse, PageError> {
    let line = |message: delivery::CapturedMessage| Line {
        channel: channel(&message.to),
        to: message.to,
        kind: message.kind,
        text: message.text,
        time: message.at.rfc3339(),
    };
    let lines: Vec<Line> = captured(&app)?.into_iter().map(line).collect();
    Ok(HttpResponse::Ok().insert_header((CACHE_CONTROL, "no-store")).json(lines))
}

/// Newest first.
fn captured(app: &AppState) -> Result<Vec<delivery::CapturedMessage>, PageError> {
    Ok(app.delivery.captured().ok_or(ErrorKind::NotFound)?.messages())
}

/// How a message to this address travels: only e-mail addresses have an at sign.
fn channel(to: &str) -> &'static str {
    if to.contains('@') { "email" } else { "sms" }
}
