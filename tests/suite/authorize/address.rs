//! Where an answer may go: `client_id` and `redirect_uri`, before anything else of a request counts.

use crate::both;
use crate::harness::Site;
use crate::harness::browser::{Answer, Browser};
use crate::harness::flows::{self, Request};
use keyhouse::store::clients::{ApplicationType, AuthMethod};
use keyhouse::store::columns::Words;
use reqwest::StatusCode;

/// What the tests register.
const REGISTERED: &str = "https://app.example/cb https://app.example/cb?x=1";

/// Addresses that look like a registered one, or lead elsewhere.
const TRICKS: &[&str] = &[
    "https://evil.example/cb",
    "https://app.example/cb/",
    "https://app.example/cb/more",
    "https://app.example/cb/../cb",
    "https://app.example/cb/..",
    "https://app.example/%63b",
    "https://app.example/%2e%2e/cb",
    "https://app.example//cb",
    "https://app.example/CB",
    "https://APP.example/cb",
    "HTTPS://app.example/cb",
    "http://app.example/cb",
    "https://app.example:443/cb",
    "https://app.example:8443/cb",
    "https://app.example./cb",
    "https://sub.app.example/cb",
    "https://app.example.evil.example/cb",
    "https://app.example@evil.example/cb",
    "https://evil.example\\@app.example/cb",
    "https://evil.example/https://app.example/cb",
    "https://аpp.example/cb",
    "https://app.example/cb?",
    "https://app.example/cb?x=2",
    "https://app.example/cb?x=1&y=2",
    "https://app.example/cb?x=1#f",
    "https://app.example/cb#",
    "https://app.example/cb#f",
    " https://app.example/cb",
    "https://app.example/cb ",
    "https://app.example/cb https://app.example/cb?x=1",
    "//app.example/cb",
    "/cb",
    "https://app.example/cb\tx",
    "https://app.example/cb\r\nX-Planted: 1",
    "javascript:alert(1)//https://app.example/cb",
    "data:text/html,<script>alert(1)</script>",
    "com.example.app:/cb",
];

fn assert_nothing_planted(answer: &Answer) {
    assert!(answer.headers.get("X-Planted").is_none());
    assert!(!answer.body.contains("<script>alert"), "{}", answer.body);
}

