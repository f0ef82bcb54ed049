//! A new session cookie for a browser, without a new sign-in: after a change of how to sign in, whoever has a copy of the old
//! one must have nothing.

use super::NewCookies;
use crate::security::random;
use crate::store::sessions;
use crate::store::{Connection, StoreError};

/// Hands every sign-in of the browser with this cookie to a new one.
pub fn rotate(connection: &mut Connection, old: &str) -> Result<NewCookies, StoreError> {
    let cookie = random::secret();
    sessions::rotate_browser(connection, &random::sha256(old), &random::sha256(&cookie))?;
    // A browser that has brought a key goes on proving it.
    Ok(NewCookies { session: cookie, device: None, started: None, asks_for_key: false })
}
