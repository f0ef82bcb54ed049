//! Keyhouse: one account for all of a company's apps.

pub mod account;
pub mod brand;
pub mod delivery;
pub mod dev_mailbox;
pub mod language;
pub mod oauth;
pub mod signin;
pub mod signup;
pub mod web;
