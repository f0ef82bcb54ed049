//! Who wants which topic sent by which channel, with the proof of it. A person may take it back at any time; the proof is kept
//! for a while after, and the row count of one conditional update says who ended it.

use super::connection::either;
use super::one_time_codes::Channel;
use super::schema::opt_ins;
use super::{Connection, StoreError};
use crate::clock::Timestamp;
use crate::text_enum;
use diesel::prelude::*;
use std::time::Duration;

/// How long the proof outlives the opt-in: as long as somebody could ask why they were written to.
const KEPT: Duration = Duration::from_secs(3 * 365 * 24 * 60 * 60);
/// So many ended ones of an account are kept at most; the oldest go first.
const MOST_ENDED: i64 = 100;

text_enum! {
    /// Where it was said.
    Way {
        /// On the page of news in the account centre, signed in.
        AccountCentre = "account_centre",
        /// On the page that a link in a message leads to.
        Link = "link",
        /// By a mail program's own button (RFC 8058).
        OneClick = "one_click",
    }
}

/// One opt-in.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = opt_ins, treat_none_as_default_value = false)]
pub struct OptIn {
    /// Whose.
    pub account_id: i64,
    /// Internal random key; links in messages carry it with a MAC.
    pub id: i64,
    /// One of the configured topics.
    pub topic: String,
    /// How it is sent.
    pub channel: Channel,
    /// The language the words were in: a BCP 47 tag.
    pub language: String,
    /// The words that stood beside the button.
    pub wording: String,
    /// Which version of the words: a digest of them.
    pub version: String,
    /// Where it was said.
    pub way: Way,
    /// The IP address it came from; empty where it is not known.
    pub network: String,
    /// When.
    pub opted_in_at: Timestamp,
    /// When it was taken back.
    pub ended_at: Option<Timestamp>,
    /// Where that was said.
    pub ended_way: Option<Way>,
    /// The IP address that came from.
    pub ended_network: Option<String>,
    /// When the row is dropped; none while it stands.
    pub expires_at: Option<Timestamp>,
}

/// What is written when an opt-in is taken back.
#[derive(Clone, Debug)]
pub struct Ending {
    /// Where it was said.
    pub way: Way,
    /// The IP address it came from.
    pub network: String,
    /// When.
    pub at: Timestamp,
}

/// Adds one; `false` where one of the account stands for the topic and channel.
pub fn begin(connection: &mut Connection, opt_in: &OptIn) -> Result<bool, StoreError> {
    let begun = match connection {
        Connection::Sqlite(sqlite) => {
            diesel::insert_into(opt_ins::table).values(opt_in).on_conflict_do_nothing().execute(sqlite)?
        }
        Connection::Postgres(postgres) => {
            diesel::insert_into(opt_ins::table).values(opt_in).on_conflict_do_nothing().execute(postgres)?
        }
    };
    Ok(begun == 1)
}

/// Ends what stands for a topic and channel, once: `false` where nothing does.
pub fn end(
    connection: &mut Connection,
    account_id: i64,
    (topic, channel): (&str, Channel),
    ending: &Ending,
) -> Result<bool, StoreError> {
    let standing = opt_ins::table
        .filter(opt_ins::topic.eq(topic).and(opt_ins::channel.eq(channel)))
        .filter(opt_ins::account_id.eq(account_id).and(opt_ins::ended_at.is_null()));
    let ended = either!(
        connection,
        diesel::update(standing)
            .set((
                opt_ins::ended_at.eq(Some(ending.at)),
                opt_ins::ended_way.eq(Some(ending.way)),
                opt_ins::ended_network.eq(Some(&ending.network)),
                opt_ins::expires_at.eq(Some(ending.at.plus(KEPT))),
            ))
            .execute(connection)
    )?;
    if ended == 1 {
        forget_oldest(connection, account_id)?;
    }
    Ok(ended == 1)
}

/// Whoever turns something on and off all day long does not fill the table.
fn forget_oldest(connection: &mut Connection, account_id: i64) -> Result<(), StoreError> {
    let beyond: Vec<i64> = either!(
        connection,
        opt_ins::table
            .filter(opt_ins::account_id.eq(account_id).and(opt_ins::ended_at.is_not_null()))
            .order((opt_ins::ended_at.desc(), opt_ins::id))
            .offset(MOST_ENDED)
            .select(opt_ins::id)
            .load(connection)
    )?;
    for id in beyond {
        either!(connection, diesel::delete(opt_ins::table.find((account_id, id))).execute(connection))?;
    }
    Ok(())
}

/// Every one of an account, the ended ones too, the latest first.
pub fn of_account(connection: &mut Connection, account_id: i64) -> Result<Vec<OptIn>, StoreError> {
    Ok(either!(
        connection,
        opt_ins::table
            .filter(opt_ins::account_id.eq(account_id))
            .order((opt_ins::opted_in_at.desc(), opt_ins::id))
            .select(OptIn::as_select())
            .load(connection)
    )?)
}

/// Those of an account that stand.
pub fn standing(connection: &mut Connection, account_id: i64) -> Result<Vec<OptIn>, StoreError> {
    Ok(either!(
        connection,
        opt_ins::table
            .filter(opt_ins::account_id.eq(account_id).and(opt_ins::ended_at.is_null()))
            .order(opt_ins::opted_in_at)
            .select(OptIn::as_select())
            .load(connection)
    )?)
}

/// What an account has for a topic and channel, where it stands.
pub fn find_standing(
    connection: &mut Connection,
    account_id: i64,
    (topic, channel): (&str, Channel),
) -> Result<Option<OptIn>, StoreError> {
    Ok(either!(
        connection,
        opt_ins::table
            .filter(opt_ins::topic.eq(topic).and(opt_ins::channel.eq(channel)))
            .filter(opt_ins::account_id.eq(account_id).and(opt_ins::ended_at.is_null()))
            .select(OptIn::as_select())
            .get_result(connection)
    )
    .optional()?)
}

/// The one that a link names, be it ended.
pub fn named(connection: &mut Connection, id: i64) -> Result<Option<OptIn>, StoreError> {
    Ok(either!(connection, opt_ins::table.filter(opt_ins::id.eq(id)).select(OptIn::as_select()).get_result(connection))
        .optional()?)
}

/// Up to `most` that stand for a topic and channel, in the order of accounts, behind the account `after`.
pub fn after(
    connection: &mut Connection,
    (topic, channel): (&str, Channel),
    after: i64,
    most: i64,
) -> Result<Vec<OptIn>, StoreError> {
    Ok(either!(
        connection,
        opt_ins::table
            .filter(opt_ins::topic.eq(topic).and(opt_ins::channel.eq(channel)))
            .filter(opt_ins::account_id.gt(after).and(opt_ins::ended_at.is_null()))
            .order(opt_ins::account_id)
            .limit(most)
            .select(OptIn::as_select())
            .load(connection)
    )?)
}

/// How many stand for a topic and channel behind the account `after`.
pub fn count_after(
    connection: &mut Connection,
    (topic, channel): (&str, Channel),
    after: i64,
) -> Result<i64, StoreError> {
    Ok(either!(
        connection,
        opt_ins::table
            .filter(opt_ins::topic.eq(topic).and(opt_ins::channel.eq(channel)))
            .filter(opt_ins::account_id.gt(after).and(opt_ins::ended_at.is_null()))
            .count()
            .get_result(connection)
    )?)
}
