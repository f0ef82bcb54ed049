//! What a link in a notice leads to: the page about one change of an account, for whoever holds an address of it, signed in
//! or not. Looking at it changes nothing: mail programs look too. Posts `decision` to `/account/changes/{token}`: `stop` calls
//! off what waits; of a change that has happened `not-me` stops further ones, and then a proof that is older than the change
//! undoes it (`/account/changes/{token}/password`, `/send` and `/code`), or `recover` begins to wait.

pub mod code;
pub mod password;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::security::{SecurityNote, wait_of};
use crate::app::AppState;
use crate::change::actor::Actor;
use crate::change::address::masked;
use crate::change::deletion;
use crate::change::replacement;
use crate::change::undo::{self, EarlierProof, Undone};
use crate::credentials::attempt::{self, Beginning};
use crate::credentials::gate::{self, Passed, Showing};
use crate::credentials::one_time_code::reaches;
use crate::identifier::Identifier;
use crate::language::Sentence;
use crate::store::accounts::{self, Account, AccountState};
use crate::store::addresses::AddressKind;
use crate::store::attempts::{Attempt, AttemptPurpose};
use crate::store::changes::{self, Change, ChangeKind};
use crate::store::one_time_codes::Channel;
use crate::store::{Connection, StoreError};
use crate::web::error::ErrorKind;
use crate::web::error_page::PageError;
use crate::web::moment::Moment;
use crate::web::page::Page;
use crate::web::urls;
use crate::web::visitor::Visitor;

/// What is wrong with a password that shall undo a change. One that is younger than the change is wrong too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProofFault {
    /// Nothing was typed.
    Missing,
    /// Not the password that the account had.
    Wrong,
    /// Too many tries.
    TooMany {
        /// When the next try is allowed.
        again: Moment,
    },
}

impl ProofFault {
    /// The sentence beside the field.
    pub fn sentence(&self, page: &Page) -> Sentence<'_> {
        match self {
            Self::Missing => page.t("password-missing"),
            Self::Wrong => page.t("password-wrong"),
            Self::TooMany { again } => page.t("password-too-many").time("time", &again.iso, &again.shown),
        }
    }
}

/// How far a change is, and what may be done.
#[derive(Clone, Debug)]
pub enum Stage {
    /// It waits, and can be called off.
    Waits {
        /// `replacement`, `recovery`, `open` or `move`.
        kind: &'static str,
        /// When it happens.
        due: Moment,
    },
    /// It was called off just now.
    Stopped,
    /// It has happened.
    Happened {
        /// When.
        at: Moment,
        /// Until when it can be undone.
        until: Moment,
    },
    /// Somebody said that it was not them. A proof is asked for.
    Frozen {
        /// The hidden `attempt`.
        attempt: String,
        /// The channels by which a code may be asked for: whether there is an address for it is not said.
        channels: Vec<&'static str>,
        /// When access is given back, where that was asked for.
        recovery: Option<Moment>,
        /// What is wrong with the password.
        error: Option<ProofFault>,
    },
}

/// The page about one change. It shows addresses masked: whoever holds the link need not be the account's owner.
#[derive(Debug, Template)]
#[template(path = "account/changes.html")]
pub struct ChangePage {
    /// What every page carries.
    pub page: Page,
    /// What the link names it by.
    pub token: String,
    /// The address that goes or went, masked.
    pub old: Option<String>,
    /// The address that comes or came, masked.
    pub new: Option<String>,
    /// How far it is.
    pub stage: Stage,
}

impl ChangePage {
    fn title(&self) -> &'static str {
        match &self.stage {
            Stage::Waits { kind: "move", .. } => "change-title-move",
            Stage::Waits { kind: "recovery" | "open", .. } => "change-title-recovery",
            Stage::Waits { .. } => "change-title-replacement",
            Stage::Stopped => "change-title-stopped",
            Stage::Happened { .. } => "change-title-happened",
            Stage::Frozen { .. } => "change-title-frozen",
        }
    }

    /// What the new address is: whoever wants back in has proved it, and it is new to nobody.
    fn new_key(&self) -> &'static str {
        match &self.stage {
            Stage::Waits { kind: "recovery" | "open", .. } => "change-proved",
            _ => "security-replace-new",
        }
    }

    fn has_fault(&self) -> bool {
        matches!(&self.stage, Stage::Frozen { error: Some(_), .. })
    }
}

