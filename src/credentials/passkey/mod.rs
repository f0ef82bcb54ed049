//! Passkeys (W3C Web Authentication): a key pair whose private half stays with an authenticator, which checks who uses it.
//! Nothing to type, and nothing that works on another site than ours.
//!
//! A challenge is a row of the store: for one purpose, one browser and at most one account, taken away by the first answer,
//! whatever that is worth. Only then is the answer judged, outside of any transaction; what follows from it is one write.

pub mod authenticators;
pub mod offer;
pub mod proof;
pub mod registration;

use std::sync::Arc;
use std::time::Duration;

use crate::app::AppState;
use crate::clock::Timestamp;
use crate::security::random;
use crate::security::relying_party::{Begun, Known, PasskeyFault, RelyingParty};
use crate::store::passkey_challenges::{self, Challenge, ChallengePurpose};
use crate::store::passkeys::Passkey;
use crate::store::throttles;
use crate::web::error::ErrorKind;
use crate::web::error_page::PageError;
use crate::web::visitor::Visitor;

pub use authenticators::KeyStore;

const HOUR: Duration = Duration::from_secs(60 * 60);

/// How many passkeys an account may have.
pub const MOST: usize = 20;

/// Whether people can have passkeys here at all: an issuer without a domain has none.
pub fn is_on(app: &AppState) -> bool {
    app.relying_party.is_some()
}

fn relying_party(app: &AppState) -> Result<Arc<RelyingParty>, PageError> {
    Ok(app.relying_party.clone().ok_or(ErrorKind::NotFound)?)
}

fn known(passkeys: &[Passkey]) -> Vec<Known<'_>> {
    passkeys.iter().map(|own| Known { id: &own.credential_id, transports: own.transports.iter().collect() }).collect()
}

/// Writes a challenge down and gives the options for the browser's script. Counted first: every question is a row.
async fn keep(
    visitor: &Visitor,
    begun: Begun,
    purpose: ChallengePurpose,
    account_id: Option<i64>,
) -> Result<String, PageError> {
    let (app, now) = (&visitor.app, visitor.app.clock.now());
    let bucket = format!("passkeys-from:{}", visitor.address_block());
    let limit = app.config.limits.passkey_challenges_per_address_per_hour;
    let challenge = Challenge {
        challenge_digest: random::sha256(&begun.challenge),
        binding_digest: visitor.binding_digest(),
        purpose,
        account_id,
        state: begun.state,
        expires_at: now.plus(RelyingParty::patience()),
    };
    let write = app.store.write(move |connection| {
        if throttles::take(connection, &bucket, limit, now, now.plus(HOUR))?.is_some() {
            return Ok(false);
        }
        passkey_challenges::insert(connection, &challenge)?;
        Ok(true)
    });
    if !write.await? {
        return Err(ErrorKind::TooMany.into());
    }
    Ok(begun.options)
}

/// Takes the challenge that an answer claims to be for, and gives what to judge it by; nothing where it is not one of this
/// browser, for this purpose and this account, or was answered before, or is too old.
async fn take(
    visitor: &Visitor,
    challenge: &str,
    purpose: ChallengePurpose,
    account_id: Option<i64>,
    now: Timestamp,
) -> Result<Option<String>, PageError> {
    let (digest, binding) = (random::sha256(challenge), visitor.binding_digest());
    let write = visitor.app.store.write(move |connection| passkey_challenges::take(connection, &digest, &binding, now));
    let taken = write.await?.filter(|own| own.purpose == purpose && own.account_id == account_id);
    Ok(taken.map(|own| own.state))
}

/// A fault that is nobody's but ours.
fn internal(fault: PasskeyFault) -> PageError {
    tracing::error!(%fault, "a passkey could not be asked for or judged");
    ErrorKind::Internal.into()
}
