//! The account's home: who I am, how safe the account is, where I am signed in, which apps I use.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::apps::{self, Connected};
use super::known_devices::{self, Found as Devices, KnownDevice};
use super::{APPS, DEVICES, Entry, HOME, InCentre, SECURITY};
use crate::app::AppState;
use crate::clock::Timestamp;
use crate::credentials::passkey::is_on;
use crate::identifier::{grouped, shown_phone};
use crate::session::{self, Refused, SignedIn};
use crate::store::addresses::{self as stored, Address};
use crate::store::passkeys::{self, Passkey};
use crate::store::sessions::Session;
use crate::store::{Connection, StoreError, passwords};
use crate::web::device_name::DeviceKind;
use crate::web::person::{self, masked_main};
use crate::web::urls;
use crate::web::visitor::Visitor;
use crate::web::{door::AppDoor, moment::Moment, page::Page, person::Person};

/// So many devices and apps are shown before "All".
const DEVICES_SHOWN: usize = 3;
const APPS_SHOWN: usize = 4;

/// An address of the account, shown in full: it is theirs.
#[derive(Clone, Debug)]
pub struct AccountAddress {
    /// Phone number or e-mail address.
    pub kind: AddressKind,
    /// Formatted for reading.
    pub shown: String,
}

/// What an address is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddressKind {
    /// A phone number.
    Phone,
    /// An e-mail address.
    Email,
}

impl AddressKind {
    const fn key(self) -> &'static str {
        match self {
            Self::Phone => "home-phone",
            Self::Email => "home-email",
        }
    }
}

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
    const fn icon(self) -> &'static str {
        match self {
            Self::Password => "lock",
            Self::Phone => "phone",
            Self::Email => "envelope",
            Self::Passkey => "passkey",
            Self::TwoStep => "shield",
        }
    }

    /// The page that sets it up or changes it, where there is one.
    const fn url(self) -> Option<&'static str> {
        match self {
            Self::Password | Self::Phone | Self::Email => None,
            Self::Passkey => Some(urls::PASSKEYS),
            Self::TwoStep => Some(urls::TWO_STEP),
        }
    }

    const fn name_key(self) -> &'static str {
        match self {
            Self::Password => "safeguard-password",
            Self::Phone => "safeguard-phone",
            Self::Email => "safeguard-email",
            Self::Passkey => "safeguard-passkey",
            Self::TwoStep => "two-step-title",
        }
    }

    const fn missing_key(self) -> &'static str {
        match self {
            Self::Password => "safeguard-password-missing",
            Self::Phone => "safeguard-phone-missing",
            Self::Email => "safeguard-email-missing",
            Self::Passkey => "safeguard-passkey-missing",
            Self::TwoStep => "safeguard-two-step-missing",
        }
    }

    const fn next_keys(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Password => ("next-password-title", "next-password-text", "next-password-button"),
            Self::Phone => ("next-phone-title", "next-phone-text", "next-phone-button"),
            Self::Email => ("next-email-title", "next-email-text", "next-email-button"),
            Self::Passkey => ("next-passkey-title", "next-passkey-text", "next-passkey-button"),
            Self::TwoStep => ("next-two-step-title", "next-two-step-text", "next-two-step-button"),
        }
    }
}

/// A device in the short list.
#[derive(Clone, Debug)]
pub struct ShortDevice {
    /// What it is.
    pub kind: DeviceKind,
    /// Its name.
    pub name: String,
    /// Whether it is this one.
    pub current: bool,
    /// When it was last used.
    pub last_use: Moment,
    /// Where, where that is known.
    pub place: Option<String>,
}

/// One tooth of the drawn key, in the drawing's units.
struct Tooth {
    x: u16,
    height: u16,
    on: bool,
}

/// The account's home.
#[derive(Debug, Template)]
#[template(path = "account/home.html")]
pub struct HomePage {
    /// What every page carries.
    pub page: Page,
    /// Who it is.
    pub person: Person,
    /// The account ID in groups of four: "4821 0937 5526".
    pub account_id: String,
    /// Every proven address.
    pub addresses: Vec<AccountAddress>,
    /// The safeguards, in the order of the key's teeth; at most five fit.
    pub safeguards: Vec<Safeguard>,
    /// Where the one next step is taken.
    pub next_url: Option<String>,
    /// The newest devices, two or three.
    pub devices: Vec<ShortDevice>,
    /// How many devices there are.
    pub device_count: u32,
    /// The apps last used, at most four.
    pub apps: Vec<AppDoor>,
    /// How many apps there are.
    pub app_count: u32,
}

impl InCentre for HomePage {
    const HERE: Entry = HOME;
}

impl HomePage {
    fn set_up(&self) -> u32 {
        self.safeguards.iter().map(|safeguard| u32::from(safeguard.on)).sum()
    }

    fn all(&self) -> u32 {
        self.safeguards.iter().map(|_| 1).sum()
    }

    /// The one next step.
    fn next(&self) -> Option<SafeguardKind> {
        next(&self.safeguards)
    }

    /// Whether there is one way in only, with which the account would be lost.
    fn is_alone(&self) -> bool {
        self.set_up() < 2
    }

