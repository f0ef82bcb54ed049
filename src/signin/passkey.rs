//! Signing in with a passkey, and proving oneself again with one. The pages' script asks `/signin/passkey/challenge` what to
//! hand to the browser, and posts what comes of it as `credential` to `/signin/passkey`; both carry `continue`, and `again`
//! where somebody who is signed in proves it once more. The page of this file is for when it did not work.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::attempt::{Step, next};
use super::keep;
use crate::app::AppState;
use crate::clock::Timestamp;
use crate::credentials::attempt::{self, Beginning};
use crate::credentials::passkey::proof::{self, Asked, Right, Wrong};
use crate::identifier::Identifier;
use crate::session::{self, NewCookies, Proof};
use crate::store::accounts::{self, Account};
use crate::store::attempts::{self, Attempt, AttemptPurpose};
use crate::store::{Connection, StoreError};
use crate::web::cookies::CookieKind;
use crate::web::error::ErrorKind;
use crate::web::error_page::PageError;
use crate::web::parameters::Parameters;
use crate::web::visitor::Visitor;
use crate::web::{door::AppDoor, page::Page, sign_in_context, urls};

/// What went wrong, as the page says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PasskeyProblem {
    /// It took too long, or the question was answered before.
    TooLate,
    /// It is no passkey of any account here.
    Unknown,
    /// The device did not check who uses it.
    NotVerified,
    /// There is a copy of it.
    Copied,
    /// Anything else.
    Refused,
}

impl PasskeyProblem {
    const fn key(self) -> &'static str {
        match self {
            Self::TooLate => "passkey-too-late",
            Self::Unknown => "passkey-unknown",
            Self::NotVerified => "passkey-not-verified",
            Self::Copied => "passkey-copied",
            Self::Refused => "passkey-refused",
        }
    }
}

/// A credential that is worth nothing here, for the browser to forget (Web Authentication §5.1.10, the signal methods).
#[derive(Clone, Debug)]
pub struct UnknownCredential {
    /// The relying party ID.
    pub relying_party: String,
    /// The credential ID, base64url.
    pub credential_id: String,
}

/// Says why a passkey did not work, and what else there is.
#[derive(Debug, Template)]
#[template(path = "signin/passkey.html")]
pub struct PasskeyPage {
    /// What every page carries.
    pub page: Page,
    /// The app that asks.
    pub app: Option<AppDoor>,
    /// What went wrong.
    pub problem: PasskeyProblem,
    /// Where to go on: a checked, local path.
    pub continue_to: Option<String>,
    /// Whether somebody who is signed in proves it again.
    pub again: bool,
    /// Where the other ways are.
    pub other_url: String,
    /// The credential to forget.
    pub unknown: Option<UnknownCredential>,
}

/// `GET /signin/passkey`: there is nothing to see; the button is on the first page.
pub async fn get(app: web::Data<AppState>, request: HttpRequest) -> Result<HttpResponse, PageError> {
    let visitor = Visitor::of(&app, &request);
    let continue_to = urls::checked_continue(visitor.query()?.get("continue")).to_owned();
    Ok(visitor.go(&urls::sign_in(&continue_to), []))
}

