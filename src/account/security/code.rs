//! The code that proves a new address. Posts `code` to `/account/security/code/{attempt}`; "New code" posts to
//! `/account/security/code/{attempt}/send`.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::replace::{self, Decided};
use super::{SecurityNote, in_full};
use crate::account::SECURITY;
use crate::account::code_entry::{self, CodeEntry, CodeFault, CodeFrom, Refusal};
use crate::app::AppState;
use crate::change::actor::Actor;
use crate::change::adding;
use crate::change::address::{self, Named, Outcome};
use crate::change::recycled;
use crate::clock::Timestamp;
use crate::credentials::dormancy;
use crate::credentials::one_time_code::{Sending, default_channel};
use crate::credentials::sms::proof_of_work;
use crate::session::{self, Refused, SignedIn};
use crate::store::accounts;
use crate::store::addresses::{self, AddressKind};
use crate::store::attempts::{self, Attempt};
use crate::store::one_time_codes::Channel;
use crate::store::{Connection, StoreError};
use crate::web::error::ErrorKind;
use crate::web::page::Page;
use crate::web::visitor::Visitor;
use crate::web::{sign_in_context, urls};

/// Asks for the six digits.
#[derive(Debug, Template)]
#[template(path = "account/security/code.html")]
pub struct AddressCodePage {
    /// What every page carries.
    pub page: Page,
    /// The attempt, in the form's address.
    pub attempt: String,
    /// Phone or e-mail.
    pub kind: AddressKind,
    /// Where the code went, as typed.
    pub address: String,
    /// Where codes stand.
    pub entry: CodeEntry,
    /// The link back, without the address.
    pub back_url: String,
}

/// `GET /account/security/code/{attempt}`.
pub(in crate::account) async fn get(
    app: web::Data<AppState>,
    request: HttpRequest,
    path: web::Path<String>,
) -> Result<HttpResponse, Refused> {
    let visitor = Visitor::of(&app, &request);
    let SignedIn { account, .. } = session::required(&visitor).await?;
    let visitor = visitor.with_settings_of(&account);
    let attempt = adding::load(&visitor, &path, &account).await?;
    let too_soon = visitor.query()?.get("note") == Some("soon");
    show(visitor, &path, &attempt, too_soon, None).await
}

/// `POST /account/security/code/{attempt}/send`.
pub(in crate::account) async fn send(
    app: web::Data<AppState>,
    request: HttpRequest,
    path: web::Path<String>,
    payload: web::Payload,
) -> Result<HttpResponse, Refused> {
    let visitor = Visitor::of(&app, &request);
    let SignedIn { account, .. } = session::required(&visitor).await?;
    let form = visitor.form(payload).await?;
    let Ok(solved) = proof_of_work::brought(&visitor, &path, &form) else {
        return Ok(visitor.go(&urls::held(&path, Channel::Sms.as_str()), []));
    };
    let attempt = adding::load(&visitor, &path, &account).await?;
    let note = match adding::send(&visitor, &attempt, solved).await? {
        Sending::Held => return Ok(visitor.go(&adding::held(&path, &attempt), [])),
        Sending::NotNow => "?note=soon",
        Sending::Sent | Sending::TooMany => "",
    };
    Ok(visitor.go(&format!("{}{note}", urls::address_code(&path)), []))
}

