//! The two verbs, `read` and `write`, over SQLite or PostgreSQL.
//!
//! SQLite has one writer thread, which takes every waiting closure, runs each in a savepoint of one transaction and
//! answers after the commit, so that many waiters share one fsync. Point reads run inline on a read-only connection.
//! PostgreSQL has a pool and one plain transaction a `write`.

use super::sqlite_writer::Writer;
use super::{StoreError, private_file};
use crate::config;
use diesel::connection::SimpleConnection;
use diesel::r2d2::{ManageConnection, Pool};
use diesel::{Connection as _, PgConnection, RunQueryDsl as _, SqliteConnection};
use secrecy::{ExposeSecret, SecretString};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// One connection to whichever database the configuration named.
#[derive(diesel::MultiConnection)]
pub enum AnyConnection {
    /// The embedded database.
    Sqlite(SqliteConnection),
    /// The database many nodes share.
    Postgres(PgConnection),
}

/// Runs one query text on whichever database this is: `either!(connection, query.get_result(connection))`.
///
/// Each arm is compiled for its database. The enum could take the query itself, but it writes the SQL anew three times for
/// every use, which cost more than the database did. A look-up by key ends in `get_result`, never in `first`: that
/// adds `LIMIT ?`, and SQLite plans a statement again whenever the value of a limit is bound.
macro_rules! either {
    ($connection:ident, $query:expr) => {
        match $connection {
            $crate::store::Connection::Sqlite($connection) => $query,
            $crate::store::Connection::Postgres($connection) => $query,
        }
    };
}
pub(super) use either;

/// The store: cheap to clone, shared by every worker.
#[derive(Clone)]
pub struct Store {
    backend: Backend,
}

#[derive(Clone)]
enum Backend {
    Sqlite(Arc<Sqlite>),
    Postgres(Pool<PostgresConnections>, SecretString),
}

/// The SQLite side: its file, the writer thread, and idle read-only connections.
struct Sqlite {
    path: PathBuf,
    writer: Writer,
    readers: Mutex<Vec<AnyConnection>>,
    /// Whether the log may hold what was erased. True from the start: the process before may have ended in between.
    owes_scrub: AtomicBool,
}

/// What every connection to SQLite is told: wait for locks a while, keep foreign pages in memory, full durability.
const SQLITE_PRAGMAS: &str = "PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
    PRAGMA wal_autocheckpoint = 4000; PRAGMA cache_size = -8000; PRAGMA temp_store = MEMORY; PRAGMA secure_delete = ON;";

/// Read-only connections: they may serve the pages of the file straight from the page cache of the machine.
const SQLITE_READER_PRAGMAS: &str =
    "PRAGMA busy_timeout = 5000; PRAGMA cache_size = -2000; PRAGMA mmap_size = 268435456; PRAGMA query_only = ON;";

impl Store {
    /// Opens the database that `config` names. SQLite's file is made where it is missing; tables are not: see
    /// [`super::migrate`].
    pub fn open(config: &config::Store) -> Result<Self, StoreError> {
        let backend = match &config.url {
            config::StoreUrl::Sqlite(path) => {
                let path = path.clone();
                // Where it cannot be made SQLite says why, better than we could.
                let _ = private_file::make(&path);
                let file = path.clone();
                let open = move || sqlite(&file, SQLITE_PRAGMAS).map(AnyConnection::Sqlite);
                let writer = Writer::start(open, config.write_queue)?;
                let (readers, owes_scrub) = (Mutex::new(Vec::new()), AtomicBool::new(true));
                Backend::Sqlite(Arc::new(Sqlite { path, writer, readers, owes_scrub }))
            }
            config::StoreUrl::Postgres(url) => {
                let pool = Pool::builder()
                    .max_size(config.postgres_connections)
                    // Made when they are needed: a command that ends must not leave one half made behind.
                    .min_idle(Some(0))
                    .connection_timeout(config.wait)
                    .test_on_check_out(false)
                    .build(PostgresConnections { url: url.clone(), statement_timeout: config.statement_timeout })
                    .map_err(|error| StoreError::Unavailable(error.to_string()))?;
                Backend::Postgres(pool, url.clone())
            }
        };
        Ok(Self { backend })
    }

    /// Runs `question` on a connection that only reads. On SQLite it runs at once on the calling thread: keep it
    /// to look-ups by key.
    pub async fn read<T, F>(&self, question: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&mut AnyConnection) -> Result<T, StoreError> + Send + 'static,
    {
        match &self.backend {
            Backend::Sqlite(sqlite) => sqlite.read(question),
            Backend::Postgres(pool, _) => {
                let pool = pool.clone();
                blocking(move || question(&mut *pooled(&pool)?)).await
            }
        }
    }

    /// Like [`Store::read`] for what walks many rows: never on the calling thread.
    pub async fn scan<T, F>(&self, question: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&mut AnyConnection) -> Result<T, StoreError> + Send + 'static,
    {
        match &self.backend {
            Backend::Sqlite(sqlite) => {
                let sqlite = Arc::clone(sqlite);
                blocking(move || sqlite.read(question)).await
            }
            Backend::Postgres(..) => self.read(question).await,
        }
    }

