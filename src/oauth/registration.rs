//! Pure: what may be registered of a client. The command line asks here, and so will dynamic registration (RFC 7591).

use url::Url;

use super::redirect_uri::{is_loopback, registration_fault};
use super::scope::{self, NamedResource};
use super::token::{GRANTS, GrantType};
use crate::clock::Timestamp;
use crate::store::clients::{AccessTokenFormat, ApplicationType, AuthMethod, Client};
use crate::store::columns::Words;
use crate::store::details::{Json, Metadata};
use crate::store::signing_keys::Algorithm;

/// What whoever makes the app says of it, as written; the names are those of RFC 7591 §2.
#[derive(Clone, Debug, Default)]
pub struct ClientMetadata {
    /// Its identifier.
    pub client_id: String,
    /// The name people see.
    pub client_name: String,
    /// Where people come back to.
    pub redirect_uris: Vec<String>,
    /// Where they go after sign-out.
    pub post_logout_redirect_uris: Vec<String>,
    /// Where it hears of sign-outs.
    pub backchannel_logout_uri: Option<String>,
    /// None: `client_secret_basic`.
    pub token_endpoint_auth_method: Option<String>,
    /// None: `web`.
    pub application_type: Option<String>,
    /// Empty: `authorization_code` and `refresh_token`.
    pub grant_types: Vec<String>,
    /// None: `openid profile email`, where people sign in.
    pub scope: Option<String>,
    /// Resources (RFC 8707) it may ask tokens for.
    pub resources: Vec<String>,
    /// None: RS256.
    pub id_token_signed_response_alg: Option<String>,
    /// None: `jwt`.
    pub access_token_format: Option<String>,
    /// Every access token is bound to a key (RFC 9449 §5.2).
    pub dpop_bound_access_tokens: bool,
    /// Its home page.
    pub client_uri: Option<String>,
    /// Its privacy policy.
    pub policy_uri: Option<String>,
    /// Its terms.
    pub tos_uri: Option<String>,
}

/// What only the operator says: nothing of it ever comes out of a registration request.
#[derive(Clone, Debug, Default)]
pub struct Trust {
    /// Who made the app, as checked.
    pub maker: Option<String>,
    /// The operator's own.
    pub first_party: bool,
    /// The operator has checked who made it.
    pub verified: bool,
    /// Gets a refresh token without asking for `offline_access`.
    pub always_refresh: bool,
    /// May go without PKCE.
    pub pkce_optional: bool,
    /// Resources, of its own, that it may exchange people's tokens for (RFC 8693).
    pub token_exchange_resources: Vec<String>,
}

/// What the rules depend on.
#[derive(Clone, Copy, Debug)]
pub struct Surroundings<'a> {
    /// Plain http is good on loopback: development.
    pub loopback_http: bool,
    /// Of the resources named in the metadata, those that are registered.
    pub resources: &'a [NamedResource],
    /// When it is registered.
    pub now: Timestamp,
}

/// Why a client may not be registered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{member}: {problem}")]
pub struct RegistrationFault {
    /// The member of the metadata.
    pub member: &'static str,
    /// What is wrong with it, for a developer.
    pub problem: String,
}

fn fault<T>(member: &'static str, problem: impl Into<String>) -> Result<T, RegistrationFault> {
    Err(RegistrationFault { member, problem: problem.into() })
}

/// Characters of a URI, and of other texts, at most.
const LONGEST_URI: usize = 2000;
const LONGEST_NAME: usize = 100;
/// URIs of one kind at most.
const MOST_URIS: usize = 50;

