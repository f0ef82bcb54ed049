//! One device: what is known of it, its name, and the ways to end it. The name posts `device` and `name` to
//! `/account/devices/rename`.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::devices::{Device, form_value, parse_form_value};
use super::known_devices::{self, Found};
use super::{DEVICES, Entry, InCentre};
use crate::app::AppState;
use crate::clock::Timestamp;
use crate::language::Sentence;
use crate::session::{self, Refused, SignedIn};
use crate::store::account_devices;
use crate::web::error::ErrorKind;
use crate::web::sign_in_context::shown_name;
use crate::web::visitor::Visitor;
use crate::web::{moment::Moment, page::Page};

/// The longest name of a device.
const MOST_CHARACTERS: u16 = 40;

/// The notes that the page comes back with.
const RENAMED: &str = "renamed";
pub(super) const SIGNED_IN: &str = "signed-in";

/// The page of a device.
pub(super) fn url(id: i64) -> String {
    format!("{}/{}", DEVICES.path, form_value(id))
}

/// The name is longer than the store keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLong;

impl TooLong {
    /// The sentence beside the field.
    pub fn sentence(&self, page: &Page) -> Sentence<'static> {
        page.t("name-too-long").number("most", MOST_CHARACTERS)
    }
}

/// What the last press of a button did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeviceNote {
    /// The name is kept.
    Renamed,
    /// It was not forgotten, since somebody is signed in there.
    SignedIn,
}

/// The page.
#[derive(Debug, Template)]
#[template(path = "account/device.html")]
pub struct DevicePage {
    /// What every page carries.
    pub page: Page,
    /// The device.
    pub device: Device,
    /// Whether somebody is signed in there.
    pub is_signed_in: bool,
    /// The first sign-in of the account there.
    pub first_use: Moment,
    /// The IP address it was used from last.
    pub address: String,
    /// The names of devices that were let in from this one, and go out with it.
    pub ends_too: Vec<String>,
    /// The name as kept, or as just typed.
    pub name: String,
    /// What is wrong with it.
    pub error: Option<TooLong>,
    /// What was just done.
    pub note: Option<DeviceNote>,
}

impl InCentre for DevicePage {
    const HERE: Entry = DEVICES;
}

impl DevicePage {
    fn longest(&self) -> u16 {
        MOST_CHARACTERS
    }
}

fn page(visitor: &Visitor, found: &Found, id: i64, now: Timestamp) -> Option<DevicePage> {
    let known = found.get(id)?;
    let language = visitor.page.language;
    Some(DevicePage {
        device: Device::of(visitor, known, now),
        is_signed_in: known.is_signed_in,
        first_use: visitor.page.day(known.first_used_at),
        address: known.network.clone(),
        ends_too: found.ends_too(id).into_iter().map(|device| device.name(language)).collect(),
        name: known.own_name.clone().unwrap_or_default(),
        error: None,
        note: None,
        page: visitor.page.clone(),
    })
}

/// `GET /account/devices/{device}`.
pub(super) async fn get(
    app: web::Data<AppState>,
    request: HttpRequest,
    device: web::Path<String>,
) -> Result<HttpResponse, Refused> {
    let visitor = Visitor::of(&app, &request);
    let SignedIn { session, account } = session::required(&visitor).await?;
    let visitor = visitor.with_settings_of(&account);
    let id = parse_form_value(&device).ok_or(ErrorKind::NotFound)?;
    let note = match visitor.query()?.get("note") {
        Some(RENAMED) => Some(DeviceNote::Renamed),
        Some(SIGNED_IN) => Some(DeviceNote::SignedIn),
        _ => None,
    };
    let now = app.clock.now();
    let found = app.store.read(move |connection| known_devices::find(connection, &session, now)).await?;
    let page = page(&visitor, &found, id, now).ok_or(ErrorKind::NotFound)?;
    Ok(visitor.show(&DevicePage { note, ..page })?)
}

/// `POST /account/devices/rename`. An empty name is none: the device is called by what its browser says again.
pub(super) async fn rename(
    app: web::Data<AppState>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Refused> {
    let visitor = Visitor::of(&app, &request);
    let SignedIn { session, account } = session::required(&visitor).await?;
    let visitor = visitor.with_settings_of(&account);
    let form = visitor.form(payload).await?;
    let id = form.get("device").and_then(parse_form_value).ok_or(ErrorKind::NotFound)?;
    let typed = form.get("name").unwrap_or_default().to_owned();
    let name = match cleaned(&typed) {
        Ok(name) => name,
        Err(fault) => {
            let now = app.clock.now();
            let found = app.store.read(move |connection| known_devices::find(connection, &session, now)).await?;
            let page = page(&visitor, &found, id, now).ok_or(ErrorKind::NotFound)?;
            let page = DevicePage { name: typed, error: Some(fault), ..page };
            return Ok(visitor.show_as(StatusCode::UNPROCESSABLE_ENTITY, &page)?);
        }
    };
    let account_id = account.id;
    let write = app.store.write(move |connection| account_devices::rename(connection, account_id, id, name.as_deref()));
    if !write.await? {
        return Err(ErrorKind::NotFound.into());
    }
    Ok(visitor.go(&format!("{}?note={RENAMED}", url(id)), []))
}

/// A name as it is kept: without what would turn the text around it, or could not be seen.
fn cleaned(typed: &str) -> Result<Option<String>, TooLong> {
    if typed.trim().chars().count() > usize::from(MOST_CHARACTERS) {
        return Err(TooLong);
    }
    let name = shown_name(typed);
    Ok((!name.is_empty()).then_some(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_cleaned_and_not_too_long() {
        let longest = "n".repeat(usize::from(MOST_CHARACTERS));
        let table = [
            ("  Mina’s phone ", Some("Mina’s phone")),
            ("厨房的平板", Some("厨房的平板")),
            ("", None),
            (" \u{202e}\u{200b}\r\n ", None),
            ("TV\r\nSet-Cookie: x", Some("TVSet-Cookie: x")),
            ("gnirts\u{202e}\u{61c}\u{2066}", Some("gnirts")),
            ("line\u{2028}break\u{2029}", Some("linebreak")),
            ("\u{1b}[31mred", Some("[31mred")),
            ("<b>bold</b>", Some("bbold/b")),
            (longest.as_str(), Some(longest.as_str())),
        ];
        for (typed, expected) in table {
            assert_eq!(cleaned(typed), Ok(expected.map(str::to_owned)), "{typed:?}");
        }
        assert_eq!(cleaned(&format!("{longest}n")), Err(TooLong));
        assert_eq!(cleaned(&format!("  {longest}  ")), Ok(Some(longest)));
    }
}
