//! A copy of the store in one file, while it is in use.

use super::{Connection, Store, StoreError, private_file};
use diesel::RunQueryDsl;
use std::path::Path;

/// Copies an SQLite store to `file`, consistent as of one moment, without stopping the traffic. The copy is a store of
/// its own, for its owner only; a file that exists is left alone. On PostgreSQL this refuses: `pg_dump` and base backups
/// do it better.
pub fn to_file(store: &Store, file: &Path) -> Result<(), StoreError> {
    store.exclusive(|connection| match connection {
        Connection::Sqlite(sqlite) => {
            private_file::make(file).map_err(|error| StoreError::Fault(format!("{}: {error}", file.display())))?;
            diesel::sql_query("VACUUM INTO $1")
                .bind::<diesel::sql_types::Text, _>(file.to_string_lossy().into_owned())
                .execute(sqlite)?;
            Ok(())
        }
        Connection::Postgres(_) => {
            Err(StoreError::Fault("backup copies SQLite stores; use pg_dump for PostgreSQL".to_owned()))
        }
    })
}
