//! Errors, and messages to people.

use keyhouse::delivery::code::{CodeMessage, CodePurpose};
use keyhouse::dev_mailbox::{CapturedMessage, MailboxPage};
use keyhouse::web::error::{DeveloperFact, DeveloperLabel, ErrorKind, ErrorPage, WayOn};
use secrecy::SecretString;

use super::{Gallery, Rendered, brand, keep};

impl Gallery {
    pub(super) fn errors(&self, pages: &mut Rendered) -> Result<(), askama::Error> {
        for kind in ErrorKind::ALL {
            let of_app = matches!(kind, ErrorKind::UnknownAddress | ErrorKind::AppRequest);
            let fact = |label, value: &str| DeveloperFact { label, value: value.to_owned() };
            let page = ErrorPage {
                page: self.page("/"),
                kind,
                app_name: of_app.then(|| "PDF Tools".to_owned()),
                reason: None,
                wait_seconds: 10,
                request_id: "KH-5T2M-90QF".to_owned(),
                developer: if of_app {
                    vec![
                        fact(DeveloperLabel::Problem, "redirect_uri is not registered"),
                        fact(DeveloperLabel::Client, "c_7f3q9d"),
                    ]
                } else {
                    Vec::new()
                },
                way_on: Some(WayOn::account()),
            };
            keep(pages, &format!("error-{kind:?}").to_lowercase(), &page)?;
        }
        Ok(())
    }

    pub(super) fn messages(&self, pages: &mut Rendered) -> Result<(), askama::Error> {
        let brand = brand();
        let code = SecretString::from("407133");
        let message = CodeMessage {
            brand: &brand,
            language: self.language,
            code: &code,
            minutes: 10,
            purpose: CodePurpose::SignIn,
            to: "mina@lantern.example",
            browser: Some("Firefox on Windows"),
            host: "id.lantern.example",
        };
        pages.push(("mail-code".to_owned(), message.html()?));
        let captured = |to: &str, channel: &str, subject, text| CapturedMessage {
            to: to.to_owned(),
            kind: "code".to_owned(),
            channel: channel.to_owned(),
            subject,
            text,
            time: self.clock(0),
        };
        let mailbox = MailboxPage {
            page: self.page("/dev/mailbox"),
            messages: vec![
                captured("+43 660 555 4417", "sms", None, message.sms()),
                captured("mina@lantern.example", "email", Some(message.subject()), message.text()?),
            ],
        };
        keep(pages, "mailbox", &mailbox)
    }
}
