//! The code page of sign-in and sign-up. Posts `code` and `attempt` to `/signin/code`; "New code" posts `attempt` to
//! `/signin/code/send`, with `channel` = `sms` | `email` when the other channel is asked for.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::second::{REMEMBER, SecondStep};
use crate::app::AppState;
use crate::clock::Timestamp;
use crate::credentials::gate::{self, Passed, Showing};
use crate::credentials::guessing::CodeTrier;
use crate::credentials::one_time_code::{self, Sending, Verdict};
use crate::credentials::passkey;
use crate::credentials::sms::proof_of_work;
use crate::credentials::{Kind, attempt, refusal, second_step};
use crate::session::Proof;
use crate::store::addresses;
use crate::store::attempts::{self, Attempt, AttemptPurpose};
use crate::store::columns::Words;
use crate::store::one_time_codes::Channel as StoredChannel;
use crate::web::error::ErrorKind;
use crate::web::error_page::PageError;
use crate::web::visitor::Visitor;
use crate::web::{parameters, sign_in_context, urls};

use crate::{
    language::Sentence,
    web::{door::AppDoor, moment::Moment, page::Page},
};

/// How a code travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channel {
    /// A text message.
    Sms,
    /// A mail.
    Email,
}

impl Channel {
    /// The value of the form field `channel`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sms => "sms",
            Self::Email => "email",
        }
    }

    /// The icon beside it.
    pub const fn icon(self) -> &'static str {
        match self {
            Self::Sms => "bubble",
            Self::Email => "envelope",
        }
    }
}

/// Where the code goes, as far as this browser may know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Destination {
    /// To the address that was typed on the first page, shown as typed.
    Typed {
        /// As typed (formatted, never completed from the account).
        address: String,
        /// How it travels there.
        channel: Channel,
    },
    /// To an address of the account whose ID was typed. The page never shows which, or whether there is one.
    OfAccountId,
}

/// What is wrong with the code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CodeFault {
    /// Nothing was typed.
    Missing,
    /// Wrong, too old, or never sent.
    Wrong {
        /// How many tries this code has left; 0 asks for a new one.
        tries_left: u8,
    },
    /// A new code was asked for before its time.
    TooSoon {
        /// When the next may be asked for.
        next: Moment,
        /// Whether the one that was sent last is for this; else it went out for something else.
        last_works: bool,
    },
}

impl CodeFault {
    /// The sentence beside the field.
    pub fn sentence(&self, page: &Page) -> Sentence<'_> {
        match self {
            Self::Missing => page.t("code-missing"),
            Self::Wrong { tries_left: 0 } => page.t("code-used-up"),
            Self::Wrong { tries_left } => page.t("code-wrong").number("tries", *tries_left),
            Self::TooSoon { next, last_works } => {
                let key = if *last_works { "code-too-soon" } else { "code-too-soon-for-this" };
                page.t_at(key, next)
            }
        }
    }
}

/// Asks for the six digits.
#[derive(Debug, Template)]
#[template(path = "signin/code.html")]
pub struct CodePage {
    /// What every page carries.
    pub page: Page,
    /// The app that asks.
    pub app: Option<AppDoor>,
    /// The hidden `attempt`.
    pub attempt: String,
    /// Where the code is posted.
    pub enter_url: &'static str,
    /// Where another is asked for.
    pub send_url: &'static str,
    /// Where the code goes.
    pub destination: Destination,
    /// The channel that was asked for: what "New code" asks for again.
    pub channel: Channel,
    /// The link back to the first page.
    pub change_url: String,
    /// Until when the newest code works.
    pub works_until: Moment,
    /// When the next code may be asked for; `None` when it may be now.
    pub next_code: Option<Moment>,
    /// How many codes this destination has left today.
    pub codes_left: u32,
    /// How many it gets a day.
    pub codes_a_day: u32,
    /// When it gets new ones; shown when none is left.
    pub more_codes_from: Moment,
    /// The other way a code could travel, where there may be one.
    pub other_channel: Option<Channel>,
    /// The link to the password page, where a password is a way on.
    pub password_url: Option<String>,
    /// The link to what became of the code.
    pub trouble_url: String,
    /// The link to what can be done without any of these; none where somebody signs up.
    pub recovery_url: Option<String>,
    /// As the second step: what else there is.
    pub second: Option<SecondStep>,
    /// Whether there are passkeys here, which may be offered after this.
    pub passkeys: bool,
    /// What is wrong.
    pub error: Option<CodeFault>,
}

