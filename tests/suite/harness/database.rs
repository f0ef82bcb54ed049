//! A database for one test: a temporary SQLite file, or a schema of its own on the PostgreSQL cluster that the runner
//! started.

use std::path::PathBuf;
use std::sync::Arc;

use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection};
use keyhouse::security::random;

/// Where a test keeps its rows. Clones are the same database; it goes with the last of them.
#[derive(Clone)]
pub struct Database(Arc<Kind>);

enum Kind {
    Sqlite { folder: PathBuf },
    Postgres { cluster: String, schema: String },
}

impl Database {
    /// A new SQLite file.
    pub fn sqlite() -> Self {
        let folder = std::env::temp_dir().join(format!("keyhouse-test-{}", random::identifier()));
        std::fs::create_dir(&folder).unwrap();
        Self(Arc::new(Kind::Sqlite { folder }))
    }

    /// A new schema. `None`, said on standard error, where no cluster was started for the tests.
    pub async fn postgres() -> Option<Self> {
        let Ok(cluster) = std::env::var("KEYHOUSE_TEST_POSTGRES") else {
            eprintln!("skipped: KEYHOUSE_TEST_POSTGRES names no cluster");
            return None;
        };
        let schema = format!("t_{}", random::digits(18));
        let (url, name) = (cluster.clone(), schema.clone());
        let made = tokio::task::spawn_blocking(move || {
            PgConnection::establish(&url).unwrap().batch_execute(&format!("CREATE SCHEMA {name}"))
        });
        made.await.unwrap().unwrap();
        Some(Self(Arc::new(Kind::Postgres { cluster, schema })))
    }

    /// As `store.url` names it.
    pub fn url(&self) -> String {
        match &*self.0 {
            Kind::Sqlite { folder } => format!("sqlite:{}", folder.join("store.sqlite").display()),
            Kind::Postgres { cluster, schema } => {
                let joint = if cluster.contains('?') { '&' } else { '?' };
                format!("{cluster}{joint}options=-csearch_path%3D{schema}")
            }
        }
    }

    /// Whether this is SQLite.
    pub fn is_sqlite(&self) -> bool {
        matches!(*self.0, Kind::Sqlite { .. })
    }

    /// The folder of an SQLite store, for what else a test must put down.
    pub fn folder(&self) -> Option<&PathBuf> {
        match &*self.0 {
            Kind::Sqlite { folder } => Some(folder),
            Kind::Postgres { .. } => None,
        }
    }
}

impl Drop for Kind {
    fn drop(&mut self) {
        match self {
            Self::Sqlite { folder } => {
                let _ = std::fs::remove_dir_all(folder);
            }
            Self::Postgres { cluster, schema } => {
                if let Ok(mut connection) = PgConnection::establish(cluster) {
                    let _ = connection.batch_execute(&format!("DROP SCHEMA {schema} CASCADE"));
                }
            }
        }
    }
}
