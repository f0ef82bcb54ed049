//! Tokens from the authorization endpoint (OpenID Connect Core §3.2, §3.3): only for clients that were given them, behind
//! the `#`, bound to nonce, code and access token.

use crate::authorize::response_modes::{fragment, posted, value};
use crate::both;
use crate::harness::database::Database;
use crate::harness::flows::{self, Request};
use crate::harness::scene::Scene;
use crate::harness::{Site, jose};
use keyhouse::security::random;
use keyhouse::store::clients::{AccessTokenFormat, Client};
use keyhouse::store::details::{Json, Metadata};
use reqwest::StatusCode;

const TYPES: [&str; 5] = ["id_token", "id_token token", "code id_token", "code token", "code id_token token"];

fn given(client: &mut Client, types: &[&str]) {
    let response_types = types.iter().map(|name| (*name).to_owned()).collect();
    client.metadata = Json::of(Metadata { response_types, ..Metadata::default() });
}

async fn scene(database: Database) -> Scene {
    Scene::with(database, |client| given(client, &TYPES)).await
}

/// Left half of the SHA-256, as `at_hash` and `c_hash` have it (OpenID Connect Core §3.3.2.11).
fn half_hash(text: &str) -> String {
    random::encode(&random::sha256(text)[..16])
}

both! {
    async fn each_type_gives_what_it_names_and_nothing_else(database) {
        let mut own = scene(database).await;
        for name in TYPES {
            let request = Request::new(&own.client, "openid profile offline_access").with("response_type", name);
            let answer = own.browser.get(&request.path()).await;
            let members = fragment(&answer);
            for (word, member) in [("code", "code"), ("id_token", "id_token"), ("token", "access_token")] {
                assert_eq!(value(&members, member).is_some(), name.split(' ').any(|own| own == word), "{name}: {word}");
            }
            assert!(value(&members, "refresh_token").is_none(), "{name}");
            assert_eq!(value(&members, "state").as_deref(), Some("st&te=1"), "{name}");
            assert_eq!(value(&members, "iss"), Some(own.site.base.clone()), "{name}");
            assert_eq!(answer.header("Cache-Control"), "no-store");
            let access = value(&members, "access_token");
            let code = value(&members, "code");
            if let Some(token) = &access {
                assert_eq!(value(&members, "token_type").as_deref(), Some("Bearer"));
                assert_eq!(value(&members, "expires_in").as_deref(), Some("300"));
                let userinfo = flows::userinfo(&own.site, token).await;
                assert_eq!(userinfo.json()["name"], "Mina Farouk", "{}", userinfo.body);
            }
            if let Some(token) = value(&members, "id_token") {
                let claims = jose::verified(&own.site, &token).await.claims;
                assert_eq!(claims["nonce"], "n-0S6_WzA2Mj");
                assert_eq!(claims["aud"][0], own.client.id());
                assert_eq!(claims["at_hash"].as_str(), access.as_deref().map(half_hash).as_deref(), "{name}");
                assert_eq!(claims["c_hash"].as_str(), code.as_deref().map(half_hash).as_deref(), "{name}");
                // Claims of the scope where there is no userinfo to ask (section 5.4), and only there.
                assert_eq!(claims["name"].as_str(), (name == "id_token").then_some("Mina Farouk"), "{name}");
            }
            if let Some(code) = code {
                let tokens = flows::redeem(&own.site, &own.client, &code, &request.verifier).await;
                assert_eq!(tokens.status, StatusCode::OK, "{name}: {}", tokens.body);
                assert_eq!(jose::part(&tokens.text("id_token"), 1)["nonce"], "n-0S6_WzA2Mj");
            }
        }
    }

    async fn claims_that_are_asked_for_by_name_come_in_the_only_id_token(database) {
        let mut own = scene(database).await;
        let claims = r#"{"id_token": {"email": null, "given_name": null}}"#;
        for name in TYPES.iter().filter(|name| name.contains("id_token")) {
            let request = Request::new(&own.client, "openid").with("response_type", name).with("claims", claims);
            let members = fragment(&own.browser.get(&request.path()).await);
            let told = jose::verified(&own.site, &value(&members, "id_token").unwrap()).await.claims;
            // Where there is a code they come with what it is redeemed for, and not by way of the browser.
            let has_code = name.contains("code");
            assert_eq!(told["email"].as_str(), (!has_code).then_some("mina@lantern.example"), "{name}");
            assert_eq!((told.get("name"), told.get("email_verified")), (None, None), "{name}");
            if has_code {
                let code = value(&members, "code").unwrap();
                let tokens = flows::redeem(&own.site, &own.client, &code, &request.verifier).await;
                assert_eq!(jose::part(&tokens.text("id_token"), 1)["email"], "mina@lantern.example", "{name}");
            }
        }
    }

    async fn only_the_types_that_were_given_are_served(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let mut browser = flows::minas_browser(&site).await;
        let client = site.client(|client| given(client, &["code id_token"])).await;
        let asking = |name: &str| Request::new(&client, "openid").with("response_type", name).path();
        for name in TYPES.iter().filter(|name| **name != "code id_token") {
            browser.get(&asking(name)).await.assert_error("unsupported_response_type");
        }
        for name in ["token", "none", "id_token id_token", "code id_token none"] {
            browser.get(&asking(name)).await.assert_error("unsupported_response_type");
        }
        assert!(value(&fragment(&browser.get(&asking("id_token code")).await), "code").is_some(), "in any order");
        flows::code_unasked(&mut browser, &Request::new(&client, "openid")).await;
    }

    async fn tokens_never_come_in_a_query_and_errors_come_behind_the_hash(database) {
        let mut own = scene(database).await;
        for name in TYPES {
            let request = Request::new(&own.client, "openid").with("response_type", name);
            let refused = own.browser.get(&request.clone().with("response_mode", "query").path()).await;
            assert_eq!(value(&fragment(&refused), "error").as_deref(), Some("invalid_request"), "{name}");
            let no_openid = own.browser.get(&request.clone().with("scope", "profile").path()).await;
            assert_eq!(value(&fragment(&no_openid), "error").as_deref(), Some("invalid_scope"), "{name}");
            let page = own.browser.get(&request.with("response_mode", "form_post").path()).await;
            assert!(value(&posted(&page), "iss").is_some());
        }
    }

    async fn an_id_token_from_the_front_needs_a_nonce(database) {
        let mut own = scene(database).await;
        for name in TYPES {
            let request = Request::new(&own.client, "openid").with("response_type", name).with("nonce", "");
            let members = fragment(&own.browser.get(&request.path()).await);
            let refused = name.contains("id_token").then_some("invalid_request");
            assert_eq!(value(&members, "error").as_deref(), refused, "{name}");
        }
    }

    async fn pkce_is_owed_where_a_code_is_among_it(database) {
        let mut own = scene(database).await;
        for name in TYPES {
            let request = Request::new(&own.client, "openid").with("response_type", name);
            let bare = request.with("code_challenge", "").with("code_challenge_method", "");
            let members = fragment(&own.browser.get(&bare.path()).await);
            assert_eq!(value(&members, "error").is_some(), name.contains("code"), "{name}");
        }
    }

    async fn an_access_token_from_the_front_dies_with_its_sign_in_and_by_revocation(database) {
        let mut own = Scene::with(database, |client| {
            given(client, &TYPES);
            client.access_token_format = AccessTokenFormat::Opaque;
        })
        .await;
        let request = Request::new(&own.client, "openid").with("response_type", "id_token token");
        let mut tokens = Vec::new();
        for _ in 0..2 {
            tokens.push(value(&fragment(&own.browser.get(&request.path()).await), "access_token").unwrap());
        }
        let [first, second] = tokens.as_slice() else { panic!() };
        assert_eq!(flows::userinfo(&own.site, first).await.status, StatusCode::OK);
        flows::as_client(&own.site, "/oauth/revoke", &own.client, &[("token", first)]).await;
        assert_eq!(flows::userinfo(&own.site, first).await.status, StatusCode::UNAUTHORIZED);
        assert_eq!(flows::userinfo(&own.site, second).await.status, StatusCode::OK);
        let home = own.browser.get("/account").await;
        own.browser.submit(&home, "/account/signout", &[]).await;
        assert_eq!(flows::userinfo(&own.site, second).await.status, StatusCode::UNAUTHORIZED);
    }

    async fn a_replayed_code_of_a_hybrid_answer_is_a_replay(database) {
        let mut own = scene(database).await;
        let request = Request::new(&own.client, "openid offline_access").with("response_type", "code id_token token");
        let members = fragment(&own.browser.get(&request.path()).await);
        let code = value(&members, "code").unwrap();
        let tokens = flows::redeem(&own.site, &own.client, &code, &request.verifier).await;
        let access = tokens.text("access_token");
        let replayed = flows::redeem(&own.site, &own.client, &code, &request.verifier).await;
        replayed.refused(400, "invalid_grant");
        assert_eq!(flows::userinfo(&own.site, &access).await.status, StatusCode::UNAUTHORIZED);
    }
}
