//! Signing keys, sealed under the master key. A key is published before it signs and after it has signed.

use super::connection::either;
use super::schema::signing_keys as keys;
use super::{Connection, StoreError};
use crate::clock::Timestamp;
use crate::text_enum;
use diesel::prelude::*;

text_enum! {
    /// Signature algorithms (RFC 7518 §3.1, RFC 8037).
    Algorithm {
        /// RSASSA-PKCS1-v1_5 with SHA-256, 2048 bits.
        Rs256 = "RS256",
        /// ECDSA on P-256 with SHA-256.
        Es256 = "ES256",
        /// Ed25519.
        EdDsa = "EdDSA",
        /// RSASSA-PSS with SHA-256, 2048 bits. Its key is another than RS256's: a key serves one algorithm (RFC 8725 §3.1).
        Ps256 = "PS256",
    }
}

/// One key.
#[derive(Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = keys, treat_none_as_default_value = false)]
pub struct StoredKey {
    /// Its name in JOSE headers.
    pub kid: String,
    /// What it signs with.
    pub algorithm: Algorithm,
    /// PKCS #8, sealed.
    pub sealed_private_key: Vec<u8>,
    /// Its public half, as JSON.
    pub public_jwk: String,
    /// When it was made, and published.
    pub created_at: Timestamp,
    /// From when it signs.
    pub signs_from: Timestamp,
    /// Until when it signs; none while it has no successor.
    pub signs_until: Option<Timestamp>,
    /// Until when it is published.
    pub published_until: Option<Timestamp>,
}

/// Every key, oldest first.
pub fn all(connection: &mut Connection) -> Result<Vec<StoredKey>, StoreError> {
    Ok(either!(
        connection,
        keys::table.order((keys::signs_from, keys::kid)).select(StoredKey::as_select()).load(connection)
    )?)
}

/// Adds a key.
pub fn insert(connection: &mut Connection, key: &StoredKey) -> Result<(), StoreError> {
    either!(connection, diesel::insert_into(keys::table).values(key).execute(connection))?;
    Ok(())
}

/// Gives the running keys of an algorithm their end.
pub fn retire(
    connection: &mut Connection,
    algorithm: Algorithm,
    signs_until: Timestamp,
    published_until: Timestamp,
) -> Result<(), StoreError> {
    either!(
        connection,
        diesel::update(keys::table.filter(keys::algorithm.eq(algorithm).and(keys::signs_until.is_null())))
            .set((keys::signs_until.eq(Some(signs_until)), keys::published_until.eq(Some(published_until))))
            .execute(connection)
    )?;
    Ok(())
}

/// Keeps other nodes from making keys until this transaction ends. SQLite has one writer anyway.
pub fn lock(connection: &mut Connection) -> Result<(), StoreError> {
    if let Connection::Postgres(postgres) = connection {
        diesel::sql_query("SELECT pg_advisory_xact_lock(7162523)").execute(postgres)?;
    }
    Ok(())
}
