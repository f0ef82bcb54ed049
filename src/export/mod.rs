//! A copy of somebody's data: a ZIP of JSON files, their schemas and the picture. Asked for in the account centre, made here
//! in the background by whichever node comes first, announced, and kept for some days in the store.

mod archive;
mod contents;
mod files;

use std::time::Duration;

use crate::app::AppState;
use crate::clock::Timestamp;
use crate::security::random;
use crate::store::accounts::{self, Account, AccountState};
use crate::store::events::{self, EventDetails, EventKind};
use crate::store::exports::{self, Asking, Export};
use crate::store::notices::{self, Notice, NoticeKind};
use crate::store::{Connection, StoreError};

pub use files::{FILES, File};

/// How many one node makes in one round.
const AT_ONCE: i64 = 4;
/// A node that has taken one is left alone for so long; then another takes it.
const CLAIM: Duration = Duration::from_secs(5 * 60);
/// One that nobody could make in this time is given up.
const GIVEN_UP: Duration = Duration::from_secs(24 * 60 * 60);
/// Between two wishes of one account.
pub const QUIET: Duration = Duration::from_secs(60 * 60);
/// The largest file that is kept: far above what any person has, so that nothing fills the store.
const MOST_BYTES: usize = 32 * 1024 * 1024;

/// Asks for a copy, and notes that. `false` where one is being made, or was asked for a moment ago.
pub fn ask(
    connection: &mut Connection,
    account_id: i64,
    details: EventDetails,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let asking = Asking { now, quiet_since: now.minus(QUIET), expires_at: now.plus(GIVEN_UP) };
    let is_taken = exports::ask(connection, account_id, random::id(), asking)?;
    if is_taken {
        events::note(connection, account_id, EventKind::ExportAsked, details, now)?;
    }
    Ok(is_taken)
}

/// Makes what waits, once; gives how many were made.
///
/// # Errors
/// When the store does not answer.
pub async fn make_waiting(app: &AppState) -> Result<usize, StoreError> {
    let now = app.clock.now();
    let waiting = app.store.read(move |connection| exports::waiting(connection, now, AT_ONCE)).await?;
    let mut made = 0;
    for export in waiting {
        // One that fails is taken up again when its claim ends, and must not hold up the others.
        match make(app, export, now).await {
            Ok(is_made) => made += usize::from(is_made),
            Err(error) => tracing::error!(%error, "a copy of somebody's data could not be made"),
        }
    }
    Ok(made)
}

/// Makes one and announces it. `false` where another node was first, or there is nobody to make it for.
async fn make(app: &AppState, export: Export, now: Timestamp) -> Result<bool, StoreError> {
    let mut claimed = export.clone();
    claimed.claimed_until = now.plus(CLAIM);
    let until = claimed.claimed_until;
    if !app.store.write(move |connection| exports::claim(connection, &export, until)).await? {
        return Ok(false);
    }
    let (derived, account_id) = (app.derived.clone(), claimed.account_id);
    let gathered = app.store.scan(move |connection| contents::gather(connection, &derived, account_id, now)).await?;
    let Some(contents) = gathered else {
        app.store.write(move |connection| exports::give_up(connection, claimed.account_id, claimed.id)).await?;
        return Ok(false);
    };
    let packed = tokio::task::spawn_blocking(move || archive::pack(files::entries(&contents)?, now)).await;
    let file = packed
        .map_err(|_| StoreError::Fault("a copy was broken off".to_owned()))?
        .map_err(|error| StoreError::Fault(error.to_string()))?;
    if file.len() > MOST_BYTES {
        return Err(StoreError::Fault(format!("a copy has {} bytes", file.len())));
    }
    let (now, kept) = (app.clock.now(), app.config.account.export);
    app.store.write(move |connection| announce(connection, &claimed, &file, now, now.plus(kept))).await
}

fn announce(
    connection: &mut Connection,
    claimed: &Export,
    file: &[u8],
    now: Timestamp,
    until: Timestamp,
) -> Result<bool, StoreError> {
    let Some(account) = in_use(connection, claimed.account_id)? else {
        exports::give_up(connection, claimed.account_id, claimed.id)?;
        return Ok(false);
    };
    if !exports::keep(connection, claimed, file, now, until)? {
        return Ok(false);
    }
    let notice = Notice { until: Some(until.millis()), ..Notice::of(NoticeKind::ExportReady) };
    notices::tell(connection, &account, &notice, now)?;
    Ok(true)
}

/// The account, held; none where it is locked, closed or gone.
fn in_use(connection: &mut Connection, account_id: i64) -> Result<Option<Account>, StoreError> {
    let account = accounts::hold(connection, account_id)?;
    Ok(account.filter(|account| account.state == AccountState::Active))
}

/// Makes for ever, looking once a second.
pub async fn run(app: AppState) {
    loop {
        if let Err(error) = make_waiting(&app).await {
            tracing::warn!(%error, "copies of people's data could not be made");
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}
