//! A session cookie as it comes: with what the browser that brings it says it is.
//!
//! A sign-in remembers which browser on which system it was made in, and nothing finer: no version, no address. A cookie that comes
//! from another is a copy, or its browser has changed its face; either way it opens nothing until somebody proves who they are, in
//! whichever browser. The proof gives a new cookie, so a copy is worth nothing then. Of a sign-in that is bound to a device (`bound`)
//! it opens nothing without a proof of its key.

use super::{Proof, bound};
use crate::clock::Timestamp;
use crate::security::random;
use crate::store::StoreError;
use crate::store::accounts::AccountState;
use crate::store::events::{self, EventDetails, EventKind};
use crate::store::notices::{self, Notice, NoticeKind};
use crate::store::sessions::{self, Session};
use crate::web::cookies::CookieKind;
use crate::web::device_name::DeviceName;
use crate::web::visitor::Visitor;

/// A session cookie, and the class of the browser that brings it. A secret: no `Debug`.
#[derive(Clone)]
pub struct Presented {
    cookie: String,
    class: Option<String>,
    bound: bound::Shown,
    now: Timestamp,
}

impl Presented {
    /// The one that the visitor's browser brings.
    pub fn of(visitor: &Visitor) -> Option<Self> {
        let cookie = visitor.cookie(CookieKind::Session)?;
        Some(Self {
            cookie,
            class: class(&visitor.user_agent()),
            bound: bound::Shown::of(visitor),
            now: visitor.app.clock.now(),
        })
    }

    /// The one that a proof came with.
    pub fn with(proof: &Proof, now: Timestamp) -> Option<Self> {
        let cookie = proof.old_cookie.clone()?;
        Some(Self { cookie, class: class(&proof.user_agent), bound: proof.bound.clone(), now })
    }

    pub(super) fn digest(&self) -> Vec<u8> {
        random::sha256(&self.cookie)
    }

    /// Whether it opens this sign-in. One from before classes were remembered opens it in any browser.
    pub fn opens(&self, session: &Session) -> bool {
        let is_shown = self.bound.opens(session.bound_key().as_ref(), self.now);
        session.strange_at.is_none() && self.is_of_its_class(session) && is_shown
    }

    fn is_of_its_class(&self, session: &Session) -> bool {
        session.device_class.is_none() || session.device_class == self.class
    }
}

/// What a sign-in remembers of its browser.
pub(super) fn class(user_agent: &str) -> Option<String> {
    DeviceName::read(user_agent).class()
}

/// Looks at a cookie that opened nothing: where it is that of a live sign-in of another browser, the sign-in is marked, and its owner
/// told, once. Called where nobody is signed in; a request of somebody who is pays nothing for it.
pub async fn watch(visitor: &Visitor) -> Result<(), StoreError> {
    let Some(presented) = Presented::of(visitor) else { return Ok(()) };
    let (own, now) = (presented.clone(), visitor.app.clock.now());
    let read = visitor.app.store.read(move |connection| {
        let all = sessions::of_browser(connection, &own.digest(), now)?;
        Ok(all.iter().any(|(session, _)| session.strange_at.is_none() && !own.is_of_its_class(session)))
    });
    if !read.await? {
        return Ok(());
    }
    let (user_agent, network) = (visitor.user_agent(), visitor.network());
    let write = visitor.app.store.write(move |connection| {
        for (session, account) in sessions::of_browser(connection, &presented.digest(), now)? {
            let is_strange = account.state == AccountState::Active && !presented.is_of_its_class(&session);
            if !is_strange || !sessions::note_strange(connection, account.id, session.id, now)? {
                continue;
            }
            tracing::warn!("a session cookie came from another kind of browser than it was given to");
            let details = EventDetails {
                user_agent: Some(user_agent.clone()),
                network: Some(network.clone()),
                ..EventDetails::default()
            };
            events::note(connection, account.id, EventKind::StrangeBrowser, details, now)?;
            let notice = Notice {
                user_agent: Some(user_agent.clone()),
                network: Some(network.clone()),
                ..Notice::of(NoticeKind::StrangeBrowser)
            };
            notices::tell(connection, &account, &notice, now)?;
        }
        Ok(())
    });
    write.await
}
