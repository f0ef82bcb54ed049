//! RP-initiated logout.

pub mod confirm;
pub mod signed_out;
