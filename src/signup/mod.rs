//! Create an account.

pub mod details;
pub mod start;

use crate::{language::Sentence, web::page::Page};

/// The terms were not agreed to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TermsFault;

impl TermsFault {
    /// The sentence beside the box.
    pub const fn sentence(&self, page: &Page) -> Sentence<'static> {
        page.t("terms-missing")
    }
}

/// The routes of this slice.
pub fn routes(_service: &mut actix_web::web::ServiceConfig) {}
