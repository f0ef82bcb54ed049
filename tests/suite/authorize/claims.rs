//! The `claims` parameter and `acr` (OpenID Connect Core §5.5): what is asked for by name is given where the person allowed
//! it, and what cannot be met is said.

use crate::both;
use crate::harness::browser::Browser;
use crate::harness::flows::{self, Request};
use crate::harness::{RegisteredClient, Site, jose};
use keyhouse::store::columns::Words;
use reqwest::StatusCode;
use serde_json::{Value, json};

/// The ID token's claims and userinfo for a request of a signed-in browser.
async fn told(site: &Site, browser: &mut Browser, client: &RegisteredClient, request: &Request) -> (Value, Value) {
    let code = flows::code(browser, request).await;
    let tokens = flows::redeem(site, client, &code, &request.verifier).await;
    assert_eq!(tokens.status, StatusCode::OK, "{}", tokens.body);
    let id_token = jose::verified(site, &tokens.text("id_token")).await.claims;
    (id_token, flows::userinfo(site, &tokens.text("access_token")).await.json())
}

fn asking(client: &RegisteredClient, scope: &str, claims: &Value) -> Request {
    Request::new(client, scope).with("claims", &claims.to_string())
}

both! {
    async fn what_is_asked_for_by_name_is_told_where_it_was_asked_for(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let client = site.client(|_| {}).await;
        let mut browser = flows::minas_browser(&site).await;
        let (plain, userinfo) = told(&site, &mut browser, &client, &Request::new(&client, "openid")).await;
        assert!(plain.get("email").is_none() && userinfo.get("email").is_none() && plain.get("acr").is_none());
        let claims = json!({
            "userinfo": {"email": {"essential": true}, "phone_number": null, "groups": null},
            "id_token": {"name": null, "email_verified": {"value": false}, "http://x.example/y": {"a": 1}},
            "verified": {"x": 1},
        });
        let (id_token, userinfo) = told(&site, &mut browser, &client, &asking(&client, "openid", &claims)).await;
        assert_eq!((&id_token["name"], &id_token["email_verified"]), (&json!("Mina Farouk"), &json!(true)));
        assert!(id_token.get("email").is_none() && id_token.get("phone_number").is_none());
        assert_eq!((&userinfo["email"], &userinfo["phone_number"]), (&json!("mina@lantern.example"), &json!("+436605554417")));
        for not_asked in ["name", "email_verified", "phone_number_verified", "groups"] {
            assert!(userinfo.get(not_asked).is_none(), "{not_asked}: {userinfo}");
        }
    }

    async fn a_refreshed_id_token_tells_the_same(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let client = site.client(|client| client.always_refresh = true).await;
        let mut browser = flows::minas_browser(&site).await;
        let request = asking(&client, "openid", &json!({"id_token": {"email": null, "acr": null}}));
        let code = flows::code(&mut browser, &request).await;
        let tokens = flows::redeem(&site, &client, &code, &request.verifier).await;
        let refreshed = flows::refresh(&site, &client, &tokens.text("refresh_token")).await;
        let claims = jose::part(&refreshed.text("id_token"), 1);
        assert_eq!((&claims["email"], &claims["acr"]), (&json!("mina@lantern.example"), &json!("urn:keyhouse:acr:1")));
    }

    async fn a_client_gets_by_name_only_what_it_is_registered_for(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let client = site.client(|client| client.scopes = Words::parse("openid profile")).await;
        let mut browser = flows::minas_browser(&site).await;
        let claims = json!({"userinfo": {"email": null}, "id_token": {"phone_number": {"essential": true}, "name": null}});
        let (id_token, userinfo) = told(&site, &mut browser, &client, &asking(&client, "openid", &claims)).await;
        assert!(id_token.get("phone_number").is_none() && userinfo.get("email").is_none());
        assert_eq!(id_token["name"], "Mina Farouk");
    }

    async fn the_person_is_asked_before_and_it_is_remembered(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let client = site.client(|client| client.first_party = false).await;
        let mut browser = flows::minas_browser(&site).await;
        flows::code(&mut browser, &Request::new(&client, "openid")).await;
        flows::code_unasked(&mut browser, &Request::new(&client, "openid")).await;
        let more = asking(&client, "openid", &json!({"id_token": {"email": null}}));
        browser.get(&more.clone().with("prompt", "none").path()).await.assert_error("consent_required");
        let page = browser.get(&more.path()).await;
        assert!(page.body.contains("See your e-mail address"), "{}", page.body);
        let answer = browser.submit(&page, "/oauth/authorize/", &[("decision", "allow")]).await;
        let tokens = flows::redeem(&site, &client, &answer.parameter("code").unwrap(), &more.verifier).await;
        assert_eq!(jose::part(&tokens.text("id_token"), 1)["email"], "mina@lantern.example");
        assert_eq!(tokens.json()["scope"], "openid", "the scope does not grow by it");
        flows::code_unasked(&mut browser, &more.with("prompt", "none")).await;
    }

    async fn a_malformed_parameter_is_refused(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let client = site.client(|_| {}).await;
        let mut browser = flows::minas_browser(&site).await;
        let deep = "[".repeat(3000);
        for bad in ["nonsense", "[]", "{\"userinfo\":[]}", "{\"id_token\":{\"email\":7}}", "{\"userinfo\":{}", &deep] {
            browser.get(&Request::new(&client, "openid").with("claims", bad).path()).await.assert_error("invalid_request");
        }
    }

    async fn a_subject_asked_for_by_value_is_that_person_or_login_required(database) {
        let site = Site::start(database).await;
        let mina = flows::mina(&site).await;
        let client = site.client(|_| {}).await;
        let mut browser = flows::minas_browser(&site).await;
        for part in ["id_token", "userinfo"] {
            let own = asking(&client, "openid", &json!({part: {"sub": {"value": mina.sub}}}));
            flows::code_unasked(&mut browser, &own).await;
            let other = asking(&client, "openid", &json!({part: {"sub": {"value": "248289761001"}}}));
            browser.get(&other.path()).await.assert_error("login_required");
        }
    }

    async fn acr_is_what_really_happened(database) {
        // Nobody here can show two factors; what is asked of those who can is in `steps`.
        let site = Site::with(database, &[("KEYHOUSE_SIGNIN__SECOND_BY_SMS", "false")]).await;
        flows::mina(&site).await;
        let client = site.client(|_| {}).await;
        let mut browser = flows::minas_browser(&site).await;
        let one = "urn:keyhouse:acr:1";
        let two = "urn:keyhouse:acr:2";
        for wish in [one, two, "urn:other", "1 2"] {
            let request = Request::new(&client, "openid").with("acr_values", wish);
            assert_eq!(told(&site, &mut browser, &client, &request).await.0["acr"], one, "{wish}");
        }
        let acr = |member: Value| asking(&client, "openid", &json!({"id_token": {"acr": member}}));
        for met in [json!(null), json!({"essential": true}), json!({"essential": true, "values": [two, one]}), json!({"value": two})] {
            assert_eq!(told(&site, &mut browser, &client, &acr(met.clone())).await.0["acr"], one, "{met}");
        }
        for unmet in [json!({"essential": true, "value": two}), json!({"essential": true, "values": ["urn:other"]})] {
            let request = acr(unmet);
            browser.get(&request.path()).await.assert_error("unmet_authentication_requirements");
            browser.get(&request.with("prompt", "none").path()).await.assert_error("unmet_authentication_requirements");
        }
    }

    async fn display_and_claims_locales_change_nothing(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let client = site.client(|_| {}).await;
        let mut browser = flows::minas_browser(&site).await;
        for display in ["page", "popup", "touch", "wap"] {
            let request = Request::new(&client, "openid").with("display", display).with("claims_locales", "se de-AT");
            flows::code_unasked(&mut browser, &request).await;
        }
        browser.get(&Request::new(&client, "openid").with("display", "hologram").path()).await.assert_error("invalid_request");
    }
}
