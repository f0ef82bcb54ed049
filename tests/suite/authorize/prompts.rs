//! `prompt`, `max_age` and the hints: when a person signs in again, and as whom (OpenID Connect Core §3.1.2.1).

use std::time::Duration;

use crate::both;
use crate::harness::browser::Browser;
use crate::harness::flows::{self, Request};
use crate::harness::{RegisteredClient, Site, jose};
use keyhouse::store::columns::Words;
use reqwest::StatusCode;
use serde_json::Value;

/// The ID token's claims for a code.
async fn id_token(site: &Site, client: &RegisteredClient, request: &Request, code: &str) -> Value {
    let tokens = flows::redeem(site, client, code, &request.verifier).await;
    assert_eq!(tokens.status, StatusCode::OK, "{}", tokens.body);
    jose::verified(site, tokens.json()["id_token"].as_str().unwrap()).await.claims
}

/// The ID token's claims of a silent answer.
async fn silently(site: &Site, browser: &mut Browser, client: &RegisteredClient) -> Value {
    let request = Request::new(client, "openid").with("prompt", "none");
    let code = flows::code_unasked(browser, &request).await;
    id_token(site, client, &request, &code).await
}

/// Signs in at `request` and gives the ID token's claims.
async fn sign_in_at(
    site: &Site,
    browser: &mut Browser,
    client: &RegisteredClient,
    request: &Request,
    who: &str,
) -> Value {
    let done = flows::sign_in_from(browser, &request.path(), who).await;
    let answer = browser.follow(done).await;
    let code = answer.parameter("code").unwrap_or_else(|| panic!("{:?} {}", answer.location(), answer.body));
    id_token(site, client, request, &code).await
}

