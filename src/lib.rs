//! Keyhouse: one account for all of a company's apps.
//!
//! A module uses only lower floors, and the slices of floor 6 (`oauth`, `signin`, `signup`, `account`) never use each
//! other; `tests/suite/architecture.rs` holds the code to it.

// Floor 0
pub mod clock;
pub mod config;
// Floor 1
pub mod security;
pub mod store;
