//! The second step of a sign-in: a code of the authenticator app where there is one, and every other way. Posts `attempt`,
//! `code` and `remember` to `/signin/second`. Somebody who is signed in by one factor comes with `continue` instead, and adds
//! the second to that sign-in.

use actix_web::http::StatusCode;
use actix_web::http::header::RETRY_AFTER;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::forgot::FROM;
use crate::app::AppState;
use crate::credentials::Kind;
use crate::credentials::attempt::{self, Beginning};
use crate::credentials::gate;
use crate::credentials::second_step::{self, Entered, HalfWay, Typed};
use crate::credentials::steps::Step;
use crate::delivery::{mask_email, mask_phone};
use crate::identifier::Identifier;
use crate::language::Sentence;
use crate::session::{self, Presented};
use crate::store::addresses::{self, Address, AddressKind};
use crate::store::attempts::{Attempt, AttemptPurpose};
use crate::store::one_time_codes::Channel;
use crate::web::error_page::PageError;
use crate::web::visitor::Visitor;
use crate::web::{door::AppDoor, moment::Moment, page::Page};
use crate::web::{sign_in_context, urls};

/// The form field of the tick.
pub const REMEMBER: &str = "remember";

/// What a page says that takes a proof as the second step of a sign-in.
#[derive(Clone, Debug)]
pub struct SecondStep {
    /// The link to the other ways.
    pub others_url: String,
    /// For how many days this browser may be remembered, where it may.
    pub remember_days: Option<u32>,
}

impl SecondStep {
    /// What a page that takes `kind` says; none where it is the first step. `Err`: a second step is owed that this is none
    /// of, so the page is not shown, and this is where the ways are.
    pub(super) async fn of(visitor: &Visitor, id: &str, kind: Kind) -> Result<Result<Option<Self>, String>, PageError> {
        let Ok(half_way) = second_step::half_way(visitor, id).await? else { return Ok(Ok(None)) };
        Ok(if half_way.ways().contains(&kind) {
            Ok(Some(Self { others_url: urls::second(id), remember_days: half_way.remember_days(&visitor.app) }))
        } else {
            Err(urls::second(id))
        })
    }
}

/// What is wrong with a code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecondFault {
    /// Nothing was typed.
    Missing,
    /// Wrong, too old, or used before.
    Wrong,
    /// Too many tries.
    TooMany {
        /// When the next is allowed.
        again: Moment,
    },
}

impl SecondFault {
    /// The sentence beside the field.
    pub fn sentence(&self, page: &Page) -> Sentence<'_> {
        match self {
            Self::Missing => page.t("step-missing"),
            Self::Wrong => page.t("step-wrong"),
            Self::TooMany { again } => page.t("step-too-many").time("time", &again.iso, &again.shown),
        }
    }
}

/// A way besides the app.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Way {
    /// A code, which a button asks for.
    Code {
        /// The form field `channel`.
        channel: &'static str,
        /// Its icon.
        icon: &'static str,
        /// What the button says.
        key: &'static str,
        /// Where it goes, masked.
        address: String,
    },
    /// A page with a field.
    Page {
        /// Where it is.
        url: String,
        /// Its icon.
        icon: &'static str,
        /// What the link says.
        key: &'static str,
    },
}

/// Asks for the second step.
#[derive(Debug, Template)]
#[template(path = "signin/second.html")]
pub struct SecondPage {
    /// What every page carries.
    pub page: Page,
    /// The app that asks.
    pub app: Option<AppDoor>,
    /// What was typed on the first page, and nothing more.
    pub identifier: String,
    /// The link back to the first page.
    pub change_url: String,
    /// The hidden `attempt`.
    pub attempt: String,
    /// Whether a code of the authenticator app is a way.
    pub takes_code: bool,
    /// Whether a passkey is.
    pub takes_passkey: bool,
    /// The other ways.
    pub others: Vec<Way>,
    /// For how many days this browser may be remembered, where it may.
    pub remember_days: Option<u32>,
    /// The link to what can be done without any of these; none where there is none.
    pub recovery_url: Option<String>,
    /// What is wrong.
    pub error: Option<SecondFault>,
}

