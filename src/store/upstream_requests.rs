//! People who are at another provider to sign in there: each row for one browser, one purpose and one answer.

use super::connection::either;
use super::schema::upstream_requests as requests;
use super::{Connection, StoreError};
use crate::clock::Timestamp;
use diesel::prelude::*;

/// One of them.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = requests, treat_none_as_default_value = false)]
pub struct UpstreamRequest {
    /// SHA-256 of `state`.
    pub state_digest: Vec<u8>,
    /// SHA-256 of the form cookie of the browser that was sent.
    pub binding_digest: Vec<u8>,
    /// The provider's name in the configuration.
    pub provider: String,
    /// Who wants to connect what comes of it; none: somebody signs in.
    pub account_id: Option<i64>,
    /// The checked, local address to go on to.
    pub continue_to: String,
    /// Whether the provider was told to ask the person again.
    pub anew: bool,
    /// When the browser was sent.
    pub created_at: Timestamp,
    /// When an answer comes too late.
    pub expires_at: Timestamp,
}

/// Adds one.
pub fn insert(connection: &mut Connection, request: &UpstreamRequest) -> Result<(), StoreError> {
    either!(connection, diesel::insert_into(requests::table).values(request).execute(connection))?;
    Ok(())
}

/// Takes the live request that an answer of this provider in this browser is for, whatever the answer turns out to be worth:
/// nobody gets it a second time.
pub fn take(
    connection: &mut Connection,
    state_digest: &[u8],
    (binding_digest, provider): (&[u8], &str),
    now: Timestamp,
) -> Result<Option<UpstreamRequest>, StoreError> {
    let found = either!(
        connection,
        requests::table
            .find(state_digest)
            .filter(
                requests::binding_digest
                    .eq(binding_digest)
                    .and(requests::provider.eq(provider))
                    .and(requests::expires_at.gt(now)),
            )
            .select(UpstreamRequest::as_select())
            .get_result(connection)
    )
    .optional()?;
    let Some(found) = found else { return Ok(None) };
    let taken = either!(connection, diesel::delete(requests::table.find(state_digest)).execute(connection))?;
    Ok((taken == 1).then_some(found))
}
