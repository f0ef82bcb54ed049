//! What keeps an account safe, as a key that has a tooth for each safeguard, with the word for how strong that makes it and the
//! one next step: the head of the home and of the security page.

use super::strength::{Facts, Next, Strength};
use crate::app::AppState;
use crate::change::ways_in;
use crate::clock::Timestamp;
use crate::credentials::one_time_code::reaches;
use crate::credentials::passkey::is_on;
use crate::store::accounts::Account;
use crate::store::addresses::{self, Address, AddressKind};
use crate::store::changes::{self, Change, ChangeKind};
use crate::store::one_time_codes::Channel;
use crate::store::passkeys::{self, Passkey};
use crate::store::{Connection, StoreError, passwords, recovery_codes};
use crate::web::page::Page;
use crate::web::person;
use crate::web::urls;

/// A safeguard: one tooth of the key.
#[derive(Clone, Debug)]
pub struct Safeguard {
    /// Which one.
    pub kind: SafeguardKind,
    /// Whether it is set up.
    pub on: bool,
    /// What is known of it: when the password was changed, the masked address. Already in the page's language.
    pub detail: Option<String>,
}

/// The safeguards there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SafeguardKind {
    /// A password.
    Password,
    /// A phone number that takes codes.
    Phone,
    /// An e-mail address that takes codes.
    Email,
    /// A passkey.
    Passkey,
    /// A second step at sign-in.
    TwoStep,
}

impl SafeguardKind {
    /// Its icon.
    pub const fn icon(self) -> &'static str {
        match self {
            Self::Password => "lock",
            Self::Phone => "phone",
            Self::Email => "envelope",
            Self::Passkey => "passkey",
            Self::TwoStep => "shield",
        }
    }

    /// The page that sets it up or changes it, where it has one of its own.
    pub const fn url(self) -> Option<&'static str> {
        match self {
            Self::Password | Self::Phone | Self::Email => None,
            Self::Passkey => Some(urls::PASSKEYS),
            Self::TwoStep => Some(urls::TWO_STEP),
        }
    }

    /// The message of its name.
    pub const fn name_key(self) -> &'static str {
        match self {
            Self::Password => "safeguard-password",
            Self::Phone => "safeguard-phone",
            Self::Email => "safeguard-email",
            Self::Passkey => "safeguard-passkey",
            Self::TwoStep => "two-step-title",
        }
    }

    /// What is said of it while it is missing.
    pub const fn missing_key(self) -> &'static str {
        match self {
            Self::Password => "safeguard-password-missing",
            Self::Phone => "safeguard-phone-missing",
            Self::Email => "safeguard-email-missing",
            Self::Passkey => "safeguard-passkey-missing",
            Self::TwoStep => "safeguard-two-step-missing",
        }
    }
}

/// One tooth of the drawn key, in the drawing's units.
pub struct Tooth {
    /// Where it is.
    pub x: u16,
    /// How far it goes down.
    pub height: u16,
    /// Whether it is cut.
    pub on: bool,
}

/// The head of the page.
#[derive(Clone, Debug)]
pub struct Protection {
    /// The safeguards, in the order of the key's teeth; at most five fit.
    pub safeguards: Vec<Safeguard>,
    /// What they come to.
    pub strength: Strength,
    /// The one next step, and where it is taken.
    pub next: Option<(Next, String)>,
}

impl Protection {
    /// How many safeguards are set up.
    pub fn set_up(&self) -> u32 {
        self.safeguards.iter().map(|safeguard| u32::from(safeguard.on)).sum()
    }

    /// How many there are.
    pub fn all(&self) -> u32 {
        self.safeguards.iter().map(|_| 1).sum()
    }

    /// The teeth: first those that are cut, then those that are missing, at the tip.
    pub fn teeth(&self) -> Vec<Tooth> {
        let (cut, missing): (Vec<_>, Vec<_>) = self.safeguards.iter().partition(|safeguard| safeguard.on);
        // From the bow to the tip, right-aligned to the tip, so that three teeth look as whole as five.
        let first = 5_usize.saturating_sub(self.safeguards.len());
        let places = [(99, 24), (132, 20), (165, 32), (198, 15), (231, 26)];
        places
            .into_iter()
            .skip(first)
            .zip(cut.into_iter().chain(missing))
            .map(|((x, height), safeguard)| Tooth { x, height, on: safeguard.on })
            .collect()
    }
}

/// What an account can be signed in to with, and what waits to change in it.
#[derive(Clone, Debug)]
pub(super) struct Own {
    pub(super) addresses: Vec<Address>,
    pub(super) password_changed_at: Option<Timestamp>,
    password_is_stolen: bool,
    pub(super) passkeys: Vec<Passkey>,
    pub(super) changes: Vec<Change>,
    two_step_at: Option<Timestamp>,
    recovery_codes: i64,
}

