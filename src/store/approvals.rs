//! Browsers that wait for somebody to approve their sign-in on a device that is signed in already. A request goes from waiting to
//! approved, refused or mistaken, and from approved to taken, each by one conditional update.

use super::columns::Words;
use super::connection::either;
use super::schema::approvals;
use super::{Connection, StoreError};
use crate::clock::Timestamp;
use crate::text_enum;
use diesel::prelude::*;

text_enum! {
    /// How far a request is.
    ApprovalState {
        /// Nobody has answered.
        Waiting = "waiting",
        /// Somebody approved it.
        Approved = "approved",
        /// Somebody refused it.
        Refused = "refused",
        /// Somebody chose another number than the one that is shown.
        Mistaken = "mistaken",
        /// The browser has taken the answer.
        Taken = "taken",
    }
}

/// One request.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = approvals, treat_none_as_default_value = false)]
pub struct Approval {
    /// SHA-256 of what the QR code holds.
    pub secret_digest: Vec<u8>,
    /// SHA-256 of the form cookie of the browser that waits.
    pub binding_digest: Vec<u8>,
    /// How far it is.
    pub state: ApprovalState,
    /// The number that the browser shows.
    pub number: i32,
    /// That and two others, in the order in which they are asked.
    pub numbers: Words,
    /// The checked, local address that the browser goes on to.
    pub continue_to: String,
    /// The proof on the other device must be no older than this.
    pub newer_than: Option<Timestamp>,
    /// What the browser calls itself.
    pub user_agent: String,
    /// The IP address it asked from; empty where it is not known.
    pub network: String,
    /// Who approved it.
    pub account_id: Option<i64>,
    /// In which sign-in.
    pub session_id: Option<i64>,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// When it is void: the question, and from its answer on the answer.
    pub expires_at: Timestamp,
}

/// What somebody said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Yes, in this sign-in of this account; the browser may take it until then.
    Approve {
        /// Whose.
        account_id: i64,
        /// Which.
        session_id: i64,
        /// Until when.
        until: Timestamp,
    },
    /// No.
    Refuse,
    /// A number that the browser does not show.
    Mistake,
}

/// Adds a request.
pub fn insert(connection: &mut Connection, approval: &Approval) -> Result<(), StoreError> {
    either!(connection, diesel::insert_into(approvals::table).values(approval).execute(connection))?;
    Ok(())
}

/// The live request of a secret, however far it is.
pub fn find(connection: &mut Connection, secret_digest: &[u8], now: Timestamp) -> Result<Option<Approval>, StoreError> {
    Ok(either!(
        connection,
        approvals::table
            .find(secret_digest)
            .filter(approvals::expires_at.gt(now))
            .select(Approval::as_select())
            .get_result(connection)
    )
    .optional()?)
}

/// The answer, once: `false` for whoever comes second or too late.
pub fn answer(
    connection: &mut Connection,
    secret_digest: &[u8],
    answer: Answer,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let waiting = approvals::table
        .find(secret_digest)
        .filter(approvals::state.eq(ApprovalState::Waiting).and(approvals::expires_at.gt(now)));
    let answered = match answer {
        Answer::Approve { account_id, session_id, until } => either!(
            connection,
            diesel::update(waiting)
                .set((
                    approvals::state.eq(ApprovalState::Approved),
                    approvals::account_id.eq(Some(account_id)),
                    approvals::session_id.eq(Some(session_id)),
                    approvals::expires_at.eq(until),
                ))
                .execute(connection)
        )?,
        Answer::Refuse => either!(
            connection,
            diesel::update(waiting).set(approvals::state.eq(ApprovalState::Refused)).execute(connection)
        )?,
        Answer::Mistake => either!(
            connection,
            diesel::update(waiting).set(approvals::state.eq(ApprovalState::Mistaken)).execute(connection)
        )?,
    };
    Ok(answered == 1)
}

/// Takes what was approved, once.
pub fn take(connection: &mut Connection, secret_digest: &[u8], now: Timestamp) -> Result<bool, StoreError> {
    let approved = approvals::table
        .find(secret_digest)
        .filter(approvals::state.eq(ApprovalState::Approved).and(approvals::expires_at.gt(now)));
    Ok(either!(
        connection,
        diesel::update(approved).set(approvals::state.eq(ApprovalState::Taken)).execute(connection)
    )? == 1)
}

/// Makes void what an account has approved and no browser has taken.
pub fn void(connection: &mut Connection, account_id: i64) -> Result<(), StoreError> {
    either!(
        connection,
        diesel::delete(approvals::table.filter(approvals::account_id.eq(account_id))).execute(connection)
    )?;
    Ok(())
}
