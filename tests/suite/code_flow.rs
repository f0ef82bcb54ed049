//! The main job: a person signs in to an app.

use crate::both;
use crate::harness::browser::Browser;
use crate::harness::flows::{self, Request};
use crate::harness::{CALLBACK, Site};
use keyhouse::store::columns::Words;
use reqwest::StatusCode;

both! {
    async fn a_person_signs_in_to_an_app(database) {
        let site = Site::start(database).await;
        let mina = flows::mina(&site).await;
        let client = site.client(|_| {}).await;
        let mut browser = Browser::new(&site);
        let request = Request::new(&client, "openid profile email offline_access");

        let done = flows::sign_in_from(&mut browser, &request.path(), "mina@lantern.example").await;
        let answer = browser.follow(done).await;
        let location = answer.location().unwrap();
        assert!(location.starts_with(&format!("{CALLBACK}?")), "{location}");
        assert_eq!(answer.parameter("state").as_deref(), Some("st&te=1"));
        assert_eq!(answer.parameter("iss").as_deref(), Some(site.base.as_str()));

        let code = answer.parameter("code").unwrap();
        let tokens = flows::redeem(&site, &client, &code, &request.verifier).await;
        assert_eq!(tokens.status, StatusCode::OK, "{}", tokens.body);
        assert_eq!(tokens.header("Cache-Control"), "no-store");
        let tokens = tokens.json();
        let id_token = flows::claims(tokens["id_token"].as_str().unwrap());
        assert_eq!(id_token["sub"], mina.sub);
        assert_eq!(id_token["aud"], serde_json::json!([client.id()]));
        assert_eq!(id_token["iss"], site.base);
        assert_eq!(id_token["nonce"], "n-0S6_WzA2Mj");
        assert_eq!(id_token["amr"], serde_json::json!(["pwd"]));
        assert!(id_token["sid"].is_string() && id_token["at_hash"].is_string() && id_token["auth_time"].is_number());
        assert!(id_token.get("email").is_none());

        let userinfo = flows::userinfo(&site, tokens["access_token"].as_str().unwrap()).await;
        assert_eq!(userinfo.status, StatusCode::OK, "{}", userinfo.body);
        let userinfo = userinfo.json();
        assert_eq!(userinfo["name"], "Mina Farouk");
        assert_eq!(userinfo["email"], "mina@lantern.example");
        assert_eq!(userinfo["email_verified"], true);
        assert!(userinfo.get("phone_number").is_none());

        let refreshed = flows::refresh(&site, &client, tokens["refresh_token"].as_str().unwrap()).await;
        assert_eq!(refreshed.status, StatusCode::OK, "{}", refreshed.body);
        let refreshed = refreshed.json();
        assert_ne!(refreshed["refresh_token"], tokens["refresh_token"]);
        let again = flows::claims(refreshed["id_token"].as_str().unwrap());
        assert_eq!((&again["sub"], &again["auth_time"], &again["sid"]), (&id_token["sub"], &id_token["auth_time"], &id_token["sid"]));
    }

    async fn a_live_session_needs_no_page(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let client = site.client(|_| {}).await;
        let mut browser = Browser::new(&site);
        flows::sign_in(&mut browser, "mina@lantern.example").await;
        let silent = Request::new(&client, "openid").with("prompt", "none");
        let answer = browser.get(&silent.path()).await;
        assert!(answer.parameter("code").is_some());
        let stranger = Browser::new(&site).get(&silent.path()).await;
        assert_eq!(stranger.parameter("error").as_deref(), Some("login_required"));
    }

    async fn a_code_signs_up_and_in(database) {
        let site = Site::start(database).await;
        let mut browser = Browser::new(&site);
        let page = browser.get("/signup").await;
        let fields = [("name", "Mina Farouk"), ("identifier", "+43 660 5554417"), ("terms", "yes")];
        let sent = browser.submit(&page, "/signup", &fields).await;
        let page = browser.follow(sent).await;
        assert!(page.body.contains("+43 660 5554417"), "{}", page.body);
        let code = site.code_to("+436605554417");
        let right = browser.submit(&page, "/signin/code", &[("code", &code)]).await;
        let page = browser.follow(right).await;
        let done = browser.submit(&page, "/signup/details", &[("password", flows::PASSWORD)]).await;
        assert_eq!(done.location().as_deref(), Some("/account"), "{}", done.body);

        let mut other = Browser::new(&site);
        flows::sign_in(&mut other, "+436605554417").await;

        let mut third = Browser::new(&site);
        let page = third.get("/signin").await;
        let next = third.submit(&page, "/signin", &[("identifier", "+436605554417")]).await;
        let page = third.follow(next).await;
        site.advance(std::time::Duration::from_secs(61));
        let sent = third.submit(&page, "/signin/code/send", &[]).await;
        let page = third.follow(sent).await;
        let code = site.code_to("+436605554417");
        let done = third.submit(&page, "/signin/code", &[("code", &code)]).await;
        assert_eq!(done.location().as_deref(), Some("/account"), "{}", done.body);
    }

    async fn consent_is_asked_and_remembered(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let client = site.client(|client| { client.first_party = false; client.scopes = Words::parse("openid profile email"); }).await;
        let mut browser = Browser::new(&site);
        flows::sign_in(&mut browser, "mina@lantern.example").await;
        let request = Request::new(&client, "openid profile");
        let page = browser.get(&request.path()).await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(page.body.contains("Lantern Notes"));
        let allowed = browser.submit(&page, "/oauth/authorize/", &[("decision", "allow")]).await;
        assert!(allowed.parameter("code").is_some(), "{}", allowed.body);
        // A second answer to the same page is none.
        let again = browser.submit(&page, "/oauth/authorize/", &[("decision", "allow")]).await;
        assert_eq!(again.status, StatusCode::GONE);
        flows::code(&mut browser, &Request::new(&client, "openid profile")).await;
        let more = browser.get(&Request::new(&client, "openid email").path()).await;
        assert_eq!(more.status, StatusCode::OK);
        let denied = browser.submit(&more, "/oauth/authorize/", &[("decision", "deny")]).await;
        assert_eq!(denied.parameter("error").as_deref(), Some("access_denied"));
        assert_eq!(denied.parameter("state").as_deref(), Some("st&te=1"));
    }
}