/// Reads it.
pub(super) fn find(connection: &mut Connection, account: &Account, now: Timestamp) -> Result<Own, StoreError> {
    let password = passwords::standing(connection, account.id)?;
    Ok(Own {
        addresses: addresses::of_account(connection, account.id)?,
        password_changed_at: password.map(|(changed_at, _)| changed_at),
        password_is_stolen: password.is_some_and(|(_, is_stolen)| is_stolen),
        passkeys: passkeys::of_account(connection, account.id)?,
        changes: changes::of_account(connection, account.id, now)?,
        two_step_at: account.two_step_at,
        recovery_codes: match account.two_step_at {
            Some(_) => recovery_codes::left(connection, account.id)?,
            None => 0,
        },
    })
}

impl Own {
    /// The ways in.
    pub(super) fn ways(&self, app: &AppState) -> Vec<ways_in::Way> {
        ways_in::among(app, self.password_changed_at.is_some(), &self.addresses, &self.passkeys)
    }

    /// The head of the page.
    pub(super) fn protection(&self, app: &AppState, page: &Page) -> Protection {
        let facts = self.facts(app);
        Protection {
            safeguards: self.safeguards(&facts, page),
            strength: Strength::of(&facts),
            next: Next::of(&facts).map(|next| (next, self.url(app, next))),
        }
    }

    fn facts(&self, app: &AppState) -> Facts {
        let missing = [(AddressKind::Phone, Channel::Sms), (AddressKind::Email, Channel::Email)]
            .into_iter()
            .find(|(kind, channel)| self.addresses.iter().all(|own| own.kind != *kind) && reaches(app, *channel));
        Facts {
            ways: self.ways(app).len(),
            has_password: self.password_changed_at.is_some(),
            password_is_stolen: self.password_is_stolen,
            has_passkey: !self.passkeys.is_empty() && is_on(app),
            can_have_passkeys: is_on(app),
            has_two_steps: self.two_step_at.is_some(),
            recovery_codes: self.recovery_codes,
            missing_address: missing.map(|(kind, _)| kind),
            change_waits: self.waiting().is_some(),
            is_frozen: self.changes.iter().any(|change| change.kind == ChangeKind::Freeze),
        }
    }

    /// A change that takes an address away or gives access to somebody, unless it is stopped.
    fn waiting(&self) -> Option<&Change> {
        self.changes.iter().find(|change| matches!(change.kind, ChangeKind::Replacement | ChangeKind::Recovery))
    }

    fn url(&self, app: &AppState, next: Next) -> String {
        match (next, self.waiting()) {
            (Next::Change, Some(change)) => urls::change(&app.derived.change_token(urls::CHANGE, change.id)),
            (Next::Change, None) => urls::SECURITY.to_owned(),
            (Next::Phone | Next::Email, _) => urls::ADD_ADDRESS.to_owned(),
            (Next::Password | Next::StolenPassword, _) => urls::PASSWORD.to_owned(),
            (Next::Passkey, _) => urls::ADD_PASSKEY.to_owned(),
            (Next::TwoSteps, _) => urls::TWO_STEP.to_owned(),
            (Next::RecoveryCodes, _) => urls::RECOVERY_CODES.to_owned(),
        }
    }

    /// From the first tooth of the key to the last; passkeys only where there are such, and no missing password where there is a
    /// passkey: it would make the account no safer.
    fn safeguards(&self, facts: &Facts, page: &Page) -> Vec<Safeguard> {
        let on_day = |key, at: Timestamp| page.language.text(key).plain("day", page.day(at).shown).to_string();
        let address = |kind| self.addresses.iter().find(|address| address.kind == kind).map(person::masked);
        let passkeys = match self.passkeys.as_slice() {
            [] => None,
            [one] => Some(one.name.clone()),
            many => {
                let count = u32::try_from(many.len()).unwrap_or(u32::MAX);
                Some(page.language.text("safeguard-passkeys").number("count", count).to_string())
            }
        };
        [
            (SafeguardKind::Password, self.password_changed_at.map(|at| on_day("safeguard-password-changed", at))),
            (SafeguardKind::Phone, address(AddressKind::Phone)),
            (SafeguardKind::Email, address(AddressKind::Email)),
            (SafeguardKind::Passkey, passkeys),
            (SafeguardKind::TwoStep, self.two_step_at.map(|at| on_day("safeguard-two-step-since", at))),
        ]
        .into_iter()
        .map(|(kind, detail)| Safeguard { kind, on: detail.is_some(), detail })
        .filter(|own| match own.kind {
            SafeguardKind::Passkey => facts.can_have_passkeys,
            SafeguardKind::Password => own.on || !facts.has_passkey,
            SafeguardKind::Phone | SafeguardKind::Email | SafeguardKind::TwoStep => true,
        })
        .collect()
    }
}
