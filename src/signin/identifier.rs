//! The first page of sign-in: who is it? Posts `identifier` to `/signin`.

use askama::Template;

use crate::web::{door::AppDoor, field::AddressFault, page::Page};

/// Asks for a phone number, an e-mail address or an account ID.
#[derive(Debug, Template)]
#[template(path = "signin/identifier.html")]
pub struct IdentifierPage {
    /// What every page carries.
    pub page: Page,
    /// The app that asks; none when somebody goes to their account.
    pub app: Option<AppDoor>,
    /// What was typed before, or the app's `login_hint`.
    pub identifier: String,
    /// What is wrong with it.
    pub error: Option<AddressFault>,
    /// Where to go on after sign-in: a checked, local path, posted as `continue`.
    pub continue_to: Option<String>,
    /// The link to sign-up, with the same `continue`.
    pub signup_url: String,
}
