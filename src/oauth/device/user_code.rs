//! Pure: the code that a person reads off one device and types on another (RFC 8628 §6.1).

use crate::security::random;

/// Letters that are not taken for one another, and make no words: no vowels, no digits.
const ALPHABET: &[u8] = b"BCDFGHJKLMNPQRSTVWXZ";
/// 20^8 are 34 bits: enough for ten minutes under the limits on wrong ones.
const LENGTH: usize = 8;
const HALF: usize = LENGTH / 2;

/// A new code, as it is compared.
pub fn new() -> String {
    random::letters(ALPHABET, LENGTH)
}

/// A code as people are shown it: `BCDF-GHJK`.
pub fn shown(code: &str) -> String {
    let (left, right) = code.split_at_checked(HALF).unwrap_or((code, ""));
    format!("{left}-{right}")
}

/// What was typed, as it is compared: without case, spaces and dashes. `None` for what is no code.
pub fn read(typed: &str) -> Option<String> {
    let is_between =
        |c: &char| c.is_whitespace() || matches!(c, '-' | '_' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{ff0d}');
    let code: String = typed.chars().filter(|c| !is_between(c)).take(LENGTH + 1).collect();
    let code = code.to_ascii_uppercase();
    (code.len() == LENGTH && code.bytes().all(|letter| ALPHABET.contains(&letter))).then_some(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_as_it_is_shown_and_as_people_type_it() {
        let code = new();
        assert_eq!(read(&shown(&code)), Some(code.clone()));
        assert_ne!(new(), code);
        for typed in ["BCDFGHJK", "bcdf-ghjk", " BCDF GHJK ", "b c d f g h j k", "BCDF\u{2013}GHJK", "--BCDFGHJK--"] {
            assert_eq!(read(typed).as_deref(), Some("BCDFGHJK"), "{typed}");
        }
        for typed in ["", "BCDF-GHJ", "BCDF-GHJKL", "ACDF-GHJK", "BCDF-GHJ1", "BCDF/GHJK", "ÄCDFGHJK", "<script>"] {
            assert_eq!(read(typed), None, "{typed}");
        }
    }
}