/// `POST /account/security/code/{attempt}`.
pub(in crate::account) async fn post(
    app: web::Data<AppState>,
    request: HttpRequest,
    path: web::Path<String>,
    payload: web::Payload,
) -> Result<HttpResponse, Refused> {
    let visitor = Visitor::of(&app, &request);
    let signed_in = session::required(&visitor).await?;
    let visitor = visitor.with_settings_of(&signed_in.account);
    let form = visitor.form(payload).await?;
    let attempt = adding::load(&visitor, &path, &signed_in.account).await?;
    if attempt.replaces.is_none() {
        // A new way in wants a fresh proof; what takes the place of an old one is judged by itself.
        session::fresh(&visitor, &urls::address_code(&path)).await?;
    }
    let Some(typed) = code_entry::typed(form.get("code")) else {
        return show(visitor, &path, &attempt, false, Some(CodeFault::Missing)).await;
    };
    let (state, from, actor) = (app.clone(), CodeFrom::of(&visitor), Actor::signed_in(&visitor, &signed_in));
    let (own, account_id) = (attempt.clone(), signed_in.account.id);
    let write = app.store.write(move |connection| {
        let named = match code_entry::check(connection, &from, &own, &typed)? {
            Ok((kind, value, _)) => Named { kind, value },
            Err(refusal) => return Ok(Err(refusal)),
        };
        if own.replaces.is_none() {
            return add(connection, &state, (account_id, &own), &actor, &named).map(Ok);
        }
        attempts::proved(connection, &own.id_digest, named.kind, &named.value)?;
        let own = Attempt { proved_kind: Some(named.kind), proved_address: Some(named.value), ..own };
        replace::at_once(connection, &state, &own, &actor).map(Ok)
    });
    let decided = write.await?;
    app.outbox_bell.notify_one();
    match decided {
        Err(Refusal::Again(fault)) => show(visitor, &path, &attempt, false, Some(fault)).await,
        Err(Refusal::Error(kind)) => Err(kind.into()),
        Ok(None) => Err(ErrorKind::Expired.into()),
        Ok(Some(Decided::NotEnough)) => Ok(visitor.go(&urls::replace_address(&path), [])),
        // Somebody on the way to an app goes on there.
        Ok(Some(Decided::Note(SecurityNote::Added))) if attempt.continue_to != SECURITY.path => {
            Ok(visitor.go(&attempt.continue_to, []))
        }
        Ok(Some(Decided::Note(note))) => Ok(visitor.go(&note.url(), [])),
    }
}

/// Adds the proved address. One of an account that nobody has used for long is a number that was given to somebody else:
/// then it moves here, after a wait.
fn add(
    connection: &mut Connection,
    app: &AppState,
    (account_id, attempt): (i64, &Attempt),
    actor: &Actor,
    named: &Named,
) -> Result<Option<Decided>, StoreError> {
    let now = app.clock.now();
    let owner = addresses::owner(connection, named.kind, &named.value)?;
    accounts::hold_all(connection, [Some(account_id), owner.as_ref().map(|owner| owner.id)])?;
    if !attempts::close(connection, &attempt.id_digest, now)? {
        return Ok(None);
    }
    let outcome = address::add(connection, account_id, actor, named, now)?;
    if outcome == Outcome::Taken && begins_to_move(connection, app, account_id, actor, (named, now))? {
        return Ok(Some(Decided::Note(SecurityNote::Moves)));
    }
    Ok(Some(Decided::Note(SecurityNote::of(outcome, SecurityNote::Added))))
}

fn begins_to_move(
    connection: &mut Connection,
    app: &AppState,
    account_id: i64,
    actor: &Actor,
    (named, now): (&Named, Timestamp),
) -> Result<bool, StoreError> {
    let Some(owner) = addresses::owner(connection, named.kind, &named.value)? else { return Ok(false) };
    if !dormancy::is_too_little(connection, app, &owner, named.kind, now)?
        || !recycled::may_begin(connection, &owner, &named.value, now)?
    {
        return Ok(false);
    }
    recycled::begin(connection, app, (&owner, &named.value, account_id), actor, now)?;
    Ok(true)
}

async fn show(
    visitor: Visitor,
    id: &str,
    attempt: &Attempt,
    too_soon: bool,
    fault: Option<CodeFault>,
) -> Result<HttpResponse, Refused> {
    let asking = sign_in_context::asking(&visitor, &attempt.continue_to).await?;
    let mut visitor = visitor;
    visitor.allow_form_action(asking.form_action());
    let channel = default_channel(attempt.identifier_kind);
    let mut entry = CodeEntry::of(&visitor, attempt, channel, too_soon).await?;
    entry.error = fault.or(entry.error);
    let status = if entry.error.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let kind = match channel {
        Channel::Sms => AddressKind::Phone,
        Channel::Email => AddressKind::Email,
    };
    let page = AddressCodePage {
        page: visitor.page.clone(),
        attempt: id.to_owned(),
        kind,
        address: in_full(kind, &attempt.identifier),
        entry,
        back_url: attempt.continue_to.clone(),
    };
    Ok(visitor.show_as(status, &page)?)
}
