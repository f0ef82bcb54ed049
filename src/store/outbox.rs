//! What other servers must still be told: and what people must be told: a durable queue with
//! retries. Each kind has its own sender.

use super::connection::either;
use super::schema::outbox;
use super::{Connection, StoreError};
use crate::clock::Timestamp;
use diesel::prelude::*;
use std::time::Duration;

/// One thing to tell.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = outbox, treat_none_as_default_value = false)]
pub struct Delivery {
    /// Internal random key.
    pub id: i64,
    /// What it is.
    pub kind: String,
    /// The client it is for; empty where it is for a person.
    pub client_id: String,
    /// Where it goes; empty where the payload says it.
    pub url: String,
    /// What is needed to make the message when it is sent, as JSON.
    pub payload: String,
    /// How often it was tried.
    pub attempts: i32,
    /// When to try next.
    pub due_at: Timestamp,
    /// When it was queued.
    pub created_at: Timestamp,
    /// When to give up.
    pub expires_at: Timestamp,
}

/// How long to wait after so many tries: 1 s, 4 s, 16 s, and so on up to an hour.
pub fn backoff(attempts: i32) -> Duration {
    let exponent = u32::try_from(attempts).unwrap_or(0).min(6);
    Duration::from_secs(4_u64.saturating_pow(exponent).min(3600))
}

/// Queues one.
pub fn insert(connection: &mut Connection, delivery: &Delivery) -> Result<(), StoreError> {
    either!(connection, diesel::insert_into(outbox::table).values(delivery).execute(connection))?;
    Ok(())
}

/// Up to `most` of a kind that are due, the longest waiting first.
pub fn due(connection: &mut Connection, kind: &str, now: Timestamp, most: i64) -> Result<Vec<Delivery>, StoreError> {
    Ok(either!(
        connection,
        outbox::table
            .filter(outbox::kind.eq(kind).and(outbox::due_at.le(now)))
            .order(outbox::due_at)
            .limit(most)
            .select(Delivery::as_select())
            .load(connection)
    )?)
}

/// Takes one for sending, so that no other node does until `until`; `false` where another was first.
pub fn claim(connection: &mut Connection, delivery: &Delivery, until: Timestamp) -> Result<bool, StoreError> {
    let same = outbox::table.find(delivery.id).filter(outbox::attempts.eq(delivery.attempts));
    let claimed = either!(
        connection,
        diesel::update(same)
            .set((outbox::attempts.eq(outbox::attempts + 1), outbox::due_at.eq(until)))
            .execute(connection)
    )?;
    Ok(claimed == 1)
}

/// Holds one until the caller's write ends, so that of several who settle what it hangs on each sees what the others did.
pub fn hold(connection: &mut Connection, id: i64) -> Result<(), StoreError> {
    if let Connection::Postgres(postgres) = connection {
        outbox::table.find(id).select(outbox::id).for_update().get_result::<i64>(postgres).optional()?;
    }
    Ok(())
}

/// Says when to try again.
pub fn retry_at(connection: &mut Connection, id: i64, due_at: Timestamp) -> Result<(), StoreError> {
    either!(connection, diesel::update(outbox::table.find(id)).set(outbox::due_at.eq(due_at)).execute(connection))?;
    Ok(())
}

/// It arrived, or will never.
pub fn done(connection: &mut Connection, id: i64) -> Result<(), StoreError> {
    either!(connection, diesel::delete(outbox::table.find(id)).execute(connection))?;
    Ok(())
}
