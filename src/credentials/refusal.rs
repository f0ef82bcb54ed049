//! That somebody did not get in, for the history of the account they tried. It is written when the answer is made already, so
//! that neither the answer nor its time tells whether there is such an account.

use std::time::Duration;

use super::attempt;
use crate::app::AppState;
use crate::clock::Timestamp;
use crate::identifier::Identifier;
use crate::security::random;
use crate::session;
use crate::store::columns::Words;
use crate::store::events::{self, EventDetails, EventKind};
use crate::store::{Connection, StoreError, throttles};
use crate::web::visitor::Visitor;

const HOUR: Duration = Duration::from_secs(60 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Under one name so many are written an hour from one network, and a day in all: the person learns of it, and nobody fills the
/// history with it.
const AN_HOUR_FROM_A_NETWORK: u32 = 1;
const A_DAY: u32 = 24;

/// Writes down, beside the answer, that `identifier` was tried with a wrong proof. Where too much is tried at once some of it is
/// left out of the history; tries are counted before they are checked, whatever is written here.
pub fn note(visitor: &Visitor, identifier: Identifier, method: Words) {
    let details = EventDetails { method: Some(method.as_str().to_owned()), ..session::whence(visitor, None) };
    let (app, block, now) = (visitor.app.get_ref().clone(), visitor.address_block(), visitor.app.clock.now());
    visitor.app.beside.begin(async move {
        if let Err(error) = keep(&app, identifier, block, details, now).await {
            tracing::warn!(%error, "a refused sign-in could not be written into its account's history");
        }
    });
}

/// Counted by the name that was typed: what a name that is nobody's costs is the same but for the event itself.
async fn keep(
    app: &AppState,
    identifier: Identifier,
    block: String,
    details: EventDetails,
    now: Timestamp,
) -> Result<(), StoreError> {
    let name = format!("{}:{}", identifier.kind().as_str(), identifier.as_str());
    let write = move |connection: &mut Connection| {
        for (counted, limit, window) in [(format!("{name} {block}"), AN_HOUR_FROM_A_NETWORK, HOUR), (name, A_DAY, DAY)]
        {
            let bucket = format!("refused:{}", random::encode(random::sha256(&counted)));
            if throttles::take(connection, &bucket, limit, now, now.plus(window))?.is_some() {
                return Ok(());
            }
        }
        match attempt::account(connection, &identifier)? {
            Some(account) => events::note(connection, account.id, EventKind::Refused, details, now),
            None => Ok(()),
        }
    };
    app.store.write(write).await
}
