//! A person proves who they are.

pub mod code;
pub mod identifier;
pub mod password;

/// The routes of this slice.
pub fn routes(_service: &mut actix_web::web::ServiceConfig) {}
