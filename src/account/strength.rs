//! Pure: how strong an account is, said by what somebody needs who wants in, and the one thing to do next.

use crate::store::addresses::AddressKind;

/// So few recovery codes are worth making new ones.
const FEW_RECOVERY_CODES: i64 = 3;

/// What is known of an account's ways in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// How many ways in it has.
    pub ways: usize,
    /// Whether one of them is a password.
    pub has_password: bool,
    /// Whether that is on a list of stolen ones.
    pub password_is_stolen: bool,
    /// Whether one is a passkey.
    pub has_passkey: bool,
    /// Whether there can be passkeys here.
    pub can_have_passkeys: bool,
    /// Whether signing in takes two steps.
    pub has_two_steps: bool,
    /// How many recovery codes are left.
    pub recovery_codes: i64,
    /// A kind of address that is missing, and that messages reach.
    pub missing_address: Option<AddressKind>,
    /// Whether a change waits that somebody else may have asked for.
    pub change_waits: bool,
    /// Whether nothing about the addresses can be changed for now.
    pub is_frozen: bool,
}

/// How strong an account is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strength {
    /// One way in: whoever loses it loses the account.
    Weak,
    /// Its password is on a list of stolen ones, and opens it.
    Stolen,
    /// One stolen thing, a password or a code, opens it.
    Fair,
    /// There is a passkey, but a password or a code alone still opens it.
    GoodByPasskey,
    /// One stolen thing opens nothing, but a false page can ask for both.
    GoodByTwoSteps,
    /// One stolen thing opens nothing, and there is a passkey, of which a false page gets nothing.
    Strong,
}

impl Strength {
    /// What the facts come to.
    pub const fn of(facts: &Facts) -> Self {
        match (facts.ways, facts.has_passkey, facts.has_two_steps) {
            (0 | 1, _, _) => Self::Weak,
            (_, _, false) if facts.password_is_stolen => Self::Stolen,
            (_, false, false) => Self::Fair,
            (_, true, false) => Self::GoodByPasskey,
            (_, false, true) => Self::GoodByTwoSteps,
            (_, true, true) => Self::Strong,
        }
    }

    /// The messages: the word for it, and what it means.
    pub const fn keys(self) -> (&'static str, &'static str) {
        match self {
            Self::Weak => ("strength-weak", "strength-weak-text"),
            Self::Stolen => ("strength-weak", "strength-stolen-text"),
            Self::Fair => ("strength-fair", "strength-fair-text"),
            Self::GoodByPasskey => ("strength-good", "strength-good-passkey-text"),
            Self::GoodByTwoSteps => ("strength-good", "strength-good-two-step-text"),
            Self::Strong => ("strength-strong", "strength-strong-text"),
        }
    }
}

/// The one thing to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Look at a change that waits, and stop it where it is somebody else's.
    Change,
    /// Choose another password in the place of a stolen one.
    StolenPassword,
    /// Add a phone number.
    Phone,
    /// Add an e-mail address.
    Email,
    /// Set a password.
    Password,
    /// Make a passkey.
    Passkey,
    /// Turn two-step sign-in on.
    TwoSteps,
    /// Make new recovery codes.
    RecoveryCodes,
}

impl Next {
    /// What counts most: a change that somebody else may have begun, and a password that others have; then a second way in, since that is what brings an
    /// account back; then the strongest way in that is missing. `None` where there is nothing left to do.
    pub fn of(facts: &Facts) -> Option<Self> {
        let address = facts.missing_address.filter(|_| !facts.is_frozen).map(|kind| match kind {
            AddressKind::Phone => Self::Phone,
            AddressKind::Email => Self::Email,
        });
        let is_alone = facts.ways < 2;
        let wants_password = !facts.has_password && !facts.has_passkey;
        let steps = [
            facts.change_waits.then_some(Self::Change),
            facts.password_is_stolen.then_some(Self::StolenPassword),
            address.filter(|_| is_alone),
            (facts.can_have_passkeys && !facts.has_passkey).then_some(Self::Passkey),
            (is_alone && wants_password).then_some(Self::Password),
            (!facts.has_two_steps).then_some(Self::TwoSteps),
            (facts.has_two_steps && facts.recovery_codes < FEW_RECOVERY_CODES).then_some(Self::RecoveryCodes),
            address,
        ];
        steps.into_iter().flatten().next()
    }

