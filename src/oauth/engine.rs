//! oxide-auth's grant machines, driven by our answers. The only file, with `authorize/` and `token/`, that knows its
//! types.
//!
//! The machines ask, the store answers: they decide the order of checks and what a grant is; every client was
//! authenticated before, every expiry was judged by our clock, and every answer and error is written by us.

use chrono::{DateTime, Utc};
use oxide_auth::code_grant::extensions::Pkce;
use oxide_auth::code_grant::{accesstoken, authorization, client_credentials, refresh};
use oxide_auth::primitives::grant::{Extensions, Grant as KernelGrant, GrantExtension, Value};
use oxide_auth::primitives::issuer::{IssuedToken, RefreshedToken, TokenType};
use oxide_auth::primitives::registrar::{BoundClient, PreGrant, RegisteredUrl};
use oxide_auth::primitives::scope::Scope;
use std::borrow::Cow;

use super::authorize::request::AuthorizationRequest;
use super::error::{ErrorCode, OAuthError};
use crate::store::authorization_codes::AuthorizationCode;
use crate::store::columns::Words;
use crate::store::grants::Grant;

/// The kernel reads the wall clock itself; expiry is ours to judge, by our clock, so it is handed grants that outlive it.
const FAR: DateTime<Utc> = DateTime::<Utc>::MAX_UTC;

fn fault() -> OAuthError {
    tracing::error!("the grant machine asked an unexpected question");
    OAuthError::new(ErrorCode::ServerError, "the server failed")
}

fn kernel_scope(scope: &Words) -> Result<Scope, OAuthError> {
    scope.as_str().parse().map_err(|_| OAuthError::new(ErrorCode::InvalidScope, "scope is malformed"))
}

fn kernel_url(uri: &str) -> Result<url::Url, OAuthError> {
    uri.parse().map_err(|_| OAuthError::invalid_request("redirect_uri is no URI"))
}

/// What the kernel reads of an authorization request.
struct CodeRequest<'a>(&'a AuthorizationRequest);

impl authorization::Request for CodeRequest<'_> {
    fn valid(&self) -> bool {
        true
    }
    fn client_id(&self) -> Option<Cow<'_, str>> {
        Some(Cow::Borrowed(&self.0.client_id))
    }
    fn scope(&self) -> Option<Cow<'_, str>> {
        (!self.0.scope.is_empty()).then_some(Cow::Borrowed(self.0.scope.as_str()))
    }
    fn redirect_uri(&self) -> Option<Cow<'_, str>> {
        Some(Cow::Borrowed(&self.0.redirect_uri))
    }
    fn state(&self) -> Option<Cow<'_, str>> {
        self.0.state.as_deref().map(Cow::Borrowed)
    }
    fn response_type(&self) -> Option<Cow<'_, str>> {
        Some(Cow::Borrowed("code"))
    }
    fn extension(&self, _: &str) -> Option<Cow<'_, str>> {
        None
    }
}

/// Runs the authorization machine (RFC 6749 §4.1.1) for a request whose client, redirect URI, person and `scope` are
/// settled. It gives the challenge as the code's row keeps it.
pub fn authorize(request: &AuthorizationRequest, scope: &Words) -> Result<Option<String>, OAuthError> {
    use authorization::{Input, Output};
    let code_request = CodeRequest(request);
    let mut machine = authorization::Authorization::new(&code_request);
    let mut input = Input::None;
    loop {
        input = match machine.advance(input) {
            Output::Bind { client_id, .. } => Input::Bound {
                request: &code_request,
                bound_client: BoundClient {
                    client_id: Cow::Owned(client_id),
                    redirect_uri: Cow::Owned(RegisteredUrl::Semantic(kernel_url(&request.redirect_uri)?)),
                },
            },
            Output::Extend => Input::Extended(challenge(request.code_challenge.as_deref())?),
            Output::Negotiate { bound_client, .. } => Input::Negotiated {
                pre_grant: PreGrant {
                    client_id: bound_client.client_id.clone().into_owned(),
                    redirect_uri: bound_client.redirect_uri.clone().into_owned(),
                    scope: kernel_scope(scope)?,
                },
                state: request.state.clone(),
            },
            Output::Ok { .. } => return Ok(request.code_challenge.clone()),
            Output::Err(_) => return Err(OAuthError::invalid_request("the authorization request is malformed")),
        };
    }
}

