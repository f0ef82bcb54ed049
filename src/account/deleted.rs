//! The answer to a deletion: the account is closed, or gone. Nobody is signed in any more.

use askama::Template;

use crate::web::{moment::Moment, page::Page};

/// Says so.
#[derive(Debug, Template)]
#[template(path = "account/deleted.html")]
pub struct DeletedPage {
    /// What every page carries.
    pub page: Page,
    /// Until when signing in keeps it; none: it is gone.
    pub until: Option<Moment>,
}
