//! The form in which a password is hashed and compared: NFKC, so that the same keys pressed at another keyboard, in full width
//! or with accents put together, are the same password (NIST SP 800-63B-4 §3.1.1.2). Nothing else is changed.

use unicode_normalization::{UnicodeNormalization, is_nfkc};
use zeroize::Zeroizing;

/// The password in that form.
pub fn normal(password: &str) -> Zeroizing<String> {
    // Most are in it already, and a copy made letter by letter leaves pieces of itself in memory as it grows.
    if is_nfkc(password) {
        return Zeroizing::new(password.to_owned());
    }
    let mut normal = Zeroizing::new(String::with_capacity(password.len().saturating_mul(4)));
    normal.extend(password.nfkc());
    normal
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_letters_are_the_same_password() {
        for (typed, kept) in [
            ("plain", "plain"),
            ("cafe\u{301}", "caf\u{e9}"),
            ("ｐａｓｓ　１", "pass 1"),
            ("ﬁre", "fire"),
            ("Straße ẞ", "Straße ẞ"),
            (" two  spaces ", " two  spaces "),
            ("🐘", "🐘"),
        ] {
            assert_eq!(*normal(typed), kept, "{typed}");
        }
    }
}
