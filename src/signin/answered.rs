//! The page after the answer of [`super::approve`].

use askama::Template;

use crate::credentials::approval::Outcome;
use crate::web::page::Page;

/// Says what came of it.
#[derive(Debug, Template)]
#[template(path = "signin/answered.html")]
pub struct AnsweredPage {
    /// What every page carries.
    pub page: Page,
    /// What.
    pub outcome: Outcome,
}

impl AnsweredPage {
    const fn keys(&self) -> (&'static str, &'static str) {
        match self.outcome {
            Outcome::Approved => ("approve-done-title", "approve-done-text"),
            Outcome::Refused => ("approve-refused-title", "approve-refused-text"),
            Outcome::Mistaken => ("approve-mistaken-title", "approve-mistaken-text"),
            Outcome::TooLate => ("approve-late-title", "approve-late-text"),
        }
    }
}
