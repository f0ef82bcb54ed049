//! The authorization endpoint under attack, and as the specifications have it.

mod accounts;
mod address;
mod claims;
mod consent;
mod early_errors;
mod jarm;
mod parameters;
mod prompts;
mod pushed;
mod request_objects;
mod resources;
pub mod response_modes;
mod response_types;
