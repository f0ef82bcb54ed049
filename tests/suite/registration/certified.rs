//! The configuration of `docs/conformance.md`, with clients that register themselves as the OpenID Foundation's conformance
//! suite has them do: no scope, no PKCE, whatever response type.

use std::time::Duration;

use keyhouse::store::details::{Json, Metadata};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::{register, send, usable, with};
use crate::authorize::response_modes::{fragment, value};
use crate::both;
use crate::harness::browser::{Answer, Browser};
use crate::harness::database::Database;
use crate::harness::flows::{self, Request};
use crate::harness::publisher::Publisher;
use crate::harness::signer::{Signer, assertion, proof};
use crate::harness::{CALLBACK, RegisteredClient, Site, jose};

const TYPES: [&str; 6] = ["code", "id_token", "id_token token", "code id_token", "code token", "code id_token token"];

async fn certified(database: Database) -> Site {
    let settings = [
        ("KEYHOUSE_REGISTRATION__PER_ADDRESS_PER_HOUR", "1000"),
        ("KEYHOUSE_COMPATIBILITY__PKCE_OPTIONAL_FOR_CONFIDENTIAL", "true"),
        ("KEYHOUSE_COMPATIBILITY__REDIRECT_EARLY_ERRORS", "true"),
        ("KEYHOUSE_COMPATIBILITY__LEGACY_RESPONSE_TYPES", "true"),
    ];
    with(database, &settings).await
}

/// What the suite says of a client for a response type.
fn said(response_type: &str) -> Value {
    let words: Vec<&str> = response_type.split(' ').collect();
    let mut grants = Vec::new();
    if words.contains(&"code") {
        grants.push("authorization_code");
    }
    if words.contains(&"id_token") || words.contains(&"token") {
        grants.push("implicit");
    }
    json!({
        "client_name": "Suite", "grant_types": grants, "response_types": [response_type],
        "token_endpoint_auth_method": "client_secret_basic", "jwks": Signer::new("RS256").jwks(),
        "contacts": ["certification@suite.example"],
    })
}

fn request(app: &RegisteredClient, response_type: &str) -> Request {
    let request = Request::new(app, "openid").with("response_type", response_type);
    request.with("code_challenge", "").with("code_challenge_method", "")
}

/// The members of the answer, wherever they stand.
fn members(answer: &Answer, response_type: &str) -> Vec<(String, String)> {
    if response_type == "code" { answer.parameters() } else { fragment(answer) }
}

