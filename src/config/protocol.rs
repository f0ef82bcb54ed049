//! The checked configuration of single specifications, section by section. What a value means and its default stand in
//! `config/default.toml`.

use std::time::Duration;

/// `[device]`
#[derive(Debug, Clone)]
pub struct Device {
    /// How long a device may wait for its answer.
    pub code: Duration,
    /// Wrong codes of one account an hour.
    pub wrong_codes_per_account_per_hour: u32,
    /// Wrong codes of everybody an hour.
    pub wrong_codes_per_hour: u32,
    /// Devices an hour that ask from one address.
    pub requests_per_address_per_hour: u32,
}

/// `[dpop]`
#[derive(Debug, Clone)]
pub struct Dpop {
    /// Whether proofs carry a nonce of this server.
    pub require_nonce: bool,
}

/// `[compatibility]`
#[derive(Debug, Clone)]
pub struct Compatibility {
    /// Confidential clients may leave PKCE out.
    pub pkce_optional_for_confidential: bool,
    /// Early errors go to unverified clients too.
    pub redirect_early_errors: bool,
    /// Apps may register themselves for tokens from the authorization endpoint.
    pub legacy_response_types: bool,
}
