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
mod authorize;
mod backchannel;
mod code_flow;
mod codes;
mod cors;
mod discovery;
mod enumeration;
mod harness;
mod introspection;
mod logout;
mod look;
mod nodes;
mod revocation;
mod sessions;
mod signin;
mod signup;
mod store;
mod token;
mod userinfo;
