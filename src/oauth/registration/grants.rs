//! Pure: which ways to tokens a client may have, and how they go together.

use super::{MOST_URIS, RegistrationFault, Trust, fault, unique};
use crate::oauth::authorize::response::ResponseType;
use crate::oauth::scope;
use crate::oauth::token::{GRANTS, GrantType};
use crate::store::clients::AuthMethod;
use crate::store::columns::Words;

/// The response types beside `code`: only for those whom the operator lets have them.
pub(super) fn response_types(written: &[String], trust: &Trust) -> Result<Vec<ResponseType>, RegistrationFault> {
    let mut read: Vec<ResponseType> = Vec::new();
    for name in written {
        match ResponseType::parse(name) {
            Some(ResponseType::CODE) => {}
            Some(own) if trust.legacy_response_types => read.extend((!read.contains(&own)).then_some(own)),
            _ => return fault("response_types", format!("\"{name}\" is not supported")),
        }
    }
    Ok(read)
}

/// The grant type of tokens from the authorization endpoint (RFC 6749 §4.2). Nothing is redeemed for it.
pub const IMPLICIT: &str = "implicit";

/// Whether people come to it by the authorization endpoint.
pub(super) fn is_redirected_to(grants: &Words) -> bool {
    [GrantType::AuthorizationCode.as_str(), IMPLICIT].iter().any(|way| grants.contains(way))
}

/// Whether people sign in to it, so that it may ask for them.
pub fn signs_in(grants: &Words) -> bool {
    let ways = [GrantType::AuthorizationCode, GrantType::DeviceCode, GrantType::JwtBearer].map(|grant| grant.as_str());
    let ways = ways.into_iter().chain([IMPLICIT]);
    ways.into_iter().any(|way| grants.contains(way))
}

/// Checks `grant_types`, with what the response types bring along.
pub(super) fn check(
    written: &[String],
    response_types: &[ResponseType],
    method: AuthMethod,
) -> Result<Words, RegistrationFault> {
    let default = [GrantType::AuthorizationCode, GrantType::RefreshToken].map(|grant| grant.as_str());
    let grants: Words =
        if written.is_empty() { default.into_iter().collect() } else { unique(written.iter().map(String::as_str)) };
    // Whoever has the response types has the grant type, be it written or not (OpenID Connect Registration §2).
    let grants = if response_types.is_empty() { grants } else { scope::union(&grants, &Words::parse(IMPLICIT)) };
    if written.len() > MOST_URIS {
        return fault("grant_types", format!("are {MOST_URIS} at most"));
    }
    if let Some(several) = written.iter().find(|name| name.contains(char::is_whitespace)) {
        return fault("grant_types", format!("\"{several}\" is not one grant type"));
    }
    let is_known = |name: &str| {
        GRANTS.iter().any(|grant| grant.as_str() == name) || (name == IMPLICIT && !response_types.is_empty())
    };
    if let Some(unknown) = grants.iter().find(|name| !is_known(name)) {
        return fault("grant_types", format!("\"{unknown}\" is not supported"));
    }
    let has = |grant: GrantType| grants.contains(grant.as_str());
    if response_types.iter().any(|own| own.code) && !has(GrantType::AuthorizationCode) {
        return fault("grant_types", "a response type with code goes with authorization_code");
    }
    if has(GrantType::RefreshToken) && !has(GrantType::AuthorizationCode) && !has(GrantType::DeviceCode) {
        return fault("grant_types", "refresh_token goes with authorization_code or the device grant");
    }
    if has(GrantType::ClientCredentials) && method == AuthMethod::None {
        return fault("grant_types", "client_credentials needs a client with a secret (RFC 6749 §4.4)");
    }
    if has(GrantType::TokenExchange) && method == AuthMethod::None {
        return fault("grant_types", "token exchange needs a client with a secret");
    }
    if has(GrantType::JwtBearer) && method == AuthMethod::None {
        return fault("grant_types", "the JWT bearer grant needs a client with a secret or a key");
    }
    Ok(grants)
}

/// The targets of token exchange: named exactly where the client has that grant, and all its own to ask tokens for.
pub(super) fn exchanges(
    written: &[String],
    grants: &Words,
    resources: &Words,
) -> Result<Vec<String>, RegistrationFault> {
    const MEMBER: &str = "token_exchange_resources";
    if grants.contains(GrantType::TokenExchange.as_str()) == written.is_empty() {
        return fault(MEMBER, "are needed for token exchange, and for nothing else");
    }
    match written.iter().find(|identifier| !resources.contains(identifier)) {
        Some(other) => fault(MEMBER, format!("{other} is not among the client's resources")),
        None => Ok(written.to_vec()),
    }
}

/// The issuers whose assertions the client may bring: named exactly where it has that grant.
pub(super) fn asserted_by(written: &[String], grants: &Words) -> Result<Vec<String>, RegistrationFault> {
    if grants.contains(GrantType::JwtBearer.as_str()) == written.is_empty() {
        return fault("assertion_issuers", "are needed for the JWT bearer grant, and for nothing else");
    }
    Ok(written.to_vec())
}