impl SecondPage {
    const fn title(&self) -> (&'static str, &'static str) {
        if self.takes_code { ("step-title", "step-lead") } else { ("step-title-other", "step-lead-other") }
    }
}

/// `GET /signin/second?attempt=…`, or `?continue=…`.
pub async fn get(app: web::Data<AppState>, request: HttpRequest) -> Result<HttpResponse, PageError> {
    let visitor = Visitor::of(&app, &request);
    let query = visitor.query()?;
    match query.get("attempt") {
        Some(id) => show(visitor, id, None).await,
        None => begin(&visitor, urls::checked_continue(query.get("continue"))).await,
    }
}

/// `POST /signin/second`.
pub async fn post(
    app: web::Data<AppState>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, PageError> {
    let visitor = Visitor::of(&app, &request);
    let form = visitor.form(payload).await?;
    let id = form.get("attempt").unwrap_or_default();
    let Some(code) = form.get("code").filter(|code| !code.trim().is_empty()) else {
        return show(visitor, id, Some(SecondFault::Missing)).await;
    };
    let remember = form.get(REMEMBER).is_some();
    let typed = Typed { attempt: id.to_owned(), kind: Kind::Totp, text: code.to_owned(), remember };
    let (attempt, entered) = second_step::enter(&visitor, typed).await?;
    match answered(&visitor, id, &attempt, entered)? {
        Ok(answer) => Ok(answer),
        Err(fault) => show(visitor, id, Some(fault)).await,
    }
}

/// The answer to what was typed on a page of the second step; `Err` where the page comes again.
pub(super) fn answered(
    visitor: &Visitor,
    id: &str,
    attempt: &Attempt,
    entered: Entered,
) -> Result<Result<HttpResponse, SecondFault>, PageError> {
    match entered {
        Entered::Right(passed) => second_step::go_on(visitor, id, &attempt.continue_to, passed).map(Ok),
        Entered::Wrong(_) => Ok(Err(SecondFault::Wrong)),
        Entered::TooMany(until) => Ok(Err(SecondFault::TooMany { again: Moment::clock(until.utc()) })),
        Entered::NotOwed => Ok(Ok(visitor.go(&urls::second(id), []))),
        Entered::Lapsed => Ok(Ok(visitor.go(&second_step::begin_again(attempt), []))),
    }
}

/// The status of a page of the second step, and how long a client should wait.
pub(super) fn status(error: Option<&SecondFault>) -> StatusCode {
    match error {
        None => StatusCode::OK,
        Some(SecondFault::TooMany { .. }) => StatusCode::TOO_MANY_REQUESTS,
        Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
    }
}

/// Says how long to wait, where the answer is that.
pub(super) fn with_wait(mut answer: HttpResponse, app: &AppState) -> HttpResponse {
    if answer.status() == StatusCode::TOO_MANY_REQUESTS {
        answer.headers_mut().insert(RETRY_AFTER, app.config.sign_in.second_window.as_secs().into());
    }
    answer
}

async fn show(visitor: Visitor, id: &str, error: Option<SecondFault>) -> Result<HttpResponse, PageError> {
    let half_way = match second_step::half_way(&visitor, id).await? {
        Ok(half_way) => half_way,
        Err(attempt) => return Ok(visitor.go(&second_step::begin_again(&attempt), [])),
    };
    let HalfWay { attempt, account, standing } = &half_way;
    let ways = match standing.next(account) {
        Step::Second(ways) => ways,
        Step::Enrol => return Ok(visitor.go(&urls::of_attempt(urls::ENROL, id), [])),
        Step::Locked(reason) => return Err(PageError::locked(reason)),
        Step::SignIn if attempt.purpose == AttemptPurpose::Recovery => {
            return Ok(visitor.go(&urls::of_attempt(urls::RECOVERY_PASSWORD, id), []));
        }
        // Nothing is owed any more: but a sign-in wants a proof, so it begins again.
        Step::SignIn | Step::AskToKeep | Step::More | Step::CreateAccount => {
            return Ok(visitor.go(&second_step::begin_again(attempt), []));
        }
    };
    let account_id = account.id;
    let owned = visitor.app.store.read(move |connection| addresses::of_account(connection, account_id)).await?;
    let asking = sign_in_context::asking(&visitor, &attempt.continue_to).await?;
    let mut visitor = visitor.with_ui_locales(asking.context.ui_locales.as_deref());
    visitor.allow_form_action(asking.form_action());
    let page = SecondPage {
        page: visitor.page.clone(),
        app: asking.app,
        identifier: attempt::identifier(attempt).shown(),
        change_url: second_step::begin_again(attempt),
        attempt: id.to_owned(),
        takes_code: ways.contains(&Kind::Totp),
        takes_passkey: ways.iter().any(|kind| matches!(kind, Kind::Passkey(_))),
        others: ways.iter().filter_map(|kind| way(*kind, id, &owned)).collect(),
        remember_days: half_way.remember_days(&visitor.app),
        recovery_url: FROM.contains(&attempt.purpose).then(|| urls::of_attempt(urls::RECOVERY, id)),
        error,
    };
    let answer = visitor.show_as(status(page.error.as_ref()), &page)?;
    Ok(with_wait(answer, &visitor.app))
}

fn way(kind: Kind, id: &str, owned: &[Address]) -> Option<Way> {
    let first = |kind| owned.iter().find(|address| address.kind == kind);
    match kind {
        Kind::Totp | Kind::Passkey(_) | Kind::Upstream(_) | Kind::Approval => None,
        Kind::Password => Some(Way::Page { url: attempt::page_url(kind, id), icon: "lock", key: "step-use-password" }),
        Kind::RecoveryCode => {
            Some(Way::Page { url: attempt::page_url(kind, id), icon: "document", key: "step-use-recovery" })
        }
        Kind::OneTimeCode(Channel::Sms) => Some(Way::Code {
            channel: Channel::Sms.as_str(),
            icon: "bubble",
            key: "again-code-sms",
            address: mask_phone(&first(AddressKind::Phone)?.value),
        }),
        Kind::OneTimeCode(Channel::Email) => Some(Way::Code {
            channel: Channel::Email.as_str(),
            icon: "envelope",
            key: "again-code-email",
            address: mask_email(&first(AddressKind::Email)?.value),
        }),
    }
}

/// Adds a second step to the sign-in in use. Where there is nothing to add, it goes on; where what it was by says too little,
/// everything is shown again.
async fn begin(visitor: &Visitor, continue_to: &str) -> Result<HttpResponse, PageError> {
    let (cookie, now) = (Presented::of(visitor), visitor.app.clock.now());
    let read = visitor
        .app
        .store
        .read(move |connection| Ok(session::of_browser(connection, cookie.as_ref(), now)?.into_iter().next()));
    let Some(signed_in) = read.await? else { return Ok(visitor.go(&urls::sign_in(continue_to), [])) };
    if session::had_two_factors(&signed_in.session.amr) {
        return Ok(visitor.go(continue_to, []));
    }
    let Some(half) = gate::half_of_running(&signed_in.session, now) else {
        return Ok(visitor.go(&urls::prove_again(continue_to), []));
    };
    let identifier = Identifier::AccountNumber(signed_in.account.account_number.clone());
    let beginning = Beginning {
        identifier: &identifier,
        purpose: AttemptPurpose::Again,
        continue_to,
        name: None,
        terms_version: None,
        account_id: None,
    };
    let (id, attempt) = attempt::begin_half_done(visitor, beginning, half).await?;
    let (app, account) = (visitor.app.clone(), signed_in.account);
    let read = visitor
        .app
        .store
        .read(move |connection| Ok(gate::standing(connection, &app, &account, &attempt, now)?.next(&account)));
    Ok(match read.await? {
        Step::Second(_) => visitor.go(&urls::second(&id), []),
        Step::Enrol => visitor.go(&urls::of_attempt(urls::ENROL, &id), []),
        _ => visitor.go(continue_to, []),
    })
}
