//! The authorization endpoint under attack, and as the specifications have it.

mod accounts;
mod address;
mod claims;
mod consent;
mod early_errors;
mod parameters;
mod prompts;
mod resources;
mod response_modes;
mod response_types;
