//! A person proves who they are.

pub mod code;
pub mod identifier;
pub mod password;
