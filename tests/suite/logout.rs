//! RP-initiated logout (OpenID Connect RP-Initiated Logout 1.0): at once with a good hint, after a question with a
//! doubtful one, and no redirect but to a registered address.

use std::time::Duration;

use crate::both;
use crate::harness::browser::{Browser, encode};
use crate::harness::flows::{self, Request};
use crate::harness::{RegisteredClient, Site};
use keyhouse::security::random;
use keyhouse::store::columns::Words;
use reqwest::StatusCode;
use serde_json::Value;

const SIGNED_OUT: &str = "http://127.0.0.1:9/signed-out";
const CONFIRM: &str = "/oauth/logout/confirm";

fn path(pairs: &[(&str, &str)]) -> String {
    format!("/oauth/logout?{}", encode(pairs))
}

/// A site with mina signed in at an app, in a browser.
struct SignedIn {
    site: Site,
    client: RegisteredClient,
    browser: Browser,
    tokens: Value,
}

impl SignedIn {
    async fn start(database: crate::harness::database::Database) -> Self {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let client = site.client(|client| client.always_refresh = true).await;
        let mut browser = flows::minas_browser(&site).await;
        let tokens = flows::tokens(&site, &mut browser, &client, "openid").await;
        Self { site, client, browser, tokens }
    }

    fn hint(&self) -> String {
        self.tokens["id_token"].as_str().unwrap().to_owned()
    }

    async fn is_signed_in(&mut self) -> bool {
        let silent = Request::new(&self.client, "openid").with("prompt", "none");
        self.browser.get(&silent.path()).await.parameter("code").is_some()
    }

    /// Asks for logout, and checks that the person is asked, nothing has happened, and that even a yes leads nowhere else.
    async fn assert_doubtful(&mut self, pairs: &[(&str, &str)]) {
        let page = self.browser.get(&path(pairs)).await;
        page.assert_page(StatusCode::OK);
        assert!(page.form(CONFIRM).is_some(), "{}", page.body);
        assert!(self.is_signed_in().await, "signed out without a yes");
        let policy = page.header("Content-Security-Policy");
        assert!(policy.contains("form-action 'self';"), "{policy}");
        let mut sure = self.browser.clone();
        sure.submit(&page, CONFIRM, &[("decision", "deny")]).await;
        assert!(self.is_signed_in().await, "signed out by a no");
    }
}

