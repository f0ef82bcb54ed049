//! notes: private notes. A file from cloud can be attached: notes asks for access there (`connect`), and then
//! calls cloud's API with an access token whose audience is cloud (`cloud`).

pub mod attach;
pub mod cloud;
pub mod connect;
pub mod edit;
pub mod store;

use actix_web::web;

/// notes' pages.
pub fn configure(routes: &mut web::ServiceConfig) {
    routes
        .service(web::resource("/").get(edit::list))
        .service(web::resource("/new").get(edit::new))
        .service(web::resource("/notes").post(edit::add))
        .service(web::resource("/notes/{id}").get(edit::show).post(edit::change))
        .service(web::resource("/notes/{id}/delete").post(edit::delete))
        .service(web::resource("/notes/{id}/connect").post(connect::connect))
        .service(web::resource("/notes/{id}/attach").get(attach::choose).post(attach::attach))
        .service(web::resource("/notes/{id}/attachments/{attachment}").get(attach::download))
        .service(web::resource("/notes/{id}/attachments/{attachment}/delete").post(attach::remove));
}
