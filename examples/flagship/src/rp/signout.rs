//! Signing out: here first, then at the issuer (OpenID Connect RP-Initiated Logout 1.0), which tells the
//! other apps.

use actix_web::{HttpRequest, HttpResponse, web};
use chrono::Utc;
use openidconnect::{CsrfToken, LogoutRequest, PostLogoutRedirectUrl};
use serde::Deserialize;

use crate::error::{AppError, Explanation, Fault};
use crate::page;
use crate::random;
use crate::rp::authorize::LocalPath;
use crate::rp::cookies;
use crate::rp::csrf::{Pressed, SignedForm};
use crate::rp::provider::AppIdToken;
use crate::rp::store;
use crate::state::AppState;

const SIGNED_OUT: &str = "/signed-out";

/// `POST /signout`.
///
/// # Errors
/// [`AppError`], as a page.
pub async fn sign_out(state: web::Data<AppState>, form: SignedForm<Pressed>) -> Result<HttpResponse, AppError> {
    let (session, now) = (form.signed_in.session, Utc::now().timestamp());
    // The session here ends whether or not the issuer can be reached.
    let row = state
        .database
        .write(move |connection| {
            let row = store::find_session(connection, &session, now)?;
            store::end_session(connection, &session)?;
            Ok(row)
        })
        .await?;
    let sent_state = random::token()?;
    let id_token = row.map(|row| row.id_token).unwrap_or_default();
    let location = match at_issuer(&state, &id_token, &sent_state).await {
        Ok(Some(url)) => url,
        Ok(None) => SIGNED_OUT.to_owned(),
        Err(error) => {
            tracing::warn!("signed out here only: {error}");
            SIGNED_OUT.to_owned()
        }
    };
    let mut response = page::see_other(&location);
    cookies::clear(&state.config, &mut response, cookies::SESSION);
    cookies::set(&state.config, &mut response, cookies::SIGN_OUT, &sent_state);
    cookies::set(&state.config, &mut response, cookies::SILENT_TRIED, "1");
    Ok(response)
}

/// The issuer's sign-out address, where it has one.
async fn at_issuer(state: &AppState, id_token: &str, sent_state: &str) -> Result<Option<String>, Fault> {
    let discovered = state.provider.current().await.map_err(|error| error.to_string())?;
    let Some(endpoint) = discovered.metadata.additional_metadata().end_session_endpoint.clone() else {
        return Ok(None);
    };
    // An expired ID token is a good hint too: it says which session is meant, and that we may ask.
    let hint: AppIdToken = id_token.parse()?;
    let request = LogoutRequest::from(endpoint)
        .set_id_token_hint(&hint)
        .set_client_id(state.config.client_id.clone())
        .set_post_logout_redirect_uri(PostLogoutRedirectUrl::new(state.config.url(SIGNED_OUT))?)
        .set_state(CsrfToken::new(sent_state.to_owned()));
    Ok(Some(request.http_get_url().into()))
}

/// What the issuer sends back.
#[derive(Deserialize)]
pub struct SignedOutQuery {
    state: Option<String>,
}

/// `GET /signed-out`: the post-logout redirect URI. Anybody can open it; it changes nothing.
///
/// # Errors
/// [`AppError`], as a page.
pub async fn signed_out(
    state: web::Data<AppState>,
    request: HttpRequest,
    query: web::Query<SignedOutQuery>,
) -> Result<HttpResponse, AppError> {
    let sent = cookies::get(&state.config, &request, cookies::SIGN_OUT);
    // Only with our own `state` did the issuer carry out what was begun here.
    let everywhere = sent.is_some() && sent == query.state;
    let text = if everywhere {
        "You are signed out here, and in every other app of this browser session."
    } else {
        "You are signed out of this app."
    };
    let explanation = Explanation { title: "You are signed out", text, sign_in: true };
    let mut response = page::message(&state, &explanation, &LocalPath::parse("/"))?;
    cookies::clear(&state.config, &mut response, cookies::SIGN_OUT);
    Ok(response)
}
