//! The tokens of a session, on the server only: refreshed when they run out, rotated, one refresh at a time,
//! for the issuer's own userinfo or for another app's API (RFC 8707).

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use actix_web::web;
use chrono::Utc;
use openidconnect::{AccessToken, OAuth2TokenResponse, RefreshToken, SubjectIdentifier, TokenResponse};

use crate::error::{AppError, Fault};
use crate::rp::exchange::{self, ExpectedNonce};
use crate::rp::provider::{AppTokenResponse, ProviderError};
use crate::rp::session::SignedIn;
use crate::rp::store::{self, AccessTokenRow, SessionRow};
use crate::state::AppState;

/// The audience of tokens that were asked for without a `resource`.
pub const ISSUER_ITSELF: &str = "";
/// A token that ends sooner is renewed before it is used, for the call takes time too.
const MARGIN_SECONDS: i64 = 30;
/// Where the issuer does not say how long a token lasts.
const ASSUMED_SECONDS: i64 = 60;
/// How often the issuer is asked whether the sign-in still stands and what the person is called.
const CHECK_SECONDS: i64 = 4 * 60;
/// And how soon again when it did not answer.
const CHECK_AGAIN_SECONDS: i64 = 60;

/// One lock per session that is refreshing. A refresh token is used once: two refreshes side by side would
/// look to the issuer like a stolen token.
#[derive(Default)]
pub struct RefreshLocks(Mutex<HashMap<String, Arc<tokio::sync::Mutex<()>>>>);

impl RefreshLocks {
    fn of(&self, session: &str) -> Arc<tokio::sync::Mutex<()>> {
        let mut locks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        locks.retain(|_, lock| Arc::strong_count(lock) > 1);
        locks.entry(session.to_owned()).or_default().clone()
    }
}

/// When an access token ends, in seconds since 1970.
pub fn expiry(tokens: &AppTokenResponse, now: i64) -> i64 {
    let seconds =
        tokens.expires_in().and_then(|lifetime| i64::try_from(lifetime.as_secs()).ok()).unwrap_or(ASSUMED_SECONDS);
    now.saturating_add(seconds)
}

/// An access token of this session that still counts: for `resource`, or for userinfo.
///
/// # Errors
/// [`AppError::SessionEnded`] when the issuer does not honour the sign-in any more: the session is ended.
/// [`ProviderError::Refused`] when it does, but gives no token for this resource.
pub async fn access_token(
    state: &web::Data<AppState>,
    session: &str,
    resource: Option<&str>,
) -> Result<AccessToken, AppError> {
    let (state, session) = (state.clone(), session.to_owned());
    let audience = resource.unwrap_or(ISSUER_ITSELF).to_owned();
    // A task of its own: a browser that hangs up must not cut a refresh off between the issuer's answer and
    // our writing it down, or the new refresh token is lost.
    let task = actix_web::rt::spawn(async move { locked_access_token(&state, session, audience).await });
    task.await.map_err(|error| AppError::Fault(error.into()))?
}

async fn locked_access_token(state: &AppState, session: String, audience: String) -> Result<AccessToken, AppError> {
    let lock = state.refreshing.of(&session);
    let _guard = lock.lock().await;
    let now = Utc::now().timestamp();
    let key = (session.clone(), audience.clone());
    let (row, token) = state
        .database
        .read(move |connection| {
            Ok((store::find_session(connection, &key.0, now)?, store::find_access_token(connection, &key.0, &key.1)?))
        })
        .await?;
    let row = row.ok_or(AppError::SessionEnded)?;
    match token {
        Some(token) if token.expires_at > now.saturating_add(MARGIN_SECONDS) => Ok(AccessToken::new(token.token)),
        _ => match refresh(state, &row, &audience).await {
            Err(AppError::Provider(ProviderError::Refused { code })) if code == "invalid_grant" => {
                end(state, session).await?;
                Err(AppError::SessionEnded)
            }
            answer => answer,
        },
    }
}

