//! How to sign in: addresses, what waits to change, and what links in notices lead to.

use keyhouse::account::changes::code::ChangeCodePage;
use keyhouse::account::changes::{ChangePage, ProofFault, Stage};
use keyhouse::account::code_entry::{CodeEntry, CodeFault};
use keyhouse::account::safeguards::Protection;
use keyhouse::account::security::add::AddPage;
use keyhouse::account::security::change::ChangeAddressPage;
use keyhouse::account::security::code::AddressCodePage;
use keyhouse::account::security::remove::{Hindrance, RemoveAddressPage};
use keyhouse::account::security::replace::ReplacePage;
use keyhouse::account::security::{OwnAddress, SecurityNote, SecurityPage, Waiting};
use keyhouse::account::strength::Next;
use keyhouse::signin::recycled::RecycledPage;
use keyhouse::signup::second::SecondPage;
use keyhouse::store::addresses::AddressKind;
use keyhouse::web::field::AddressFault;
use keyhouse::web::moment::Moment;

use chrono::TimeDelta;

use super::{Gallery, Rendered, keep, notes};

const PHONE: &str = "+43 660 555 4417";
const NEW_PHONE: &str = "+43 660 555 9120";
const MAIL: &str = "mina@lantern.example";

impl Gallery {
    /// A day from now.
    pub(super) fn day(&self, days: i64) -> Moment {
        Moment::day(self.now + TimeDelta::days(days), self.language)
    }

    fn entry(&self, error: Option<CodeFault>) -> CodeEntry {
        CodeEntry {
            channel: "sms",
            icon: "bubble",
            works_until: self.clock(10),
            next_code: Some(self.clock(1)),
            codes_left: 9,
            codes_a_day: 10,
            more_codes_from: self.clock(300),
            error,
        }
    }

    pub(super) fn security(&self, pages: &mut Rendered) -> Result<(), askama::Error> {
        let own = |kind, shown: &str, is_main, can_be_main| OwnAddress {
            key: format!("key-{shown}").replace(' ', ""),
            kind,
            shown: shown.to_owned(),
            is_main,
            can_be_main,
            can_go: true,
            since: self.day(-200),
        };
        let security = SecurityPage {
            page: self.page("/account/security"),
            protection: Protection {
                next: Some((Next::Change, "/account/changes/sample".to_owned())),
                ..self.protection()
            },
            addresses: vec![
                own(AddressKind::Phone, PHONE, true, false),
                own(AddressKind::Email, MAIL, false, false),
                own(AddressKind::Phone, NEW_PHONE, false, true),
            ],
            password: Some(self.day(-90)),
            two_step: Some(self.day(-30)),
            has_passkeys: true,
            passkeys: self.own_passkeys(),
            has_upstreams: true,
            links: self.links(),
            frozen_until: None,
            waiting: vec![Waiting { kind: "replacement", due: self.day(3), url: "/account/changes/sample".to_owned() }],
            note: Some(SecurityNote::Waits),
        };
        keep(pages, "security", &security)?;
        let alone = SecurityPage {
            protection: self.weak_protection(),
            addresses: vec![OwnAddress { can_go: false, ..own(AddressKind::Phone, PHONE, false, false) }],
            password: None,
            two_step: None,
            passkeys: Vec::new(),
            links: Vec::new(),
            frozen_until: Some(self.day(3)),
            waiting: Vec::new(),
            note: Some(SecurityNote::Taken),
            ..security
        };
        keep(pages, "security-alone", &alone)?;
        let changed = SecurityPage {
            password: Some(self.day(0)),
            passkeys: self.own_passkeys(),
            frozen_until: None,
            protection: self.strong_protection(),
            note: Some(SecurityNote::PasswordChanged),
            ..alone
        };
        keep(pages, "security-password-changed", &changed)?;
        self.security_forms(pages)
    }

