//! DPoP proofs that were used, until their time would refuse them anyway.

use super::{Connection, StoreError};
use crate::clock::Timestamp;
use diesel::RunQueryDsl;
use diesel::sql_types::{BigInt, Binary};

/// Notes a proof by its digest. `false` where it was noted before.
pub fn insert(connection: &mut Connection, digest: &[u8], expires_at: Timestamp) -> Result<bool, StoreError> {
    let rows = diesel::sql_query(
        "INSERT INTO seen_proofs (proof_digest, expires_at) VALUES ($1, $2) ON CONFLICT (proof_digest) DO NOTHING",
    )
    .bind::<Binary, _>(digest)
    .bind::<BigInt, _>(expires_at.millis())
    .execute(connection)?;
    Ok(rows == 1)
}
