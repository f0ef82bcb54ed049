//! Small facts about the server itself, by name: which master key seals its keys.

use super::connection::either;
use super::schema::server_facts;
use super::{Connection, StoreError};
use crate::clock::Timestamp;
use diesel::prelude::*;

/// The value under `name`.
pub fn get(connection: &mut Connection, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
    Ok(either!(connection, server_facts::table.find(name).select(server_facts::value).get_result(connection))
        .optional()?)
}

/// Writes `value` where `name` has none yet, and gives what stands there now: of nodes that start together one wins.
pub fn put_first(connection: &mut Connection, name: &str, value: &[u8]) -> Result<Vec<u8>, StoreError> {
    diesel::sql_query("INSERT INTO server_facts (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING")
        .bind::<diesel::sql_types::Text, _>(name)
        .bind::<diesel::sql_types::Binary, _>(value)
        .execute(connection)?;
    get(connection, name)?.ok_or_else(|| StoreError::Fault("server_facts lost a row".to_owned()))
}

#[derive(QueryableByName)]
struct Clock {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    millis: i64,
}

/// A trivial read that answers when the store does: the time by the clock of the database server, where it has one of
/// its own.
pub fn database_time(connection: &mut Connection) -> Result<Option<Timestamp>, StoreError> {
    let asked = match connection {
        Connection::Sqlite(_) => {
            get(connection, "master_key_fingerprint")?;
            return Ok(None);
        }
        Connection::Postgres(postgres) => {
            diesel::sql_query("SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT) AS millis")
                .get_result::<Clock>(postgres)?
        }
    };
    Ok(Some(Timestamp::from_millis(asked.millis)))
}
