//! The page where a person types what their device shows. Posts `user_code` to `/device`; a good one is answered with
//! the question of [`super::confirm`], whatever link led here.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use std::time::Duration;

use super::{confirm, qr, user_code, user_digest};
use crate::app::AppState;
use crate::clock::Timestamp;
use crate::language::Sentence;
use crate::oauth::token::authorization_code::named_resources;
use crate::session::{self, Refused, SignedIn};
use crate::store::device_requests;
use crate::store::{Connection, StoreError, addresses, clients, throttles};
use crate::web::error::ErrorKind;
use crate::web::page::Page;
use crate::web::person::{Person, masked_main};
use crate::web::urls;
use crate::web::visitor::Visitor;

const HOUR: Duration = Duration::from_secs(60 * 60);

/// What is wrong with the code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UserCodeFault {
    /// Nothing was typed.
    Missing,
    /// No device that waits has it.
    Wrong,
}

impl UserCodeFault {
    /// The sentence beside the field.
    pub fn sentence(self, page: &Page) -> Sentence<'static> {
        page.t(match self {
            Self::Missing => "device-missing",
            Self::Wrong => "device-wrong",
        })
    }
}

/// Asks for the code.
#[derive(Debug, Template)]
#[template(path = "oauth/device/enter.html")]
pub struct EnterPage {
    /// What every page carries.
    pub page: Page,
    /// What was typed, or came with the link.
    pub user_code: String,
    /// What is wrong with it.
    pub error: Option<UserCodeFault>,
    /// Whose account the device would be in.
    pub person: Person,
    /// Where another account is chosen.
    pub not_you_url: String,
    /// The address of this page as a picture, to go on by phone.
    pub qr_url: String,
}

/// The page, with what was typed, or came with the link; `known` is that code where it is one.
async fn page(
    visitor: &Visitor,
    signed_in: &SignedIn,
    typed: String,
    known: &str,
    error: Option<UserCodeFault>,
) -> Result<EnterPage, StoreError> {
    let SignedIn { account, .. } = signed_in;
    let id = account.id;
    let addresses = visitor.app.store.read(move |connection| addresses::of_account(connection, id)).await?;
    Ok(EnterPage {
        page: visitor.page.clone(),
        user_code: typed,
        error,
        person: Person::of(account, masked_main(&addresses)),
        not_you_url: urls::choose_account(&urls::device(known)),
        qr_url: qr::picture_url(known),
    })
}

/// Who is signed in; who is not, signs in and comes back with the code.
pub(super) async fn person(visitor: &Visitor, user_code: &str) -> Result<SignedIn, Refused> {
    session::required_at(visitor, &urls::device(user_code)).await
}

/// `GET /device`. A code in the address is filled in and no more: a link that somebody sent must not be an answer.
pub async fn get(app: web::Data<AppState>, request: HttpRequest) -> Result<HttpResponse, Refused> {
    let visitor = Visitor::of(&app, &request);
    let query = visitor.query()?;
    let user_code = query.get("user_code").and_then(user_code::read).map(|code| user_code::shown(&code));
    let user_code = user_code.unwrap_or_default();
    let signed_in = person(&visitor, &user_code).await?;
    let visitor = visitor.with_settings_of(&signed_in.account);
    Ok(visitor.show(&page(&visitor, &signed_in, user_code.clone(), &user_code, None).await?)?)
}

/// What a code turned out to be.
enum Looked {
    TooMany,
    Unknown,
    Waiting(Box<confirm::Waiting>),
}

/// `POST /device`.
pub async fn post(
    app: web::Data<AppState>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Refused> {
    let visitor = Visitor::of(&app, &request);
    let form = visitor.form(payload).await?;
    let typed = form.get("user_code").unwrap_or_default();
    let code = user_code::read(typed);
    let shown = code.as_deref().map(user_code::shown);
    let signed_in = person(&visitor, shown.as_deref().unwrap_or_default()).await?;
    let visitor = visitor.with_settings_of(&signed_in.account);
    let Some(code) = code else {
        let fault = if typed.trim().is_empty() { UserCodeFault::Missing } else { UserCodeFault::Wrong };
        return wrong(&visitor, &signed_in, typed, fault).await;
    };
    let tries = Tries {
        digest: user_digest(&app, &code),
        account_id: signed_in.account.id,
        block: visitor.address_block(),
        now: app.clock.now(),
    };
    let state = app.clone();
    match app.store.write(move |connection| look(connection, &state, &tries)).await? {
        Looked::TooMany => Err(ErrorKind::TooMany.into()),
        Looked::Unknown => wrong(&visitor, &signed_in, typed, UserCodeFault::Wrong).await,
        Looked::Waiting(waiting) => Ok(confirm::ask(&visitor, &signed_in, &waiting, &user_code::shown(&code))?),
    }
}

async fn wrong(
    visitor: &Visitor,
    signed_in: &SignedIn,
    typed: &str,
    fault: UserCodeFault,
) -> Result<HttpResponse, Refused> {
    let typed = typed.chars().take(40).collect();
    let page = page(visitor, signed_in, typed, "", Some(fault)).await?;
    Ok(visitor.show_as(StatusCode::UNPROCESSABLE_ENTITY, &page)?)
}

/// One try at a code, and whom it counts for.
struct Tries {
    digest: Vec<u8>,
    account_id: i64,
    block: String,
    now: Timestamp,
}

/// Counts the try before it looks (RFC 8628 §5.1), and takes it back where the code was right.
fn look(connection: &mut Connection, app: &AppState, tries: &Tries) -> Result<Looked, StoreError> {
    let (now, window_end) = (tries.now, tries.now.plus(HOUR));
    let buckets = [
        (format!("device-codes:account:{}", tries.account_id), app.config.device.wrong_codes_per_account_per_hour),
        (format!("device-codes:{}", tries.block), app.config.limits.code_tries_per_address_per_hour),
        ("device-codes".to_owned(), app.config.device.wrong_codes_per_hour),
    ];
    let mut over = false;
    for (bucket, limit) in &buckets {
        over |= throttles::take(connection, bucket, *limit, now, window_end)?.is_some();
    }
    if over {
        return Ok(Looked::TooMany);
    }
    let Some(request) = device_requests::find_waiting(connection, &tries.digest, now)? else {
        return Ok(Looked::Unknown);
    };
    let Some(client) = clients::find(connection, &request.client_id)? else { return Ok(Looked::Unknown) };
    for (bucket, _) in &buckets {
        throttles::give_back(connection, bucket)?;
    }
    let named = named_resources(connection, request.resources.iter())?;
    Ok(Looked::Waiting(Box::new(confirm::Waiting {
        resources: named.into_iter().map(|(resource, _)| resource).collect(),
        addresses: addresses::of_account(connection, tries.account_id)?,
        request,
        client,
    })))
}
