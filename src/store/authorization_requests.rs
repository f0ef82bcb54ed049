//! Authorization requests that a page had to be shown for, or that were posted: from then on the request is its row.

use super::connection::either;
use super::schema::authorization_requests as requests;
use super::{Connection, StoreError};
use crate::clock::Timestamp;
use diesel::prelude::*;

/// One stored request.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = requests, treat_none_as_default_value = false)]
pub struct StoredRequest {
    /// SHA-256 of the identifier in its links.
    pub id_digest: Vec<u8>,
    /// SHA-256 of the form cookie of the browser it belongs to; none until a browser came for it.
    pub binding_digest: Option<Vec<u8>>,
    /// Who asks.
    pub client_id: String,
    /// The checked parameters, as JSON.
    pub parameters: String,
    /// When it was answered.
    pub closed_at: Option<Timestamp>,
    /// When it came.
    pub created_at: Timestamp,
    /// When it is void.
    pub expires_at: Timestamp,
}

/// Adds a request.
pub fn insert(connection: &mut Connection, request: &StoredRequest) -> Result<(), StoreError> {
    either!(connection, diesel::insert_into(requests::table).values(request).execute(connection))?;
    Ok(())
}

/// The request with this identifier, where it is still open.
pub fn find_open(
    connection: &mut Connection,
    id_digest: &[u8],
    now: Timestamp,
) -> Result<Option<StoredRequest>, StoreError> {
    Ok(either!(
        connection,
        requests::table
            .find(id_digest)
            .filter(requests::closed_at.is_null().and(requests::expires_at.gt(now)))
            .select(StoredRequest::as_select())
            .get_result(connection)
    )
    .optional()?)
}

/// Moves an open request from an identifier to that of `row`, with the browser and the times of `row`: who has the old
/// identifier has nothing any more. `false` for whoever comes second or too late.
pub fn move_from(connection: &mut Connection, id_digest: &[u8], row: &StoredRequest) -> Result<bool, StoreError> {
    let open = requests::table
        .find(id_digest)
        .filter(requests::closed_at.is_null().and(requests::expires_at.gt(row.created_at)));
    let moved = either!(
        connection,
        diesel::update(open)
            .set((
                requests::id_digest.eq(&row.id_digest),
                requests::binding_digest.eq(&row.binding_digest),
                requests::created_at.eq(row.created_at),
                requests::expires_at.eq(row.expires_at),
            ))
            .execute(connection)
    )?;
    Ok(moved == 1)
}

/// Binds a request that no browser has yet to this one. `false` where another was first.
pub fn bind(connection: &mut Connection, id_digest: &[u8], binding_digest: &[u8]) -> Result<bool, StoreError> {
    let bound = either!(
        connection,
        diesel::update(requests::table.find(id_digest).filter(requests::binding_digest.is_null()))
            .set(requests::binding_digest.eq(Some(binding_digest)))
            .execute(connection)
    )?;
    Ok(bound == 1)
}

/// Answers the request, once: `false` for whoever comes second or too late.
pub fn close(connection: &mut Connection, id_digest: &[u8], now: Timestamp) -> Result<bool, StoreError> {
    let open = requests::table.find(id_digest).filter(requests::closed_at.is_null().and(requests::expires_at.gt(now)));
    Ok(either!(connection, diesel::update(open).set(requests::closed_at.eq(Some(now))).execute(connection))? == 1)
}
