//! What two-step sign-in asks of a sign-in that is there already.

use super::{SignedIn, remembered};
use crate::clock::Timestamp;
use crate::config::{self, TwoStep};
use crate::store::columns::Words;
use crate::store::{Connection, StoreError, factors};

/// What `amr` says of a sign-in by two different factors (RFC 8176 §2).
pub const MULTI_FACTOR: &str = "mfa";

/// What `amr` says of a sign-in by another provider's word. RFC 8176 has no value for it; this one is in wide use.
pub const FEDERATED: &str = "fed";

/// What `amr` says of proofs that were given to this house itself.
const OWN: [&str; 5] = ["pwd", "otp", "hwk", "swk", "pop"];

/// Whether nothing but another provider's word was shown: enough to sign in, and for no change of how to sign in. Whoever has
/// that account elsewhere must not get this one for good by it.
pub fn is_borrowed(amr: &Words) -> bool {
    amr.contains(FEDERATED) && !OWN.iter().any(|own| amr.contains(own))
}

/// Whether two different factors were shown: said by the one gate of all sign-ins, and believed from nowhere else.
pub fn had_two_factors(amr: &Words) -> bool {
    amr.contains(MULTI_FACTOR)
}

/// Whether the operator asks a second step of everybody, and this sign-in had none, nor is its browser remembered: one from
/// before it was asked, for those from after it were asked at once.
pub fn owes_second_step(
    connection: &mut Connection,
    config: &config::SignIn,
    signed_in: &SignedIn,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let SignedIn { session, account } = signed_in;
    if config.two_step == TwoStep::Optional || had_two_factors(&session.amr) {
        return Ok(false);
    }
    Ok(!remembered::is_device_remembered(connection, account, session.device_id, now)?)
}

/// Whether a proof of identity that may change how to sign in takes two factors: where the account has something for it.
pub fn proves_by_two(connection: &mut Connection, signed_in: &SignedIn) -> Result<bool, StoreError> {
    Ok(signed_in.account.two_step_at.is_some() || factors::has_second_step(connection, signed_in.account.id)?)
}
