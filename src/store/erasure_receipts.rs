//! What each app answered when it was told that an account is gone. Nothing here says whose account it was: the rows hang on
//! a number that was drawn for the one deletion.

use super::connection::either;
use super::schema::erasure_receipts as receipts;
use super::{Connection, StoreError};
use crate::clock::Timestamp;
use crate::text_enum;
use diesel::prelude::*;

text_enum! {
    /// How far an app has come.
    ReceiptState {
        /// It has no address for such news: it only heard that the sign-in ended.
        Untold = "untold",
        /// It is being told.
        Asked = "asked",
        /// It says that it has taken it.
        Confirmed = "confirmed",
        /// It says that it will not.
        Refused = "refused",
    }
}

/// One app's part of one deletion.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = receipts, treat_none_as_default_value = false)]
pub struct Receipt {
    /// Which deletion.
    pub erasure_id: i64,
    /// The row of the outbox by which the app is told.
    pub id: i64,
    /// Which app.
    pub client_id: String,
    /// Its name at that time, since the app itself may be removed meanwhile.
    pub name: String,
    /// How far it has come.
    pub state: ReceiptState,
    /// When it answered.
    pub answered_at: Option<Timestamp>,
    /// When the row is dropped.
    pub expires_at: Timestamp,
}

/// Adds a receipt.
pub fn insert(connection: &mut Connection, receipt: &Receipt) -> Result<(), StoreError> {
    either!(connection, diesel::insert_into(receipts::table).values(receipt).execute(connection))?;
    Ok(())
}

/// Every receipt of a deletion, by the apps' names.
pub fn of_erasure(connection: &mut Connection, erasure_id: i64) -> Result<Vec<Receipt>, StoreError> {
    Ok(either!(
        connection,
        receipts::table
            .filter(receipts::erasure_id.eq(erasure_id))
            .order((receipts::name, receipts::id))
            .select(Receipt::as_select())
            .load(connection)
    )?)
}

/// Writes an app's answer down, once, and says whether any app is still to answer.
pub fn answer(
    connection: &mut Connection,
    (erasure_id, id): (i64, i64),
    state: ReceiptState,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let open = receipts::table.find((erasure_id, id)).filter(receipts::state.eq(ReceiptState::Asked));
    either!(
        connection,
        diesel::update(open).set((receipts::state.eq(state), receipts::answered_at.eq(Some(now)))).execute(connection)
    )?;
    Ok(of_erasure(connection, erasure_id)?.iter().any(|receipt| receipt.state == ReceiptState::Asked))
}

/// Drops the receipts of a deletion, once they are told.
pub fn remove(connection: &mut Connection, erasure_id: i64) -> Result<(), StoreError> {
    let all = receipts::table.filter(receipts::erasure_id.eq(erasure_id));
    either!(connection, diesel::delete(all).execute(connection))?;
    Ok(())
}
