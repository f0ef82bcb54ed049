//! The devices of the account: where it is signed in, and where it was. What the buttons post to is in
//! [`super::end_devices`]; each device has a page, [`super::device`].

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::known_devices::{self, AppThere, KnownDevice};
use super::{DEVICES, Entry, InCentre, device};
use crate::app::AppState;
use crate::clock::Timestamp;
use crate::security::random;
use crate::session::{self, Refused, SignedIn};
use crate::web::device_name::DeviceKind;
use crate::web::visitor::Visitor;
use crate::web::{moment::Moment, page::Page};

/// A device in the list.
#[derive(Clone, Debug)]
pub struct Device {
    /// The value of the form field `device`.
    pub id: String,
    /// The link to its page.
    pub url: String,
    /// What it is.
    pub kind: DeviceKind,
    /// Its name: the person's own, or "Firefox on Windows".
    pub name: String,
    /// What it would be called without the person's own name.
    pub by_itself: Option<String>,
    /// Where it was used last, where that is known.
    pub place: Option<String>,
    /// Whether it is this one, which has no button: "Sign out" in the header ends it.
    pub current: bool,
    /// When it was last used.
    pub last_use: Moment,
    /// The apps signed in to there.
    pub apps: Vec<AppThere>,
}

impl Device {
    /// As the list shows it.
    pub(super) fn of(visitor: &Visitor, known: &KnownDevice, now: Timestamp) -> Self {
        let language = visitor.page.language;
        Self {
            id: form_value(known.id),
            url: device::url(known.id),
            kind: known.kind(),
            name: known.name(language),
            by_itself: known.own_name.as_ref().map(|_| known.name_by_itself(language)),
            place: visitor.app.places.of(&known.network, language),
            current: known.is_current,
            last_use: known.last_use(now, &visitor.page),
            apps: known.apps.clone(),
        }
    }

    /// Name by itself and place, in one line.
    fn line(&self) -> String {
        self.by_itself.iter().chain(&self.place).map(String::as_str).collect::<Vec<_>>().join(" · ")
    }
}

/// What the last press of a button did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DevicesNote {
    /// One device was signed out, or several.
    Ended,
    /// All others were.
    EndedOthers,
    /// One was forgotten.
    Forgotten,
}

impl DevicesNote {
    /// The word it travels as from the post to the page.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Ended => "ended",
            Self::EndedOthers => "ended-others",
            Self::Forgotten => "forgotten",
        }
    }

    fn from_word(word: &str) -> Option<Self> {
        [Self::Ended, Self::EndedOthers, Self::Forgotten].into_iter().find(|note| note.word() == word)
    }

    const fn key(self) -> &'static str {
        match self {
            Self::Ended => "devices-ended",
            Self::EndedOthers => "devices-ended-others",
            Self::Forgotten => "devices-forgotten",
        }
    }
}

/// The list of devices.
#[derive(Debug, Template)]
#[template(path = "account/devices.html")]
pub struct DevicesPage {
    /// What every page carries.
    pub page: Page,
    /// Every device that is signed in, this one first.
    pub devices: Vec<Device>,
    /// Those that are known and signed out.
    pub signed_out: Vec<Device>,
    /// What was just done.
    pub note: Option<DevicesNote>,
}

impl InCentre for DevicesPage {
    const HERE: Entry = DEVICES;
}

impl DevicesPage {
    fn others(&self) -> Vec<&Device> {
        self.devices.iter().filter(|device| !device.current).collect()
    }
}

/// `GET /account/devices`.
pub(super) async fn get(app: web::Data<AppState>, request: HttpRequest) -> Result<HttpResponse, Refused> {
    let visitor = Visitor::of(&app, &request);
    let SignedIn { session, account } = session::required(&visitor).await?;
    let visitor = visitor.with_settings_of(&account);
    let note = visitor.query()?.get("note").and_then(DevicesNote::from_word);
    let now = app.clock.now();
    let found = app.store.read(move |connection| known_devices::find(connection, &session, now)).await?;
    let shown = |known: &KnownDevice| Device::of(&visitor, known, now);
    let (devices, signed_out): (Vec<&KnownDevice>, Vec<&KnownDevice>) =
        found.devices.iter().partition(|known| known.is_signed_in);
    let page = DevicesPage {
        page: visitor.page.clone(),
        devices: devices.into_iter().map(shown).collect(),
        signed_out: signed_out.into_iter().map(shown).collect(),
        note,
    };
    Ok(visitor.show(&page)?)
}

/// A device's key as a form carries it.
pub(super) fn form_value(id: i64) -> String {
    random::encode(id.to_be_bytes())
}

/// The key again: of one form only, so that a value is either ours or nobody's.
pub(super) fn parse_form_value(value: &str) -> Option<i64> {
    Some(i64::from_be_bytes(random::decode(value)?.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_travel_in_one_form() {
        for id in [1, 0x0102_0304_0506_0708, i64::MAX] {
            assert_eq!(parse_form_value(&form_value(id)), Some(id));
        }
        let value = form_value(1);
        assert_eq!(value, "AAAAAAAAAAE");
        for wrong in ["", "1", "AAAAAAAAAAF", "AAAAAAAAAAE=", " AAAAAAAAAAE", "AAAAAAAAAA", "AAAAAAAAAAAAAAE", "é"] {
            assert_eq!(parse_form_value(wrong), None, "{wrong}");
        }
    }
}
