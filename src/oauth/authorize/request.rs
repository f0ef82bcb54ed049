//! Pure: the parameters of an authorization request, checked once and then true.

use serde::{Deserialize, Serialize};

use super::claims_request::{self, ClaimsRequest};
use super::response::{ResponseMode, ResponseType};
use super::single::{check_display, code_challenge, dpop_jkt, max_age, prompt};
use crate::config::Compatibility;
use crate::oauth::error::{ErrorCode, OAuthError};
use crate::oauth::{acr, fapi, redirect_uri, scope};
use crate::store::clients::{AuthMethod, Client};
use crate::web::parameters::Parameters;
use crate::web::sign_in_context::SignInContext;

/// `state` and `nonce` come back byte for byte up to this many bytes; a longer one is refused.
const MOST_STATE_BYTES: usize = 4096;

/// Resources of one request at most: each is looked up whenever the request is looked at.
pub const MOST_RESOURCES: usize = 8;

/// What the person must be asked, whatever else holds (OpenID Connect Core §3.1.2.1, `prompt`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prompt {
    /// Show no page at all.
    pub none: bool,
    /// Sign in again.
    pub login: bool,
    /// Ask for consent again.
    pub consent: bool,
    /// Choose an account: signing in chooses one.
    pub select_account: bool,
    /// Begin with making an account (Initiating User Registration 1.0).
    pub create: bool,
}

/// A checked request. It is what a stored request's row holds.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AuthorizationRequest {
    /// Who asks.
    pub client_id: String,
    /// What is asked for.
    #[serde(default)]
    pub response_type: ResponseType,
    /// How the answer travels.
    #[serde(default)]
    pub response_mode: ResponseMode,
    /// Where the answer goes: as sent, or the only registered one.
    pub redirect_uri: String,
    /// Whether the request named it.
    pub redirect_uri_sent: bool,
    /// The scopes asked for, parted by spaces.
    pub scope: String,
    /// Resources asked for (RFC 8707).
    pub resources: Vec<String>,
    /// Given back as it came.
    pub state: Option<String>,
    /// Into the ID token.
    pub nonce: Option<String>,
    /// S256 challenge (RFC 7636).
    pub code_challenge: Option<String>,
    /// The key that the code is bound to (RFC 9449 §10).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dpop_jkt: Option<String>,
    /// What must be asked.
    pub prompt: Prompt,
    /// Seconds a sign-in may be old.
    pub max_age: Option<u32>,
    /// The `claims` parameter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claims: Option<ClaimsRequest>,
    /// What is asked of `acr`, by `acr_values` or `claims`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acr: Option<acr::Asked>,
    /// The subject of a verified `id_token_hint`.
    pub hinted_sub: Option<String>,
    /// What the sign-in pages read.
    pub sign_in: SignInContext,
}

impl AuthorizationRequest {
    /// Whether the answer may be about the person whom the client knows by `subject`: whom `id_token_hint` and the `sub` of
    /// `claims` name.
    pub fn is_about(&self, subject: &str) -> bool {
        let asked = self.claims.as_ref().and_then(|claims| claims.subs.as_ref());
        self.hinted_sub.as_ref().is_none_or(|sub| sub == subject)
            && asked.is_none_or(|subs| subs.iter().any(|sub| sub == subject))
    }

    /// Whether it names anybody.
    pub fn names_somebody(&self) -> bool {
        self.hinted_sub.is_some() || self.claims.as_ref().is_some_and(|claims| claims.subs.is_some())
    }
}

/// Where an answer to a request goes, known before anything else of it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplyTo {
    /// The redirect URI, registered.
    pub redirect_uri: String,
    /// `state`, where it came once.
    pub state: Option<String>,
    /// How: as asked for, where that can be.
    pub mode: ResponseMode,
}

/// Why there is nowhere to send an answer: the person sees a page instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoReply {
    /// The app is not known.
    UnknownClient,
    /// The address is not the app's.
    UnknownRedirectUri,
    /// Parameters that cannot be read, in words for the developer.
    Unreadable(&'static str),
}

