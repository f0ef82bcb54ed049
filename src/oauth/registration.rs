//! Pure: what may be registered of a client. The command line asks here, and so does dynamic registration (RFC 7591).

mod certificates;
mod grants;
mod keys;

pub use grants::{IMPLICIT, signs_in};
use serde::Deserialize;
use url::Url;

use super::redirect_uri::{is_loopback, is_plain_host, registration_fault};
use super::scope::{self, NamedResource};
use super::token::GrantType;
use crate::clock::Timestamp;
use crate::config::ClientCertificates;
use crate::store::clients::{AccessTokenFormat, ApplicationType, AuthMethod, Client};
use crate::store::columns::Words;
use crate::store::details::{Json, Metadata, Profile, StepUp};
use crate::store::signing_keys::Algorithm;

/// What whoever makes the app says of it, as written; the names are those of RFC 7591 §2.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ClientMetadata {
    /// Its identifier, which we choose.
    #[serde(skip)]
    pub client_id: String,
    /// The name people see.
    pub client_name: String,
    /// Its public keys, a JWK Set.
    pub jwks: Option<serde_json::Value>,
    /// Where it publishes them instead.
    pub jwks_uri: Option<String>,
    /// The algorithm of its client assertions; none: any that its keys fit.
    pub token_endpoint_auth_signing_alg: Option<String>,
    /// The algorithm of its request objects; none: any that its keys fit.
    pub request_object_signing_alg: Option<String>,
    /// Where its request objects may be fetched.
    pub request_uris: Vec<String>,
    /// Its requests are signed (RFC 9101 §10.5).
    pub require_signed_request_object: bool,
    /// Its requests are pushed (RFC 9126 §6).
    pub require_pushed_authorization_requests: bool,
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
    /// Resources (RFC 8707) it may ask tokens for; only the operator says that.
    #[serde(skip)]
    pub resources: Vec<String>,
    /// Empty: `code`, where people sign in by it.
    pub response_types: Vec<String>,
    /// What is framed when a sign-in ends.
    pub frontchannel_logout_uri: Option<String>,
    /// Whether that needs to be told which sign-in.
    pub frontchannel_logout_session_required: bool,
    /// Whether back-channel logout needs to be told that.
    pub backchannel_logout_session_required: bool,
    /// None: RS256.
    pub id_token_signed_response_alg: Option<String>,
    /// None: plain JSON.
    pub userinfo_signed_response_alg: Option<String>,
    /// None: RS256, where it asks for a JWT (JARM §3).
    pub authorization_signed_response_alg: Option<String>,
    /// None: RS256, where it asks for a JWT (RFC 9701 §6).
    pub introspection_signed_response_alg: Option<String>,
    /// `public` or `pairwise`; none: `public`.
    pub subject_type: Option<String>,
    /// Where the redirect URIs of its sector are listed.
    pub sector_identifier_uri: Option<String>,
    /// `max_age` of requests without one, in seconds.
    pub default_max_age: Option<u32>,
    /// `acr_values` of requests that ask for no class.
    pub default_acr_values: Vec<String>,
    /// Every ID token has it anyway.
    pub require_auth_time: Option<bool>,
    /// Where a sign-in begins that somebody else starts.
    pub initiate_login_uri: Option<String>,
    /// Where it hears that accounts are gone; only the operator says that.
    #[serde(skip)]
    pub security_event_uri: Option<String>,
    /// Where its logo lies.
    pub logo_uri: Option<String>,
    /// People in charge of it.
    pub contacts: Vec<String>,
    /// What software it is.
    pub software_id: Option<String>,
    /// Which version of it.
    pub software_version: Option<String>,
    /// None: `jwt`. Our own, so only the operator says it.
    #[serde(skip)]
    pub access_token_format: Option<String>,
    /// Every access token is bound to a key (RFC 9449 §5.2).
    pub dpop_bound_access_tokens: bool,
    /// Every access token is bound to its certificate (RFC 8705 §3.4).
    pub tls_client_certificate_bound_access_tokens: bool,
    /// The subject of its certificate. One of these, for `tls_client_auth` (RFC 8705 §2.1.2).
    pub tls_client_auth_subject_dn: Option<String>,
    /// A DNS name in it.
    pub tls_client_auth_san_dns: Option<String>,
    /// A URI in it.
    pub tls_client_auth_san_uri: Option<String>,
    /// An IP address in it.
    pub tls_client_auth_san_ip: Option<String>,
    /// A mail address in it.
    pub tls_client_auth_san_email: Option<String>,
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
    /// May get tokens from the authorization endpoint (RFC 9700 §2.1.2 advises against it).
    pub legacy_response_types: bool,
    /// Resources, of its own, that it may exchange people's tokens for (RFC 8693).
    pub token_exchange_resources: Vec<String>,
    /// What it is held to.
    pub profile: Option<Profile>,
    /// Issuers whose assertions it may bring (RFC 7523 §2.1).
    pub assertion_issuers: Vec<String>,
    /// What userinfo demands of a sign-in at it (RFC 9470).
    pub userinfo_step_up: StepUp,
}

