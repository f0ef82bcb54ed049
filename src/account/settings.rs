//! Language and theme. Posts `language` (a tag) and `theme` (`system` | `light` | `dark`) to `/account/settings`.

use askama::Template;

use super::{Entry, InCentre, SETTINGS};
use crate::web::page::Page;

/// The settings; what is chosen now is in the page itself.
#[derive(Debug, Template)]
#[template(path = "account/settings.html")]
pub struct SettingsPage {
    /// What every page carries.
    pub page: Page,
    /// Whether they were just saved.
    pub saved: bool,
}

impl InCentre for SettingsPage {
    const HERE: Entry = SETTINGS;
}
