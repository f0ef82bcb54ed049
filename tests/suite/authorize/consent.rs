//! Consent: asked by name, given by this person in this browser, once, and again for whatever is new.

use crate::both;
use crate::harness::browser::{Answer, Browser};
use crate::harness::flows::{self, Request};
use crate::harness::{CALLBACK, RegisteredClient, Site};
use keyhouse::store::clients::{ApplicationType, AuthMethod};
use keyhouse::store::columns::Words;
use reqwest::StatusCode;

const ALLOW: &[(&str, &str)] = &[("decision", "allow")];

async fn third_party(site: &Site) -> RegisteredClient {
    site.client(|client| client.first_party = false).await
}

/// The consent page for a request, in a browser that is signed in.
async fn asked(browser: &mut Browser, request: &Request) -> Answer {
    let page = browser.get(&request.path()).await;
    page.assert_page(StatusCode::OK);
    assert!(page.form("/oauth/authorize/").is_some(), "{}", page.body);
    page
}

both! {
    async fn a_code_comes_of_this_browsers_own_post_only(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        flows::jonas(&site).await;
        let client = third_party(&site).await;
        let mut browser = flows::minas_browser(&site).await;
        let page = asked(&mut browser, &Request::new(&client, "openid profile")).await;
        let (action, fields) = page.form("/oauth/authorize/").unwrap();
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let with_answer: Vec<(&str, &str)> = fields.iter().copied().chain(ALLOW.iter().copied()).collect();
        let without_token: Vec<(&str, &str)> = with_answer.iter().copied().filter(|(name, _)| *name != "csrf").collect();

        // Another browser, signed in or not, with everything that stands on the page.
        let mut other = Browser::new(&site);
        flows::sign_in(&mut other, "jonas@lantern.example").await;
        other.post(&action, &with_answer).await.assert_page(StatusCode::FORBIDDEN);
        other.get(action.trim_end_matches("/consent")).await.assert_page(StatusCode::GONE);
        let foreign = asked(&mut other, &Request::new(&client, "openid")).await;
        other.submit(&foreign, "/oauth/authorize/", ALLOW).await;
        let own_token = foreign.form("/oauth/authorize/").unwrap().1;
        let own_token = own_token.iter().find(|(name, _)| name == "csrf").unwrap();
        let swapped: Vec<(&str, &str)> = without_token.iter().copied().chain([("csrf", own_token.1.as_str())]).collect();
        other.post(&action, &swapped).await.assert_page(StatusCode::GONE);

        // This browser, led by another site.
        browser.post(&action, &without_token).await.assert_page(StatusCode::FORBIDDEN);
        let mut led = browser.clone();
        led.headers.push(("Origin".to_owned(), "https://evil.example".to_owned()));
        led.post(&action, &with_answer).await.assert_page(StatusCode::FORBIDDEN);
        let mut framed = browser.clone();
        framed.headers.push(("Sec-Fetch-Site".to_owned(), "cross-site".to_owned()));
        framed.post(&action, &with_answer).await.assert_page(StatusCode::FORBIDDEN);
        browser.get(&format!("{action}?decision=allow")).await.assert_page(StatusCode::METHOD_NOT_ALLOWED);
        browser.post(&action, &fields).await.assert_page(StatusCode::BAD_REQUEST);

        let answer = browser.post(&action, &with_answer).await;
        assert!(answer.parameter("code").is_some(), "{}", answer.body);
        browser.post(&action, &with_answer).await.assert_page(StatusCode::GONE);
    }

    async fn a_consent_answered_many_times_at_once_gives_one_code(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let client = third_party(&site).await;
        let mut browser = flows::minas_browser(&site).await;
        let page = asked(&mut browser, &Request::new(&client, "openid profile")).await;
        let answers = (0..16).map(|_| {
            let mut tab = browser.clone();
            let page = &page;
            async move { tab.submit(page, "/oauth/authorize/", ALLOW).await }
        });
        let answers = futures_util::future::join_all(answers).await;
        assert_eq!(answers.iter().filter(|answer| answer.parameter("code").is_some()).count(), 1);
        assert!(answers.iter().all(|answer| matches!(answer.status, StatusCode::SEE_OTHER | StatusCode::GONE)));
    }

    async fn a_consent_that_lay_too_long_is_void(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let client = third_party(&site).await;
        let mut browser = flows::minas_browser(&site).await;
        let page = asked(&mut browser, &Request::new(&client, "openid profile")).await;
        site.advance(std::time::Duration::from_secs(1800));
        browser.submit(&page, "/oauth/authorize/", ALLOW).await.assert_page(StatusCode::GONE);
    }

    async fn a_consent_is_of_the_person_the_page_named(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        flows::jonas(&site).await;
        let client = third_party(&site).await;
        let mut browser = flows::minas_browser(&site).await;
        let page = asked(&mut browser, &Request::new(&client, "openid profile")).await;
        assert!(page.body.contains("Mina Farouk"));
        // Meanwhile, in another tab, somebody else signs in.
        site.advance(std::time::Duration::from_secs(1));
        let relogin = Request::new(&client, "openid").with("prompt", "login");
        flows::sign_in_from(&mut browser, &relogin.path(), "jonas@lantern.example").await;
        let answer = browser.submit(&page, "/oauth/authorize/", ALLOW).await;
        answer.assert_page(StatusCode::OK);
        assert!(answer.body.contains("Jonas Weber"), "{}", answer.body);
        let answer = browser.submit(&answer, "/oauth/authorize/", ALLOW).await;
        assert!(answer.parameter("code").is_some(), "{}", answer.body);
    }

    async fn a_consent_after_sign_out_signs_in_first(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let client = third_party(&site).await;
        let mut browser = flows::minas_browser(&site).await;
        let page = asked(&mut browser, &Request::new(&client, "openid profile")).await;
        browser.cookies.remove("keyhouse_session");
        let answer = browser.submit(&page, "/oauth/authorize/", ALLOW).await;
        assert!(answer.location().unwrap().starts_with("/signin?"), "{:?}", answer.location());
    }

    async fn denial_is_access_denied(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let client = third_party(&site).await;
        let mut browser = flows::minas_browser(&site).await;
        let page = asked(&mut browser, &Request::new(&client, "openid profile")).await;
        let denied = browser.submit(&page, "/oauth/authorize/", &[("decision", "deny")]).await;
        denied.assert_error("access_denied");
        let names: Vec<String> = denied.parameters().into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["error", "error_description", "state", "iss"]);
        browser.submit(&page, "/oauth/authorize/", ALLOW).await.assert_page(StatusCode::GONE);
        asked(&mut browser, &Request::new(&client, "openid profile")).await;
    }

    async fn consent_is_remembered_for_what_was_allowed_and_no_more(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        flows::jonas(&site).await;
        let client = third_party(&site).await;
        let other_client = third_party(&site).await;
        let mut browser = flows::minas_browser(&site).await;
        let page = asked(&mut browser, &Request::new(&client, "openid profile")).await;
        browser.submit(&page, "/oauth/authorize/", ALLOW).await;
        for known in ["openid profile", "profile", "openid"] {
            flows::code_unasked(&mut browser, &Request::new(&client, known)).await;
        }
        for grown in ["openid profile email", "openid phone", "openid profile offline_access"] {
            asked(&mut browser, &Request::new(&client, grown)).await;
        }
        asked(&mut browser, &Request::new(&other_client, "openid profile")).await;
        let mut second = Browser::new(&site);
        flows::sign_in(&mut second, "jonas@lantern.example").await;
        asked(&mut second, &Request::new(&client, "openid profile")).await;
    }

    async fn an_app_of_the_operators_own_is_not_asked_about(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let client = site.client(|_| {}).await;
        let mut browser = flows::minas_browser(&site).await;
        flows::code_unasked(&mut browser, &Request::new(&client, "openid profile email phone offline_access")).await;
    }

    async fn an_app_with_a_scheme_of_its_own_is_always_asked_about(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let client = site.client(|client| {
            client.application_type = ApplicationType::Native;
            client.redirect_uris = Words::parse("com.example.app:/cb");
        }).await;
        let mut browser = flows::minas_browser(&site).await;
        let request = Request::new(&client, "openid").with("redirect_uri", "com.example.app:/cb");
        for _ in 0..2 {
            let page = asked(&mut browser, &request).await;
            assert!(page.header("Content-Security-Policy").contains("form-action 'self' com.example.app:;"));
            let answer = browser.submit(&page, "/oauth/authorize/", ALLOW).await;
            assert!(answer.location().unwrap().starts_with("com.example.app:/cb?code="), "{:?}", answer.location());
        }
        browser.get(&request.with("prompt", "none").path()).await.assert_error("consent_required");
    }

    async fn an_app_that_waits_on_a_port_and_cannot_prove_itself_is_always_asked_about(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let client = site.client(|client| {
            client.application_type = ApplicationType::Native;
            client.token_endpoint_auth_method = AuthMethod::None;
        }).await;
        let mut browser = flows::minas_browser(&site).await;
        let request = Request::new(&client, "openid");
        for _ in 0..2 {
            let page = asked(&mut browser, &request).await;
            let answer = browser.submit(&page, "/oauth/authorize/", ALLOW).await;
            assert!(answer.location().unwrap().starts_with(CALLBACK), "{:?}", answer.location());
        }
        browser.get(&request.with("prompt", "none").path()).await.assert_error("consent_required");
    }

    async fn an_unverified_app_is_shown_as_such_and_cannot_dress_up(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let client = site.client(|client| {
            client.first_party = false;
            client.verified = false;
            client.name = "\u{202e}<b>Lantern</b>\u{200b} Bank\n<script>alert(1)</script>".to_owned();
            client.maker = Some("Lantern Bank".to_owned());
            client.redirect_uris = Words::parse("https://evil.example/cb");
            client.logo_digest = Some("x".to_owned());
        }).await;
        let checked = third_party(&site).await;
        let mut browser = flows::minas_browser(&site).await;
        let request = Request::new(&client, "openid profile").with("redirect_uri", "https://evil.example/cb");
        let page = asked(&mut browser, &request).await;
        let warning = "note-brass";
        assert!(page.body.contains(warning) && page.body.contains("evil.example"), "{}", page.body);
        for dress in ["\u{202e}", "\u{200b}", "<b>Lantern", "<script>alert", "Lantern Bank\"", "/logo/x/"] {
            assert!(!page.body.contains(dress), "{dress:?} in {}", page.body);
        }
        assert!(!page.body.contains(">Lantern Bank<"), "its maker is not vouched for");
        assert!(page.header("Content-Security-Policy").contains("form-action 'self' https://evil.example;"));
        let known = asked(&mut browser, &Request::new(&checked, "openid profile")).await;
        assert!(!known.body.contains(warning), "{}", known.body);
    }
}
