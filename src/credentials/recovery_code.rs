//! Recovery codes: ten, shown once, each good for one second step on the day the app is gone. What is stored is a MAC of each.

use secrecy::{ExposeSecret, SecretString};

use crate::app::AppState;
use crate::clock::Timestamp;
use crate::security::random;
use crate::session::Proof;
use crate::store::accounts::Account;
use crate::store::events::{self, EventDetails, EventKind};
use crate::store::notices::{self, Notice, NoticeKind};
use crate::store::recovery_codes;
use crate::store::{Connection, StoreError};

/// How many there are in a set.
const COUNT: usize = 10;
/// Consonants, so that no code is a word, and nothing in it is mistaken for a digit.
const ALPHABET: &[u8] = b"BCDFGHJKLMNPQRSTVWXZ";
/// 16 of 20 letters are 69 bits.
const LETTERS: usize = 16;
const GROUP: usize = 4;

/// A set that has just been made, to be shown once.
pub struct NewSet {
    codes: Vec<SecretString>,
}

impl NewSet {
    /// Makes one.
    pub fn make() -> Self {
        Self { codes: (0..COUNT).map(|_| SecretString::from(random::letters(ALPHABET, LETTERS))).collect() }
    }

    /// As they are shown: "BCDF-GHJK-LMNP-QRST".
    pub fn shown(&self) -> Vec<String> {
        self.codes.iter().map(|code| grouped(code.expose_secret())).collect()
    }

    /// What is stored of them.
    pub fn digests(&self, app: &AppState, account_id: i64) -> Vec<Vec<u8>> {
        self.codes.iter().map(|code| app.derived.recovery_code_digest(account_id, code.expose_secret())).collect()
    }
}

fn grouped(code: &str) -> String {
    let mut shown = String::with_capacity(LETTERS + LETTERS / GROUP);
    for (place, letter) in code.chars().enumerate() {
        if place > 0 && place % GROUP == 0 {
            shown.push('-');
        }
        shown.push(letter);
    }
    shown
}

/// A code as it was typed, canonical: case, spaces and dashes are nothing.
fn read(typed: &str) -> Option<String> {
    let code: String =
        typed.chars().filter(char::is_ascii_alphanumeric).take(LETTERS + 1).map(|c| c.to_ascii_uppercase()).collect();
    (code.len() == LETTERS && code.bytes().all(|byte| ALPHABET.contains(&byte))).then_some(code)
}

/// Whether a code is one of those left; it is gone with that, and every address is told.
pub fn check(
    connection: &mut Connection,
    app: &AppState,
    (account, proof): (&Account, &Proof),
    typed: &str,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let Some(code) = read(typed) else { return Ok(false) };
    let digest = app.derived.recovery_code_digest(account.id, &code);
    if !recovery_codes::take(connection, account.id, &digest)? {
        return Ok(false);
    }
    let left = recovery_codes::left(connection, account.id)?.to_string();
    let details = EventDetails {
        user_agent: Some(proof.user_agent.clone()),
        network: Some(proof.network.clone()),
        ..EventDetails::default()
    };
    events::note(connection, account.id, EventKind::RecoveryCodeUsed, details, now)?;
    let notice = Notice {
        subject: Some(left),
        user_agent: Some(proof.user_agent.clone()),
        network: Some(proof.network.clone()),
        ..Notice::of(NoticeKind::RecoveryCodeUsed)
    };
    notices::tell(connection, account, &notice, now)?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_however_it_is_typed() {
        for typed in ["BCDF-GHJK-LMNP-QRST", "bcdfghjklmnpqrst", " bcdf ghjk\tlmnp qrst ", "BCDF–GHJK–LMNP–QRST"]
        {
            assert_eq!(read(typed).as_deref(), Some("BCDFGHJKLMNPQRST"), "{typed}");
        }
        for wrong in ["", "BCDF-GHJK-LMNP-QRS", "BCDF-GHJK-LMNP-QRSTB", "ACDF-GHJK-LMNP-QRST", "1CDF-GHJK-LMNP-QRST"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_set_is_ten_different_codes_of_at_least_64_bits() {
        let shown = NewSet::make().shown();
        let different: std::collections::BTreeSet<_> = shown.iter().collect();
        assert_eq!((shown.len(), different.len()), (10, 10));
        for code in &shown {
            assert_eq!(grouped(&read(code).unwrap()), *code);
        }
        // 20¹⁶ ≥ 2⁶⁴
        assert!(20_u128.pow(16) >= 1_u128 << 64);
    }
}