/// The client a request names; read before the client is looked up.
pub fn client_id(parameters: &Parameters) -> Result<&str, NoReply> {
    // Whatever else is repeated too: nobody knows which of the two addresses is meant, be one of them empty.
    for (name, problem) in [("client_id", "client_id is repeated"), ("redirect_uri", "redirect_uri is repeated")] {
        if parameters.pairs().filter(|(own, _)| *own == name).count() > 1 {
            return Err(NoReply::Unreadable(problem));
        }
    }
    parameters.get("client_id").filter(|id| id.len() <= 255).ok_or(NoReply::UnknownClient)
}

/// Where the answer goes: the redirect URI that was sent, where it is registered, or the only registered one.
pub fn reply_to(parameters: &Parameters, client: &Client, compatibility: &Compatibility) -> Result<ReplyTo, NoReply> {
    let redirect_uri = match parameters.get("redirect_uri") {
        Some(sent) if redirect_uri::is_registered(client, sent) => sent.to_owned(),
        Some(_) => return Err(NoReply::UnknownRedirectUri),
        // RFC 6749 lets the only one be left out, OpenID Connect Core §3.1.2.1 does not.
        None if is_openid(parameters) => return Err(NoReply::Unreadable("redirect_uri is missing")),
        None => {
            let mut registered = client.redirect_uris.iter();
            match (registered.next(), registered.next()) {
                (Some(only), None) => only.to_owned(),
                _ => return Err(NoReply::UnknownRedirectUri),
            }
        }
    };
    let mut states = parameters.all("state");
    let state = states.next().filter(|_| states.next().is_none()).map(str::to_owned);
    let response_type = parameters.get("response_type").and_then(ResponseType::parse);
    let response_type = response_type.filter(|own| own.is_allowed(client, compatibility)).unwrap_or_default();
    let asked = parameters.get("response_mode").and_then(|name| ResponseMode::asked(name, response_type));
    let mode = asked.filter(|mode| mode.fits(response_type, &redirect_uri)).unwrap_or(response_type.default_mode());
    Ok(ReplyTo { redirect_uri, state, mode: fapi::answer_mode(client, mode) })
}

fn is_openid(parameters: &Parameters) -> bool {
    parameters.get("scope").is_some_and(|scope| scope.split(' ').any(|token| token == "openid"))
}

/// Checks everything else.
pub fn check(
    parameters: &Parameters,
    client: &Client,
    reply_to: &ReplyTo,
    compatibility: &Compatibility,
) -> Result<AuthorizationRequest, OAuthError> {
    let invalid = OAuthError::invalid_request;
    if parameters.repeated(&["resource"]).is_some() {
        return Err(invalid("a parameter is repeated"));
    }
    let response_type = response_type(parameters, client, compatibility)?;
    refuse_unsupported(parameters, response_type, reply_to)?;
    if response_type.code && !client.grant_types.contains("authorization_code") {
        return Err(OAuthError::new(ErrorCode::UnauthorizedClient, "the client is not registered for this grant"));
    }
    for name in ["state", "nonce"] {
        if parameters.get(name).is_some_and(|value| value.len() > MOST_STATE_BYTES) {
            return Err(invalid("state and nonce may have at most 4096 bytes"));
        }
    }
    let scope = parameters.get("scope").unwrap_or_default();
    if !scope::is_well_formed(scope) {
        return Err(OAuthError::new(ErrorCode::InvalidScope, "scope has a character that no scope has"));
    }
    if response_type.id_token && parameters.get("nonce").is_none() {
        return Err(invalid("nonce is required where an ID token comes from the authorization endpoint"));
    }
    let pkce_optional = is_exempt_from_pkce(client, compatibility);
    let code_challenge = if response_type.code { code_challenge(parameters, pkce_optional)? } else { None };
    check_display(parameters.get("display"))?;
    let claims = parameters.get("claims").map(claims_request::parse).transpose()?;
    let (prompt, max_age) = (prompt(parameters.get("prompt"))?, max_age(parameters.get("max_age"))?);
    let request = AuthorizationRequest {
        client_id: client.client_id.clone(),
        response_type,
        response_mode: reply_to.mode,
        redirect_uri: reply_to.redirect_uri.clone(),
        redirect_uri_sent: parameters.has("redirect_uri"),
        scope: scope.to_owned(),
        resources: resources(parameters)?,
        state: reply_to.state.clone(),
        nonce: parameters.get("nonce").map(str::to_owned),
        code_challenge,
        dpop_jkt: dpop_jkt(parameters.get("dpop_jkt"))?,
        prompt,
        max_age,
        acr: claims_request::acr_of(parameters.get("acr_values"), claims.as_ref()),
        claims,
        hinted_sub: None,
        sign_in: SignInContext {
            login_hint: parameters.get("login_hint").map(|hint| hint.chars().take(254).collect()),
            ui_locales: parameters.get("ui_locales").map(str::to_owned),
            redirect_uri: reply_to.redirect_uri.clone(),
            two_factors: false,
            anew: false,
        },
    };
    Ok(request)
}

