//! How to sign in to the account: its phone numbers and e-mail addresses, its password, its passkeys, and what waits to change. What is
//! done with an address is one file each below.

pub mod add;
pub mod change;
pub mod code;
mod key;
pub mod main_address;
pub mod password;
pub mod remove;
pub mod remove_password;
pub mod replace;

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use std::time::Duration;

use super::connected::ShownLink;
use super::safeguards::{self, Own, Protection};
use super::{Entry, InCentre, SECURITY};
use crate::app::AppState;
use crate::change::address::Outcome;
use crate::change::ways_in::Way;
use crate::clock::Timestamp;
use crate::credentials::passkey::is_on;
use crate::identifier::shown_phone;
use crate::session::{self, Refused, SignedIn};
use crate::store::addresses::{self, Address, AddressKind};
use crate::store::changes::{Change, ChangeKind};
use crate::store::passkeys::Passkey;
use crate::store::upstream_links;
use crate::web::error::ErrorKind;
use crate::web::error_page::PageError;
use crate::web::moment::Moment;
use crate::web::page::Page;
use crate::web::urls;
use crate::web::visitor::Visitor;

/// An address of the account, shown in full: it is theirs.
#[derive(Clone, Debug)]
pub struct OwnAddress {
    /// What names it in forms and links.
    pub key: String,
    /// Phone or e-mail.
    pub kind: AddressKind,
    /// Formatted for reading.
    pub shown: String,
    /// Whether it is the main one among several of its kind.
    pub is_main: bool,
    /// Whether it may become the main one.
    pub can_be_main: bool,
    /// Whether it is not the last way in.
    pub can_go: bool,
    /// Since when the account has it.
    pub since: Moment,
}

impl OwnAddress {
    const fn icon(&self) -> &'static str {
        match self.kind {
            AddressKind::Phone => "phone",
            AddressKind::Email => "envelope",
        }
    }
}

/// A passkey, as far as it is told apart here.
#[derive(Clone, Debug)]
pub struct OwnPasskey {
    /// Its name.
    pub name: String,
    /// When it was made.
    pub created: Moment,
}

impl OwnPasskey {
    /// What is shown of a passkey.
    pub fn of(passkey: &Passkey, page: &Page) -> Self {
        Self { name: passkey.name.clone(), created: page.day(passkey.created_at) }
    }
}

/// A change that waits.
#[derive(Clone, Debug)]
pub struct Waiting {
    /// The word for it: `replacement`, `recovery`, `open` or `move`.
    pub kind: &'static str,
    /// When it happens.
    pub due: Moment,
    /// The page that can stop it.
    pub url: String,
}

/// What was just done, or was not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecurityNote {
    /// An address was added.
    Added,
    /// One was removed.
    Removed,
    /// One took the place of another.
    Changed,
    /// It will, after a wait.
    Waits,
    /// Another is the main one.
    Main,
    /// A number will move here, after a wait.
    Moves,
    /// A change was undone.
    Undone,
    /// A change was undone, but the old address belongs to another account.
    UndoneWithout,
    /// Changes are stopped.
    Frozen,
    /// The address is this account's already.
    Own,
    /// It belongs to another account.
    Taken,
    /// There are as many addresses as there may be.
    Full,
    /// It is the last way in.
    Last,
    /// There is no such address any more.
    Unknown,
    /// A password was set where there was none.
    PasswordSet,
    /// Another took its place.
    PasswordChanged,
    /// It was removed.
    PasswordRemoved,
}

impl SecurityNote {
    const ALL: [(Self, &'static str, &'static str); 17] = [
        (Self::Added, "added", "security-added"),
        (Self::Removed, "removed", "security-removed"),
        (Self::Changed, "changed", "security-changed"),
        (Self::Waits, "waits", "security-waits"),
        (Self::Main, "main", "security-main-chosen"),
        (Self::Moves, "moves", "security-moves"),
        (Self::Undone, "undone", "security-undone"),
        (Self::UndoneWithout, "undone-without", "security-undone-without"),
        (Self::Frozen, "frozen", "security-frozen"),
        (Self::Own, "own", "security-own"),
        (Self::Taken, "taken", "security-taken"),
        (Self::Full, "full", "security-full"),
        (Self::Last, "last", "security-last"),
        (Self::Unknown, "unknown", "security-unknown"),
        (Self::PasswordSet, "password-set", "security-password-was-set"),
        (Self::PasswordChanged, "password-changed", "security-password-was-changed"),
        (Self::PasswordRemoved, "password-removed", "security-password-was-removed"),
    ];

    fn row(self) -> (&'static str, &'static str) {
        let row = Self::ALL.into_iter().find(|(own, _, _)| *own == self);
        row.map_or(("", ""), |(_, word, key)| (word, key))
    }

    fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|(_, own, _)| *own == word).map(|(note, _, _)| note)
    }

    /// The sentence.
    fn key(self) -> &'static str {
        self.row().1
    }

    /// Whether what was asked for did not happen.
    const fn is_refusal(self) -> bool {
        matches!(
            self,
            Self::UndoneWithout | Self::Frozen | Self::Own | Self::Taken | Self::Full | Self::Last | Self::Unknown
        )
    }

    /// Whether a password was set, changed or removed, which leaves passkeys as they are.
    const fn is_of_password(self) -> bool {
        matches!(self, Self::PasswordSet | Self::PasswordChanged | Self::PasswordRemoved)
    }

    /// The address of the list, with this note.
    pub fn url(self) -> String {
        format!("{}?note={}", SECURITY.path, self.row().0)
    }

    /// What a refused change says; `done` where it was not.
    fn of(outcome: Outcome, done: Self) -> Self {
        match outcome {
            Outcome::Done => done,
            Outcome::Frozen => Self::Frozen,
            Outcome::Own => Self::Own,
            Outcome::Taken => Self::Taken,
            Outcome::Full => Self::Full,
            Outcome::Last => Self::Last,
            // Who has not proved enough is asked for more before it comes to a note.
            Outcome::Unknown | Outcome::NotEnough => Self::Unknown,
        }
    }
}

