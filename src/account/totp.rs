//! Adding an authenticator app: a secret to scan or type, and a code of it that confirms it. Posts `enrolment` (the sealed
//! secret) and `code` to `/account/security/totp`.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::new_recovery_codes::NewRecoveryCodesPage;
use super::{Entry, InCentre, SECURITY};
use crate::app::AppState;
use crate::clock::Timestamp;
use crate::credentials::Kind;
use crate::credentials::gate;
use crate::credentials::recovery_code::NewSet;
use crate::credentials::totp::Enrolment;
use crate::credentials::two_step::{self, Change, Refusal};
use crate::session::{self, NewCookies, Proof, Refused, SignedIn};
use crate::store::columns::Words;
use crate::store::{Connection, StoreError, addresses, totps};
use crate::web::error::ErrorKind;
use crate::web::page::Page;
use crate::web::shared_secret::{CodeFault, SharedSecret};
use crate::web::urls;
use crate::web::visitor::Visitor;

/// Shows the secret, and asks for a code of it.
#[derive(Template)]
#[template(path = "account/totp.html")]
pub struct TotpPage {
    /// What every page carries.
    pub page: Page,
    /// What goes into the authenticator app.
    pub secret: SharedSecret,
    /// What is wrong with the code.
    pub error: Option<CodeFault>,
}

impl InCentre for TotpPage {
    const HERE: Entry = SECURITY;
}

/// `GET /account/security/totp`: a new secret each time. Where there is an app already, it has to be removed first.
pub(super) async fn get(app: web::Data<AppState>, request: HttpRequest) -> Result<HttpResponse, Refused> {
    let visitor = Visitor::of(&app, &request);
    let signed_in = session::fresh(&visitor, urls::TOTP).await?;
    let id = signed_in.account.id;
    if app.store.read(move |connection| totps::since(connection, id)).await?.is_some() {
        return Ok(visitor.go(urls::TWO_STEP, []));
    }
    show(visitor, &signed_in, &Enrolment::begin(id), None).await
}

/// `POST /account/security/totp`.
pub(super) async fn post(
    app: web::Data<AppState>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Refused> {
    let visitor = Visitor::of(&app, &request);
    let signed_in = session::fresh(&visitor, urls::TOTP).await?;
    let form = visitor.form(payload).await?;
    let (id, now) = (signed_in.account.id, app.clock.now());
    let sealed = form.get("enrolment").unwrap_or_default();
    let enrolment = Enrolment::open(&app, id, sealed, now).ok_or(ErrorKind::Expired)?;
    let typed = form.get("code").unwrap_or_default();
    let Some(confirmed) = enrolment.confirmed(&app, typed, now) else {
        return show(visitor, &signed_in, &enrolment, Some(CodeFault::of(typed))).await;
    };
    let codes = NewSet::make();
    let change = Change::AddTotp(confirmed.map_err(|_| ErrorKind::Internal)?, codes.digests(&app, id));
    let proof = Proof::of(&visitor, id, Words::default());
    let (state, own) = (app.clone(), signed_in.clone());
    let write = app.store.write(move |connection| add(connection, &state, (&own, &proof), &change, now));
    let cookies = match write.await? {
        Ok(cookies) => cookies,
        Err(Refusal::Moot) => return Ok(visitor.go(urls::TWO_STEP, [])),
        Err(Refusal::Frozen) => return Err(ErrorKind::Frozen.into()),
        Err(Refusal::Gone) => return Err(ErrorKind::Expired.into()),
    };
    app.outbox_bell.notify_one();
    let visitor = visitor.with_settings_of(&signed_in.account);
    let page = NewRecoveryCodesPage { page: visitor.page.clone(), codes: codes.shown(), app_added: true };
    Ok(cookies.with(&app, visitor.show(&page)?)?)
}

/// Adds the app. With the code that confirms it the person has shown a second factor, so the sign-in that asks is one by two
/// from now on, under a new cookie.
fn add(
    connection: &mut Connection,
    app: &AppState,
    (signed_in, proof): (&SignedIn, &Proof),
    change: &Change,
    now: Timestamp,
) -> Result<Result<NewCookies, Refusal>, StoreError> {
    let kept = Some(signed_in.session.id);
    match two_step::carry_out(connection, change, proof, kept, now)? {
        Ok(_) => gate::raise(connection, app, (signed_in, proof), Kind::Totp, now).map(Ok),
        Err(refusal) => Ok(Err(refusal)),
    }
}

async fn show(
    visitor: Visitor,
    signed_in: &SignedIn,
    enrolment: &Enrolment,
    error: Option<CodeFault>,
) -> Result<HttpResponse, Refused> {
    let account = &signed_in.account;
    let visitor = visitor.with_settings_of(account);
    let id = account.id;
    let owned = visitor.app.store.read(move |connection| addresses::of_account(connection, id)).await?;
    let secret = enrolment.shown(&visitor.app, account, &owned).ok_or(ErrorKind::Internal)?;
    let page = TotpPage { page: visitor.page.clone(), secret, error };
    Ok(visitor.show_as(CodeFault::status(page.error.as_ref()), &page)?)
}
