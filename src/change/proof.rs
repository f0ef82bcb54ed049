//! Pure: whether what somebody has just proved is enough to take an address off an account, or to put another in its place.
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
        | Proved::SecondStep { since } => *since <= settled,
    }
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
        // The account is 1000 hours old; what is older than 928 hours is settled.
        let (old, new) = (at(928), at(929));
        let (to_phone, to_mail) = ((AddressKind::Phone, PHONE), (AddressKind::Email, MAIL));
        let table = [
            (Proved::Nothing, false, false),
            (password(old), true, true),
            (password(new), false, false),
            (Proved::SecondStep { since: old }, true, true),
            (Proved::SecondStep { since: new }, false, false),
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
}
