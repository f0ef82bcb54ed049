//! The account's home: who I am, how safe the account is, where I am signed in, which apps I use.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::apps::{self, Connected};
use super::known_devices::{self, Found as Devices, KnownDevice};
use super::safeguards::{self, Own, Protection};
use super::{APPS, DEVICES, Entry, HOME, InCentre, SECURITY};
use crate::app::AppState;
use crate::clock::Timestamp;
use crate::identifier::{grouped, shown_phone};
use crate::session::{self, Refused, SignedIn};
use crate::store::addresses::{self as stored, Address};
use crate::store::{Connection, StoreError};
use crate::web::device_name::DeviceKind;
use crate::web::person::masked_main;
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
    /// How safe it is, and the one next step.
    pub protection: Protection,
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

/// What one read finds for the page.
struct Found {
    own: Own,
    devices: Devices,
    apps: Vec<Connected>,
}

fn find(connection: &mut Connection, signed_in: &SignedIn, now: Timestamp) -> Result<Found, StoreError> {
    let SignedIn { session, account } = signed_in;
    Ok(Found {
        own: safeguards::find(connection, account, now)?,
        devices: known_devices::find(connection, session, now)?,
        apps: apps::connected(connection, account.id, now)?,
    })
}

/// `GET /account`.
pub(super) async fn get(app: web::Data<AppState>, request: HttpRequest) -> Result<HttpResponse, Refused> {
    let visitor = Visitor::of(&app, &request);
    let signed_in = session::required(&visitor).await?;
    let account = signed_in.account.clone();
    let visitor = visitor.with_settings_of(&account);
    let (now, language) = (app.clock.now(), visitor.page.language);
    let found = app.store.read(move |connection| find(connection, &signed_in, now)).await?;
    let short = |device: &KnownDevice| ShortDevice {
        kind: device.kind(),
        name: device.name(language),
        current: device.is_current,
        last_use: device.last_use(now, &visitor.page),
        place: app.places.of(&device.network, language),
    };
    let page = HomePage {
        person: Person::of(&account, masked_main(&found.own.addresses)),
        account_id: grouped(&account.account_number),
        addresses: found.own.addresses.iter().map(in_full).collect(),
        protection: found.own.protection(&app, &visitor.page),
        devices: found.devices.signed_in().take(DEVICES_SHOWN).map(short).collect(),
        device_count: count(found.devices.signed_in().count()),
        apps: found.apps.iter().take(APPS_SHOWN).map(Connected::door).collect(),
        app_count: count(found.apps.len()),
        page: visitor.page.clone(),
    };
    Ok(visitor.show(&page)?)
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
