//! Changes of an account that wait: begun by people, announced on every address, carried out here when their time has come.
//! Each kind has a file that begins, calls off and carries out; a new kind is a file and a line in [`carrier`].

pub mod actor;
pub mod adding;
pub mod address;
pub mod deletion;
mod erasing;
pub mod passkey;
pub mod password;
pub mod proof;
pub mod recovery;
pub mod recycled;
pub mod replacement;
pub mod undo;
pub mod upstream;
pub mod ways_in;

use std::time::Duration;

use crate::app::AppState;
use crate::clock::Timestamp;
use crate::store::accounts;
use crate::store::changes::{self, Change, ChangeKind};
use crate::store::{Connection, StoreError};

/// How many are carried out in one round.
const AT_ONCE: i64 = 64;

/// What carries out a change that has been taken, in the same write.
type Carrier = fn(&mut Connection, &AppState, &Change, Timestamp) -> Result<(), StoreError>;

/// Who carries out a kind when it is due; none where nothing happens by itself.
const fn carrier(kind: ChangeKind) -> Option<Carrier> {
    match kind {
        ChangeKind::Undo | ChangeKind::Freeze => None,
        ChangeKind::Replacement => Some(replacement::carry_out),
        ChangeKind::Move => Some(recycled::carry_out),
        ChangeKind::Recovery => Some(recovery::carry_out),
        ChangeKind::Deletion => Some(deletion::carry_out),
    }
}

/// Carries out what is due, once; gives how many were.
///
/// # Errors
/// When the store does not answer.
pub async fn carry_out_due(app: &AppState) -> Result<usize, StoreError> {
    let now = app.clock.now();
    let due = app.store.read(move |connection| changes::due(connection, now, AT_ONCE)).await?;
    let mut done = 0;
    for change in due {
        let Some(carrier) = carrier(change.kind) else { continue };
        let (state, own) = (app.clone(), change.clone());
        // Whoever takes the row carries it out, so that several nodes do it once.
        let write = app.store.write(move |connection| {
            // In this order, as everybody does who changes an account: none then waits for another that waits for it.
            let other = own.details.get().and_then(|details| details.other_account);
            accounts::hold_all(connection, [Some(own.account_id), other])?;
            let taken = changes::take_due(connection, &own)?;
            if taken {
                carrier(connection, &state, &own, now)?;
            }
            Ok(taken)
        });
        // One that cannot be carried out must not hold up the others.
        match write.await {
            Ok(taken) => {
                done += usize::from(taken);
                if taken && change.kind == ChangeKind::Deletion {
                    app.store.owe_scrub();
                }
            }
            Err(error) => tracing::warn!(%error, kind = change.kind.as_str(), "a change could not be carried out"),
        }
    }
    if done > 0 {
        app.outbox_bell.notify_one();
    }
    Ok(done)
}

/// Carries out for ever, looking once a second.
pub async fn run(app: AppState) {
    loop {
        if let Err(error) = carry_out_due(&app).await {
            tracing::warn!(%error, "waiting changes could not be carried out");
        }
        if let Err(error) = app.store.scrub().await {
            tracing::warn!(%error, "what was erased is still in the log of the store");
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}