both! {
    async fn only_a_registered_redirect_uri_byte_for_byte_is_answered_to(database) {
        let site = Site::start(database).await;
        let client = site.client(|client| client.redirect_uris = Words::parse(REGISTERED)).await;
        let silent = Request::new(&client, "openid").with("prompt", "none");
        let mut browser = Browser::new(&site);
        for trick in TRICKS {
            let answer = browser.get(&silent.clone().with("redirect_uri", trick).path()).await;
            answer.assert_page(StatusCode::BAD_REQUEST);
            assert_nothing_planted(&answer);
            assert!(answer.body.contains(answer.header("X-Request-Id")), "the page names the log's line: {trick}");
        }
        for own in REGISTERED.split(' ') {
            let answer = browser.get(&silent.clone().with("redirect_uri", own).path()).await;
            answer.assert_error("login_required");
            assert!(answer.location().unwrap().starts_with(own), "{:?}", answer.location());
        }
        let kept = browser.get(&silent.with("redirect_uri", "https://app.example/cb?x=1").path()).await;
        assert_eq!(kept.parameter("x").as_deref(), Some("1"));
    }

    async fn an_openid_request_names_its_redirect_uri(database) {
        let site = Site::start(database).await;
        let only = site.client(|client| client.redirect_uris = Words::parse("https://app.example/only")).await;
        let mut browser = Browser::new(&site);
        for prompt in ["", "none"] {
            let request = Request::new(&only, "email openid").with("redirect_uri", "").with("prompt", prompt);
            for answer in [browser.get(&request.path()).await, browser.post("/oauth/authorize", &request.form()).await] {
                answer.assert_page(StatusCode::BAD_REQUEST);
                assert!(answer.body.contains("redirect_uri is missing"), "{}", answer.body);
            }
            let pushed = flows::as_client(&site, "/oauth/par", &only, &request.form()).await;
            pushed.refused(400, "invalid_request");
        }
    }

    async fn a_redirect_uri_may_be_left_out_only_where_one_is_registered(database) {
        let site = Site::start(database).await;
        let several = site.client(|client| client.redirect_uris = Words::parse(REGISTERED)).await;
        let mut browser = Browser::new(&site);
        let silent = |client| Request::new(client, "profile").with("prompt", "none").with("redirect_uri", "");
        browser.get(&silent(&several).path()).await.assert_page(StatusCode::BAD_REQUEST);
        let one = site.client(|client| client.redirect_uris = Words::parse("https://app.example/only")).await;
        let answer = browser.get(&silent(&one).path()).await;
        answer.assert_error("login_required");
        assert!(answer.location().unwrap().starts_with("https://app.example/only?"));
    }

    async fn only_the_port_of_a_native_loopback_address_is_free(database) {
        let site = Site::start(database).await;
        let loopback = "http://127.0.0.1/cb http://[::1]/cb http://localhost/cb com.example.app:/cb";
        let public = |kind| move |client: &mut keyhouse::store::clients::Client| {
            client.token_endpoint_auth_method = AuthMethod::None;
            client.application_type = kind;
            client.redirect_uris = Words::parse(loopback);
        };
        let native = site.client(public(ApplicationType::Native)).await;
        let web = site.client(public(ApplicationType::Web)).await;
        let mut browser = Browser::new(&site);
        for good in ["http://127.0.0.1:51004/cb", "http://[::1]:51004/cb", "http://localhost:51004/cb", "com.example.app:/cb"] {
            let request = Request::new(&native, "openid").with("prompt", "none").with("redirect_uri", good);
            let answer = browser.get(&request.path()).await;
            answer.assert_error("login_required");
            assert!(answer.location().unwrap().starts_with(&format!("{good}?")), "{:?}", answer.location());
        }
        let ported = Request::new(&web, "openid").with("redirect_uri", "http://127.0.0.1:51004/cb");
        browser.get(&ported.path()).await.assert_page(StatusCode::BAD_REQUEST);
        for bad in [
            "http://127.0.0.1:51004/cb2",
            "http://127.0.0.1:51004/cb?x=1",
            "http://127.0.0.2:51004/cb",
            "https://127.0.0.1:51004/cb",
            "http://127.0.0.1:51004@evil.example/cb",
            "http://127.0.0.1.evil.example:51004/cb",
            "http://localhost.evil.example/cb",
            "http://127.0.0.1:5x/cb",
            "http://127.0.0.1:/../cb",
            "com.example.app:/cb2",
            "com.example.app://cb",
        ] {
            let request = Request::new(&native, "openid").with("redirect_uri", bad);
            browser.get(&request.path()).await.assert_page(StatusCode::BAD_REQUEST);
        }
    }

    async fn an_unknown_client_id_gets_an_escaped_page(database) {
        let site = Site::start(database).await;
        let client = site.client(|_| {}).await;
        let mut browser = Browser::new(&site);
        let request = Request::new(&client, "openid");
        let long = "x".repeat(5000);
        for stranger in [
            "",
            "stranger",
            &client.id().to_uppercase(),
            &format!("{} ", client.id()),
            &format!("{}%00", client.id()),
            "<script>alert(1)</script>",
            "' OR '1'='1",
            &long,
            "\0",
            "\r\nX-Planted: 1",
        ] {
            let answer = browser.get(&request.clone().with("client_id", stranger).path()).await;
            answer.assert_page(StatusCode::BAD_REQUEST);
            assert_nothing_planted(&answer);
        }
    }

    async fn bytes_that_are_no_text_get_a_page(database) {
        let site = Site::start(database).await;
        let client = site.client(|_| {}).await;
        let mut browser = Browser::new(&site);
        for bytes in ["state=%ff", "state=%00", "client_id=%c0%80", "%ff=1"] {
            let answer = browser.get(&format!("{}&{bytes}", Request::new(&client, "openid").path())).await;
            answer.assert_page(StatusCode::BAD_REQUEST);
        }
    }

    async fn every_redirect_of_a_sign_in_is_a_303_that_nobody_keeps(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let client = site.client(|client| client.first_party = false).await;
        let mut browser = Browser::new(&site);
        let request = Request::new(&client, "openid");
        let mut answers = vec![browser.get(&request.path()).await];
        let page = browser.follow(answers.pop().unwrap()).await;
        answers.push(browser.submit(&page, "/signin", &[("identifier", "mina@lantern.example")]).await);
        let page = browser.get(&answers.last().unwrap().location().unwrap()).await;
        answers.push(browser.submit(&page, "/signin/password", &[("password", flows::PASSWORD)]).await);
        let page = browser.get(&answers.last().unwrap().location().unwrap()).await;
        answers.push(browser.submit(&page, "/oauth/authorize/", &[("decision", "allow")]).await);
        assert!(answers.last().unwrap().parameter("code").is_some());
        for answer in answers {
            assert_eq!(answer.status, StatusCode::SEE_OTHER, "{:?}", answer.location());
            assert_eq!(answer.header("Cache-Control"), "no-store");
            assert_eq!(answer.header("Referrer-Policy"), "same-origin");
        }
    }
}
