//! Sends the browser to the issuer: the authorization request (OpenID Connect Core 1.0, section 3.1.2.1) with
//! PKCE (RFC 7636), `state` and `nonce`, and, where an app wants to call another, its `resource` (RFC 8707).

use std::time::Duration;

use actix_web::{HttpRequest, HttpResponse, web};
use chrono::Utc;
use openidconnect::core::{CoreAuthPrompt, CoreResponseType};
use openidconnect::{AuthenticationContextClass, AuthenticationFlow, CsrfToken, Nonce, PkceCodeChallenge, Scope};
use serde::Deserialize;
use url::form_urlencoded::byte_serialize;

use crate::error::AppError;
use crate::page;
use crate::random;
use crate::rp::store::{self, AttemptRow};
use crate::rp::{SCOPES, cookies};
use crate::state::AppState;

/// How long a person may take at the issuer. Creating an account there takes a while.
pub const ATTEMPT_SECONDS: i64 = 30 * 60;

/// Why the browser is sent to the issuer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Somebody pressed "Sign in".
    SignIn,
    /// Nobody pressed anything: `prompt=none`, so that the issuer never shows a page.
    Silent,
    /// Somebody who is signed in wants to connect another app.
    Connect,
}

impl Purpose {
    /// As kept in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SignIn => "signin",
            Self::Silent => "silent",
            Self::Connect => "connect",
        }
    }

    /// The reverse.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::SignIn, Self::Silent, Self::Connect].into_iter().find(|purpose| purpose.as_str() == text)
    }
}

/// An address within this app. What is not one becomes `/`, so that no link can make the app send people to
/// another site (an open redirect).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalPath(String);

impl LocalPath {
    /// Checks an address.
    pub fn parse(text: &str) -> Self {
        let second = text.as_bytes().get(1);
        let local = text.starts_with('/') && !matches!(second, Some(b'/' | b'\\'));
        let plain = text.len() <= 512 && text.bytes().all(|byte| byte.is_ascii_graphic());
        Self(if local && plain { text } else { "/" }.to_owned())
    }

    /// The address of a request.
    pub fn of(request: &HttpRequest) -> Self {
        Self::parse(request.uri().path_and_query().map_or("/", |path| path.as_str()))
    }

    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The address as the value of a query parameter.
    pub fn encoded(&self) -> String {
        byte_serialize(self.0.as_bytes()).collect()
    }
}

/// What an app asks the issuer for.
pub struct Wish<'a> {
    /// Why.
    pub purpose: Purpose,
    /// Where the person goes on afterwards.
    pub return_to: LocalPath,
    /// Another app to be connected: its resource identifier, and the scope wanted there.
    pub resource: Option<(&'a str, &'a str)>,
    /// How old the sign-in at the issuer may be: the person signs in again if it is older.
    pub max_age: Option<Duration>,
    /// How strong the sign-in is to be, as a class of the issuer's (`acr_values`). A wish: what came of it is in the ID token.
    pub acr: Option<&'a str>,
}

impl Wish<'_> {
    /// Nothing beyond signing in.
    pub fn of(purpose: Purpose, return_to: LocalPath) -> Self {
        Self { purpose, return_to, resource: None, max_age: None, acr: None }
    }
}

/// The query of `/signin`.
#[derive(Deserialize)]
pub struct SignInQuery {
    silent: Option<String>,
    to: Option<String>,
}

/// `GET /signin`: the "Sign in" button, or the silent try.
///
/// # Errors
/// [`AppError`], as a page.
pub async fn sign_in(
    state: web::Data<AppState>,
    request: HttpRequest,
    query: web::Query<SignInQuery>,
) -> Result<HttpResponse, AppError> {
    let purpose = if query.silent.is_some() { Purpose::Silent } else { Purpose::SignIn };
    let return_to = LocalPath::parse(query.to.as_deref().unwrap_or("/"));
    let mut response = begin(&state, &request, Wish::of(purpose, return_to)).await?;
    if purpose == Purpose::Silent {
        cookies::set(&state.config, &mut response, cookies::SILENT_TRIED, "1");
    }
    Ok(response)
}

/// Begins an authorization request: 303 to the issuer.
///
/// # Errors
/// When the issuer was never reached yet, or the database fails.
pub async fn begin(state: &AppState, request: &HttpRequest, wish: Wish<'_>) -> Result<HttpResponse, AppError> {
    let discovered = state.provider.current().await?;
    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let sent_state = random::token()?;
    let state_parameter = sent_state.clone();
    let mut authorization = discovered
        .client
        .authorize_url(
            AuthenticationFlow::<CoreResponseType>::AuthorizationCode,
            move || CsrfToken::new(state_parameter),
            Nonce::new_random,
        )
        // `openidconnect` adds `openid` by itself.
        .add_scopes(SCOPES.iter().skip(1).map(|scope| Scope::new((*scope).to_owned())))
        .set_pkce_challenge(challenge);
    if wish.purpose == Purpose::Silent {
        authorization = authorization.add_prompt(CoreAuthPrompt::None);
    }
    if let Some(max_age) = wish.max_age {
        authorization = authorization.set_max_age(max_age);
    }
    if let Some(class) = wish.acr {
        authorization = authorization.add_auth_context_value(AuthenticationContextClass::new(class.to_owned()));
    }
    if let Some((resource, scope)) = wish.resource {
        authorization = authorization.add_extra_param("resource", resource).add_scope(Scope::new(scope.to_owned()));
    }
    let (url, _, nonce) = authorization.url();

    // One cookie for all attempts of a browser, so that two tabs may sign in at once.
    let browser = match cookies::get(&state.config, request, cookies::BROWSER) {
        Some(browser) if browser.len() == 43 => browser,
        _ => random::token()?,
    };
    let now = Utc::now().timestamp();
    let row = AttemptRow {
        state: random::digest(&sent_state),
        browser: random::digest(&browser),
        purpose: wish.purpose.as_str().to_owned(),
        nonce: nonce.secret().clone(),
        verifier: verifier.into_secret(),
        return_to: wish.return_to.as_str().to_owned(),
        expires_at: now.saturating_add(ATTEMPT_SECONDS),
    };
    state.database.write(move |connection| store::add_attempt(connection, &row, now)).await?;

    let mut response = page::see_other(url.as_str());
    cookies::set(&state.config, &mut response, cookies::BROWSER, &browser);
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::LocalPath;

    #[test]
    fn never_leads_away() {
        for good in ["/", "/notes/1?x=%2F", "/signed-out"] {
            assert_eq!(LocalPath::parse(good).as_str(), good);
        }
        for bad in ["", "//evil.example", "/\\evil.example", "https://evil.example", "notes", "/a\r\nb", "/a b"] {
            assert_eq!(LocalPath::parse(bad).as_str(), "/", "{bad:?}");
        }
    }
}
