//! `[passwords.breached]`: where passwords that were stolen somewhere are looked up.

use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;
use url::Url;

use super::rules::{Wrong, optional_path, seconds, wrong};

/// As it stands in TOML.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Written {
    pub file: String,
    pub range_url: String,
    pub timeout_seconds: u32,
    pub private_addresses: bool,
}

/// `[passwords.breached]`
#[derive(Debug, Clone)]
pub struct Breached {
    /// A file that `keyhouse breached-passwords build` made.
    pub file: Option<PathBuf>,
    /// What the first five digits of a hash are put behind; ends with a slash.
    pub range_url: Option<String>,
    /// For one question.
    pub timeout: Duration,
    /// Whether the service may be inside, and http.
    pub private_addresses: bool,
}

pub(super) fn check(written: Written) -> Result<Breached, Wrong> {
    let key = "passwords.breached.range_url";
    let range_url = match written.range_url.as_str() {
        "" => None,
        text => {
            let url = Url::parse(text).map_err(|_| wrong(key, "must be an address"))?;
            let is_plain = url.query().is_none() && url.fragment().is_none() && url.path().ends_with('/');
            match url.scheme() {
                "https" => {}
                "http" if written.private_addresses => {}
                _ => return Err(wrong(key, "must be https, or an address inside with private_addresses")),
            }
            if !is_plain {
                return Err(wrong(key, "must end with a slash: five digits are put behind it"));
            }
            Some(String::from(url))
        }
    };
    Ok(Breached {
        file: optional_path(written.file),
        range_url,
        timeout: seconds("passwords.breached.timeout_seconds", written.timeout_seconds, 1..=30)?,
        private_addresses: written.private_addresses,
    })
}
