//! Where an IP address is, as far as a file of the operator's knows (MaxMind's format). None comes with Keyhouse; without one no
//! place is ever shown. A place is for the person's own lists of devices and of what happened: nothing is decided by it.

use maxminddb::{MaxMindDbError, Reader};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

use crate::language::Language;

/// How often the file is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(30);

/// The longest name of a city or country that is shown.
const MOST_CHARACTERS: usize = 64;

/// Why a file of places cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PlacesError {
    /// It cannot be read.
    #[error("cannot read {0}: {1}")]
    Unreadable(PathBuf, std::io::Error),
    /// It is not in MaxMind's format.
    #[error("{0} is no file of places: {1}")]
    Unusable(PathBuf, MaxMindDbError),
}

/// The file in use, or none. Cloning shares it.
#[derive(Clone, Default)]
pub struct Places(Option<Arc<Source>>);

struct Source {
    path: PathBuf,
    current: RwLock<Reader<Vec<u8>>>,
    /// When the file that was looked at last had been written, and how long it was.
    written: Mutex<Option<(SystemTime, u64)>>,
}

/// What is read of a record (GeoIP2 City); files of countries alone have no city.
#[derive(Deserialize)]
struct Record {
    #[serde(default)]
    city: Named,
    #[serde(default)]
    country: Named,
}

#[derive(Default, Deserialize)]
struct Named {
    #[serde(default)]
    names: BTreeMap<String, String>,
}

impl Named {
    fn in_language(&self, language: Language) -> Option<String> {
        let name = self.names.get(language.tag()).or_else(|| self.names.get("en"))?;
        let shown: String = name.chars().filter(|c| !c.is_control()).take(MOST_CHARACTERS).collect();
        (!shown.is_empty()).then_some(shown)
    }
}

impl Places {
    /// Reads the file, where there is one.
    ///
    /// # Errors
    /// When it cannot be read or is something else.
    pub fn load(path: Option<&Path>) -> Result<Self, PlacesError> {
        let Some(path) = path else { return Ok(Self::default()) };
        // Before it is read: a change in between is seen at the next look.
        let written = Mutex::new(written(path));
        let current = RwLock::new(read(path)?);
        Ok(Self(Some(Arc::new(Source { path: path.to_owned(), current, written }))))
    }

    /// City and country of an address, as far as they are known: "Vienna, Austria".
    pub fn of(&self, address: &str, language: Language) -> Option<String> {
        let source = self.0.as_ref()?;
        let address: IpAddr = address.parse().ok()?;
        let reader = source.current.read().unwrap_or_else(PoisonError::into_inner);
        // A record that cannot be read is a place that is not known: an address of the other family in a file of one, a
        // damaged file.
        let record: Record = reader.lookup(address).ok()?.decode().ok()??;
        match (record.city.in_language(language), record.country.in_language(language)) {
            (Some(city), Some(country)) => {
                Some(language.text("place").plain("city", city).plain("country", country).to_string())
            }
            (city, country) => city.or(country),
        }
    }

    /// Takes a changed file over if it is good; else the one in use stays, and the log says why, once a change.
    pub fn look(&self) {
        let Some(source) = &self.0 else { return };
        let now = written(&source.path);
        {
            let mut last = source.written.lock().unwrap_or_else(PoisonError::into_inner);
            if *last == now {
                return;
            }
            *last = now;
        }
        match read(&source.path) {
            Ok(reader) => {
                *source.current.write().unwrap_or_else(PoisonError::into_inner) = reader;
                tracing::info!("a changed file of places is in use");
            }
            Err(error) => tracing::error!(%error, "the changed file of places is not used, the old one stays"),
        }
    }

    /// Looks at the file every 30 seconds, for ever; ends at once where there is none.
    pub async fn watch(self) {
        while self.0.is_some() {
            tokio::time::sleep(LOOK_EVERY).await;
            let own = self.clone();
            // It is large and may lie on a slow disk; requests must not wait for it.
            let looked = tokio::task::spawn_blocking(move || own.look()).await;
            if let Err(error) = looked {
                tracing::error!(%error, "the file of places could not be looked at");
            }
        }
    }
}

fn written(path: &Path) -> Option<(SystemTime, u64)> {
    let metadata = std::fs::metadata(path).ok()?;
    Some((metadata.modified().ok()?, metadata.len()))
}

fn read(path: &Path) -> Result<Reader<Vec<u8>>, PlacesError> {
    let bytes = std::fs::read(path).map_err(|error| PlacesError::Unreadable(path.to_owned(), error))?;
    Reader::from_source(bytes).map_err(|error| PlacesError::Unusable(path.to_owned(), error))
}
