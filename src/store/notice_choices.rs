//! By which channel a person wants to be told what, of the few notices where there is a choice. Never none at all: a kind
//! without a row goes to every address.

use super::connection::either;
use super::one_time_codes::Channel;
use super::schema::notice_choices as choices;
use super::{Connection, StoreError};
use crate::text_enum;
use diesel::prelude::*;

text_enum! {
    /// What there is a choice for.
    Choosable {
        /// A first sign-in on a device.
        NewDevice = "new-device",
        /// The copy of one's data can be downloaded.
        ExportReady = "export-ready",
    }
}

/// What an account chose; what is not in the list goes by every channel.
pub fn of_account(connection: &mut Connection, account_id: i64) -> Result<Vec<(Choosable, Channel)>, StoreError> {
    Ok(either!(
        connection,
        choices::table
            .filter(choices::account_id.eq(account_id))
            .order(choices::kind)
            .select((choices::kind, choices::channel))
            .load(connection)
    )?)
}

/// What an account chose for one kind.
pub fn find(connection: &mut Connection, account_id: i64, kind: Choosable) -> Result<Option<Channel>, StoreError> {
    Ok(either!(
        connection,
        choices::table.find((account_id, kind.as_str())).select(choices::channel).get_result(connection)
    )
    .optional()?)
}

/// Keeps a choice; none: every channel again.
pub fn put(
    connection: &mut Connection,
    account_id: i64,
    kind: Choosable,
    channel: Option<Channel>,
) -> Result<(), StoreError> {
    let Some(channel) = channel else {
        either!(connection, diesel::delete(choices::table.find((account_id, kind.as_str()))).execute(connection))?;
        return Ok(());
    };
    let row = (choices::account_id.eq(account_id), choices::kind.eq(kind), choices::channel.eq(channel));
    either!(
        connection,
        diesel::insert_into(choices::table)
            .values(row)
            .on_conflict((choices::account_id, choices::kind))
            .do_update()
            .set(choices::channel.eq(channel))
            .execute(connection)
    )?;
    Ok(())
}
