//! Pure: single parameters of an authorization request.

use super::request::Prompt;
use crate::oauth::dpop::proof::is_thumbprint;
use crate::oauth::error::OAuthError;
use crate::web::parameters::Parameters;

/// The values of `display` that we take (OpenID Connect Core §3.1.2.1).
pub const DISPLAYS: &[&str] = &["page", "popup", "touch", "wap"];

/// RFC 7636 §4.2, §4.3: S256 only; 43 characters, since that is what base64url makes of SHA-256.
pub(super) fn code_challenge(parameters: &Parameters, optional: bool) -> Result<Option<String>, OAuthError> {
    let method = parameters.get("code_challenge_method");
    let Some(challenge) = parameters.get("code_challenge") else {
        return match (method, optional) {
            (Some(_), _) => Err(OAuthError::invalid_request("code_challenge_method without code_challenge")),
            (None, true) => Ok(None),
            (None, false) => Err(OAuthError::invalid_request("code_challenge is missing: PKCE with S256 is required")),
        };
    };
    if method != Some("S256") {
        return Err(OAuthError::invalid_request("code_challenge_method must be S256"));
    }
    let is_digest =
        challenge.len() == 43 && challenge.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
    if !is_digest {
        return Err(OAuthError::invalid_request("code_challenge must be 43 characters of base64url"));
    }
    Ok(Some(challenge.to_owned()))
}

/// RFC 9449 §10: the thumbprint of the key that the token request will come with.
pub(super) fn dpop_jkt(value: Option<&str>) -> Result<Option<String>, OAuthError> {
    match value {
        Some(text) if !is_thumbprint(text) => {
            Err(OAuthError::invalid_request("dpop_jkt must be 43 characters of base64url"))
        }
        other => Ok(other.map(str::to_owned)),
    }
}

pub(super) fn prompt(value: Option<&str>) -> Result<Prompt, OAuthError> {
    let mut prompt = Prompt::default();
    for word in value.unwrap_or_default().split_ascii_whitespace() {
        match word {
            "none" => prompt.none = true,
            "login" => prompt.login = true,
            "consent" => prompt.consent = true,
            "select_account" => prompt.select_account = true,
            "create" => prompt.create = true,
            _ => return Err(OAuthError::invalid_request("prompt has an unknown value")),
        }
    }
    if prompt.none && prompt != (Prompt { none: true, ..Prompt::default() }) {
        return Err(OAuthError::invalid_request("prompt none stands alone"));
    }
    Ok(prompt)
}

/// `display` changes nothing: every page fits every screen (§3.1.2.1).
pub(super) fn check_display(value: Option<&str>) -> Result<(), OAuthError> {
    match value {
        None => Ok(()),
        Some(display) if DISPLAYS.contains(&display) => Ok(()),
        Some(_) => Err(OAuthError::invalid_request("display has an unknown value")),
    }
}

pub(super) fn max_age(value: Option<&str>) -> Result<Option<u32>, OAuthError> {
    value
        .map(|seconds| seconds.parse().map_err(|_| OAuthError::invalid_request("max_age must be a number of seconds")))
        .transpose()
}
