//! From an authorization code to a person: the code is redeemed, the ID token verified (OpenID Connect Core
//! 1.0, section 3.1.3.7), and userinfo asked for the name.

use std::sync::Arc;

use chrono::{TimeDelta, Utc};
use openidconnect::core::{CoreGenderClaim, CoreTokenType};
use openidconnect::{
    AccessToken, AccessTokenHash, AuthorizationCode, ClaimsVerificationError, EmptyAdditionalClaims, Nonce,
    NonceVerifier, OAuth2TokenResponse, PkceCodeVerifier, RequestTokenError, SignatureVerificationError,
    SubjectIdentifier, TokenResponse, UserInfoClaims, UserInfoError,
};

use crate::rp::http::{DisplayChain, HttpError};
use crate::rp::provider::{AppIdToken, AppTokenResponse, Discovered, ProviderError};
use crate::rp::session::Person;
use crate::state::AppState;

/// A sign-in that verifies.
pub struct Exchanged {
    /// Who.
    pub person: Person,
    /// The sign-in at the issuer, for back-channel logout.
    pub sid: Option<String>,
    /// The ID token as it came, for `id_token_hint`.
    pub id_token: String,
    /// The tokens as they came.
    pub tokens: AppTokenResponse,
}

/// Whom an ID token is about.
pub struct Identity {
    /// `sub`.
    pub subject: SubjectIdentifier,
    /// `sid`.
    pub sid: Option<String>,
}

/// What the ID token's nonce has to be.
#[derive(Clone, Copy)]
pub enum ExpectedNonce<'a> {
    /// The one that the authorization request had.
    Exactly(&'a Nonce),
    /// Anything: an ID token of a refresh need not have one (OpenID Connect Core 1.0, section 12.2).
    Any,
}

impl NonceVerifier for ExpectedNonce<'_> {
    fn verify(self, nonce: Option<&Nonce>) -> Result<(), String> {
        match self {
            Self::Exactly(expected) => expected.verify(nonce),
            Self::Any => Ok(()),
        }
    }
}

/// Redeems a code.
///
/// # Errors
/// [`ProviderError`]: `Refused` when the code is not good any more, `Untrusted` when what comes back does not
/// verify.
pub async fn redeem(
    state: &AppState,
    code: String,
    verifier: String,
    nonce: String,
) -> Result<Exchanged, ProviderError> {
    let discovered = state.provider.current().await?;
    let tokens = discovered
        .client
        .exchange_code(AuthorizationCode::new(code))
        .map_err(|error| ProviderError::Unreachable(error.to_string()))?
        .set_pkce_verifier(PkceCodeVerifier::new(verifier))
        .request_async(&state.http)
        .await
        .map_err(|error| token_error(&error))?;
    check_access_token(&tokens)?;
    let id_token = tokens.id_token().ok_or_else(|| ProviderError::Untrusted("there is no ID token".to_owned()))?;
    let nonce = Nonce::new(nonce);
    let identity =
        verify_id_token(state, discovered, id_token, tokens.access_token(), ExpectedNonce::Exactly(&nonce)).await?;
    let person = userinfo(state, tokens.access_token(), identity.subject).await?;
    Ok(Exchanged { person, sid: identity.sid, id_token: id_token.to_string(), tokens })
}

/// Verifies an ID token; where its key is unknown, with newer keys once more.
///
/// # Errors
/// [`ProviderError::Untrusted`].
pub async fn verify_id_token(
    state: &AppState,
    discovered: Arc<Discovered>,
    id_token: &AppIdToken,
    access_token: &AccessToken,
    nonce: ExpectedNonce<'_>,
) -> Result<Identity, ProviderError> {
    match check_id_token(state, &discovered, id_token, access_token, nonce) {
        Err(ClaimsVerificationError::SignatureVerification(SignatureVerificationError::NoMatchingKey)) => {
            let newer = state.provider.newer_than(&discovered).await?;
            check_id_token(state, &newer, id_token, access_token, nonce)
        }
        answer => answer,
    }
    .map_err(|error| ProviderError::Untrusted(error.to_string()))
}

