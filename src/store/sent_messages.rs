//! What became of messages with codes: one row an attempt, for its newest message, as long as somebody may wait for it.

use super::connection::either;
use super::one_time_codes::Channel;
use super::schema::sent_messages as messages;
use super::{Connection, StoreError};
use crate::clock::Timestamp;
use crate::text_enum;
use diesel::prelude::*;

text_enum! {
    /// How far a message has come.
    MessageState {
        /// It waits here, or is tried again.
        Waiting = "waiting",
        /// The mail server or the gateway took it.
        Accepted = "accepted",
        /// It arrived at the phone, as the gateway says.
        Delivered = "delivered",
        /// The mail server or the gateway will never take it.
        Refused = "refused",
        /// It was taken and did not arrive, or nobody took it in time.
        Failed = "failed",
        /// There is no message: nobody may notice that.
        Unsent = "unsent",
    }
}

impl MessageState {
    /// The states that this one may follow. Reports come late, twice and in any order: none takes a message back, and an end
    /// stays the end.
    pub const fn follows(self) -> &'static [Self] {
        match self {
            Self::Accepted | Self::Refused => &[Self::Waiting],
            Self::Delivered | Self::Failed => &[Self::Waiting, Self::Accepted],
            Self::Waiting | Self::Unsent => &[],
        }
    }
}

/// One message.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = messages, treat_none_as_default_value = false)]
pub struct SentMessage {
    /// The attempt whose code it carries.
    pub subject_digest: Vec<u8>,
    /// Random key, by which the message travels and is reported on.
    pub id: i64,
    /// The way it was asked for.
    pub channel: Channel,
    /// How far it has come.
    pub state: MessageState,
    /// When it was written.
    pub sent_at: Timestamp,
    /// When it came that far.
    pub changed_at: Timestamp,
    /// When the row is dropped.
    pub expires_at: Timestamp,
}

/// Puts a new message in the place of the attempt's last one.
pub fn replace(connection: &mut Connection, message: &SentMessage) -> Result<(), StoreError> {
    either!(connection, diesel::delete(messages::table.find(&message.subject_digest)).execute(connection))?;
    either!(connection, diesel::insert_into(messages::table).values(message).execute(connection))?;
    Ok(())
}

/// The newest message of an attempt.
pub fn find(
    connection: &mut Connection,
    subject_digest: &[u8],
    now: Timestamp,
) -> Result<Option<SentMessage>, StoreError> {
    Ok(either!(
        connection,
        messages::table
            .find(subject_digest)
            .filter(messages::expires_at.gt(now))
            .select(SentMessage::as_select())
            .get_result(connection)
    )
    .optional()?)
}

/// Notes how far a message has come; `false` where it is further already, or nobody waits for it any more.
pub fn note(connection: &mut Connection, id: i64, state: MessageState, now: Timestamp) -> Result<bool, StoreError> {
    let moved = either!(
        connection,
        diesel::update(messages::table.filter(messages::id.eq(id).and(messages::state.eq_any(state.follows()))))
            .set((messages::state.eq(state), messages::changed_at.eq(now)))
            .execute(connection)
    )?;
    Ok(moved == 1)
}

#[cfg(test)]
mod tests {
    use super::MessageState::{self, Accepted, Delivered, Failed, Refused, Unsent, Waiting};

    #[test]
    fn an_end_is_the_end_and_nothing_goes_back() {
        let may: Vec<(MessageState, MessageState)> =
            MessageState::ALL.iter().flat_map(|to| to.follows().iter().map(move |from| (*from, *to))).collect();
        let expected = [
            (Waiting, Accepted),
            (Waiting, Delivered),
            (Accepted, Delivered),
            (Waiting, Refused),
            (Waiting, Failed),
            (Accepted, Failed),
        ];
        assert_eq!(may, expected);
        assert!(!may.iter().any(|(from, _)| [Delivered, Refused, Failed, Unsent].contains(from)));
    }
}
