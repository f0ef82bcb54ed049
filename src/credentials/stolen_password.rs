//! A password that nobody had when it was chosen may be on a list of stolen ones by now. Whoever signs in with one is told: on every
//! address, in the activity, and on the security page until there is another. Nobody is kept out, and the answer does not wait.

use std::time::Duration;

use zeroize::Zeroizing;

use crate::app::AppState;
use crate::clock::Timestamp;
use crate::session;
use crate::store::accounts;
use crate::store::events::{self, EventDetails, EventKind};
use crate::store::notices::{self, Notice, NoticeKind};
use crate::store::{Connection, StoreError, passwords};
use crate::web::visitor::Visitor;

/// The password of an account is looked for so often at most: lists grow slowly, and the service is not told of every sign-in.
const EVERY: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// Where nobody could say, it is looked for again after so long.
const AGAIN: Duration = Duration::from_secs(60 * 60);

/// A password that somebody has just typed right. A secret: no `Debug`.
#[derive(Clone)]
pub struct Typed {
    app: AppState,
    password: Zeroizing<String>,
    whence: EventDetails,
}

impl Typed {
    /// Typed by this visitor; none where there is no place to look.
    pub fn of(visitor: &Visitor, password: &Zeroizing<String>) -> Option<Self> {
        let app = visitor.app.get_ref();
        let whence = session::whence(visitor, None);
        app.breached.is_on().then(|| Self { app: app.clone(), password: password.clone(), whence })
    }

    /// Whether it is time to look for it, within the write that signs its person in.
    pub fn is_due(connection: &mut Connection, account_id: i64, now: Timestamp) -> Result<bool, StoreError> {
        passwords::look_up(connection, account_id, now.minus(EVERY), now)
    }

    /// Looks for it beside the answer.
    pub fn look_up(self, account_id: i64, changed_at: Timestamp) {
        let app = self.app.clone();
        let work = async move {
            if let Err(error) = self.tell_where_stolen(account_id, changed_at).await {
                tracing::warn!(%error, "it could not be noted whether a password was stolen");
            }
        };
        if !app.beside.begin(work) {
            tracing::warn!("a password was not looked for among stolen ones: too much else is being done");
        }
    }

    async fn tell_where_stolen(self, account_id: i64, changed_at: Timestamp) -> Result<(), StoreError> {
        let Self { app, password, whence } = self;
        let found = app.breached.look_up(&password).await;
        let now = app.clock.now();
        match found {
            Some(false) => return Ok(()),
            Some(true) => {}
            None => {
                let again = now.minus(EVERY).plus(AGAIN);
                return app.store.write(move |c| passwords::looked_up(c, account_id, changed_at, again)).await;
            }
        }
        let write = app.store.write(move |connection| {
            let Some(account) = accounts::hold(connection, account_id)? else { return Ok(()) };
            if passwords::note_breached(connection, account.id, changed_at, now)? {
                events::note(connection, account.id, EventKind::PasswordStolen, whence.clone(), now)?;
                notices::tell(connection, &account, &Notice::of(NoticeKind::PasswordStolen), now)?;
            }
            Ok(())
        });
        write.await?;
        app.outbox_bell.notify_one();
        Ok(())
    }
}
