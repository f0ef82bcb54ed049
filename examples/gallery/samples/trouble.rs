//! Codes that did not come.

use keyhouse::credentials::one_time_code::fate::Told;
use keyhouse::signin::code::{Channel, Destination};
use keyhouse::signin::trouble::{Message, TroublePage};

use super::{Gallery, Rendered, keep, notes};

impl Gallery {
    pub(super) fn trouble(&self, pages: &mut Rendered) -> Result<(), askama::Error> {
        let typed = |address: &str, channel| Destination::Typed { address: address.to_owned(), channel };
        let message = |told| Message { told, at: self.clock(-2) };
        let page = TroublePage {
            page: self.page("/signin/code/trouble"),
            app: Some(notes()),
            attempt: "sample".to_owned(),
            destination: typed("+43 660 555 4417", Channel::Sms),
            channel: Channel::Sms,
            message: message(Some(Told::Delivered)),
            next_code: Some(self.clock(1)),
            codes_left: 8,
            codes_a_day: 10,
            more_codes_from: self.clock(200),
            other_channel: Some(Channel::Email),
            send_url: Some("/signin/code/send"),
            again_url: "/signin/code/trouble".to_owned(),
            code_url: "/signin/code".to_owned(),
            change_url: Some("/signin".to_owned()),
            password_url: Some("/signin/password".to_owned()),
        };
        keep(pages, "trouble", &page)?;
        let page = TroublePage { message: message(Some(Told::Failed)), next_code: None, codes_left: 0, ..page };
        keep(pages, "trouble-failed", &page)?;
        let page = TroublePage {
            destination: typed("mina@lantern.example", Channel::Email),
            channel: Channel::Email,
            message: message(Some(Told::Accepted)),
            other_channel: None,
            app: None,
            ..page
        };
        keep(pages, "trouble-mail", &page)?;
        let page = TroublePage {
            destination: Destination::OfAccountId,
            message: message(Some(Told::Unsaid)),
            other_channel: Some(Channel::Sms),
            codes_left: 3,
            ..page
        };
        keep(pages, "trouble-account-id", &page)?;
        for (name, told) in [("refused", Some(Told::Refused)), ("waiting", Some(Told::Waiting)), ("none", None)] {
            let page = TroublePage {
                page: self.page("/signin/code/trouble"),
                app: None,
                attempt: "sample".to_owned(),
                destination: typed("+43 660 555 4417", Channel::Sms),
                channel: Channel::Sms,
                message: message(told),
                more_codes_from: self.clock(200),
                next_code: None,
                other_channel: None,
                send_url: None,
                again_url: "/signin/code/trouble".to_owned(),
                code_url: "/account/security/code/sample".to_owned(),
                change_url: None,
                password_url: None,
                ..page
            };
            keep(pages, &format!("trouble-{name}"), &page)?;
        }
        Ok(())
    }
}
