//! Passwords: set, changed, removed, forgotten; and getting back into an account.

use keyhouse::account::security::OwnPasskey;
use keyhouse::account::security::password::{Bar, PasswordPage};
use keyhouse::account::security::remove_password::RemovePasswordPage;
use keyhouse::credentials::assurance::Why;
use keyhouse::signin::code::Channel;
use keyhouse::signin::forgot::ForgotPage;
use keyhouse::signin::recovery::follows::{FollowsPage, Stand};
use keyhouse::signin::recovery::password::{NewPasswordPage, OtherKey};
use keyhouse::signin::recovery::start::StartPage;
use keyhouse::store::addresses::AddressKind;
use keyhouse::web::field::{Guess, NewPasswordFault};

use super::{Gallery, Rendered, keep, notes};

impl Gallery {
    pub(super) fn passwords(&self, pages: &mut Rendered) -> Result<(), askama::Error> {
        let page = PasswordPage {
            page: self.page("/account/security/password"),
            identifier: "4821 0937 5526".to_owned(),
            changed: Some(self.day(-200)),
            can_go: true,
            bar: None,
            prove_url: "/signin/again".to_owned(),
            passkeys: self.own_passkeys(),
            least: 8,
            error: None,
        };
        keep(pages, "own-password", &page)?;
        let guessed = Some(NewPasswordFault::Guessable(Guess::Own));
        let page = PasswordPage { changed: None, passkeys: Vec::new(), error: guessed, ..page };
        keep(pages, "own-password-set", &page)?;
        let page = PasswordPage { changed: Some(self.day(-200)), error: None, bar: Some(Bar::NotEnough), ..page };
        keep(pages, "own-password-more", &page)?;
        let page = PasswordPage { bar: Some(Bar::Frozen(self.day(2))), ..page };
        keep(pages, "own-password-frozen", &page)?;
        let remove = RemovePasswordPage {
            page: self.page("/account/security/password/remove"),
            left: vec!["+43 ••• ••• 4417".to_owned(), "m•••@lantern.example".to_owned()],
            passkeys: true,
            bar: None,
            prove_url: "/signin/again".to_owned(),
        };
        keep(pages, "own-password-remove", &remove)?;
        let remove = RemovePasswordPage { bar: Some(Bar::NotEnough), ..remove };
        keep(pages, "own-password-remove-more", &remove)?;
        let remove = RemovePasswordPage { bar: Some(Bar::Frozen(self.day(2))), ..remove };
        keep(pages, "own-password-remove-frozen", &remove)?;
        keep(pages, "own-password-remove-last", &RemovePasswordPage { left: Vec::new(), passkeys: false, ..remove })
    }

    pub(super) fn recovery(&self, pages: &mut Rendered) -> Result<(), askama::Error> {
        let forgot = ForgotPage {
            page: self.page("/signin/forgot"),
            app: Some(notes()),
            identifier: "+43 660 555 4417".to_owned(),
            attempt: "sample".to_owned(),
            change_url: "/signin".to_owned(),
            channels: vec![Channel::Sms, Channel::Email],
            recovery_url: "/signin/recovery".to_owned(),
        };
        keep(pages, "forgot", &forgot)?;
        let start = StartPage {
            page: self.page("/signin/recovery"),
            app: None,
            identifier: "+43 660 555 4417".to_owned(),
            attempt: "sample".to_owned(),
            change_url: "/signin".to_owned(),
            by_mail: true,
            by_sms: true,
            password_url: "/signin/password".to_owned(),
            signup_url: "/signup".to_owned(),
            hours: 72,
            days: 7,
        };
        keep(pages, "recovery", &start)?;
        let new = NewPasswordPage {
            page: self.page("/signin/recovery/password"),
            app: Some(notes()),
            attempt: "sample".to_owned(),
            address: "mina@lantern.example".to_owned(),
            passkeys: Vec::new(),
            least: 8,
            error: None,
        };
        keep(pages, "recovery-password", &new)?;
        let other = |place: usize, may_go: bool, own: OwnPasskey| OtherKey {
            key: format!("key-{place}"),
            name: own.name,
            created: own.created,
            may_go,
            ticked: place == 1,
        };
        let others = self.own_passkeys().into_iter().zip([(1, true), (2, false)]);
        let others = others.map(|(own, (place, may_go))| other(place, may_go, own)).collect();
        let new = NewPasswordPage { passkeys: others, ..new };
        keep(pages, "recovery-password-passkeys", &new)?;
        keep(pages, "recovery-password-fault", &NewPasswordPage { error: Some(NewPasswordFault::Breached), ..new })?;
        let wait = |why, by_mail| Stand::MayWait { why, hours: 72, by_mail };
        for (name, kind, stand) in [
            ("unknown", AddressKind::Email, Stand::NoAccount),
            ("frozen", AddressKind::Email, Stand::Frozen(self.day(2))),
            ("stronger", AddressKind::Phone, wait(Why::Email, true)),
            ("passkey", AddressKind::Phone, wait(Why::Passkey, false)),
            ("second", AddressKind::Email, wait(Why::SecondStep, false)),
            ("dormant", AddressKind::Phone, wait(Why::Dormant, false)),
            ("waits", AddressKind::Phone, Stand::Waits(self.day(3), self.clock(0))),
            ("never", AddressKind::Phone, Stand::Never),
        ] {
            let address = match kind {
                AddressKind::Phone => "+43 660 555 4417",
                AddressKind::Email => "mina@lantern.example",
            };
            let page = FollowsPage {
                page: self.page("/signin/recovery/password"),
                app: None,
                attempt: "sample".to_owned(),
                address: address.to_owned(),
                kind,
                stand,
                days: 7,
                second_url: "/signin/second".to_owned(),
                signin_url: "/signin".to_owned(),
                signup_url: "/signup".to_owned(),
            };
            keep(pages, &format!("recovery-{name}"), &page)?;
        }
        Ok(())
    }
}
