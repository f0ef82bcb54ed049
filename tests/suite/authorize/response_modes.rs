//! How an answer travels: in the query, behind the `#`, or in a post (OAuth 2.0 Multiple Response Types §2, Form Post
//! Response Mode 1.0).

use crate::both;
use crate::harness::browser::{Answer, Browser};
use crate::harness::flows::{self, Request};
use crate::harness::{CALLBACK, Site};
use keyhouse::store::columns::Words;
use reqwest::StatusCode;

/// The fields that a page posts to the app; panics where it is no such page.
pub fn posted(page: &Answer) -> Vec<(String, String)> {
    page.assert_page(StatusCode::OK);
    let (target, fields) = page.form(CALLBACK).unwrap_or_else(|| panic!("no form: {}", page.body));
    assert_eq!(target, CALLBACK);
    fields
}

/// What stands behind the `#` of a redirect.
pub fn fragment(answer: &Answer) -> Vec<(String, String)> {
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    let location = answer.location().unwrap();
    let (uri, fragment) = location.split_once('#').unwrap_or_else(|| panic!("no fragment: {location}"));
    assert_eq!(uri, CALLBACK);
    url::form_urlencoded::parse(fragment.as_bytes()).into_owned().collect()
}

/// The value of a member.
pub fn value(members: &[(String, String)], name: &str) -> Option<String> {
    members.iter().find(|(own, _)| own == name).map(|(_, value)| value.clone())
}

fn names(members: &[(String, String)]) -> Vec<&str> {
    members.iter().map(|(name, _)| name.as_str()).collect()
}

both! {
    async fn form_post_carries_the_code_in_a_page_that_posts_itself(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let client = site.client(|_| {}).await;
        let mut browser = flows::minas_browser(&site).await;
        let request = Request::new(&client, "openid").with("response_mode", "form_post").with("state", "a\"<b>&c ü");
        let page = browser.get(&request.path()).await;
        let fields = posted(&page);
        assert_eq!(names(&fields), ["code", "state", "iss"]);
        assert_eq!(value(&fields, "state").as_deref(), Some("a\"<b>&c ü"));
        assert_eq!(value(&fields, "iss"), Some(site.base.clone()));
        let code = value(&fields, "code").unwrap();
        assert_eq!(flows::redeem(&site, &client, &code, &request.verifier).await.status, StatusCode::OK);
        let policy = page.header("Content-Security-Policy");
        assert!(policy.contains("form-action 'self' http://127.0.0.1:9;") && policy.contains("script-src 'self'"), "{policy}");
        assert_eq!(page.header("Cache-Control"), "no-store");
        // The app is told the origin and never the address, which holds the request.
        assert_eq!(page.header("Referrer-Policy"), "strict-origin");
        assert_eq!(page.body.matches("<button").count(), 1, "a way on without JavaScript");
        // The module is a file of ours, and nothing of the page is inline.
        let module = page.body.split("src=\"").find(|rest| rest.contains("form_post.js")).unwrap();
        let module = browser.get(module.split('"').next().unwrap()).await;
        assert_eq!(module.header("Content-Type"), "text/javascript; charset=utf-8");
        assert!(module.body.contains("submit"));
    }

    async fn fragment_is_used_where_it_is_asked_for(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let client = site.client(|_| {}).await;
        let mut browser = flows::minas_browser(&site).await;
        let request = Request::new(&client, "openid").with("response_mode", "fragment");
        let members = fragment(&browser.get(&request.path()).await);
        assert_eq!(names(&members), ["code", "state", "iss"]);
        assert_eq!(value(&members, "state").as_deref(), Some("st&te=1"));
        let plain = browser.get(&request.with("response_mode", "query").path()).await;
        assert!(plain.parameter("code").is_some());
    }

    async fn errors_travel_the_same_way(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let client = site.client(|client| client.first_party = false).await;
        let errors = ["error", "error_description", "state", "iss"];
        for (name, value_sent, code) in [
            ("prompt", "none", "login_required"),
            ("code_challenge_method", "plain", "invalid_request"),
            ("response_type", "token", "unsupported_response_type"),
        ] {
            let request = Request::new(&client, "openid").with(name, value_sent);
            let page = Browser::new(&site).get(&request.clone().with("response_mode", "form_post").path()).await;
            let fields = posted(&page);
            assert_eq!((names(&fields), value(&fields, "error").unwrap().as_str()), (errors.to_vec(), code));
            let members = fragment(&Browser::new(&site).get(&request.with("response_mode", "fragment").path()).await);
            assert_eq!((names(&members), value(&members, "error").unwrap().as_str()), (errors.to_vec(), code));
        }
        // Also after pages, from the stored request.
        let mut browser = flows::minas_browser(&site).await;
        let request = Request::new(&client, "openid").with("response_mode", "form_post");
        let consent = browser.get(&request.path()).await;
        let denied = browser.submit(&consent, "/oauth/authorize/", &[("decision", "deny")]).await;
        assert_eq!(value(&posted(&denied), "error").as_deref(), Some("access_denied"));
        let consent = browser.get(&request.path()).await;
        let allowed = browser.submit(&consent, "/oauth/authorize/", &[("decision", "allow")]).await;
        assert!(value(&posted(&allowed), "code").is_some());
    }

    async fn a_mode_that_is_unknown_or_impossible_is_refused(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let client = site.client(|_| {}).await;
        let mut browser = flows::minas_browser(&site).await;
        for mode in ["web_message", "QUERY", "query fragment", "form-post"] {
            browser.get(&Request::new(&client, "openid").with("response_mode", mode).path()).await.assert_error("invalid_request");
        }
        let app = site.client(|client| client.redirect_uris = Words::parse("com.lantern.notes:/cb")).await;
        let request = Request::new(&app, "openid").with("redirect_uri", "com.lantern.notes:/cb").with("response_mode", "form_post");
        browser.get(&request.path()).await.assert_error("invalid_request");
    }
}
