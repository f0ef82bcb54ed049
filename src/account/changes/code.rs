//! A code to an address that the account had before a change undoes it. `/account/changes/{token}/send` sends it (`attempt`,
//! `channel`), `/account/changes/{token}/code` asks for it. Which address it went to, and whether there is one, is not said.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::{Finished, Linked, finish, load_attempt};
use crate::account::code_entry::{self, CodeEntry, CodeFault, CodeFrom, Refusal};
use crate::app::AppState;
use crate::change::actor::Actor;
use crate::change::address::Named;
use crate::change::undo::{self, EarlierProof};
use crate::credentials::gate::Showing;
use crate::credentials::one_time_code::{self, Sending, Target};
use crate::credentials::sms::proof_of_work;
use crate::credentials::{Kind, second_step};
use crate::delivery::Destination;
use crate::session::Proof;
use crate::store::addresses::{Address, AddressKind};
use crate::store::attempts::Attempt;
use crate::store::columns::Words;
use crate::store::one_time_codes::Channel;
use crate::web::error::ErrorKind;
use crate::web::error_page::PageError;
use crate::web::page::Page;
use crate::web::parameters;
use crate::web::urls;
use crate::web::visitor::Visitor;

/// Asks for the six digits.
#[derive(Debug, Template)]
#[template(path = "account/changes/code.html")]
pub struct ChangeCodePage {
    /// What every page carries.
    pub page: Page,
    /// What the link names the change by.
    pub token: String,
    /// The hidden `attempt`.
    pub attempt: String,
    /// Where codes stand.
    pub entry: CodeEntry,
}

fn page_url(token: &str, id: &str, channel: Channel) -> String {
    let query = parameters::encode([("attempt", id), ("channel", channel.as_str())]);
    format!("{}/code?{query}", urls::change(token))
}

/// `POST /account/changes/{token}/send`.
pub(in crate::account) async fn send(
    app: web::Data<AppState>,
    request: HttpRequest,
    path: web::Path<String>,
    payload: web::Payload,
) -> Result<HttpResponse, PageError> {
    let visitor = Visitor::of(&app, &request);
    let form = visitor.form(payload).await?;
    let id = form.get("attempt").unwrap_or_default();
    let Ok(solved) = proof_of_work::brought(&visitor, id, &form) else {
        return Ok(visitor.go(&urls::held(id, Channel::Sms.as_str()), []));
    };
    let (Linked { change, .. }, attempt) = load_attempt(&visitor, Some(id), &path).await?;
    let channel = form.get("channel").and_then(Channel::parse).ok_or(ErrorKind::Unreadable)?;
    let earlier = app.store.read(move |connection| undo::earlier(connection, &change)).await?;
    let target = Target::Only(destination(&earlier, channel));
    let page = page_url(&path, id, channel);
    match one_time_code::send_to(&visitor, &attempt, channel, target, solved).await? {
        Sending::Held => Ok(visitor.go(&urls::held(id, channel.as_str()), [])),
        Sending::Sent => Ok(visitor.go(&page, [])),
        Sending::NotNow => Ok(visitor.go(&format!("{page}&note=soon"), [])),
        Sending::TooMany => Err(ErrorKind::TooMany.into()),
    }
}

fn destination(earlier: &[Address], channel: Channel) -> Option<Destination> {
    let first = |kind| earlier.iter().find(|address| address.kind == kind).map(|address| address.value.clone());
    match channel {
        Channel::Sms => first(AddressKind::Phone).map(Destination::Phone),
        Channel::Email => first(AddressKind::Email).map(Destination::Email),
    }
}

/// `GET /account/changes/{token}/code`.
pub(in crate::account) async fn get(
    app: web::Data<AppState>,
    request: HttpRequest,
    path: web::Path<String>,
) -> Result<HttpResponse, PageError> {
    let visitor = Visitor::of(&app, &request);
    let query = visitor.query()?;
    let id = query.get("attempt").unwrap_or_default();
    let channel = query.get("channel").and_then(Channel::parse).ok_or(ErrorKind::Expired)?;
    let (_, attempt) = load_attempt(&visitor, Some(id), &path).await?;
    let entry = CodeEntry::of(&visitor, &attempt, channel, query.get("note") == Some("soon")).await?;
    show(&visitor, &path, id, entry)
}

/// `POST /account/changes/{token}/code`.
pub(in crate::account) async fn post(
    app: web::Data<AppState>,
    request: HttpRequest,
    path: web::Path<String>,
    payload: web::Payload,
) -> Result<HttpResponse, PageError> {
    let visitor = Visitor::of(&app, &request);
    let form = visitor.form(payload).await?;
    let id = form.get("attempt").unwrap_or_default();
    let (linked, attempt) = load_attempt(&visitor, Some(id), &path).await?;
    let channel = form.get("channel").and_then(Channel::parse).ok_or(ErrorKind::Unreadable)?;
    let outcome = match code_entry::typed(form.get("code")) {
        None => Err(Refusal::Again(CodeFault::Missing)),
        Some(typed) => enter(&visitor, linked, &attempt, typed).await?,
    };
    match outcome {
        Ok(Finished::Undone(passed, note)) => second_step::go_on(&visitor, id, &note.url(), passed),
        Ok(Finished::NotEnough | Finished::Over) => Err(ErrorKind::Expired.into()),
        Ok(Finished::Locked(reason)) => Err(PageError::locked(reason)),
        Err(Refusal::Error(kind)) => Err(kind.into()),
        Err(Refusal::Again(fault)) => {
            let mut entry = CodeEntry::of(&visitor, &attempt, channel, false).await?;
            entry.error = Some(fault);
            show(&visitor, &path, id, entry)
        }
    }
}

/// Takes a try, and carries out what follows from a right code, in one write.
async fn enter(
    visitor: &Visitor,
    linked: Linked,
    attempt: &Attempt,
    typed: String,
) -> Result<Result<Finished, Refusal>, PageError> {
    let (state, from, actor) = (visitor.app.clone(), CodeFrom::of(visitor), Actor::stranger(visitor));
    let (attempt, who) = (attempt.clone(), Proof::of(visitor, linked.account.id, Words::default()));
    let write = visitor.app.store.write(move |connection| {
        let (kind, value, channel) = match code_entry::check(connection, &from, &attempt, &typed)? {
            Ok(right) => right,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let showing = Showing::of(&attempt, Kind::OneTimeCode(channel), who.by(&value));
        let proof = EarlierProof::Address(Named { kind, value });
        finish(connection, &state, &linked.change, (&proof, &showing), &actor).map(Ok)
    });
    let outcome = write.await?;
    visitor.app.outbox_bell.notify_one();
    Ok(outcome)
}

fn show(visitor: &Visitor, token: &str, id: &str, entry: CodeEntry) -> Result<HttpResponse, PageError> {
    let status = if entry.error.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let page = ChangeCodePage { page: visitor.page.clone(), token: token.to_owned(), attempt: id.to_owned(), entry };
    visitor.show_as(status, &page)
}