/// What is asked for: a code, or what the operator has given this client besides.
fn response_type(
    parameters: &Parameters,
    client: &Client,
    compatibility: &Compatibility,
) -> Result<ResponseType, OAuthError> {
    let Some(text) = parameters.get("response_type") else {
        return Err(OAuthError::invalid_request("response_type is missing"));
    };
    ResponseType::parse(text).filter(|own| own.is_allowed(client, compatibility)).ok_or_else(|| {
        OAuthError::new(ErrorCode::UnsupportedResponseType, "the client may not use this response_type; ask for code")
    })
}

/// Whether the operator lets this client go without PKCE. It must have another way to prove that a code is its own.
fn is_exempt_from_pkce(client: &Client, compatibility: &Compatibility) -> bool {
    let may_be = client.token_endpoint_auth_method != AuthMethod::None && !fapi::is_held(client);
    may_be && (client.pkce_optional || compatibility.pkce_optional_for_confidential)
}

fn refuse_unsupported(
    parameters: &Parameters,
    response_type: ResponseType,
    reply_to: &ReplyTo,
) -> Result<(), OAuthError> {
    let mode = parameters.get("response_mode");
    if mode.is_some_and(|mode| ResponseMode::asked(mode, response_type) != Some(reply_to.mode)) {
        return Err(OAuthError::invalid_request("response_mode is unknown, or not for this response_type"));
    }
    if parameters.has("registration") {
        return Err(OAuthError::new(ErrorCode::RegistrationNotSupported, "registration is not supported"));
    }
    Ok(())
}

