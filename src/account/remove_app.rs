//! The question before an app is removed. The list leads here with `GET /account/apps/remove?client_id=…`; this page
//! posts `client_id` to `/account/apps/remove`.

use askama::Template;

use super::{APPS, Entry, InCentre};
use crate::web::{door::AppDoor, page::Page};

/// Says what removing an app ends, and when.
#[derive(Debug, Template)]
#[template(path = "account/remove_app.html")]
pub struct RemoveAppPage {
    /// What every page carries.
    pub page: Page,
    /// The form field `client_id`.
    pub client_id: String,
    /// The app.
    pub app: AppDoor,
    /// What it may do now, in the page's language.
    pub permissions: Vec<String>,
    /// For how many minutes at most an access token that others verify offline still works.
    pub token_minutes: u32,
}

impl InCentre for RemoveAppPage {
    const HERE: Entry = APPS;
}
