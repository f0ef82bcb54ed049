//! What a person signs in with: each kind has its check here and its page in `signin`. A new kind is a file, a line in
//! [`ALL`], and its templates.

pub mod assurance;
pub mod attempt;
pub mod guessing;
pub mod new_account;
pub mod new_password;
pub mod one_time_code;
pub mod password;
pub mod refusal;
pub mod sms;

use crate::store::columns::Words;
use crate::store::one_time_codes::Channel;

/// A kind of credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Something the person knows.
    Password,
    /// A code sent to a proven address.
    OneTimeCode(Channel),
}

/// Every kind.
pub const ALL: &[Kind] = &[Kind::Password, Kind::OneTimeCode(Channel::Sms), Kind::OneTimeCode(Channel::Email)];

impl Kind {
    /// What proving oneself with it says in `amr` (RFC 8176 §2). Mail has no value of its own there.
    pub fn amr(self) -> Words {
        let methods: &[&str] = match self {
            Self::Password => &["pwd"],
            Self::OneTimeCode(Channel::Sms) => &["otp", "sms"],
            Self::OneTimeCode(Channel::Email) => &["otp"],
        };
        methods.iter().copied().collect()
    }

    /// The page of sign-in that asks for it.
    pub fn path(self) -> &'static str {
        match self {
            Self::Password => "/signin/password",
            Self::OneTimeCode(_) => "/signin/code",
        }
    }
}