both! {
    async fn prompt_none_never_shows_a_page(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let client = site.client(|client| client.first_party = false).await;
        let silent = Request::new(&client, "openid").with("prompt", "none");
        Browser::new(&site).get(&silent.path()).await.assert_error("login_required");
        let mut browser = flows::minas_browser(&site).await;
        browser.get(&silent.path()).await.assert_error("consent_required");
        let page = browser.get(&Request::new(&client, "openid").path()).await;
        browser.submit(&page, "/oauth/authorize/", &[("decision", "allow")]).await;
        flows::code_unasked(&mut browser, &silent).await;
        browser.get(&silent.clone().with("scope", "openid email").path()).await.assert_error("consent_required");
        site.advance(Duration::from_secs(60));
        browser.get(&silent.clone().with("max_age", "59").path()).await.assert_error("login_required");
        browser.post("/oauth/authorize", &silent.form()).await;
    }

    async fn a_posted_prompt_none_never_shows_a_page_either(database) {
        let site = Site::start(database).await;
        let client = site.client(|_| {}).await;
        let mut browser = Browser::new(&site);
        let posted = browser.post("/oauth/authorize", &Request::new(&client, "openid").with("prompt", "none").form()).await;
        browser.follow(posted).await.assert_error("login_required");
    }

    async fn prompt_login_signs_in_again(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let client = site.client(|_| {}).await;
        let mut browser = flows::minas_browser(&site).await;
        let first = silently(&site, &mut browser, &client).await;
        site.advance(Duration::from_secs(100));
        let again = Request::new(&client, "openid").with("prompt", "login");
        let page = browser.get(&again.path()).await;
        assert!(page.location().unwrap().starts_with("/signin?"), "{:?}", page.location());
        // Whoever turns back keeps the old sign-in as it was, and the request waits.
        let back = browser.get(&page.location().unwrap()).await;
        assert_eq!(back.status, StatusCode::OK);
        assert_eq!(silently(&site, &mut browser, &client).await["auth_time"], first["auth_time"]);
        let claims = sign_in_at(&site, &mut browser, &client, &again, "mina@lantern.example").await;
        assert_eq!(claims["sub"], first["sub"]);
        assert_eq!(claims["auth_time"].as_i64().unwrap(), first["auth_time"].as_i64().unwrap() + 100);
        assert_eq!(silently(&site, &mut browser, &client).await["auth_time"], claims["auth_time"]);
    }

    async fn walking_back_to_a_request_does_not_replace_signing_in(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let client = site.client(|_| {}).await;
        let mut browser = flows::minas_browser(&site).await;
        site.advance(Duration::from_secs(1));
        for (name, value) in [("prompt", "login"), ("max_age", "0"), ("prompt", "select_account")] {
            let sent = browser.get(&Request::new(&client, "openid").with(name, value).path()).await;
            let back = sent.parameter("continue").unwrap();
            let again = browser.get(&back).await;
            let asked = if value == "select_account" { "/signin/accounts?" } else { "/signin?" };
            assert!(again.location().unwrap().starts_with(asked), "{name}: {:?}", again.location());
        }
    }

    async fn max_age_bounds_the_age_of_a_sign_in(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let client = site.client(|_| {}).await;
        let mut browser = flows::minas_browser(&site).await;
        let first = silently(&site, &mut browser, &client).await;
        site.advance(Duration::from_secs(300));
        let young = Request::new(&client, "openid").with("max_age", "300");
        let code = flows::code_unasked(&mut browser, &young).await;
        assert_eq!(id_token(&site, &client, &young, &code).await["auth_time"], first["auth_time"]);
        site.advance(Duration::from_secs(1));
        let claims = sign_in_at(&site, &mut browser, &client, &young, "mina@lantern.example").await;
        assert_eq!(claims["auth_time"].as_i64().unwrap(), first["auth_time"].as_i64().unwrap() + 301);
    }

    async fn whoever_signs_in_again_gets_their_own_code(database) {
        let site = Site::start(database).await;
        let mina = flows::mina(&site).await;
        let jonas = flows::jonas(&site).await;
        let client = site.client(|_| {}).await;
        let mut browser = flows::minas_browser(&site).await;
        assert_eq!(silently(&site, &mut browser, &client).await["sub"], mina.sub);
        site.advance(Duration::from_secs(1));
        let again = Request::new(&client, "openid").with("prompt", "login");
        let claims = sign_in_at(&site, &mut browser, &client, &again, "jonas@lantern.example").await;
        assert_eq!(claims["sub"], jonas.sub);
    }

    async fn a_hint_of_another_person_is_login_required(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        flows::jonas(&site).await;
        let client = site.client(|_| {}).await;
        let mut browser = flows::minas_browser(&site).await;
        let tokens = flows::tokens(&site, &mut browser, &client, "openid").await;
        let hint = tokens["id_token"].as_str().unwrap().to_owned();
        // Expired or not, it says who is meant.
        site.advance(Duration::from_secs(24 * 60 * 60));
        let hinted = Request::new(&client, "openid").with("id_token_hint", &hint);
        flows::code_unasked(&mut browser, &hinted.clone().with("prompt", "none")).await;
        let mut other = Browser::new(&site);
        flows::sign_in(&mut other, "jonas@lantern.example").await;
        other.get(&hinted.clone().with("prompt", "none").path()).await.assert_error("login_required");
        let mut third = Browser::new(&site);
        let done = flows::sign_in_from(&mut third, &hinted.path(), "jonas@lantern.example").await;
        third.follow(done).await.assert_error("login_required");
    }

    async fn a_hint_that_is_no_id_token_of_ours_is_refused(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let client = site.client(|_| {}).await;
        let mut browser = flows::minas_browser(&site).await;
        let tokens = flows::tokens(&site, &mut browser, &client, "openid").await;
        let hint = tokens["id_token"].as_str().unwrap();
        let [header, claims, signature] = hint.split('.').collect::<Vec<_>>().try_into().unwrap();
        let none = keyhouse::security::random::encode(r#"{"alg":"none","typ":"JWT"}"#);
        for forged in [
            "nonsense".to_owned(),
            format!("{header}.{claims}."),
            format!("{none}.{claims}."),
            format!("{none}.{claims}.{signature}"),
            format!("{header}.{claims}.{}", signature.chars().rev().collect::<String>()),
            tokens["access_token"].as_str().unwrap().to_owned(),
            "a".repeat(20_000),
        ] {
            let request = Request::new(&client, "openid").with("id_token_hint", &forged);
            browser.get(&request.path()).await.assert_error("invalid_request");
        }
    }

    async fn login_hint_fills_the_identifier_and_nothing_else(database) {
        let site = Site::start(database).await;
        let client = site.client(|_| {}).await;
        for (hint, shown) in [
            ("mina@lantern.example", r#"value="mina@lantern.example""#),
            (r#""><script>alert(1)</script>"#, "&#34;&#62;&#60;script&#62;"),
            ("\r\nX-Planted: 1", "X-Planted: 1"),
        ] {
            let mut browser = Browser::new(&site);
            let sent = browser.get(&Request::new(&client, "openid").with("login_hint", hint).path()).await;
            assert!(!sent.location().unwrap().contains("mina"), "not in an address: {:?}", sent.location());
            let page = browser.follow(sent).await;
            assert!(page.body.contains(shown), "{}", page.body);
            assert!(!page.body.contains("<script>alert"));
            assert!(page.headers.get("X-Planted").is_none());
        }
    }

    async fn ui_locales_choose_the_language_of_every_page(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let client = site.client(|client| client.first_party = false).await;
        for (ui_locales, lang) in [
            ("zh-CN", "zh-CN"),
            ("fr xx-invalid-\u{1f600} zh", "zh-CN"),
            ("en zh", "en"),
            ("\"><script>alert(1)</script>\r\nX-Planted: 1", "en"),
        ] {
            let mut browser = Browser::new(&site);
            let request = Request::new(&client, "openid profile").with("ui_locales", ui_locales);
            let begun = browser.get(&request.path()).await;
            let first = browser.follow(begun).await;
            let done = flows::sign_in_from(&mut browser, &request.path(), "mina@lantern.example").await;
            let consent = browser.follow(done).await;
            for page in [first, consent] {
                assert_eq!(page.status, StatusCode::OK, "{}", page.body);
                assert!(page.body.contains(&format!(r#"lang="{lang}""#)), "{ui_locales}: {}", page.body);
                assert!(!page.body.contains("<script>alert") && page.headers.get("X-Planted").is_none());
            }
        }
    }

    async fn prompt_create_opens_sign_up(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let client = site.client(|_| {}).await;
        let create = Request::new(&client, "openid").with("prompt", "create");
        for mut browser in [Browser::new(&site), flows::minas_browser(&site).await] {
            site.advance(Duration::from_secs(1));
            let answer = browser.get(&create.path()).await;
            assert!(answer.location().unwrap().starts_with("/signup?"), "{:?}", answer.location());
        }
    }

    async fn prompt_consent_asks_again(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let client = site.client(|client| client.scopes = Words::parse("openid profile")).await;
        let mut browser = flows::minas_browser(&site).await;
        flows::code_unasked(&mut browser, &Request::new(&client, "openid profile")).await;
        let again = Request::new(&client, "openid profile").with("prompt", "consent");
        browser.get(&again.path()).await.assert_page(StatusCode::OK);
    }
}
