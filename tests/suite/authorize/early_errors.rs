//! Errors before a person has seen anything: by redirect to apps the operator has checked, by page to others
//! (RFC 9700 §4.11.2).

use std::time::Duration;

use crate::both;
use crate::harness::browser::Browser;
use crate::harness::flows::{self, Request};
use crate::harness::{CALLBACK, Site};
use keyhouse::store::clients::Client;
use reqwest::StatusCode;
use serde_json::json;

fn unverified(client: &mut Client) {
    client.first_party = false;
    client.verified = false;
}

both! {
    async fn an_unverified_app_is_no_open_redirector(database) {
        let site = Site::start(database).await;
        let client = site.client(unverified).await;
        let mut browser = Browser::new(&site);
        let faulty = Request::new(&client, "openid").with("response_type", "token");
        for answer in [browser.get(&faulty.path()).await, browser.post("/oauth/authorize", &faulty.form()).await] {
            answer.assert_page(StatusCode::BAD_REQUEST);
            assert!(answer.body.contains("unsupported_response_type"), "{}", answer.body);
            assert!(!answer.body.contains(CALLBACK), "{}", answer.body);
        }
    }

    async fn it_is_none_by_what_only_the_sign_in_tells_either(database) {
        let site = Site::with(database, &[("KEYHOUSE_SIGNIN__SECOND_BY_SMS", "false")]).await;
        flows::mina(&site).await;
        let jonas = flows::jonas(&site).await;
        let client = site.client(unverified).await;
        let mut browser = flows::minas_browser(&site).await;
        site.advance(Duration::from_secs(1));
        let two_factors = json!({"id_token": {"acr": {"essential": true, "values": ["urn:keyhouse:acr:2"]}}});
        let other = json!({"id_token": {"sub": {"value": jonas.sub}}});
        let good = Request::new(&client, "openid");
        for (faulty, code) in [
            (good.clone().with("scope", "unheard-of"), "invalid_scope"),
            (good.clone().with("resource", "https://nowhere.example/"), "invalid_target"),
            (good.clone().with("claims", &two_factors.to_string()), "unmet_authentication_requirements"),
            (good.clone().with("claims", &other.to_string()), "login_required"),
        ] {
            let posted = browser.post("/oauth/authorize", &faulty.form()).await;
            for answer in [browser.get(&faulty.path()).await, browser.follow(posted).await] {
                answer.assert_page(StatusCode::BAD_REQUEST);
                assert!(answer.body.contains(code) && !answer.body.contains(CALLBACK), "{code}: {}", answer.body);
            }
            browser.get(&faulty.with("prompt", "none").path()).await.assert_error(code);
        }
        // Who has signed in for this very request has seen what it is about.
        let faulty = good.with("claims", &other.to_string()).with("prompt", "login");
        let signed_in = flows::sign_in_from(&mut browser, &faulty.path(), "mina@lantern.example").await;
        browser.follow(signed_in).await.assert_error("login_required");
    }

    async fn an_error_asked_for_with_prompt_none_always_goes_back(database) {
        let site = Site::start(database).await;
        let client = site.client(unverified).await;
        let mut browser = Browser::new(&site);
        let silent = Request::new(&client, "openid").with("response_type", "token").with("prompt", "none");
        browser.get(&silent.path()).await.assert_error("unsupported_response_type");
        browser.post("/oauth/authorize", &silent.form()).await.assert_error("unsupported_response_type");
        // What counts is the request's own parameter, not one beside it.
        let loud = silent.with("prompt", "");
        browser.post("/oauth/authorize?prompt=none", &loud.form()).await.assert_page(StatusCode::BAD_REQUEST);
    }

    async fn a_checked_app_gets_its_errors(database) {
        let site = Site::start(database).await;
        let client = site.client(|client| client.first_party = false).await;
        let faulty = Request::new(&client, "openid").with("response_type", "token");
        Browser::new(&site).get(&faulty.path()).await.assert_error("unsupported_response_type");
    }

    async fn the_operator_may_redirect_early_errors(database) {
        let site = Site::with(database, &[("KEYHOUSE_COMPATIBILITY__REDIRECT_EARLY_ERRORS", "true")]).await;
        let client = site.client(unverified).await;
        let faulty = Request::new(&client, "openid").with("response_type", "token");
        Browser::new(&site).get(&faulty.path()).await.assert_error("unsupported_response_type");
    }
}