/// What the rules depend on.
#[derive(Clone, Copy, Debug)]
pub struct Surroundings<'a> {
    /// Plain http is good on loopback: development.
    pub loopback_http: bool,
    /// Which certificates of clients are of use.
    pub certificates: ClientCertificates,
    /// Of the resources named in the metadata, those that are registered.
    pub resources: &'a [NamedResource],
    /// What was found at `sector_identifier_uri`, where the metadata has one.
    pub sector_redirect_uris: Option<&'a [String]>,
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

/// What may be asked for at the authorization endpoint.
pub const RESPONSE_TYPES: &[&str] = &["code"];

/// Characters of a URI, and of other texts, at most.
const LONGEST_URI: usize = 2000;
const LONGEST_NAME: usize = 100;
const LONGEST_SCOPE: usize = 4000;
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
        .unwrap_or(profile::algorithm(trust.profile));
    let format = closed("access_token_format", &metadata.access_token_format, AccessTokenFormat::parse)?
        .unwrap_or(AccessTokenFormat::Jwt);
    let response_types = grants::response_types(&metadata.response_types, trust)?;
    let is_bound = metadata.dpop_bound_access_tokens || metadata.tls_client_certificate_bound_access_tokens;
    if is_bound && response_types.iter().any(|own| own.token) {
        return fault("response_types", "tokens from the authorization endpoint are bound to no key");
    }
    let grants = grants::check(&metadata.grant_types, &response_types, method)?;
    let resources = resources(&metadata.resources, around.resources)?;
    let scopes = scopes(metadata.scope.as_deref(), &grants, around.resources)?;
    if trust.always_refresh && !grants.contains(GrantType::RefreshToken.as_str()) {
        return fault("grant_types", "a client that always gets refresh tokens needs refresh_token");
    }
    let redirects = uris("redirect_uris", &metadata.redirect_uris, application_type, around)?;
    if grants::is_redirected_to(&grants) == redirects.is_empty() {
        return fault("redirect_uris", "are needed for authorization_code, and for nothing else");
    }
    let client = Client {
        metadata: Json::of(Metadata {
            dpop_bound_access_tokens: metadata.dpop_bound_access_tokens,
            response_types: response_types.iter().map(|own| own.name().to_owned()).collect(),
            frontchannel_logout_uri: more::framed(metadata, &redirects, around)?,
            frontchannel_logout_session_required: metadata.frontchannel_logout_session_required,
            userinfo_step_up: Some(trust.userinfo_step_up.clone()).filter(|owed| *owed != StepUp::default()),
            assertion_issuers: grants::asserted_by(&trust.assertion_issuers, &grants)?,
            backchannel_logout_session_required: metadata.backchannel_logout_session_required,
            token_exchange_resources: grants::exchanges(&trust.token_exchange_resources, &grants, &resources)?,
            ..more::more(metadata, &redirects, proofs(metadata, method, around)?, around)?
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
    };
    profile::held(client, trust.profile)
}

/// What is kept of how the client proves itself and its requests.
fn proofs(
    metadata: &ClientMetadata,
    method: AuthMethod,
    around: Surroundings<'_>,
) -> Result<Metadata, RegistrationFault> {
    certificates::check(metadata, method, around, keys::check(metadata, method, around)?)
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

/// Identifiers of resources (RFC 8707 §2), every one registered.
fn resources(written: &[String], registered: &[NamedResource]) -> Result<Words, RegistrationFault> {
    let known = |identifier: &str| registered.iter().any(|resource| resource.identifier == identifier);
    match written.iter().find(|identifier| !known(identifier)) {
        Some(unknown) => fault("resources", format!("there is no resource {unknown}")),
        None => Ok(unique(written.iter().map(String::as_str))),
    }
}

fn scopes(written: Option<&str>, grants: &Words, resources: &[NamedResource]) -> Result<Words, RegistrationFault> {
    let signs_in = grants::signs_in(grants);
    if written.is_some_and(|written| written.len() > LONGEST_SCOPE) {
        return fault("scope", format!("has {LONGEST_SCOPE} characters at most"));
    }
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
    if !is_plain_host(&url) {
        return fault(member, "has a host of letters, digits, dots and hyphens");
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

mod members;
mod more;
mod profile;

pub use members::members;

#[cfg(test)]
mod tests;
