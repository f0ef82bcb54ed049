//! The page that carries an answer to the app in a post (OAuth 2.0 Form Post Response Mode 1.0). A module of ours sends
//! the form at once; without JavaScript there is a button.

use askama::Template;

use crate::web::{door::AppDoor, page::Page};

/// Posts its fields to the app. Holds secrets: no `Debug`.
#[derive(Template)]
#[template(path = "oauth/authorize/form_post.html")]
pub struct FormPostPage {
    /// What every page carries.
    pub page: Page,
    /// Where people are going.
    pub app: AppDoor,
    /// The redirect URI.
    pub action: String,
    /// The members of the answer.
    pub fields: Vec<(String, String)>,
}
