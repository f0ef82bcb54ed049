//! Signing in with another provider. The buttons of the first pages post `continue` to `/signin/upstream/{provider}`, which
//! leads there; the provider leads back to `/signin/upstream/{provider}/callback`. Who is known here is signed in; who is not
//! comes to `/signin/unlinked`, which leads to an account, old or new, that is proved by itself.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::passkey::begun;
use crate::app::AppState;
use crate::credentials::gate::{self, Passed, Showing};
use crate::credentials::upstream::{self, Errand, Failed, Problem, Returned, Weight};
use crate::credentials::{Kind, second_step};
use crate::security::upstream::Provider;
use crate::session::{self, Presented, Proof};
use crate::store::accounts::{self, AccountState};
use crate::store::attempts::AttemptPurpose;
use crate::store::{StoreError, upstream_links};
use crate::web::error::ErrorKind;
use crate::web::error_page::PageError;
use crate::web::visitor::Visitor;
use crate::web::{door::AppDoor, leaving, page::Page, sign_in_context, urls};

/// Says why a sign-in elsewhere came to nothing, and what else there is.
#[derive(Debug, Template)]
#[template(path = "signin/upstream.html")]
pub struct UpstreamPage {
    /// What every page carries.
    pub page: Page,
    /// The app that asks.
    pub app: Option<AppDoor>,
    /// What the provider is called.
    pub label: String,
    /// Why.
    pub problem: Problem,
    /// Where the other ways are.
    pub other_url: String,
}

fn provider<'a>(app: &'a AppState, name: &str) -> Result<&'a Provider, ErrorKind> {
    app.upstreams.get(name).ok_or(ErrorKind::NotFound)
}

/// `POST /signin/upstream/{provider}`: leads to the provider.
pub async fn post(
    app: web::Data<AppState>,
    request: HttpRequest,
    path: web::Path<String>,
    payload: web::Payload,
) -> Result<HttpResponse, PageError> {
    let visitor = Visitor::of(&app, &request);
    let form = visitor.form(payload).await?;
    let provider = provider(&app, &path.into_inner())?;
    let continue_to = urls::checked_continue(form.get("continue")).to_owned();
    let errand = Errand { account_id: None, continue_to: continue_to.clone() };
    match upstream::begin(&visitor, provider, errand).await? {
        Ok(to) => leaving::go(&visitor, &provider.config.label, &to),
        Err(problem) => show(visitor, provider, problem, (&continue_to, false)).await,
    }
}

/// `GET /signin/upstream/{provider}`: there is nothing to see; the button is on the first page.
pub async fn get(app: web::Data<AppState>, request: HttpRequest) -> Result<HttpResponse, PageError> {
    let visitor = Visitor::of(&app, &request);
    let continue_to = urls::checked_continue(visitor.query()?.get("continue")).to_owned();
    Ok(visitor.go(&urls::sign_in(&continue_to), []))
}

/// `GET /signin/upstream/{provider}/callback`: what the provider answers.
pub async fn callback(
    app: web::Data<AppState>,
    request: HttpRequest,
    path: web::Path<String>,
) -> Result<HttpResponse, PageError> {
    let visitor = Visitor::of(&app, &request);
    let provider = provider(&app, &path.into_inner())?;
    let query = visitor.query()?;
    let returned = match upstream::returned(&visitor, provider, &query).await? {
        Ok(returned) => returned,
        Err(Failed { problem, request }) => {
            let connects = request.as_ref().is_some_and(|own| own.account_id.is_some());
            let continue_to = request.map_or_else(|| urls::ACCOUNT.to_owned(), |own| own.continue_to);
            return show(visitor, provider, problem, (&continue_to, connects)).await;
        }
    };
    let continue_to = returned.request.continue_to.clone();
    match open(&visitor, provider, returned).await? {
        Opened::Passed(id, passed) => second_step::go_on(&visitor, &id, &continue_to, passed),
        Opened::Unlinked(id) => Ok(visitor.go(&urls::unlinked(&id), [])),
        Opened::ToConnect(id) => Ok(visitor.go(&urls::confirm_connected(&id), [])),
        Opened::NotSignedIn => show(visitor, provider, Problem::TooLate, (&continue_to, true)).await,
    }
}

/// What somebody who has come back opens.
enum Opened {
    /// The gate has spoken.
    Passed(String, Passed),
    /// Nothing: it is no account's.
    Unlinked(String),
    /// The question whether to connect it.
    ToConnect(String),
    /// Nothing: who wanted to connect it is not signed in here any more.
    NotSignedIn,
}

/// What an answer of the provider opens, by the gate that every way in goes through, in an attempt of its own. What was to be
/// connected signs nobody in.
async fn open(visitor: &Visitor, provider: &Provider, returned: Returned) -> Result<Opened, StoreError> {
    let app = visitor.app.get_ref().clone();
    let kind = Kind::Upstream(Weight::of(provider, &returned.identity));
    let proof = Proof::of(visitor, 0, kind.amr());
    let (binding_digest, cookie) = (visitor.binding_digest(), Presented::of(visitor));
    let write = visitor.app.store.write(move |connection| {
        let now = app.clock.now();
        if let Some(account_id) = returned.request.account_id {
            let running = session::of_browser(connection, cookie.as_ref(), now)?;
            if running.first().is_none_or(|own| own.account.id != account_id) {
                return Ok(Opened::NotSignedIn);
            }
            return upstream::keep(connection, &returned, now).map(Opened::ToConnect);
        }
        let identity = &returned.identity;
        let link = upstream_links::by_identity(connection, &identity.issuer, &identity.subject)?;
        let Some(link) = link else { return upstream::keep(connection, &returned, now).map(Opened::Unlinked) };
        let held = accounts::hold(connection, link.account_id)?;
        let passed = |passed| Ok(Opened::Passed(String::new(), passed));
        let Some(account) = held else { return passed(Passed::Expired) };
        // Of a locked account nothing is used.
        if account.state == AccountState::Locked {
            return passed(Passed::Locked(account.lock_reason));
        }
        // Held since: what was disconnected meanwhile opens nothing.
        if !upstream_links::used(connection, account.id, link.id, now)? {
            return passed(Passed::Expired);
        }
        let continue_to = &returned.request.continue_to;
        let (id, attempt) = begun(connection, &account, binding_digest, (AttemptPurpose::SignIn, continue_to), now)?;
        // As old as it is there: nobody is told that somebody has just signed in who did so yesterday.
        let since = identity.auth_time.map_or(now, |at| at.min(now));
        let showing = Showing::of(&attempt, kind, Proof { account_id: account.id, since, ..proof });
        Ok(Opened::Passed(id, gate::pass(connection, &app, &showing, now)?))
    });
    write.await
}

/// `connects`: whether it was not to sign in.
async fn show(
    visitor: Visitor,
    provider: &Provider,
    problem: Problem,
    (continue_to, connects): (&str, bool),
) -> Result<HttpResponse, PageError> {
    let label = provider.config.label.clone();
    let asking = sign_in_context::asking(&visitor, continue_to).await?;
    let visitor = visitor.with_ui_locales(asking.context.ui_locales.as_deref());
    let page = UpstreamPage {
        page: visitor.page.clone(),
        app: asking.app,
        label,
        problem,
        other_url: if connects { urls::CONNECTED.to_owned() } else { urls::sign_in(continue_to) },
    };
    visitor.show_as(StatusCode::UNPROCESSABLE_ENTITY, &page)
}
