//! What every handler is given: configuration, store, keys, delivery, clock. There are no globals.

use std::sync::Arc;
use tokio::sync::{Notify, Semaphore};

use crate::brand::Brand;
use crate::brand::files::BrandFiles;
use crate::breached::Breached;
use crate::clock::Clock;
use crate::config::Config;
use crate::delivery::Delivery;
use crate::language::Language;
use crate::outbound::Outbound;
use crate::picture::Darkroom;
use crate::place::Places;
use crate::security::derived_keys::DerivedKeys;
use crate::security::key_cache::KeyCache;
use crate::security::keyring::Keyring;
use crate::security::object_cache::ObjectCache;
use crate::security::password_pool::PasswordPool;
use crate::security::relying_party::RelyingParty;
use crate::security::upstream::Upstreams;
use crate::store::Store;
use crate::tls::mutual::ClientAuthorities;

/// The state of the application; cloning shares it.
#[derive(Clone)]
pub struct AppState {
    /// What the operator decided.
    pub config: Arc<Config>,
    /// The operator's face, ready for pages.
    pub brand: Arc<Brand>,
    /// The language for people whose browser names none that is spoken here.
    pub default_language: Language,
    /// The operator's own files.
    pub brand_files: Arc<BrandFiles>,
    /// Where everything is kept.
    pub store: Store,
    /// Keys made from the master key.
    pub derived: Arc<DerivedKeys>,
    /// Signing keys.
    pub keyring: Keyring,
    /// Keys of clients that were fetched.
    pub client_keys: Arc<KeyCache>,
    /// Request objects that were fetched.
    pub request_objects: Arc<ObjectCache>,
    /// Whose certificates of clients count, where there are such.
    pub client_authorities: Option<Arc<ClientAuthorities>>,
    /// argon2 on its own threads.
    pub passwords: PasswordPool,
    /// What passkeys are made for; none where the issuer has no domain.
    pub relying_party: Option<Arc<RelyingParty>>,
    /// Other providers that people may sign in with.
    pub upstreams: Arc<Upstreams>,
    /// Passwords that were stolen somewhere.
    pub breached: Breached,
    /// Where pictures of people are made.
    pub darkroom: Darkroom,
    /// Where addresses are.
    pub places: Places,
    /// Messages to people.
    pub delivery: Delivery,
    /// Calls to other servers.
    pub outbound: Outbound,
    /// What time it is.
    pub clock: Clock,
    /// Rung when the outbox has something new.
    pub outbox_bell: Arc<Notify>,
    /// What is done beside an answer that must not wait for it.
    pub beside: Beside,
}

/// So much is done beside answers at a time; more is left undone.
const AT_A_TIME: u32 = 64;

/// Small things that are done while an answer is on its way already, so that neither the answer nor its time tells of them.
#[derive(Clone)]
pub struct Beside(Arc<Semaphore>);

impl Default for Beside {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(usize::try_from(AT_A_TIME).unwrap_or(1))))
    }
}

impl Beside {
    /// Begins something; `false` where too much is being done.
    pub fn begin(&self, work: impl Future<Output = ()> + Send + 'static) -> bool {
        let Ok(place) = Arc::clone(&self.0).try_acquire_owned() else { return false };
        tokio::spawn(async move {
            work.await;
            drop(place);
        });
        true
    }

    /// Waits until nothing is being done.
    pub async fn idle(&self) {
        // The semaphore is never closed, which is the one way this could fail.
        let _ = self.0.acquire_many(AT_A_TIME).await;
    }
}
