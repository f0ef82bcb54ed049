//! Random secrets and their digests. The one place that draws randomness.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// `N` random bytes from the operating system's generator.
///
/// # Panics
/// Where the operating system gives no randomness there is nothing safe left to do.
pub fn bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    #[expect(clippy::expect_used, reason = "without randomness no answer would be safe")]
    rand::fill(&mut bytes).expect("the operating system gives randomness");
    bytes
}

/// A secret of 256 random bits as 43 characters of base64url: codes, tokens, cookies, client secrets.
pub fn secret() -> String {
    encode(bytes::<32>())
}

/// A random positive 64-bit key, never 0.
pub fn id() -> i64 {
    i64::from_be_bytes(bytes::<8>()).unsigned_abs().checked_shr(1).map_or(1, |id| i64::try_from(id).unwrap_or(1)).max(1)
}

/// A random identifier of 128 bits for public use (`sub`, `client_id`, `jti`), 22 characters.
pub fn identifier() -> String {
    encode(bytes::<16>())
}

/// `count` random decimal digits, each as likely as the others.
pub fn digits(count: usize) -> String {
    let mut digits = String::with_capacity(count);
    while digits.len() < count {
        for byte in bytes::<16>() {
            // 250 is the largest multiple of 10 in a byte: what lies above would favour the low digits.
            if byte < 250 && digits.len() < count {
                digits.push(char::from(b'0' + byte % 10));
            }
        }
    }
    digits
}

/// `count` random letters of an alphabet of at most 256, each as likely as the others.
pub fn letters(alphabet: &[u8], count: usize) -> String {
    let size = alphabet.len().max(1);
    // Bytes from the largest multiple of the alphabet's size on would favour its first letters.
    let fair = 256 - 256 % size;
    let mut letters = String::with_capacity(count);
    while letters.len() < count {
        for byte in bytes::<16>().map(usize::from) {
            if let Some(letter) = alphabet.get(byte % size).filter(|_| byte < fair && letters.len() < count) {
                letters.push(char::from(*letter));
            }
        }
    }
    letters
}

/// A random account number: 12 digits, the first not 0, so that it never looks shorter than it is.
pub fn account_number() -> String {
    loop {
        let number = digits(12);
        if !number.starts_with('0') {
            return number;
        }
    }
}

/// SHA-256, what is stored of every opaque secret.
pub fn sha256(secret: &str) -> Vec<u8> {
    digest(&SHA256, secret.as_bytes()).as_ref().to_vec()
}

/// base64url without padding.
pub fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The bytes of base64url without padding.
pub fn decode(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

/// Compares in a time that does not depend on where the two differ.
pub fn equal(a: &[u8], b: &[u8]) -> bool {
    aws_lc_rs::constant_time::verify_slices_are_equal(a, b).is_ok()
}
