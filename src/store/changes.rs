//! What waits to happen to an account, or happened and may still be undone: each is a row that whoever calls it off, undoes
//! it or carries it out deletes, and the row count says who was first.

use super::connection::either;
use super::details::Json;
use super::events::{self, EventDetails, EventKind};
use super::notices::{self, Notice, NoticeKind};
use super::schema::account_changes as changes;
use super::{Connection, StoreError, accounts};
use crate::clock::Timestamp;
use crate::text_enum;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};

text_enum! {
    /// What waits.
    ChangeKind {
        /// A phone number or e-mail address takes the place of another one, which could not be proved.
        Replacement = "replacement",
        /// An address was replaced or removed; until the row ends, it can be undone from the old one.
        Undo = "undo",
        /// No credential or address may change: somebody said from a notice that it was not them.
        Freeze = "freeze",
        /// Access is given back to somebody who proved less than the account asks for.
        Recovery = "recovery",
        /// A phone number moves to another account, whose owner holds it now.
        Move = "move",
        /// The account is deleted.
        Deletion = "deletion",
    }
}

/// What is known of a change beyond its kind. Canonical addresses: never shown as they are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ChangeDetails {
    /// `phone` or `email`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address_kind: Option<String>,
    /// The address that goes, or went.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub old: Option<String>,
    /// The address that comes, or came.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub new: Option<String>,
    /// The other account that a move is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub other_account: Option<i64>,
    /// Which change this one belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub change_id: Option<i64>,
    /// Since when the account had the address that went: milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub old_since: Option<i64>,
    /// Whether that was the main one of its kind.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub old_was_main: Option<bool>,
}

/// One waiting change.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = changes, treat_none_as_default_value = false)]
pub struct Change {
    /// Whose account.
    pub account_id: i64,
    /// Internal random key; links in notices carry it with a MAC.
    pub id: i64,
    /// What.
    pub kind: ChangeKind,
    /// What else is known.
    pub details: Json<ChangeDetails>,
    /// When it is carried out; none: never by itself.
    pub due_at: Option<Timestamp>,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// When the row is dropped if nobody did: later than `due_at`.
    pub expires_at: Timestamp,
}

/// Adds a change.
pub fn insert(connection: &mut Connection, change: &Change) -> Result<(), StoreError> {
    either!(connection, diesel::insert_into(changes::table).values(change).execute(connection))?;
    Ok(())
}

/// The live change of this key, which a link names.
pub fn find(connection: &mut Connection, id: i64, now: Timestamp) -> Result<Option<Change>, StoreError> {
    Ok(either!(
        connection,
        changes::table
            .filter(changes::id.eq(id).and(changes::expires_at.gt(now)))
            .select(Change::as_select())
            .get_result(connection)
    )
    .optional()?)
}

/// The live changes of an account, oldest first.
pub fn of_account(connection: &mut Connection, account_id: i64, now: Timestamp) -> Result<Vec<Change>, StoreError> {
    Ok(either!(
        connection,
        changes::table
            .filter(changes::account_id.eq(account_id).and(changes::expires_at.gt(now)))
            .order(changes::created_at)
            .select(Change::as_select())
            .load(connection)
    )?)
}

/// Up to `most` that are due, the longest waiting first.
pub fn due(connection: &mut Connection, now: Timestamp, most: i64) -> Result<Vec<Change>, StoreError> {
    Ok(either!(
        connection,
        changes::table
            .filter(changes::due_at.le(now))
            .order(changes::due_at)
            .limit(most)
            .select(Change::as_select())
            .load(connection)
    )?)
}

/// Whether no credential or address of the account may change at this moment. Asked by every such change, in its own write.
pub fn is_frozen(connection: &mut Connection, account_id: i64, now: Timestamp) -> Result<bool, StoreError> {
    Ok(of_account(connection, account_id, now)?.iter().any(|change| change.kind == ChangeKind::Freeze))
}

/// Drops what waits to change how an account is signed in to: owed with every recovery and every new password, so that
/// nothing somebody else began comes true after it. What may be undone still may, and a freeze or a deletion stays.
pub fn void_waiting(connection: &mut Connection, account_id: i64) -> Result<(), StoreError> {
    let waiting = [ChangeKind::Replacement, ChangeKind::Recovery, ChangeKind::Move];
    either!(
        connection,
        diesel::delete(changes::table.filter(changes::account_id.eq(account_id).and(changes::kind.eq_any(waiting))))
            .execute(connection)
    )?;
    Ok(())
}

/// Takes a change away, to carry it out, undo it or call it off; `false` for whoever comes second.
pub fn take(connection: &mut Connection, account_id: i64, id: i64) -> Result<bool, StoreError> {
    Ok(either!(connection, diesel::delete(changes::table.find((account_id, id))).execute(connection))? == 1)
}

/// The same for a change that is carried out: one that waits for another time by now, or for none, is not taken.
pub fn take_due(connection: &mut Connection, change: &Change) -> Result<bool, StoreError> {
    let same = changes::table.find((change.account_id, change.id)).filter(changes::due_at.eq(change.due_at));
    Ok(either!(connection, diesel::delete(same).execute(connection))? == 1)
}

/// Calls off what waits of an account, and tells its person; nothing where somebody was first.
pub fn call_off(connection: &mut Connection, change: &Change, now: Timestamp) -> Result<(), StoreError> {
    if !take(connection, change.account_id, change.id)? {
        return Ok(());
    }
    let Some(account) = accounts::by_id(connection, change.account_id)? else { return Ok(()) };
    let subject = Some(change.kind.as_str().to_owned());
    let details = EventDetails { subject, ..EventDetails::default() };
    events::note(connection, account.id, EventKind::ChangeCancelled, details, now)?;
    notices::tell(connection, &account, &Notice::of(NoticeKind::ChangeCancelled), now)
}
