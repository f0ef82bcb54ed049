//! The list of connected sign-ins, and where connecting one begins. Posts `provider` to `/account/security/connected/begin`.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::super::{Entry, InCentre, SECURITY};
use super::ShownLink;
use crate::app::AppState;
use crate::change::upstream::{Connected, MOST};
use crate::credentials::upstream::{self, Errand, Offer, offers};
use crate::session::{self, Refused, SignedIn};
use crate::store::upstream_links;
use crate::web::error::ErrorKind;
use crate::web::leaving;
use crate::web::page::Page;
use crate::web::urls;
use crate::web::visitor::Visitor;

/// What was just done, or was not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConnectedNote {
    /// One was connected.
    Added,
    /// It was already.
    Own,
    /// One was disconnected.
    Removed,
    /// The provider does not answer.
    Unavailable,
}

impl ConnectedNote {
    const ALL: [(Self, &'static str, &'static str); 4] = [
        (Self::Added, "added", "connected-added"),
        (Self::Own, "own", "connected-own"),
        (Self::Removed, "removed", "connected-removed"),
        (Self::Unavailable, "unavailable", "connected-unavailable"),
    ];

    fn row(self) -> (&'static str, &'static str) {
        let row = Self::ALL.into_iter().find(|(own, _, _)| *own == self);
        row.map_or(("", ""), |(_, word, key)| (word, key))
    }

    fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|(_, own, _)| *own == word).map(|(note, _, _)| note)
    }

    fn key(self) -> &'static str {
        self.row().1
    }

    const fn is_refusal(self) -> bool {
        matches!(self, Self::Unavailable)
    }

    /// What is said of a link that was connected, or was there.
    pub(super) const fn of(connected: Connected) -> Option<Self> {
        match connected {
            Connected::Done => Some(Self::Added),
            Connected::Own => Some(Self::Own),
            _ => None,
        }
    }
}

/// The list.
#[derive(Debug, Template)]
#[template(path = "account/connected/list.html")]
pub struct ConnectedPage {
    /// What every page carries.
    pub page: Page,
    /// Every link, the oldest first.
    pub links: Vec<ShownLink>,
    /// What may be connected.
    pub offers: Vec<Offer>,
    /// Whether there may be one more.
    pub room: bool,
    /// What was just done.
    pub note: Option<ConnectedNote>,
}

impl InCentre for ConnectedPage {
    const HERE: Entry = SECURITY;
}

/// `GET /account/security/connected`.
pub(in crate::account) async fn get(app: web::Data<AppState>, request: HttpRequest) -> Result<HttpResponse, Refused> {
    let visitor = Visitor::of(&app, &request);
    let SignedIn { account, .. } = session::required(&visitor).await?;
    let visitor = visitor.with_settings_of(&account);
    let note = visitor.query()?.get("note").and_then(ConnectedNote::from_word);
    let links = app.store.read(move |connection| upstream_links::of_account(connection, account.id)).await?;
    let now = app.clock.now();
    let page = ConnectedPage {
        room: links.len() < MOST,
        links: links.iter().map(|link| ShownLink::of(&app, link, now, &visitor.page)).collect(),
        offers: offers(&visitor),
        note,
        page: visitor.page.clone(),
    };
    Ok(visitor.show(&page)?)
}

/// `POST /account/security/connected/begin`: leads to the provider.
pub(in crate::account) async fn begin(
    app: web::Data<AppState>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Refused> {
    let visitor = Visitor::of(&app, &request);
    let form = visitor.form(payload).await?;
    let SignedIn { account, .. } = session::fresh(&visitor, urls::CONNECTED).await?;
    let visitor = visitor.with_settings_of(&account);
    let provider = app.upstreams.get(form.get("provider").unwrap_or_default()).ok_or(ErrorKind::NotFound)?;
    let errand = Errand { account_id: Some(account.id), continue_to: urls::CONNECTED.to_owned() };
    match upstream::begin(&visitor, provider, errand).await? {
        Ok(to) => Ok(leaving::go(&visitor, &provider.config.label, &to)?),
        Err(_) => Ok(go_back(&visitor, ConnectedNote::Unavailable)),
    }
}

/// Back to the list, with word of what was done.
pub(super) fn go_back(visitor: &Visitor, note: ConnectedNote) -> HttpResponse {
    visitor.go(&format!("{}?note={}", urls::CONNECTED, note.row().0), [])
}
