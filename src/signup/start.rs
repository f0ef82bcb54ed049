//! The first page of sign-up. Posts `name`, `identifier` and `terms` to `/signup`.

use askama::Template;

use super::TermsFault;
use crate::web::{
    door::AppDoor,
    field::{AddressFault, NameFault},
    page::Page,
};

/// Asks for a name, an address and agreement to the terms.
#[derive(Debug, Template)]
#[template(path = "signup/start.html")]
pub struct StartPage {
    /// What every page carries.
    pub page: Page,
    /// The app that asks.
    pub app: Option<AppDoor>,
    /// What was typed as name.
    pub name: String,
    /// What is wrong with the name.
    pub name_error: Option<NameFault>,
    /// What was typed as phone number or e-mail address.
    pub identifier: String,
    /// What is wrong with it. An address that has an account is not wrong: it gets its code as any other.
    pub identifier_error: Option<AddressFault>,
    /// Whether the box was ticked in the form that came back. Never ticked at first.
    pub terms_ticked: bool,
    /// The box was left empty.
    pub terms_error: Option<TermsFault>,
    /// Where to go on afterwards: a checked, local path, posted as `continue`.
    pub continue_to: Option<String>,
    /// The link to sign-in, with the same `continue`.
    pub signin_url: String,
}

impl StartPage {
    fn faults(&self) -> usize {
        usize::from(self.name_error.is_some())
            + usize::from(self.identifier_error.is_some())
            + usize::from(self.terms_error.is_some())
    }
}