    fn security_forms(&self, pages: &mut Rendered) -> Result<(), askama::Error> {
        let page = || self.page("/account/security");
        keep(pages, "security-add", &AddPage { page: page(), identifier: String::new(), error: None })?;
        let change = ChangeAddressPage {
            page: page(),
            key: "sample".to_owned(),
            kind: AddressKind::Phone,
            old: PHONE.to_owned(),
            hours: 72,
            identifier: "0660 555".to_owned(),
            error: Some(AddressFault::CountryMissing),
        };
        keep(pages, "security-change-fault", &change)?;
        let code = AddressCodePage {
            page: page(),
            attempt: "sample".to_owned(),
            kind: AddressKind::Phone,
            address: NEW_PHONE.to_owned(),
            entry: self.entry(None),
            back_url: "/account/security".to_owned(),
        };
        keep(pages, "security-code", &code)?;
        let wrong = Some(CodeFault::Wrong { tries_left: 3 });
        keep(pages, "security-code-wrong", &AddressCodePage { entry: self.entry(wrong), ..code })?;
        let replace = ReplacePage {
            page: page(),
            attempt: "sample".to_owned(),
            kind: AddressKind::Phone,
            old: PHONE.to_owned(),
            new: NEW_PHONE.to_owned(),
            is_enough: false,
            prove_url: "/signin/again".to_owned(),
            hours: 72,
        };
        keep(pages, "security-replace", &replace)?;
        keep(pages, "security-replace-enough", &ReplacePage { is_enough: true, ..replace })?;
        for (name, hindrance) in [
            ("security-remove", None),
            ("security-remove-last", Some(Hindrance::Last)),
            ("security-remove-more", Some(Hindrance::NotEnough)),
        ] {
            let remove = RemoveAddressPage {
                page: page(),
                key: "sample".to_owned(),
                kind: AddressKind::Email,
                shown: MAIL.to_owned(),
                hindrance,
                prove_url: "/signin/again".to_owned(),
                undo_hours: 72,
            };
            keep(pages, name, &remove)?;
        }
        Ok(())
    }

    pub(super) fn changes(&self, pages: &mut Rendered) -> Result<(), askama::Error> {
        let frozen = |recovery, error| Stage::Frozen {
            attempt: "sample".to_owned(),
            channels: vec!["email", "sms"],
            recovery,
            error,
        };
        let stages = [
            ("change-waits", Stage::Waits { kind: "replacement", due: self.day(3) }),
            ("change-recovery", Stage::Waits { kind: "recovery", due: self.day(3) }),
            ("change-recovery-open", Stage::Waits { kind: "open", due: self.day(7) }),
            ("change-moves", Stage::Waits { kind: "move", due: self.day(3) }),
            ("change-stopped", Stage::Stopped),
            ("change-happened", Stage::Happened { at: self.day(0), until: self.day(3) }),
            ("change-frozen", frozen(None, None)),
            ("change-frozen-wrong", frozen(Some(self.day(3)), Some(ProofFault::Wrong))),
        ];
        for (name, stage) in stages {
            let is_move = name == "change-moves";
            let change = ChangePage {
                page: self.page("/account/changes/sample"),
                token: "sample".to_owned(),
                old: Some("+43 ••• ••• 4417".to_owned()),
                new: (!is_move).then(|| "+43 ••• ••• 9120".to_owned()),
                stage,
            };
            keep(pages, name, &change)?;
        }
        let code = ChangeCodePage {
            page: self.page("/account/changes/sample/code"),
            token: "sample".to_owned(),
            attempt: "sample".to_owned(),
            entry: self.entry(None),
        };
        keep(pages, "change-code", &code)
    }

    pub(super) fn recycled(&self, pages: &mut Rendered) -> Result<(), askama::Error> {
        let recycled = RecycledPage {
            page: self.page("/signin/recycled"),
            app: None,
            attempt: "sample".to_owned(),
            continue_to: None,
            new_url: Some("/signup/details?attempt=sample".to_owned()),
            moves: None,
        };
        keep(pages, "recycled", &recycled)?;
        let waits = RecycledPage { app: Some(notes()), new_url: None, moves: Some(self.day(2)), ..recycled };
        keep(pages, "recycled-waits", &waits)?;
        let second = SecondPage {
            page: self.page("/signup/second"),
            app: Some(notes()),
            lacks: "email",
            identifier: String::new(),
            error: None,
            continue_to: None,
            skip_url: "/account".to_owned(),
        };
        keep(pages, "second", &second)?;
        let wrong = SecondPage {
            app: None,
            lacks: "phone",
            identifier: "mina@lantern,example".to_owned(),
            error: Some(AddressFault::Comma { meant: MAIL.to_owned() }),
            ..second
        };
        keep(pages, "second-fault", &wrong)
    }
}