    /// The messages: title, text and button.
    pub const fn keys(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Change => ("next-change-title", "next-change-text", "security-waiting-look"),
            Self::StolenPassword => ("next-stolen-title", "next-stolen-text", "next-stolen-button"),
            Self::Phone => ("next-phone-title", "next-phone-text", "next-phone-button"),
            Self::Email => ("next-email-title", "next-email-text", "next-email-button"),
            Self::Password => ("next-password-title", "next-password-text", "next-password-button"),
            Self::Passkey => ("next-passkey-title", "next-passkey-text", "next-passkey-button"),
            Self::TwoSteps => ("next-two-step-title", "next-two-step-text", "next-two-step-button"),
            Self::RecoveryCodes => ("next-codes-title", "next-codes-text", "next-codes-button"),
        }
    }

    /// The icon of its button.
    pub const fn icon(self) -> &'static str {
        match self {
            Self::Change => "clock",
            Self::Phone => "phone",
            Self::Email => "envelope",
            Self::Password | Self::StolenPassword => "lock",
            Self::Passkey => "passkey",
            Self::TwoSteps => "shield",
            Self::RecoveryCodes => "document",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NEW: Facts = Facts {
        ways: 2,
        has_password: true,
        password_is_stolen: false,
        has_passkey: false,
        can_have_passkeys: true,
        has_two_steps: false,
        recovery_codes: 0,
        missing_address: Some(AddressKind::Email),
        change_waits: false,
        is_frozen: false,
    };
    const DONE: Facts =
        Facts { ways: 4, has_passkey: true, has_two_steps: true, recovery_codes: 10, missing_address: None, ..NEW };

    #[test]
    fn an_account_is_as_strong_as_what_it_takes_to_get_in() {
        for (facts, strength) in [
            (Facts { ways: 1, ..DONE }, Strength::Weak),
            (Facts { ways: 0, ..NEW }, Strength::Weak),
            (NEW, Strength::Fair),
            (Facts { password_is_stolen: true, ..NEW }, Strength::Stolen),
            (Facts { password_is_stolen: true, has_passkey: true, ..NEW }, Strength::Stolen),
            (Facts { password_is_stolen: true, has_two_steps: true, ..NEW }, Strength::GoodByTwoSteps),
            (Facts { has_passkey: true, ..NEW }, Strength::GoodByPasskey),
            (Facts { has_two_steps: true, ..NEW }, Strength::GoodByTwoSteps),
            (DONE, Strength::Strong),
        ] {
            assert_eq!(Strength::of(&facts), strength, "{facts:?}");
        }
    }

    #[test]
    fn there_is_one_next_thing_and_it_is_the_one_that_counts_most() {
        let alone = Facts { ways: 1, has_password: false, ..NEW };
        for (facts, next) in [
            (Facts { change_waits: true, ..alone }, Some(Next::Change)),
            (Facts { change_waits: true, ..DONE }, Some(Next::Change)),
            (alone, Some(Next::Email)),
            (Facts { missing_address: Some(AddressKind::Phone), ..alone }, Some(Next::Phone)),
            (Facts { is_frozen: true, ..alone }, Some(Next::Passkey)),
            (Facts { missing_address: None, can_have_passkeys: false, ..alone }, Some(Next::Password)),
            (NEW, Some(Next::Passkey)),
            (Facts { can_have_passkeys: false, ..NEW }, Some(Next::TwoSteps)),
            (Facts { has_passkey: true, ..NEW }, Some(Next::TwoSteps)),
            (Facts { recovery_codes: 2, ..DONE }, Some(Next::RecoveryCodes)),
            (Facts { recovery_codes: 3, ..DONE }, None),
            (Facts { missing_address: Some(AddressKind::Phone), ..DONE }, Some(Next::Phone)),
            (Facts { has_password: false, ..DONE }, None),
            (DONE, None),
        ] {
            assert_eq!(Next::of(&facts), next, "{facts:?}");
        }
    }
}
