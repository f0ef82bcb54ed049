//! The token endpoint: what it gives, and what it refuses.

mod assertions;
mod authorization_code;
mod client_authentication;
mod client_credentials;
mod jwt;
mod jwt_bearer;
mod refresh_token;
mod requests;
pub mod resources;
mod token_exchange;
