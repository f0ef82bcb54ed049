//! SHA-1, by which the public lists name passwords: nothing here is protected by it.

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};

use crate::security::password_text;

/// A password as the lists name it.
pub(super) type Digest = [u8; 20];

/// Of a password, in the form in which it is hashed for keeping.
pub(super) fn of(password: &str) -> Digest {
    let mut own = [0; 20];
    let computed = digest(&SHA1_FOR_LEGACY_USE_ONLY, password_text::normal(password).as_bytes());
    own.iter_mut().zip(computed.as_ref()).for_each(|(to, from)| *to = *from);
    own
}

/// The first 64 bits: what a filter keeps.
pub(super) fn key(digest: &Digest) -> u64 {
    digest.iter().take(8).fold(0, |key, byte| (key << 8) | u64::from(*byte))
}

/// 40 capital hexadecimal digits.
pub(super) fn hex(digest: &Digest) -> String {
    digest.iter().map(|byte| format!("{byte:02X}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_named_as_the_lists_name_it() {
        let digest = of("password");
        assert_eq!(hex(&digest), "5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD8");
        assert_eq!(key(&digest), 0x5BAA_61E4_C9B9_3F3F);
        assert_eq!(of("ｐａｓｓｗｏｒｄ"), digest, "full width, as some keyboards type");
    }
}
