//! The question whether to connect a sign-in that another provider has just vouched for in this browser, and the connecting.
//! Whoever was sent to sign in or up on the way comes here with both proofs.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::super::{Entry, InCentre, SECURITY};
use super::list::{self, ConnectedNote};
use crate::app::AppState;
use crate::change::actor::Actor;
use crate::change::upstream::{self, Connected};
use crate::credentials::upstream::label;
use crate::security::random;
use crate::session::{self, Refused, SignedIn};
use crate::store::accounts::Account;
use crate::store::addresses;
use crate::store::upstream_proofs::{self, UpstreamProof};
use crate::web::error::ErrorKind;
use crate::web::page::Page;
use crate::web::person::{Person, masked_main};
use crate::web::visitor::Visitor;
use crate::web::{sign_in_context, urls};

/// Asks.
#[derive(Debug, Template)]
#[template(path = "account/connected/confirm.html")]
pub struct ConfirmConnectedPage {
    /// What every page carries.
    pub page: Page,
    /// What the pages carry of the proof.
    pub proof: String,
    /// Whose account it is to open.
    pub person: Person,
    /// What the provider is called.
    pub label: String,
    /// Who it is there, as the provider says it.
    pub known_as: Option<String>,
    /// Why it cannot be connected.
    pub problem: Option<ConfirmProblem>,
    /// Where "not now" leads.
    pub skip_url: String,
}

impl InCentre for ConfirmConnectedPage {
    const HERE: Entry = SECURITY;
}

/// Why it is not connected, as the page says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConfirmProblem {
    /// It opens another account.
    Taken,
    /// There are as many as there may be.
    Full,
    /// Changes are stopped.
    Frozen,
}

impl ConfirmProblem {
    const fn key(self) -> &'static str {
        match self {
            Self::Taken => "connected-taken",
            Self::Full => "connected-full",
            Self::Frozen => "connected-frozen",
        }
    }
}

/// The proof of this browser, for this account.
async fn proof_for(visitor: &Visitor, id: &str, account: &Account) -> Result<UpstreamProof, Refused> {
    let (digest, binding, now) = (random::sha256(id), visitor.binding_digest(), visitor.app.clock.now());
    let read = visitor.app.store.read(move |connection| upstream_proofs::find(connection, &digest, &binding, now));
    let found = read.await?.filter(|proof| proof.account_id.is_none_or(|own| own == account.id));
    Ok(found.ok_or(ErrorKind::Expired)?)
}

/// `GET /account/security/connected/confirm/{proof}`.
pub(in crate::account) async fn get(
    app: web::Data<AppState>,
    request: HttpRequest,
    path: web::Path<String>,
) -> Result<HttpResponse, Refused> {
    let visitor = Visitor::of(&app, &request);
    let id = path.into_inner();
    let SignedIn { account, .. } = session::fresh(&visitor, &urls::confirm_connected(&id)).await?;
    let proof = proof_for(&visitor, &id, &account).await?;
    show(visitor, (&id, &proof), &account, None).await
}

/// `POST /account/security/connected/confirm/{proof}`.
pub(in crate::account) async fn post(
    app: web::Data<AppState>,
    request: HttpRequest,
    path: web::Path<String>,
    payload: web::Payload,
) -> Result<HttpResponse, Refused> {
    let visitor = Visitor::of(&app, &request);
    let id = path.into_inner();
    visitor.form(payload).await?;
    let signed_in = session::fresh(&visitor, &urls::confirm_connected(&id)).await?;
    let proof = proof_for(&visitor, &id, &signed_in.account).await?;
    let (state, actor, own) = (app.clone(), Actor::signed_in(&visitor, &signed_in), proof.clone());
    let write = app.store.write(move |connection| upstream::connect(connection, &state, &actor, &own));
    let connected = write.await?;
    let problem = match connected {
        Connected::Done | Connected::Own => None,
        Connected::Taken => Some(ConfirmProblem::Taken),
        Connected::Full => Some(ConfirmProblem::Full),
        Connected::Frozen => Some(ConfirmProblem::Frozen),
        Connected::TooLate => return Err(ErrorKind::Expired.into()),
    };
    if problem.is_some() {
        return show(visitor, (&id, &proof), &signed_in.account, problem).await;
    }
    app.outbox_bell.notify_one();
    match ConnectedNote::of(connected) {
        Some(note) if !leads_on(&proof) => Ok(list::go_back(&visitor, note)),
        _ => Ok(visitor.go(&proof.continue_to, [])),
    }
}

/// Whether somebody was on the way to somewhere, and not to the list.
fn leads_on(proof: &UpstreamProof) -> bool {
    proof.continue_to != urls::CONNECTED && proof.continue_to != urls::ACCOUNT
}

async fn show(
    visitor: Visitor,
    (id, proof): (&str, &UpstreamProof),
    account: &Account,
    problem: Option<ConfirmProblem>,
) -> Result<HttpResponse, Refused> {
    let asking = sign_in_context::asking(&visitor, &proof.continue_to).await?;
    let mut visitor = visitor.with_settings_of(account).with_ui_locales(asking.context.ui_locales.as_deref());
    visitor.allow_form_action(asking.form_action());
    let account_id = account.id;
    let owned = visitor.app.store.read(move |connection| addresses::of_account(connection, account_id)).await?;
    let page = ConfirmConnectedPage {
        page: visitor.page.clone(),
        proof: id.to_owned(),
        person: Person::of(account, masked_main(&owned)),
        label: label(&visitor.app.config.upstream, &proof.issuer),
        known_as: proof.known_as.clone(),
        problem,
        skip_url: proof.continue_to.clone(),
    };
    let status = if problem.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok(visitor.show_as(status, &page)?)
}
