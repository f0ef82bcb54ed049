//! That an app was let in, for the history of whoever let it in.

use crate::clock::Timestamp;
use crate::store::clients::Client;
use crate::store::events::{self, EventDetails, EventKind};
use crate::store::{Connection, StoreError};
use crate::web::sign_in_context::shown_name;

/// An app that is let in, and from where.
pub struct Connected {
    /// Its identifier.
    pub client_id: String,
    details: EventDetails,
}

impl Connected {
    /// Keeps what the app is called today: it may be removed before the event is.
    pub fn of(client: &Client, whence: EventDetails) -> Self {
        let (client_id, subject) = (client.client_id.clone(), Some(shown_name(&client.name)));
        let details = EventDetails { client_id: Some(client_id.clone()), subject, ..whence };
        Self { client_id, details }
    }

    /// Writes it into the account's history, in the caller's write.
    pub fn note(self, connection: &mut Connection, account_id: i64, now: Timestamp) -> Result<(), StoreError> {
        events::note(connection, account_id, EventKind::AppConnected, self.details, now)
    }
}
