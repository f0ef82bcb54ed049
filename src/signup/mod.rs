//! Create an account.

use actix_web::web;

use crate::app::AppState;
use crate::web::field::NameFault;
use crate::web::sign_in_context::shown_name;

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

/// The longest name the store keeps.
const MOST_NAME_CHARACTERS: u16 = 64;

/// A name as it is kept: trimmed, without the characters that could turn a sentence around it.
fn checked_name(typed: &str) -> Result<String, NameFault> {
    let typed = typed.trim();
    if typed.is_empty() {
        return Err(NameFault::Missing);
    }
    if typed.chars().count() > usize::from(MOST_NAME_CHARACTERS) {
        return Err(NameFault::TooLong { most: MOST_NAME_CHARACTERS });
    }
    let name = shown_name(typed);
    if name.is_empty() || name != typed { Err(NameFault::NotAName) } else { Ok(name) }
}

/// The version of the terms in force.
fn terms_version(app: &AppState) -> Option<String> {
    app.config.brand.terms_version.clone()
}

/// The routes of this slice.
pub fn routes(service: &mut web::ServiceConfig) {
    service
        .service(web::resource("/signup").route(web::get().to(start::get)).route(web::post().to(start::post)))
        .service(
            web::resource("/signup/details").route(web::get().to(details::get)).route(web::post().to(details::post)),
        );
}
