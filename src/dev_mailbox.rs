//! The captured messages of development mode, `/dev/mailbox`. Never routed otherwise.

use askama::Template;

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

/// The routes of the mailbox.
pub fn routes(_service: &mut actix_web::web::ServiceConfig) {}
