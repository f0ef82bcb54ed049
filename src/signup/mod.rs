//! Create an account.

use actix_web::web;

use crate::app::AppState;

pub mod details;
pub mod second;
pub mod start;

use crate::web::urls::SECOND_ADDRESS;
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
        )
        .service(web::resource("/signup/details/measure").route(web::post().to(details::measure)))
        .service(web::resource(SECOND_ADDRESS).route(web::get().to(second::get)).route(web::post().to(second::post)));
}
