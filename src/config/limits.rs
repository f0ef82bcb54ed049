//! The checked `[limits]`.

use std::time::Duration;

/// `[limits]`
#[derive(Debug, Clone)]
pub struct Limits {
    /// Wrong passwords for one account in the window.
    pub password_tries_per_account: u32,
    /// Wrong passwords from one address in the window.
    pub password_tries_per_address: u32,
    /// Wrong passwords from one neighbourhood of addresses in the window.
    pub password_tries_per_network: u32,
    /// Wrong passwords in the window in all.
    pub password_tries: u32,
    /// The window of them.
    pub password_window: Duration,
    /// Wrong codes an hour from one address, or on one browser that its account knows.
    pub code_tries_per_address_per_hour: u32,
    /// Wrong codes an hour in all.
    pub code_tries_per_hour: u32,
    /// Messages an hour that one address sets off.
    pub sends_per_address_per_hour: u32,
    /// Messages an hour in all.
    pub sends_per_hour: u32,
    /// New accounts an hour.
    pub accounts_per_address_per_hour: u32,
    /// Times an hour that a passkey is asked for from one address.
    pub passkey_challenges_per_address_per_hour: u32,
    /// Times an hour that one browser asks to be approved on another device.
    pub approvals_per_browser_per_hour: u32,
    /// The same of one address.
    pub approvals_per_address_per_hour: u32,
    /// Passwords an hour that are judged while they are typed.
    pub password_measures_per_address_per_hour: u32,
    /// Failed client authentications in the window.
    pub client_failures: u32,
    /// That window.
    pub client_failure_window: Duration,
    /// Request objects a minute that are fetched for one client.
    pub request_uri_fetches_per_client_per_minute: u32,
}
