//! The checked `[account]`: how long changes of an account wait, and what is kept.

use std::path::PathBuf;
use std::time::Duration;

/// `[account]`
#[derive(Debug, Clone)]
pub struct Account {
    /// How old a proof of identity may be for a change of how to sign in, an export or a deletion.
    pub fresh: Duration,
    /// How long a change waits that was not proved by everything the account has.
    pub waiting: Duration,
    /// How long a change can be undone from the old address.
    pub undo: Duration,
    /// After so long without use, a code to its number alone does not open an account.
    pub dormant: Duration,
    /// How long a deletion can be called off by signing in; zero: not at all.
    pub deletion: Duration,
    /// How long an export can be downloaded.
    pub export: Duration,
    /// How long it is kept what operators did to accounts.
    pub audit: Duration,
    /// A file in MaxMind's format that knows where addresses are.
    pub places_file: Option<PathBuf>,
}
