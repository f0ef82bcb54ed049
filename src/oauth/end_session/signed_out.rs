//! The page after signing out.

use askama::Template;

use crate::web::{door::AppDoor, page::Page};

/// The app to go back to.
#[derive(Clone, Debug)]
pub struct BackToApp {
    /// Its name.
    pub name: String,
    /// A registered address, checked.
    pub url: String,
}

/// Says that sign-out is done, and where it is not.
#[derive(Debug, Template)]
#[template(path = "oauth/end_session/signed_out.html")]
pub struct SignedOutPage {
    /// What every page carries.
    pub page: Page,
    /// The apps that were signed out.
    pub apps: Vec<AppDoor>,
    /// The names of apps that did not answer the logout call.
    pub unanswered: Vec<String>,
    /// The way back in.
    pub signin_url: String,
    /// The pages of apps that are loaded in frames, so that they sign out too.
    pub frames: Vec<String>,
    /// The way back to the app that asked; with frames, the page goes there by itself once they are loaded.
    pub back: Option<BackToApp>,
}

impl SignedOutPage {
    /// The names of the apps that did not answer, as one list.
    fn unanswered_names(&self) -> String {
        self.unanswered.join(", ")
    }
}
