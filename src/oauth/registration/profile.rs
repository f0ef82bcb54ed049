//! Pure: whether a client can keep the profile that the operator holds it to (FAPI 2.0).

use super::{RegistrationFault, fault};
use crate::oauth::fapi;
use crate::oauth::token::GrantType;
use crate::security::foreign_jws::KeySet;
use crate::store::clients::{AccessTokenFormat, Client};
use crate::store::details::{Json, Metadata, Profile};
use crate::store::signing_keys::Algorithm;

/// The grants that fit: people come by pushed requests, or nobody comes.
const GRANTS: &[GrantType] =
    &[GrantType::AuthorizationCode, GrantType::RefreshToken, GrantType::ClientCredentials, GrantType::TokenExchange];

/// What signs for a client that names nothing.
pub(super) fn algorithm(profile: Option<Profile>) -> Algorithm {
    if profile.is_some() { Algorithm::Es256 } else { Algorithm::Rs256 }
}

/// The client, held to its profile: what it names no algorithm for is signed by one of the profile's.
pub(super) fn held(client: Client, profile: Option<Profile>) -> Result<Client, RegistrationFault> {
    let Some(held_to) = profile else { return Ok(client) };
    let own = client.metadata.get().cloned().unwrap_or_default();
    let or_default = |written: &Option<String>| Some(written.clone().unwrap_or(algorithm(profile).as_str().to_owned()));
    let metadata = Metadata {
        profile,
        authorization_signed_response_alg: or_default(&own.authorization_signed_response_alg),
        introspection_signed_response_alg: or_default(&own.introspection_signed_response_alg),
        ..own
    };
    ways(&client, &metadata)?;
    algorithms(&client, &metadata)?;
    keys(&metadata, held_to)?;
    Ok(Client { metadata: Json::of(metadata), ..client })
}

/// How it proves itself, what it asks for and where people go.
fn ways(client: &Client, metadata: &Metadata) -> Result<(), RegistrationFault> {
    if !fapi::takes_method(client.token_endpoint_auth_method) {
        return fault(
            "token_endpoint_auth_method",
            "is private_key_jwt, tls_client_auth or self_signed_tls_client_auth under FAPI 2.0",
        );
    }
    if !metadata.response_types.is_empty() {
        return fault("response_types", "is code alone under FAPI 2.0");
    }
    if client.pkce_optional {
        return fault("pkce_optional", "is not to be had under FAPI 2.0");
    }
    if let Some(other) = client.grant_types.iter().find(|name| !GRANTS.iter().any(|own| own.as_str() == *name)) {
        return fault("grant_types", format!("\"{other}\" is none of FAPI 2.0"));
    }
    for uri in client.redirect_uris.iter() {
        if let Some(problem) = fapi::redirect_fault(uri, client.application_type) {
            return fault("redirect_uris", format!("{uri}: {problem}"));
        }
    }
    Ok(())
}

fn algorithms(client: &Client, metadata: &Metadata) -> Result<(), RegistrationFault> {
    let named = [
        ("id_token_signed_response_alg", Some(&client.id_token_signed_response_alg)),
        ("userinfo_signed_response_alg", metadata.userinfo_signed_response_alg.as_ref()),
        ("authorization_signed_response_alg", metadata.authorization_signed_response_alg.as_ref()),
        ("introspection_signed_response_alg", metadata.introspection_signed_response_alg.as_ref()),
        ("token_endpoint_auth_signing_alg", metadata.token_endpoint_auth_signing_alg.as_ref()),
        ("request_object_signing_alg", metadata.request_object_signing_alg.as_ref()),
    ];
    for (member, algorithm) in named {
        if algorithm.is_some_and(|name| !fapi::is_algorithm(name)) {
            return fault(member, "is PS256, ES256 or EdDSA under FAPI 2.0");
        }
    }
    if client.access_token_format == AccessTokenFormat::JwtRs256 {
        return fault("access_token_format", "is jwt or opaque under FAPI 2.0");
    }
    Ok(())
}

