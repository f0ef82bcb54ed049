//! Until when a person has seen their announcements: what came later is new to them.

use super::connection::either;
use super::schema::news_seen;
use super::{Connection, StoreError};
use crate::clock::Timestamp;
use diesel::prelude::*;

/// When the person last looked; none: never.
pub fn of_account(connection: &mut Connection, account_id: i64) -> Result<Option<Timestamp>, StoreError> {
    Ok(either!(connection, news_seen::table.find(account_id).select(news_seen::seen_at).get_result(connection))
        .optional()?)
}

/// Notes that they looked.
pub fn put(connection: &mut Connection, account_id: i64, now: Timestamp) -> Result<(), StoreError> {
    let row = (news_seen::account_id.eq(account_id), news_seen::seen_at.eq(now));
    either!(
        connection,
        diesel::insert_into(news_seen::table)
            .values(row)
            .on_conflict(news_seen::account_id)
            .do_update()
            .set(news_seen::seen_at.eq(now))
            .execute(connection)
    )?;
    Ok(())
}
