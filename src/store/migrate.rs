//! Brings the tables up to what this binary knows. Migrations have the same names for both databases, are reversible
//! and are never edited once merged.

use super::{Connection, Store, StoreError};
use diesel::RunQueryDsl;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");

/// The key of PostgreSQL's advisory lock around migrations: nodes that start together take turns.
const LOCK: i64 = 0x6b65_7968_6f75_7365;

/// Runs what is missing and names it. On PostgreSQL an advisory lock keeps other nodes out meanwhile, and a lock on a
/// table that cannot be had within 2 s gives up rather than stop the traffic.
pub fn up(store: &Store) -> Result<Vec<String>, StoreError> {
    store.exclusive(|connection| match connection {
        Connection::Sqlite(sqlite) => ran(sqlite.run_pending_migrations(SQLITE)),
        Connection::Postgres(postgres) => {
            diesel::sql_query(format!("SELECT pg_advisory_lock({LOCK})")).execute(postgres)?;
            diesel::sql_query("SET lock_timeout = '2s'").execute(postgres)?;
            // The lock ends with the connection.
            ran(postgres.run_pending_migrations(POSTGRES))
        }
    })
}

/// Takes every migration back, newest first. For tests, and for an operator who means it.
pub fn down(store: &Store) -> Result<Vec<String>, StoreError> {
    store.exclusive(|connection| match connection {
        Connection::Sqlite(sqlite) => ran(sqlite.revert_all_migrations(SQLITE)),
        Connection::Postgres(postgres) => ran(postgres.revert_all_migrations(POSTGRES)),
    })
}

/// The names of what [`up`] would run.
pub fn pending(store: &Store) -> Result<Vec<String>, StoreError> {
    use diesel::migration::Migration;
    store.exclusive(|connection| {
        let names = match connection {
            Connection::Sqlite(sqlite) => sqlite
                .pending_migrations(SQLITE)
                .map(|list| list.iter().map(|migration| migration.name().to_string()).collect()),
            Connection::Postgres(postgres) => postgres
                .pending_migrations(POSTGRES)
                .map(|list| list.iter().map(|migration| migration.name().to_string()).collect()),
        };
        names.map_err(|error| StoreError::Fault(error.to_string()))
    })
}

/// Whether no migration has ever run here.
pub fn is_new(store: &Store) -> Result<bool, StoreError> {
    store.exclusive(|connection| {
        let applied = match connection {
            Connection::Sqlite(sqlite) => sqlite.applied_migrations().map(|list| list.is_empty()),
            Connection::Postgres(postgres) => postgres.applied_migrations().map(|list| list.is_empty()),
        };
        applied.map_err(|error| StoreError::Fault(error.to_string()))
    })
}

fn ran(
    outcome: diesel::migration::Result<Vec<diesel::migration::MigrationVersion<'_>>>,
) -> Result<Vec<String>, StoreError> {
    outcome
        .map(|versions| versions.iter().map(ToString::to_string).collect())
        .map_err(|error| StoreError::Fault(error.to_string()))
}
