//! The message that carries a code, in the words of what it is for.

use secrecy::SecretString;

use super::lifetime;
use crate::delivery::code::{CodeMessage, CodePurpose};
use crate::delivery::{Destination, Message, MessageKind};
use crate::store::attempts::{Attempt, AttemptPurpose};
use crate::store::one_time_codes::Channel;
use crate::web::error::ErrorKind;
use crate::web::error_page::PageError;
use crate::web::visitor::Visitor;

/// The text message with the code, to whomever it goes.
pub(super) fn sms(visitor: &Visitor, attempt: &Attempt, code: &SecretString) -> String {
    let host = crate::web::urls::host(&visitor.app.config.server.issuer);
    worded(visitor, attempt, code, "", &host).sms()
}

/// The message with the code. It is written even where it goes nowhere, so that an unknown name takes as long.
pub(super) fn message(
    visitor: &Visitor,
    attempt: &Attempt,
    channel: Channel,
    code: &SecretString,
    to: Option<Destination>,
) -> Result<Message, PageError> {
    let to = to.unwrap_or_else(|| match channel {
        Channel::Sms => Destination::Phone(String::new()),
        Channel::Email => Destination::Email(String::new()),
    });
    let failed = |error: askama::Error| {
        tracing::error!(%error, "a message could not be rendered");
        PageError::of(ErrorKind::Internal)
    };
    let host = crate::web::urls::host(&visitor.app.config.server.issuer);
    let message = worded(visitor, attempt, code, to.as_str(), &host);
    Ok(match &to {
        Destination::Phone(_) => {
            let (kind, to) = (MessageKind::Code, to.clone());
            Message { text: message.sms(), subject: None, html: None, unsubscribe: None, kind, to }
        }
        Destination::Email(_) => Message {
            text: message.text().map_err(failed)?,
            subject: Some(message.subject()),
            html: Some(message.html().map_err(failed)?),
            unsubscribe: None,
            kind: MessageKind::Code,
            to: to.clone(),
        },
    })
}

fn worded<'a>(
    visitor: &'a Visitor,
    attempt: &Attempt,
    code: &'a SecretString,
    to: &'a str,
    host: &'a str,
) -> CodeMessage<'a> {
    let app = &visitor.app;
    CodeMessage {
        brand: &app.brand,
        language: visitor.page.language,
        code,
        minutes: u32::try_from(lifetime(&app.config.codes, attempt.purpose).as_secs() / 60).unwrap_or(u32::MAX),
        purpose: match attempt.purpose {
            // No code is sent for the question whether an account stays: it comes after one.
            AttemptPurpose::SignIn | AttemptPurpose::Again | AttemptPurpose::Keep => CodePurpose::SignIn,
            AttemptPurpose::SignUp => CodePurpose::SignUp,
            AttemptPurpose::AddAddress => CodePurpose::AddAddress,
            AttemptPurpose::Recovery => CodePurpose::Recovery,
            AttemptPurpose::Undo => CodePurpose::Undo,
        },
        to,
        browser: None,
        host,
    }
}
