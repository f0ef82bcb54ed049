//! Keyhouse's tests over HTTP against the running app, and over its sources: one binary.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::as_conversions, reason = "tests")]

mod code_flow;
mod faults;
mod harness;
mod introspection;
mod look;
mod nodes;
mod revocation;
mod store;
mod token;
