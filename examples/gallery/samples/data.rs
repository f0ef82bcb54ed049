//! The person's data, and the end of the account.

use keyhouse::account::data::{CopyState, DataNote, DataPage};
use keyhouse::account::delete::{DeletePage, UsedApp};
use keyhouse::account::deleted::DeletedPage;
use keyhouse::clock::Timestamp;
use keyhouse::notice::NoticeMessage;
use keyhouse::signin::keep::KeepPage;
use keyhouse::store::erasure_receipts::ReceiptState;
use keyhouse::store::notices::{AppAnswer, Notice, NoticeKind};
use keyhouse::web::moment::Moment;

use super::{Gallery, Rendered, brand, brightfold, few, keep, mina, notes};

impl Gallery {
    fn in_days(&self, days: i64) -> Moment {
        let now = Timestamp::from_millis(self.now.timestamp_millis());
        let later = Timestamp::from_millis(now.millis() + days * 86_400_000);
        self.page("/account").full(later)
    }

    pub(super) fn data(&self, pages: &mut Rendered) -> Result<(), askama::Error> {
        let page = |copy, next, note| DataPage { page: self.page("/account/data"), copy, next, note };
        keep(pages, "data", &page(CopyState::None, None, None))?;
        let making = CopyState::Making { since: self.clock(0) };
        keep(pages, "data-making", &page(making, None, Some(DataNote::Asked)))?;
        let ready = CopyState::Ready { made: self.in_days(0), until: self.in_days(7), size: "84 KB".to_owned() };
        keep(pages, "data-ready", &page(ready.clone(), Some(self.clock(40)), None))?;
        keep(pages, "data-ready-old", &page(ready, None, Some(DataNote::TooSoon)))
    }

    pub(super) fn deletion(&self, pages: &mut Rendered) -> Result<(), askama::Error> {
        let used = |door, is_told| UsedApp { door, is_told };
        let mut apps: Vec<UsedApp> = few().into_iter().map(|door| used(door, true)).collect();
        apps.push(used(brightfold(), false));
        let page = |until, typed: &str, is_wrong, is_unticked| DeletePage {
            page: self.page("/account/delete"),
            account_id: "4821 0937 5526".to_owned(),
            apps: apps.clone(),
            until,
            frozen: None,
            told_at: "m•••@lantern.example".to_owned(),
            typed: typed.to_owned(),
            is_wrong,
            is_unticked,
        };
        keep(pages, "delete", &page(Some(self.in_days(7)), "", false, false))?;
        keep(pages, "delete-faults", &page(Some(self.in_days(7)), "4821", true, true))?;
        keep(pages, "delete-unticked", &page(None, "4821 0937 5526", false, true))?;
        let frozen = DeletePage { apps: Vec::new(), frozen: Some(self.in_days(3)), ..page(None, "", false, false) };
        keep(pages, "delete-frozen", &frozen)?;
        let waits = DeletedPage { page: self.page("/signin"), until: Some(self.in_days(7)) };
        keep(pages, "deleted-waiting", &waits)?;
        keep(pages, "deleted", &DeletedPage { until: None, ..waits })?;
        let stay = KeepPage {
            page: self.page("/signin/keep"),
            app: Some(notes()),
            person: mina(),
            attempt: "sample".to_owned(),
            until: Some(self.in_days(5)),
            leave_url: "/signin".to_owned(),
        };
        keep(pages, "keep", &stay)?;
        self.farewell(pages)
    }

    fn farewell(&self, pages: &mut Rendered) -> Result<(), askama::Error> {
        let at = Timestamp::from_millis(self.now.timestamp_millis());
        let answer = |app: &str, state: ReceiptState, at| AppAnswer {
            app: app.to_owned(),
            state: state.as_str().to_owned(),
            at,
        };
        let mut notice = Notice::of(NoticeKind::Deleted);
        notice.answers = vec![
            answer("Notes", ReceiptState::Confirmed, Some(at.millis())),
            answer("Cloud", ReceiptState::Asked, None),
            answer("Commons", ReceiptState::Refused, Some(at.millis())),
            answer("Brightfold", ReceiptState::Untold, None),
        ];
        let brand = brand();
        let message = NoticeMessage {
            brand: &brand,
            language: self.language,
            notice: &notice,
            link: None,
            at,
            to: "mina@lantern.example",
        };
        pages.push(("mail-farewell".to_owned(), message.html()?));
        Ok(())
    }
}