/// A change with everything its page needs.
struct Linked {
    change: Change,
    account: Account,
    all: Vec<Change>,
}

impl Linked {
    /// The freeze that this link began: only behind it a change is undone.
    fn is_frozen(&self) -> bool {
        undo::freeze_of(&self.change, &self.all).is_some()
    }
}

/// The live change that a link names; anything else is over.
async fn linked(visitor: &Visitor, token: &str) -> Result<Linked, PageError> {
    let id = visitor.app.derived.change_id(urls::CHANGE, token).ok_or(ErrorKind::Expired)?;
    let now = visitor.app.clock.now();
    let read = visitor.app.store.read(move |connection| {
        let Some(change) = changes::find(connection, id, now)? else { return Ok(None) };
        let Some(account) = accounts::by_id(connection, change.account_id)? else { return Ok(None) };
        let all = changes::of_account(connection, account.id, now)?;
        Ok(Some(Linked { change, account, all }))
    });
    Ok(read.await?.ok_or(ErrorKind::Expired)?)
}

/// `GET /account/changes/{token}`.
pub(super) async fn get(
    app: web::Data<AppState>,
    request: HttpRequest,
    path: web::Path<String>,
) -> Result<HttpResponse, PageError> {
    let visitor = Visitor::of(&app, &request);
    let linked = linked(&visitor, &path).await?;
    show(&visitor, &path, &linked, None).await
}

/// `POST /account/changes/{token}`.
pub(super) async fn post(
    app: web::Data<AppState>,
    request: HttpRequest,
    path: web::Path<String>,
    payload: web::Payload,
) -> Result<HttpResponse, PageError> {
    let visitor = Visitor::of(&app, &request);
    let form = visitor.form(payload).await?;
    let decision = form.get("decision").unwrap_or_default().to_owned();
    let Linked { change, .. } = linked(&visitor, &path).await?;
    let (state, actor, now) = (app.clone(), Actor::stranger(&visitor), app.clock.now());
    let own = change.clone();
    let done = match (decision.as_str(), change.kind) {
        ("stop", ChangeKind::Replacement | ChangeKind::Recovery | ChangeKind::Move) => {
            app.store.write(move |connection| replacement::call_off(connection, &own, &actor, now)).await?
        }
        ("not-me", ChangeKind::Undo) => {
            app.store.write(move |connection| undo::freeze(connection, &state, &own, &actor, now)).await?
        }
        ("recover", ChangeKind::Undo) => {
            let write = app.store.write(move |connection| undo::begin_recovery(connection, &state, &own, &actor, now));
            write.await?.is_some()
        }
        _ => return Err(ErrorKind::Unreadable.into()),
    };
    if !done {
        return Err(ErrorKind::Expired.into());
    }
    app.outbox_bell.notify_one();
    if decision == "stop" {
        return stopped(&visitor, &path, &change);
    }
    Ok(visitor.go(&urls::change(&path), []))
}

/// What was stopped is gone, and its page with it: this is the last of it.
fn stopped(visitor: &Visitor, token: &str, change: &Change) -> Result<HttpResponse, PageError> {
    let (old, new) = shown(change);
    // The menu of languages leads back to a page that can be got.
    let page = Page { path: urls::ACCOUNT.to_owned(), ..visitor.page.clone() };
    visitor.show(&ChangePage { page, token: token.to_owned(), old, new, stage: Stage::Stopped })
}

/// The addresses of a change, masked.
fn shown(change: &Change) -> (Option<String>, Option<String>) {
    let Some(details) = change.details.get() else { return (None, None) };
    let Some(kind) = details.address_kind.as_deref().and_then(AddressKind::parse) else { return (None, None) };
    let own = |value: &Option<String>| value.as_deref().map(|value| masked(kind, value));
    (own(&details.old), own(&details.new))
}

