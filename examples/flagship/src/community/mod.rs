//! community: posts and replies that everybody who is signed in can read, under their authors' names.

pub mod board;
pub mod store;

use actix_web::web;

/// community's pages.
pub fn configure(routes: &mut web::ServiceConfig) {
    routes
        .service(web::resource("/").get(board::list))
        .service(web::resource("/posts").post(board::add))
        .service(web::resource("/posts/{id}").get(board::show))
        .service(web::resource("/posts/{id}/reply").post(board::reply))
        .service(web::resource("/posts/{id}/delete").post(board::delete));
}
