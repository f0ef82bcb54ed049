//! Pure: what a registration request says, with the defaults that the specifications have for it.

use serde_json::{Map, Value};

use super::Refusal;
use crate::config::Registration;
use crate::oauth::error::ErrorCode;
use crate::oauth::registration::{ClientMetadata, signs_in};
use crate::oauth::scope::STANDARD;
use crate::oauth::token::GrantType;
use crate::store::columns::Words;

/// Reads the members of a request. A member that is `null` is as one left out (RFC 7592 §2.2); unknown ones are ignored
/// (RFC 7591 §2), but none that would have had its answers encrypted.
pub(super) fn of(mut object: Map<String, Value>, rules: &Registration) -> Result<ClientMetadata, Refusal> {
    object.retain(|_, value| !value.is_null());
    if let Some(statement) = object.get("software_statement") {
        let is_jwt = statement.as_str().is_some_and(|text| text.split('.').count() == 3);
        let code = if is_jwt { ErrorCode::UnapprovedSoftwareStatement } else { ErrorCode::InvalidSoftwareStatement };
        return Err(Refusal::Metadata(code, "software statements are not taken here".to_owned()));
    }
    if let Some(name) = object.keys().find(|name| name.contains("_encrypt")) {
        return Err(Refusal::metadata(&format!("{name}: encryption is not supported")));
    }
    let mut wanted: ClientMetadata = serde_json::from_value(Value::Object(object))
        .map_err(|_| Refusal::metadata("a member has a value of the wrong kind"))?;
    if wanted.grant_types.is_empty() {
        wanted.grant_types = vec![GrantType::AuthorizationCode.as_str().to_owned()];
    }
    // A list of words: a text with spaces in it names several.
    let grants: Words = wanted.grant_types.iter().map(String::as_str).collect();
    let has = |grant: GrantType| grants.contains(grant.as_str());
    if has(GrantType::ClientCredentials) && !rules.client_credentials {
        return Err(Refusal::metadata("grant_types: client_credentials is not for clients that register themselves"));
    }
    if has(GrantType::DeviceCode) && wanted.subject_type.as_deref() == Some("pairwise") {
        // A sector is whose the redirect URIs are. Tokens that come without them would be had for anybody's.
        return Err(Refusal::metadata("subject_type: pairwise is not for clients with the device grant"));
    }
    let signs_in = signs_in(&grants);
    let scopes: Vec<&str> = STANDARD
        .iter()
        .copied()
        .filter(|token| signs_in && (*token != "offline_access" || has(GrantType::RefreshToken)))
        .collect();
    wanted.scope = Some(wanted.scope.unwrap_or_else(|| scopes.join(" ")));
    if wanted.client_name.trim().is_empty() {
        wanted.client_name = host(&wanted.redirect_uris);
    }
    Ok(wanted)
}

/// Where people are led to: what they see of a client without a name.
pub(super) fn host(redirect_uris: &[String]) -> String {
    let first = redirect_uris.first().and_then(|uri| url::Url::parse(uri).ok());
    let host = first.and_then(|uri| uri.host_str().map(|host| host.chars().take(60).collect()));
    host.unwrap_or_else(|| "Unnamed".to_owned())
}