async fn show(
    visitor: &Visitor,
    token: &str,
    linked: &Linked,
    error: Option<ProofFault>,
) -> Result<HttpResponse, PageError> {
    let Linked { change, all, .. } = linked;
    let page = &visitor.page;
    let stage = match change.kind {
        ChangeKind::Replacement | ChangeKind::Recovery | ChangeKind::Move => {
            let (kind, at) = wait_of(change).ok_or(ErrorKind::Expired)?;
            Stage::Waits { kind, due: page.day(at) }
        }
        ChangeKind::Undo if linked.is_frozen() => Stage::Frozen {
            attempt: begin_attempt(visitor, token, linked).await?,
            channels: channels(&visitor.app),
            recovery: undo::recovery_of(change, all).and_then(|own| own.due_at).map(|at| page.day(at)),
            error: error.clone(),
        },
        ChangeKind::Undo => Stage::Happened { at: page.day(change.created_at), until: page.day(change.expires_at) },
        ChangeKind::Freeze | ChangeKind::Deletion => return Err(ErrorKind::Expired.into()),
    };
    let status = match error {
        None => StatusCode::OK,
        Some(ProofFault::TooMany { .. }) => StatusCode::TOO_MANY_REQUESTS,
        Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let (old, new) = shown(change);
    visitor.show_as(status, &ChangePage { page: page.clone(), token: token.to_owned(), old, new, stage })
}

fn channels(app: &AppState) -> Vec<&'static str> {
    [Channel::Email, Channel::Sms].into_iter().filter(|channel| reaches(app, *channel)).map(Channel::as_str).collect()
}

/// An attempt to prove what the account had before.
async fn begin_attempt(visitor: &Visitor, token: &str, linked: &Linked) -> Result<String, StoreError> {
    let identifier = Identifier::AccountNumber(linked.account.account_number.clone());
    let beginning = Beginning {
        identifier: &identifier,
        purpose: AttemptPurpose::Undo,
        continue_to: &urls::change(token),
        name: None,
        terms_version: None,
        account_id: Some(linked.account.id),
    };
    Ok(attempt::begin(visitor, beginning).await?.0)
}

/// The attempt of this browser about this change, and no other.
async fn load_attempt(visitor: &Visitor, id: Option<&str>, token: &str) -> Result<(Linked, Attempt), PageError> {
    let linked = linked(visitor, token).await?;
    let attempt = attempt::load_for(visitor, id, &[AttemptPurpose::Undo]).await?;
    if attempt.account_id != Some(linked.account.id) || attempt.continue_to != urls::change(token) {
        return Err(ErrorKind::Expired.into());
    }
    if !linked.is_frozen() {
        return Err(ErrorKind::Expired.into());
    }
    Ok((linked, attempt))
}

/// What a proof led to.
enum Finished {
    /// The change is undone, and the gate has spoken of whoever proved it: they are signed in, or owe more.
    Undone(Passed, SecurityNote),
    /// The proof is not older than the change.
    NotEnough,
    /// Somebody was first, or it is too late.
    Over,
    /// The account is locked, for this reason.
    Locked(Option<String>),
}

/// Undoes the change by a proof, and signs in whoever gave it, in the caller's write.
fn finish(
    connection: &mut Connection,
    app: &AppState,
    change: &Change,
    (proof, showing): (&EarlierProof, &Showing),
    actor: &Actor,
) -> Result<Finished, StoreError> {
    let now = app.clock.now();
    let Some(account) = accounts::hold(connection, change.account_id)? else { return Ok(Finished::Over) };
    if account.state == AccountState::Locked {
        return Ok(Finished::Locked(account.lock_reason));
    }
    let note = match undo::undo(connection, change, proof, actor, now)? {
        Undone::Restored => SecurityNote::Undone,
        Undone::WithoutIt => SecurityNote::UndoneWithout,
        Undone::NotEnough => return Ok(Finished::NotEnough),
        Undone::Over => return Ok(Finished::Over),
    };
    // Whoever took an address away may have begun to delete the account as well: its owner has it back.
    if account.state == AccountState::Closing {
        deletion::keep(connection, &account, now)?;
    }
    // The page of the change is gone with it.
    let mut showing = showing.clone();
    showing.attempt.continue_to = note.url();
    Ok(Finished::Undone(gate::pass(connection, app, &showing, now)?, note))
}
