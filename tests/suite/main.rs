//! Keyhouse's tests over HTTP against the running app, and over its sources: one binary.

// The whole provider metadata is one `json!`.
#![recursion_limit = "256"]
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
mod bound_sessions;
mod code_flow;
mod codes;
mod corpus;
mod cors;
mod development;
mod device;
mod device_page;
mod discovery;
mod dpop;
mod elsewhere;
mod enumeration;
mod fapi;
mod faults;
mod forms;
mod frontchannel;
mod guessing;
mod harness;
mod initiated_login;
mod introspection;
mod kept;
mod life;
mod logos;
mod logout;
mod look;
mod mtls;
mod nodes;
mod page_headers;
mod pairwise;
mod passkeys;
mod passwords;
mod personal;
mod pictures;
mod pumping;
mod registration;
mod revocation;
mod routes;
mod sessions;
mod settings;
mod signin;
mod signup;
mod step_up;
mod steps;
mod store;
mod strange_browser;
mod token;
mod upstream;
mod userinfo;
mod wire;
