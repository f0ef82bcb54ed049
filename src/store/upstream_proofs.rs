//! People whom another provider has just named, in this browser, and who are no account's yet.

use super::connection::either;
use super::schema::upstream_proofs as proofs;
use super::{Connection, StoreError};
use crate::clock::Timestamp;
use diesel::prelude::*;

/// One of them.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = proofs, treat_none_as_default_value = false)]
pub struct UpstreamProof {
    /// SHA-256 of what the pages carry.
    pub id_digest: Vec<u8>,
    /// SHA-256 of the form cookie of the browser.
    pub binding_digest: Vec<u8>,
    /// The provider's issuer.
    pub issuer: String,
    /// Who it is there.
    pub subject: String,
    /// What the person tells it apart by, as the provider said it.
    pub known_as: Option<String>,
    /// The account that asked for it; none: any whose person proves it in this browser.
    pub account_id: Option<i64>,
    /// The checked, local address to go on to.
    pub continue_to: String,
    /// When it is void.
    pub expires_at: Timestamp,
}

/// Adds one.
pub fn insert(connection: &mut Connection, proof: &UpstreamProof) -> Result<(), StoreError> {
    either!(connection, diesel::insert_into(proofs::table).values(proof).execute(connection))?;
    Ok(())
}

/// The live proof of this browser.
pub fn find(
    connection: &mut Connection,
    id_digest: &[u8],
    binding_digest: &[u8],
    now: Timestamp,
) -> Result<Option<UpstreamProof>, StoreError> {
    Ok(either!(
        connection,
        proofs::table
            .find(id_digest)
            .filter(proofs::binding_digest.eq(binding_digest).and(proofs::expires_at.gt(now)))
            .select(UpstreamProof::as_select())
            .get_result(connection)
    )
    .optional()?)
}

/// Uses one up, once: `false` for whoever comes second.
pub fn take(connection: &mut Connection, id_digest: &[u8]) -> Result<bool, StoreError> {
    Ok(either!(connection, diesel::delete(proofs::table.find(id_digest)).execute(connection))? == 1)
}
