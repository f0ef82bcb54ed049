//! The password: set, changed, or on the way to be removed. Posts `password` to `/account/security/password`. Behind a fresh proof,
//! and where there is a password already, one that is no text message alone.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use zeroize::Zeroizing;

use super::{OwnPasskey, SecurityNote};
use crate::account::{Entry, InCentre, SECURITY};
use crate::app::AppState;
use crate::change::actor::Actor;
use crate::change::password::{self, Hindrance, Outcome};
use crate::change::ways_in::{self, Way};
use crate::clock::Timestamp;
use crate::credentials::new_password::{self, Known};
use crate::credentials::{password_meter, password_rules};
use crate::identifier::grouped;
use crate::session::{self, Refused, SignedIn};
use crate::store::passkeys::{self, Passkey};
use crate::store::passwords;
use crate::web::cookies::CookieKind;
use crate::web::error::ErrorKind;
use crate::web::error_page::PageError;
use crate::web::field::NewPasswordFault;
use crate::web::moment::Moment;
use crate::web::page::Page;
use crate::web::urls;
use crate::web::visitor::Visitor;

/// What stands in the way of changing the password.
#[derive(Clone, Debug)]
pub enum Bar {
    /// Nothing may change until this day.
    Frozen(Moment),
    /// What was proved is not enough.
    NotEnough,
}

/// Asks for the new password.
#[derive(Debug, Template)]
#[template(path = "account/security/password.html")]
pub struct PasswordPage {
    /// What every page carries.
    pub page: Page,
    /// For password managers: the account ID.
    pub identifier: String,
    /// When the password was chosen, where there is one.
    pub changed: Option<Moment>,
    /// Whether it may be removed: it is not the last way in.
    pub can_go: bool,
    /// What stands in the way.
    pub bar: Option<Bar>,
    /// Where more can be proved.
    pub prove_url: String,
    /// The passkeys that a new password leaves as they are.
    pub passkeys: Vec<OwnPasskey>,
    /// Characters of a new one, at least.
    pub least: u16,
    /// What is wrong with the new one.
    pub error: Option<NewPasswordFault>,
}

impl InCentre for PasswordPage {
    const HERE: Entry = SECURITY;
}

/// What one read finds for the page.
struct Found {
    changed_at: Option<Timestamp>,
    hindrance: Option<Hindrance>,
    known: Known,
    passkeys: Vec<Passkey>,
    can_go: bool,
}

async fn find(visitor: &Visitor, signed_in: &SignedIn) -> Result<Found, PageError> {
    let (state, own, now) = (visitor.app.clone(), signed_in.session.clone(), visitor.app.clock.now());
    let read = visitor.app.store.read(move |connection| {
        let ways = ways_in::of_account(connection, &state, own.account_id)?;
        Ok(Found {
            changed_at: passwords::changed_at(connection, own.account_id)?,
            hindrance: password::hindrance(connection, &state, &own, now)?,
            known: Known::of(connection, own.account_id)?,
            passkeys: passkeys::of_account(connection, own.account_id)?,
            can_go: ways.iter().any(|way| *way != Way::Password),
        })
    });
    Ok(read.await?)
}

/// `GET /account/security/password`.
pub(in crate::account) async fn get(app: web::Data<AppState>, request: HttpRequest) -> Result<HttpResponse, Refused> {
    let visitor = Visitor::of(&app, &request);
    let signed_in = session::fresh(&visitor, urls::PASSWORD).await?;
    let visitor = visitor.with_settings_of(&signed_in.account);
    let found = find(&visitor, &signed_in).await?;
    Ok(show(&visitor, &signed_in, found, None)?)
}

/// `POST /account/security/password`.
pub(in crate::account) async fn post(
    app: web::Data<AppState>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Refused> {
    let visitor = Visitor::of(&app, &request);
    let signed_in = session::fresh(&visitor, urls::PASSWORD).await?;
    let visitor = visitor.with_settings_of(&signed_in.account);
    let form = visitor.form(payload).await?;
    let found = find(&visitor, &signed_in).await?;
    if found.hindrance.is_some() {
        return Ok(visitor.go(urls::PASSWORD, []));
    }
    let typed = Zeroizing::new(form.get("password").unwrap_or_default().to_owned());
    let own = found.known.words(&app.brand.name, &signed_in.account);
    if let Some(fault) = new_password::fault(&app, &typed, own).await? {
        return Ok(show(&visitor, &signed_in, found, Some(fault))?);
    }
    let hash = app.passwords.hash(typed).await.map_err(PageError::from)?;
    let (actor, state) = (Actor::signed_in(&visitor, &signed_in), app.clone());
    let cookie = visitor.cookie(CookieKind::Session).ok_or(ErrorKind::Expired)?;
    let write = app.store.write(move |connection| password::set(connection, &state, hash, &actor, &cookie));
    let outcome = write.await?;
    app.outbox_bell.notify_one();
    Ok(answer(&visitor, outcome)?)
}

/// `POST /account/security/password/measure`: how good what is typed is, while it is typed.
pub(in crate::account) async fn measure(
    app: web::Data<AppState>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Refused> {
    let visitor = Visitor::of(&app, &request);
    let signed_in = session::fresh(&visitor, urls::PASSWORD).await?;
    let visitor = visitor.with_settings_of(&signed_in.account);
    let form = visitor.form(payload).await?;
    let id = signed_in.account.id;
    let known = app.store.read(move |connection| Known::of(connection, id)).await.map_err(PageError::from)?;
    let own = known.words(&app.brand.name, &signed_in.account);
    Ok(password_meter::answer(&visitor, &form, own).await?)
}

/// Where a change of the password leads.
pub(super) fn answer(visitor: &Visitor, outcome: Outcome) -> Result<HttpResponse, PageError> {
    let (cookies, note) = match outcome {
        Outcome::Set(cookies) => (cookies, SecurityNote::PasswordSet),
        Outcome::Changed(cookies) => (cookies, SecurityNote::PasswordChanged),
        Outcome::Removed(cookies) => (cookies, SecurityNote::PasswordRemoved),
        // The page says what stands in the way.
        Outcome::Hindered => return Ok(visitor.go(urls::PASSWORD, [])),
        Outcome::Over => return Err(ErrorKind::Expired.into()),
    };
    cookies.with(&visitor.app, visitor.go(&note.url(), []))
}

fn show(
    visitor: &Visitor,
    signed_in: &SignedIn,
    found: Found,
    error: Option<NewPasswordFault>,
) -> Result<HttpResponse, PageError> {
    let status = if error.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let page = PasswordPage {
        page: visitor.page.clone(),
        identifier: grouped(&signed_in.account.account_number),
        changed: found.changed_at.map(|at| visitor.page.day(at)),
        can_go: found.can_go,
        passkeys: found.passkeys.iter().map(|own| OwnPasskey::of(own, &visitor.page)).collect(),
        bar: found.hindrance.map(|hindrance| bar(&visitor.page, hindrance)),
        prove_url: urls::prove_again_without_sms(urls::PASSWORD),
        least: password_rules::bound(visitor.app.config.passwords.minimum),
        error,
    };
    visitor.show_as(status, &page)
}

/// What stands in the way, as the page says it.
pub(super) fn bar(page: &Page, hindrance: Hindrance) -> Bar {
    match hindrance {
        Hindrance::Frozen(until) => Bar::Frozen(page.day(until)),
        Hindrance::NotEnough => Bar::NotEnough,
    }
}
