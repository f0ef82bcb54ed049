//! New recovery codes, shown this once: after an authenticator app was added, and where new ones were asked for.

use askama::Template;

use super::{Entry, InCentre, SECURITY};
use crate::web::page::Page;

/// Shows new recovery codes. Secrets, so no `Debug`.
#[derive(Template)]
#[template(path = "account/new_recovery_codes.html")]
pub struct NewRecoveryCodesPage {
    /// What every page carries.
    pub page: Page,
    /// The codes.
    pub codes: Vec<String>,
    /// Whether an authenticator app was added with them.
    pub app_added: bool,
}

impl InCentre for NewRecoveryCodesPage {
    const HERE: Entry = SECURITY;
}
