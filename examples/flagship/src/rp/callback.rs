//! Takes the issuer's answer at the redirect URI: whose answer is it, to which request, and what does it say.

use actix_web::{HttpRequest, HttpResponse, web};
use chrono::Utc;
use openidconnect::OAuth2TokenResponse;
use serde::Deserialize;

use crate::config::{Config, Purpose as AppPurpose};
use crate::error::{AppError, Fault};
use crate::page;
use crate::random;
use crate::rp::authorize::{LocalPath, Purpose};
use crate::rp::exchange::{self, Exchanged};
use crate::rp::provider::ProviderError;
use crate::rp::session::LIFETIME_SECONDS;
use crate::rp::store::{self, AccessTokenRow, AttemptRow, SessionRow};
use crate::rp::{cookies, tokens};
use crate::state::AppState;

const STALE: AppError =
    AppError::BadRequest("This sign-in was begun in another browser, or too long ago. Open the app and sign in again.");

/// The authorization response (RFC 6749, section 4.1.2, and RFC 9207).
#[derive(Deserialize)]
pub struct AuthorizationResponse {
    state: Option<String>,
    iss: Option<String>,
    code: Option<String>,
    error: Option<String>,
}

/// `GET /callback`.
///
/// # Errors
/// [`AppError`], as a page.
pub async fn callback(
    state: web::Data<AppState>,
    request: HttpRequest,
    answer: web::Query<AuthorizationResponse>,
) -> Result<HttpResponse, AppError> {
    let answer = answer.into_inner();
    // First of all whether this browser asked: nobody else's answer may have any effect here.
    let attempt = take_attempt(&state, &request, answer.state.as_deref()).await?;
    let purpose = Purpose::parse(&attempt.purpose).ok_or(STALE)?;
    let return_to = LocalPath::parse(&attempt.return_to);
    check_issuer(&state, answer.iss.as_deref()).await?;
    match (answer.code, answer.error) {
        (Some(code), None) => {
            let exchanged = exchange::redeem(&state, code, attempt.verifier, attempt.nonce).await?;
            start_session(&state, &request, purpose, &return_to, exchanged).await
        }
        (None, Some(error)) => refused(&state, purpose, &return_to, error),
        _ => Err(AppError::BadRequest("The account service's answer was incomplete. Start again.")),
    }
}

async fn take_attempt(state: &AppState, request: &HttpRequest, sent: Option<&str>) -> Result<AttemptRow, AppError> {
    let browser = cookies::get(&state.config, request, cookies::BROWSER).ok_or(STALE)?;
    let (sent, browser) = (random::digest(sent.ok_or(STALE)?), random::digest(&browser));
    let now = Utc::now().timestamp();
    state.database.write(move |connection| store::take_attempt(connection, &sent, &browser, now)).await?.ok_or(STALE)
}

/// RFC 9207, section 2.4: the answer must come from the issuer that was asked. Without this, a client of two
/// issuers could be made to send one's code to the other.
async fn check_issuer(state: &AppState, iss: Option<&str>) -> Result<(), AppError> {
    let always =
        state.provider.current().await?.metadata.additional_metadata().authorization_response_iss_parameter_supported;
    match iss {
        Some(iss) if iss == state.config.issuer.as_str() => Ok(()),
        None if !always => Ok(()),
        _ => Err(ProviderError::Untrusted("the authorization response is of another issuer".to_owned()).into()),
    }
}

/// The issuer said no. After a silent try that is no failure: the person is simply not signed in there, and
/// the cookie that `/signin` set keeps the app from trying again at once.
fn refused(state: &AppState, purpose: Purpose, return_to: &LocalPath, error: String) -> Result<HttpResponse, AppError> {
    let ask = ["login_required", "consent_required", "interaction_required", "account_selection_required"];
    match purpose {
        Purpose::Silent if ask.contains(&error.as_str()) => {
            let mut response = page::see_other(return_to.as_str());
            cookies::set(&state.config, &mut response, cookies::SILENT_TRIED, "1");
            Ok(response)
        }
        Purpose::Connect => {
            let outcome = if error == "access_denied" { "denied" } else { "failed" };
            tracing::info!("connecting another app: {}", error.escape_default());
            Ok(page::see_other(&format!("{}?connect={outcome}", return_to.as_str())))
        }
        _ => Err(ProviderError::Refused { code: error }.into()),
    }
}

/// A new session under a new cookie at every sign-in: a cookie that somebody planted before is worth nothing.
async fn start_session(
    state: &AppState,
    request: &HttpRequest,
    purpose: Purpose,
    return_to: &LocalPath,
    exchanged: Exchanged,
) -> Result<HttpResponse, AppError> {
    let cookie = random::token()?;
    let replaced = cookies::get(&state.config, request, cookies::SESSION).map(|cookie| random::digest(&cookie));
    let (row, token) = rows(&state.config, purpose, random::digest(&cookie), exchanged);
    store_session(state, row, token, replaced).await?;
    let mut response = page::see_other(return_to.as_str());
    cookies::set(&state.config, &mut response, cookies::SESSION, &cookie);
    cookies::clear(&state.config, &mut response, cookies::SILENT_TRIED);
    Ok(response)
}

async fn store_session(
    state: &AppState,
    row: SessionRow,
    token: AccessTokenRow,
    replaced: Option<String>,
) -> Result<(), Fault> {
    state.database.write(move |connection| store::start_session(connection, &row, &token, replaced.as_deref())).await
}

fn rows(config: &Config, purpose: Purpose, digest: String, exchanged: Exchanged) -> (SessionRow, AccessTokenRow) {
    let now = Utc::now().timestamp();
    let connected_resource = match (&config.purpose, purpose) {
        (AppPurpose::Notes { cloud_resource, .. }, Purpose::Connect) => Some(cloud_resource.clone()),
        _ => None,
    };
    let token = AccessTokenRow {
        session: digest.clone(),
        audience: tokens::ISSUER_ITSELF.to_owned(),
        token: exchanged.tokens.access_token().secret().clone(),
        expires_at: tokens::expiry(&exchanged.tokens, now),
    };
    let row = SessionRow {
        digest,
        subject: exchanged.person.subject,
        sid: exchanged.sid,
        name: exchanged.person.name,
        email: exchanged.person.email,
        id_token: exchanged.id_token,
        refresh_token: exchanged.tokens.refresh_token().map(|token| token.secret().clone()),
        connected_resource,
        checked_at: now,
        expires_at: now.saturating_add(LIFETIME_SECONDS),
    };
    (row, token)
}
