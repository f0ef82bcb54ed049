//! The authorization endpoint under attack, and as the specifications have it.

mod address;
mod consent;
mod early_errors;
mod parameters;
mod prompts;
mod pushed;
mod request_objects;
mod resources;
