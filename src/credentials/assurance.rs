//! Pure: what a proof is good for, where somebody asks for more than to sign in: to change the password, or to get back in
//! without it. One table says how strong a factor is; a factor that comes later is a line in [`Factor::strength`], and both
//! rules follow.
//!
//! A person who forgot the password is no worse off than a person who never had one: what could open the account before
//! opens it still. But nobody gets in place of what they lost by proving something weaker than what the account has left.

use crate::session;
use crate::store::addresses::AddressKind;
use crate::store::columns::Words;

/// Something an account can be opened with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Factor {
    /// A code to a phone number: numbers are stolen, and given to other people.
    Sms,
    /// A code to an e-mail address.
    Email,
    /// The password.
    Password,
    /// Two different factors, or what is the second of two: an authenticator app, a recovery code.
    SecondStep,
    /// A passkey.
    Passkey,
}

impl Factor {
    /// How strong it is. Only the order counts. A passkey stands with what opens an account alone and is nobody else's: a code by
    /// e-mail opens the account beside any passkey, so making it wait where it gets somebody back in would keep nobody out.
    const fn strength(self) -> u8 {
        match self {
            Self::Sms => 1,
            Self::Email | Self::Password | Self::Passkey => 2,
            Self::SecondStep => 3,
        }
    }

    /// What a code to an address is.
    pub const fn of_address(kind: AddressKind) -> Self {
        match kind {
            AddressKind::Phone => Self::Sms,
            AddressKind::Email => Self::Email,
        }
    }

    /// What a sign-in was proved by, as `amr` says it; none where that is nothing we know.
    pub fn of_amr(amr: &Words) -> Option<Self> {
        if session::is_borrowed(amr) {
            return None;
        }
        let named = |all: &[(&str, Self)]| all.iter().find(|(word, _)| amr.contains(word)).map(|(_, factor)| *factor);
        let by_passkey = named(&[("hwk", Self::Passkey), ("swk", Self::Passkey), ("pop", Self::Passkey)]);
        let by_two = session::had_two_factors(amr).then_some(Self::SecondStep);
        by_passkey.or(by_two).or_else(|| named(&[("pwd", Self::Password), ("sms", Self::Sms), ("otp", Self::Email)]))
    }

    const fn is_weaker_than(self, other: Self) -> bool {
        self.strength() < other.strength()
    }
}

/// Whether somebody who is signed in, and has just proved this, may put another password in the place of one the account
/// has, or take it away. Not by a text message alone: that is what the thief of a number has.
pub fn may_replace_password(proved: Option<Factor>) -> bool {
    proved.is_some_and(|proved| !proved.is_weaker_than(Factor::Password))
}

/// Why getting back in takes time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// The account has a second step, which was not shown.
    SecondStep,
    /// The account has an e-mail address left, which is stronger.
    Email,
    /// It has a passkey left, which is stronger, and no e-mail address.
    Passkey,
    /// Nobody has used the account for long, and it was a phone number that was proved.
    Dormant,
}

/// How somebody gets back in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recovery {
    /// At once.
    AtOnce,
    /// After a wait in which every address is told and can stop it.
    Waits(Why),
    /// Never: there is nobody to ask.
    Never,
}

/// How somebody who proved an address gets back into its account. `others` is what the account can be opened with besides
/// that address and the password, which is lost; a second step that was shown as well is none of them. `dormant`: a code to this address is too little to open it.
pub fn recovery(proved: Factor, others: &[Factor], dormant: bool) -> Recovery {
    match dormant {
        true if others.is_empty() => Recovery::Never,
        true => Recovery::Waits(Why::Dormant),
        false if others.contains(&Factor::SecondStep) => Recovery::Waits(Why::SecondStep),
        false if others.iter().any(|other| proved.is_weaker_than(*other)) => {
            Recovery::Waits(if others.contains(&Factor::Email) { Why::Email } else { Why::Passkey })
        }
        false => Recovery::AtOnce,
    }
}

#[cfg(test)]
mod tests {
    use super::Factor::{Email, Passkey, Password, SecondStep, Sms};
    use super::*;

    #[test]
    fn how_somebody_gets_back_in() {
        let table: [(Factor, &[Factor], bool, Recovery); 18] = [
            (Email, &[], false, Recovery::AtOnce),
            (Email, &[Sms], false, Recovery::AtOnce),
            (Email, &[Email, Sms], false, Recovery::AtOnce),
            (Sms, &[], false, Recovery::AtOnce),
            (Sms, &[Sms], false, Recovery::AtOnce),
            (Sms, &[Email], false, Recovery::Waits(Why::Email)),
            (Email, &[Passkey], false, Recovery::AtOnce),
            (Sms, &[Passkey], false, Recovery::Waits(Why::Passkey)),
            (Sms, &[Sms, Passkey], false, Recovery::Waits(Why::Passkey)),
            (Sms, &[Passkey, Email], false, Recovery::Waits(Why::Email)),
            (Sms, &[Passkey], true, Recovery::Waits(Why::Dormant)),
            (Sms, &[], true, Recovery::Never),
            (Sms, &[Sms], true, Recovery::Waits(Why::Dormant)),
            (Sms, &[Email], true, Recovery::Waits(Why::Dormant)),
            (Sms, &[SecondStep], false, Recovery::Waits(Why::SecondStep)),
            (Email, &[SecondStep], false, Recovery::Waits(Why::SecondStep)),
            (Sms, &[Email, SecondStep], false, Recovery::Waits(Why::SecondStep)),
            (Sms, &[SecondStep], true, Recovery::Waits(Why::Dormant)),
        ];
        for (proved, others, dormant, expected) in table {
            assert_eq!(recovery(proved, others, dormant), expected, "{proved:?} {others:?} {dormant}");
        }
    }

    #[test]
    fn a_text_message_alone_replaces_no_password() {
        for (amr, factor, may) in [
            ("pwd", Some(Password), true),
            ("otp", Some(Email), true),
            ("otp sms", Some(Sms), false),
            ("otp sms mfa", Some(SecondStep), true),
            ("pwd otp mfa", Some(SecondStep), true),
            ("", None, false),
            ("hwk user mfa", Some(Passkey), true),
            ("swk user mfa", Some(Passkey), true),
            ("pop user mfa", Some(Passkey), true),
            ("pwd swk user mfa", Some(Passkey), true),
            ("face", None, false),
            // Another provider's word is enough to sign in.
            ("fed", None, false),
            ("fed mfa", None, false),
            ("fed otp mfa", Some(SecondStep), true),
        ] {
            let proved = Factor::of_amr(&Words::parse(amr));
            assert_eq!((proved, may_replace_password(proved)), (factor, may), "{amr}");
        }
    }
}