/// RFC 6749, section 6.
async fn refresh(state: &AppState, row: &SessionRow, audience: &str) -> Result<AccessToken, AppError> {
    let refused = || ProviderError::Refused { code: "invalid_grant".to_owned() };
    let refresh_token = RefreshToken::new(row.refresh_token.clone().ok_or_else(refused)?);
    let discovered = state.provider.current().await?;
    let mut request = discovered
        .client
        .exchange_refresh_token(&refresh_token)
        .map_err(|error| ProviderError::Unreachable(error.to_string()))?;
    if audience != ISSUER_ITSELF {
        request = request.add_extra_param("resource", audience);
    }
    let tokens = request.request_async(&state.http).await.map_err(|error| exchange::token_error(&error))?;
    // The refresh token has rotated: it is kept before anything else can go wrong.
    keep(state, row, audience, &tokens).await?;
    exchange::check_access_token(&tokens)?;
    if let Some(id_token) = tokens.id_token() {
        let identity =
            exchange::verify_id_token(state, discovered, id_token, tokens.access_token(), ExpectedNonce::Any).await?;
        // OpenID Connect Core 1.0, section 12.2: a refresh never changes who it is about.
        if identity.subject.as_str() != row.subject {
            end(state, row.digest.clone()).await?;
            return Err(ProviderError::Untrusted("the refreshed ID token is about somebody else".to_owned()).into());
        }
    }
    Ok(tokens.access_token().clone())
}

async fn keep(state: &AppState, row: &SessionRow, audience: &str, tokens: &AppTokenResponse) -> Result<(), AppError> {
    let token = AccessTokenRow {
        session: row.digest.clone(),
        audience: audience.to_owned(),
        token: tokens.access_token().secret().clone(),
        expires_at: expiry(tokens, Utc::now().timestamp()),
    };
    let refresh_token = tokens.refresh_token().map(|token| token.secret().clone());
    let id_token = tokens.id_token().map(ToString::to_string);
    let kept = state
        .database
        .write(move |connection| {
            store::keep_refreshed(connection, &token, refresh_token.as_deref(), id_token.as_deref())
        })
        .await?;
    if kept { Ok(()) } else { Err(AppError::SessionEnded) }
}

/// Forgets an access token that its resource refused, so that the next one is new.
///
/// # Errors
/// When the database fails.
pub async fn forget(state: &AppState, session: &str, resource: &str) -> Result<(), Fault> {
    let key = (session.to_owned(), resource.to_owned());
    state.database.write(move |connection| store::drop_access_token(connection, &key.0, &key.1)).await?;
    Ok(())
}

/// Asks the issuer from time to time whether the sign-in still stands, and what the person is called now.
/// While the issuer does not answer, the session stands.
///
/// # Errors
/// [`AppError::SessionEnded`] when the issuer does not honour it any more.
pub async fn confirm(state: &web::Data<AppState>, signed_in: SignedIn) -> Result<SignedIn, AppError> {
    let now = Utc::now().timestamp();
    if now.saturating_sub(signed_in.checked_at) < CHECK_SECONDS {
        return Ok(signed_in);
    }
    match confirmed(state, &signed_in, now).await {
        Ok(signed_in) => Ok(signed_in),
        Err(AppError::Provider(ProviderError::Refused { code })) if code == "invalid_token" => {
            end(state, signed_in.session).await?;
            Err(AppError::SessionEnded)
        }
        Err(AppError::Provider(error)) => {
            tracing::warn!("a sign-in could not be confirmed: {error}");
            let (session, at) = (signed_in.session.clone(), now - CHECK_SECONDS + CHECK_AGAIN_SECONDS);
            state.database.write(move |connection| store::set_checked_at(connection, &session, at)).await?;
            Ok(signed_in)
        }
        Err(error) => Err(error),
    }
}

async fn confirmed(state: &web::Data<AppState>, signed_in: &SignedIn, now: i64) -> Result<SignedIn, AppError> {
    let token = access_token(state, &signed_in.session, None).await?;
    let person = exchange::userinfo(state, &token, SubjectIdentifier::new(signed_in.person.subject.clone())).await?;
    let (session, kept) = (signed_in.session.clone(), person.clone());
    state
        .database
        .write(move |connection| {
            store::keep_profile(connection, &session, kept.name.as_deref(), kept.email.as_deref())?;
            store::set_checked_at(connection, &session, now)
        })
        .await?;
    Ok(SignedIn { person, checked_at: now, ..signed_in.clone() })
}

async fn end(state: &AppState, session: String) -> Result<(), Fault> {
    state.database.write(move |connection| store::end_session(connection, &session)).await?;
    Ok(())
}
