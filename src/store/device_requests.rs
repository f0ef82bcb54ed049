//! Devices that wait for a person to allow them (RFC 8628). A request goes from pending to allowed or denied, and from
//! allowed to spent, each by one conditional update.

use super::columns::Words;
use super::connection::either;
use super::schema::device_requests as requests;
use super::{Connection, StoreError};
use crate::clock::Timestamp;
use crate::text_enum;
use diesel::prelude::*;

text_enum! {
    /// How far a request is.
    DeviceState {
        /// Nobody has answered.
        Pending = "pending",
        /// A person allowed it.
        Allowed = "allowed",
        /// A person denied it.
        Denied = "denied",
        /// It has its tokens.
        Spent = "spent",
    }
}

/// One request of a device.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = requests, treat_none_as_default_value = false)]
pub struct DeviceRequest {
    /// SHA-256 of the device code.
    pub device_digest: Vec<u8>,
    /// Keyed digest of the user code.
    pub user_digest: Vec<u8>,
    /// Who asks.
    pub client_id: String,
    /// What will be granted.
    pub scope: Words,
    /// Resources asked for (RFC 8707).
    pub resources: Words,
    /// The address that the device asked from, for the person who is asked.
    pub address: String,
    /// How far it is.
    pub state: DeviceState,
    /// Who allowed it.
    pub account_id: Option<i64>,
    /// In which sign-in.
    pub session_id: Option<i64>,
    /// Seconds between two polls at least.
    pub interval_seconds: i32,
    /// The last poll.
    pub polled_at: Option<Timestamp>,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// When it is void.
    pub expires_at: Timestamp,
}

/// Adds a request; a user code that is in use is [`StoreError::Conflict`].
pub fn insert(connection: &mut Connection, request: &DeviceRequest) -> Result<(), StoreError> {
    either!(connection, diesel::insert_into(requests::table).values(request).execute(connection))?;
    Ok(())
}

/// The request of a device code, whatever its state.
pub fn find(connection: &mut Connection, device_digest: &[u8]) -> Result<Option<DeviceRequest>, StoreError> {
    Ok(either!(
        connection,
        requests::table.find(device_digest).select(DeviceRequest::as_select()).get_result(connection)
    )
    .optional()?)
}

/// The request of a user code that still waits for its answer.
pub fn find_waiting(
    connection: &mut Connection,
    user_digest: &[u8],
    now: Timestamp,
) -> Result<Option<DeviceRequest>, StoreError> {
    Ok(either!(
        connection,
        requests::table
            .filter(requests::user_digest.eq(user_digest))
            .filter(requests::state.eq(DeviceState::Pending).and(requests::expires_at.gt(now)))
            .select(DeviceRequest::as_select())
            .get_result(connection)
    )
    .optional()?)
}

/// A person's answer, once: `allowed_by` is account and sign-in, none for a denial. `false` for whoever comes second or
/// too late.
pub fn answer(
    connection: &mut Connection,
    device_digest: &[u8],
    allowed_by: Option<(i64, i64)>,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let state = if allowed_by.is_some() { DeviceState::Allowed } else { DeviceState::Denied };
    let waiting = requests::table
        .find(device_digest)
        .filter(requests::state.eq(DeviceState::Pending).and(requests::expires_at.gt(now)));
    let set = (
        requests::state.eq(state),
        requests::account_id.eq(allowed_by.map(|(account_id, _)| account_id)),
        requests::session_id.eq(allowed_by.map(|(_, session_id)| session_id)),
    );
    Ok(either!(connection, diesel::update(waiting).set(set).execute(connection))? == 1)
}

/// Notes a poll, and the time that must pass until the next.
pub fn polled(
    connection: &mut Connection,
    device_digest: &[u8],
    interval_seconds: i32,
    now: Timestamp,
) -> Result<(), StoreError> {
    either!(
        connection,
        diesel::update(requests::table.find(device_digest))
            .set((requests::polled_at.eq(Some(now)), requests::interval_seconds.eq(interval_seconds)))
            .execute(connection)
    )?;
    Ok(())
}

/// Spends an allowed request, once.
pub fn spend(connection: &mut Connection, device_digest: &[u8], now: Timestamp) -> Result<bool, StoreError> {
    let allowed = requests::table
        .find(device_digest)
        .filter(requests::state.eq(DeviceState::Allowed).and(requests::expires_at.gt(now)));
    Ok(either!(connection, diesel::update(allowed).set(requests::state.eq(DeviceState::Spent)).execute(connection))?
        == 1)
}

/// Makes void what an account has allowed and no device has fetched: of one client, or of all.
pub fn void(connection: &mut Connection, account_id: i64, client_id: Option<&str>) -> Result<(), StoreError> {
    let own = requests::account_id.eq(account_id);
    match client_id {
        Some(client_id) => either!(
            connection,
            diesel::delete(requests::table.filter(own.and(requests::client_id.eq(client_id)))).execute(connection)
        )?,
        None => either!(connection, diesel::delete(requests::table.filter(own)).execute(connection))?,
    };
    Ok(())
}
