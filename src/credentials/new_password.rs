//! Choosing a password: what is wrong with one, and putting it in its place. Whatever hung on the old one ends in the same
//! write: whoever got in before it must not be in after it.

use crate::clock::Timestamp;
use crate::config;
use crate::session;
use crate::store::accounts::Account;
use crate::store::addresses::{Address, AddressKind};
use crate::store::attempts;
use crate::store::changes;
use crate::store::passwords::{self, Password};
use crate::store::{Connection, StoreError};
use crate::web::field::NewPasswordFault;

/// Longer ones are past guessing by lists, and estimating them takes long.
const ESTIMATED_CHARACTERS: usize = 64;

/// What is wrong with a password somebody chooses. Any characters; never composition rules, but nothing that is among the
/// first million guesses (NIST SP 800-63B-4 §3.1.1), the first of which are `own`: the person's name and addresses.
pub fn fault(password: &str, own: &[String], config: &config::Passwords) -> Option<NewPasswordFault> {
    let length = password.chars().count();
    let own: Vec<&str> = own.iter().map(String::as_str).collect();
    if length == 0 {
        Some(NewPasswordFault::Missing)
    } else if length < config.minimum {
        Some(NewPasswordFault::TooShort)
    } else if length > config.maximum {
        Some(NewPasswordFault::TooLong)
    } else if length <= ESTIMATED_CHARACTERS && zxcvbn::zxcvbn(password, &own).score() < zxcvbn::Score::Two {
        Some(NewPasswordFault::TooCommon)
    } else {
        None
    }
}

/// What others know of a person and would try first: the name, whole and in parts, and the addresses, with and without what
/// is the same for many.
pub fn own_words<'a>(
    brand: &str,
    name: &str,
    addresses: impl IntoIterator<Item = (AddressKind, &'a str)>,
) -> Vec<String> {
    let mut words = vec![brand.to_owned(), name.to_owned(), name.split_whitespace().collect()];
    words.extend(name.split_whitespace().map(str::to_owned));
    for (kind, address) in addresses {
        words.push(address.to_owned());
        match kind {
            AddressKind::Phone => words.push(address.trim_start_matches('+').to_owned()),
            AddressKind::Email => {
                let local = address.rsplit_once('@').map_or(address, |(local, _)| local);
                words.push(local.to_owned());
                words.extend(local.split(|c: char| !c.is_alphanumeric()).map(str::to_owned));
            }
        }
    }
    words.retain(|word| word.chars().count() > 2);
    words
}

/// The same of an account.
pub fn own_words_of(brand: &str, account: &Account, owned: &[Address]) -> Vec<String> {
    let addresses = owned.iter().map(|address| (address.kind, address.value.as_str()));
    let mut words = own_words(brand, &account.name, addresses);
    words.push(account.account_number.clone());
    words
}

/// Gives the account this password, and ends everything but the sign-in `kept`. The caller holds the account.
pub fn put(
    connection: &mut Connection,
    account: &Account,
    hash: String,
    kept: Option<i64>,
    now: Timestamp,
) -> Result<(), StoreError> {
    passwords::put(connection, &Password { account_id: account.id, hash, changed_at: now })?;
    end_what_hung_on_it(connection, account, kept, now)
}

/// Takes the password away, and ends everything but the sign-in `kept`; `false` where there was none. The caller holds the
/// account, and knows that it is not the last way in.
pub fn remove(connection: &mut Connection, account: &Account, kept: i64, now: Timestamp) -> Result<bool, StoreError> {
    if !passwords::remove(connection, account.id)? {
        return Ok(false);
    }
    end_what_hung_on_it(connection, account, Some(kept), now)?;
    Ok(true)
}

/// The other sign-ins, what apps hold by them, what devices wait for, what waits to change, and what somebody is on the way to.
fn end_what_hung_on_it(
    connection: &mut Connection,
    account: &Account,
    kept: Option<i64>,
    now: Timestamp,
) -> Result<(), StoreError> {
    session::end_all(connection, account, kept, now)?;
    changes::void_waiting(connection, account.id)?;
    attempts::void(connection, account.id, now)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::addresses::AddressKind::{Email, Phone};

    #[test]
    fn a_persons_own_words_are_tried_first() {
        let rules = config::Passwords {
            memory_kib: 8192,
            iterations: 1,
            parallelism: 1,
            threads: None,
            queue: 1,
            minimum: 8,
            maximum: 256,
        };
        let addresses = [(Phone, "+436605554417"), (Email, "zofia.nowakowska@lantern.example")];
        let own = own_words("Lantern", "Zofia Kwiatkowska", addresses);
        for (password, alone, known) in [
            ("", Some(NewPasswordFault::Missing), Some(NewPasswordFault::Missing)),
            ("1234567", Some(NewPasswordFault::TooShort), Some(NewPasswordFault::TooShort)),
            ("password", Some(NewPasswordFault::TooCommon), Some(NewPasswordFault::TooCommon)),
            ("Kwiatkowska", None, Some(NewPasswordFault::TooCommon)),
            ("ZofiaKwiatkowska", None, Some(NewPasswordFault::TooCommon)),
            ("nowakowska1", None, Some(NewPasswordFault::TooCommon)),
            ("zofia.nowakowska@lantern.example", None, Some(NewPasswordFault::TooCommon)),
            ("436605554417", None, Some(NewPasswordFault::TooCommon)),
            ("correct horse battery", None, None),
        ] {
            assert_eq!(fault(password, &[], &rules), alone, "{password}");
            assert_eq!(fault(password, &own, &rules), known, "{password}");
        }
        assert_eq!(fault(&"x".repeat(257), &own, &rules), Some(NewPasswordFault::TooLong));
    }
}
