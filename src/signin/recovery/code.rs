//! The code that gets somebody back in: the page of sign-in, with addresses of its own. What it proves is kept with the attempt,
//! and nobody is signed in by it.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};

use super::load;
use crate::app::AppState;
use crate::clock::Timestamp;
use crate::credentials::Kind;
use crate::credentials::gate::{self, Showing};
use crate::credentials::guessing::CodeTrier;
use crate::credentials::one_time_code::{self, Sending, Verdict};
use crate::credentials::sms::proof_of_work::{self, Solved};
use crate::session::Proof;
use crate::signin::code::{CodeFault, CodePage, asked_channel, destination, shown};
use crate::store::attempts::{self, Attempt};
use crate::store::columns::Words;
use crate::store::one_time_codes::Channel;
use crate::store::{accounts, addresses};
use crate::web::error::ErrorKind;
use crate::web::error_page::PageError;
use crate::web::visitor::Visitor;
use crate::web::{parameters, sign_in_context, urls};

/// Sends a code for an attempt and goes to the page that asks for it.
pub(in crate::signin) async fn send_for(
    visitor: &Visitor,
    id: &str,
    attempt: &Attempt,
    channel: Channel,
    solved: Option<Solved>,
) -> Result<HttpResponse, PageError> {
    let note = match one_time_code::send_for_work(visitor, attempt, channel, solved).await? {
        Sending::Held => return Ok(visitor.go(&urls::held(id, channel.as_str()), [])),
        Sending::Sent => "",
        Sending::NotNow => "&note=soon",
        Sending::TooMany => return Err(ErrorKind::TooMany.into()),
    };
    let query = parameters::encode([("attempt", id), ("channel", channel.as_str())]);
    Ok(visitor.go(&format!("{}?{query}{note}", urls::RECOVERY_CODE), []))
}

/// `POST /signin/recovery/send`.
pub async fn send(
    app: web::Data<AppState>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, PageError> {
    let visitor = Visitor::of(&app, &request);
    let form = visitor.form(payload).await?;
    let id = form.get("attempt").unwrap_or_default();
    let Ok(solved) = proof_of_work::brought(&visitor, id, &form) else {
        return Ok(visitor.go(&urls::held(id, Channel::Sms.as_str()), []));
    };
    let attempt = load(&visitor, Some(id)).await?;
    send_for(&visitor, id, &attempt, asked_channel(form.get("channel"), &attempt), solved).await
}

/// `GET /signin/recovery/code`.
pub async fn get(app: web::Data<AppState>, request: HttpRequest) -> Result<HttpResponse, PageError> {
    let visitor = Visitor::of(&app, &request);
    let query = visitor.query()?;
    let id = query.get("attempt").unwrap_or_default();
    let attempt = load(&visitor, Some(id)).await?;
    let asked = asked_channel(query.get("channel"), &attempt);
    let fault = match query.get("note") {
        Some("soon") => {
            let standing = one_time_code::standing(&visitor, &attempt, asked).await?;
            let last_works = standing.works;
            standing.next.map(|next| CodeFault::TooSoon { next: visitor.page.clock(next), last_works })
        }
        _ => None,
    };
    show(visitor, id, &attempt, asked, fault).await
}

/// `POST /signin/recovery/code`.
pub async fn post(
    app: web::Data<AppState>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, PageError> {
    let visitor = Visitor::of(&app, &request);
    let form = visitor.form(payload).await?;
    let id = form.get("attempt").unwrap_or_default();
    let attempt = load(&visitor, Some(id)).await?;
    let asked = asked_channel(form.get("channel"), &attempt);
    let typed = one_time_code::digits(form.get("code").unwrap_or_default());
    if typed.len() != 6 || !typed.bytes().all(|byte| byte.is_ascii_digit()) {
        return show(visitor, id, &attempt, asked, Some(CodeFault::Missing)).await;
    }
    match enter(&visitor, &attempt, typed).await? {
        Some(fault) => show(visitor, id, &attempt, asked, Some(fault)).await,
        None => Ok(visitor.go(&urls::of_attempt(urls::RECOVERY_PASSWORD, id), [])),
    }
}

/// Takes a try, and keeps with the attempt what a right code proves: the address and whose it is, in one write.
async fn enter(visitor: &Visitor, attempt: &Attempt, typed: String) -> Result<Option<CodeFault>, PageError> {
    let (app, now) = (visitor.app.get_ref().clone(), visitor.app.clock.now());
    let trier = CodeTrier::of(visitor);
    let (attempt, proof) = (attempt.clone(), Proof::of(visitor, 0, Words::default()));
    let write = visitor.app.store.write(move |connection| {
        let Some(counted) = trier.count(connection, &attempt)? else { return Ok(Err(ErrorKind::TooMany)) };
        let (kind, address, channel) = match one_time_code::check(connection, &app, &attempt, &typed, now)? {
            Verdict::Wrong { tries_left } => return Ok(Ok(Some(CodeFault::Wrong { tries_left }))),
            Verdict::Right { kind, address, channel } => (kind, address, channel),
        };
        counted.settle(connection)?;
        let Some(owner) = addresses::owner(connection, kind, &address)? else {
            attempts::proved(connection, &attempt.id_digest, kind, &address)?;
            return Ok(Ok(None));
        };
        // Held before its attempts change, as everybody does.
        accounts::hold(connection, owner.id)?;
        attempts::proved_of(connection, &attempt.id_digest, (kind, &address), owner.id)?;
        let proof = Proof { account_id: owner.id, ..proof }.by(&address);
        // What follows, the next page says.
        gate::pass(connection, &app, &Showing::of(&attempt, Kind::OneTimeCode(channel), proof), now)?;
        Ok(Ok(None))
    });
    Ok(write.await??)
}

async fn show(
    visitor: Visitor,
    id: &str,
    attempt: &Attempt,
    asked: Channel,
    error: Option<CodeFault>,
) -> Result<HttpResponse, PageError> {
    let asking = sign_in_context::asking(&visitor, &attempt.continue_to).await?;
    let mut visitor = visitor.with_ui_locales(asking.context.ui_locales.as_deref());
    visitor.allow_form_action(asking.form_action());
    let standing = one_time_code::standing(&visitor, attempt, asked).await?;
    let (app, now) = (visitor.app.clone(), visitor.app.clock.now());
    let status = if error.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let clock = |at: Timestamp| visitor.page.clock(at);
    let other = one_time_code::other(asked);
    let page = CodePage {
        page: visitor.page.clone(),
        app: asking.app,
        attempt: id.to_owned(),
        enter_url: urls::RECOVERY_CODE,
        send_url: urls::RECOVERY_SEND,
        destination: destination(attempt, asked),
        channel: shown(asked),
        change_url: urls::sign_in(&attempt.continue_to),
        works_until: clock(standing.works_until),
        next_code: standing.next.filter(|next| *next > now).map(clock),
        codes_left: standing.left,
        codes_a_day: app.config.codes.per_day,
        more_codes_from: clock(one_time_code::next_day(now)),
        other_channel: one_time_code::reaches(&app, other).then(|| shown(other)),
        password_url: None,
        trouble_url: urls::trouble(id, asked.as_str()),
        recovery_url: Some(urls::of_attempt(urls::RECOVERY, id)),
        second: None,
        passkeys: false,
        error,
    };
    visitor.show_as(status, &page)
}
