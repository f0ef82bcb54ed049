//! Setting up a second step on the way in: one is owed, and the account has nothing for it. The sign-in begins when it has.
//! Posts `attempt`, `enrolment` (the sealed secret) and `code` to `/signin/enrol`.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::enrolled::EnrolledPage;
use crate::app::AppState;
use crate::clock::Timestamp;
use crate::credentials::gate::{self, Passed, Showing};
use crate::credentials::recovery_code::NewSet;
use crate::credentials::second_step::{self, HalfWay};
use crate::credentials::steps::Step;
use crate::credentials::totp::Enrolment;
use crate::credentials::two_step::{self, Change, Refusal};
use crate::credentials::{Kind, attempt};
use crate::session::{self, Presented, Proof};
use crate::store::addresses;
use crate::store::attempts::{Attempt, AttemptPurpose};
use crate::store::columns::Words;
use crate::store::{Connection, StoreError};
use crate::web::error::ErrorKind;
use crate::web::error_page::PageError;
use crate::web::shared_secret::{CodeFault, SharedSecret};
use crate::web::visitor::Visitor;
use crate::web::{door::AppDoor, page::Page};
use crate::web::{sign_in_context, urls};

/// Shows the secret, and asks for a code of it.
#[derive(Template)]
#[template(path = "signin/enrol.html")]
pub struct EnrolPage {
    /// What every page carries.
    pub page: Page,
    /// The app that asks.
    pub app: Option<AppDoor>,
    /// What was typed on the first page.
    pub identifier: String,
    /// The link back to the first page.
    pub change_url: String,
    /// The hidden `attempt`.
    pub attempt: String,
    /// What goes into the authenticator app.
    pub secret: SharedSecret,
    /// What is wrong with the code.
    pub error: Option<CodeFault>,
}

/// `GET /signin/enrol`.
pub async fn get(app: web::Data<AppState>, request: HttpRequest) -> Result<HttpResponse, PageError> {
    let visitor = Visitor::of(&app, &request);
    let query = visitor.query()?;
    let id = query.get("attempt").unwrap_or_default();
    match owed(&visitor, id).await? {
        Ok(half_way) => {
            let enrolment = Enrolment::begin(half_way.account.id);
            show(visitor, id, &half_way, &enrolment, None).await
        }
        Err(elsewhere) => Ok(visitor.go(&elsewhere, [])),
    }
}

/// `POST /signin/enrol`.
pub async fn post(
    app: web::Data<AppState>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, PageError> {
    let visitor = Visitor::of(&app, &request);
    let form = visitor.form(payload).await?;
    let id = form.get("attempt").unwrap_or_default();
    let half_way = match owed(&visitor, id).await? {
        Ok(half_way) => half_way,
        Err(elsewhere) => return Ok(visitor.go(&elsewhere, [])),
    };
    let now = app.clock.now();
    let sealed = form.get("enrolment").unwrap_or_default();
    let Some(enrolment) = Enrolment::open(&app, half_way.account.id, sealed, now) else {
        return Err(ErrorKind::Expired.into());
    };
    let typed = form.get("code").unwrap_or_default();
    let Some(confirmed) = enrolment.confirmed(&app, typed, now) else {
        return show(visitor, id, &half_way, &enrolment, Some(CodeFault::of(typed))).await;
    };
    let totp = confirmed.map_err(|_| ErrorKind::Internal)?;
    let codes = NewSet::make();
    let change = Change::AddTotp(totp, codes.digests(&app, half_way.account.id));
    let proof = Proof::of(&visitor, half_way.account.id, Words::default());
    let (state, own) = (app.clone(), half_way.attempt.clone());
    let write = app.store.write(move |connection| add(connection, &state, (&own, &proof), &change, now));
    let passed = match write.await? {
        Ok(passed) => passed,
        Err(Refusal::Frozen) => return Err(ErrorKind::Frozen.into()),
        Err(Refusal::Gone | Refusal::Moot) => return Err(ErrorKind::Expired.into()),
    };
    app.outbox_bell.notify_one();
    let Passed::SignedIn(cookies) = passed else {
        return second_step::go_on(&visitor, id, &half_way.attempt.continue_to, passed);
    };
    let asking = sign_in_context::asking(&visitor, &half_way.attempt.continue_to).await?;
    let visitor = visitor.with_ui_locales(asking.context.ui_locales.as_deref());
    let page = EnrolledPage {
        page: Page { path: urls::SIGN_IN.to_owned(), ..visitor.page.clone() },
        app: asking.app,
        codes: codes.shown(),
        continue_to: half_way.attempt.continue_to.clone(),
    };
    cookies.with(&app, visitor.show(&page)?)
}

/// The half-done sign-in that owes this; `Err`: where the browser belongs instead.
async fn owed(visitor: &Visitor, id: &str) -> Result<Result<HalfWay, String>, PageError> {
    Ok(match second_step::half_way(visitor, id).await? {
        Ok(half_way) if half_way.standing.next(&half_way.account) == Step::Enrol => Ok(half_way),
        Ok(_) => Err(urls::second(id)),
        Err(attempt) => Err(second_step::begin_again(&attempt)),
    })
}

/// Adds the app and goes through the gate with its code, in one write.
fn add(
    connection: &mut Connection,
    app: &AppState,
    (attempt, proof): (&Attempt, &Proof),
    change: &Change,
    now: Timestamp,
) -> Result<Result<Passed, Refusal>, StoreError> {
    let found = crate::store::accounts::by_id(connection, proof.account_id)?;
    let Some(account) = found else { return Ok(Err(Refusal::Gone)) };
    // Once more, within the write: it may have been done meanwhile, or its time be over.
    if gate::standing(connection, app, &account, attempt, now)?.shown.is_empty() {
        return Ok(Err(Refusal::Gone));
    }
    let running = session::of_browser(connection, Presented::with(proof, now).as_ref(), now)?;
    let kept = running.iter().find(|own| own.account.id == account.id).map(|own| own.session.id);
    // What only adds to a sign-in is nothing without it: whoever was signed out from afar adds no app of theirs.
    if attempt.purpose == AttemptPurpose::Again && kept.is_none() {
        return Ok(Err(Refusal::Gone));
    }
    match two_step::carry_out(connection, change, proof, kept, now)? {
        Ok(_) => {
            let showing = Showing::of(attempt, Kind::Totp, proof.clone());
            gate::pass(connection, app, &showing, now).map(Ok)
        }
        Err(refusal) => Ok(Err(refusal)),
    }
}

async fn show(
    visitor: Visitor,
    id: &str,
    half_way: &HalfWay,
    enrolment: &Enrolment,
    error: Option<CodeFault>,
) -> Result<HttpResponse, PageError> {
    let HalfWay { attempt, account, .. } = half_way;
    let account_id = account.id;
    let owned = visitor.app.store.read(move |connection| addresses::of_account(connection, account_id)).await?;
    let secret = enrolment.shown(&visitor.app, account, &owned).ok_or(ErrorKind::Internal)?;
    let asking = sign_in_context::asking(&visitor, &attempt.continue_to).await?;
    let mut visitor = visitor.with_ui_locales(asking.context.ui_locales.as_deref());
    visitor.allow_form_action(asking.form_action());
    let page = EnrolPage {
        page: visitor.page.clone(),
        app: asking.app,
        identifier: attempt::identifier(attempt).shown(),
        change_url: second_step::begin_again(attempt),
        attempt: id.to_owned(),
        secret,
        error,
    };
    visitor.show_as(CodeFault::status(page.error.as_ref()), &page)
}
