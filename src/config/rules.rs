//! The rules that several sections share: ranges, what "not set" means, secrets and their `_file` twins, loopback.

use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use url::{Host, Url};

/// A value that may not be, by its key; the caller knows which layer set it.
#[derive(Debug)]
pub(super) struct Wrong {
    pub key: String,
    pub problem: String,
}

/// Says what is wrong with a key.
pub(super) fn wrong(key: &str, problem: impl Into<String>) -> Wrong {
    Wrong { key: key.to_owned(), problem: problem.into() }
}

/// A number within its range.
pub(super) fn between(key: &str, value: u32, range: RangeInclusive<u32>) -> Result<u32, Wrong> {
    if range.contains(&value) {
        return Ok(value);
    }
    Err(wrong(key, format!("is {value}, must be from {} to {}", range.start(), range.end())))
}

/// A number within its range, of things in memory.
pub(super) fn count(key: &str, value: u32, range: RangeInclusive<u32>) -> Result<usize, Wrong> {
    usize::try_from(between(key, value, range)?).map_err(|_| wrong(key, "is too large for this machine"))
}

/// Seconds within a range.
pub(super) fn seconds(key: &str, value: u32, range: RangeInclusive<u32>) -> Result<Duration, Wrong> {
    between(key, value, range).map(|value| Duration::from_secs(u64::from(value)))
}

/// Days within a range.
pub(super) fn days(key: &str, value: u32, range: RangeInclusive<u32>) -> Result<Duration, Wrong> {
    between(key, value, range).map(|value| Duration::from_secs(86_400 * u64::from(value)))
}

/// An empty string is "not set".
pub(super) fn optional(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}

/// An empty string is "not set".
pub(super) fn optional_path(text: String) -> Option<PathBuf> {
    optional(text).map(PathBuf::from)
}

/// A secret that stands in its key or in the file its `_file` twin names, without the line break at the end.
pub(super) fn secret(key: &str, value: SecretString, file: &str) -> Result<Option<SecretString>, Wrong> {
    let is_set = !value.expose_secret().is_empty();
    if file.is_empty() {
        return Ok(is_set.then_some(value));
    }
    let file_key = format!("{key}_file");
    if is_set {
        return Err(wrong(&file_key, format!("and {key} are both set; keep one")));
    }
    let text = std::fs::read_to_string(file).map_err(|error| wrong(&file_key, format!("{file}: {error}")))?;
    let text = SecretString::from(text.trim_end_matches(['\r', '\n']));
    if text.expose_secret().is_empty() {
        return Err(wrong(&file_key, format!("{file} is empty")));
    }
    Ok(Some(text))
}

/// Whether a URL names this machine: `localhost`, 127.0.0.0/8 or `::1`.
pub(super) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}
