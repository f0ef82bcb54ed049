//! Random values and the digests under which they are kept.

use aws_lc_rs::{digest, rand};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::error::Fault;

/// 256 random bits in base64url (43 characters): cookies, `state`, row identifiers.
///
/// # Errors
/// When the operating system has no randomness to give.
pub fn token() -> Result<String, Fault> {
    let mut bytes = [0_u8; 32];
    rand::fill(&mut bytes).map_err(|_| "the system's random generator failed")?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

/// SHA-256 in base64url. Cookies are kept as this only: whoever reads the database cannot sign in with it.
/// No salt and no slow hash is needed, because the input is 256 random bits.
pub fn digest(secret: &str) -> String {
    URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, secret.as_bytes()))
}
