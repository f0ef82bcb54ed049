//! Passwords that were stolen somewhere: looked up in a file on this machine (`filter`), which `keyhouse breached-passwords build`
//! makes of the public lists, and at a service that is told five hexadecimal digits (`range`). Both are the operator's choice.
//! Where neither can answer, nobody is kept from choosing a password: it is in the log and in the metrics.

pub mod build;
mod digest;
pub mod filter;
mod range;

use std::sync::Arc;
use std::time::SystemTime;
use std::{path::PathBuf, sync::Mutex, sync::PoisonError};

use metrics::counter;
use zeroize::Zeroizing;

use crate::config;
use crate::outbound::{Outbound, OutboundError};
use filter::{Filter, FilterError};

/// What counts the look-ups, by source and outcome.
pub const LOOKUPS: &str = "keyhouse_breached_lookups_total";

/// Both places to look. Cheap to clone.
#[derive(Clone, Default)]
pub struct Breached {
    file: Option<Arc<File>>,
    service: Option<range::Service>,
}

/// The operator's file, taken anew when it changes.
struct File {
    path: PathBuf,
    open: Mutex<Opened>,
}

struct Opened {
    filter: Arc<Filter>,
    written: Option<(SystemTime, u64)>,
}

/// Why the configured places cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BreachedError {
    /// The file is none.
    #[error("{0}: {1}")]
    File(PathBuf, FilterError),
    /// No client for calls.
    #[error(transparent)]
    Client(#[from] reqwest::Error),
}

impl Breached {
    /// Opens what is configured.
    ///
    /// # Errors
    /// Where the file cannot be read or is something else.
    pub fn open(config: &config::Breached) -> Result<Self, BreachedError> {
        let file = match &config.file {
            None => None,
            Some(path) => {
                // Before it is read: a change in between is seen at the next look-up.
                let written = written(path);
                let filter = Filter::open(path).map_err(|error| BreachedError::File(path.clone(), error))?;
                tracing::info!(passwords = filter.keys(), "a file of breached passwords is in use");
                let open = Mutex::new(Opened { filter: Arc::new(filter), written });
                Some(Arc::new(File { path: path.clone(), open }))
            }
        };
        let service = match &config.range_url {
            None => None,
            Some(url) => {
                let outbound = Outbound::new(config.timeout, config.private_addresses)?;
                Some(range::Service { outbound, url: url.clone() })
            }
        };
        Ok(Self { file, service })
    }

    /// Whether there is any place to look.
    pub const fn is_on(&self) -> bool {
        self.file.is_some() || self.service.is_some()
    }

    /// Whether either place has it; none where one of them could not say, and the other does not know it.
    pub async fn look_up(&self, password: &Zeroizing<String>) -> Option<bool> {
        match self.ask_the_file(password).await {
            Some(true) => Some(true),
            said => Some(self.ask_the_service(password).await? || said?),
        }
    }

    /// Whether the file has it; `false` where there is none, or it cannot be read.
    pub async fn is_in_the_file(&self, password: &Zeroizing<String>) -> bool {
        self.ask_the_file(password).await.unwrap_or(false)
    }

    async fn ask_the_file(&self, password: &Zeroizing<String>) -> Option<bool> {
        let Some(file) = self.file.clone() else { return Some(false) };
        let digest = digest::of(password);
        let looked = tokio::task::spawn_blocking(move || file.current().contains(digest::key(&digest)));
        match looked.await {
            Ok(Ok(is_known)) => counted("file", is_known),
            Ok(Err(error)) => failed("file", &error),
            Err(error) => failed("file", &error),
        }
    }

    /// Whether the service has it; `false` where there is none, or it does not answer.
    pub async fn is_known_to_the_service(&self, password: &Zeroizing<String>) -> bool {
        self.ask_the_service(password).await.unwrap_or(false)
    }

    async fn ask_the_service(&self, password: &Zeroizing<String>) -> Option<bool> {
        let Some(service) = &self.service else { return Some(false) };
        match service.has(&digest::of(password)).await {
            Ok(is_known) => counted("service", is_known),
            Err(error) => failed::<OutboundError>("service", &error),
        }
    }
}

impl File {
    /// The file as it is now; where a changed one is none, the one before stays, and the log says why, once a change.
    fn current(&self) -> Arc<Filter> {
        let now = written(&self.path);
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if open.written != now {
            open.written = now;
            match Filter::open(&self.path) {
                Ok(filter) => {
                    tracing::info!(passwords = filter.keys(), "a changed file of breached passwords is in use");
                    open.filter = Arc::new(filter);
                }
                Err(error) => {
                    tracing::error!(%error, "the changed file of breached passwords is not used, the old one stays");
                }
            }
        }
        Arc::clone(&open.filter)
    }
}

fn written(path: &std::path::Path) -> Option<(SystemTime, u64)> {
    let metadata = std::fs::metadata(path).ok()?;
    Some((metadata.modified().ok()?, metadata.len()))
}

fn counted(source: &'static str, is_known: bool) -> Option<bool> {
    let outcome = if is_known { "breached" } else { "clean" };
    counter!(LOOKUPS, "source" => source, "outcome" => outcome).increment(1);
    Some(is_known)
}

fn failed<E: std::fmt::Display>(source: &'static str, error: &E) -> Option<bool> {
    tracing::warn!(source, %error, "a password could not be looked up among the breached ones");
    counter!(LOOKUPS, "source" => source, "outcome" => "failed").increment(1);
    None
}
