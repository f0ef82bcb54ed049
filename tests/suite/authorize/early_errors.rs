//! Errors before a person has seen anything: by redirect to apps the operator has checked, by page to others
//! (RFC 9700 §4.11.2).

use crate::both;
use crate::harness::browser::Browser;
use crate::harness::flows::Request;
use crate::harness::{CALLBACK, Site};
use keyhouse::store::clients::Client;
use reqwest::StatusCode;

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
