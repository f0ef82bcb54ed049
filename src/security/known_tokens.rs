//! The tokens that a key is known to have signed, so that checking one again costs a look-up and not the mathematics.
//!
//! Only the signature is remembered, never what a token allows: time, revocation and account are looked at every time. The
//! memory belongs to the key and ends with it.

use std::collections::HashSet;
use std::mem;
use std::sync::{Mutex, PoisonError};

use super::random;

/// So many tokens are kept for certain, twice as many at most: under 2 MiB a key.
const KEPT: usize = 8192;

/// SHA-256 digests of whole tokens, the younger half and the older.
#[derive(Default)]
pub(super) struct KnownTokens(Mutex<[HashSet<Vec<u8>>; 2]>);

impl KnownTokens {
    /// Remembers a token whose signature is good; long after, it is forgotten for younger ones.
    pub(super) fn add(&self, token: &str) {
        let mut halves = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let [young, old] = &mut *halves;
        if young.len() >= KEPT {
            *old = mem::take(young);
        }
        young.insert(random::sha256(token));
    }

    /// Whether exactly this token is remembered.
    pub(super) fn has(&self, token: &str) -> bool {
        let digest = random::sha256(token);
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().any(|half| half.contains(&digest))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_are_forgotten_and_nothing_else_is_known() {
        let known = KnownTokens::default();
        known.add("first");
        assert!(known.has("first") && !known.has("firs") && !known.has("first "));
        for number in 0..KEPT {
            known.add(&number.to_string());
        }
        assert!(known.has("first") && known.has("0"), "the older half still counts");
        for number in KEPT..2 * KEPT {
            known.add(&number.to_string());
        }
        assert!(!known.has("first") && known.has(&KEPT.to_string()));
        let held: usize = known.0.lock().unwrap().iter().map(HashSet::len).sum();
        assert!(held <= 2 * KEPT);
    }
}
