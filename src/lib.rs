//! Keyhouse: one account for all of a company's apps.
//!
//! A module uses only lower floors, and the slices of floor 6 (`oauth`, `signin`, `signup`, `account`) never use each
//! other; `tests/suite/architecture.rs` holds the code to it.

// Floor 7
pub mod command;
pub mod server;
// Floor 6
pub mod account;
pub mod delivery_receipts;
pub mod dev_mailbox;
pub mod oauth;
pub mod signin;
pub mod signup;
// Floor 5
pub mod change;
pub mod credentials;
pub mod export;
pub mod news;
pub mod notice;
// Floor 4
pub mod session;
// Floor 3
pub mod web;
// Floor 2
pub mod app;
// Floor 1
pub mod brand;
pub mod breached;
pub mod delivery;
pub mod identifier;
pub mod outbound;
pub mod phone;
pub mod picture;
pub mod place;
pub mod security;
pub mod store;
pub mod tls;
// Floor 0
pub mod clock;
pub mod config;
pub mod language;
