//! The authorization endpoint.

pub mod consent;
