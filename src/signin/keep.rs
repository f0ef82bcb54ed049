//! Signing in to an account that is going to be deleted: who it is is proved, and whether the account stays is asked before
//! anything else. Posts `attempt` to `/signin/keep`; the account is in use again, and the person signed in.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use crate::app::AppState;
use crate::change::deletion;
use crate::credentials::{Kind, attempt, gate, second_step};
use crate::session::Proof;
use crate::store::Connection;
use crate::store::accounts::{self, Account};
use crate::store::addresses;
use crate::store::attempts::{Attempt, AttemptPurpose};
use crate::store::columns::Words;
use crate::web::error::ErrorKind;
use crate::web::error_page::PageError;
use crate::web::person::masked_main;
use crate::web::visitor::Visitor;
use crate::web::{door::AppDoor, moment::Moment, page::Page, person::Person, sign_in_context, urls};

/// Asks whether the account stays.
#[derive(Debug, Template)]
#[template(path = "signin/keep.html")]
pub struct KeepPage {
    /// What every page carries.
    pub page: Page,
    /// The app that asks.
    pub app: Option<AppDoor>,
    /// Whose account it is.
    pub person: Person,
    /// The hidden `attempt`.
    pub attempt: String,
    /// When it will be gone.
    pub until: Option<Moment>,
    /// Where "leave it" leads.
    pub leave_url: String,
}

/// `GET /signin/keep`.
pub async fn get(app: web::Data<AppState>, request: HttpRequest) -> Result<HttpResponse, PageError> {
    let visitor = Visitor::of(&app, &request);
    let query = visitor.query()?;
    let id = query.get("attempt").unwrap_or_default();
    let (attempt, account_id) = load(&visitor, id).await?;
    let asking = sign_in_context::asking(&visitor, &attempt.continue_to).await?;
    let now = app.clock.now();
    let read = app.store.read(move |connection| {
        let Some(account) = accounts::by_id(connection, account_id)? else { return Ok(None) };
        let owned = addresses::of_account(connection, account_id)?;
        Ok(Some((account, owned, deletion::due_at(connection, account_id, now)?)))
    });
    let (account, owned, due_at) = read.await?.ok_or(ErrorKind::Expired)?;
    let mut visitor = visitor.with_settings_of(&account).with_ui_locales(asking.context.ui_locales.as_deref());
    visitor.allow_form_action(asking.form_action());
    let until = due_at.map(|at| visitor.page.full(at));
    let page = KeepPage {
        page: visitor.page.clone(),
        app: asking.app,
        person: Person::of(&account, masked_main(&owned)),
        attempt: id.to_owned(),
        until,
        leave_url: urls::sign_in(&attempt.continue_to),
    };
    visitor.show(&page)
}

/// `POST /signin/keep`.
pub async fn post(
    app: web::Data<AppState>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, PageError> {
    let visitor = Visitor::of(&app, &request);
    let form = visitor.form(payload).await?;
    let id = form.get("attempt").unwrap_or_default();
    let (attempt, account_id) = load(&visitor, id).await?;
    let (continue_to, now) = (attempt.continue_to.clone(), app.clock.now());
    let (state, proof) = (app.clone(), Proof::of(&visitor, account_id, Words::default()));
    // One that was kept in another browser meanwhile takes a sign-in of its own.
    let write = app.store.write(move |connection| {
        let keep =
            |connection: &mut Connection, account: &Account, _: &[Kind]| deletion::keep(connection, account, now);
        gate::resume(connection, &state, (&attempt, &proof), keep, now)
    });
    second_step::go_on(&visitor, id, &continue_to, write.await?)
}

/// The attempt, where it has proved whose account it is and nothing is decided yet.
async fn load(visitor: &Visitor, id: &str) -> Result<(Attempt, i64), PageError> {
    let attempt = attempt::load_for(visitor, Some(id), &[AttemptPurpose::Keep]).await?;
    let account_id = attempt.account_id.ok_or(ErrorKind::Expired)?;
    Ok((attempt, account_id))
}
