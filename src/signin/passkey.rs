//! Signing in with a passkey, and proving oneself again with one. The pages' script asks `/signin/passkey/challenge` what to
//! hand to the browser, and posts what comes of it as `credential` to `/signin/passkey`; both carry `continue`, and `again`
//! where somebody who is signed in proves it once more, or the `attempt` that it is the second step of. The page of this file is for when it did not work.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use crate::app::AppState;
use crate::clock::Timestamp;
use crate::credentials::Kind;
use crate::credentials::attempt::{self, Beginning};
use crate::credentials::gate::{self, Passed, Showing};
use crate::credentials::passkey::proof::{self, Asked, Right, Wrong};
use crate::credentials::second_step::{self, HalfWay};
use crate::identifier::Identifier;
use crate::session::{self, Presented, Proof};
use crate::store::accounts::{self, Account, AccountState};
use crate::store::attempts::{self, Attempt, AttemptPurpose};
use crate::store::{Connection, StoreError};
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
    /// The hidden `attempt` of a sign-in that it is the second step of.
    pub attempt: Option<String>,
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
    let question = Question::of(&visitor, &form).await?.ok_or(ErrorKind::Expired)?;
    Ok(visitor.json(proof::begin(&visitor, question.asked).await?))
}

/// `POST /signin/passkey`.
pub async fn post(
    app: web::Data<AppState>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, PageError> {
    let visitor = Visitor::of(&app, &request);
    let form = visitor.form(payload).await?;
    let Some(question) = Question::of(&visitor, &form).await? else {
        return Ok(visitor.go(&urls::sign_in(urls::checked_continue(form.get("continue"))), []));
    };
    let wrong = match proof::check(&visitor, question.asked, form.get("credential").unwrap_or_default()).await? {
        Ok(right) => match open(&visitor, right, &question).await? {
            Some((id, passed)) => return second_step::go_on(&visitor, &id, &question.continue_to, passed),
            None => Wrong::Refused,
        },
        Err(wrong) => wrong,
    };
    show(visitor, question, wrong).await
}

/// What a passkey is asked for.
struct Question {
    asked: Asked,
    /// Where to go on: checked.
    continue_to: String,
    /// The sign-in that it is the second step of, and its identifier.
    half: Option<(String, Attempt)>,
}

impl Question {
    /// What a form asks for; nothing where somebody would prove again who is not signed in any more, or where no passkey is owed.
    async fn of(visitor: &Visitor, form: &Parameters) -> Result<Option<Self>, PageError> {
        let continue_to = urls::checked_continue(form.get("continue")).to_owned();
        if let Some(id) = form.get("attempt") {
            let Ok(half_way) = second_step::half_way(visitor, id).await? else { return Ok(None) };
            let is_owed = half_way.ways().iter().any(|kind| matches!(kind, Kind::Passkey(_)));
            let HalfWay { attempt, account, .. } = half_way;
            return Ok(is_owed.then(|| Self {
                asked: Asked::SecondStep { account_id: account.id },
                continue_to: attempt.continue_to.clone(),
                half: Some((id.to_owned(), attempt)),
            }));
        }
        if form.get("again") != Some("yes") {
            return Ok(Some(Self { asked: Asked::SignIn, continue_to, half: None }));
        }
        let (cookie, now) = (Presented::of(visitor), visitor.app.clock.now());
        let read = visitor.app.store.read(move |connection| session::of_browser(connection, cookie.as_ref(), now));
        let running = read.await?.into_iter().next();
        Ok(running.map(|own| Self { asked: Asked::Again { account_id: own.account.id }, continue_to, half: None }))
    }

    /// What an attempt is for that begins with the proof.
    const fn purpose(&self) -> AttemptPurpose {
        match self.asked {
            Asked::Again { .. } => AttemptPurpose::Again,
            Asked::SignIn | Asked::SecondStep { .. } => AttemptPurpose::SignIn,
        }
    }
}

/// What a right proof opens, by the gate that every way in goes through, in an attempt of its own where it comes first; none
/// where the passkey is gone meanwhile, or somebody else used it at the same time.
async fn open(visitor: &Visitor, right: Right, question: &Question) -> Result<Option<(String, Passed)>, StoreError> {
    let (app, proof) = (visitor.app.get_ref().clone(), Proof::of(visitor, right.account_id, right.kind.amr()));
    let (binding_digest, half) = (visitor.binding_digest(), question.half.clone());
    let (purpose, continue_to) = (question.purpose(), question.continue_to.clone());
    let write = visitor.app.store.write(move |connection| {
        let now = app.clock.now();
        let Some(account) = accounts::hold(connection, right.account_id)? else { return Ok(None) };
        // Of a locked account nothing is used.
        if account.state == AccountState::Locked {
            return Ok(Some((String::new(), Passed::Locked(account.lock_reason))));
        }
        if !right.accept(connection, now)? {
            return Ok(None);
        }
        let (id, attempt) = match half {
            Some(half) => half,
            None => begun(connection, &account, binding_digest, (purpose, &continue_to), now)?,
        };
        let showing = Showing::of(&attempt, right.kind, Proof { since: now, ..proof });
        let passed = gate::pass(connection, &app, &showing, now)?;
        if let Passed::SignedIn(cookies) = &passed
            && let Some(started) = cookies.started()
        {
            right.accepted_on(connection, started.device_id)?;
        }
        Ok(Some((id, passed)))
    });
    write.await
}

/// An attempt for a proof that comes first: nobody typed anything, so it names the account.
pub(super) fn begun(
    connection: &mut Connection,
    account: &Account,
    binding_digest: Vec<u8>,
    (purpose, continue_to): (AttemptPurpose, &str),
    now: Timestamp,
) -> Result<(String, Attempt), StoreError> {
    let identifier = Identifier::AccountNumber(account.account_number.clone());
    let beginning = Beginning {
        identifier: &identifier,
        purpose,
        continue_to,
        name: None,
        terms_version: None,
        account_id: Some(account.id),
    };
    let (id, attempt) = attempt::drawn(binding_digest, beginning, None, now);
    attempts::insert(connection, &attempt)?;
    Ok((id, attempt))
}

async fn show(visitor: Visitor, question: Question, wrong: Wrong) -> Result<HttpResponse, PageError> {
    let Question { asked, continue_to, half } = question;
    let asking = sign_in_context::asking(&visitor, &continue_to).await?;
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
        again: matches!(asked, Asked::Again { .. }),
        other_url: match (asked, &half) {
            (Asked::Again { .. }, _) => urls::prove_again(&continue_to),
            (_, Some((id, _))) => urls::second(id),
            (_, None) => urls::sign_in(&continue_to),
        },
        attempt: half.map(|(id, _)| id),
        continue_to: Some(continue_to),
        unknown,
    };
    visitor.show_as(StatusCode::UNPROCESSABLE_ENTITY, &page)
}
