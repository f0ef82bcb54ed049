//! The person's passkeys: the list, making one, naming one, removing one, and the page that offers to make the first.

pub mod add;
pub mod list;
pub mod offer;
pub mod remove;
pub mod rename;

use actix_web::{HttpResponse, web};
use serde_json::json;

use crate::app::AppState;
use crate::clock::Timestamp;
use crate::credentials::passkey::{authenticators, registration};
use crate::identifier::grouped;
use crate::security::random;
use crate::store::accounts::Account;
use crate::store::addresses::Address;
use crate::store::passkeys::{self, Passkey};
use crate::store::{Connection, StoreError, account_devices, addresses, sessions};
use crate::web::device_name::DeviceName;
use crate::web::error::ErrorKind;
use crate::web::moment::Moment;
use crate::web::page::Page;
use crate::web::urls;

/// The routes of the room.
pub(super) fn routes(service: &mut web::ServiceConfig) {
    service
        .service(web::resource(urls::PASSKEYS).route(web::get().to(list::get)))
        .service(web::resource(urls::ADD_PASSKEY).route(web::get().to(add::get)).route(web::post().to(add::post)))
        .service(web::resource(ENDPOINTS).route(web::get().to(endpoints)))
        .service(web::resource("/account/security/passkeys/challenge").route(web::post().to(add::challenge)))
        .service(web::resource(urls::PASSKEY_OFFER).route(web::get().to(offer::get)))
        .service(
            web::resource("/account/security/passkeys/{key}/rename")
                .route(web::get().to(rename::get))
                .route(web::post().to(rename::post)),
        )
        .service(
            web::resource("/account/security/passkeys/{key}/remove")
                .route(web::get().to(remove::get))
                .route(web::post().to(remove::post)),
        );
}

/// Where password managers look for the pages that make and manage passkeys (W3C Passkey Endpoints).
const ENDPOINTS: &str = "/.well-known/passkey-endpoints";

async fn endpoints(app: web::Data<AppState>) -> HttpResponse {
    if app.relying_party.is_none() {
        return HttpResponse::NotFound().finish();
    }
    let issuer = &app.config.server.issuer;
    HttpResponse::Ok().json(
        json!({"enroll": format!("{issuer}{}", urls::ADD_PASSKEY), "manage": format!("{issuer}{}", urls::PASSKEYS)}),
    )
}

/// One passkey, as its owner sees it.
#[derive(Clone, Debug)]
pub struct ShownPasskey {
    /// Its key in addresses.
    pub key: String,
    /// Its name.
    pub name: String,
    /// What its authenticator is called, where that is not its name already.
    pub authenticator: Option<&'static str>,
    /// Whether it is on the person's other devices too.
    pub copied: bool,
    /// When it was made.
    pub created: Moment,
    /// When it was last used; none: never.
    pub last_use: Option<Moment>,
    /// Where it was last used, or made, where that browser is still known.
    pub device: Option<String>,
}

/// What the browser's script tells the authenticator's passkey provider (Web Authentication §5.1.10, the signal methods):
/// which passkeys still count, and what the account is called now.
#[derive(Clone, Debug)]
pub struct Signal {
    /// The relying party ID.
    pub relying_party: String,
    /// The account, base64url.
    pub user_handle: String,
    /// The credential IDs that count, base64url, parted by spaces.
    pub accepted: String,
    /// What tells accounts apart.
    pub name: String,
    /// The person's name.
    pub display_name: String,
}

impl Signal {
    /// What there is to tell; nothing where passkeys are off.
    pub fn of(app: &AppState, account: &Account, addresses: &[Address], owned: &[Passkey]) -> Option<Self> {
        let party = app.relying_party.as_ref()?;
        let accepted: Vec<String> = owned.iter().map(|own| random::encode(&own.credential_id)).collect();
        let name = addresses.first().map_or_else(|| grouped(&account.account_number), |main| main.value.clone());
        Some(Self {
            relying_party: party.id().to_owned(),
            user_handle: random::encode(app.derived.user_handle(account.id)),
            accepted: accepted.join(" "),
            display_name: registration::shown_name(account, &name).to_owned(),
            name,
        })
    }
}

/// What the pages of an account's passkeys are made of.
struct Owned {
    passkeys: Vec<Passkey>,
    addresses: Vec<Address>,
    devices: Vec<(i64, String)>,
}

fn find_all(connection: &mut Connection, account_id: i64, page: &Page, now: Timestamp) -> Result<Owned, StoreError> {
    let named = account_devices::of_account(connection, account_id)?;
    let mut devices: Vec<(i64, String)> =
        named.into_iter().filter_map(|own| own.name.map(|name| (own.device_id, name))).collect();
    for (_, device) in sessions::of_account(connection, account_id, now)? {
        devices.push((device.id, DeviceName::read(&device.user_agent).shown(page.language)));
    }
    Ok(Owned {
        passkeys: passkeys::of_account(connection, account_id)?,
        addresses: addresses::of_account(connection, account_id)?,
        devices,
    })
}

impl Owned {
    fn shown(&self, passkey: &Passkey, now: Timestamp, page: &Page) -> ShownPasskey {
        let device = passkey.last_device_id.and_then(|id| self.devices.iter().find(|(own, _)| *own == id));
        ShownPasskey {
            key: key(passkey.id),
            name: passkey.name.clone(),
            authenticator: authenticators::name(&passkey.aaguid).filter(|name| *name != passkey.name),
            copied: passkey.backup_eligible,
            created: page.day(passkey.created_at),
            last_use: passkey.last_used_at.map(|at| page.ago(at, now)),
            device: device.map(|(_, name)| name.clone()),
        }
    }
}

/// A passkey's key as it stands in addresses.
fn key(id: i64) -> String {
    random::encode(id.to_be_bytes())
}

/// The key again: of one form only.
fn parse_key(text: &str) -> Result<i64, ErrorKind> {
    let bytes = random::decode(text).and_then(|bytes| bytes.try_into().ok());
    bytes.map(i64::from_be_bytes).ok_or(ErrorKind::NotFound)
}

/// The passkey of this account that an address names.
fn named(connection: &mut Connection, account_id: i64, id: i64) -> Result<Option<Passkey>, StoreError> {
    passkeys::find(connection, account_id, id)
}
