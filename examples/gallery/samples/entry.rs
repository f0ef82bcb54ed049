//! Sign-in, codes and sign-up.

use keyhouse::signin::code::{Channel, CodeFault, CodePage, Destination};
use keyhouse::signin::identifier::IdentifierPage;
use keyhouse::signin::password::{PasswordFault, PasswordPage};
use keyhouse::signup::TermsFault;
use keyhouse::signup::details::{DetailsPage, ProvedKind};
use keyhouse::signup::start::StartPage;
use keyhouse::web::door::AppDoor;
use keyhouse::web::field::{AddressFault, NameFault, NewPasswordFault};
use keyhouse::web::moment::Moment;

use chrono::TimeDelta;

use super::{Gallery, Rendered, keep, notes, unchecked, upstream};

impl Gallery {
    pub(super) fn sign_in(&self, pages: &mut Rendered) -> Result<(), askama::Error> {
        let identifier = |app, identifier: &str, error| IdentifierPage {
            page: self.page("/signin"),
            app,
            identifier: identifier.to_owned(),
            error,
            continue_to: Some("/oauth/authorize/resume/1".to_owned()),
            passkeys: true,
            upstreams: Vec::new(),
            by_other_device: true,
            signup_url: "/signup".to_owned(),
        };
        keep(pages, "signin", &identifier(Some(notes()), "", None))?;
        let alone = identifier(None, "", None);
        keep(pages, "signin-alone", &alone)?;
        keep(pages, "signin-upstream", &IdentifierPage { upstreams: upstream::offers(), app: Some(notes()), ..alone })?;
        keep(pages, "signin-unchecked", &identifier(Some(unchecked()), "mina", Some(AddressFault::NotUnderstood)))?;
        let letter = AppDoor { logo_url: None, ..notes() };
        keep(pages, "signin-letter", &identifier(Some(letter), "", Some(AddressFault::Missing)))?;
        let password = |error| PasswordPage {
            page: self.page("/signin"),
            app: Some(notes()),
            identifier: "+43 660 555 4417".to_owned(),
            attempt: "sample".to_owned(),
            passkeys: true,
            continue_to: Some("/account".to_owned()),
            change_url: "/signin".to_owned(),
            error,
            forgot_url: "/signin/forgot".to_owned(),
            recovery_url: "/signin/recovery".to_owned(),
            second: None,
        };
        keep(pages, "password", &password(None))?;
        keep(pages, "password-error", &password(Some(PasswordFault::Wrong)))?;
        keep(pages, "password-many", &password(Some(PasswordFault::TooMany { again: self.clock(15) })))
    }

    pub(super) fn code(&self, pages: &mut Rendered) -> Result<(), askama::Error> {
        let typed = |address: &str, channel| Destination::Typed { address: address.to_owned(), channel };
        let page = CodePage {
            page: self.page("/signin"),
            app: Some(notes()),
            attempt: "sample".to_owned(),
            enter_url: "/signin/code",
            send_url: "/signin/code/send",
            destination: typed("+43 660 555 4417", Channel::Sms),
            channel: Channel::Sms,
            change_url: "/signin".to_owned(),
            works_until: self.clock(10),
            next_code: Some(self.clock(9)),
            codes_left: 9,
            codes_a_day: 10,
            more_codes_from: self.clock(200),
            other_channel: Some(Channel::Email),
            password_url: Some("/signin/password".to_owned()),
            trouble_url: "/signin/code/trouble".to_owned(),
            recovery_url: Some("/signin/recovery".to_owned()),
            second: None,
            passkeys: true,
            error: None,
        };
        keep(pages, "code", &page)?;
        let page = CodePage { error: Some(CodeFault::Wrong { tries_left: 3 }), next_code: None, ..page };
        keep(pages, "code-error", &page)?;
        let page = CodePage { error: None, codes_left: 0, ..page };
        keep(pages, "code-none-left", &page)?;
        let page = CodePage {
            destination: Destination::OfAccountId,
            codes_left: 1,
            error: Some(CodeFault::TooSoon { next: self.clock(1), last_works: true }),
            ..page
        };
        keep(pages, "code-account-id", &page)?;
        let long = "a-rather-long-name.with-parts@an-even-longer-host-name.department.lantern.example";
        let page = CodePage {
            destination: typed(long, Channel::Email),
            app: None,
            codes_left: 0,
            other_channel: None,
            password_url: None,
            error: Some(CodeFault::Wrong { tries_left: 0 }),
            ..page
        };
        keep(pages, "code-long", &page)
    }

    pub(super) fn sign_up(&self, pages: &mut Rendered) -> Result<(), askama::Error> {
        let comma = AddressFault::Comma { meant: "mina@lantern.example".to_owned() };
        let start = StartPage {
            page: self.page("/signup"),
            app: Some(notes()),
            name: "Mina Farouk".to_owned(),
            name_error: None,
            identifier: "mina@lantern,example".to_owned(),
            identifier_error: Some(comma),
            terms_ticked: false,
            terms_error: None,
            continue_to: None,
            upstreams: upstream::offers(),
            signin_url: "/signin".to_owned(),
        };
        keep(pages, "signup", &start)?;
        let start = StartPage {
            app: None,
            name: String::new(),
            name_error: Some(NameFault::Missing),
            terms_error: Some(TermsFault),
            ..start
        };
        keep(pages, "signup-faults", &start)?;
        let details = DetailsPage {
            page: self.page("/signup"),
            app: Some(notes()),
            attempt: "sample".to_owned(),
            proved_address: "+43 660 555 4417".to_owned(),
            proved_kind: ProvedKind::Phone,
            name: "Mina Farouk".to_owned(),
            least: 8,
            name_error: None,
            password_error: None,
            asks_terms: false,
            terms_error: None,
            moves: None,
        };
        keep(pages, "details", &details)?;
        let details = DetailsPage {
            proved_address: "mina@lantern.example".to_owned(),
            proved_kind: ProvedKind::Email,
            password_error: Some(NewPasswordFault::TooShort { least: 8 }),
            asks_terms: true,
            terms_error: Some(TermsFault),
            ..details
        };
        keep(pages, "details-faults", &details)?;
        let details = DetailsPage {
            password_error: None,
            asks_terms: false,
            terms_error: None,
            moves: Some(Moment::day(self.now + TimeDelta::days(3), self.language)),
            ..details
        };
        keep(pages, "details-recycled", &details)
    }
}
