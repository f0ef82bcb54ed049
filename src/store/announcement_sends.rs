//! How far the sending of an announcement is. Whom it goes to next is written down before it goes: a command that is killed
//! and run again goes on behind, and nobody gets it twice.

use super::connection::either;
use super::one_time_codes::Channel;
use super::schema::{announcement_recipients as recipients, announcement_sends as sends};
use super::{Connection, StoreError};
use crate::clock::Timestamp;
use crate::security::random;
use crate::text_enum;
use diesel::prelude::*;

text_enum! {
    /// Where one person's message is.
    RecipientState {
        /// On its way. Where the command that took it is gone, nobody knows whether it arrived, and it is not sent again.
        Taken = "taken",
        /// The other side would not take it at that moment: to be tried again.
        Later = "later",
    }
}

/// The sending of one announcement on one channel.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = sends, treat_none_as_default_value = false)]
pub struct Send {
    /// What is sent.
    pub announcement_id: String,
    /// How.
    pub channel: Channel,
    /// The last account that was looked at; accounts are gone through by their keys.
    pub reached: i64,
    /// Opt-ins looked at so far.
    pub looked_at: i64,
    /// Messages that the other side took.
    pub sent: i64,
    /// Messages that it will never take.
    pub failed: i64,
    /// When it began.
    pub started_at: Timestamp,
    /// When everybody had been looked at.
    pub finished_at: Option<Timestamp>,
    /// When the row is dropped: with the announcement.
    pub expires_at: Timestamp,
}

/// One person whom it is on its way to.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = recipients, treat_none_as_default_value = false)]
pub struct Recipient {
    /// Who.
    pub account_id: i64,
    /// What.
    pub announcement_id: String,
    /// How.
    pub channel: Channel,
    /// Names the message through every try.
    pub id: i64,
    /// Where it is.
    pub state: RecipientState,
    /// When the row is dropped: with the announcement.
    pub expires_at: Timestamp,
}

impl Recipient {
    /// Somebody whom the announcement of `send` goes to now.
    pub fn of(send: &Send, account_id: i64) -> Self {
        Self {
            account_id,
            announcement_id: send.announcement_id.clone(),
            channel: send.channel,
            id: random::id(),
            state: RecipientState::Taken,
            expires_at: send.expires_at,
        }
    }
}

/// What came of one try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The other side took it.
    Sent,
    /// It never will.
    Failed,
    /// Not at this moment, or it did not answer.
    Later,
    /// It was not tried: the person does not want it any more, or has no such address.
    Dropped,
}

/// The sending, where it was begun.
pub fn find(connection: &mut Connection, announcement_id: &str, channel: Channel) -> Result<Option<Send>, StoreError> {
    Ok(either!(
        connection,
        sends::table.find((announcement_id, channel.as_str())).select(Send::as_select()).get_result(connection)
    )
    .optional()?)
}

/// The sendings of an announcement, on every channel.
pub fn of_announcement(connection: &mut Connection, announcement_id: &str) -> Result<Vec<Send>, StoreError> {
    Ok(either!(
        connection,
        sends::table
            .filter(sends::announcement_id.eq(announcement_id))
            .order(sends::channel)
            .select(Send::as_select())
            .load(connection)
    )?)
}

/// Begins the sending where nobody has, and gives how far it is.
pub fn begin(connection: &mut Connection, send: &Send) -> Result<Send, StoreError> {
    match connection {
        Connection::Sqlite(sqlite) => {
            diesel::insert_into(sends::table).values(send).on_conflict_do_nothing().execute(sqlite)?
        }
        Connection::Postgres(postgres) => {
            diesel::insert_into(sends::table).values(send).on_conflict_do_nothing().execute(postgres)?
        }
    };
    find(connection, &send.announcement_id, send.channel)?
        .ok_or_else(|| StoreError::Fault("announcement_sends lost a row".to_owned()))
}

