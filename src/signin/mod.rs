//! A person proves who they are: an identifier, then a password or a code. Plain form posts.

pub mod accounts;
pub mod again;
pub mod attempt;
pub mod code;
pub mod forgot;
pub mod held;
pub mod identifier;
pub mod keep;
pub mod password;
pub mod recovery;
pub mod recycled;
pub mod trouble;

use actix_web::web;

use crate::web::urls::{self, RECYCLED};

/// The routes of this slice.
pub fn routes(service: &mut web::ServiceConfig) {
    service
        .service(web::resource("/signin").route(web::get().to(identifier::get)).route(web::post().to(identifier::post)))
        .service(
            web::resource("/signin/accounts").route(web::get().to(accounts::get)).route(web::post().to(accounts::post)),
        )
        .service(
            web::resource("/signin/password").route(web::get().to(password::get)).route(web::post().to(password::post)),
        )
        .service(web::resource(RECYCLED).route(web::get().to(recycled::get)).route(web::post().to(recycled::post)))
        .service(web::resource("/signin/keep").route(web::get().to(keep::get)).route(web::post().to(keep::post)))
        .service(web::resource("/signin/again").route(web::get().to(again::get)))
        .service(web::resource("/signin/code").route(web::get().to(code::get)).route(web::post().to(code::post)))
        .service(web::resource(urls::TROUBLE).route(web::get().to(trouble::get)))
        .service(web::resource(urls::HELD).route(web::get().to(held::get)))
        .service(web::resource("/signin/code/send").route(web::post().to(code::send)))
        .configure(recovery::routes);
}
