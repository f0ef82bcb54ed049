//! Keyhouse: one account for all of a company's apps.

pub mod clock;
pub mod config;
pub mod delivery;
pub mod tls;
pub mod web;
