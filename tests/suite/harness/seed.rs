//! A store as a server's first start leaves it: migrated, with signing keys. Making RSA keys and running every migration was more than
//! half of what many a test cost, so both are done ahead, and once: each test gets a copy, sealed under its own master key.

use std::cell::Cell;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::sync::OnceLock;

use diesel::connection::SimpleConnection as _;
use diesel::{Connection as _, PgConnection, SqliteConnection};
use keyhouse::clock::Timestamp;
use keyhouse::config::{Config, StoreUrl};
use keyhouse::security::derived_keys::DerivedKeys;
use keyhouse::security::signing_key::SigningKey;
use keyhouse::store::signing_keys::{self, Algorithm, StoredKey};
use keyhouse::store::{Connection, Store, migrate};
use secrecy::ExposeSecret as _;

/// One key of every algorithm.
type Set = Vec<(Algorithm, SigningKey, Vec<u8>)>;

/// So many houses one test may have whose keys differ.
const SETS: usize = 4;

thread_local! {
    /// How many houses this test has built: each test has a thread of its own.
    static BUILT: Cell<usize> = const { Cell::new(0) };
}

/// The place of the next house of this test. Asked on the test's own thread.
pub fn place() -> usize {
    BUILT.with(|built| built.replace(built.get() + 1)) % SETS
}

fn keys(place: usize) -> &'static Set {
    static ALL: [OnceLock<Set>; SETS] = [const { OnceLock::new() }; SETS];
    ALL[place].get_or_init(|| {
        let made = Algorithm::ALL.iter().map(|algorithm| (*algorithm, SigningKey::generate(*algorithm).unwrap()));
        made.map(|(algorithm, (key, pkcs8))| (algorithm, key, pkcs8)).collect()
    })
}

/// An SQLite file after every migration. The first test makes it, where its own store is to be.
fn migrated(config: &Config, path: &Path) -> &'static [u8] {
    static FILE: OnceLock<Vec<u8>> = OnceLock::new();
    FILE.get_or_init(|| {
        migrate::up(&Store::open(&config.store).unwrap()).unwrap();
        let copy = path.with_extension("copy");
        let mut connection = SqliteConnection::establish(path.to_str().unwrap()).unwrap();
        connection.batch_execute(&format!("VACUUM INTO '{}'", copy.display())).unwrap();
        drop(connection);
        let bytes = std::fs::read(&copy).unwrap();
        for left in std::fs::read_dir(path.parent().unwrap()).unwrap() {
            std::fs::remove_file(left.unwrap().path()).unwrap();
        }
        bytes
    })
}

/// Fills the store that `config` names, where it is new, for the house at this place. Blocks.
pub fn fill(config: &Config, place: usize, now: Timestamp) {
    let mut connection = match &config.store.url {
        StoreUrl::Sqlite(path) if path.exists() => return,
        StoreUrl::Sqlite(path) => {
            let bytes = migrated(config, path);
            let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).unwrap();
            file.write_all(bytes).unwrap();
            Connection::Sqlite(SqliteConnection::establish(path.to_str().unwrap()).unwrap())
        }
        StoreUrl::Postgres(url) => {
            migrate::up(&Store::open(&config.store).unwrap()).unwrap();
            Connection::Postgres(PgConnection::establish(url.expose_secret()).unwrap())
        }
    };
    if !signing_keys::all(&mut connection).unwrap().is_empty() {
        return;
    }
    let derived = DerivedKeys::from_master(&config.master_key).unwrap();
    for (algorithm, key, pkcs8) in keys(place) {
        let stored = StoredKey {
            kid: key.kid().to_owned(),
            algorithm: *algorithm,
            sealed_private_key: derived.seal(key.kid(), pkcs8).unwrap(),
            public_jwk: key.jwk().to_string(),
            created_at: now,
            signs_from: now,
            signs_until: None,
            published_until: None,
        };
        signing_keys::insert(&mut connection, &stored).unwrap();
    }
}
