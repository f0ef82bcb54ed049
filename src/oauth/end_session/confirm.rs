//! The question before signing out. Posts `decision` (`allow` = sign out, `deny` = stay) and `request` to the action it
//! is given.

use askama::Template;

use crate::web::{door::AppDoor, page::Page, person::Person};

/// Asks whether to sign out.
#[derive(Debug, Template)]
#[template(path = "oauth/end_session/confirm.html")]
pub struct LogoutConfirmPage {
    /// What every page carries.
    pub page: Page,
    /// The path the form posts to.
    pub action: String,
    /// The hidden `request`: an opaque id of the logout request, or empty.
    pub request: String,
    /// The app that asks for it, where one does.
    pub app: Option<AppDoor>,
    /// Who will be signed out.
    pub person: Person,
    /// Every app of this browser's session that will be signed out as well.
    pub apps: Vec<AppDoor>,
}