fn forgeries(hint: &str) -> Vec<String> {
    let [header, claims, signature] = hint.split('.').collect::<Vec<_>>().try_into().unwrap();
    let none = random::encode(r#"{"alg":"none"}"#);
    let other = random::encode(r#"{"iss":"https://evil.example","sub":"x","aud":"x"}"#);
    vec![
        "nonsense".to_owned(),
        format!("{none}.{claims}."),
        format!("{header}.{claims}."),
        format!("{header}.{other}.{signature}"),
        format!("{header}.{claims}.{}", signature.chars().rev().collect::<String>()),
    ]
}

both! {
    async fn a_good_hint_signs_out_and_goes_back(database) {
        let mut own = SignedIn::start(database).await;
        let stolen = own.browser.clone();
        let hint = own.hint();
        let state = "s & t=\r\nX-Planted: 1 ü";
        let pairs = [("id_token_hint", hint.as_str()), ("post_logout_redirect_uri", SIGNED_OUT), ("state", state)];
        let answer = own.browser.get(&path(&pairs)).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
        assert!(answer.location().unwrap().starts_with(&format!("{SIGNED_OUT}?state=")));
        assert_eq!(answer.parameters(), [("state".to_owned(), state.to_owned())]);
        assert!(answer.headers.get("X-Planted").is_none());
        assert!(!own.browser.cookies.contains_key("keyhouse_session"));
        // It is over at the server, not only in this browser.
        own.browser = stolen;
        let silent = Request::new(&own.client, "openid").with("prompt", "none");
        own.browser.get(&silent.path()).await.assert_error("login_required");
        let refreshed = flows::refresh(&own.site, &own.client, own.tokens["refresh_token"].as_str().unwrap()).await;
        assert_eq!(refreshed.json()["error"], "invalid_grant");
        let userinfo = flows::userinfo(&own.site, own.tokens["access_token"].as_str().unwrap()).await;
        assert_eq!(userinfo.status, StatusCode::UNAUTHORIZED);
    }

    async fn a_posted_logout_comes_back_by_get(database) {
        let mut own = SignedIn::start(database).await;
        let hint = own.hint();
        let pairs = [("id_token_hint", hint.as_str()), ("post_logout_redirect_uri", SIGNED_OUT), ("state", "s")];
        let mut foreign = Browser::new(&own.site);
        foreign.headers.push(("Sec-Fetch-Site".to_owned(), "cross-site".to_owned()));
        let posted = foreign.post("/oauth/logout", &pairs).await;
        assert_eq!(posted.status, StatusCode::SEE_OTHER, "{}", posted.body);
        assert!(own.is_signed_in().await);
        let answer = own.browser.get(&posted.location().unwrap()).await;
        assert_eq!(answer.location(), Some(format!("{SIGNED_OUT}?state=s")));
        assert!(!own.is_signed_in().await);
    }

    async fn an_expired_hint_is_as_good(database) {
        let mut own = SignedIn::start(database).await;
        own.site.advance(Duration::from_secs(24 * 60 * 60));
        let hint = own.hint();
        let pairs = [("id_token_hint", hint.as_str()), ("post_logout_redirect_uri", SIGNED_OUT)];
        let answer = own.browser.get(&path(&pairs)).await;
        assert_eq!(answer.location().as_deref(), Some(SIGNED_OUT));
        assert!(!own.is_signed_in().await);
    }

    async fn without_a_good_hint_the_person_is_asked(database) {
        let mut own = SignedIn::start(database).await;
        let id = own.client.id().to_owned();
        let mut hints = forgeries(&own.hint());
        hints.push(own.tokens["access_token"].as_str().unwrap().to_owned());
        own.assert_doubtful(&[]).await;
        own.assert_doubtful(&[("client_id", &id), ("post_logout_redirect_uri", SIGNED_OUT), ("state", "s")]).await;
        for hint in &hints {
            own.assert_doubtful(&[("id_token_hint", hint), ("post_logout_redirect_uri", SIGNED_OUT)]).await;
            let named = [("client_id", id.as_str()), ("id_token_hint", hint), ("post_logout_redirect_uri", SIGNED_OUT)];
            own.assert_doubtful(&named).await;
        }
    }

    async fn a_hint_of_another_app_person_or_sign_in_is_doubtful(database) {
        let mut own = SignedIn::start(database).await;
        flows::jonas(&own.site).await;
        let mut other = Browser::new(&own.site);
        flows::sign_in(&mut other, "jonas@lantern.example").await;
        let of_jonas = flows::tokens(&own.site, &mut other, &own.client, "openid").await;
        let mut elsewhere = flows::minas_browser(&own.site).await;
        let of_elsewhere = flows::tokens(&own.site, &mut elsewhere, &own.client, "openid").await;
        let other_app = own.site.client(|_| {}).await;
        let hint = own.hint();
        let other_id = other_app.id().to_owned();
        for (hint, client_id) in [
            (of_jonas["id_token"].as_str().unwrap(), ""),
            (of_elsewhere["id_token"].as_str().unwrap(), ""),
            (hint.as_str(), other_id.as_str()),
        ] {
            let pairs = [("id_token_hint", hint), ("client_id", client_id), ("post_logout_redirect_uri", SIGNED_OUT)];
            own.assert_doubtful(&pairs).await;
        }
    }

    async fn a_doubtful_logout_never_redirects_even_after_a_yes(database) {
        let mut own = SignedIn::start(database).await;
        let mut elsewhere = flows::minas_browser(&own.site).await;
        let foreign = flows::tokens(&own.site, &mut elsewhere, &own.client, "openid").await;
        let pairs = [("id_token_hint", foreign["id_token"].as_str().unwrap()), ("post_logout_redirect_uri", SIGNED_OUT)];
        let posted = own.browser.post("/oauth/logout", &pairs).await;
        let page = own.browser.follow(posted).await;
        let answer = own.browser.submit(&page, CONFIRM, &[("decision", "allow")]).await;
        answer.assert_page(StatusCode::OK);
        assert!(!own.is_signed_in().await);
    }

    async fn only_a_registered_address_is_gone_back_to(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let client = site.client(|client| {
            client.post_logout_redirect_uris = Words::parse("https://app.example/out https://app.example/out?x=1");
        }).await;
        let other = site.client(|client| client.post_logout_redirect_uris = Words::parse("https://other.example/out")).await;
        for (uri, good) in [
            ("https://app.example/out", true),
            ("https://app.example/out?x=1", true),
            ("https://app.example/out/", false),
            ("https://app.example/out/more", false),
            ("https://app.example/out?x=2", false),
            ("https://app.example/out#f", false),
            ("https://app.example/%6fut", false),
            ("https://app.example:443/out", false),
            ("https://app.example@evil.example/out", false),
            ("http://app.example/out", false),
            ("https://evil.example/", false),
            ("//app.example/out", false),
            ("javascript:alert(1)", false),
            ("https://app.example/out\r\nX-Planted: 1", false),
            (other.client.post_logout_redirect_uris.as_str(), false),
            (crate::harness::CALLBACK, false),
        ] {
            let mut browser = flows::minas_browser(&site).await;
            let tokens = flows::tokens(&site, &mut browser, &client, "openid").await;
            let hint = tokens["id_token"].as_str().unwrap();
            let pairs = [("id_token_hint", hint), ("post_logout_redirect_uri", uri), ("state", "s")];
            let answer = browser.get(&path(&pairs)).await;
            if good {
                assert!(answer.location().unwrap().starts_with(uri), "{uri}");
                assert_eq!(answer.parameter("state").as_deref(), Some("s"));
            } else {
                answer.assert_page(StatusCode::OK);
                assert!(answer.headers.get("X-Planted").is_none() && !answer.body.contains("=\"https://evil"));
            }
            let silent = Request::new(&client, "openid").with("prompt", "none");
            browser.get(&silent.path()).await.assert_error("login_required");
        }
    }

    async fn a_yes_comes_from_our_own_form_in_this_browser(database) {
        let mut own = SignedIn::start(database).await;
        let page = own.browser.get("/oauth/logout").await;
        let (action, fields) = page.form(CONFIRM).unwrap();
        let allow = ("decision".to_owned(), "allow".to_owned());
        let fields: Vec<(String, String)> = fields.into_iter().chain([allow]).collect();
        let without = |left_out: &str| -> Vec<(&str, &str)> {
            fields.iter().filter(|(name, _)| name != left_out).map(|(name, value)| (name.as_str(), value.as_str())).collect()
        };
        let all = without("");
        own.browser.post(&action, &without("csrf")).await.assert_page(StatusCode::FORBIDDEN);
        own.browser.post(&action, &without("request")).await.assert_page(StatusCode::BAD_REQUEST);
        own.browser.post(&action, &without("decision")).await.assert_page(StatusCode::BAD_REQUEST);
        let mut led = own.browser.clone();
        led.headers.push(("Origin".to_owned(), "https://evil.example".to_owned()));
        led.post(&action, &all).await.assert_page(StatusCode::FORBIDDEN);
        Browser::new(&own.site).post(&action, &all).await.assert_page(StatusCode::FORBIDDEN);
        let mut other = flows::minas_browser(&own.site).await;
        let others_page = other.get("/oauth/logout").await;
        let swapped = [("request", request_of(&fields)), ("decision", "allow")];
        other.submit(&others_page, CONFIRM, &swapped).await.assert_page(StatusCode::GONE);
        assert!(own.is_signed_in().await);
        own.browser.post(&action, &all).await.assert_page(StatusCode::OK);
        assert!(!own.is_signed_in().await);
    }

    async fn nobody_signed_in_is_signed_out(database) {
        let mut own = SignedIn::start(database).await;
        let hint = own.hint();
        own.browser = Browser::new(&own.site);
        let pairs = [("id_token_hint", hint.as_str()), ("post_logout_redirect_uri", SIGNED_OUT), ("state", "s")];
        let answer = own.browser.get(&path(&pairs)).await;
        assert_eq!(answer.location(), Some(format!("{SIGNED_OUT}?state=s")));
        for forged in forgeries(&hint) {
            let pairs = [("id_token_hint", forged.as_str()), ("post_logout_redirect_uri", SIGNED_OUT), ("state", "s")];
            own.browser.get(&path(&pairs)).await.assert_page(StatusCode::OK);
        }
        let bare = [("client_id", own.client.id()), ("post_logout_redirect_uri", SIGNED_OUT)];
        own.browser.get(&path(&bare)).await.assert_page(StatusCode::OK);
    }

    async fn sign_out_ends_this_browser_and_leaves_others_and_offline_access(database) {
        let mut own = SignedIn::start(database).await;
        let offline = flows::tokens(&own.site, &mut own.browser, &own.client, "openid offline_access").await;
        let mut other = flows::minas_browser(&own.site).await;
        let hint = own.hint();
        own.browser.get(&path(&[("id_token_hint", &hint)])).await.assert_page(StatusCode::OK);
        assert!(!own.is_signed_in().await);
        let refreshed = flows::refresh(&own.site, &own.client, offline["refresh_token"].as_str().unwrap()).await;
        assert_eq!(refreshed.status, StatusCode::OK, "{}", refreshed.body);
        flows::code_unasked(&mut other, &Request::new(&own.client, "openid").with("prompt", "none")).await;
    }

    async fn a_code_that_was_not_redeemed_dies_with_the_sign_in(database) {
        let mut own = SignedIn::start(database).await;
        let request = Request::new(&own.client, "openid offline_access");
        let code = flows::code(&mut own.browser, &request).await;
        let hint = own.hint();
        own.browser.get(&path(&[("id_token_hint", &hint)])).await;
        let late = flows::redeem(&own.site, &own.client, &code, &request.verifier).await;
        assert_eq!(late.json()["error"], "invalid_grant", "{}", late.body);
    }

    async fn a_repeated_parameter_is_not_understood(database) {
        let mut own = SignedIn::start(database).await;
        let hint = own.hint();
        let twice = [("id_token_hint", hint.as_str()), ("state", "1"), ("state", "2")];
        own.browser.get(&path(&twice)).await.assert_page(StatusCode::BAD_REQUEST);
        own.browser.post("/oauth/logout", &twice).await.assert_page(StatusCode::BAD_REQUEST);
        assert!(own.is_signed_in().await);
    }
}

fn request_of(fields: &[(String, String)]) -> &str {
    &fields.iter().find(|(name, _)| name == "request").unwrap().1
}
