//! The last page of sign-up, once the address is proved. Posts `name`, `password` (may be empty), `terms` and `attempt`
//! to `/signup/details`.

use askama::Template;

use super::TermsFault;
use crate::web::{
    door::AppDoor,
    field::{NameFault, NewPasswordFault},
    page::Page,
};

/// What kind of address was proved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProvedKind {
    /// A phone number.
    Phone,
    /// An e-mail address.
    Email,
}

/// Asks for what is still owed: the name, a password if wanted, the terms.
#[derive(Debug, Template)]
#[template(path = "signup/details.html")]
pub struct DetailsPage {
    /// What every page carries.
    pub page: Page,
    /// The app that asks.
    pub app: Option<AppDoor>,
    /// The hidden `attempt`.
    pub attempt: String,
    /// The address that was proved, in full: it is theirs.
    pub proved_address: String,
    /// What kind it is; the advice names the other one.
    pub proved_kind: ProvedKind,
    /// The name, as typed on the first page or before.
    pub name: String,
    /// What is wrong with the name.
    pub name_error: Option<NameFault>,
    /// What is wrong with the password. It is never shown again.
    pub password_error: Option<NewPasswordFault>,
    /// Whether the terms are still owed: not agreed to on the first page.
    pub asks_terms: bool,
    /// The box was left empty.
    pub terms_error: Option<TermsFault>,
}

impl DetailsPage {
    fn faults(&self) -> usize {
        usize::from(self.name_error.is_some())
            + usize::from(self.password_error.is_some())
            + usize::from(self.terms_error.is_some())
    }

    fn other_kind(&self) -> &'static str {
        match self.proved_kind {
            ProvedKind::Phone => "email",
            ProvedKind::Email => "phone",
        }
    }
}
