//! The app's own SQLite file: opened once, used from the blocking pool.

use std::fs::OpenOptions;
use std::path::Path;
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::r2d2::{ConnectionManager, CustomizeConnection, Error as PoolError, Pool};
use diesel::{QueryResult, SqliteConnection};

use crate::error::Fault;

/// Connections to the app's SQLite file.
#[derive(Clone)]
pub struct Database {
    pool: Pool<ConnectionManager<SqliteConnection>>,
}

#[derive(Debug)]
struct Pragmas;

impl CustomizeConnection<SqliteConnection, PoolError> for Pragmas {
    fn on_acquire(&self, connection: &mut SqliteConnection) -> Result<(), PoolError> {
        connection
            .batch_execute("PRAGMA busy_timeout = 5000; PRAGMA foreign_keys = ON; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON;")
            .map_err(PoolError::QueryError)
    }
}

impl Database {
    /// Opens the file, making it and its tables where they are missing.
    ///
    /// # Errors
    /// When the file cannot be made or is not a database.
    pub fn open(path: &Path, tables: &[&str]) -> Result<Self, Fault> {
        make_private(path)?;
        let url = path.to_str().ok_or("database: the path is not UTF-8")?;
        let pool = Pool::builder()
            .max_size(4)
            .connection_timeout(Duration::from_secs(5))
            .connection_customizer(Box::new(Pragmas))
            .build(ConnectionManager::new(url))?;
        let mut connection = pool.get()?;
        connection.batch_execute("PRAGMA journal_mode = WAL;")?;
        for table in tables {
            connection.batch_execute(table)?;
        }
        drop(connection);
        Ok(Self { pool })
    }

    /// Runs a query off the async threads.
    ///
    /// # Errors
    /// When the database fails; never because a row is missing, unless the closure says so.
    pub async fn read<T, F>(&self, query: F) -> Result<T, Fault>
    where
        T: Send + 'static,
        F: FnOnce(&mut SqliteConnection) -> QueryResult<T> + Send + 'static,
    {
        let pool = self.pool.clone();
        tokio::task::spawn_blocking(move || Ok(query(&mut *pool.get()?)?)).await?
    }

    /// Runs a closure in one transaction that takes the write lock at its start, so that it cannot fail
    /// half-way because somebody else wrote.
    ///
    /// # Errors
    /// As [`Database::read`]; then nothing was written.
    pub async fn write<T, F>(&self, change: F) -> Result<T, Fault>
    where
        T: Send + 'static,
        F: FnOnce(&mut SqliteConnection) -> QueryResult<T> + Send + 'static,
    {
        self.read(move |connection| connection.immediate_transaction(change)).await
    }
}

impl Database {
    /// Empties SQLite's log: erased rows are overwritten in the file, but the log keeps pages as they had been.
    ///
    /// # Errors
    /// As [`Database::read`].
    pub async fn empty_log(&self) -> Result<(), Fault> {
        self.read(|connection| connection.batch_execute("PRAGMA wal_checkpoint(TRUNCATE);")).await
    }
}

/// The file holds tokens: on a shared machine only its owner may read it. SQLite gives its side files
/// (`-wal`, `-shm`) the mode of the main file.
fn make_private(path: &Path) -> Result<(), Fault> {
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map_err(|error| format!("database: {}: {error}", path.display()))?;
    Ok(())
}