    /// The teeth: first those that are cut, then those that are missing, at the tip.
    fn teeth(&self) -> Vec<Tooth> {
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

/// What one read finds for the page.
struct Found {
    addresses: Vec<Address>,
    password_changed_at: Option<Timestamp>,
    passkeys: Vec<Passkey>,
    devices: Devices,
    apps: Vec<Connected>,
}

fn find(connection: &mut Connection, session: &Session, now: Timestamp) -> Result<Found, StoreError> {
    let account_id = session.account_id;
    Ok(Found {
        addresses: stored::of_account(connection, account_id)?,
        password_changed_at: passwords::changed_at(connection, account_id)?,
        passkeys: passkeys::of_account(connection, account_id)?,
        devices: known_devices::find(connection, session, now)?,
        apps: apps::connected(connection, account_id, now)?,
    })
}

/// `GET /account`.
pub(super) async fn get(app: web::Data<AppState>, request: HttpRequest) -> Result<HttpResponse, Refused> {
    let visitor = Visitor::of(&app, &request);
    let SignedIn { session, account } = session::required(&visitor).await?;
    let visitor = visitor.with_settings_of(&account);
    let (now, language) = (app.clock.now(), visitor.page.language);
    let found = app.store.read(move |connection| find(connection, &session, now)).await?;
    let short = |device: &KnownDevice| ShortDevice {
        kind: device.kind(),
        name: device.name(language),
        current: device.is_current,
        last_use: device.last_use(now, &visitor.page),
        place: app.places.of(&device.network, language),
    };
    let safeguards = safeguards(&found, (is_on(&app), account.two_step_at), &visitor.page);
    let page = HomePage {
        person: Person::of(&account, masked_main(&found.addresses)),
        account_id: grouped(&account.account_number),
        addresses: found.addresses.iter().map(in_full).collect(),
        safeguards: safeguards.clone(),
        next_url: Some(next_url(&safeguards).to_owned()),
        devices: found.devices.signed_in().take(DEVICES_SHOWN).map(short).collect(),
        device_count: count(found.devices.signed_in().count()),
        apps: found.apps.iter().take(APPS_SHOWN).map(Connected::door).collect(),
        app_count: count(found.apps.len()),
        page: visitor.page.clone(),
    };
    Ok(visitor.show(&page)?)
}

/// The safeguard to set up next: the strongest that is missing, which is a passkey; but where there is one way in only, first
/// another address, since that is what brings an account back.
fn next(safeguards: &[Safeguard]) -> Option<SafeguardKind> {
    let missing = safeguards.iter().filter(|safeguard| !safeguard.on).map(|safeguard| safeguard.kind);
    let is_alone = safeguards.iter().filter(|safeguard| safeguard.on).count() < 2;
    let is_address = |kind: &SafeguardKind| matches!(kind, SafeguardKind::Phone | SafeguardKind::Email);
    let address = missing.clone().find(is_address).filter(|_| is_alone);
    let passkey = missing.clone().find(|kind| *kind == SafeguardKind::Passkey);
    address.or(passkey).or_else(|| missing.clone().next())
}

/// Where that is done.
fn next_url(safeguards: &[Safeguard]) -> &'static str {
    match next(safeguards) {
        Some(SafeguardKind::Password) => urls::PASSWORD,
        Some(SafeguardKind::Phone | SafeguardKind::Email) => urls::ADD_ADDRESS,
        Some(SafeguardKind::Passkey) => urls::ADD_PASSKEY,
        Some(SafeguardKind::TwoStep) => urls::TWO_STEP,
        None => SECURITY.path,
    }
}

fn count(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

fn in_full(address: &Address) -> AccountAddress {
    match address.kind {
        stored::AddressKind::Phone => AccountAddress { kind: AddressKind::Phone, shown: shown_phone(&address.value) },
        stored::AddressKind::Email => AccountAddress { kind: AddressKind::Email, shown: address.value.clone() },
    }
}

/// From the first tooth of the key to the last; passkeys only where there are such.
fn safeguards(found: &Found, (has_passkeys, two_step_at): (bool, Option<Timestamp>), page: &Page) -> Vec<Safeguard> {
    let changed = found.password_changed_at.map(|at| {
        let day = page.day(at).shown;
        page.language.text("safeguard-password-changed").plain("day", day).to_string()
    });
    let two_steps = two_step_at.map(|at| {
        let day = page.day(at).shown;
        page.language.text("safeguard-two-step-since").plain("day", day).to_string()
    });
    let address = |kind| found.addresses.iter().find(|address| address.kind == kind).map(person::masked);
    let passkeys = match found.passkeys.as_slice() {
        [] => None,
        [one] => Some(one.name.clone()),
        many => {
            let number = page.language.text("safeguard-passkeys").number("count", count(many.len()));
            Some(number.to_string())
        }
    };
    [
        (SafeguardKind::Password, changed),
        (SafeguardKind::Phone, address(stored::AddressKind::Phone)),
        (SafeguardKind::Email, address(stored::AddressKind::Email)),
        (SafeguardKind::Passkey, passkeys),
        (SafeguardKind::TwoStep, two_steps),
    ]
    .into_iter()
    .filter(|(kind, _)| has_passkeys || *kind != SafeguardKind::Passkey)
    .map(|(kind, detail)| Safeguard { kind, on: detail.is_some(), detail })
    .collect()
}
