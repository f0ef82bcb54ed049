//! What an account can prove itself with, by everything that tells.

use super::addresses::AddressKind;
use super::{Connection, StoreError, addresses, passkeys, passwords, recovery_codes, totps};

/// What there is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Held {
    /// A password.
    pub password: bool,
    /// A phone number that takes codes.
    pub phone: bool,
    /// An e-mail address that takes codes.
    pub email: bool,
    /// An authenticator app.
    pub totp: bool,
    /// A passkey.
    pub passkey: bool,
    /// Recovery codes that are left.
    pub recovery_codes: i64,
}

impl Held {
    /// Whether the account has something of its own for a second step. Nothing weaker stands in for it then: a code to a
    /// phone number does not, whoever holds the number.
    pub fn has_second_step(&self) -> bool {
        self.totp
    }
}

/// What an account has.
pub fn of_account(connection: &mut Connection, account_id: i64) -> Result<Held, StoreError> {
    let owned = addresses::of_account(connection, account_id)?;
    let has = |kind| owned.iter().any(|address| address.kind == kind);
    Ok(Held {
        password: passwords::changed_at(connection, account_id)?.is_some(),
        phone: has(AddressKind::Phone),
        email: has(AddressKind::Email),
        totp: totps::since(connection, account_id)?.is_some(),
        passkey: passkeys::any(connection, account_id)?,
        recovery_codes: recovery_codes::left(connection, account_id)?,
    })
}

/// Whether the account has something of its own for a second step.
pub fn has_second_step(connection: &mut Connection, account_id: i64) -> Result<bool, StoreError> {
    Ok(totps::since(connection, account_id)?.is_some())
}
