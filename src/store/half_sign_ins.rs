//! Sign-ins that are half done: what an attempt has shown so far for one account, while it owes more. They lie in the rows of
//! the attempts, and are live as long as these and their own short time: a change of how to sign in ends both.

use super::columns::Words;
use super::connection::either;
use super::schema::sign_in_attempts as attempts;
use super::{Connection, StoreError};
use crate::clock::Timestamp;
use diesel::prelude::*;

/// What was shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HalfSignIn {
    /// For whose account.
    pub account_id: i64,
    /// Which kinds of proof, by the names of `credentials::Kind`.
    pub shown: Words,
    /// When the oldest of them was.
    pub since: Timestamp,
    /// Until when the rest may follow.
    pub until: Timestamp,
    /// The address whose code was one of them.
    pub address: Option<String>,
}

/// What a live attempt has shown, where that still counts.
pub fn find(connection: &mut Connection, id_digest: &[u8], now: Timestamp) -> Result<Option<HalfSignIn>, StoreError> {
    type Row = (Option<i64>, Option<Words>, Option<Timestamp>, Option<Timestamp>, Option<String>);
    let live = attempts::closed_at.is_null().and(attempts::expires_at.gt(now)).and(attempts::half_until.gt(now));
    let columns = (
        attempts::account_id,
        attempts::half_shown,
        attempts::half_since,
        attempts::half_until,
        attempts::half_address,
    );
    let row: Option<Row> =
        either!(connection, attempts::table.find(id_digest).filter(live).select(columns).get_result(connection))
            .optional()?;
    Ok(row.and_then(|(account_id, shown, since, until, address)| {
        Some(HalfSignIn { account_id: account_id?, shown: shown?, since: since?, until: until?, address })
    }))
}

/// Keeps what was shown, in the place of what was before. `false` where the attempt has ended.
pub fn keep(connection: &mut Connection, id_digest: &[u8], half: &HalfSignIn) -> Result<bool, StoreError> {
    let kept = either!(
        connection,
        diesel::update(attempts::table.find(id_digest).filter(attempts::closed_at.is_null()))
            .set((
                attempts::account_id.eq(Some(half.account_id)),
                attempts::half_shown.eq(Some(&half.shown)),
                attempts::half_since.eq(Some(half.since)),
                attempts::half_until.eq(Some(half.until)),
                attempts::half_address.eq(half.address.as_deref()),
            ))
            .execute(connection)
    )?;
    Ok(kept == 1)
}
