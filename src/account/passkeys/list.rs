//! The list of the person's passkeys.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::super::{DEVICES, Entry, InCentre, SECURITY};
use super::{ShownPasskey, Signal, find_all};
use crate::app::AppState;
use crate::credentials::passkey::{MOST, is_on};
use crate::session::{self, Refused, SignedIn};
use crate::web::page::Page;
use crate::web::urls;
use crate::web::visitor::Visitor;

/// What was just done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PasskeysNote {
    /// One was made.
    Added,
    /// One has another name.
    Renamed,
    /// One was removed.
    Removed,
}

impl PasskeysNote {
    /// The word it travels as from the post to the page.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Renamed => "renamed",
            Self::Removed => "removed",
        }
    }

    fn from_word(word: &str) -> Option<Self> {
        [Self::Added, Self::Renamed, Self::Removed].into_iter().find(|note| note.word() == word)
    }

    const fn key(self) -> &'static str {
        match self {
            Self::Added => "passkeys-added",
            Self::Renamed => "passkeys-renamed",
            Self::Removed => "passkeys-removed",
        }
    }
}

/// The list.
#[derive(Debug, Template)]
#[template(path = "account/passkeys/list.html")]
pub struct PasskeysPage {
    /// What every page carries.
    pub page: Page,
    /// Whether there are passkeys here at all.
    pub on: bool,
    /// Every passkey, the oldest first.
    pub passkeys: Vec<ShownPasskey>,
    /// Whether there may be one more.
    pub room: bool,
    /// What was just done.
    pub note: Option<PasskeysNote>,
    /// What the browser is told, for the authenticators.
    pub signal: Option<Signal>,
}

impl InCentre for PasskeysPage {
    const HERE: Entry = SECURITY;
}

/// `GET /account/security/passkeys`.
pub(in crate::account) async fn get(app: web::Data<AppState>, request: HttpRequest) -> Result<HttpResponse, Refused> {
    let visitor = Visitor::of(&app, &request);
    let SignedIn { account, .. } = session::required(&visitor).await?;
    let visitor = visitor.with_settings_of(&account);
    let note = visitor.query()?.get("note").and_then(PasskeysNote::from_word);
    let (id, now, page) = (account.id, app.clock.now(), visitor.page.clone());
    let owned = app.store.read(move |connection| find_all(connection, id, &page, now)).await?;
    let page = PasskeysPage {
        page: visitor.page.clone(),
        on: is_on(&app),
        passkeys: owned.passkeys.iter().map(|own| owned.shown(own, now, &visitor.page)).collect(),
        room: owned.passkeys.len() < MOST,
        note,
        signal: Signal::of(&app, &account, &owned.addresses, &owned.passkeys),
    };
    Ok(visitor.show(&page)?)
}

/// Back to the list, with word of what was done.
pub(super) fn go_back(visitor: &Visitor, note: PasskeysNote) -> HttpResponse {
    visitor.go(&format!("{}?note={}", urls::PASSKEYS, note.word()), [])
}
