//! Devices: a browser that a long-lived cookie of its own names, over all its sign-ins.

use super::connection::either;
use super::schema::devices;
use super::{Connection, StoreError};
use crate::clock::Timestamp;
use diesel::prelude::*;

/// One browser.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = devices, treat_none_as_default_value = false)]
pub struct Device {
    /// Internal random key.
    pub id: i64,
    /// SHA-256 of the device cookie.
    pub secret_digest: Vec<u8>,
    /// What the browser called itself, cut and cleaned; shown escaped.
    pub user_agent: String,
    /// First sign-in.
    pub created_at: Timestamp,
    /// Last sign-in.
    pub last_used_at: Timestamp,
    /// When the row is dropped, pushed out by every sign-in.
    pub expires_at: Timestamp,
}

/// The device a cookie names.
pub fn by_secret(connection: &mut Connection, digest: &[u8], now: Timestamp) -> Result<Option<Device>, StoreError> {
    Ok(either!(
        connection,
        devices::table
            .filter(devices::secret_digest.eq(digest).and(devices::expires_at.gt(now)))
            .select(Device::as_select())
            .get_result(connection)
    )
    .optional()?)
}

/// The device with this key.
pub fn by_id(connection: &mut Connection, id: i64) -> Result<Option<Device>, StoreError> {
    Ok(either!(connection, devices::table.find(id).select(Device::as_select()).get_result(connection)).optional()?)
}

/// Adds a device.
pub fn insert(connection: &mut Connection, device: &Device) -> Result<(), StoreError> {
    either!(connection, diesel::insert_into(devices::table).values(device).execute(connection))?;
    Ok(())
}

/// Notes a sign-in on a known device.
pub fn used(
    connection: &mut Connection,
    id: i64,
    user_agent: &str,
    now: Timestamp,
    expires_at: Timestamp,
) -> Result<(), StoreError> {
    either!(
        connection,
        diesel::update(devices::table.find(id))
            .set((
                devices::user_agent.eq(user_agent),
                devices::last_used_at.eq(now),
                devices::expires_at.eq(expires_at)
            ))
            .execute(connection)
    )?;
    Ok(())
}
