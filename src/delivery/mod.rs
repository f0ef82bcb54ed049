//! Messages to people.

pub mod code;