fn check_id_token(
    state: &AppState,
    discovered: &Discovered,
    id_token: &AppIdToken,
    access_token: &AccessToken,
    nonce: ExpectedNonce<'_>,
) -> Result<Identity, ClaimsVerificationError> {
    let verifier = state.provider.id_token_verifier(discovered).set_issue_time_verifier_fn(|issued| {
        if issued > Utc::now() + TimeDelta::seconds(60) {
            Err("the ID token is from the future".to_owned())
        } else {
            Ok(())
        }
    });
    let claims = id_token.claims(&verifier, nonce)?;
    // `openidconnect` leaves `azp` to its callers.
    if claims.authorized_party().is_some_and(|party| *party != state.config.client_id) {
        return Err(ClaimsVerificationError::InvalidAudience("azp is another client".to_owned()));
    }
    // Ties the access token to the ID token: neither can be swapped for another person's.
    if let Some(expected) = claims.access_token_hash() {
        let unsigned = ClaimsVerificationError::SignatureVerification;
        let (algorithm, key) =
            (id_token.signing_alg().map_err(unsigned)?, id_token.signing_key(&verifier).map_err(unsigned)?);
        let actual = AccessTokenHash::from_token(access_token, algorithm, key)
            .map_err(|error| ClaimsVerificationError::Other(error.to_string()))?;
        if actual != *expected {
            return Err(ClaimsVerificationError::Other("at_hash is of another access token".to_owned()));
        }
    }
    Ok(Identity { subject: claims.subject().clone(), sid: claims.additional_claims().sid.clone() })
}

/// Asks userinfo (OpenID Connect Core 1.0, section 5.3). An answer about anybody but `subject` is refused.
///
/// # Errors
/// [`ProviderError::Refused`] when the access token is not honoured.
pub async fn userinfo(
    state: &AppState,
    token: &AccessToken,
    subject: SubjectIdentifier,
) -> Result<Person, ProviderError> {
    let discovered = state.provider.current().await?;
    let claims: UserInfoClaims<EmptyAdditionalClaims, CoreGenderClaim> = discovered
        .client
        .user_info(token.clone(), Some(subject.clone()))
        .map_err(|error| ProviderError::Unreachable(error.to_string()))?
        .request_async(&state.http)
        .await
        .map_err(|error| userinfo_error(&error))?;
    let name = claims.name().and_then(|names| names.get(None)).map(|name| name.as_str());
    let name = name.or_else(|| claims.preferred_username().map(|name| name.as_str()));
    Ok(Person {
        subject: subject.to_string(),
        name: name.map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned),
        email: claims.email().map(|email| email.to_string()),
    })
}

/// The rest of the program sends access tokens in headers only.
///
/// # Errors
/// [`ProviderError::Untrusted`] for a token that is not a bearer token or cannot stand in a header.
pub fn check_access_token(tokens: &AppTokenResponse) -> Result<(), ProviderError> {
    let sendable = tokens.access_token().secret().bytes().all(|byte| byte.is_ascii_graphic());
    if *tokens.token_type() != CoreTokenType::Bearer || !sendable {
        return Err(ProviderError::Untrusted("the access token is not a bearer token".to_owned()));
    }
    Ok(())
}

/// A failure of the token endpoint. Its body is never passed on: it may hold tokens.
pub fn token_error<T>(error: &RequestTokenError<HttpError, openidconnect::StandardErrorResponse<T>>) -> ProviderError
where
    T: openidconnect::ErrorResponseType + AsRef<str> + std::fmt::Display + 'static,
{
    match error {
        RequestTokenError::ServerResponse(answer) => {
            ProviderError::Refused { code: answer.error().as_ref().to_owned() }
        }
        RequestTokenError::Request(cause) => ProviderError::Unreachable(DisplayChain(cause).to_string()),
        RequestTokenError::Parse(..) => {
            ProviderError::Unreachable("the token endpoint's answer is not JSON as expected".to_owned())
        }
        RequestTokenError::Other(_) => {
            ProviderError::Unreachable("the token endpoint answered with another error".to_owned())
        }
    }
}

fn userinfo_error(error: &UserInfoError<HttpError>) -> ProviderError {
    match error {
        UserInfoError::Response(status, ..) if matches!(status.as_u16(), 401 | 403) => {
            ProviderError::Refused { code: "invalid_token".to_owned() }
        }
        UserInfoError::ClaimsVerification(cause) => ProviderError::Untrusted(cause.to_string()),
        UserInfoError::Request(cause) => ProviderError::Unreachable(DisplayChain(cause).to_string()),
        UserInfoError::Response(status, ..) => ProviderError::Unreachable(format!("userinfo answered with {status}")),
        _ => ProviderError::Untrusted("userinfo's answer cannot be read".to_owned()),
    }
}