fn challenge(challenge: Option<&str>) -> Result<Extensions, OAuthError> {
    let mut extensions = Extensions::new();
    if let Some(challenge) = challenge {
        let pkce = Pkce::required();
        let encoded = pkce
            .challenge(Some(Cow::Borrowed("S256")), Some(Cow::Borrowed(challenge)))
            .map_err(|()| OAuthError::invalid_request("code_challenge is malformed"))?;
        extensions.set_raw(pkce.identifier().to_owned(), encoded.unwrap_or(Value::Private(None)));
    }
    Ok(extensions)
}

/// What a token request for a code carries, its client known.
#[derive(Clone, Copy)]
pub struct CodeRedemption<'a> {
    /// The authenticated client.
    pub client_id: &'a str,
    /// The code.
    pub code: &'a str,
    /// `redirect_uri`, or the stored one where neither request had one.
    pub redirect_uri: &'a str,
    /// `code_verifier`.
    pub verifier: Option<&'a str>,
}

impl accesstoken::Request for CodeRedemption<'_> {
    fn valid(&self) -> bool {
        true
    }
    fn code(&self) -> Option<Cow<'_, str>> {
        Some(Cow::Borrowed(self.code))
    }
    fn authorization(&self) -> accesstoken::Authorization<'_> {
        accesstoken::Authorization::Username(Cow::Borrowed(self.client_id))
    }
    fn client_id(&self) -> Option<Cow<'_, str>> {
        None
    }
    fn redirect_uri(&self) -> Option<Cow<'_, str>> {
        Some(Cow::Borrowed(self.redirect_uri))
    }
    fn grant_type(&self) -> Option<Cow<'_, str>> {
        Some(Cow::Borrowed("authorization_code"))
    }
    fn extension(&self, key: &str) -> Option<Cow<'_, str>> {
        (key == "code_verifier").then_some(()).and(self.verifier).map(Cow::Borrowed)
    }
}

/// Runs the access token machine (RFC 6749 §4.1.3, RFC 7636 §4.6) over a code that is live: client, redirect URI and
/// verifier are checked. `Ok` is the moment to spend the code.
pub fn redeem(request: &CodeRedemption<'_>, code: &AuthorizationCode) -> Result<(), OAuthError> {
    use accesstoken::{Input, Output};
    let mut machine = accesstoken::AccessToken::new(request);
    let mut input = Input::None;
    loop {
        input = match machine.advance(input) {
            Output::Authenticate { .. } => Input::Authenticated,
            Output::Recover { .. } => Input::Recovered(Some(Box::new(KernelGrant {
                owner_id: code.account_id.to_string(),
                client_id: code.client_id.clone(),
                scope: kernel_scope(&code.scope)?,
                redirect_uri: kernel_url(&code.redirect_uri)?,
                until: FAR,
                extensions: challenge(code.code_challenge.as_deref())?,
            }))),
            Output::Extend { extensions } => {
                verify(std::mem::take(extensions), request.verifier)?;
                Input::Extended { access_extensions: Extensions::new() }
            }
            // The tokens themselves are made after the transaction; the machine needs to know only that they will be.
            Output::Issue { .. } => Input::Issued(IssuedToken::without_refresh(String::new(), FAR)),
            Output::Ok(_) => return Ok(()),
            Output::Err(_) => {
                return Err(OAuthError::invalid_grant("the code is for another client or redirect_uri"));
            }
        };
    }
}

fn verify(mut extensions: Extensions, verifier: Option<&str>) -> Result<(), OAuthError> {
    let pkce = Pkce::required();
    match (extensions.remove(&pkce), verifier) {
        (None, None) => Ok(()),
        // A verifier without a challenge: somebody took the challenge out on the way (RFC 9700 section 4.8.2).
        (None, Some(_)) => Err(OAuthError::invalid_grant("code_verifier without a code_challenge")),
        (challenge, verifier) => {
            let verifier = verifier.filter(|text| is_verifier(text)).map(Cow::Borrowed);
            pkce.verify(challenge, verifier)
                .map_err(|()| OAuthError::invalid_grant("code_verifier does not fit the code_challenge"))
        }
    }
}

/// RFC 7636 §4.1: 43 to 128 unreserved characters.
fn is_verifier(text: &str) -> bool {
    (43..=128).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte))
}

/// What a refresh request carries, its client known.
#[derive(Clone, Copy)]
pub struct RefreshRequest<'a> {
    /// The authenticated client.
    pub client_id: &'a str,
    /// The refresh token.
    pub refresh_token: &'a str,
    /// `scope`, to narrow.
    pub scope: Option<&'a str>,
}

