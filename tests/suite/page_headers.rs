//! Every page defends itself in the browser, speaks the person's language, and shows what people and apps typed as text.

use keyhouse::store::columns::Words;
use reqwest::StatusCode;

use crate::both;
use crate::harness::browser::{Answer, Browser, encode};
use crate::harness::flows::{self, Request};
use crate::harness::{CALLBACK, Site};
use crate::routes::{Kind, ROUTES};

const EMAIL: &str = "mina@lantern.example";
const MARKUP: &str = "\"><script>alert(1)</script><img src=x onerror=alert(1)>'";

#[track_caller]
fn assert_defended(answer: &Answer, path: &str) {
    let policy = answer.header("Content-Security-Policy");
    assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{path}: {policy}");
    assert!(policy.contains("base-uri 'none'") && !policy.contains("unsafe"), "{path}: {policy}");
    assert_eq!(answer.header("X-Frame-Options"), "DENY", "{path}");
    assert_eq!(answer.header("X-Content-Type-Options"), "nosniff", "{path}");
    assert_eq!(answer.header("Referrer-Policy"), "same-origin", "{path}");
    assert_eq!(answer.header("Permissions-Policy"), "camera=(), geolocation=(), microphone=()", "{path}");
    assert_eq!(answer.header("X-Request-Id").len(), 16, "{path}");
}

#[track_caller]
fn assert_page(answer: &Answer, path: &str) {
    assert_defended(answer, path);
    assert!(answer.header("Content-Type").starts_with("text/html; charset=utf-8"), "{path}");
    assert!(answer.header("Content-Security-Policy").contains("form-action 'self'"), "{path}");
    assert_eq!(answer.header("Cache-Control"), "no-store", "{path}");
    assert!(answer.body.starts_with("<!doctype html>\n<html lang="), "{path}: {}", answer.body);
}

/// Markup that was typed may stand in a page as text only.
#[track_caller]
fn assert_harmless(answer: &Answer) {
    assert!(!answer.body.contains("<script>") && !answer.body.contains("<img src=x"), "{}", answer.body);
    assert!(!answer.headers.values().any(|value| value.as_bytes().contains(&b'<')), "{:?}", answer.headers);
}

async fn in_language(browser: &mut Browser, path: &str) -> String {
    let page = browser.get(path).await;
    let page = browser.follow(page).await;
    let tag = page.body.split("<html lang=\"").nth(1).unwrap();
    tag.split("\" data-theme").next().unwrap().split('>').next().unwrap().to_owned()
}

