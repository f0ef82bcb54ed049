//! The signing keys of the server as they stand now: which one signs, which are published.
//!
//! They live in the store, sealed; every node reads them again each second, so that all sign and publish the same.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use super::derived_keys::DerivedKeys;
use super::signing_key::SigningKey;
use crate::clock::Timestamp;
use crate::store::signing_keys::{self, Algorithm, StoredKey};
use crate::store::{Store, StoreError, server_facts};

/// Why the keys could not be had.
#[derive(Clone, Debug, thiserror::Error)]
pub enum KeyringError {
    /// The store did not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The store was made under another master key.
    #[error("the store was made under another master key than the one configured")]
    OtherMasterKey,
    /// A key does not open or does not work.
    #[error("signing key {0} does not open under this master key")]
    DoesNotOpen(String),
    /// No key could be made.
    #[error("no signing key could be made")]
    NotMade,
}

/// A key and its times.
struct Entry {
    key: SigningKey,
    signs_from: Timestamp,
    published_until: Option<Timestamp>,
}

/// The keys as of one reading.
#[derive(Default)]
pub struct Keys {
    entries: Vec<Entry>,
    jwks: String,
}

impl Keys {
    /// The key that signs now: the youngest whose time has come. Where none has, because the clock was ahead when the
    /// first keys were made, that is the oldest.
    pub fn signing(&self, algorithm: Algorithm, now: Timestamp) -> Option<&SigningKey> {
        let mut own = self.entries.iter().filter(|entry| entry.key.algorithm() == algorithm);
        let oldest = own.clone().next();
        own.rfind(|entry| entry.signs_from <= now).or(oldest).map(|entry| &entry.key)
    }

    /// The published key of this name. Unknown names are nothing more than that: the name is a map key only.
    pub fn published(&self, kid: &str) -> Option<&SigningKey> {
        self.entries.iter().map(|entry| &entry.key).find(|key| key.kid() == kid)
    }

    /// The JWK Set (RFC 7517 §5) as JSON: public members only, of every key that is published.
    pub fn jwks(&self) -> &str {
        &self.jwks
    }

    fn of(entries: Vec<Entry>) -> Self {
        let keys: Vec<_> = entries.iter().map(|entry| entry.key.jwk()).collect();
        let jwks = serde_json::json!({ "keys": keys }).to_string();
        Self { entries, jwks }
    }

    /// Whether a key of this algorithm has signed for longer than `life` and has no successor.
    fn is_due(&self, algorithm: Algorithm, life: Duration, now: Timestamp) -> bool {
        let mut own = self.entries.iter().filter(|entry| entry.key.algorithm() == algorithm);
        own.next_back().is_some_and(|youngest| youngest.signs_from.plus(life) <= now)
    }

    fn kids(&self) -> impl Iterator<Item = (&str, Option<Timestamp>)> {
        self.entries.iter().map(|entry| (entry.key.kid(), entry.published_until))
    }
}

/// Shared by every worker; [`Keyring::reload`] swaps what they see.
#[derive(Clone, Default)]
pub struct Keyring {
    current: Arc<RwLock<Arc<Keys>>>,
}

impl Keyring {
    /// Opens the keys of `store`, making one of each algorithm where there is none, and checks that the store was made
    /// under this master key.
    pub async fn open(store: &Store, master: &DerivedKeys, now: Timestamp) -> Result<Self, KeyringError> {
        let fingerprint = master.fingerprint().to_vec();
        let first = store.write(move |c| server_facts::put_first(c, "master_key_fingerprint", &fingerprint)).await?;
        if first != master.fingerprint() {
            return Err(KeyringError::OtherMasterKey);
        }
        first_keys(store, master, now).await?;
        let keyring = Self::default();
        keyring.reload(store, master, now).await?;
        Ok(keyring)
    }

    /// The keys as they stand.
    pub fn keys(&self) -> Arc<Keys> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Reads the keys again, where they changed.
    pub async fn reload(&self, store: &Store, master: &DerivedKeys, now: Timestamp) -> Result<(), KeyringError> {
        let mut stored = store.read(signing_keys::all).await?;
        stored.retain(|key| key.published_until.is_none_or(|until| until > now));
        let unchanged = self.keys().kids().eq(stored.iter().map(|key| (key.kid.as_str(), key.published_until)));
        if unchanged {
            return Ok(());
        }
        let entries = stored.into_iter().map(|key| open(key, master)).collect::<Result<_, _>>()?;
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(Keys::of(entries));
        Ok(())
    }
}