/// `POST /signin/passkey/challenge`: what the script hands to `navigator.credentials.get`.
pub async fn challenge(
    app: web::Data<AppState>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, PageError> {
    let visitor = Visitor::of(&app, &request);
    let form = visitor.form(payload).await?;
    let asked = asked(&visitor, &form).await?.ok_or(ErrorKind::Expired)?;
    Ok(visitor.json(proof::begin(&visitor, asked).await?))
}

/// `POST /signin/passkey`.
pub async fn post(
    app: web::Data<AppState>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, PageError> {
    let visitor = Visitor::of(&app, &request);
    let form = visitor.form(payload).await?;
    let continue_to = urls::checked_continue(form.get("continue")).to_owned();
    let Some(asked) = asked(&visitor, &form).await? else {
        return Ok(visitor.go(&urls::sign_in(&continue_to), []));
    };
    let wrong = match proof::check(&visitor, asked, form.get("credential").unwrap_or_default()).await? {
        Ok(right) => match sign_in(&visitor, right, &continue_to).await? {
            Opened::SignedIn(cookies) => return Ok(visitor.go(&continue_to, cookies.into_cookies(&app))),
            Opened::AskToKeep(attempt) => return Ok(visitor.go(&keep::page_url(&attempt), [])),
            Opened::Locked(reason) => return Err(PageError::locked(reason)),
            Opened::Nothing => Wrong::Refused,
        },
        Err(wrong) => wrong,
    };
    show(visitor, &continue_to, matches!(asked, Asked::Again { .. }), wrong).await
}

/// What a proof is for; nothing where somebody would prove again who is not signed in any more.
async fn asked(visitor: &Visitor, form: &Parameters) -> Result<Option<Asked>, StoreError> {
    if form.get("again") != Some("yes") {
        return Ok(Some(Asked::SignIn));
    }
    let (cookie, now) = (visitor.cookie(CookieKind::Session), visitor.app.clock.now());
    let read = visitor.app.store.read(move |connection| session::of_browser(connection, cookie.as_deref(), now));
    Ok(read.await?.into_iter().next().map(|own| Asked::Again { account_id: own.account.id }))
}

/// What a right proof opens.
enum Opened {
    SignedIn(NewCookies),
    /// The account is going to be deleted: whether it stays is asked in this attempt.
    AskToKeep(String),
    Locked(Option<String>),
    Nothing,
}

async fn sign_in(visitor: &Visitor, right: Right, continue_to: &str) -> Result<Opened, StoreError> {
    let (app, proof) = (visitor.app.get_ref().clone(), Proof::of(visitor, right.account_id, right.kind.amr()));
    let (binding_digest, continue_to) = (visitor.binding_digest(), continue_to.to_owned());
    let write = visitor.app.store.write(move |connection| {
        let now = app.clock.now();
        let Some(account) = accounts::hold(connection, right.account_id)? else { return Ok(Opened::Nothing) };
        open(connection, &app, (&account, &right, &proof), (binding_digest, &continue_to), now)
    });
    write.await
}

/// The same gate as for every other way in, asked in the write that opens it; the account is held.
fn open(
    connection: &mut Connection,
    app: &AppState,
    (account, right, proof): (&Account, &Right, &Proof),
    (binding_digest, continue_to): (Vec<u8>, &str),
    now: Timestamp,
) -> Result<Opened, StoreError> {
    match next(Some(account), false) {
        Step::Locked(reason) => Ok(Opened::Locked(reason)),
        Step::CreateAccount | Step::SecondProof => Ok(Opened::Nothing),
        Step::AskToKeep | Step::SignIn if !right.accept(connection, now)? => Ok(Opened::Nothing),
        Step::AskToKeep => {
            let identifier = Identifier::AccountNumber(account.account_number.clone());
            let beginning = Beginning {
                identifier: &identifier,
                purpose: AttemptPurpose::Keep,
                continue_to,
                name: None,
                terms_version: None,
                account_id: Some(account.id),
            };
            let (id, attempt) = attempt::drawn(binding_digest, beginning, None, now);
            attempts::insert(connection, &Attempt { proved_amr: Some(proof.amr.clone()), ..attempt })?;
            Ok(Opened::AskToKeep(id))
        }
        Step::SignIn => {
            let cookies = session::start(connection, proof, &app.config.sessions, now)?;
            if let Some(started) = cookies.started() {
                right.accepted_on(connection, started.device_id)?;
            }
            Ok(Opened::SignedIn(cookies))
        }
    }
}

async fn show(visitor: Visitor, continue_to: &str, again: bool, wrong: Wrong) -> Result<HttpResponse, PageError> {
    let asking = sign_in_context::asking(&visitor, continue_to).await?;
    let mut visitor = visitor.with_ui_locales(asking.context.ui_locales.as_deref());
    visitor.allow_form_action(asking.form_action());
    let party = visitor.app.relying_party.as_ref().map(|party| party.id().to_owned());
    let (problem, unknown) = match wrong {
        Wrong::TooLate => (PasskeyProblem::TooLate, None),
        Wrong::Unknown { credential_id } => {
            let of = |relying_party| UnknownCredential { relying_party, credential_id };
            (PasskeyProblem::Unknown, party.map(of))
        }
        Wrong::NotVerified => (PasskeyProblem::NotVerified, None),
        Wrong::Copied => (PasskeyProblem::Copied, None),
        Wrong::Refused => (PasskeyProblem::Refused, None),
    };
    let page = PasskeyPage {
        page: visitor.page.clone(),
        app: asking.app,
        problem,
        continue_to: Some(continue_to.to_owned()),
        again,
        other_url: if again { urls::prove_again(continue_to) } else { urls::sign_in(continue_to) },
        unknown,
    };
    visitor.show_as(StatusCode::UNPROCESSABLE_ENTITY, &page)
}
