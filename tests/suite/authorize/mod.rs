//! The authorization endpoint under attack, and as the specifications have it.

mod address;
mod consent;
mod early_errors;
mod parameters;
mod prompts;
mod resources;
