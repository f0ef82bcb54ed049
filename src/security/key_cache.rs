//! Key sets that were fetched, kept for a while in memory. Of requests that want the same set at once, one fetches it
//! and the others wait; how often anybody is asked does not depend on what strangers send us.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::foreign_jws::KeySet;
use crate::clock::Timestamp;

/// A set is believed so long.
const LIFE: Duration = Duration::from_secs(300);
/// For a key that is not in a set, it is fetched again so often at most.
const REFETCH: Duration = Duration::from_secs(60);
/// After a fetch that failed, the next waits so long.
const RETRY: Duration = Duration::from_secs(10);
/// Sets at most. Past it all are forgotten, which costs a fetch each.
const MOST_SETS: usize = 1000;

/// The sets, by their address.
#[derive(Default)]
pub struct KeyCache {
    slots: Mutex<HashMap<String, Arc<tokio::sync::Mutex<Slot>>>>,
}

#[derive(Default)]
struct Slot {
    /// What was fetched last, and when.
    keys: Option<(Arc<KeySet>, Timestamp)>,
    asked_at: Option<Timestamp>,
}

impl Slot {
    fn believed(&self, now: Timestamp) -> Option<&Arc<KeySet>> {
        self.keys.as_ref().filter(|(_, fetched_at)| now < fetched_at.plus(LIFE)).map(|(keys, _)| keys)
    }

    /// Whether to fetch. `known`: what the caller has tried in vain.
    fn is_due(&self, known: Option<&Arc<KeySet>>, now: Timestamp) -> bool {
        let Some(asked_at) = self.asked_at else { return true };
        let wait = match (self.believed(now), known) {
            (None, _) => RETRY,
            (Some(own), Some(tried)) if Arc::ptr_eq(own, tried) => REFETCH,
            (Some(_), _) => return false,
        };
        asked_at.plus(wait) <= now
    }
}

impl KeyCache {
    /// The set at `uri`, from memory or by `fetch`; `None` where it cannot be had. `known` is a set of the same address
    /// that has no fitting key: it is fetched anew where that is not too soon.
    pub async fn get<F>(&self, uri: &str, known: Option<&Arc<KeySet>>, now: Timestamp, fetch: F) -> Option<Arc<KeySet>>
    where
        F: AsyncFnOnce() -> Option<KeySet>,
    {
        let slot = self.slot(uri);
        let mut slot = slot.lock().await;
        if slot.is_due(known, now) {
            slot.asked_at = Some(now);
            // Where nothing comes, what is believed stays: whoever names a key that is in no set must not cost a client those it has.
            if let Some(keys) = fetch().await {
                slot.keys = Some((Arc::new(keys), now));
            }
        }
        slot.believed(now).cloned()
    }

    fn slot(&self, uri: &str) -> Arc<tokio::sync::Mutex<Slot>> {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        if slots.len() >= MOST_SETS && !slots.contains_key(uri) {
            slots.clear();
        }
        Arc::clone(slots.entry(uri.to_owned()).or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[tokio::test]
    async fn a_set_is_fetched_when_it_is_old_or_lacks_a_key_and_not_too_often() {
        let (cache, calls) = (KeyCache::default(), AtomicUsize::new(0));
        let at = Timestamp::from_seconds;
        let get = async |known: Option<&Arc<KeySet>>, seconds, works: bool| {
            let fetch = async || {
                calls.fetch_add(1, Ordering::SeqCst);
                works.then(KeySet::default)
            };
            let keys = cache.get("https://app.example/jwks", known, at(seconds), fetch).await;
            (keys, calls.load(Ordering::SeqCst))
        };
        let (first, calls_so_far) = get(None, 0, true).await;
        assert_eq!(calls_so_far, 1);
        assert_eq!(get(None, 299, true).await.1, 1);
        assert_eq!(get(first.as_ref(), 59, true).await.1, 1, "too soon for an unknown key");
        let (second, calls_so_far) = get(first.as_ref(), 60, true).await;
        assert_eq!(calls_so_far, 2);
        assert_eq!(get(first.as_ref(), 130, true).await.1, 2, "another has fetched since");
        assert_eq!(
            get(second.as_ref(), 359, false).await,
            (second.clone(), 3),
            "a fetch that fails takes nothing away"
        );
        assert_eq!(
            get(None, 360, true).await,
            (None, 3),
            "an old set is not believed, and the last fetch has just failed"
        );
        assert_eq!(get(None, 369, false).await, (None, 4));
        assert_eq!(get(None, 378, true).await.1, 4);
        assert_eq!(get(second.as_ref(), 379, true).await.1, 5);
    }
}
