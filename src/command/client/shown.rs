//! How clients are shown: in lists, alone, and under their registered names as JSON.

use serde_json::{Value, json};

use super::super::answer::{facts, table};
use super::super::opened::Opened;
use super::super::{Answer, Failure};
use super::unknown;
use crate::oauth::authorize::response::ResponseType;
use crate::oauth::{dpop, fapi, mtls};
use crate::store::clients::{self, Client};
use crate::store::columns::Words;
use crate::store::details::StepUp;

pub(super) async fn list(opened: &Opened) -> Result<Answer, Failure> {
    let all = opened.store.scan(clients::all).await?;
    let rows: Vec<Vec<String>> = all
        .iter()
        .map(|client| {
            let method = client.token_endpoint_auth_method.as_str().to_owned();
            vec![client.name.clone(), client.client_id.clone(), kind(client).to_owned(), method]
        })
        .collect();
    let text =
        table(&["NAME", "CLIENT ID", "KIND", "AUTHENTICATION"], &rows, "No clients. Add one: keyhouse client add");
    Ok(Answer::new(text, all.iter().map(to_json).collect()))
}

fn kind(client: &Client) -> &'static str {
    match (client.first_party, client.verified) {
        (true, _) => "first party",
        (false, true) => "verified",
        (false, false) => "unverified",
    }
}

pub(super) async fn show(opened: &Opened, client_id: String) -> Result<Answer, Failure> {
    let wanted = client_id.clone();
    let found = opened.store.read(move |connection| clients::find(connection, &wanted)).await?;
    let client = found.ok_or_else(|| unknown(&client_id))?;
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let yes = |value: bool| if value { "yes".to_owned() } else { String::new() };
    let lines = |words: &Words| words.iter().collect::<Vec<_>>().join("\n                  ");
    let more = client.metadata.get().cloned().unwrap_or_default();
    let rows = [
        ("client_id", client.client_id.clone()),
        ("name", client.name.clone()),
        ("maker", text(&client.maker)),
        ("kind", kind(&client).to_owned()),
        ("type", client.application_type.as_str().to_owned()),
        ("authentication", client.token_endpoint_auth_method.as_str().to_owned()),
        ("profile", more.profile.map(|profile| profile.as_str().to_owned()).unwrap_or_default()),
        ("keys", text(&more.jwks_uri)),
        ("signed requests", yes(more.require_signed_request_object || fapi::signs_messages(&client))),
        ("pushed requests", yes(more.require_pushed_authorization_requests || fapi::is_held(&client))),
        ("request URIs", more.request_uris.join("\n                  ")),
        ("redirect URIs", lines(&client.redirect_uris)),
        ("after sign-out", lines(&client.post_logout_redirect_uris)),
        ("logout call", text(&client.backchannel_logout_uri)),
        ("told of deletions", text(&more.security_event_uri)),
        ("logout frame", text(&more.frontchannel_logout_uri)),
        ("begins sign-in", text(&more.initiate_login_uri)),
        ("legacy types", more.response_types.join(", ")),
        ("grants", client.grant_types.as_str().to_owned()),
        ("scopes", client.scopes.as_str().to_owned()),
        ("resources", lines(&client.resources)),
        ("ID tokens", client.id_token_signed_response_alg.clone()),
        ("userinfo", more.userinfo_signed_response_alg.unwrap_or_default()),
        ("signed answers", more.authorization_signed_response_alg.unwrap_or_default()),
        ("introspection", more.introspection_signed_response_alg.unwrap_or_default()),
        ("sign-in for userinfo", step_up(more.userinfo_step_up.as_ref())),
        ("sector", more.sector.unwrap_or_default()),
        ("access tokens", client.access_token_format.as_str().to_owned()),
        ("exchanges for", exchanges(&client).join("\n                  ")),
        ("assertions of", more.assertion_issuers.join("\n                  ")),
        ("DPoP", yes(dpop::is_owed(&client))),
        ("certificate", certificate(&client)),
        ("bound to it", yes(mtls::is_owed(&client))),
        ("always refresh", yes(client.always_refresh)),
        ("PKCE optional", yes(client.pkce_optional)),
        ("logo", yes(client.logo_digest.is_some())),
        ("home page", text(&client.client_uri)),
        ("privacy policy", text(&client.policy_uri)),
        ("terms", text(&client.tos_uri)),
        ("registered", client.created_at.rfc3339()),
    ];
    Ok(Answer::new(facts(&rows), to_json(&client)))
}

/// How fresh and strong a sign-in is demanded.
fn step_up(owed: Option<&StepUp>) -> String {
    let Some(owed) = owed else { return String::new() };
    let age = owed.max_age.map(|seconds| format!("{seconds} s old at most"));
    let class = (!owed.acr_values.is_empty()).then(|| owed.acr_values.join(" or "));
    age.into_iter().chain(class).collect::<Vec<_>>().join(", ")
}

