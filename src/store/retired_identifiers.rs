//! What was given to somebody once and is given to nobody again: account IDs and subjects of accounts that are gone. Only a
//! keyed mark of each is here ([`crate::security::derived_keys::DerivedKeys::retired_mark`]).

use super::connection::either;
use super::schema::retired_identifiers as retired;
use super::{Connection, StoreError};
use diesel::prelude::*;
use diesel::sql_types::Binary;

/// Retires the identifier behind a mark. One that is retired already stays so.
pub fn retire(connection: &mut Connection, mark: &[u8]) -> Result<(), StoreError> {
    diesel::sql_query("INSERT INTO retired_identifiers (mark) VALUES ($1) ON CONFLICT (mark) DO NOTHING")
        .bind::<Binary, _>(mark)
        .execute(connection)?;
    Ok(())
}

/// Whether the identifier behind a mark was somebody's.
pub fn is_retired(connection: &mut Connection, mark: &[u8]) -> Result<bool, StoreError> {
    let row = retired::table.find(mark.to_vec());
    Ok(either!(connection, diesel::select(diesel::dsl::exists(row)).get_result(connection))?)
}
