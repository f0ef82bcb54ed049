//! JWTs of clients that were taken, each good once on every node: client assertions (RFC 7523 §3, `jti`) and DPoP proofs
//! (RFC 9449 §11.1). A digest says which kind it is of.

use super::{Connection, StoreError};
use crate::clock::Timestamp;
use diesel::RunQueryDsl;
use diesel::sql_types::{BigInt, Binary};

/// Takes the JWT with this digest. `false` where it was taken before. `expires_at`: after it, no replay would be
/// taken for other reasons.
pub fn take(connection: &mut Connection, digest: &[u8], expires_at: Timestamp) -> Result<bool, StoreError> {
    let taken =
        diesel::sql_query("INSERT INTO seen_jwts (digest, expires_at) VALUES ($1, $2) ON CONFLICT (digest) DO NOTHING")
            .bind::<Binary, _>(digest)
            .bind::<BigInt, _>(expires_at.millis())
            .execute(connection)?;
    Ok(taken == 1)
}
