//! Codes that do not go by text message.

use keyhouse::signin::code::{Channel, Destination};
use keyhouse::signin::held::{Held, HeldPage};

use super::{Gallery, Rendered, keep, notes};

impl Gallery {
    pub(super) fn held(&self, pages: &mut Rendered) -> Result<(), askama::Error> {
        let page = HeldPage {
            page: self.page("/signin/code/held"),
            app: Some(notes()),
            attempt: "sample".to_owned(),
            destination: Destination::Typed { address: "+43 660 555 4417".to_owned(), channel: Channel::Sms },
            // So hard that the picture is taken before it is done.
            held: Held::Prove { challenge: "A".repeat(76), bits: 32 },
            send_url: "/signin/code/send".to_owned(),
            other_channel: Some(Channel::Email),
            change_url: Some("/signin".to_owned()),
            leave_url: None,
            code_url: None,
            password_url: Some("/signin/password".to_owned()),
        };
        keep(pages, "held-proof", &page)?;
        let page =
            HeldPage { held: Held::Wait { until: self.clock(40) }, code_url: Some("/signin/code".into()), ..page };
        keep(pages, "held-wait", &page)?;
        let page = HeldPage { held: Held::Free, code_url: None, ..page };
        keep(pages, "held-free", &page)?;
        let page = HeldPage { held: Held::Country, other_channel: None, password_url: None, app: None, ..page };
        keep(pages, "held-country", &page)?;
        let page =
            HeldPage { held: Held::NoMobile, change_url: None, leave_url: Some("/account/security".into()), ..page };
        keep(pages, "held-no-mobile", &page)
    }
}
