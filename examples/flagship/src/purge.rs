//! The issuer says that an account is gone: what is kept here about its person is erased before the answer. And the page that
//! shows that it was.

use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use chrono::Utc;
use diesel::prelude::*;
use serde_json::json;

use crate::erase::erase;
use crate::error::{AppError, Fault};
use crate::page::{self, Page};
use crate::rp::jws::JwsError;
use crate::rp::provider::ProviderError;
use crate::rp::security_event::{self, EventError, Purged};
use crate::state::AppState;

/// Made at start where it is missing. Nothing in it says whose account it was.
pub const TABLES: &str = "
CREATE TABLE IF NOT EXISTS purges (
    jti TEXT PRIMARY KEY NOT NULL,
    things BIGINT NOT NULL,
    at BIGINT NOT NULL
);
";

/// The page shows the last ones.
const SHOWN: i64 = 50;

diesel::table! {
    purges (jti) { jti -> Text, things -> BigInt, at -> BigInt, }
}

enum Refusal {
    /// Not to be carried out. It will not get better by repetition.
    Invalid(&'static str, String),
    /// We cannot tell now: the issuer should try again.
    NotNow(String),
}

impl From<Fault> for Refusal {
    fn from(fault: Fault) -> Self {
        Self::NotNow(fault.to_string())
    }
}

impl From<ProviderError> for Refusal {
    fn from(error: ProviderError) -> Self {
        Self::NotNow(error.to_string())
    }
}

/// `POST /security-events` (RFC 8935, section 2). No cookie and no form token: the signature says who is asking. 202 is the
/// promise that the data is gone.
pub async fn hear(state: web::Data<AppState>, request: HttpRequest, body: String) -> HttpResponse {
    let is_event = request.headers().get(CONTENT_TYPE).is_some_and(|value| value == "application/secevent+jwt");
    let outcome = match is_event {
        true => carry_out(&state, &body).await,
        false => Err(Refusal::Invalid("invalid_request", "not application/secevent+jwt".to_owned())),
    };
    let (status, err, description) = match outcome {
        Ok(things) => {
            tracing::info!(things, "a person's data was erased: their account is gone");
            return HttpResponse::Accepted().insert_header((CACHE_CONTROL, "no-store")).finish();
        }
        Err(Refusal::Invalid(err, description)) => (StatusCode::BAD_REQUEST, err, description),
        Err(Refusal::NotNow(cause)) => {
            tracing::error!("a security event could not be carried out: {cause}");
            (StatusCode::SERVICE_UNAVAILABLE, "temporarily_unavailable", "try again later".to_owned())
        }
    };
    HttpResponse::build(status)
        .insert_header((CACHE_CONTROL, "no-store"))
        .json(json!({ "err": err, "description": description }))
}

/// Erases and notes it in one transaction. The same token again is as good as the first time: there is nothing left.
async fn carry_out(state: &AppState, token: &str) -> Result<usize, Refusal> {
    let Purged { jti, subject } = verify(state, token).await?;
    let kind = state.config.kind;
    let erased = state.database.write(move |connection| {
        let things = erase(connection, kind, &subject)?;
        let row = (
            purges::jti.eq(jti),
            purges::things.eq(i64::try_from(things).unwrap_or(i64::MAX)),
            purges::at.eq(Utc::now().timestamp()),
        );
        diesel::insert_or_ignore_into(purges::table).values(row).execute(connection)?;
        Ok(things)
    });
    let things = erased.await?;
    state.database.empty_log().await?;
    Ok(things)
}

async fn verify(state: &AppState, token: &str) -> Result<Purged, Refusal> {
    let (issuer, client) = (state.config.issuer.as_str(), state.config.client_id.as_str());
    let known = state.provider.current().await?;
    match security_event::verify(token, &known.keys, issuer, client, Utc::now()) {
        Err(EventError::Jws(JwsError::UnknownKey)) => {
            let newer = state.provider.newer_than(&known).await?;
            security_event::verify(token, &newer.keys, issuer, client, Utc::now())
        }
        answer => answer,
    }
    .map_err(|error| Refusal::Invalid(error.code(), error.to_string()))
}

/// One account that is gone.
struct Shown {
    when: String,
    things: i64,
}

#[derive(Template)]
#[template(path = "purge.html")]
struct PurgePage {
    page: Page,
    purges: Vec<Shown>,
}

/// `GET /erased`: when this app erased somebody because their account is gone, and how much; never whom.
///
/// # Errors
/// [`AppError`], as a page.
pub async fn list(state: web::Data<AppState>) -> Result<HttpResponse, AppError> {
    let read = state.database.read(|connection| {
        let newest = purges::table.order(purges::at.desc()).limit(SHOWN);
        newest.select((purges::at, purges::things)).load::<(i64, i64)>(connection)
    });
    let purges = read.await?.into_iter().map(|(at, things)| Shown { when: page::time(at), things }).collect();
    page::html(&PurgePage { page: Page::without_person(&state, "Accounts that are gone"), purges })
}
