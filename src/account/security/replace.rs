//! The new address is proved; may it take the place of the old one at once? Somebody who has proved enough presses a button;
//! anybody else proves more, or lets it wait. Posts `decision` (`now` | `wait`) to `/account/security/replace/{attempt}`.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::{SecurityNote, in_full};
use crate::account::{Entry, InCentre, SECURITY};
use crate::app::AppState;
use crate::change::actor::Actor;
use crate::change::adding;
use crate::change::address::{self, Outcome, Replaced};
use crate::change::replacement::{self, Begun};
use crate::session::{self, Refused, SignedIn};
use crate::store::accounts;
use crate::store::addresses::AddressKind;
use crate::store::attempts::{self, Attempt};
use crate::store::{Connection, StoreError};
use crate::web::error::ErrorKind;
use crate::web::page::Page;
use crate::web::urls;
use crate::web::visitor::Visitor;

/// Asks how.
#[derive(Debug, Template)]
#[template(path = "account/security/replace.html")]
pub struct ReplacePage {
    /// What every page carries.
    pub page: Page,
    /// The attempt, in the form's address.
    pub attempt: String,
    /// What both are.
    pub kind: AddressKind,
    /// What goes, in full.
    pub old: String,
    /// What comes, in full.
    pub new: String,
    /// Whether it may be done at once.
    pub is_enough: bool,
    /// Where more can be proved.
    pub prove_url: String,
    /// Hours that it waits else.
    pub hours: u32,
}

impl InCentre for ReplacePage {
    const HERE: Entry = SECURITY;
}

/// What an attempt replaces, once the new address is proved.
pub(super) fn replaced(attempt: &Attempt) -> Option<Replaced> {
    let new = adding::proved(attempt)?;
    Some(Replaced { kind: new.kind, old: attempt.replaces.clone()?, new: new.value })
}

/// `GET /account/security/replace/{attempt}`.
pub(in crate::account) async fn get(
    app: web::Data<AppState>,
    request: HttpRequest,
    path: web::Path<String>,
) -> Result<HttpResponse, Refused> {
    let visitor = Visitor::of(&app, &request);
    let SignedIn { account, session } = session::required(&visitor).await?;
    let visitor = visitor.with_settings_of(&account);
    let attempt = adding::load(&visitor, &path, &account).await?;
    let replaced = replaced(&attempt).ok_or(ErrorKind::Expired)?;
    let (state, now, own) = (app.clone(), app.clock.now(), replaced.clone());
    let read = app
        .store
        .read(move |connection| address::may_take_away(connection, &state, (&account, &session), &own.goes(), now));
    let page = ReplacePage {
        is_enough: read.await?,
        attempt: path.clone(),
        kind: replaced.kind,
        old: in_full(replaced.kind, &replaced.old),
        new: in_full(replaced.kind, &replaced.new),
        prove_url: urls::prove_again(urls::checked_continue(Some(&urls::replace_address(&path)))),
        hours: super::waiting_hours(&app),
        page: visitor.page.clone(),
    };
    Ok(visitor.show(&page)?)
}

/// `POST /account/security/replace/{attempt}`.
pub(in crate::account) async fn post(
    app: web::Data<AppState>,
    request: HttpRequest,
    path: web::Path<String>,
    payload: web::Payload,
) -> Result<HttpResponse, Refused> {
    let visitor = Visitor::of(&app, &request);
    let signed_in = session::required(&visitor).await?;
    let form = visitor.form(payload).await?;
    let waits = match form.get("decision") {
        Some("now") => false,
        Some("wait") => true,
        _ => return Err(ErrorKind::Unreadable.into()),
    };
    let attempt = adding::load(&visitor, &path, &signed_in.account).await?;
    let (state, actor) = (app.clone(), Actor::signed_in(&visitor, &signed_in));
    let write = app.store.write(move |connection| {
        if waits { wait(connection, &state, &attempt, &actor) } else { at_once(connection, &state, &attempt, &actor) }
    });
    let decided = write.await?;
    app.outbox_bell.notify_one();
    Ok(match decided.ok_or(ErrorKind::Expired)? {
        Decided::Note(note) => visitor.go(&note.url(), []),
        Decided::NotEnough => visitor.go(&urls::replace_address(&path), []),
    })
}

/// What came of it.
pub(super) enum Decided {
    /// This.
    Note(SecurityNote),
    /// More has to be proved, or it has to wait.
    NotEnough,
}

/// Puts the new address in the place of the old one, where enough was proved. The attempt is used up, once: `None` for
/// whoever comes second.
pub(super) fn at_once(
    connection: &mut Connection,
    app: &AppState,
    attempt: &Attempt,
    actor: &Actor,
) -> Result<Option<Decided>, StoreError> {
    let now = app.clock.now();
    let (Some(replaced), Some(session)) = (replaced(attempt), &actor.session) else { return Ok(None) };
    let Some(account) = accounts::hold(connection, session.account_id)? else { return Ok(None) };
    if !address::may_take_away(connection, app, (&account, session), &replaced.goes(), now)? {
        return Ok(Some(Decided::NotEnough));
    }
    if !attempts::close(connection, &attempt.id_digest, now)? {
        return Ok(None);
    }
    let outcome = address::replace(connection, app, account.id, actor, &replaced)?;
    Ok(Some(Decided::Note(SecurityNote::of(outcome, SecurityNote::Changed))))
}

/// Lets it wait. The attempt is used up, once.
fn wait(
    connection: &mut Connection,
    app: &AppState,
    attempt: &Attempt,
    actor: &Actor,
) -> Result<Option<Decided>, StoreError> {
    let (Some(replaced), Some(session)) = (replaced(attempt), &actor.session) else { return Ok(None) };
    if accounts::hold(connection, session.account_id)?.is_none()
        || !attempts::close(connection, &attempt.id_digest, app.clock.now())?
    {
        return Ok(None);
    }
    let outcome = match replacement::begin(connection, app, session.account_id, actor, &replaced)? {
        Begun::Waiting(_) => Outcome::Done,
        Begun::Refused(outcome) => outcome,
    };
    Ok(Some(Decided::Note(SecurityNote::of(outcome, SecurityNote::Waits))))
}