impl CodePage {
    /// Which way on the sentence about the last code names.
    fn instead(&self) -> &'static str {
        match (self.other_channel, &self.password_url) {
            (Some(channel), _) => channel.name(),
            (None, Some(_)) => "password",
            (None, None) => "none",
        }
    }
}

/// `GET /signin/code`.
pub async fn get(app: web::Data<AppState>, request: HttpRequest) -> Result<HttpResponse, PageError> {
    let visitor = Visitor::of(&app, &request);
    let query = visitor.query()?;
    let id = query.get("attempt").unwrap_or_default();
    let attempt = attempt::load(&visitor, Some(id)).await?;
    let asked = asked_channel(query.get("channel"), &attempt);
    let fault = match query.get("note") {
        Some("soon") => {
            let standing = one_time_code::standing(&visitor, &attempt, asked).await?;
            let last_works = standing.works;
            standing.next.map(|next| CodeFault::TooSoon { next: Moment::clock(next.utc()), last_works })
        }
        _ => None,
    };
    show(visitor, id, &attempt, asked, fault).await
}

/// `POST /signin/code/send`: sends a code, and goes to its page.
pub async fn send(
    app: web::Data<AppState>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, PageError> {
    let visitor = Visitor::of(&app, &request);
    let form = visitor.form(payload).await?;
    let id = form.get("attempt").unwrap_or_default();
    let Ok(solved) = proof_of_work::brought(&visitor, id, &form) else {
        return Ok(visitor.go(&urls::held(id, StoredChannel::Sms.as_str()), []));
    };
    let attempt = attempt::load(&visitor, Some(id)).await?;
    let asked = asked_channel(form.get("channel"), &attempt);
    // A code that would not count is not sent.
    if let Err(elsewhere) = SecondStep::of(&visitor, id, Kind::OneTimeCode(asked)).await? {
        return Ok(visitor.go(&elsewhere, []));
    }
    let note = match one_time_code::send_for_work(&visitor, &attempt, asked, solved).await? {
        Sending::Held => return Ok(visitor.go(&urls::held(id, asked.as_str()), [])),
        Sending::Sent => "",
        Sending::NotNow => "&note=soon",
        Sending::TooMany => return Err(ErrorKind::TooMany.into()),
    };
    let page = attempt::page_url(Kind::OneTimeCode(asked), id);
    Ok(visitor.go(&format!("{page}&channel={}{note}", asked.as_str()), []))
}

/// `POST /signin/code`.
pub async fn post(
    app: web::Data<AppState>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, PageError> {
    let visitor = Visitor::of(&app, &request);
    let form = visitor.form(payload).await?;
    let id = form.get("attempt").unwrap_or_default();
    let attempt = attempt::load(&visitor, Some(id)).await?;
    let asked = asked_channel(form.get("channel"), &attempt);
    let typed = one_time_code::digits(form.get("code").unwrap_or_default());
    if typed.len() != 6 || !typed.bytes().all(|byte| byte.is_ascii_digit()) {
        return show(visitor, id, &attempt, asked, Some(CodeFault::Missing)).await;
    }
    match enter(&visitor, &attempt, typed, form.get(REMEMBER).is_some()).await? {
        Next::Again(fault) => {
            refusal::note(&visitor, attempt::identifier(&attempt), Kind::OneTimeCode(asked).amr());
            show(visitor, id, &attempt, asked, Some(fault)).await
        }
        Next::Passed(passed) => second_step::go_on_offering(&visitor, (id, &form), &attempt.continue_to, passed).await,
        Next::CreateAccount => {
            let query = parameters::encode([("attempt", id)]);
            Ok(visitor.go(&format!("/signup/details?{query}"), []))
        }
    }
}

/// Takes a try, and carries out what follows from a right code, in one write.
async fn enter(visitor: &Visitor, attempt: &Attempt, typed: String, remember: bool) -> Result<Next, PageError> {
    let app = visitor.app.get_ref().clone();
    let now = app.clock.now();
    let trier = CodeTrier::of(visitor);
    let (attempt, proof) = (attempt.clone(), Proof::of(visitor, 0, Words::default()));
    let write = visitor.app.store.write(move |connection| {
        let Some(counted) = trier.count(connection, &attempt)? else { return Ok(Err(ErrorKind::TooMany)) };
        let verdict = one_time_code::check(connection, &app, &attempt, &typed, now)?;
        let (kind, address, channel) = match verdict {
            Verdict::Wrong { tries_left } => return Ok(Ok(Next::Again(CodeFault::Wrong { tries_left }))),
            Verdict::Right { kind, address, channel } => (kind, address, channel),
        };
        counted.settle(connection)?;
        // Whoever controls the address is its account's owner; nothing else that was typed counts.
        let Some(account) = addresses::owner(connection, kind, &address)? else {
            // In a sign-in that is running an address that is nobody's any more makes no account.
            if attempt.purpose == AttemptPurpose::Again {
                return Ok(Err(ErrorKind::Expired));
            }
            attempts::proved(connection, &attempt.id_digest, kind, &address)?;
            return Ok(Ok(Next::CreateAccount));
        };
        let proof = Proof { account_id: account.id, ..proof }.by(&address);
        let showing = Showing { remember, ..Showing::of(&attempt, Kind::OneTimeCode(channel), proof) };
        gate::pass(connection, &app, &showing, now).map(|passed| Ok(Next::Passed(passed)))
    });
    Ok(write.await??)
}

/// What follows from a code.
enum Next {
    Again(CodeFault),
    Passed(Passed),
    CreateAccount,
}

pub(super) fn asked_channel(asked: Option<&str>, attempt: &Attempt) -> StoredChannel {
    asked.and_then(StoredChannel::parse).unwrap_or_else(|| one_time_code::default_channel(attempt.identifier_kind))
}

async fn show(
    visitor: Visitor,
    id: &str,
    attempt: &Attempt,
    asked: StoredChannel,
    error: Option<CodeFault>,
) -> Result<HttpResponse, PageError> {
    let asking = sign_in_context::asking(&visitor, &attempt.continue_to).await?;
    let mut visitor = visitor.with_ui_locales(asking.context.ui_locales.as_deref());
    visitor.allow_form_action(asking.form_action());
    let second = match SecondStep::of(&visitor, id, Kind::OneTimeCode(asked)).await? {
        Ok(second) => second,
        Err(elsewhere) => return Ok(visitor.go(&elsewhere, [])),
    };
    let standing = one_time_code::standing(&visitor, attempt, asked).await?;
    let (app, now) = (visitor.app.clone(), visitor.app.clock.now());
    let status = if error.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let clock = |at: Timestamp| Moment::clock(at.utc());
    let signs_up = attempt.purpose == AttemptPurpose::SignUp;
    let other = one_time_code::other(asked);
    let page = CodePage {
        page: visitor.page.clone(),
        app: asking.app,
        attempt: id.to_owned(),
        enter_url: "/signin/code",
        send_url: "/signin/code/send",
        destination: destination(attempt, asked),
        channel: shown(asked),
        change_url: if signs_up { urls::sign_up(&attempt.continue_to) } else { urls::sign_in(&attempt.continue_to) },
        works_until: clock(standing.works_until),
        next_code: standing.next.filter(|next| *next > now).map(clock),
        codes_left: standing.left,
        codes_a_day: app.config.codes.per_day,
        more_codes_from: clock(one_time_code::next_day(now)),
        other_channel: (!signs_up && second.is_none() && one_time_code::reaches(&app, other)).then(|| shown(other)),
        password_url: (!signs_up && second.is_none()).then(|| attempt::page_url(Kind::Password, id)),
        trouble_url: urls::trouble(id, asked.as_str()),
        recovery_url: (!signs_up && second.is_none()).then(|| urls::of_attempt(urls::RECOVERY, id)),
        second,
        passkeys: passkey::is_on(&app),
        error,
    };
    visitor.show_as(status, &page)
}

pub(super) fn shown(channel: StoredChannel) -> Channel {
    match channel {
        StoredChannel::Sms => Channel::Sms,
        StoredChannel::Email => Channel::Email,
    }
}

/// Where the code went, as far as the person said it themselves.
pub(super) fn destination(attempt: &Attempt, asked: StoredChannel) -> Destination {
    if one_time_code::is_typed(attempt, asked) {
        Destination::Typed { address: attempt::identifier(attempt).shown(), channel: shown(asked) }
    } else {
        Destination::OfAccountId
    }
}