/// Moves on from where `send` is to the account `to`, `looked_at` opt-ins further: `false` where another command moved first.
pub fn advance(connection: &mut Connection, send: &Send, to: i64, looked_at: i64) -> Result<bool, StoreError> {
    let own = sends::table
        .find((&send.announcement_id, send.channel.as_str()))
        .filter(sends::reached.eq(send.reached).and(sends::finished_at.is_null()));
    let moved = either!(
        connection,
        diesel::update(own)
            .set((sends::reached.eq(to), sends::looked_at.eq(sends::looked_at + looked_at)))
            .execute(connection)
    )?;
    Ok(moved == 1)
}

/// Notes that everybody has been looked at.
pub fn finish(connection: &mut Connection, send: &Send, now: Timestamp) -> Result<(), StoreError> {
    let own = sends::table
        .find((&send.announcement_id, send.channel.as_str()))
        .filter(sends::reached.eq(send.reached).and(sends::finished_at.is_null()));
    either!(connection, diesel::update(own).set(sends::finished_at.eq(Some(now))).execute(connection))?;
    Ok(())
}

/// Writes down whom it goes to now.
pub fn take(connection: &mut Connection, recipient: &Recipient) -> Result<(), StoreError> {
    either!(connection, diesel::insert_into(recipients::table).values(recipient).execute(connection))?;
    Ok(())
}

/// Takes one who is to be tried again, once: `false` where another command did.
pub fn take_again(connection: &mut Connection, recipient: &Recipient) -> Result<bool, StoreError> {
    let waiting = recipients::table
        .find((recipient.account_id, &recipient.announcement_id, recipient.channel.as_str()))
        .filter(recipients::state.eq(RecipientState::Later));
    let taken = either!(
        connection,
        diesel::update(waiting).set(recipients::state.eq(RecipientState::Taken)).execute(connection)
    )?;
    Ok(taken == 1)
}

/// Up to `most` who are in a state, in the order of accounts, behind the account `after`.
pub fn in_state(
    connection: &mut Connection,
    send: &Send,
    state: RecipientState,
    after: i64,
    most: i64,
) -> Result<Vec<Recipient>, StoreError> {
    Ok(either!(
        connection,
        recipients::table
            .filter(recipients::announcement_id.eq(&send.announcement_id).and(recipients::channel.eq(send.channel)))
            .filter(recipients::state.eq(state).and(recipients::account_id.gt(after)))
            .order(recipients::account_id)
            .limit(most)
            .select(Recipient::as_select())
            .load(connection)
    )?)
}

/// How many are in a state.
pub fn count(connection: &mut Connection, send: &Send, state: RecipientState) -> Result<i64, StoreError> {
    Ok(either!(
        connection,
        recipients::table
            .filter(recipients::announcement_id.eq(&send.announcement_id).and(recipients::channel.eq(send.channel)))
            .filter(recipients::state.eq(state))
            .count()
            .get_result(connection)
    )?)
}

/// Writes down what came of a try.
pub fn done(connection: &mut Connection, recipient: &Recipient, outcome: Outcome) -> Result<(), StoreError> {
    let own = recipients::table.find((recipient.account_id, &recipient.announcement_id, recipient.channel.as_str()));
    if outcome == Outcome::Later {
        either!(connection, diesel::update(own).set(recipients::state.eq(RecipientState::Later)).execute(connection))?;
        return Ok(());
    }
    either!(connection, diesel::delete(own).execute(connection))?;
    let (sent, failed) = match outcome {
        Outcome::Sent => (1, 0),
        Outcome::Failed => (0, 1),
        Outcome::Later | Outcome::Dropped => return Ok(()),
    };
    either!(
        connection,
        diesel::update(sends::table.find((&recipient.announcement_id, recipient.channel.as_str())))
            .set((sends::sent.eq(sends::sent + sent), sends::failed.eq(sends::failed + failed)))
            .execute(connection)
    )?;
    Ok(())
}
