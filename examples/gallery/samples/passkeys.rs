//! Passkeys: the list, making one, the offer, and what can go wrong.

use keyhouse::account::passkeys::add::{AddPasskeyPage, AddProblem};
use keyhouse::account::passkeys::list::{PasskeysNote, PasskeysPage};
use keyhouse::account::passkeys::offer::OfferPage;
use keyhouse::account::passkeys::remove::{RemovePasskeyPage, RemoveProblem};
use keyhouse::account::passkeys::rename::RenamePasskeyPage;
use keyhouse::account::passkeys::{ShownPasskey, Signal};
use keyhouse::account::security::OwnPasskey;
use keyhouse::signin::passkey::{PasskeyPage, PasskeyProblem, UnknownCredential};
use keyhouse::web::field::NameFault;
use keyhouse::web::moment::Moment;

use super::{Gallery, Rendered, keep, notes};

impl Gallery {
    fn passkey(&self, name: &str, copied: bool, hours: Option<i64>) -> ShownPasskey {
        ShownPasskey {
            key: "AAAAAAAAAAE".to_owned(),
            name: name.to_owned(),
            authenticator: (!copied).then_some("YubiKey"),
            copied,
            created: Moment::day(self.now, self.language),
            last_use: hours.map(|hours| self.ago(hours)),
            device: hours.map(|_| "Chrome on Android".to_owned()),
        }
    }

    /// Two passkeys, as pages about other things tell them apart.
    pub(super) fn own_passkeys(&self) -> Vec<OwnPasskey> {
        let long = self.either("The key on my key ring, with a name as long as names can be", "钥匙圈上的钥匙");
        vec![
            OwnPasskey { name: "Google Password Manager".to_owned(), created: self.day(-40) },
            OwnPasskey { name: long, created: self.day(-3) },
        ]
    }

    pub(super) fn passkeys(&self, pages: &mut Rendered) -> Result<(), askama::Error> {
        let signal = Signal {
            relying_party: "account.lantern.example".to_owned(),
            user_handle: "AAAAAAAAAAAAAAAAAAAAAA".to_owned(),
            accepted: "AQID BAUG".to_owned(),
            name: "mina@lantern.example".to_owned(),
            display_name: "Mina Farouk".to_owned(),
        };
        let list = PasskeysPage {
            page: self.page("/account/security/passkeys"),
            on: true,
            passkeys: vec![
                self.passkey("Google Password Manager", true, Some(3)),
                self.passkey(
                    &self.either("The key on my key ring, with a name as long as names can be", "钥匙圈上的钥匙"),
                    false,
                    None,
                ),
            ],
            room: true,
            note: Some(PasskeysNote::Added),
            signal: Some(signal),
        };
        keep(pages, "passkeys", &list)?;
        let none = PasskeysPage { passkeys: Vec::new(), note: None, ..list };
        keep(pages, "passkeys-none", &none)?;
        keep(pages, "passkeys-off", &PasskeysPage { on: false, signal: None, ..none })?;
        let add =
            AddPasskeyPage { page: self.page("/account/security/passkeys/add"), continue_to: None, problem: None };
        keep(pages, "passkey-add", &add)?;
        let add =
            AddPasskeyPage { problem: Some(AddProblem::NotVerified), continue_to: Some("/account".to_owned()), ..add };
        keep(pages, "passkey-add-problem", &add)?;
        keep(pages, "passkey-add-frozen", &AddPasskeyPage { problem: Some(AddProblem::Frozen), ..add })?;
        let offer = OfferPage {
            page: self.page("/account/security/passkeys/offer"),
            app: Some(notes()),
            continue_to: Some("/account".to_owned()),
            not_now: "/account".to_owned(),
        };
        keep(pages, "passkey-offer", &offer)?;
        keep(pages, "passkey-offer-alone", &OfferPage { app: None, ..offer })?;
        self.one_passkey(pages)
    }

    fn one_passkey(&self, pages: &mut Rendered) -> Result<(), askama::Error> {
        let rename = RenamePasskeyPage {
            page: self.page("/account/security/passkeys/AAAAAAAAAAE/rename"),
            key: "AAAAAAAAAAE".to_owned(),
            name: "Google Password Manager".to_owned(),
            error: None,
        };
        keep(pages, "passkey-rename", &rename)?;
        let rename = RenamePasskeyPage { name: String::new(), error: Some(NameFault::Missing), ..rename };
        keep(pages, "passkey-rename-fault", &rename)?;
        let remove = RemovePasskeyPage {
            page: self.page("/account/security/passkeys/AAAAAAAAAAE/remove"),
            key: "AAAAAAAAAAE".to_owned(),
            name: "Google Password Manager".to_owned(),
            problem: None,
            hours: 72,
            prove_url: "/signin/again".to_owned(),
        };
        keep(pages, "passkey-remove", &remove)?;
        let remove = RemovePasskeyPage { problem: Some(RemoveProblem::TooLittle), ..remove };
        keep(pages, "passkey-remove-too-little", &remove)?;
        keep(pages, "passkey-remove-last", &RemovePasskeyPage { problem: Some(RemoveProblem::Last), ..remove })?;
        let failed = PasskeyPage {
            page: self.page("/signin/passkey"),
            app: Some(notes()),
            problem: PasskeyProblem::Unknown,
            continue_to: Some("/account".to_owned()),
            again: false,
            attempt: None,
            other_url: "/signin".to_owned(),
            unknown: Some(UnknownCredential {
                relying_party: "account.lantern.example".to_owned(),
                credential_id: "AQID".to_owned(),
            }),
        };
        keep(pages, "passkey-unknown", &failed)?;
        let failed = PasskeyPage { app: None, problem: PasskeyProblem::NotVerified, unknown: None, ..failed };
        keep(pages, "passkey-not-verified", &failed)?;
        keep(pages, "passkey-copied", &PasskeyPage { problem: PasskeyProblem::Copied, again: true, ..failed })
    }
}
