//! What operators did to accounts: who, when, what, to which, and why. Written in the transaction of what was done.
//!
//! An account that is deleted leaves its rows here without its key and without what was said of it; they are still found by
//! a keyed digest of its 12 digits, and by nothing else.

use super::connection::either;
use super::schema::operator_audit as audit;
use super::{Connection, StoreError};
use crate::clock::Timestamp;
use crate::text_enum;
use diesel::prelude::*;

text_enum! {
    /// What was done.
    OperatorAction {
        /// The account was made.
        Created = "create",
        /// It was brought along from another system.
        Imported = "import",
        /// It was looked at, its addresses masked.
        Looked = "show",
        /// It was looked at with its addresses in full.
        LookedInFull = "show_full",
        /// It was locked.
        Locked = "lock",
        /// It was unlocked.
        Unlocked = "unlock",
        /// Its sign-ins and what apps held were ended.
        EndedSessions = "end_sessions",
        /// It was deleted.
        Erased = "erase",
    }
}

/// One thing that an operator did.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = audit, treat_none_as_default_value = false)]
pub struct Entry {
    /// Internal random key.
    pub id: i64,
    /// When.
    pub happened_at: Timestamp,
    /// Who, as they called themselves, or else by the machine's user.
    pub operator: String,
    /// The user of the machine, whatever they called themselves.
    pub os_user: String,
    /// What.
    pub action: OperatorAction,
    /// To which account; none once it is deleted.
    pub account_id: Option<i64>,
    /// A keyed digest of its 12 digits.
    pub account_mark: Vec<u8>,
    /// Why; none once the account is deleted.
    pub reason: Option<String>,
    /// When the row is dropped.
    pub expires_at: Timestamp,
}

/// Writes down what was done.
pub fn insert(connection: &mut Connection, entry: &Entry) -> Result<(), StoreError> {
    either!(connection, diesel::insert_into(audit::table).values(entry).execute(connection))?;
    Ok(())
}

/// Up to `most` entries until now, newest first: of the account with this mark, or of all.
pub fn newest(
    connection: &mut Connection,
    mark: Option<&[u8]>,
    now: Timestamp,
    most: i64,
) -> Result<Vec<Entry>, StoreError> {
    let order = (audit::happened_at.desc(), audit::id.desc());
    Ok(match mark {
        Some(mark) => either!(
            connection,
            audit::table
                .filter(audit::account_mark.eq(mark))
                .order(order)
                .limit(most)
                .select(Entry::as_select())
                .load(connection)
        )?,
        None => either!(
            connection,
            audit::table
                .filter(audit::happened_at.le(now))
                .order(order)
                .limit(most)
                .select(Entry::as_select())
                .load(connection)
        )?,
    })
}

/// Takes out of the entries of an account that is deleted whatever is of the person: owed in the transaction that deletes it.
pub fn forget(connection: &mut Connection, account_id: i64) -> Result<(), StoreError> {
    either!(
        connection,
        diesel::update(audit::table.filter(audit::account_id.eq(account_id)))
            .set((audit::account_id.eq(None::<i64>), audit::reason.eq(None::<String>)))
            .execute(connection)
    )?;
    Ok(())
}