both! {
    async fn every_response_type_works_for_a_client_that_registered_for_it(database) {
        let site = certified(database).await;
        let mina = flows::mina(&site).await;
        let mut browser = flows::minas_browser(&site).await;
        for name in TYPES {
            let app = usable(&site, &register(&site, &said(name)).await).await;
            let page = browser.get(&request(&app, name).path()).await;
            let answer = browser.submit(&page, "/oauth/authorize/", &[("decision", "allow")]).await;
            let members = members(&answer, name);
            let mut access = value(&members, "access_token");
            if let Some(token) = value(&members, "id_token") {
                assert_eq!(jose::verified(&site, &token).await.claims["sub"], mina.sub, "{name}");
            }
            if let Some(code) = value(&members, "code") {
                let form = [("grant_type", "authorization_code"), ("code", code.as_str()), ("redirect_uri", CALLBACK)];
                let tokens = flows::as_client(&site, "/oauth/token", &app, &form).await;
                assert_eq!(tokens.status, StatusCode::OK, "{name}: {}", tokens.body);
                assert_eq!(jose::verified(&site, &tokens.text("id_token")).await.claims["sub"], mina.sub, "{name}");
                access = Some(tokens.text("access_token"));
            }
            assert_eq!(access.is_none(), name == "id_token");
            if let Some(token) = access {
                assert_eq!(flows::userinfo(&site, &token).await.json()["sub"], mina.sub, "{name}");
            }
        }
    }

    async fn what_was_registered_for_ends_when_the_operator_switches_it_off(database) {
        let site = certified(database).await;
        flows::mina(&site).await;
        let given = site.client(|client| {
            let response_types = vec!["id_token".to_owned()];
            client.metadata = Json::of(Metadata { response_types, ..Metadata::default() });
        }).await;
        let mut apps = Vec::new();
        for name in &TYPES[1..] {
            apps.push((usable(&site, &register(&site, &said(name)).await).await, *name));
        }
        let off = [("KEYHOUSE_COMPATIBILITY__LEGACY_RESPONSE_TYPES", "false")];
        let site = site.restarted_with(&off).await;
        let mut browser = flows::minas_browser(&site).await;
        for (app, name) in &apps {
            let answer = browser.get(&request(app, name).path()).await;
            let error = answer.parameter("error");
            assert_eq!(error.as_deref(), Some("unsupported_response_type"), "{name}: {:?}", answer.location());
            let pushed = flows::as_client(&site, "/oauth/par", app, &request(app, name).form()).await;
            pushed.refused(400, "unsupported_response_type");
        }
        // What the operator gave by command stays.
        let answer = browser.get(&request(&given, "id_token").path()).await;
        assert!(value(&fragment(&answer), "id_token").is_some(), "{:?}", answer.location());
    }

    async fn a_faulty_request_is_answered_at_the_redirect_uri_that_is_registered(database) {
        let site = certified(database).await;
        let mut browser = Browser::new(&site);
        for name in TYPES {
            let app = usable(&site, &register(&site, &said(name)).await).await;
            let good = request(&app, name);
            browser.get(&good.clone().with("response_type", "").path()).await.assert_error("invalid_request");
            let refused = browser.get(&good.clone().with("nonce", "").path()).await;
            if name.contains("id_token") {
                let members = fragment(&refused);
                assert_eq!(value(&members, "error").as_deref(), Some("invalid_request"), "{name}");
                assert_eq!(value(&members, "state").as_deref(), Some("st&te=1"), "{name}");
            } else {
                assert!(refused.location().unwrap().starts_with("/signin"), "{name}");
            }
            let silent = browser.get(&good.clone().with("prompt", "none").path()).await;
            let told = value(&members(&silent, name), "error");
            assert_eq!(told.as_deref(), Some("login_required"), "{name}");
            for elsewhere in ["", "https://elsewhere.example/", &format!("{CALLBACK}?foo=bar"), &format!("{CALLBACK}/")] {
                let answer = browser.get(&good.clone().with("redirect_uri", elsewhere).path()).await;
                answer.assert_page(StatusCode::BAD_REQUEST);
            }
        }
    }

    async fn a_client_that_rotates_its_published_key_goes_on_after_a_minute(database) {
        let site = certified(database).await;
        flows::mina(&site).await;
        let publisher = Publisher::start();
        let (old, new) = (Signer::new("RS256"), Signer::new("RS256"));
        publisher.json(&old.jwks());
        let registered = register(&site, &json!({
            "grant_types": ["authorization_code", "refresh_token"], "response_types": ["code"],
            "token_endpoint_auth_method": "private_key_jwt", "jwks_uri": publisher.url,
        })).await;
        assert!(registered.get("client_secret").is_none());
        let app = usable(&site, &registered).await;
        let token = async |signer: &Signer, form: &[(&str, &str)]| {
            let assertion = signer.sign(&assertion(&site, app.id()));
            let form: Vec<_> = form.iter().copied().chain(proof(&assertion)).collect();
            Browser::new(&site).post("/oauth/token", &form).await
        };
        let asked = Request::new(&app, "openid offline_access").with("prompt", "consent");
        let mut browser = flows::minas_browser(&site).await;
        let code = flows::code(&mut browser, &asked).await;
        let form = [
            ("grant_type", "authorization_code"), ("code", &code), ("redirect_uri", CALLBACK), ("code_verifier", &asked.verifier),
        ];
        let first = token(&old, &form).await;
        assert_eq!(first.status, StatusCode::OK, "{}", first.body);
        publisher.json(&new.jwks());
        site.advance(Duration::from_secs(60));
        let kept = first.text("refresh_token");
        let second = token(&new, &[("grant_type", "refresh_token"), ("refresh_token", &kept)]).await;
        assert_eq!(second.status, StatusCode::OK, "{}", second.body);
        assert_eq!(flows::claims(&second.text("id_token"))["sub"], flows::claims(&first.text("id_token"))["sub"]);
    }

    async fn where_a_sign_in_begins_is_told_at_registration_and_when_it_is_read(database) {
        let site = certified(database).await;
        let begin = json!("https://app.example/begin");
        let registered = register(&site, &json!({"initiate_login_uri": begin})).await;
        assert_eq!(registered["initiate_login_uri"], begin);
        let (uri, token) = (registered["registration_client_uri"].as_str(), registered["registration_access_token"].as_str());
        let read = send(&site, Method::GET, uri.unwrap(), token, None).await;
        assert_eq!((read.status, read.header("Content-Type")), (StatusCode::OK, "application/json"));
        assert_eq!(read.json()["initiate_login_uri"], begin);
    }
}
