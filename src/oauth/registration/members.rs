//! Pure: a client as its own registration says it, under the names of RFC 7591 §2.

use serde_json::{Map, Value, json};

use super::RESPONSE_TYPES;
use crate::oauth::token::GrantType;
use crate::store::clients::Client;
use crate::store::columns::Words;

/// What of a client's metadata is ours alone, or only part of a member.
const OURS: &[&str] = &[
    "profile",
    "sector",
    "registration_token_digest",
    "sealed_secret",
    "security_event_uri",
    "response_types",
    "userinfo_step_up",
];

fn words(words: &Words) -> Vec<&str> {
    words.iter().collect()
}

/// Every member that has a value. A secret is no part of it, and neither is what only the operator says.
pub fn members(client: &Client) -> Map<String, Value> {
    let signs_in = client.grant_types.contains(GrantType::AuthorizationCode.as_str());
    let more = client.metadata.get();
    let by_code = if signs_in { RESPONSE_TYPES } else { &[] };
    let legacy = more.map_or(&[][..], |more| &more.response_types);
    let response_types: Vec<&str> = by_code.iter().copied().chain(legacy.iter().map(String::as_str)).collect();
    let is_pairwise = more.is_some_and(|more| more.sector.is_some());
    let columns = json!({
        "client_id": client.client_id,
        "client_id_issued_at": client.created_at.seconds(),
        "client_name": client.name,
        "application_type": client.application_type.as_str(),
        "token_endpoint_auth_method": client.token_endpoint_auth_method.as_str(),
        "redirect_uris": words(&client.redirect_uris),
        "post_logout_redirect_uris": words(&client.post_logout_redirect_uris),
        "grant_types": words(&client.grant_types),
        "response_types": response_types,
        "scope": client.scopes.as_str(),
        "backchannel_logout_uri": client.backchannel_logout_uri,
        "id_token_signed_response_alg": client.id_token_signed_response_alg,
        "subject_type": if is_pairwise { "pairwise" } else { "public" },
        "client_uri": client.client_uri,
        "policy_uri": client.policy_uri,
        "tos_uri": client.tos_uri,
    });
    let mut members = match json!(more) {
        Value::Object(own) => own,
        _ => Map::new(),
    };
    members.retain(|name, _| !OURS.contains(&name.as_str()));
    if let Value::Object(own) = columns {
        members.extend(own);
    }
    members.retain(|_, value| !value.is_null() && *value != json!([]));
    members
}
