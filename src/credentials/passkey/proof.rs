//! Proving oneself with a passkey: to sign in, to prove it again, or as a second step.
//!
//! [`begin`] asks, [`check`] judges the answer, and [`Right::accept`] is called in the write of what the proof opens: only
//! there it is settled that nobody used the same counter before.

use std::time::Duration;

use super::{authenticators, internal, keep, known, relying_party, take};
use crate::clock::Timestamp;
use crate::credentials::Kind;
use crate::security::random;
use crate::security::relying_party::{Claimed, PasskeyFault};
use crate::store::events::{self, EventDetails, EventKind};
use crate::store::notices::{self, Notice, NoticeKind};
use crate::store::passkey_challenges::ChallengePurpose;
use crate::store::passkeys::{self, Passkey, Use};
use crate::store::{Connection, StoreError, accounts, throttles};
use crate::web::error_page::PageError;
use crate::web::visitor::Visitor;

/// The owner of a copied passkey is told of it this often at most.
const ALARM_EVERY: Duration = Duration::from_secs(24 * 60 * 60);

/// What a proof is asked for, and whose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// To sign in, by whosever passkey it is.
    SignIn,
    /// Of the one who is signed in, once more.
    Again {
        /// Who that is.
        account_id: i64,
    },
    /// Of the one whose first proof was right.
    SecondStep {
        /// Who that is.
        account_id: i64,
    },
}

impl Asked {
    const fn purpose(self) -> ChallengePurpose {
        match self {
            Self::SignIn => ChallengePurpose::SignIn,
            Self::Again { .. } => ChallengePurpose::ProveAgain,
            Self::SecondStep { .. } => ChallengePurpose::SecondStep,
        }
    }

    const fn account_id(self) -> Option<i64> {
        match self {
            Self::SignIn => None,
            Self::Again { account_id } | Self::SecondStep { account_id } => Some(account_id),
        }
    }
}

/// Why a proof is worth nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// The question was too old, or was answered before, or was another.
    TooLate,
    /// Nobody has this passkey here.
    Unknown {
        /// Its credential ID, base64url: the browser may be told that it is worth nothing.
        credential_id: String,
    },
    /// The device did not check who uses it.
    NotVerified,
    /// Somebody has a copy of it.
    Copied,
    /// Anything else.
    Refused,
}

/// A right proof, not yet accepted.
#[derive(Clone, Debug)]
pub struct Right {
    /// Whose passkey it is.
    pub account_id: i64,
    /// What it says in `amr`.
    pub kind: Kind,
    used: Use,
}

impl Right {
    /// Notes the use, in the write of what it opens: `false` where the passkey is gone meanwhile or its counter was used by
    /// somebody else at the same time, and then nothing may be opened.
    pub fn accept(&self, connection: &mut Connection, now: Timestamp) -> Result<bool, StoreError> {
        passkeys::used(connection, &self.used, now)
    }

    /// Notes where, once that is known.
    pub fn accepted_on(&self, connection: &mut Connection, device_id: i64) -> Result<(), StoreError> {
        passkeys::used_on(connection, self.account_id, self.used.id, device_id)
    }
}

/// Asks for a proof: gives the options for the browser's script. To sign in no passkey is named, so that nobody learns which
/// an account has, or whether it has any.
pub async fn begin(visitor: &Visitor, asked: Asked) -> Result<String, PageError> {
    let party = relying_party(&visitor.app)?;
    let allowed = match asked.account_id() {
        None => Vec::new(),
        Some(id) => visitor.app.store.read(move |connection| passkeys::of_account(connection, id)).await?,
    };
    let begun = party.begin_proof(&known(&allowed)).map_err(internal)?;
    keep(visitor, begun, asked.purpose(), asked.account_id()).await
}

/// Judges an answer. What the authenticator says of its owner must fit what we know (Web Authentication §7.2, step 6).
pub async fn check(visitor: &Visitor, asked: Asked, answer: &str) -> Result<Result<Right, Wrong>, PageError> {
    let app = &visitor.app;
    let party = relying_party(app)?;
    let now = app.clock.now();
    let Ok(claimed) = Claimed::read(answer) else { return Ok(Err(Wrong::Refused)) };
    let taken = take(visitor, claimed.challenge(), asked.purpose(), asked.account_id(), now).await?;
    let Some(state) = taken else { return Ok(Err(Wrong::TooLate)) };
    let credential_id = claimed.credential_id().to_vec();
    let found = app.store.read(move |connection| passkeys::by_credential(connection, &credential_id)).await?;
    let Some(passkey) = found else {
        return Ok(Err(Wrong::Unknown { credential_id: random::encode(claimed.credential_id()) }));
    };
    if asked.account_id().is_some_and(|id| id != passkey.account_id) {
        tracing::info!("a passkey of another account was refused");
        return Ok(Err(Wrong::Refused));
    }
    let handle = app.derived.user_handle(passkey.account_id);
    let is_owners = match claimed.user_handle() {
        Some(claimed) => random::equal(claimed, &handle),
        // Where nobody was named, the authenticator has to say who it is.
        None => asked.account_id().is_some(),
    };
    if !is_owners {
        tracing::info!("a passkey with a foreign user handle was refused");
        return Ok(Err(Wrong::Refused));
    }
    match party.finish_proof(&state, &claimed, &passkey.credential) {
        Ok(proven) => Ok(Ok(Right {
            account_id: passkey.account_id,
            kind: Kind::Passkey(authenticators::key_store(&passkey.aaguid, passkey.backup_eligible)),
            used: Use {
                account_id: passkey.account_id,
                id: passkey.id,
                counter: i64::from(proven.counter),
                backed_up: proven.backed_up,
                credential: proven.credential,
            },
        })),
        Err(PasskeyFault::Internal) => Err(internal(PasskeyFault::Internal)),
        Err(PasskeyFault::NotVerified) => Ok(Err(Wrong::NotVerified)),
        Err(PasskeyFault::Copied) => {
            tell_of_copy(visitor, passkey, now).await?;
            Ok(Err(Wrong::Copied))
        }
        Err(fault) => {
            tracing::info!(%fault, "a passkey was refused");
            Ok(Err(Wrong::Refused))
        }
    }
}

/// Only who holds the private key comes here, so this is no way to bother somebody else.
async fn tell_of_copy(visitor: &Visitor, passkey: Passkey, now: Timestamp) -> Result<(), StoreError> {
    tracing::warn!("a passkey was used whose counter does not grow: there is a copy of it");
    let (user_agent, network) = (visitor.user_agent(), visitor.network());
    let write = visitor.app.store.write(move |connection| {
        let bucket = format!("passkey-copied:{}", passkey.id);
        if throttles::take(connection, &bucket, 1, now, now.plus(ALARM_EVERY))?.is_some() {
            return Ok(());
        }
        let Some(account) = accounts::by_id(connection, passkey.account_id)? else { return Ok(()) };
        let details = EventDetails {
            subject: Some(passkey.name),
            user_agent: Some(user_agent.clone()),
            network: Some(network.clone()),
            ..EventDetails::default()
        };
        events::note(connection, account.id, EventKind::PasskeyCopied, details, now)?;
        let notice =
            Notice { user_agent: Some(user_agent), network: Some(network), ..Notice::of(NoticeKind::PasskeyCopied) };
        notices::tell(connection, &account, &notice, now)
    });
    write.await
}
