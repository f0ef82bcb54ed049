//! What a person signs in with: each kind has its check here and its page in `signin`. A new kind is a file, a line in
//! [`ALL`], and its templates.

pub mod assurance;
pub mod attempt;
pub mod new_account;
pub mod new_password;
pub mod one_time_code;
pub mod passkey;
pub mod password;
pub mod refusal;

use crate::store::columns::Words;
use crate::store::one_time_codes::Channel;

use passkey::KeyStore;

/// A kind of credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Something the person knows.
    Password,
    /// A code sent to a proven address.
    OneTimeCode(Channel),
    /// A key that an authenticator keeps, which checked who uses it.
    Passkey(KeyStore),
}

/// Every kind.
pub const ALL: &[Kind] = &[
    Kind::Password,
    Kind::OneTimeCode(Channel::Sms),
    Kind::OneTimeCode(Channel::Email),
    Kind::Passkey(KeyStore::Hardware),
    Kind::Passkey(KeyStore::Software),
    Kind::Passkey(KeyStore::Unknown),
];

impl Kind {
    /// What proving oneself with it says in `amr` (RFC 8176 §2). Mail has no value of its own there. A passkey is something
    /// the person has, used by somebody who was there (`user`) and whom the authenticator verified, by what they know or
    /// are: two factors (`mfa`). Where its key lives is told as far as it is known; else that it is one (`pop`).
    pub fn amr(self) -> Words {
        let methods: &[&str] = match self {
            Self::Password => &["pwd"],
            Self::OneTimeCode(Channel::Sms) => &["otp", "sms"],
            Self::OneTimeCode(Channel::Email) => &["otp"],
            Self::Passkey(KeyStore::Hardware) => &["hwk", "user", "mfa"],
            Self::Passkey(KeyStore::Software) => &["swk", "user", "mfa"],
            Self::Passkey(KeyStore::Unknown) => &["pop", "user", "mfa"],
        };
        methods.iter().copied().collect()
    }

    /// The page of sign-in that asks for it.
    pub fn path(self) -> &'static str {
        match self {
            Self::Password => "/signin/password",
            Self::OneTimeCode(_) => "/signin/code",
            Self::Passkey(_) => "/signin/passkey",
        }
    }
}