fn open(stored: StoredKey, master: &DerivedKeys) -> Result<Entry, KeyringError> {
    let does_not_open = || KeyringError::DoesNotOpen(stored.kid.clone());
    let pkcs8 = master.open(&stored.kid, &stored.sealed_private_key).map_err(|_| does_not_open())?;
    let key = SigningKey::open(stored.kid.clone(), stored.algorithm, &pkcs8).map_err(|_| does_not_open())?;
    Ok(Entry { key, signs_from: stored.signs_from, published_until: stored.published_until })
}

/// One key of each algorithm that has none: all of them in a new store, one that an upgrade brought in an old one. Of
/// nodes that start together, one makes them.
async fn first_keys(store: &Store, master: &DerivedKeys, now: Timestamp) -> Result<(), KeyringError> {
    let has = |standing: &[StoredKey], algorithm| standing.iter().any(|key| key.algorithm == algorithm);
    let standing = store.read(signing_keys::all).await?;
    let missing = Algorithm::ALL.iter().filter(|algorithm| !has(&standing, **algorithm));
    let keys = missing.map(|algorithm| sealed(*algorithm, master, now, now)).collect::<Result<Vec<_>, _>>()?;
    if keys.is_empty() {
        return Ok(());
    }
    store
        .write(move |connection| {
            signing_keys::lock(connection)?;
            let standing = signing_keys::all(connection)?;
            for key in keys.iter().filter(|key| !has(&standing, key.algorithm)) {
                signing_keys::insert(connection, key)?;
            }
            Ok(())
        })
        .await?;
    Ok(())
}

fn sealed(
    algorithm: Algorithm,
    master: &DerivedKeys,
    now: Timestamp,
    signs_from: Timestamp,
) -> Result<StoredKey, KeyringError> {
    let (key, pkcs8) = SigningKey::generate(algorithm).map_err(|_| KeyringError::NotMade)?;
    let sealed_private_key = master.seal(key.kid(), &pkcs8).map_err(|_| KeyringError::NotMade)?;
    Ok(StoredKey {
        kid: key.kid().to_owned(),
        algorithm,
        sealed_private_key,
        public_jwk: key.jwk().to_string(),
        created_at: now,
        signs_from,
        signs_until: None,
        published_until: None,
    })
}

/// How a rotation overlaps.
#[derive(Clone, Copy, Debug)]
pub struct Overlap {
    /// How long a new key is published before it signs: longer than clients keep the JWKS.
    pub publish: Duration,
    /// How long an old key is published after it signed last: longer than anything it signed is good.
    pub retire: Duration,
}

/// Rotates the keys that have signed for longer than `life`. Of nodes that notice in the same moment, one does it.
pub async fn rotate_due(
    keyring: &Keyring,
    store: &Store,
    master: &DerivedKeys,
    life: Duration,
    overlap: Overlap,
    now: Timestamp,
) -> Result<Vec<String>, KeyringError> {
    let keys = keyring.keys();
    let due: Vec<Algorithm> =
        Algorithm::ALL.iter().copied().filter(|algorithm| keys.is_due(*algorithm, life, now)).collect();
    if due.is_empty() {
        return Ok(Vec::new());
    }
    replace(store, master, &due, overlap, Some(life), now).await
}

/// Makes a successor for the keys of `algorithms`. It is published at once, signs after `overlap.publish`, and the old
/// ones stay published for `overlap.retire` after that. Gives the new names.
pub async fn rotate(
    store: &Store,
    master: &DerivedKeys,
    algorithms: &[Algorithm],
    overlap: Overlap,
    now: Timestamp,
) -> Result<Vec<String>, KeyringError> {
    replace(store, master, algorithms, overlap, None, now).await
}

async fn replace(
    store: &Store,
    master: &DerivedKeys,
    algorithms: &[Algorithm],
    overlap: Overlap,
    older_than: Option<Duration>,
    now: Timestamp,
) -> Result<Vec<String>, KeyringError> {
    let signs_from = now.plus(overlap.publish);
    let published_until = signs_from.plus(overlap.retire);
    let keys = algorithms.iter().map(|each| sealed(*each, master, now, signs_from)).collect::<Result<Vec<_>, _>>()?;
    let made = store.write(move |connection| {
        signing_keys::lock(connection)?;
        let standing = signing_keys::all(connection)?;
        let mut made = Vec::new();
        for key in &keys {
            let is_fresh =
                |life| standing.iter().any(|own| own.algorithm == key.algorithm && own.signs_from.plus(life) > now);
            if older_than.is_some_and(is_fresh) {
                continue;
            }
            signing_keys::retire(connection, key.algorithm, signs_from, published_until)?;
            signing_keys::insert(connection, key)?;
            made.push(key.kid.clone());
        }
        Ok(made)
    });
    Ok(made.await?)
}