/// Checks everything and gives the client as it is kept, still without secret and logo.
///
/// # Errors
/// The first member that may not be so.
pub fn check(metadata: &ClientMetadata, trust: &Trust, around: Surroundings<'_>) -> Result<Client, RegistrationFault> {
    let method = closed("token_endpoint_auth_method", &metadata.token_endpoint_auth_method, AuthMethod::parse)?
        .unwrap_or(AuthMethod::ClientSecretBasic);
    let application_type =
        closed("application_type", &metadata.application_type, ApplicationType::parse)?.unwrap_or(ApplicationType::Web);
    let algorithm = closed("id_token_signed_response_alg", &metadata.id_token_signed_response_alg, Algorithm::parse)?
        .unwrap_or(Algorithm::Rs256);
    let format = closed("access_token_format", &metadata.access_token_format, AccessTokenFormat::parse)?
        .unwrap_or(AccessTokenFormat::Jwt);
    let grants = grants(&metadata.grant_types, method)?;
    let resources = resources(&metadata.resources, around.resources)?;
    let scopes = scopes(metadata.scope.as_deref(), &grants, around.resources)?;
    if trust.always_refresh && !grants.contains(GrantType::RefreshToken.as_str()) {
        return fault("grant_types", "a client that always gets refresh tokens needs refresh_token");
    }
    let redirects = uris("redirect_uris", &metadata.redirect_uris, application_type, around)?;
    if grants.contains(GrantType::AuthorizationCode.as_str()) == redirects.is_empty() {
        return fault("redirect_uris", "are needed for authorization_code, and for nothing else");
    }
    Ok(Client {
        metadata: Json::of(Metadata {
            dpop_bound_access_tokens: metadata.dpop_bound_access_tokens,
            token_exchange_resources: exchanges(&trust.token_exchange_resources, &grants, &resources)?,
            ..Metadata::default()
        }),
        client_id: client_id(&metadata.client_id)?,
        name: text("client_name", &metadata.client_name)?,
        maker: trust.maker.as_deref().map(|maker| text("maker", maker)).transpose()?,
        secret_digest: None,
        token_endpoint_auth_method: method,
        application_type,
        first_party: trust.first_party,
        verified: trust.verified,
        redirect_uris: redirects,
        post_logout_redirect_uris: uris(
            "post_logout_redirect_uris",
            &metadata.post_logout_redirect_uris,
            application_type,
            around,
        )?,
        grant_types: grants,
        scopes,
        resources,
        backchannel_logout_uri: page("backchannel_logout_uri", &metadata.backchannel_logout_uri, around)?,
        id_token_signed_response_alg: algorithm.as_str().to_owned(),
        access_token_format: format,
        always_refresh: trust.always_refresh,
        pkce_optional: trust.pkce_optional,
        logo_digest: None,
        client_uri: page("client_uri", &metadata.client_uri, around)?,
        policy_uri: page("policy_uri", &metadata.policy_uri, around)?,
        tos_uri: page("tos_uri", &metadata.tos_uri, around)?,
        created_at: around.now,
    })
}

/// A member whose values are a closed list.
fn closed<T>(
    member: &'static str,
    written: &Option<String>,
    parse: impl Fn(&str) -> Option<T>,
) -> Result<Option<T>, RegistrationFault> {
    match written {
        None => Ok(None),
        Some(text) => match parse(text) {
            Some(value) => Ok(Some(value)),
            None => fault(member, format!("\"{text}\" is not supported")),
        },
    }
}

/// It stands in URLs, forms and HTTP Basic: characters that need escaping nowhere (RFC 3986 §2.3).
fn client_id(written: &str) -> Result<String, RegistrationFault> {
    let is_good = |c: char| c.is_ascii_alphanumeric() || "-._~".contains(c);
    if written.is_empty() || written.len() > LONGEST_NAME || !written.chars().all(is_good) {
        return fault("client_id", "has 1 to 100 letters, digits and - . _ ~");
    }
    Ok(written.to_owned())
}

/// A text that people see.
fn text(member: &'static str, written: &str) -> Result<String, RegistrationFault> {
    let trimmed = written.trim();
    if trimmed.is_empty() || trimmed.chars().count() > LONGEST_NAME || trimmed.chars().any(char::is_control) {
        return fault(member, "has 1 to 100 characters, and no control characters");
    }
    Ok(trimmed.to_owned())
}

fn grants(written: &[String], method: AuthMethod) -> Result<Words, RegistrationFault> {
    let default = [GrantType::AuthorizationCode, GrantType::RefreshToken].map(|grant| grant.as_str());
    let grants: Words =
        if written.is_empty() { default.into_iter().collect() } else { unique(written.iter().map(String::as_str)) };
    if let Some(unknown) = grants.iter().find(|name| !GRANTS.iter().any(|grant| grant.as_str() == *name)) {
        return fault("grant_types", format!("\"{unknown}\" is not supported"));
    }
    let has = |grant: GrantType| grants.contains(grant.as_str());
    if has(GrantType::RefreshToken) && !signs_in(&grants) {
        return fault("grant_types", "refresh_token goes with authorization_code or the device grant");
    }
    if has(GrantType::ClientCredentials) && method == AuthMethod::None {
        return fault("grant_types", "client_credentials needs a client with a secret (RFC 6749 §4.4)");
    }
    if has(GrantType::TokenExchange) && method == AuthMethod::None {
        return fault("grant_types", "token exchange needs a client with a secret");
    }
    Ok(grants)
}

