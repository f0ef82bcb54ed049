//! Challenges that wait for an authenticator's answer: each is good for one, for a few minutes, in the browser that asked.

use super::connection::either;
use super::schema::passkey_challenges as challenges;
use super::{Connection, StoreError};
use crate::clock::Timestamp;
use crate::text_enum;
use diesel::prelude::*;

text_enum! {
    /// What the answer would open. An answer to a challenge for one thing opens nothing else.
    ChallengePurpose {
        /// A passkey is made.
        Register = "register",
        /// Somebody signs in: the passkey says who.
        SignIn = "sign_in",
        /// Somebody who is signed in proves it again.
        ProveAgain = "prove_again",
        /// Somebody who has proved something else gives a second proof.
        SecondStep = "second_step",
    }
}

/// One challenge.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = challenges, treat_none_as_default_value = false)]
pub struct Challenge {
    /// SHA-256 of the challenge as the browser writes it: base64url.
    pub challenge_digest: Vec<u8>,
    /// SHA-256 of the form cookie of the browser that asked.
    pub binding_digest: Vec<u8>,
    /// What for.
    pub purpose: ChallengePurpose,
    /// Whose passkey must answer; none: anybody's.
    pub account_id: Option<i64>,
    /// What the library needs to judge the answer.
    pub state: String,
    /// When it is void.
    pub expires_at: Timestamp,
}

/// Adds a challenge.
pub fn insert(connection: &mut Connection, challenge: &Challenge) -> Result<(), StoreError> {
    either!(connection, diesel::insert_into(challenges::table).values(challenge).execute(connection))?;
    Ok(())
}

/// Takes a live challenge of this browser away, whatever its answer turns out to be worth: nobody gets it a second time.
pub fn take(
    connection: &mut Connection,
    challenge_digest: &[u8],
    binding_digest: &[u8],
    now: Timestamp,
) -> Result<Option<Challenge>, StoreError> {
    let found = either!(
        connection,
        challenges::table
            .find(challenge_digest)
            .filter(challenges::binding_digest.eq(binding_digest).and(challenges::expires_at.gt(now)))
            .select(Challenge::as_select())
            .get_result(connection)
    )
    .optional()?;
    let Some(found) = found else { return Ok(None) };
    let taken = either!(connection, diesel::delete(challenges::table.find(challenge_digest)).execute(connection))?;
    Ok((taken == 1).then_some(found))
}
