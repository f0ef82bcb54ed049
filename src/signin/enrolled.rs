//! The end of a sign-in on which a second step was set up: the recovery codes, this once, and the way on.

use askama::Template;

use crate::web::{door::AppDoor, page::Page};

/// Shows new recovery codes.
#[derive(Template)]
#[template(path = "signin/enrolled.html")]
pub struct EnrolledPage {
    /// What every page carries.
    pub page: Page,
    /// The app that asks.
    pub app: Option<AppDoor>,
    /// The codes.
    pub codes: Vec<String>,
    /// Where to go on: a checked, local path.
    pub continue_to: String,
}