both! {
    async fn every_answer_defends_itself(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let mut stranger = Browser::new(&site);
        let mut browser = Browser::new(&site);
        flows::sign_in(&mut browser, EMAIL).await;
        let mut pages = 0;
        for route in ROUTES {
            for browser in [&mut stranger, &mut browser] {
                let got = browser.get(route.path).await;
                let posted = browser.post(route.path, &[]).await;
                for answer in [got, posted] {
                    assert_defended(&answer, route.path);
                    if answer.header("Content-Type").starts_with("text/html") {
                        assert_page(&answer, route.path);
                        assert_eq!(route.kind, Kind::People, "{}", route.path);
                        pages += 1;
                    }
                }
            }
        }
        assert!(pages > 60, "{pages}");
        assert_page(&browser.get("/nowhere").await, "/nowhere");
    }

    async fn only_pages_that_an_app_asks_for_keep_their_opener(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let client = site.client(|client| client.first_party = false).await;
        let mut browser = Browser::new(&site);
        let request = Request::new(&client, "openid").path();
        let opener = |answer: &Answer| answer.header("Cross-Origin-Opener-Policy").to_owned();
        let to_sign_in = browser.get(&request).await;
        assert_eq!((to_sign_in.status, opener(&to_sign_in).as_str()), (StatusCode::SEE_OTHER, ""));
        assert_eq!(opener(&browser.follow(to_sign_in).await), "unsafe-none");
        flows::sign_in_from(&mut browser, &request, EMAIL).await;
        assert_eq!(opener(&browser.get(&request).await), "unsafe-none");
        for path in ["/account", "/nowhere"] {
            assert_eq!(opener(&browser.get(path).await), "same-origin");
        }
        assert_eq!(opener(&Browser::new(&site).get("/signin").await), "same-origin");
    }

    async fn a_form_may_lead_on_to_the_app_that_asks_and_nowhere_else(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let client = site.client(|_| {}).await;
        let mut browser = Browser::new(&site);
        let page = browser.get(&Request::new(&client, "openid").path()).await;
        let page = browser.follow(page).await;
        assert!(page.header("Content-Security-Policy").contains("form-action 'self' http://127.0.0.1:9;"));
        let page = Browser::new(&site).get("/signin").await;
        assert!(page.header("Content-Security-Policy").contains("form-action 'self';"));
    }

    async fn who_asks_is_told_to_the_browser_that_was_sent_and_to_no_other(database) {
        let site = Site::start(database).await;
        let client = site.client(|_| {}).await;
        let mut browser = Browser::new(&site);
        let sent = browser.get(&Request::new(&client, "openid").with("login_hint", EMAIL).path()).await;
        let link = sent.location().unwrap();
        for (mut browser, is_own) in [(browser, true), (Browser::new(&site), false)] {
            let page = browser.get(&link).await;
            page.assert_page(StatusCode::OK);
            assert_eq!((page.body.contains("Lantern Notes"), page.body.contains(EMAIL)), (is_own, is_own), "{}", page.body);
            assert_eq!(page.header("Content-Security-Policy").contains("form-action 'self';"), !is_own);
        }
    }

    async fn reflected_markup_is_text(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let client = site.client(|_| {}).await;
        let mut browser = Browser::new(&site);
        let typed = encode(&[("continue", MARKUP), ("attempt", MARKUP), ("note", MARKUP), ("channel", MARKUP), ("app", MARKUP)]);
        for route in ROUTES.iter().filter(|route| route.methods.contains(&"GET")) {
            assert_harmless(&browser.get(&format!("{}?{typed}", route.path)).await);
        }
        let path = encode(&[("", MARKUP)]);
        assert_harmless(&browser.get(&format!("/{}", path.trim_start_matches('=').replace('+', "%20"))).await);
        for name in ["client_id", "redirect_uri", "state", "nonce", "scope", "login_hint", "ui_locales", "prompt", "claims"] {
            let asked = browser.get(&Request::new(&client, "openid").with(name, MARKUP).path()).await;
            assert_harmless(&asked);
            if asked.location().is_some_and(|to| to.starts_with('/')) {
                let page = browser.follow(asked).await;
                assert_harmless(&page);
            }
        }
        let page = browser.get("/signin").await;
        assert_harmless(&browser.submit(&page, "/signin", &[("identifier", MARKUP)]).await);
        let page = browser.get("/signup").await;
        assert_harmless(&browser.submit(&page, "/signup", &[("name", MARKUP), ("identifier", MARKUP)]).await);
    }

    async fn stored_markup_is_text(database) {
        let site = Site::start(database).await;
        flows::account(&site, MARKUP, EMAIL, "+436605554417").await;
        let client = site
            .client(|client| {
                client.name = format!("Notes\u{202e}{MARKUP}");
                client.maker = Some(MARKUP.to_owned());
                client.first_party = false;
                client.scopes = Words::parse("openid profile email");
            })
            .await;
        let mut browser = Browser::new(&site);
        browser.headers = vec![("User-Agent".to_owned(), format!("Mozilla/5.0 {MARKUP} Firefox/140.0"))];
        let request = Request::new(&client, "openid profile").path();
        let page = browser.get(&request).await;
        let page = browser.follow(page).await;
        assert_harmless(&page);
        flows::sign_in_from(&mut browser, &request, EMAIL).await;
        let consent = browser.get(&request).await;
        assert_eq!(consent.status, StatusCode::OK);
        assert_harmless(&consent);
        assert!(!consent.body.contains('\u{202e}'), "{}", consent.body);
        browser.submit(&consent, "/oauth/authorize/", &[("decision", "allow")]).await;
        for path in ["/account", "/account/devices", "/account/apps", "/oauth/logout"] {
            let page = browser.get(path).await;
            let page = browser.follow(page).await;
            assert_eq!(page.status, StatusCode::OK, "{path}");
            assert_harmless(&page);
        }
    }

    async fn sign_in_goes_on_to_our_own_pages_only(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        for foreign in [
            "https://evil.example",
            "//evil.example",
            "/\\evil.example",
            "/%5cevil.example",
            "/account//evil.example",
            "/account@evil.example",
            "/account/../../evil.example",
            "javascript:alert(1)",
            "/oauth/logout",
            "\t//evil.example",
            "/account\r\nX-Evil: 1",
        ] {
            let from = format!("/signin?{}", encode(&[("continue", foreign)]));
            let done = flows::sign_in_from(&mut Browser::new(&site), &from, EMAIL).await;
            assert_eq!(done.location().as_deref(), Some("/account"), "{foreign:?}");
        }
        let from = format!("/signin?{}", encode(&[("continue", "/account/devices")]));
        let done = flows::sign_in_from(&mut Browser::new(&site), &from, EMAIL).await;
        assert_eq!(done.location().as_deref(), Some("/account/devices"));
        // A field that was changed after the page was served is checked again.
        let mut browser = Browser::new(&site);
        let page = browser.get("/signin").await;
        let fields = [("identifier", EMAIL), ("continue", "https://evil.example")];
        let next = browser.submit(&page, "/signin", &fields).await;
        let page = browser.follow(next).await;
        let done = flows::password(&mut browser, &page, flows::PASSWORD).await;
        assert_eq!(done.location().as_deref(), Some("/account"));
    }

    async fn preferences_return_to_our_own_pages_only(database) {
        let site = Site::start(database).await;
        let mut browser = Browser::new(&site);
        let page = browser.get("/signin").await;
        for (back, expected) in [
            ("/signin?continue=%2Faccount", "/signin?continue=%2Faccount"),
            ("https://evil.example", "/account"),
            ("//evil.example", "/account"),
            ("/\\evil.example", "/account"),
            ("/\t/evil.example", "/account"),
            ("/signin\r\nX-Evil: 1", "/account"),
            ("", "/account"),
        ] {
            let done = browser.submit(&page, "/preferences", &[("language", "en"), ("return_to", back)]).await;
            assert_eq!(done.location().as_deref(), Some(expected), "{back:?}");
            assert!(done.headers.get("X-Evil").is_none());
        }
    }

    async fn pages_speak_the_persons_language(database) {
        let site = Site::start(database).await;
        let client = site.client(|_| {}).await;
        let mut browser = Browser::new(&site);
        let (english, chinese) = ("en\" dir=\"ltr\"", "zh-CN\" dir=\"ltr\"");
        assert_eq!(in_language(&mut browser, "/signin").await, english);
        browser.headers.push(("Accept-Language".to_owned(), "fr, zh-TW;q=0.9, en;q=0.5".to_owned()));
        assert_eq!(in_language(&mut browser, "/signin").await, chinese);
        let page = browser.get("/signin").await;
        browser.submit(&page, "/preferences", &[("language", "en"), ("return_to", "/signin")]).await;
        assert_eq!(in_language(&mut browser, "/signin").await, english);
        let request = Request::new(&client, "openid").with("ui_locales", "de zh-Hans-CN en");
        assert_eq!(in_language(&mut browser, &request.path()).await, chinese);
        // Of this request only.
        assert_eq!(in_language(&mut browser, "/signin").await, english);
        let page = browser.get("/signin").await;
        browser.submit(&page, "/preferences", &[("language", "klingon"), ("theme", "neon")]).await;
        assert_eq!(in_language(&mut browser, "/signin").await, english);
    }

    async fn messages_speak_the_language_of_the_page(database) {
        let site = Site::start(database).await;
        let mut browser = Browser::new(&site);
        browser.headers.push(("Accept-Language".to_owned(), "zh".to_owned()));
        flows::code_page(&mut browser, EMAIL).await;
        assert!(site.messages()[0].text.contains('码'), "{}", site.messages()[0].text);
    }

    async fn errors_of_an_unknown_app_lead_nowhere(database) {
        let site = Site::start(database).await;
        let client = site.client(|_| {}).await;
        let mut browser = Browser::new(&site);
        for (name, value) in [("client_id", "nobody"), ("redirect_uri", "https://evil.example/callback"), ("redirect_uri", CALLBACK)] {
            let mut request = Request::new(&client, "openid").with(name, value);
            if value == CALLBACK {
                request.pairs.push((name.to_owned(), value.to_owned()));
            }
            let answer = browser.get(&request.path()).await;
            assert_eq!((answer.status, answer.location()), (StatusCode::BAD_REQUEST, None), "{name}");
            assert_page(&answer, name);
        }
    }
}
