//! The authorization server.

pub mod authorize;
pub mod end_session;
