//! What is asked: each parameter checked, nothing ignored that changes the meaning, everything given back as it came.

use crate::both;
use crate::harness::browser::{Answer, Browser};
use crate::harness::flows::{self, Request};
use crate::harness::{CALLBACK, Site, jose};
use keyhouse::store::clients::AuthMethod;
use reqwest::StatusCode;

/// Values of `state` and `nonce` that are altered wherever somebody decodes once too often.
fn nasty() -> Vec<String> {
    let fixed = [
        "plain",
        "a+b c%20d%2Bd",
        "a&error=x&code=y",
        "?#;=,/\\\"'<script>alert(1)</script>",
        "\r\nX-Planted: 1\r\n\r\n<html>",
        "ünïcödé – 状態 🔑 \u{202e}",
        "%",
        " leading and trailing ",
        "{\"json\": [1]}",
    ];
    fixed.iter().map(|text| (*text).to_owned()).chain(["s".repeat(2048)]).collect()
}

fn names(answer: &Answer) -> Vec<String> {
    answer.parameters().into_iter().map(|(name, _)| name).collect()
}

both! {
    async fn a_repeated_parameter_is_refused(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let client = site.client(|_| {}).await;
        let mut browser = flows::minas_browser(&site).await;
        for name in ["response_type", "scope", "state", "nonce", "code_challenge", "code_challenge_method", "prompt", "unknown"] {
            let request = Request::new(&client, "openid").and(name, "one").and(name, "two");
            let answer = browser.get(&request.path()).await;
            answer.assert_error("invalid_request");
            assert!(answer.location().unwrap().starts_with(&format!("{CALLBACK}?error=")));
        }
        let twins = Request::new(&client, "openid").and("state", "other");
        assert!(browser.get(&twins.path()).await.parameter("state").is_none(), "which of the two would it be?");
        for (name, value) in [
            ("client_id", client.id()),
            ("redirect_uri", CALLBACK),
            ("redirect_uri", "https://evil.example/"),
            ("client_id", "stranger"),
            ("redirect_uri", ""),
        ] {
            let after = Request::new(&client, "openid").and(name, value);
            browser.get(&after.path()).await.assert_page(StatusCode::BAD_REQUEST);
            browser.post("/oauth/authorize", &after.form()).await.assert_page(StatusCode::BAD_REQUEST);
            let mut among_others = after.and("state", "x");
            among_others.pairs.rotate_left(4);
            browser.get(&among_others.path()).await.assert_page(StatusCode::BAD_REQUEST);
            let mut before = Request::new(&client, "openid");
            before.pairs.insert(0, (name.to_owned(), value.to_owned()));
            browser.get(&before.and("state", "x").path()).await.assert_page(StatusCode::BAD_REQUEST);
        }
    }

    async fn unknown_parameters_and_their_order_do_not_matter(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let client = site.client(|_| {}).await;
        let mut browser = flows::minas_browser(&site).await;
        let mut request = Request::new(&client, "email openid profile").and("utm_source", "x").and("foo[]", "<b>");
        request.pairs.reverse();
        flows::code_unasked(&mut browser, &request).await;
    }

    async fn only_the_code_flow_is_served(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let client = site.client(|_| {}).await;
        let mut browser = flows::minas_browser(&site).await;
        for smuggled in ["token", "id_token", "code token", "code id_token", "id_token token", "none", "CODE", "code "] {
            let request = Request::new(&client, "openid").with("response_type", smuggled);
            let answer = browser.get(&request.path()).await;
            answer.assert_error("unsupported_response_type");
            assert!(!answer.location().unwrap().contains('#'));
        }
        browser.get(&Request::new(&client, "openid").with("response_type", "").path()).await.assert_error("invalid_request");
        let other = site.client(|client| client.grant_types = keyhouse::store::columns::Words::parse("client_credentials")).await;
        browser.get(&Request::new(&other, "openid").path()).await.assert_error("unauthorized_client");
    }

    async fn what_is_not_supported_is_refused_and_never_ignored(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let client = site.client(|_| {}).await;
        let mut browser = flows::minas_browser(&site).await;
        for (name, value, code) in [
            ("request", "eyJhbGciOiJub25lIn0.e30.", "request_not_supported"),
            ("request_uri", "https://evil.example/request", "request_uri_not_supported"),
            ("request_uri", "urn:ietf:params:oauth:request_uri:x", "invalid_request_uri"),
            ("registration", "{}", "registration_not_supported"),
            ("response_mode", "web_message", "invalid_request"),
            ("prompt", "dance", "invalid_request"),
            ("prompt", "none login", "invalid_request"),
            ("max_age", "-1", "invalid_request"),
            ("max_age", "soon", "invalid_request"),
            ("scope", "openid\u{e9}", "invalid_scope"),
            ("scope", "openid\\", "invalid_scope"),
            ("scope", "admin", "invalid_scope"),
            ("resource", "nonsense", "invalid_target"),
        ] {
            let answer = browser.get(&Request::new(&client, "openid").with(name, value).path()).await;
            answer.assert_error(code);
        }
    }

    async fn scopes_that_are_unknown_or_not_the_clients_are_left_out(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let client = site.client(|client| client.scopes = keyhouse::store::columns::Words::parse("openid profile")).await;
        let mut browser = flows::minas_browser(&site).await;
        let answer = flows::tokens(&site, &mut browser, &client, "openid  admin\u{20}profile email OPENID openid").await;
        assert_eq!(answer["scope"], "openid profile");
    }

    async fn pkce_with_s256_is_owed_by_everyone(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let confidential = site.client(|_| {}).await;
        let public = site.client(|client| client.token_endpoint_auth_method = AuthMethod::None).await;
        let mut browser = flows::minas_browser(&site).await;
        let good = flows::pkce().1;
        for client in [&confidential, &public] {
            for (challenge, method) in [
                ("", ""),
                ("", "S256"),
                (good.as_str(), ""),
                (good.as_str(), "plain"),
                (good.as_str(), "s256"),
                (good.as_str(), "S512"),
                ("short", "S256"),
                (&"a".repeat(42), "S256"),
                (&"a".repeat(129), "S256"),
                (&format!("{}=", "a".repeat(42)), "S256"),
                (&format!("{}+", "a".repeat(42)), "S256"),
                (&format!("{}\n", "a".repeat(42)), "S256"),
            ] {
                let request =
                    Request::new(client, "openid").with("code_challenge", challenge).with("code_challenge_method", method);
                browser.get(&request.path()).await.assert_error("invalid_request");
            }
        }
    }

    async fn only_the_operator_exempts_a_confidential_client_from_pkce(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let exempt = site.client(|client| client.pkce_optional = true).await;
        let public = site.client(|client| { client.pkce_optional = true; client.token_endpoint_auth_method = AuthMethod::None; }).await;
        let mut browser = flows::minas_browser(&site).await;
        let bare = |client| Request::new(client, "openid").with("code_challenge", "").with("code_challenge_method", "");
        flows::code_unasked(&mut browser, &bare(&exempt)).await;
        browser.get(&bare(&public).path()).await.assert_error("invalid_request");
        let plain = Request::new(&exempt, "openid").with("code_challenge_method", "plain");
        browser.get(&plain.path()).await.assert_error("invalid_request");
    }

    async fn pkce_may_be_optional_for_all_confidential_clients(database) {
        let site = Site::with(database, &[("KEYHOUSE_COMPATIBILITY__PKCE_OPTIONAL_FOR_CONFIDENTIAL", "true")]).await;
        flows::mina(&site).await;
        let confidential = site.client(|_| {}).await;
        let public = site.client(|client| client.token_endpoint_auth_method = AuthMethod::None).await;
        let mut browser = flows::minas_browser(&site).await;
        let bare = |client| Request::new(client, "openid").with("code_challenge", "").with("code_challenge_method", "");
        flows::code_unasked(&mut browser, &bare(&confidential)).await;
        browser.get(&bare(&public).path()).await.assert_error("invalid_request");
    }

    async fn state_and_nonce_come_back_byte_for_byte(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let client = site.client(|_| {}).await;
        let mut browser = flows::minas_browser(&site).await;
        for value in nasty() {
            let request = Request::new(&client, "openid").with("state", &value).with("nonce", &value);
            let answer = browser.get(&request.path()).await;
            assert_eq!(names(&answer), ["code", "state", "iss"]);
            assert_eq!(answer.parameter("state").as_ref(), Some(&value));
            assert!(answer.headers.get("X-Planted").is_none());
            let tokens = flows::redeem(&site, &client, &answer.parameter("code").unwrap(), &request.verifier).await.json();
            let id_token = jose::verified(&site, tokens["id_token"].as_str().unwrap()).await;
            assert_eq!(id_token.claims["nonce"], value.as_str());
            let refused = browser.get(&request.with("response_type", "token").path()).await;
            assert_eq!(refused.parameter("state").as_ref(), Some(&value));
        }
        let none = browser.get(&Request::new(&client, "openid").with("state", "").path()).await;
        assert_eq!(names(&none), ["code", "iss"]);
    }

    async fn state_outlives_the_sign_in_pages(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let client = site.client(|_| {}).await;
        for value in nasty() {
            let mut browser = Browser::new(&site);
            let request = Request::new(&client, "openid").with("state", &value).with("prompt", "none");
            assert_eq!(browser.get(&request.path()).await.parameter("state").as_ref(), Some(&value));
        }
        let value = nasty().concat();
        let mut browser = Browser::new(&site);
        let request = Request::new(&client, "openid").with("state", &value);
        let done = flows::sign_in_from(&mut browser, &request.path(), "mina@lantern.example").await;
        let answer = browser.follow(done).await;
        assert_eq!(answer.parameter("state").as_ref(), Some(&value));
    }

    async fn a_state_or_nonce_without_measure_is_refused(database) {
        let site = Site::start(database).await;
        let client = site.client(|_| {}).await;
        for name in ["state", "nonce"] {
            let request = Request::new(&client, "openid").with(name, &"s".repeat(5000));
            Browser::new(&site).get(&request.path()).await.assert_error("invalid_request");
        }
    }

    async fn an_error_has_exactly_its_four_parameters_and_is_plain(database) {
        let site = Site::start(database).await;
        let client = site.client(|_| {}).await;
        let request = Request::new(&client, "openid").with("response_type", "<script>\"\\\r\n");
        let answer = Browser::new(&site).get(&request.path()).await;
        assert_eq!(names(&answer), ["error", "error_description", "state", "iss"]);
        assert_eq!(answer.parameter("iss").as_deref(), Some(site.base.as_str()));
        let description = answer.parameter("error_description").unwrap();
        assert!(description.bytes().all(|byte| matches!(byte, 0x20 | 0x21 | 0x23..=0x5b | 0x5d..=0x7e)), "{description}");
        assert!(!description.contains("script"), "what was sent is not repeated: {description}");
    }

    async fn a_posted_request_is_answered_by_303_to_a_get(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let client = site.client(|_| {}).await;
        let request = Request::new(&client, "openid");
        // A cross-site post: without our cookies, and from another origin.
        let mut foreign = Browser::new(&site);
        foreign.headers.push(("Origin".to_owned(), "http://127.0.0.1:9".to_owned()));
        foreign.headers.push(("Sec-Fetch-Site".to_owned(), "cross-site".to_owned()));
        let posted = foreign.post("/oauth/authorize", &request.form()).await;
        assert_eq!(posted.status, StatusCode::SEE_OTHER, "{}", posted.body);
        assert!(posted.headers.get("Set-Cookie").is_none());
        let back = posted.location().unwrap();
        assert!(back.starts_with("/oauth/authorize/") && !back.contains("state"), "{back}");
        let mut browser = flows::minas_browser(&site).await;
        let answer = browser.get(&back).await;
        assert!(answer.parameter("code").is_some(), "{}", answer.body);
        assert_eq!(answer.parameter("state").as_deref(), Some("st&te=1"));
        browser.get(&back).await.assert_page(StatusCode::GONE);
    }

    async fn a_posted_request_is_checked_as_any(database) {
        let site = Site::start(database).await;
        let client = site.client(|_| {}).await;
        let mut browser = Browser::new(&site);
        let faulty = Request::new(&client, "openid").with("response_type", "token");
        browser.post("/oauth/authorize", &faulty.form()).await.assert_error("unsupported_response_type");
        let elsewhere = Request::new(&client, "openid").with("redirect_uri", "https://evil.example/");
        browser.post("/oauth/authorize", &elsewhere.form()).await.assert_page(StatusCode::BAD_REQUEST);
        // The query of a post is no part of the request.
        let half = Request::new(&client, "openid").with("client_id", "");
        let path = format!("/oauth/authorize?client_id={}", client.id());
        browser.post(&path, &half.form()).await.assert_page(StatusCode::BAD_REQUEST);
        browser.headers.push(("Content-Type".to_owned(), "application/json".to_owned()));
        let json = browser.send(reqwest::Method::POST, "/oauth/authorize", None).await;
        json.assert_page(StatusCode::UNSUPPORTED_MEDIA_TYPE);
    }
}
