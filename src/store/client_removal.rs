//! The removal of a client that many people use: what it was given goes in small writes first, so that the last one, which
//! removes the client itself and whatever came meanwhile, is short.

use super::{Connection, Store, StoreError, clients};
use diesel::RunQueryDsl;
use diesel::sql_types::{BigInt, Text};

/// So many rows of one table go in one write.
const BATCH: i64 = 500;

/// What may be as many rows as there are people, by their keys.
const GIVEN: [(&str, &str); 2] = [("grants", "account_id, id"), ("consents", "account_id, client_id, resource")];

/// Removes a client and everything it was given. `false` where there is no such client. Ended half-way, it has lost some of what
/// it was given, and the next call goes on.
pub async fn remove(store: &Store, client_id: &str) -> Result<bool, StoreError> {
    empty(store, client_id).await?;
    let client_id = client_id.to_owned();
    store.write(move |connection| clients::remove(connection, &client_id)).await
}

/// Takes from a client what it was given, in small writes.
pub async fn empty(store: &Store, client_id: &str) -> Result<(), StoreError> {
    for (table, key) in GIVEN {
        loop {
            let own = client_id.to_owned();
            let rows = store.write(move |connection| batch(connection, table, key, &own)).await?;
            if i64::try_from(rows).unwrap_or(i64::MAX) < BATCH {
                break;
            }
        }
    }
    Ok(())
}

fn batch(connection: &mut Connection, table: &str, key: &str, client_id: &str) -> Result<usize, StoreError> {
    let rows = diesel::sql_query(format!(
        "DELETE FROM {table} WHERE ({key}) IN (SELECT {key} FROM {table} WHERE client_id = $1 LIMIT $2)"
    ))
    .bind::<Text, _>(client_id)
    .bind::<BigInt, _>(BATCH)
    .execute(connection)?;
    Ok(rows)
}
