//! Pure: how many messages of the phone network a text is: so many are paid for.

/// What one octet of seven bits can say (3GPP TS 23.038 §6.2.1), but for the escape.
const BASIC: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿\
                     abcdefghijklmnopqrstuvwxyzäöñüà";
/// What takes two.
const EXTENDED: &str = "^{}\\[~]|€";

/// One message by itself, and one of several, each of which carries a header (3GPP TS 23.040 §9.2.3.24.1).
const SEVEN_BITS: (usize, usize) = (160, 153);
const SIXTEEN_BITS: (usize, usize) = (70, 67);

/// How many messages this text is.
#[must_use]
pub fn segments(text: &str) -> u32 {
    let septets = text.chars().try_fold(0_usize, |sum, letter| {
        let own = if BASIC.contains(letter) {
            1
        } else if EXTENDED.contains(letter) {
            2
        } else {
            return None;
        };
        Some(sum.saturating_add(own))
    });
    let (length, (alone, of_several)) = match septets {
        Some(length) => (length, SEVEN_BITS),
        None => (text.encode_utf16().count(), SIXTEEN_BITS),
    };
    let count = if length <= alone { 1 } else { length.div_ceil(of_several) };
    u32::try_from(count).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_several() {
        for (text, count) in [
            (String::new(), 1),
            ("a".repeat(160), 1),
            ("a".repeat(161), 2),
            ("a".repeat(306), 2),
            ("a".repeat(307), 3),
            ("€".repeat(80), 1),
            ("€".repeat(81), 2),
            ("码".repeat(70), 1),
            ("码".repeat(71), 2),
            ("😀".repeat(35), 1),
            ("😀".repeat(36), 2),
            (format!("{}’", "a".repeat(70)), 2),
        ] {
            assert_eq!(segments(&text), count, "{text}");
        }
    }
}