/// The name by which its certificate is known.
fn certificate(client: &Client) -> String {
    let Some(own) = client.metadata.get() else { return String::new() };
    let names = [
        &own.tls_client_auth_subject_dn,
        &own.tls_client_auth_san_dns,
        &own.tls_client_auth_san_uri,
        &own.tls_client_auth_san_ip,
        &own.tls_client_auth_san_email,
    ];
    names.into_iter().flatten().next().cloned().unwrap_or_default()
}

fn exchanges(client: &Client) -> &[String] {
    client.metadata.get().map(|metadata| metadata.token_exchange_resources.as_slice()).unwrap_or_default()
}

/// The metadata under its registered names (RFC 7591 §2); never the secret or its digest.
fn to_json(client: &Client) -> Value {
    let words = |words: &Words| words.iter().map(str::to_owned).collect::<Vec<_>>();
    let more = client.metadata.get().cloned().unwrap_or_default();
    let mut members = json!({
        "client_id": client.client_id,
        "client_name": client.name,
        "maker": client.maker,
        "first_party": client.first_party,
        "verified": client.verified,
        "application_type": client.application_type.as_str(),
        "token_endpoint_auth_method": client.token_endpoint_auth_method.as_str(),
        "redirect_uris": words(&client.redirect_uris),
        "post_logout_redirect_uris": words(&client.post_logout_redirect_uris),
        "backchannel_logout_uri": client.backchannel_logout_uri,
        "security_event_uri": more.security_event_uri,
        "frontchannel_logout_uri": more.frontchannel_logout_uri,
        "frontchannel_logout_session_required": more.frontchannel_logout_session_required,
        "initiate_login_uri": more.initiate_login_uri,
        "response_types": response_types(client),
        "grant_types": words(&client.grant_types),
        "scope": client.scopes.as_str(),
        "resources": words(&client.resources),
        "id_token_signed_response_alg": client.id_token_signed_response_alg,
        "userinfo_signed_response_alg": more.userinfo_signed_response_alg,
        "authorization_signed_response_alg": more.authorization_signed_response_alg,
        "introspection_signed_response_alg": more.introspection_signed_response_alg,
        "subject_type": if more.sector.is_some() { "pairwise" } else { "public" },
        "sector_identifier_uri": more.sector_identifier_uri,
        "registered_itself": more.registration_token_digest.is_some(),
        "access_token_format": client.access_token_format.as_str(),
        "token_exchange_resources": exchanges(client),
        "dpop_bound_access_tokens": dpop::is_owed(client),
        "always_refresh": client.always_refresh,
        "pkce_optional": client.pkce_optional,
        "has_logo": client.logo_digest.is_some(),
        "client_uri": client.client_uri,
        "policy_uri": client.policy_uri,
        "tos_uri": client.tos_uri,
        "created_at": client.created_at.rfc3339(),
    });
    if let (Some(members), Value::Object(more)) = (members.as_object_mut(), requests(client)) {
        members.extend(more);
    }
    members
}

/// How it proves itself, how it asks, and what it is held to.
fn requests(client: &Client) -> Value {
    let more = client.metadata.get().cloned().unwrap_or_default();
    let mut members = json!({
        "profile": more.profile.map(|profile| profile.as_str()),
        "jwks": more.jwks,
        "jwks_uri": more.jwks_uri,
        "token_endpoint_auth_signing_alg": more.token_endpoint_auth_signing_alg,
        "request_object_signing_alg": more.request_object_signing_alg,
        "request_uris": more.request_uris,
        "require_signed_request_object": more.require_signed_request_object || fapi::signs_messages(client),
        "require_pushed_authorization_requests": more.require_pushed_authorization_requests || fapi::is_held(client),
        "default_max_age": more.default_max_age,
        "default_acr_values": more.default_acr_values,
        "userinfo_step_up": more.userinfo_step_up,
        "assertion_issuers": more.assertion_issuers,
    });
    // `json!` takes only so many members at once.
    let certificates = json!({
        "tls_client_certificate_bound_access_tokens": mtls::is_owed(client),
        "tls_client_auth_subject_dn": more.tls_client_auth_subject_dn,
        "tls_client_auth_san_dns": more.tls_client_auth_san_dns,
        "tls_client_auth_san_uri": more.tls_client_auth_san_uri,
        "tls_client_auth_san_ip": more.tls_client_auth_san_ip,
        "tls_client_auth_san_email": more.tls_client_auth_san_email,
    });
    if let (Value::Object(all), Value::Object(own)) = (&mut members, certificates) {
        all.extend(own);
    }
    members
}

/// `code`, where it may have one, and what it has besides.
fn response_types(client: &Client) -> Vec<String> {
    let code = client.grant_types.contains("authorization_code").then(|| ResponseType::CODE.name().to_owned());
    let more = client.metadata.get().map(|metadata| metadata.response_types.clone()).unwrap_or_default();
    code.into_iter().chain(more).collect()
}