/// Whether people sign in to the client.
fn signs_in(grants: &Words) -> bool {
    [GrantType::AuthorizationCode, GrantType::DeviceCode].iter().any(|grant| grants.contains(grant.as_str()))
}

/// Identifiers of resources (RFC 8707 §2), every one registered.
fn resources(written: &[String], registered: &[NamedResource]) -> Result<Words, RegistrationFault> {
    let known = |identifier: &str| registered.iter().any(|resource| resource.identifier == identifier);
    match written.iter().find(|identifier| !known(identifier)) {
        Some(unknown) => fault("resources", format!("there is no resource {unknown}")),
        None => Ok(unique(written.iter().map(String::as_str))),
    }
}

/// The targets of token exchange: named exactly where the client has that grant, and all its own to ask tokens for.
fn exchanges(written: &[String], grants: &Words, resources: &Words) -> Result<Vec<String>, RegistrationFault> {
    const MEMBER: &str = "token_exchange_resources";
    if grants.contains(GrantType::TokenExchange.as_str()) == written.is_empty() {
        return fault(MEMBER, "are needed for token exchange, and for nothing else");
    }
    match written.iter().find(|identifier| !resources.contains(identifier)) {
        Some(other) => fault(MEMBER, format!("{other} is not among the client's resources")),
        None => Ok(written.to_vec()),
    }
}

fn scopes(written: Option<&str>, grants: &Words, resources: &[NamedResource]) -> Result<Words, RegistrationFault> {
    let signs_in = signs_in(grants);
    let written = written.unwrap_or(if signs_in { "openid profile email" } else { "" });
    if !scope::is_well_formed(written) {
        return fault("scope", "is words parted by spaces, without quotes and backslashes (RFC 6749 §3.3)");
    }
    let scopes = unique(written.split_ascii_whitespace());
    let known = |token: &str| {
        (signs_in && scope::STANDARD.contains(&token))
            || resources.iter().any(|resource| resource.scopes.contains_key(token))
    };
    if let Some(unknown) = scopes.iter().find(|token| !known(token)) {
        return fault("scope", format!("\"{unknown}\" is neither a standard scope nor one of a resource named here"));
    }
    if scopes.contains("offline_access") && !grants.contains(GrantType::RefreshToken.as_str()) {
        return fault("scope", "offline_access needs the grant refresh_token");
    }
    Ok(scopes)
}

fn uris(
    member: &'static str,
    written: &[String],
    application_type: ApplicationType,
    around: Surroundings<'_>,
) -> Result<Words, RegistrationFault> {
    if written.len() > MOST_URIS {
        return fault(member, format!("are {MOST_URIS} at most"));
    }
    for uri in written {
        if uri.len() > LONGEST_URI {
            return fault(member, "one is too long");
        }
        if let Some(problem) = registration_fault(uri, application_type, around.loopback_http) {
            return fault(member, format!("{uri}: {problem}"));
        }
    }
    Ok(unique(written.iter().map(String::as_str)))
}

/// An address that we or people call: https, or loopback in development.
fn page(
    member: &'static str,
    written: &Option<String>,
    around: Surroundings<'_>,
) -> Result<Option<String>, RegistrationFault> {
    let Some(uri) = written else { return Ok(None) };
    let is_plain = uri.len() <= LONGEST_URI && !uri.chars().any(|c| c.is_control() || c.is_whitespace() || c == '\\');
    let Some(url) = Url::parse(uri).ok().filter(|_| is_plain) else { return fault(member, "is not an absolute URI") };
    let is_good = match url.scheme() {
        "https" => true,
        "http" => around.loopback_http && is_loopback(&url),
        _ => false,
    };
    if !is_good {
        return fault(member, "uses https (http on loopback is for --dev)");
    }
    if !url.username().is_empty() || url.password().is_some() || url.fragment().is_some() {
        return fault(member, "has no user name, password or fragment");
    }
    Ok(Some(uri.clone()))
}

/// Each word once, in the order written.
fn unique<'a>(words: impl Iterator<Item = &'a str>) -> Words {
    let mut seen: Vec<&str> = Vec::new();
    for word in words {
        if !seen.contains(&word) {
            seen.push(word);
        }
    }
    seen.into_iter().collect()
}

#[cfg(test)]
mod tests;
