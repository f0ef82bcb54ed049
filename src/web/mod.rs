//! What every page and endpoint shares.

pub mod client_address;
pub mod request_log;
