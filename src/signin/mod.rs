//! A person proves who they are: an identifier, then a password or a code, then a second step where one is owed; or a passkey,
//! which is both; or somebody who is signed in elsewhere approves it there. Plain form posts.

pub mod accounts;
pub mod again;
pub mod answered;
pub mod approve;
pub mod code;
pub mod elsewhere;
pub mod enrol;
pub mod enrolled;
pub mod forgot;
pub mod held;
pub mod identifier;
pub mod keep;
pub mod passkey;
pub mod password;
pub mod recovery;
pub mod recovery_code;
pub mod recycled;
pub mod second;
pub mod trouble;
pub mod unlinked;
pub mod upstream;

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
        .service(web::resource(urls::KEEP).route(web::get().to(keep::get)).route(web::post().to(keep::post)))
        .service(
            web::resource("/signin/passkey").route(web::get().to(passkey::get)).route(web::post().to(passkey::post)),
        )
        .service(
            web::resource("/signin/upstream/{provider}")
                .route(web::get().to(upstream::get))
                .route(web::post().to(upstream::post)),
        )
        .service(web::resource("/signin/upstream/{provider}/callback").route(web::get().to(upstream::callback)))
        .service(web::resource(urls::UNLINKED).route(web::get().to(unlinked::get)))
        .service(web::resource("/signin/passkey/challenge").route(web::post().to(passkey::challenge)))
        .service(web::resource("/signin/again").route(web::get().to(again::get)))
        .service(web::resource(urls::SECOND).route(web::get().to(second::get)).route(web::post().to(second::post)))
        .service(
            web::resource(urls::SPARE_CODE)
                .route(web::get().to(recovery_code::get))
                .route(web::post().to(recovery_code::post)),
        )
        .service(web::resource(urls::ENROL).route(web::get().to(enrol::get)).route(web::post().to(enrol::post)))
        .service(web::resource("/signin/code").route(web::get().to(code::get)).route(web::post().to(code::post)))
        .service(web::resource(urls::TROUBLE).route(web::get().to(trouble::get)))
        .service(web::resource(urls::HELD).route(web::get().to(held::get)))
        .service(web::resource("/signin/code/send").route(web::post().to(code::send)))
        .service(
            web::resource(urls::ELSEWHERE).route(web::get().to(elsewhere::get)).route(web::post().to(elsewhere::post)),
        )
        .service(web::resource(urls::ELSEWHERE_STATE).route(web::get().to(elsewhere::state)))
        .service(web::resource(urls::ELSEWHERE_TAKE).route(web::post().to(elsewhere::take)))
        .service(
            web::resource(format!("{}{{secret}}", urls::APPROVE))
                .route(web::get().to(approve::get))
                .route(web::post().to(approve::post)),
        )
        .configure(recovery::routes);
}
