//! Where the person is signed in. Ending one posts `device` to `/account/devices/end`; ending all others posts to
//! `/account/devices/end-others`.

use askama::Template;

use super::{DEVICES, Entry, InCentre};
use crate::web::{moment::Moment, page::Page};

/// What a device is, as far as its browser says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeviceKind {
    /// A phone.
    Phone,
    /// A laptop or desktop computer.
    Laptop,
    /// A tablet.
    Tablet,
    /// Not known.
    Unknown,
}

impl DeviceKind {
    pub(super) const fn icon(self) -> &'static str {
        match self {
            Self::Phone => "phone",
            Self::Laptop => "laptop",
            Self::Tablet => "tablet",
            Self::Unknown => "screen",
        }
    }
}

/// A device the account is signed in on.
#[derive(Clone, Debug)]
pub struct Device {
    /// The value of the form field `device`.
    pub id: String,
    /// What it is.
    pub kind: DeviceKind,
    /// Its name: "Firefox on Windows".
    pub name: String,
    /// Whether it is this one, which has no button: "Sign out" in the header ends it.
    pub current: bool,
    /// When it was last used.
    pub last_use: Moment,
    /// The names of the apps signed in to there.
    pub apps: Vec<String>,
}

/// What the last press of a button did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DevicesNote {
    /// One device was signed out.
    Ended,
    /// All others were.
    EndedOthers,
}

impl DevicesNote {
    const fn key(self) -> &'static str {
        match self {
            Self::Ended => "devices-ended",
            Self::EndedOthers => "devices-ended-others",
        }
    }
}

/// The list of devices.
#[derive(Debug, Template)]
#[template(path = "account/devices.html")]
pub struct DevicesPage {
    /// What every page carries.
    pub page: Page,
    /// Every device, this one first.
    pub devices: Vec<Device>,
    /// What was just done.
    pub note: Option<DevicesNote>,
}

impl InCentre for DevicesPage {
    const HERE: Entry = DEVICES;
}

impl DevicesPage {
    fn has_others(&self) -> bool {
        self.devices.iter().any(|device| !device.current)
    }
}
