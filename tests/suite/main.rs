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
mod bad_input;
mod code_flow;
mod codes;
mod corpus;
mod cors;
mod development;
mod device;
mod discovery;
mod dpop;
mod enumeration;
mod faults;
mod forms;
mod frontchannel;
mod harness;
mod initiated_login;
mod introspection;
mod logos;
mod logout;
mod look;
mod mtls;
mod nodes;
mod page_headers;
mod pairwise;
mod personal;
mod registration;
mod revocation;
mod routes;
mod sessions;
mod signin;
mod signup;
mod store;
mod token;
mod userinfo;
mod wire;
