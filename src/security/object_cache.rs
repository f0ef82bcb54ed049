//! Signed documents that are fetched because a stranger's browser says so: of requests for the same address one fetches
//! and the others wait, and what an address names by its hash is kept for a while in memory.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::random;
use crate::clock::Timestamp;

/// A document is kept so long.
const LIFE: Duration = Duration::from_secs(300);
/// Documents, and addresses that are being fetched, at most. Past it all are forgotten, which costs a fetch each.
const MOST: usize = 1000;
/// A larger document is not kept.
const LARGEST: usize = 8 * 1024;

/// The documents, by whose they are and by their whole address.
#[derive(Default)]
pub struct ObjectCache {
    slots: Mutex<HashMap<String, Arc<tokio::sync::Mutex<()>>>>,
    kept: Mutex<HashMap<String, (String, Timestamp)>>,
}

impl ObjectCache {
    /// The document of `owner` at `uri`, where it is in memory. Only one whose address ends in its own SHA-256, in
    /// base64url, ever is: another address may hold something else by now (OpenID Connect Core §6.2).
    pub fn kept(&self, owner: &str, uri: &str, now: Timestamp) -> Option<String> {
        uri.split_once('#')?;
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.get(&key(owner, uri)).filter(|(_, until)| *until > now).map(|(text, _)| text.clone())
    }

    /// The same, or what `fetch` brings from the address without its fragment: one fetch of an address at a time.
    ///
    /// # Errors
    /// Those of `fetch`.
    pub async fn get<F, E>(&self, owner: &str, uri: &str, now: Timestamp, fetch: F) -> Result<String, E>
    where
        F: AsyncFnOnce(&str) -> Result<String, E>,
    {
        let (target, fragment) = uri.split_once('#').unwrap_or((uri, ""));
        let slot = self.slot(target);
        let _alone = slot.lock().await;
        if let Some(text) = self.kept(owner, uri, now) {
            return Ok(text);
        }
        let text = fetch(target).await?;
        if text.len() <= LARGEST && random::encode(random::sha256(&text)) == fragment {
            let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
            if kept.len() >= MOST {
                kept.clear();
            }
            kept.insert(key(owner, uri), (text.clone(), now.plus(LIFE)));
        }
        Ok(text)
    }

    fn slot(&self, target: &str) -> Arc<tokio::sync::Mutex<()>> {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        if slots.len() >= MOST && !slots.contains_key(target) {
            slots.clear();
        }
        Arc::clone(slots.entry(target.to_owned()).or_default())
    }
}

fn key(owner: &str, uri: &str) -> String {
    format!("{owner} {uri}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[tokio::test]
    async fn only_what_its_address_names_by_its_hash_is_kept() {
        let (cache, calls) = (ObjectCache::default(), AtomicUsize::new(0));
        let at = Timestamp::from_seconds;
        let get = async |owner: &str, uri: &str, seconds| {
            let fetch = async |target: &str| {
                assert_eq!(target, "https://app.example/r");
                calls.fetch_add(1, Ordering::SeqCst);
                Ok::<_, ()>("object".to_owned())
            };
            assert_eq!(cache.get(owner, uri, at(seconds), fetch).await, Ok("object".to_owned()));
            calls.load(Ordering::SeqCst)
        };
        let hashed = format!("https://app.example/r#{}", random::encode(random::sha256("object")));
        let other = format!("https://app.example/r#{}", random::encode(random::sha256("other")));
        assert_eq!(get("app", &hashed, 0).await, 1);
        assert_eq!(get("app", &hashed, 299).await, 1);
        assert_eq!(get("other", &hashed, 299).await, 2, "another owner's");
        assert_eq!(get("app", &hashed, 300).await, 3);
        for uri in [other.as_str(), "https://app.example/r", "https://app.example/r#"] {
            let before = calls.load(Ordering::SeqCst);
            get("app", uri, 300).await;
            assert_eq!(get("app", uri, 300).await, before + 2, "{uri}");
        }
    }

    #[tokio::test]
    async fn an_address_is_fetched_by_one_at_a_time() {
        let (cache, inside, most) = (ObjectCache::default(), AtomicUsize::new(0), AtomicUsize::new(0));
        let get = async |uri: &str| {
            let fetch = async |_: &str| {
                most.fetch_max(inside.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                tokio::task::yield_now().await;
                inside.fetch_sub(1, Ordering::SeqCst);
                Ok::<_, ()>(String::new())
            };
            cache.get("app", uri, Timestamp::from_seconds(0), fetch).await
        };
        let uris = ["https://app.example/r", "https://app.example/r#a", "https://app.example/r#b"];
        futures_util::future::join_all(uris.map(get)).await;
        assert_eq!(most.load(Ordering::SeqCst), 1);
    }
}
