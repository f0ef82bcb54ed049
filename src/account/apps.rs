//! The connected apps: which may do what. Removing one asks on a page of its own, [`super::remove_app`].

use askama::Template;

use super::{APPS, Entry, InCentre};
use crate::web::{door::AppDoor, moment::Moment, page::Page};

/// An app that may use the account.
#[derive(Clone, Debug)]
pub struct ConnectedApp {
    /// Its client identifier: the form field `client_id`.
    pub client_id: String,
    /// Its name, host and logo.
    pub door: AppDoor,
    /// What it may do, in the page's language.
    pub permissions: Vec<String>,
    /// Since when.
    pub since: Moment,
    /// When it last used the account.
    pub last_use: Option<Moment>,
}

/// The list of connected apps.
#[derive(Debug, Template)]
#[template(path = "account/apps.html")]
pub struct AppsPage {
    /// What every page carries.
    pub page: Page,
    /// Every app, the last used first.
    pub apps: Vec<ConnectedApp>,
    /// The name of the app that was just removed.
    pub removed: Option<String>,
}

impl InCentre for AppsPage {
    const HERE: Entry = APPS;
}
