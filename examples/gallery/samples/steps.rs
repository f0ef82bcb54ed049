//! The second step: at sign-in, and in the account.

use keyhouse::account::new_recovery_codes::NewRecoveryCodesPage;
use keyhouse::account::recovery_codes::RecoveryCodesPage;
use keyhouse::account::remove_totp::RemoveTotpPage;
use keyhouse::account::totp::TotpPage;
use keyhouse::account::two_step::{TwoStepNote, TwoStepPage};
use keyhouse::account::two_step_off::TwoStepOffPage;
use keyhouse::signin::code::{Channel, CodePage, Destination};
use keyhouse::signin::enrol::EnrolPage;
use keyhouse::signin::enrolled::EnrolledPage;
use keyhouse::signin::password::PasswordPage;
use keyhouse::signin::recovery_code::RecoveryCodePage;
use keyhouse::signin::second::{SecondFault, SecondPage, SecondStep, Way};
use keyhouse::web::qr::Grid;
use keyhouse::web::shared_secret::{CodeFault, SharedSecret};

use super::{Gallery, Rendered, keep, notes};

const TYPED: &str = "+43 660 555 4417";

/// A secret that belongs to nobody.
fn secret() -> SharedSecret {
    let address =
        "otpauth://totp/Keyhouse:mina%40lantern.example?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Keyhouse";
    SharedSecret {
        sealed: "sample".to_owned(),
        key: "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ".to_owned(),
        #[expect(clippy::expect_used, reason = "a sample")]
        picture: Grid::of(address).expect("it is short"),
    }
}

fn codes() -> Vec<String> {
    let first = ["BCDF", "GHJK", "LMNP", "QRST", "VWXZ", "ZXWV", "TSRQ", "PNML", "KJHG", "FDCB"];
    first.iter().map(|group| format!("{group}-VWXZ-BCDF-GHJK")).collect()
}

impl Gallery {
    pub(super) fn second_step(&self, pages: &mut Rendered) -> Result<(), askama::Error> {
        let text =
            Way::Code {
                channel: "sms", icon: "bubble", key: "again-code-sms", address: "+43 ••• ••• 4417".to_owned()
            };
        let link = |icon, key| Way::Page { url: "/signin/recovery-code".to_owned(), icon, key };
        let second = |takes_code, others, error| SecondPage {
            page: self.page("/signin/second"),
            app: Some(notes()),
            identifier: TYPED.to_owned(),
            change_url: "/signin".to_owned(),
            attempt: "sample".to_owned(),
            takes_code,
            takes_passkey: false,
            others,
            remember_days: Some(30),
            recovery_url: Some("/signin/recovery".to_owned()),
            error,
        };
        let recovery = || vec![link("document", "step-use-recovery")];
        keep(pages, "step", &second(true, recovery(), None))?;
        keep(pages, "step-error", &second(true, recovery(), Some(SecondFault::Wrong)))?;
        let many = SecondFault::TooMany { again: self.clock(15) };
        keep(pages, "step-many", &second(true, recovery(), Some(many)))?;
        keep(pages, "step-others", &second(false, vec![text, link("lock", "step-use-password")], None))?;
        keep(pages, "step-passkey", &SecondPage { takes_passkey: true, ..second(true, recovery(), None) })?;
        keep(pages, "step-none", &second(false, Vec::new(), None))?;
        let recovery_code = |error| RecoveryCodePage {
            page: self.page("/signin/recovery-code"),
            app: Some(notes()),
            attempt: "sample".to_owned(),
            others_url: "/signin/second".to_owned(),
            error,
        };
        keep(pages, "recovery-code", &recovery_code(None))?;
        keep(pages, "recovery-code-error", &recovery_code(Some(SecondFault::Wrong)))?;
        self.second_by_others(pages)?;
        let enrol = |error| EnrolPage {
            page: self.page("/signin/enrol"),
            app: Some(notes()),
            identifier: TYPED.to_owned(),
            change_url: "/signin".to_owned(),
            attempt: "sample".to_owned(),
            secret: secret(),
            error,
        };
        keep(pages, "enrol", &enrol(None))?;
        keep(pages, "enrol-error", &enrol(Some(CodeFault::Wrong)))?;
        let enrolled = EnrolledPage {
            page: self.page("/signin"),
            app: Some(notes()),
            codes: codes(),
            continue_to: "/account".to_owned(),
        };
        keep(pages, "enrolled", &enrolled)
    }

    /// The pages of the first step, where they are the second.
    fn second_by_others(&self, pages: &mut Rendered) -> Result<(), askama::Error> {
        let others = || Some(SecondStep { others_url: "/signin/second".to_owned(), remember_days: Some(30) });
        let password = PasswordPage {
            page: self.page("/signin/password"),
            app: None,
            identifier: TYPED.to_owned(),
            attempt: "sample".to_owned(),
            change_url: "/signin".to_owned(),
            error: None,
            forgot_url: "/signin/forgot".to_owned(),
            recovery_url: "/signin/recovery".to_owned(),
            continue_to: None,
            passkeys: false,
            second: others(),
        };
        keep(pages, "password-second", &password)?;
        let code = CodePage {
            page: self.page("/signin/code"),
            app: None,
            attempt: "sample".to_owned(),
            enter_url: "/signin/code",
            send_url: "/signin/code/send",
            destination: Destination::OfAccountId,
            channel: Channel::Sms,
            change_url: "/signin".to_owned(),
            works_until: self.clock(10),
            next_code: Some(self.clock(1)),
            codes_left: 9,
            codes_a_day: 10,
            more_codes_from: self.clock(200),
            other_channel: None,
            passkeys: false,
            password_url: None,
            trouble_url: "/signin/code/trouble".to_owned(),
            recovery_url: None,
            second: others(),
            error: None,
        };
        keep(pages, "code-second", &code)
    }

    pub(super) fn two_step(&self, pages: &mut Rendered) -> Result<(), askama::Error> {
        let page = TwoStepPage {
            page: self.page("/account/security/two-step"),
            on_since: None,
            required: false,
            app_since: None,
            codes_left: 0,
            remembered: 0,
            note: None,
        };
        keep(pages, "two-step-none", &page)?;
        let day = Some(self.ago(24 * 40));
        let page = TwoStepPage { app_since: day.clone(), codes_left: 10, note: Some(TwoStepNote::Off), ..page };
        keep(pages, "two-step-off", &page)?;
        let page = TwoStepPage { on_since: day, codes_left: 1, remembered: 2, note: Some(TwoStepNote::On), ..page };
        keep(pages, "two-step-on", &page)?;
        keep(pages, "two-step-required", &TwoStepPage { required: true, note: None, ..page })?;
        keep(pages, "two-step-turn-off", &TwoStepOffPage { page: self.page("/account/security/two-step/off") })?;
        let totp = |error| TotpPage { page: self.page("/account/security/totp"), secret: secret(), error };
        keep(pages, "totp", &totp(None))?;
        keep(pages, "totp-error", &totp(Some(CodeFault::Missing)))?;
        keep(pages, "totp-remove", &RemoveTotpPage { page: self.page("/account/security/totp/remove") })?;
        let asked = |left| RecoveryCodesPage { page: self.page("/account/security/recovery-codes"), left };
        keep(pages, "recovery-codes", &asked(7))?;
        let shown = |app_added| NewRecoveryCodesPage {
            page: self.page("/account/security/recovery-codes"),
            codes: codes(),
            app_added,
        };
        keep(pages, "recovery-codes-new", &shown(true))
    }
}
