//! Who changes something: from which browser, in which sign-in, at what time. Events and notices say so.

use crate::clock::Timestamp;
use crate::session::{Proof, SignedIn};
use crate::store::columns::Words;
use crate::store::events::EventDetails;
use crate::store::notices::{Notice, NoticeKind};
use crate::store::sessions::Session;
use crate::web::visitor::Visitor;

/// Who changes something.
#[derive(Clone, Debug, Default)]
pub struct Actor {
    /// The sign-in it is done in; none from a link in a notice, or where it comes about by itself.
    pub session: Option<Session>,
    /// What the browser calls itself.
    pub user_agent: Option<String>,
    /// The IP address it comes from.
    pub network: Option<String>,
}

impl Actor {
    /// Somebody who is signed in.
    pub fn signed_in(visitor: &Visitor, signed_in: &SignedIn) -> Self {
        Self { session: Some(signed_in.session.clone()), ..Self::stranger(visitor) }
    }

    /// Somebody of whom only the browser is known.
    pub fn stranger(visitor: &Visitor) -> Self {
        let Proof { user_agent, network, .. } = Proof::of(visitor, 0, Words::default());
        Self { session: None, user_agent: Some(user_agent), network: Some(network) }
    }

    /// The key of the sign-in that is kept when all others end.
    pub fn session_id(&self) -> Option<i64> {
        self.session.as_ref().map(|session| session.id)
    }

    /// What the account's history says: about this, where it is about something, from there.
    pub fn event(&self, subject: impl Into<String>) -> EventDetails {
        EventDetails {
            subject: Some(subject.into()).filter(|subject| !subject.is_empty()),
            device_id: self.session.as_ref().map(|session| session.device_id),
            user_agent: self.user_agent.clone(),
            network: self.network.clone(),
            ..EventDetails::default()
        }
    }

    /// What people are told: this, from there.
    pub fn notice(&self, kind: NoticeKind) -> Notice {
        Notice { user_agent: self.user_agent.clone(), network: self.network.clone(), ..Notice::of(kind) }
    }

    /// The same about something, which ends or happens at a time.
    pub fn notice_until(&self, kind: NoticeKind, change_id: i64, until: Timestamp) -> Notice {
        Notice { change_id: Some(change_id), until: Some(until.millis()), ..self.notice(kind) }
    }
}