/// RFC 8707 §2: absolute URIs without a fragment.
pub fn resources(parameters: &Parameters) -> Result<Vec<String>, OAuthError> {
    let mut resources = Vec::new();
    if parameters.all("resource").nth(MOST_RESOURCES).is_some() {
        return Err(OAuthError::new(ErrorCode::InvalidTarget, "a request names 8 resources at most"));
    }
    for resource in parameters.all("resource") {
        if url::Url::parse(resource).is_err() || resource.contains('#') || resource.len() > 2048 {
            return Err(OAuthError::new(
                ErrorCode::InvalidTarget,
                "resource must be an absolute URI without a fragment",
            ));
        }
        if !resources.iter().any(|own| own == resource) {
            resources.push(resource.to_owned());
        }
    }
    Ok(resources)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oauth::client_auth::tests::client;

    const STRICT: Compatibility = Compatibility {
        pkce_optional_for_confidential: false,
        redirect_early_errors: false,
        legacy_response_types: false,
    };
    const CALLBACK: &str = "https://app.example/cb";
    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    fn checked(extra: &str) -> Result<AuthorizationRequest, OAuthError> {
        let query = format!("client_id=a+b&response_type=code&scope=openid&redirect_uri={CALLBACK}&{extra}");
        let parameters = Parameters::parse(query.as_bytes()).unwrap();
        let reply_to = reply_to(&parameters, &client(), &STRICT).unwrap();
        check(&parameters, &client(), &reply_to, &STRICT)
    }

    #[test]
    fn a_good_request_is_kept_as_it_came() {
        let request = checked(&format!(
            "code_challenge={CHALLENGE}&code_challenge_method=S256&state=a%2Bb%20c&nonce=n&prompt=login+consent&max_age=60"
        ))
        .unwrap();
        assert_eq!(request.state.as_deref(), Some("a+b c"));
        assert_eq!((request.prompt.login, request.prompt.consent, request.prompt.none), (true, true, false));
        assert_eq!((request.max_age, request.redirect_uri_sent), (Some(60), true));
        assert_eq!(request.redirect_uri, CALLBACK);
    }

    #[test]
    fn each_fault_has_its_code() {
        let pkce = format!("code_challenge={CHALLENGE}&code_challenge_method=S256");
        for (extra, code) in [
            (String::new(), ErrorCode::InvalidRequest),
            (format!("code_challenge={CHALLENGE}"), ErrorCode::InvalidRequest),
            (format!("code_challenge={CHALLENGE}&code_challenge_method=plain"), ErrorCode::InvalidRequest),
            ("code_challenge=short&code_challenge_method=S256".to_owned(), ErrorCode::InvalidRequest),
            (format!("code_challenge={CHALLENGE}A&code_challenge_method=S256"), ErrorCode::InvalidRequest),
            ("code_challenge_method=S256".to_owned(), ErrorCode::InvalidRequest),
            (format!("{pkce}&state=1&state=2"), ErrorCode::InvalidRequest),
            (format!("{pkce}&x=1&x=2"), ErrorCode::InvalidRequest),
            (format!("{pkce}&prompt=none+login"), ErrorCode::InvalidRequest),
            (format!("{pkce}&prompt=dance"), ErrorCode::InvalidRequest),
            (format!("{pkce}&max_age=-1"), ErrorCode::InvalidRequest),
            (format!("{pkce}&dpop_jkt=short"), ErrorCode::InvalidRequest),
            (format!("{pkce}&response_mode=web_message"), ErrorCode::InvalidRequest),
            (format!("{pkce}&registration=%7B%7D"), ErrorCode::RegistrationNotSupported),
            (format!("{pkce}&resource=nonsense"), ErrorCode::InvalidTarget),
            (format!("{pkce}&resource=https://a.example/%23f"), ErrorCode::InvalidTarget),
            (format!("{pkce}&state={}", "s".repeat(4097)), ErrorCode::InvalidRequest),
        ] {
            assert_eq!(checked(&extra).unwrap_err().code, code, "{extra}");
        }
        let token = Parameters::parse(b"client_id=a+b&response_type=token").unwrap();
        let reply_to = reply_to(&token, &client(), &STRICT).unwrap();
        assert_eq!(check(&token, &client(), &reply_to, &STRICT).unwrap_err().code, ErrorCode::UnsupportedResponseType);
    }

    #[test]
    fn no_redirect_without_a_registered_address() {
        let elsewhere = Parameters::parse(b"client_id=a+b&redirect_uri=https://evil.example/").unwrap();
        assert_eq!(reply_to(&elsewhere, &client(), &STRICT), Err(NoReply::UnknownRedirectUri));
        for (query, problem) in [
            ("client_id=a&client_id=b", "client_id is repeated"),
            ("x=1&x=2&client_id=&client_id=b", "client_id is repeated"),
            ("client_id=a&redirect_uri=https://app.example/cb&redirect_uri=", "redirect_uri is repeated"),
        ] {
            let parameters = Parameters::parse(query.as_bytes()).unwrap();
            assert_eq!(client_id(&parameters), Err(NoReply::Unreadable(problem)), "{query}");
        }
        assert_eq!(client_id(&Parameters::default()), Err(NoReply::UnknownClient));
    }

    #[test]
    fn with_several_registered_one_must_be_named() {
        let several = Client {
            redirect_uris: crate::store::columns::Words::parse("https://app.example/a https://app.example/b"),
            ..client()
        };
        let parameters = Parameters::parse(b"client_id=a+b").unwrap();
        assert_eq!(reply_to(&parameters, &several, &STRICT), Err(NoReply::UnknownRedirectUri));
    }
}
