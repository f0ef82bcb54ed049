//! Every form that changes something takes posts from our own pages in the same browser only.

use reqwest::{Method, StatusCode};

use crate::both;
use crate::harness::browser::{Browser, encode};
use crate::harness::{Site, flows};
use crate::routes::ROUTES;

const FORM: (&str, &str) = ("Content-Type", "application/x-www-form-urlencoded");

/// A signed-in browser and the token of its forms.
async fn signed_in(site: &Site) -> (Browser, String) {
    let mut browser = Browser::new(site);
    flows::sign_in(&mut browser, "mina@lantern.example").await;
    let page = browser.get("/account/settings").await;
    let (_, fields) = page.form("/account/settings").unwrap();
    let token = fields.into_iter().find(|(name, _)| name == "csrf").unwrap().1;
    (browser, token)
}

async fn post(browser: &mut Browser, path: &str, headers: &[(&str, &str)], token: &str) -> StatusCode {
    let headers: Vec<_> = headers.iter().copied().chain([FORM]).collect();
    let body = encode(&[("csrf", token)]).into_bytes();
    browser.request(Method::POST, path, &headers, body).await.status
}

both! {
    async fn a_form_wants_the_token_of_its_own_browser(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let (mut browser, own) = signed_in(&site).await;
        let (_, foreign) = signed_in(&site).await;
        let cut = &own[..own.len() - 1];
        let mut stranger = Browser::new(&site);
        for route in ROUTES.iter().filter(|route| route.is_form) {
            for token in ["", "x", cut, &foreign] {
                let status = post(&mut browser, route.path, &[], token).await;
                assert_eq!(status, StatusCode::FORBIDDEN, "{} {token}", route.path);
            }
            // A right token is nothing without the cookie it was made for.
            let status = post(&mut stranger, route.path, &[], &own).await;
            let to_sign_in = route.path.starts_with("/account") && status == StatusCode::SEE_OTHER;
            assert!(status == StatusCode::FORBIDDEN || to_sign_in, "{} {status}", route.path);
            stranger.cookies.clear();
        }
        assert!(flows::is_signed_in(&mut browser).await);
    }

    async fn a_form_wants_its_own_origin(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let (mut browser, token) = signed_in(&site).await;
        let other_port = "http://127.0.0.1:1".to_owned();
        let https = site.base.replace("http", "https");
        let foreign = [
            ("Origin", "https://evil.example"),
            ("Origin", "null"),
            ("Origin", ""),
            ("Origin", other_port.as_str()),
            ("Origin", https.as_str()),
            ("Sec-Fetch-Site", "cross-site"),
            ("Sec-Fetch-Site", "same-site"),
            ("Sec-Fetch-Site", "nonsense"),
        ];
        let own = [("Origin", site.base.as_str()), ("Sec-Fetch-Site", "same-origin")];
        for route in ROUTES.iter().filter(|route| route.is_form) {
            for header in foreign {
                let status = post(&mut browser, route.path, &[header], &token).await;
                assert_eq!(status, StatusCode::FORBIDDEN, "{} {header:?}", route.path);
            }
            if route.path == "/account/signout" {
                continue;
            }
            for headers in [&own[..], &[]] {
                let status = post(&mut browser, route.path, headers, &token).await;
                assert_ne!(status, StatusCode::FORBIDDEN, "{}", route.path);
            }
        }
        assert!(flows::is_signed_in(&mut browser).await);
        assert_ne!(post(&mut browser, "/account/signout", &own, &token).await, StatusCode::FORBIDDEN);
        assert!(!flows::is_signed_in(&mut browser).await);
    }

    async fn a_get_changes_nothing(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let (mut browser, token) = signed_in(&site).await;
        for route in ROUTES.iter().filter(|route| route.is_form) {
            browser.get(&format!("{}?{}", route.path, encode(&[("csrf", token.as_str())]))).await;
        }
        assert!(flows::is_signed_in(&mut browser).await);
        assert!(!browser.cookies.contains_key("keyhouse_theme"));
    }

    async fn nobody_is_signed_in_to_another_persons_account(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        // The attacker has typed everything but the last button; the victim's browser is made to press it.
        let mut attacker = Browser::new(&site);
        let page = flows::begin(&mut attacker, "mina@lantern.example").await;
        let (target, mut fields) = page.form("/signin/password").unwrap();
        fields.retain(|(name, _)| name != "password");
        fields.push(("password".to_owned(), flows::PASSWORD.to_owned()));
        let fields: Vec<_> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let mut victim = Browser::new(&site);
        victim.get("/signin").await;
        assert_eq!(victim.post(&target, &fields).await.status, StatusCode::FORBIDDEN);
        assert!(!flows::is_signed_in(&mut victim).await);
    }
}
