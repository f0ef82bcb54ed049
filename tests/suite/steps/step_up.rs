//! Two factors on an app's demand (`acr_values`, an essential `acr`, RFC 9470): the second is added to the sign-in there is.

use std::time::Duration;

use keyhouse::store::details::{Json, Metadata, StepUp};
use serde_json::{Value, json};

use super::{EMAIL, ONE, PHONE, Scene, TWO, leads_to};
use crate::both;
use crate::harness::browser::{Answer, Browser};
use crate::harness::flows::{self, Request};
use crate::harness::{RegisteredClient, Site};

/// A person who has an app but did not switch two-step sign-in on, signed in by a password.
async fn one_factor(scene: &mut Scene) {
    let page = scene.browser.get("/account/security/two-step/off").await;
    scene.browser.submit(&page, "/account/security/two-step/off", &[]).await;
    scene.browser = Browser::new(&scene.site);
    flows::sign_in(&mut scene.browser, EMAIL).await;
}

async fn id_token(site: &Site, client: &RegisteredClient, answer: &Answer, request: &Request) -> Value {
    let code = answer.parameter("code").unwrap_or_else(|| panic!("no code: {:?} {}", answer.location(), answer.body));
    let tokens = flows::redeem(site, client, &code, &request.verifier).await;
    flows::claims(tokens.json()["id_token"].as_str().unwrap())
}

fn essential(class: &str) -> String {
    json!({"id_token": {"acr": {"essential": true, "values": [class]}}}).to_string()
}

