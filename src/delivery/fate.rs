//! What becomes of messages: written down where somebody waits for one, and reported by the gateway under an address that
//! names the message.

use std::sync::Arc;

use super::message::MessageId;
use crate::clock::Clock;
use crate::security::derived_keys::DerivedKeys;
use crate::store::Store;
use crate::store::sent_messages::{self, MessageState};

/// Where it is written down.
#[derive(Clone)]
pub struct Fates {
    /// Holds `sent_messages`.
    pub store: Store,
    /// When it came that far.
    pub clock: Clock,
}

impl Fates {
    /// Notes how far a message has come. A fault is told in the log: the message itself is on its way.
    pub(super) async fn note(&self, id: &MessageId, state: MessageState) {
        let (row, now) = (id.row(), self.clock.now());
        let write = self.store.write(move |connection| sent_messages::note(connection, row, state, now));
        if let Err(error) = write.await {
            tracing::warn!(%error, id = id.as_str(), "what became of a message could not be written down");
        }
    }
}

/// Makes the address that a gateway reports to.
#[derive(Clone)]
pub struct StatusUrls {
    /// Everything before the name of the message.
    pub base: String,
    /// Its MAC.
    pub derived: Arc<DerivedKeys>,
}

impl StatusUrls {
    pub(super) fn of(&self, id: &MessageId) -> String {
        format!("{}{}", self.base, self.derived.message_token(id.row()))
    }
}
