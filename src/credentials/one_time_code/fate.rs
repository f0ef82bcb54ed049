//! What may be told of the newest message of an attempt. Of an address that was typed, what is known: its code is sent
//! whoever has it. Of any other, the same words whether or not there was anything to send.

use std::time::Duration;

use super::is_typed;
use crate::clock::Timestamp;
use crate::store::StoreError;
use crate::store::attempts::Attempt;
use crate::store::one_time_codes::Channel;
use crate::store::sent_messages::{self, MessageState, SentMessage};
use crate::web::visitor::Visitor;

/// How long a report takes that never comes, since nothing was sent: a typed address whose day was used up under another
/// name must look like any other, or names of one account could be told to belong together.
const USUAL_DELAY: Duration = Duration::from_secs(8);

/// What is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// It waits, or is tried again.
    Waiting,
    /// The mail server or the gateway took it.
    Accepted,
    /// It arrived.
    Delivered,
    /// Nobody will take it for this address.
    Refused,
    /// It was taken, or should have been, and did not arrive.
    Failed,
    /// It went out if there is anywhere to go: where it goes stays unsaid, and so does everything else.
    Unsaid,
}

/// What became of a message, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fate {
    /// What.
    pub told: Told,
    /// Since when.
    pub at: Timestamp,
}

/// Reads it; none where no message went by the channel that is asked about, or nobody waits for it any more.
pub async fn of(visitor: &Visitor, attempt: &Attempt, asked: Channel) -> Result<Option<Fate>, StoreError> {
    let (digest, now) = (attempt.id_digest.clone(), visitor.app.clock.now());
    let read = visitor.app.store.read(move |connection| sent_messages::find(connection, &digest, now));
    let found = read.await?.filter(|message| message.channel == asked);
    let reports = visitor.app.config.delivery.sms.as_ref().is_some_and(|sms| sms.reports.is_some());
    Ok(found.map(|message| told(&message, is_typed(attempt, asked), reports && asked == Channel::Sms, now)))
}

fn told(message: &SentMessage, is_typed: bool, reports: bool, now: Timestamp) -> Fate {
    if !is_typed {
        return Fate { told: Told::Unsaid, at: message.sent_at };
    }
    let told = match message.state {
        MessageState::Waiting => Told::Waiting,
        MessageState::Accepted => Told::Accepted,
        MessageState::Delivered => Told::Delivered,
        MessageState::Refused => Told::Refused,
        MessageState::Failed => Told::Failed,
        MessageState::Unsent => {
            let reported = message.sent_at.plus(USUAL_DELAY);
            return if reports && reported <= now {
                Fate { told: Told::Delivered, at: reported }
            } else {
                Fate { told: Told::Accepted, at: message.sent_at }
            };
        }
    };
    Fate { told, at: message.changed_at }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SENT: Timestamp = Timestamp::from_seconds(1_000);
    const CHANGED: Timestamp = Timestamp::from_seconds(1_003);

    fn message(state: MessageState) -> SentMessage {
        SentMessage {
            subject_digest: Vec::new(),
            id: 1,
            channel: Channel::Sms,
            state,
            sent_at: SENT,
            changed_at: CHANGED,
            expires_at: SENT.plus(Duration::from_secs(600)),
        }
    }

    #[test]
    fn an_address_that_was_not_typed_tells_nothing() {
        for state in MessageState::ALL {
            for now in [SENT, SENT.plus(Duration::from_secs(500))] {
                let fate = told(&message(*state), false, true, now);
                assert_eq!(fate, Fate { told: Told::Unsaid, at: SENT }, "{state:?}");
            }
        }
    }

    #[test]
    fn what_was_not_sent_looks_as_if_it_were() {
        let later = SENT.plus(USUAL_DELAY);
        for (reports, now, expected) in [
            (true, SENT, (Told::Accepted, SENT)),
            (true, later, (Told::Delivered, later)),
            (false, later, (Told::Accepted, SENT)),
        ] {
            let fate = told(&message(MessageState::Unsent), true, reports, now);
            assert_eq!((fate.told, fate.at), expected);
        }
        assert_eq!(told(&message(MessageState::Failed), true, true, later), Fate { told: Told::Failed, at: CHANGED });
    }
}
