//! The password page of sign-in. Posts `password` and `attempt` to `/signin/password`; "Use a code" posts `attempt` to
//! `/signin/code/send`.

use askama::Template;

use crate::{
    language::Sentence,
    web::{door::AppDoor, moment::Moment, page::Page},
};

/// What is wrong with the password. The same for an unknown account, one without a password and a wrong password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PasswordFault {
    /// Nothing was typed.
    Missing,
    /// Not the password of this account, or no such account.
    Wrong,
    /// Too many tries; a code still works.
    TooMany {
        /// When the next try is allowed.
        again: Moment,
    },
}

impl PasswordFault {
    /// The sentence beside the field.
    pub fn sentence(&self, page: &Page) -> Sentence<'_> {
        match self {
            Self::Missing => page.t("password-missing"),
            Self::Wrong => page.t("password-wrong"),
            Self::TooMany { again } => page.t("password-too-many").time("time", &again.iso, &again.shown),
        }
    }
}

/// Asks for the password.
#[derive(Debug, Template)]
#[template(path = "signin/password.html")]
pub struct PasswordPage {
    /// What every page carries.
    pub page: Page,
    /// The app that asks.
    pub app: Option<AppDoor>,
    /// What was typed on the first page, and nothing more: no name, no picture before proof.
    pub identifier: String,
    /// The hidden `attempt`.
    pub attempt: String,
    /// The link back to the first page.
    pub change_url: String,
    /// What is wrong.
    pub error: Option<PasswordFault>,
    /// The link to recovery, once there is such a page.
    pub forgot_url: Option<String>,
}
