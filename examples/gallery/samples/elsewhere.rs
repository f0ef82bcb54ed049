//! Signing in by approving it on another device: on the one screen, and on the other.

use keyhouse::credentials::approval::Outcome;
use keyhouse::signin::answered::AnsweredPage;
use keyhouse::signin::approve::ApprovePage;
use keyhouse::signin::elsewhere::{ElsewherePage, Wait};
use keyhouse::web::device_name::DeviceKind;
use keyhouse::web::qr::Grid;

use super::{Gallery, Rendered, keep, mina, notes};

impl Gallery {
    pub(super) fn elsewhere(&self, pages: &mut Rendered) -> Result<(), askama::Error> {
        let waits = |app, wait| ElsewherePage {
            page: self.page("/signin/elsewhere"),
            app,
            wait,
            continue_to: Some("/account".to_owned()),
            other_url: "/signin".to_owned(),
        };
        let address = "https://account.lantern.example/signin/approve/sample-sample-sample-sample-sample-sample-s";
        let waiting = || Wait::Waiting {
            #[expect(clippy::expect_used, reason = "a sample")]
            picture: Grid::of(address).expect("it is short"),
            number: 47,
            until: self.clock(2),
            state_url: "/signin/elsewhere/state".to_owned(),
            again_url: "/signin/elsewhere".to_owned(),
        };
        keep(pages, "elsewhere", &waits(Some(notes()), waiting()))?;
        keep(pages, "elsewhere-alone", &waits(None, waiting()))?;
        let approved = Wait::Approved { person: mina(), request: "sample".to_owned() };
        keep(pages, "elsewhere-approved", &waits(Some(notes()), approved))?;
        keep(pages, "elsewhere-refused", &waits(None, Wait::Refused))?;
        keep(pages, "elsewhere-mistaken", &waits(None, Wait::Mistaken))?;
        keep(pages, "elsewhere-over", &waits(None, Wait::Over))?;
        let approve = |app, place: Option<&str>| ApprovePage {
            page: self.page("/signin/approve/sample"),
            person: mina(),
            not_you_url: "/signin/accounts".to_owned(),
            path: "/signin/approve/sample".to_owned(),
            asked: "sample".to_owned(),
            device: "Firefox on Windows".to_owned(),
            kind: DeviceKind::Laptop,
            place: place.map(str::to_owned),
            address: "203.0.113.9".to_owned(),
            since: self.clock(0),
            app,
            numbers: ["12", "47", "80"].map(str::to_owned).to_vec(),
        };
        keep(pages, "approve", &approve(Some(notes()), Some("Vienna, Austria")))?;
        keep(pages, "approve-alone", &approve(None, None))?;
        let answered = |outcome| AnsweredPage { page: self.page("/signin/approve/sample"), outcome };
        keep(pages, "answered-approved", &answered(Outcome::Approved))?;
        keep(pages, "answered-refused", &answered(Outcome::Refused))?;
        keep(pages, "answered-mistaken", &answered(Outcome::Mistaken))?;
        keep(pages, "answered-late", &answered(Outcome::TooLate))
    }
}