both! {
    async fn the_second_factor_is_added_to_the_sign_in_there_is(database) {
        let mut scene = Scene::start(database).await;
        one_factor(&mut scene).await;
        let client = scene.site.client(|_| {}).await;
        let signed_in_at = scene.site.now().seconds();
        let before = scene.sessions().await.into_iter().find(|session| session.amr.as_str() == "pwd").unwrap();
        let cookies = scene.browser.cookies.clone();
        scene.site.advance(Duration::from_secs(3600));
        for ask in [("claims", essential(TWO)), ("acr_values", TWO.to_owned())] {
            let request = Request::new(&client, "openid").with(ask.0, &ask.1);
            let mut browser = scene.browser.clone();
            if ask.0 == "claims" {
                let silent = request.clone().with("prompt", "none");
                browser.get(&silent.path()).await.assert_error("login_required");
            }
            let half = browser.get(&request.path()).await;
            leads_to(&half, "/signin/second?continue=");
            let page = browser.follow(half).await;
            assert!(page.body.contains("Enter the code of your app"), "{}", page.body);
            // The app's first factor is that of the sign-in: no password is asked for.
            assert!(page.form("/signin/password").is_none());
        }
        let request = Request::new(&client, "openid").with("claims", &essential(TWO));
        let half = scene.browser.get(&request.path()).await;
        let page = scene.browser.follow(half).await;
        let code = scene.app.code(&scene.site);
        let done = scene.browser.submit(&page, "/signin/second", &[("code", &code)]).await;
        leads_to(&done, "/oauth/authorize/");
        let answer = scene.browser.follow(done).await;
        let claims = id_token(&scene.site, &client, &answer, &request).await;
        assert_eq!((&claims["acr"], &claims["amr"]), (&json!(TWO), &json!(["pwd", "otp", "mfa"])));
        // As old as the password: what happened an hour ago did not happen now.
        assert_eq!(claims["auth_time"], json!(signed_in_at));
        let after = scene.sessions().await.into_iter().find(|session| session.id == before.id).unwrap();
        assert_eq!(after.amr.as_str(), "pwd otp mfa");
        // The rise gave a new cookie.
        let mut stale = Browser::new(&scene.site);
        stale.cookies = cookies;
        assert!(!flows::is_signed_in(&mut stale).await);
        // And the next request is answered at once.
        let again = Request::new(&client, "openid").with("claims", &essential(TWO));
        let answer = scene.browser.get(&again.path()).await;
        assert_eq!(id_token(&scene.site, &client, &answer, &again).await["acr"], TWO);
    }

    async fn a_wish_that_wants_no_page_gets_what_there_is(database) {
        let mut scene = Scene::start(database).await;
        one_factor(&mut scene).await;
        let client = scene.site.client(|_| {}).await;
        let request = Request::new(&client, "openid").with("acr_values", TWO).with("prompt", "none");
        let answer = scene.browser.get(&request.path()).await;
        let claims = id_token(&scene.site, &client, &answer, &request).await;
        assert_eq!((&claims["acr"], &claims["amr"]), (&json!(ONE), &json!(["pwd"])));
        // The first of several is what is liked best.
        let request = Request::new(&client, "openid").with("acr_values", &format!("{ONE} {TWO}"));
        assert!(scene.browser.get(&request.path()).await.parameter("code").is_some());
    }

    async fn a_client_may_always_want_two(database) {
        let mut scene = Scene::start(database).await;
        one_factor(&mut scene).await;
        let client = scene.site.client(|client| {
            client.metadata = Json::of(Metadata { default_acr_values: vec![TWO.to_owned()], ..Metadata::default() });
        }).await;
        let request = Request::new(&client, "openid");
        leads_to(&scene.browser.get(&request.path()).await, "/signin/second?continue=");
        // Nobody signed in: both steps in one walk.
        let mut browser = Browser::new(&scene.site);
        let half = flows::sign_in_from(&mut browser, &request.path(), EMAIL).await;
        leads_to(&half, "/signin/second?attempt=");
        let page = browser.follow(half).await;
        let done = scene.enter(&mut browser, &page, &scene.app.code(&scene.site)).await;
        let answer = browser.follow(done).await;
        assert_eq!(id_token(&scene.site, &client, &answer, &request).await["acr"], TWO);
    }

    async fn an_age_and_a_class_are_two_demands(database) {
        let mut scene = Scene::start(database).await;
        one_factor(&mut scene).await;
        let client = scene.site.client(|_| {}).await;
        scene.site.advance(Duration::from_secs(3600));
        let request = Request::new(&client, "openid").with("claims", &essential(TWO)).with("max_age", "300");
        // Too old: everything is shown again, and the second step is no way around that.
        let start = scene.browser.get(&request.path()).await;
        leads_to(&start, "/signin?continue=");
        let half = flows::sign_in_from(&mut scene.browser, &request.path(), EMAIL).await;
        leads_to(&half, "/signin/second?attempt=");
        let page = scene.browser.follow(half).await;
        let code = scene.app.code(&scene.site);
        let done = scene.browser.submit(&page, "/signin/second", &[("code", &code)]).await;
        let answer = scene.browser.follow(done).await;
        let claims = id_token(&scene.site, &client, &answer, &request).await;
        assert_eq!((&claims["acr"], &claims["auth_time"]), (&json!(TWO), &json!(scene.site.now().seconds())));
    }

    async fn without_an_app_a_password_and_a_text_message_are_two(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let client = site.client(|_| {}).await;
        let request = Request::new(&client, "openid").with("claims", &essential(TWO));
        let mut browser = flows::minas_browser(&site).await;
        let half = browser.get(&request.path()).await;
        let page = browser.follow(half).await;
        let sent = browser.submit(&page, "/signin/code/send", &[("channel", "sms")]).await;
        let code_page = browser.follow(sent).await;
        let done = flows::enter(&mut browser, &code_page, &site.code_to(PHONE)).await;
        let answer = browser.follow(done).await;
        let claims = id_token(&site, &client, &answer, &request).await;
        assert_eq!((&claims["acr"], &claims["amr"]), (&json!(TWO), &json!(["pwd", "otp", "sms", "mfa"])));
    }

    async fn what_the_account_cannot_give_is_said(database) {
        let site = Site::with(database, &[("KEYHOUSE_SIGNIN__SECOND_BY_SMS", "false")]).await;
        flows::mina(&site).await;
        let client = site.client(|_| {}).await;
        let mut browser = flows::minas_browser(&site).await;
        let request = Request::new(&client, "openid").with("claims", &essential(TWO));
        browser.get(&request.path()).await.assert_error("unmet_authentication_requirements");
        let mut fresh = Browser::new(&site);
        let done = flows::sign_in_from(&mut fresh, &request.path(), EMAIL).await;
        fresh.follow(done).await.assert_error("unmet_authentication_requirements");
        let wish = Request::new(&client, "openid").with("acr_values", TWO);
        let answer = browser.get(&wish.path()).await;
        assert_eq!(id_token(&site, &client, &answer, &wish).await["acr"], ONE);
    }

    async fn it_is_added_to_the_account_that_the_request_is_about(database) {
        let mut scene = Scene::start(database).await;
        one_factor(&mut scene).await;
        let client = scene.site.client(|_| {}).await;
        flows::jonas(&scene.site).await;
        scene.site.advance(Duration::from_secs(1));
        flows::sign_in_from(&mut scene.browser, "/signin?another=yes", "jonas@lantern.example").await;
        let request = Request::new(&client, "openid").with("claims", &essential(TWO)).with("login_hint", EMAIL);
        scene.site.advance(Duration::from_secs(1));
        let half = scene.browser.get(&request.path()).await;
        let page = scene.browser.follow(half).await;
        let code = scene.app.code(&scene.site);
        let done = scene.browser.submit(&page, "/signin/second", &[("code", &code)]).await;
        let answer = scene.browser.follow(done).await;
        let claims = id_token(&scene.site, &client, &answer, &request).await;
        assert_eq!((&claims["sub"], &claims["acr"]), (&json!(scene.account.sub), &json!(TWO)));
    }

    async fn a_resource_that_wants_two_says_so_and_takes_them(database) {
        let mut scene = Scene::start(database).await;
        one_factor(&mut scene).await;
        let client = scene.site.client(|client| {
            let owed = StepUp { max_age: None, acr_values: vec![TWO.to_owned()] };
            client.metadata = Json::of(Metadata { userinfo_step_up: Some(owed), ..Metadata::default() });
        }).await;
        let tokens = flows::tokens(&scene.site, &mut scene.browser, &client, "openid profile").await;
        let refused = flows::userinfo(&scene.site, tokens["access_token"].as_str().unwrap()).await;
        refused.refused(401, "insufficient_user_authentication");
        assert!(refused.header("WWW-Authenticate").contains(&format!("acr_values=\"{TWO}\"")));
        let request = Request::new(&client, "openid profile").with("acr_values", TWO);
        let half = scene.browser.get(&request.path()).await;
        let page = scene.browser.follow(half).await;
        let code = scene.app.code(&scene.site);
        let done = scene.browser.submit(&page, "/signin/second", &[("code", &code)]).await;
        let answer = scene.browser.follow(done).await;
        let code = answer.parameter("code").unwrap();
        let tokens = flows::redeem(&scene.site, &client, &code, &request.verifier).await.json();
        let told = flows::userinfo(&scene.site, tokens["access_token"].as_str().unwrap()).await;
        assert_eq!(told.json()["name"], "Mina Farouk");
    }

    async fn nothing_to_add_leads_on(database) {
        let mut scene = Scene::start(database).await;
        // By two already, and nobody at all.
        assert_eq!(scene.browser.get("/signin/second?continue=%2Faccount").await.location().as_deref(), Some("/account"));
        let mut nobody = Browser::new(&scene.site);
        leads_to(&nobody.get("/signin/second?continue=%2F%2Fevil.example").await, "/signin?continue=%2Faccount");
    }
}