/// Keys that it can sign with as it must. What lies behind `jwks_uri` may change: that is seen when it is used.
fn keys(metadata: &Metadata, profile: Profile) -> Result<(), RegistrationFault> {
    let keys = metadata.jwks.as_ref().and_then(|jwks| KeySet::read(jwks).ok());
    if keys.is_some_and(|keys| !fapi::ALGORITHMS.iter().any(|algorithm| keys.has(*algorithm))) {
        return fault("jwks", "has no key that signs PS256, ES256 or EdDSA, as FAPI 2.0 wants");
    }
    if profile.signs_messages() && metadata.jwks.is_none() && metadata.jwks_uri.is_none() {
        return fault("jwks", "or jwks_uri is needed: FAPI 2.0 Message Signing has requests signed");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::{ClientMetadata, Surroundings, Trust, check};
    use super::*;
    use crate::clock::Timestamp;
    use crate::config::ClientCertificates;
    use crate::oauth::{dpop, possession};
    use crate::security::signing_key::SigningKey;
    use serde_json::{Value, json};

    fn jwks(kind: Algorithm, algorithm: Option<&str>) -> Option<Value> {
        let mut jwk = SigningKey::generate(kind).unwrap().0.jwk().clone();
        jwk["alg"] = json!(algorithm);
        jwk.as_object_mut().unwrap().retain(|_, value| !value.is_null());
        Some(json!({"keys": [jwk]}))
    }

    fn good() -> ClientMetadata {
        ClientMetadata {
            client_id: "app".into(),
            client_name: "Bank".into(),
            redirect_uris: vec!["https://app.example/cb".into()],
            token_endpoint_auth_method: Some("private_key_jwt".into()),
            jwks: jwks(Algorithm::Es256, None),
            ..ClientMetadata::default()
        }
    }

    fn held_to(profile: Option<Profile>, metadata: &ClientMetadata, trust: Trust) -> Result<Client, RegistrationFault> {
        let now = Timestamp::from_millis(7);
        let around = Surroundings {
            loopback_http: true,
            resources: &[],
            sector_redirect_uris: None,
            now,
            certificates: ClientCertificates::Any,
        };
        check(metadata, &Trust { profile, ..trust }, around)
    }

    #[test]
    fn a_client_that_names_no_algorithm_gets_one_of_the_profile() {
        for profile in Profile::ALL {
            let client = held_to(Some(*profile), &good(), Trust::default()).unwrap();
            let own = client.metadata.get().unwrap();
            assert_eq!((own.profile, client.id_token_signed_response_alg.as_str()), (Some(*profile), "ES256"));
            assert_eq!(own.authorization_signed_response_alg.as_deref(), Some("ES256"));
            assert_eq!(own.introspection_signed_response_alg.as_deref(), Some("ES256"));
            assert!(dpop::is_owed(&client) && possession::keeps_refresh_tokens(&client));
        }
        let named = ClientMetadata { id_token_signed_response_alg: Some("PS256".into()), ..good() };
        let client = held_to(Some(Profile::Fapi2), &named, Trust::default()).unwrap();
        assert_eq!(client.id_token_signed_response_alg, "PS256");
        assert_eq!(held_to(None, &good(), Trust::default()).unwrap().id_token_signed_response_alg, "RS256");
    }

    #[test]
    fn what_the_profile_does_not_allow_is_refused_by_name() {
        let some = |text: &str| Some(text.to_owned());
        let rs256 = || some("RS256");
        for (member, case) in [
            ("token_endpoint_auth_method", ClientMetadata { token_endpoint_auth_method: None, ..good() }),
            (
                "token_endpoint_auth_method",
                ClientMetadata { token_endpoint_auth_method: some("client_secret_jwt"), ..good() },
            ),
            ("token_endpoint_auth_method", ClientMetadata { token_endpoint_auth_method: some("none"), ..good() }),
            ("redirect_uris", ClientMetadata { redirect_uris: vec!["http://127.0.0.1:1/cb".into()], ..good() }),
            ("response_types", ClientMetadata { response_types: vec!["code id_token".into()], ..good() }),
            (
                "grant_types",
                ClientMetadata {
                    grant_types: vec![
                        "authorization_code".into(),
                        "urn:ietf:params:oauth:grant-type:device_code".into(),
                    ],
                    ..good()
                },
            ),
            ("id_token_signed_response_alg", ClientMetadata { id_token_signed_response_alg: rs256(), ..good() }),
            ("userinfo_signed_response_alg", ClientMetadata { userinfo_signed_response_alg: rs256(), ..good() }),
            (
                "authorization_signed_response_alg",
                ClientMetadata { authorization_signed_response_alg: rs256(), ..good() },
            ),
            (
                "introspection_signed_response_alg",
                ClientMetadata { introspection_signed_response_alg: rs256(), ..good() },
            ),
            (
                "token_endpoint_auth_signing_alg",
                ClientMetadata {
                    jwks: jwks(Algorithm::Rs256, None),
                    token_endpoint_auth_signing_alg: rs256(),
                    ..good()
                },
            ),
            (
                "request_object_signing_alg",
                ClientMetadata { jwks: jwks(Algorithm::Rs256, None), request_object_signing_alg: rs256(), ..good() },
            ),
            ("access_token_format", ClientMetadata { access_token_format: some("jwt-rs256"), ..good() }),
            ("jwks", ClientMetadata { jwks: jwks(Algorithm::Rs256, Some("RS256")), ..good() }),
        ] {
            let trust = || Trust { legacy_response_types: true, ..Trust::default() };
            let refused = held_to(Some(Profile::Fapi2), &case, trust()).unwrap_err();
            assert_eq!(refused.member, member, "{case:?}");
            assert!(held_to(None, &case, trust()).is_ok(), "only the profile minds: {case:?}");
        }
        let trust = Trust { pkce_optional: true, ..Trust::default() };
        assert_eq!(held_to(Some(Profile::Fapi2), &good(), trust).unwrap_err().member, "pkce_optional");
    }
}
