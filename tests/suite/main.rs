//! Keyhouse's tests over HTTP against the running app, and over its sources: one binary.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::disallowed_methods,
    reason = "tests"
)]

mod architecture;
mod bad_input;
mod code_flow;
mod codes;
mod enumeration;
mod forms;
mod harness;
mod look;
mod page_headers;
mod routes;
mod sessions;
mod signin;
mod signup;
mod wire;