impl refresh::Request for RefreshRequest<'_> {
    fn valid(&self) -> bool {
        true
    }
    fn refresh_token(&self) -> Option<Cow<'_, str>> {
        Some(Cow::Borrowed(self.refresh_token))
    }
    fn scope(&self) -> Option<Cow<'_, str>> {
        self.scope.map(Cow::Borrowed)
    }
    fn grant_type(&self) -> Option<Cow<'_, str>> {
        Some(Cow::Borrowed("refresh_token"))
    }
    fn authorization(&self) -> Option<(Cow<'_, str>, Cow<'_, [u8]>)> {
        Some((Cow::Borrowed(self.client_id), Cow::Borrowed(&[])))
    }
    fn extension(&self, _: &str) -> Option<Cow<'_, str>> {
        None
    }
}

/// Runs the refresh machine (RFC 6749 §6) over a live grant and gives the scope of the new access token: the grant's, or
/// the part that was asked for.
pub fn refresh(request: &RefreshRequest<'_>, grant: &Grant) -> Result<Words, OAuthError> {
    use refresh::{Input, Output};
    let mut machine = refresh::Refresh::new(request);
    let mut input = Input::None;
    let mut narrowed = None;
    loop {
        input = match machine.advance(input) {
            Output::Unauthenticated { .. } => Input::Authenticated { scope: request.scope.map(Cow::Borrowed) },
            Output::RecoverRefresh { .. } => Input::Recovered {
                scope: request.scope.map(Cow::Borrowed),
                grant: Some(Box::new(KernelGrant {
                    owner_id: grant.account_id.to_string(),
                    client_id: grant.client_id.clone(),
                    scope: kernel_scope(&grant.scope)?,
                    redirect_uri: kernel_url("urn:keyhouse:refresh")?,
                    until: FAR,
                    extensions: Extensions::new(),
                })),
            },
            Output::Refresh { grant: kernel, .. } => {
                narrowed = Some(kernel.scope.clone());
                Input::Refreshed(RefreshedToken {
                    token: String::new(),
                    refresh: None,
                    until: FAR,
                    token_type: TokenType::Bearer,
                })
            }
            Output::Ok(_) => {
                let narrowed = narrowed.ok_or_else(fault)?;
                // The kernel's scope has no order; the grant's has.
                return Ok(grant.scope.iter().filter(|scope| narrowed.iter().any(|own| own == *scope)).collect());
            }
            Output::Err(refresh::Error::Invalid(_)) if grant.client_id != request.client_id => {
                return Err(OAuthError::invalid_grant("the refresh token is another client's"));
            }
            Output::Err(_) => {
                return Err(OAuthError::new(ErrorCode::InvalidScope, "scope is malformed or more than was granted"));
            }
        };
    }
}

/// What a client credentials request carries, its client known.
#[derive(Clone, Copy)]
pub struct OwnRequest<'a> {
    /// The authenticated client.
    pub client_id: &'a str,
    /// The scope it gets.
    pub scope: &'a Words,
}

impl client_credentials::Request for OwnRequest<'_> {
    fn valid(&self) -> bool {
        true
    }
    fn authorization(&self) -> Option<(Cow<'_, str>, Cow<'_, [u8]>)> {
        Some((Cow::Borrowed(self.client_id), Cow::Borrowed(&[])))
    }
    fn scope(&self) -> Option<Cow<'_, str>> {
        (!self.scope.is_empty()).then(|| Cow::Borrowed(self.scope.as_str()))
    }
    fn grant_type(&self) -> Option<Cow<'_, str>> {
        Some(Cow::Borrowed("client_credentials"))
    }
    fn extension(&self, _: &str) -> Option<Cow<'_, str>> {
        None
    }
}

/// Runs the client credentials machine (RFC 6749 §4.4).
pub fn client_credentials(request: &OwnRequest<'_>) -> Result<(), OAuthError> {
    use client_credentials::{Input, Output};
    let mut machine = client_credentials::ClientCredentials::new(request);
    let mut input = Input::None;
    loop {
        input = match machine.advance(input) {
            Output::Authenticate { .. } => Input::Authenticated,
            Output::Binding { client_id } => Input::Bound {
                bound_client: BoundClient {
                    client_id: Cow::Owned(client_id.to_owned()),
                    redirect_uri: Cow::Owned(RegisteredUrl::Semantic(kernel_url("urn:keyhouse:none")?)),
                },
            },
            Output::Extend => Input::Extended { extensions: Extensions::new() },
            Output::Negotiate { bound_client, .. } => Input::Negotiated {
                pre_grant: PreGrant {
                    client_id: bound_client.client_id.clone().into_owned(),
                    redirect_uri: bound_client.redirect_uri.clone().into_owned(),
                    scope: kernel_scope(request.scope)?,
                },
            },
            Output::Ok { .. } => return Ok(()),
            Output::Err(_) => return Err(OAuthError::invalid_request("the token request is malformed")),
        };
    }
}
