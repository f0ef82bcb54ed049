//! What clients read first: provider metadata and keys (OpenID Connect Discovery §3, RFC 8414, RFC 7517).

use std::collections::BTreeSet;
use std::time::Duration;

use crate::both;
use crate::harness::browser::Browser;
use crate::harness::{Site, flows, jose};
use keyhouse::security::keyring::{self, Overlap};
use keyhouse::store::signing_keys::Algorithm;
use reqwest::StatusCode;
use serde_json::{Value, json};

const METADATA: &[&str] = &["/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"];

fn set(values: &Value) -> BTreeSet<&str> {
    values.as_array().unwrap().iter().map(|value| value.as_str().unwrap()).collect()
}

/// Rotates every key as the command line does, and has the running server see it.
async fn rotate(site: &Site) {
    let keys = &site.app.config.keys;
    let overlap = Overlap { publish: keys.publish, retire: keys.retired };
    let (store, derived) = (&site.app.store, &site.app.derived);
    keyring::rotate(store, derived, Algorithm::ALL, overlap, site.now()).await.unwrap();
    reload(site).await;
}

/// What every node does each second.
async fn reload(site: &Site) {
    site.app.keyring.reload(&site.app.store, &site.app.derived, site.now()).await.unwrap();
}

both! {
    async fn every_member_of_the_metadata_is_as_it_should_be(database) {
        let site = Site::start(database).await;
        let at = |path: &str| format!("{}{path}", site.base);
        let expected = json!({
            "issuer": site.base,
            "authorization_endpoint": at("/oauth/authorize"),
            "token_endpoint": at("/oauth/token"),
            "userinfo_endpoint": at("/oauth/userinfo"),
            "jwks_uri": at("/oauth/jwks"),
            "device_authorization_endpoint": at("/oauth/device_authorization"),
            "introspection_endpoint": at("/oauth/introspect"),
            "revocation_endpoint": at("/oauth/revoke"),
            "end_session_endpoint": at("/oauth/logout"),
            "scopes_supported": ["openid", "profile", "email", "phone", "address", "offline_access"],
            "response_types_supported": ["code"],
            "response_modes_supported": ["query", "fragment", "form_post", "query.jwt", "fragment.jwt", "form_post.jwt", "jwt"],
            "grant_types_supported": ["authorization_code", "refresh_token", "client_credentials", "urn:ietf:params:oauth:grant-type:device_code", "urn:ietf:params:oauth:grant-type:token-exchange"],
            "subject_types_supported": ["public", "pairwise"],
            "id_token_signing_alg_values_supported": ["RS256", "ES256", "EdDSA", "PS256"],
            "userinfo_signing_alg_values_supported": ["RS256", "ES256", "EdDSA", "PS256"],
            "token_endpoint_auth_methods_supported":
                ["client_secret_basic", "client_secret_post", "client_secret_jwt", "private_key_jwt", "none"],
            "token_endpoint_auth_signing_alg_values_supported": ["RS256", "PS256", "ES256", "EdDSA", "HS256"],
            "introspection_endpoint_auth_signing_alg_values_supported": ["RS256", "PS256", "ES256", "EdDSA", "HS256"],
            "revocation_endpoint_auth_signing_alg_values_supported": ["RS256", "PS256", "ES256", "EdDSA", "HS256"],
            "introspection_endpoint_auth_methods_supported":
                ["client_secret_basic", "client_secret_post", "client_secret_jwt", "private_key_jwt"],
            "revocation_endpoint_auth_methods_supported":
                ["client_secret_basic", "client_secret_post", "client_secret_jwt", "private_key_jwt", "none"],
            "claims_supported": [
                "sub", "iss", "aud", "exp", "iat", "auth_time", "nonce", "at_hash", "c_hash", "acr", "amr", "sid", "name",
                "given_name", "family_name", "middle_name", "nickname", "preferred_username", "profile", "picture", "website",
                "gender", "birthdate", "zoneinfo", "locale", "updated_at", "email", "email_verified", "phone_number",
                "phone_number_verified", "address"
            ],
            "ui_locales_supported": ["en", "zh-CN"],
            "prompt_values_supported": ["none", "login", "consent", "select_account", "create"],
            "code_challenge_methods_supported": ["S256"],
            "dpop_signing_alg_values_supported": ["RS256", "PS256", "ES256", "EdDSA"],
            "acr_values_supported": ["urn:keyhouse:acr:1", "urn:keyhouse:acr:2"],
            "display_values_supported": ["page", "popup", "touch", "wap"],
            "claims_parameter_supported": true,
            "pushed_authorization_request_endpoint": at("/oauth/par"),
            "request_parameter_supported": true,
            "request_uri_parameter_supported": true,
            "require_request_uri_registration": true,
            "authorization_signing_alg_values_supported": ["RS256", "ES256", "EdDSA", "PS256"],
            "introspection_signing_alg_values_supported": ["RS256", "ES256", "EdDSA", "PS256"],
            "request_object_signing_alg_values_supported": ["RS256", "PS256", "ES256", "EdDSA"],
            "authorization_response_iss_parameter_supported": true,
            "frontchannel_logout_supported": true,
            "frontchannel_logout_session_supported": true,
            "backchannel_logout_supported": true,
            "backchannel_logout_session_supported": true,
            "op_tos_uri": "https://lantern.example/terms",
        });
        for path in METADATA {
            let answer = Browser::new(&site).get(path).await;
            assert_eq!((answer.status, answer.header("Content-Type")), (StatusCode::OK, "application/json"));
            assert_eq!(answer.header("Cache-Control"), "public, max-age=300");
            assert_eq!(answer.json(), expected);
        }
    }

    async fn legacy_response_types_are_told_where_anybody_may_register_for_them(database) {
        let site = Site::with(database, &[("KEYHOUSE_COMPATIBILITY__LEGACY_RESPONSE_TYPES", "true")]).await;
        let metadata = Browser::new(&site).get(METADATA[0]).await.json();
        let types = ["code", "id_token", "id_token token", "code id_token", "code token", "code id_token token"];
        assert_eq!(set(&metadata["response_types_supported"]), types.into());
        assert!(set(&metadata["grant_types_supported"]).contains("implicit"));
    }

    async fn the_metadata_says_nothing_empty_and_nothing_unsafe(database) {
        let site = Site::start(database).await;
        let metadata = Browser::new(&site).get(METADATA[0]).await.json();
        for (name, value) in metadata.as_object().unwrap() {
            assert!(!value.is_null() && value != &json!([]) && value != &json!(""), "{name} is empty");
            if name.contains("_alg_") {
                assert!(!set(value).contains("none"), "{name}");
            }
        }
        assert!(!set(&metadata["code_challenge_methods_supported"]).contains("plain"));
        assert!(set(&metadata["id_token_signing_alg_values_supported"]).contains("RS256"));
    }

    async fn the_issuer_is_the_configured_one_whatever_a_request_says(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let client = site.client(|_| {}).await;
        let poison = [
            ("Host", "evil.example"),
            ("X-Forwarded-Host", "evil.example"),
            ("X-Forwarded-Proto", "https"),
            ("X-Forwarded-Port", "666"),
            ("X-Forwarded-Prefix", "/evil"),
            ("X-Forwarded-Server", "evil.example"),
            ("X-Forwarded-For", "203.0.113.9"),
            ("Forwarded", "for=203.0.113.9;host=evil.example;proto=https"),
            ("X-Original-URL", "/evil.example"),
            ("X-Rewrite-URL", "/evil.example"),
            ("X-Host", "evil.example"),
        ];
        let plain = Browser::new(&site).get(METADATA[0]).await.body;
        let mut poisoned = flows::minas_browser(&site).await;
        poisoned.headers.extend(poison.map(|(name, value)| (name.to_owned(), value.to_owned())));
        assert_eq!(poisoned.get(METADATA[0]).await.body, plain);
        let answer = poisoned.get(&flows::Request::new(&client, "openid").path()).await;
        assert_eq!(answer.parameter("iss").as_deref(), Some(site.base.as_str()));
        for path in ["/", "/account", "/signin", "/none", "/oauth/logout"] {
            let answer = poisoned.get(path).await;
            assert!(!answer.body.contains("evil.example"), "{path}: {}", answer.body);
            assert!(!answer.location().unwrap_or_default().contains("evil"), "{path}");
        }
    }

    async fn the_key_set_has_public_members_only(database) {
        let site = Site::start(database).await;
        let answer = Browser::new(&site).get("/oauth/jwks").await;
        assert_eq!((answer.status, answer.header("Content-Type")), (StatusCode::OK, "application/json"));
        assert_eq!(answer.header("Cache-Control"), "public, max-age=3600");
        let keys = answer.json();
        let mut kids = BTreeSet::new();
        let mut algorithms = BTreeSet::new();
        for key in keys["keys"].as_array().unwrap() {
            let members: BTreeSet<&str> = key.as_object().unwrap().keys().map(String::as_str).collect();
            let own: &[&str] = match key["kty"].as_str().unwrap() {
                "RSA" => &["n", "e"],
                "EC" => &["crv", "x", "y"],
                "OKP" => &["crv", "x"],
                other => panic!("{other}"),
            };
            assert_eq!(members, own.iter().copied().chain(["kty", "kid", "use", "alg"]).collect());
            assert_eq!(key["use"], "sig");
            assert!(kids.insert(key["kid"].as_str().unwrap()), "a kid twice");
            algorithms.insert(key["alg"].as_str().unwrap());
        }
        assert_eq!(algorithms, BTreeSet::from(["RS256", "PS256", "ES256", "EdDSA"]));
    }

    async fn a_new_key_is_published_before_it_signs_and_after(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let mut browser = flows::minas_browser(&site).await;
        let keys = &site.app.config.keys;
        let old: BTreeSet<String> = jose::published(&site).await.into_iter().collect();
        rotate(&site).await;
        let all: BTreeSet<String> = jose::published(&site).await.into_iter().collect();
        assert!(all.is_superset(&old) && all.len() == 2 * old.len());
        for algorithm in ["RS256", "ES256", "EdDSA", "PS256"] {
            let client = site.client(|client| client.id_token_signed_response_alg = algorithm.to_owned()).await;
            let tokens = flows::tokens(&site, &mut browser, &client, "openid").await;
            for name in ["id_token", "access_token"] {
                let token = jose::verified(&site, tokens[name].as_str().unwrap()).await;
                assert!(old.contains(token.header["kid"].as_str().unwrap()), "{name} is signed too early");
            }
        }
        let client = site.client(|_| {}).await;
        site.advance(keys.publish - Duration::from_secs(1));
        let last = flows::tokens(&site, &mut browser, &client, "openid").await;
        let last = last["id_token"].as_str().unwrap();
        assert!(old.contains(jose::part(last, 0)["kid"].as_str().unwrap()));

        site.advance(Duration::from_secs(1));
        let next = flows::tokens(&site, &mut browser, &client, "openid").await;
        for name in ["id_token", "access_token"] {
            let token = jose::verified(&site, next[name].as_str().unwrap()).await;
            assert!(!old.contains(token.header["kid"].as_str().unwrap()), "{name} is signed with the old key");
        }
        // What the old key signed is good, and verifiable, to its end.
        site.advance(keys.retired - Duration::from_secs(1));
        reload(&site).await;
        jose::verified(&site, last).await;
        site.advance(Duration::from_secs(1));
        reload(&site).await;
        let left: BTreeSet<String> = jose::published(&site).await.into_iter().collect();
        assert!(left.is_disjoint(&old), "an old key stayed");
    }

    async fn a_key_that_clients_keep_is_never_younger_than_their_copy(database) {
        let site = Site::start(database).await;
        let keys = &site.app.config.keys;
        let tokens = &site.app.config.tokens;
        assert!(keys.publish >= keys.jwks_cache);
        assert!(keys.retired >= tokens.id_token.max(tokens.access_token) && keys.retired >= keys.jwks_cache);
    }
}
