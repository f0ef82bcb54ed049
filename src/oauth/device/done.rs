//! The page after the answer: back to the device.

use askama::Template;

use crate::web::{door::AppDoor, page::Page};

/// Says what came of it.
#[derive(Debug, Template)]
#[template(path = "oauth/device/done.html")]
pub struct DonePage {
    /// What every page carries.
    pub page: Page,
    /// The app on the device.
    pub app: AppDoor,
    /// Whether it was allowed.
    pub allowed: bool,
}