/// The page.
#[derive(Debug, Template)]
#[template(path = "account/security.html")]
pub struct SecurityPage {
    /// What every page carries.
    pub page: Page,
    /// How safe it is, and the one next step.
    pub protection: Protection,
    /// Every address, the main ones first.
    pub addresses: Vec<OwnAddress>,
    /// When the password was chosen, where there is one.
    pub password: Option<Moment>,
    /// Since when signing in takes two steps, where it does.
    pub two_step: Option<Moment>,
    /// Whether there can be passkeys here.
    pub has_passkeys: bool,
    /// Every passkey, the oldest first.
    pub passkeys: Vec<OwnPasskey>,
    /// Whether there is another provider to connect.
    pub has_upstreams: bool,
    /// Every connected sign-in of another provider, the oldest first.
    pub links: Vec<ShownLink>,
    /// Until when nothing can be changed.
    pub frozen_until: Option<Moment>,
    /// What waits.
    pub waiting: Vec<Waiting>,
    /// What was just done.
    pub note: Option<SecurityNote>,
}

impl InCentre for SecurityPage {
    const HERE: Entry = SECURITY;
}

/// `GET /account/security`.
pub(super) async fn get(app: web::Data<AppState>, request: HttpRequest) -> Result<HttpResponse, Refused> {
    let visitor = Visitor::of(&app, &request);
    let SignedIn { account, .. } = session::required(&visitor).await?;
    let visitor = visitor.with_settings_of(&account);
    let note = visitor.query()?.get("note").and_then(SecurityNote::from_word);
    let (now, two_step) = (app.clock.now(), account.two_step_at);
    let read = app.store.read(move |connection| {
        let links = upstream_links::of_account(connection, account.id)?;
        Ok((safeguards::find(connection, &account, now)?, links))
    });
    let (found, links) = read.await?;
    let frozen = found.changes.iter().filter(|change| change.kind == ChangeKind::Freeze);
    let page = SecurityPage {
        addresses: shown(&visitor, &found)?,
        password: found.password_changed_at.map(|at| visitor.page.day(at)),
        two_step: two_step.map(|at| visitor.page.day(at)),
        has_passkeys: is_on(&app),
        passkeys: found.passkeys.iter().map(|own| OwnPasskey::of(own, &visitor.page)).collect(),
        has_upstreams: !app.config.upstream.providers.is_empty(),
        links: links.iter().map(|own| ShownLink::of(&app, own, now, &visitor.page)).collect(),
        frozen_until: frozen.map(|change| change.expires_at).max().map(|at| visitor.page.day(at)),
        waiting: found.changes.iter().filter_map(|change| waiting(&visitor, change)).collect(),
        protection: found.protection(&app, &visitor.page),
        note,
        page: visitor.page.clone(),
    };
    Ok(visitor.show(&page)?)
}

fn shown(visitor: &Visitor, found: &Own) -> Result<Vec<OwnAddress>, PageError> {
    let has_others = |address: &Address| found.addresses.iter().filter(|own| own.kind == address.kind).count() > 1;
    let ways = found.ways(&visitor.app);
    let is_last = |address: &Address| {
        let way = Way::Address(address.kind, address.value.clone());
        ways.iter().all(|own| *own == way)
    };
    let own = |address: &Address| {
        Ok(OwnAddress {
            key: key::of(&visitor.app, address)?,
            kind: address.kind,
            shown: in_full(address.kind, &address.value),
            is_main: address.is_main && has_others(address),
            can_be_main: !address.is_main,
            can_go: !is_last(address),
            since: visitor.page.day(address.verified_at),
        })
    };
    found.addresses.iter().map(own).collect()
}

/// An address as its owner reads it.
pub(super) fn in_full(kind: AddressKind, value: &str) -> String {
    match kind {
        AddressKind::Phone => shown_phone(value),
        AddressKind::Email => value.to_owned(),
    }
}

fn waiting(visitor: &Visitor, change: &Change) -> Option<Waiting> {
    let (kind, at) = wait_of(change)?;
    let token = visitor.app.derived.change_token(urls::CHANGE, change.id);
    Some(Waiting { kind, due: visitor.page.day(at), url: urls::change(&token) })
}

/// The word for what waits, and when it happens; a recovery whose wait is over stands open until then.
pub(super) fn wait_of(change: &Change) -> Option<(&'static str, Timestamp)> {
    match (change.kind, change.due_at) {
        (ChangeKind::Recovery, None) => Some(("open", change.expires_at)),
        (ChangeKind::Replacement | ChangeKind::Recovery | ChangeKind::Move, Some(due)) => {
            Some((change.kind.as_str(), due))
        }
        _ => None,
    }
}

/// Hours that a change waits.
fn waiting_hours(app: &AppState) -> u32 {
    hours(app.config.account.waiting)
}

/// A span in whole hours.
fn hours(span: Duration) -> u32 {
    u32::try_from(span.as_secs() / 3600).unwrap_or(u32::MAX)
}

/// An address of the account that is signed in, by the name that a link or form has for it; anything else is not found.
async fn own_address(visitor: &Visitor, account_id: i64, name: &str) -> Result<Address, PageError> {
    let read = visitor.app.store.read(move |connection| addresses::of_account(connection, account_id));
    let owned = read.await?;
    key::find(&visitor.app, name, owned).ok_or_else(|| ErrorKind::NotFound.into())
}
