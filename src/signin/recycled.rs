//! After a right code to the number of an account that nobody has used for long. Whoever has the number now may be somebody
//! else, so nothing of that account is shown, and the number alone does not open it. Three ways on: its password (posted to
//! `/signin/password`), another of its addresses (posted to `/signin`), or an account of one's own, which the number moves to
//! later. Where such an account waits for the number, posts `attempt` to `/signin/recycled` to go on with it.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use crate::app::AppState;
use crate::change::recycled::waiting_move;
use crate::clock::Timestamp;
use crate::credentials::dormancy::is_too_little;
use crate::credentials::gate::{self, Passed, Showing};
use crate::credentials::{Kind, attempt, second_step};
use crate::session::Proof;
use crate::store::accounts::{self, Account, AccountState};
use crate::store::addresses;
use crate::store::attempts::Attempt;
use crate::store::columns::Words;
use crate::store::one_time_codes::Channel;
use crate::store::{Connection, StoreError};
use crate::web::error::ErrorKind;
use crate::web::error_page::PageError;
use crate::web::visitor::Visitor;
use crate::web::{door::AppDoor, moment::Moment, page::Page};
use crate::web::{parameters, sign_in_context, urls};

/// Asks whose account it is.
#[derive(Debug, Template)]
#[template(path = "signin/recycled.html")]
pub struct RecycledPage {
    /// What every page carries.
    pub page: Page,
    /// The app that asks.
    pub app: Option<AppDoor>,
    /// The hidden `attempt`.
    pub attempt: String,
    /// Where to go on after sign-in: a checked, local path.
    pub continue_to: Option<String>,
    /// Where an account of one's own is made; none where one waits already.
    pub new_url: Option<String>,
    /// When the number moves to the account that waits for it.
    pub moves: Option<Moment>,
}

/// The account whose number an attempt has proved, where that is too little; and the number.
fn owner(
    connection: &mut Connection,
    app: &AppState,
    attempt: &Attempt,
    now: Timestamp,
) -> Result<Option<(Account, String)>, StoreError> {
    let Some((kind, number)) = attempt.proved_kind.zip(attempt.proved_address.clone()) else { return Ok(None) };
    let Some(account) = addresses::owner(connection, kind, &number)? else { return Ok(None) };
    Ok(is_too_little(connection, app, &account, kind, now)?.then_some((account, number)))
}

/// `GET /signin/recycled?attempt=…`.
pub async fn get(app: web::Data<AppState>, request: HttpRequest) -> Result<HttpResponse, PageError> {
    let visitor = Visitor::of(&app, &request);
    let query = visitor.query()?;
    let id = query.get("attempt").unwrap_or_default();
    let attempt = attempt::load(&visitor, Some(id)).await?;
    let (state, own, now) = (app.clone(), attempt.clone(), app.clock.now());
    let read = app.store.read(move |connection| {
        let Some((account, number)) = owner(connection, &state, &own, now)? else { return Ok(None) };
        Ok(Some(waiting_move(connection, &account, &number, now)?))
    });
    let moves = read.await?.ok_or(ErrorKind::Expired)?;
    let asking = sign_in_context::asking(&visitor, &attempt.continue_to).await?;
    let mut visitor = visitor.with_ui_locales(asking.context.ui_locales.as_deref());
    visitor.allow_form_action(asking.form_action());
    let details = format!("{}/details?{}", urls::SIGN_UP, parameters::encode([("attempt", id)]));
    let page = RecycledPage {
        page: visitor.page.clone(),
        app: asking.app,
        attempt: id.to_owned(),
        continue_to: Some(attempt.continue_to.clone()),
        new_url: moves.is_none().then_some(details),
        moves: moves.and_then(|change| change.due_at).map(|at| visitor.page.day(at)),
    };
    visitor.show(&page)
}

/// `POST /signin/recycled`: goes on with the account that waits for the number. The person said so: it may have been begun
/// by whoever had the number before them.
pub async fn post(
    app: web::Data<AppState>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, PageError> {
    let visitor = Visitor::of(&app, &request);
    let form = visitor.form(payload).await?;
    let id = form.get("attempt").unwrap_or_default();
    let attempt = attempt::load(&visitor, Some(id)).await?;
    let continue_to = attempt.continue_to.clone();
    let (state, now) = (app.clone(), app.clock.now());
    let proof = Proof::of(&visitor, 0, Words::default());
    let write = app.store.write(move |connection| go_on(connection, &state, &attempt, proof, now));
    second_step::go_on(&visitor, id, &continue_to, write.await?)
}

fn go_on(
    connection: &mut Connection,
    app: &AppState,
    attempt: &Attempt,
    proof: Proof,
    now: Timestamp,
) -> Result<Passed, StoreError> {
    let Some((account, number)) = owner(connection, app, attempt, now)? else { return Ok(Passed::Expired) };
    let waiting = waiting_move(connection, &account, &number, now)?;
    let Some(to) = waiting.and_then(|change| change.details.get().and_then(|own| own.other_account)) else {
        return Ok(Passed::Expired);
    };
    let Some(receiver) = accounts::hold(connection, to)? else { return Ok(Passed::Expired) };
    if receiver.state == AccountState::Closing {
        return Ok(Passed::Expired);
    }
    let proof = Proof { account_id: receiver.id, ..proof };
    gate::pass(connection, app, &Showing::of(attempt, Kind::OneTimeCode(Channel::Sms), proof), now)
}
