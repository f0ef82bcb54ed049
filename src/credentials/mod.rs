//! What a person signs in with: each kind has its check here and its page in `signin`. A new kind is a file, a line in
//! [`ALL`], and its templates. Every right proof goes through [`gate`], which alone starts a sign-in.

pub mod approval;
pub mod assurance;
pub mod attempt;
pub mod dormancy;
pub mod gate;
pub mod guessing;
pub mod new_account;
pub mod new_password;
pub mod one_time_code;
pub mod passkey;
pub mod password;
pub mod password_meter;
pub mod password_rules;
pub mod recovery_code;
pub mod refusal;
pub mod second_step;
pub mod sms;
pub mod steps;
mod stolen_password;
pub mod totp;
pub mod two_step;
pub mod upstream;

use crate::session;
use crate::store::columns::Words;
use crate::store::one_time_codes::Channel;
use crate::web::urls;

use passkey::KeyStore;
use upstream::Weight;

/// A kind of credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Something the person knows.
    Password,
    /// A code sent to a proven address.
    OneTimeCode(Channel),
    /// A code of the person's authenticator app (RFC 6238).
    Totp,
    /// One of the codes the person keeps for the day the app is gone.
    RecoveryCode,
    /// A key that an authenticator keeps, which checked who uses it.
    Passkey(KeyStore),
    /// The word of another provider that it knows the person.
    Upstream(Weight),
    /// A sign-in on another device that was by two factors, and in which this one was approved.
    Approval,
}

/// Every kind.
pub const ALL: &[Kind] = &[
    Kind::Password,
    Kind::OneTimeCode(Channel::Sms),
    Kind::OneTimeCode(Channel::Email),
    Kind::Totp,
    Kind::RecoveryCode,
    Kind::Passkey(KeyStore::Hardware),
    Kind::Passkey(KeyStore::Software),
    Kind::Passkey(KeyStore::Unknown),
    Kind::Upstream(Weight::One),
    Kind::Upstream(Weight::Two),
    Kind::Approval,
];

impl Kind {
    /// What proving oneself with it says in `amr` (RFC 8176 §2). Mail and recovery codes have no value of their own there. A
    /// passkey is something the person has, used by somebody who was there (`user`) and whom the authenticator verified, by what
    /// they know or are: two factors (`mfa`). Where its key lives is told as far as it is known; else that it is one (`pop`). Of another
    /// provider's word RFC 8176 knows nothing: what happened there is not ours to say, so it is told for what it is (`fed`). Of a sign-in
    /// that was approved from afar only `mfa` is told: who asks for a key asks for what no false page can pass on.
    pub fn amr(self) -> Words {
        let methods: &[&str] = match self {
            Self::Password => &["pwd"],
            Self::OneTimeCode(Channel::Sms) => &["otp", "sms"],
            Self::OneTimeCode(Channel::Email) | Self::Totp | Self::RecoveryCode => &["otp"],
            Self::Passkey(KeyStore::Hardware) => &["hwk", "user", "mfa"],
            Self::Passkey(KeyStore::Software) => &["swk", "user", "mfa"],
            Self::Passkey(KeyStore::Unknown) => &["pop", "user", "mfa"],
            Self::Upstream(_) => &[session::FEDERATED],
            Self::Approval => &["mfa"],
        };
        methods.iter().copied().collect()
    }

    /// The kind by which a sign-in with one factor, and this `amr`, was.
    pub fn of_amr(amr: &Words) -> Option<Self> {
        if amr.contains("pwd") {
            Some(Self::Password)
        } else if amr.contains("sms") {
            Some(Self::OneTimeCode(Channel::Sms))
        } else if amr.contains("otp") {
            Some(Self::OneTimeCode(Channel::Email))
        } else if amr.contains(session::FEDERATED) {
            Some(Self::Upstream(Weight::One))
        } else {
            None
        }
    }

    /// Its name in the store.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::OneTimeCode(channel) => channel.as_str(),
            Self::Totp => "totp",
            Self::RecoveryCode => "recovery_code",
            Self::Passkey(KeyStore::Hardware) => "passkey_hardware",
            Self::Passkey(KeyStore::Software) => "passkey_software",
            Self::Passkey(KeyStore::Unknown) => "passkey",
            Self::Upstream(Weight::One) => "upstream",
            Self::Upstream(Weight::Two) => "upstream_two",
            Self::Approval => "approval",
        }
    }

    /// The kind of a name.
    pub fn parse(name: &str) -> Option<Self> {
        ALL.iter().copied().find(|kind| kind.as_str() == name)
    }

    /// The page of sign-in that asks for it.
    pub fn path(self) -> &'static str {
        match self {
            Self::Password => "/signin/password",
            Self::OneTimeCode(_) => "/signin/code",
            Self::Totp => urls::SECOND,
            Self::RecoveryCode => urls::SPARE_CODE,
            Self::Passkey(_) => "/signin/passkey",
            Self::Upstream(_) => urls::SIGN_IN,
            Self::Approval => urls::ELSEWHERE,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_have_names_and_are_known_by_their_amr() {
        for kind in ALL {
            assert_eq!(Kind::parse(kind.as_str()), Some(*kind));
        }
        for first in [Kind::Password, Kind::OneTimeCode(Channel::Sms), Kind::OneTimeCode(Channel::Email)] {
            assert_eq!(Kind::of_amr(&first.amr()), Some(first));
        }
        assert_eq!(Kind::of_amr(&Words::parse("hwk user")), None);
        assert_eq!(Kind::parse("email sms"), None);
    }
}
