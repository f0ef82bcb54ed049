//! cloud: keeps a person's files. It is a relying party, and a resource server too: `api` serves the files to
//! other apps that come with an access token for it.

pub mod access_token;
pub mod api;
pub mod bearer;
pub mod files;
pub mod locks;
pub mod store;
pub mod upload;

use actix_web::web;

/// The scope that reading a person's files through the API takes.
pub const READ_SCOPE: &str = "cloud.files.read";

/// cloud's pages and its API.
pub fn configure(routes: &mut web::ServiceConfig) {
    routes
        .service(web::resource("/").get(files::list))
        .service(web::resource("/files").post(upload::upload))
        .service(web::resource("/files/{id}").get(files::download))
        .service(web::resource("/files/{id}/lock").post(locks::lock))
        .service(web::resource("/files/{id}/open").get(locks::open).post(locks::step_up))
        .service(web::resource("/files/{id}/unlock").post(locks::unlock))
        .service(web::resource("/files/{id}/delete").get(files::confirm_delete).post(files::delete))
        .service(web::resource("/api/files").get(api::list))
        .service(web::resource("/api/files/{id}").get(api::content));
}