    /// Runs `change` in a transaction and answers when it is durable. `Ok` commits, also where it carries a refusal;
    /// only `StoreError` rolls back.
    pub async fn write<T, F>(&self, change: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&mut AnyConnection) -> Result<T, StoreError> + Send + 'static,
    {
        match &self.backend {
            Backend::Sqlite(sqlite) => sqlite.writer.write(change).await,
            Backend::Postgres(pool, _) => {
                let pool = pool.clone();
                blocking(move || (*pooled(&pool)?).transaction(change)).await
            }
        }
    }

    /// Says, after a write that erased somebody, that the next [`Store::scrub`] has something to do.
    pub fn owe_scrub(&self) {
        if let Backend::Sqlite(sqlite) = &self.backend {
            sqlite.owes_scrub.store(true, Ordering::Release);
        }
    }

    /// Empties SQLite's log, where that is owed: the file itself has zeros where erased rows were (`secure_delete`), but the log
    /// keeps the pages as they had been until it is written over. PostgreSQL keeps its log as its operator says.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] while somebody reads an old state: to be tried again.
    pub async fn scrub(&self) -> Result<(), StoreError> {
        let Backend::Sqlite(sqlite) = &self.backend else { return Ok(()) };
        // Taken first: what is erased while the log is emptied is owed anew.
        if !sqlite.owes_scrub.swap(false, Ordering::AcqRel) {
            return Ok(());
        }
        let own = Arc::clone(sqlite);
        let emptied = blocking(move || empty_log(&own.path)).await;
        if emptied.is_err() {
            self.owe_scrub();
        }
        emptied
    }

    /// A connection of its own, for start-up and commands: migrations, backup. No statement on it has a time limit: a
    /// migration takes as long as it takes, and a node that starts beside another waits for its turn.
    pub(super) fn exclusive<T>(
        &self,
        job: impl FnOnce(&mut AnyConnection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        match &self.backend {
            Backend::Sqlite(own) => job(&mut AnyConnection::Sqlite(sqlite(&own.path, SQLITE_PRAGMAS)?)),
            Backend::Postgres(_, url) => job(&mut AnyConnection::Postgres(postgres(url)?)),
        }
    }
}

impl Sqlite {
    fn read<T>(&self, question: impl FnOnce(&mut AnyConnection) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let idle = self.readers.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut connection = match idle {
            Some(connection) => connection,
            None => AnyConnection::Sqlite(sqlite(&self.path, SQLITE_READER_PRAGMAS)?),
        };
        let answer = question(&mut connection);
        self.readers.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
        answer
    }
}

#[derive(diesel::QueryableByName)]
struct Checkpoint {
    #[diesel(sql_type = diesel::sql_types::Integer)]
    busy: i32,
}

/// Brings the whole log into the file and cuts it to nothing.
fn empty_log(path: &std::path::Path) -> Result<(), StoreError> {
    let mut connection = sqlite(path, SQLITE_PRAGMAS)?;
    let done: Checkpoint = diesel::sql_query("PRAGMA wal_checkpoint(TRUNCATE)").get_result(&mut connection)?;
    if done.busy != 0 {
        return Err(StoreError::Unavailable("the log is being read".to_owned()));
    }
    Ok(())
}

fn sqlite(path: &std::path::Path, pragmas: &str) -> Result<SqliteConnection, StoreError> {
    let mut connection = SqliteConnection::establish(&path.to_string_lossy())
        .map_err(|error| StoreError::Unavailable(error.to_string()))?;
    connection.batch_execute(pragmas)?;
    Ok(connection)
}

fn postgres(url: &SecretString) -> Result<PgConnection, StoreError> {
    PgConnection::establish(url.expose_secret()).map_err(|error| StoreError::Unavailable(error.to_string()))
}

type Pooled = diesel::r2d2::PooledConnection<PostgresConnections>;

fn pooled(pool: &Pool<PostgresConnections>) -> Result<Pooled, StoreError> {
    pool.get().map_err(|error| StoreError::Unavailable(error.to_string()))
}

async fn blocking<T: Send + 'static>(
    job: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    tokio::task::spawn_blocking(job)
        .await
        .map_err(|_| StoreError::Unavailable("the store's thread ended".to_owned()))?
}

/// How the pool makes PostgreSQL connections. diesel's own manager would try each kind of database in turn, and SQLite
/// takes any text for a file name.
struct PostgresConnections {
    url: SecretString,
    statement_timeout: Duration,
}

impl ManageConnection for PostgresConnections {
    type Connection = AnyConnection;
    type Error = StoreError;

    fn connect(&self) -> Result<AnyConnection, StoreError> {
        let mut connection = postgres(&self.url)?;
        let milliseconds = self.statement_timeout.as_millis();
        connection.batch_execute(&format!(
            "SET synchronous_commit = on; SET statement_timeout = {milliseconds}; \
             SET idle_in_transaction_session_timeout = {milliseconds}; SET application_name = 'keyhouse';"
        ))?;
        Ok(AnyConnection::Postgres(connection))
    }

    fn is_valid(&self, connection: &mut AnyConnection) -> Result<(), StoreError> {
        connection.batch_execute("SELECT 1").map_err(StoreError::from)
    }

    fn has_broken(&self, connection: &mut AnyConnection) -> bool {
        use diesel::connection::{AnsiTransactionManager, TransactionManager};
        match connection {
            AnyConnection::Sqlite(_) => false,
            AnyConnection::Postgres(postgres) => AnsiTransactionManager::is_broken_transaction_manager(postgres),
        }
    }
}
