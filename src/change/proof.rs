//! Pure: whether what somebody has just proved is enough to take an address or a passkey off an account, or to put another
//! address in the place of one.
//!
//! Two rules. A code by text message never takes away what is stronger than a phone number, for whoever holds a stolen
//! number has one. And what came to the account a moment ago takes nothing away either, or one weak proof would soon be two.

use std::time::Duration;

use crate::clock::Timestamp;
use crate::store::addresses::AddressKind;

/// What was proved, just now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Proved {
    /// Nothing, or too long ago.
    Nothing,
    /// The password, which the account has had since then.
    Password {
        /// When it was chosen.
        since: Timestamp,
    },
    /// Two factors, the second of which the account has had since then.
    SecondStep {
        /// When it was added.
        since: Timestamp,
    },
    /// A passkey of the account.
    Passkey {
        /// Its key.
        id: i64,
        /// Since when the account has it.
        since: Timestamp,
    },
    /// A code to this address of the account.
    Address {
        /// Phone or e-mail.
        kind: AddressKind,
        /// Its canonical form.
        value: String,
        /// Since when the account has it.
        since: Timestamp,
    },
}

/// What an account has had since this moment counts as a proof against the rest: what it came with, and what has been there
/// for as long as a change without proof would wait.
pub fn settled(created_at: Timestamp, now: Timestamp, waiting: Duration) -> Timestamp {
    created_at.max(now.minus(waiting))
}

/// Whether `proved` is enough to take the address `goes` away. `settled` is what [`settled`] gives.
pub fn is_enough(proved: &Proved, (kind, goes): (AddressKind, &str), settled: Timestamp) -> bool {
    match proved {
        Proved::Nothing => false,
        // Whoever holds the very address may give it up.
        Proved::Address { kind: own, value, .. } if *own == kind && value == goes => true,
        Proved::Address { kind: AddressKind::Phone, since, .. } => kind == AddressKind::Phone && *since <= settled,
        Proved::Address { kind: AddressKind::Email, since, .. }
        | Proved::Password { since }
        | Proved::SecondStep { since }
        | Proved::Passkey { since, .. } => *since <= settled,
    }
}

/// Whether `proved` is enough to take the passkey `goes` away.
pub fn is_enough_for_passkey(proved: &Proved, goes: i64, settled: Timestamp) -> bool {
    match proved {
        Proved::Nothing | Proved::Address { kind: AddressKind::Phone, .. } => false,
        // Whoever holds the very passkey may give it up.
        Proved::Passkey { id, .. } if *id == goes => true,
        Proved::Address { kind: AddressKind::Email, since, .. }
        | Proved::Password { since }
        | Proved::SecondStep { since }
        | Proved::Passkey { since, .. } => *since <= settled,
    }
}

/// Whether whoever gets back in by this address may strike out a passkey that the account has had since `made`. Never one that
/// is settled by a text message alone; but after a wait that every address was told of, or by an old e-mail address, any. What
/// is not settled yet may be what an intruder left behind, and goes for whoever proves an address of the account.
pub fn may_strike_out(
    (kind, since): (AddressKind, Timestamp),
    has_waited: bool,
    made: Timestamp,
    settled: Timestamp,
) -> bool {
    has_waited || made > settled || (kind == AddressKind::Email && since <= settled)
}

#[cfg(test)]
mod tests {
    use super::*;

    const WAITING: Duration = Duration::from_secs(72 * 60 * 60);
    const PHONE: &str = "+436605554417";
    const MAIL: &str = "mina@lantern.example";

    fn at(hours: i64) -> Timestamp {
        Timestamp::from_seconds(hours * 60 * 60)
    }

    #[test]
    fn what_is_enough_to_take_an_address_away() {
        let phone = |value: &str, since| Proved::Address { kind: AddressKind::Phone, value: value.into(), since };
        let mail = |value: &str, since| Proved::Address { kind: AddressKind::Email, value: value.into(), since };
        let password = |since| Proved::Password { since };
        let passkey = |since| Proved::Passkey { id: 1, since };
        // The account is 1000 hours old; what is older than 928 hours is settled.
        let (old, new) = (at(928), at(929));
        let (to_phone, to_mail) = ((AddressKind::Phone, PHONE), (AddressKind::Email, MAIL));
        let table = [
            (Proved::Nothing, false, false),
            (password(old), true, true),
            (password(new), false, false),
            (Proved::SecondStep { since: old }, true, true),
            (Proved::SecondStep { since: new }, false, false),
            (passkey(old), true, true),
            (passkey(new), false, false),
            (mail("zoe@lantern.example", old), true, true),
            (mail("zoe@lantern.example", new), false, false),
            (phone("+436605554418", old), true, false),
            (phone("+436605554418", new), false, false),
            (phone(PHONE, new), true, false),
            (mail(MAIL, new), false, true),
        ];
        for (proved, of_phone, of_mail) in table {
            let settled = settled(at(0), at(1000), WAITING);
            assert_eq!(is_enough(&proved, to_phone, settled), of_phone, "{proved:?}");
            assert_eq!(is_enough(&proved, to_mail, settled), of_mail, "{proved:?}");
        }
    }

    #[test]
    fn what_an_account_came_with_is_settled_from_the_first_day() {
        let proved = Proved::Password { since: at(10) };
        let first_day = settled(at(10), at(11), WAITING);
        assert!(is_enough(&proved, (AddressKind::Phone, PHONE), first_day));
        let later = Proved::Password { since: at(10).plus(Duration::from_secs(1)) };
        assert!(!is_enough(&later, (AddressKind::Phone, PHONE), first_day));
    }

    #[test]
    fn what_is_enough_to_take_a_passkey_away() {
        let address = |kind, since| Proved::Address { kind, value: PHONE.into(), since };
        let (old, new) = (at(928), at(929));
        let table = [
            (Proved::Nothing, false),
            (Proved::Password { since: old }, true),
            (Proved::Password { since: new }, false),
            (address(AddressKind::Email, old), true),
            (address(AddressKind::Email, new), false),
            (address(AddressKind::Phone, old), false),
            (Proved::Passkey { id: 2, since: old }, true),
            (Proved::Passkey { id: 2, since: new }, false),
            (Proved::Passkey { id: 1, since: new }, true),
        ];
        for (proved, expected) in table {
            let settled = settled(at(0), at(1000), WAITING);
            assert_eq!(is_enough_for_passkey(&proved, 1, settled), expected, "{proved:?}");
        }
    }

    #[test]
    fn what_whoever_gets_back_in_may_strike_out() {
        let (old, new) = (at(928), at(929));
        for (kind, since, has_waited, made, expected) in [
            (AddressKind::Phone, old, false, old, false),
            (AddressKind::Phone, old, false, new, true),
            (AddressKind::Phone, old, true, old, true),
            (AddressKind::Phone, new, false, old, false),
            (AddressKind::Email, old, false, old, true),
            (AddressKind::Email, new, false, old, false),
            (AddressKind::Email, new, false, new, true),
            (AddressKind::Email, new, true, old, true),
        ] {
            let settled = settled(at(0), at(1000), WAITING);
            let may = may_strike_out((kind, since), has_waited, made, settled);
            assert_eq!(may, expected, "{kind:?} {since:?} {has_waited} {made:?}");
        }
    }
}
