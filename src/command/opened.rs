//! What a command works on: the configuration, and the store it names with its tables in place.

use std::sync::Arc;

use super::{Everywhere, Failure, refused};
use crate::clock::{Clock, Timestamp};
use crate::config::Config;
use crate::store::{Store, migrate};

/// The configuration and the store.
pub(super) struct Opened {
    /// What the operator decided.
    pub config: Arc<Config>,
    /// Where everything is kept.
    pub store: Store,
    clock: Clock,
}

impl Opened {
    /// Reads the configuration and opens its store. A new store gets its tables; one that an older program made is left
    /// alone, since servers of that program may be running on it.
    pub fn of(everywhere: &Everywhere) -> Result<Self, Failure> {
        Self::with(Config::from_process(everywhere.config.as_deref(), everywhere.dev)?)
    }

    /// Opens the store of a configuration.
    pub fn with(config: Config) -> Result<Self, Failure> {
        let store = Store::open(&config.store)?;
        if migrate::is_new(&store)? {
            migrate::up(&store)?;
        } else if !migrate::pending(&store)?.is_empty() {
            return Err(refused("the store was made by an older program: run `keyhouse migrate` first"));
        }
        Ok(Self { clock: config.clock(), config: Arc::new(config), store })
    }

    /// What time it is.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }
}
