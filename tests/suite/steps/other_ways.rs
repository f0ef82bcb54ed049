//! Every way in goes through the one gate: proving oneself again, sign-up with an address that has an account, the page for
//! devices, and what apps hold.

use std::time::Duration;

use keyhouse::store::columns::Words;
use reqwest::StatusCode;

use super::{EMAIL, ONE, PHONE, Scene, TWO, change, leads_to};
use crate::both;
use crate::harness::browser::Browser;
use crate::harness::flows;

both! {
    async fn sign_up_with_a_known_address_ends_at_the_second_step(database) {
        let scene = Scene::start(database).await;
        let mut browser = Browser::new(&scene.site);
        let page = flows::sign_up(&mut browser, PHONE).await;
        let half = flows::enter(&mut browser, &page, &scene.site.code_to(PHONE)).await;
        leads_to(&half, "/signin/second?attempt=");
        assert!(!flows::is_signed_in(&mut browser).await);
        let page = browser.follow(half).await;
        let done = scene.enter(&mut browser, &page, &scene.app.code(&scene.site)).await;
        assert_eq!(done.location().as_deref(), Some("/account"));
    }

    async fn proving_oneself_again_takes_both_and_keeps_the_sign_in(database) {
        let mut scene = Scene::start(database).await;
        scene.site.advance(Duration::from_secs(3600));
        let before = scene.sessions().await.remove(0);
        let page = scene.browser.get("/signin/again?continue=%2Faccount%2Fdevices").await;
        let sent = scene.browser.submit(&page, "/signin/code/send", &[("channel", "email")]).await;
        let code_page = scene.browser.follow(sent).await;
        let half = flows::enter(&mut scene.browser, &code_page, &scene.site.code_to(EMAIL)).await;
        leads_to(&half, "/signin/second?attempt=");
        assert_eq!(scene.sessions().await[0].authenticated_at, before.authenticated_at);
        let half = scene.browser.follow(half).await;
        let code = scene.app.code(&scene.site);
        let done = scene.browser.submit(&half, "/signin/second", &[("code", &code)]).await;
        assert_eq!(done.location().as_deref(), Some("/account/devices"));
        let after = scene.sessions().await.remove(0);
        assert_eq!((after.id, after.authenticated_at, after.amr.as_str()), (before.id, scene.site.now(), "otp mfa"));
    }

    async fn a_proof_for_a_sign_in_that_has_ended_starts_none(database) {
        let mut scene = Scene::start(database).await;
        let page = scene.browser.get("/signin/again?continue=%2Faccount").await;
        let account = scene.account.clone();
        let now = scene.site.now();
        change(&scene.site, move |connection| keyhouse::session::end_all(connection, &account, None, now)).await;
        let over = scene.browser.submit(&page, "/signin/password", &[("password", flows::PASSWORD)]).await;
        assert_eq!(over.status, StatusCode::GONE, "{}", over.body);
        assert!(!flows::is_signed_in(&mut scene.browser).await);
    }

    async fn nobody_allows_a_device_half_way(database) {
        let scene = Scene::start(database).await;
        let client = scene.site.client(|client| {
            client.grant_types = Words::parse("urn:ietf:params:oauth:grant-type:device_code refresh_token");
        }).await;
        let asked = flows::as_client(&scene.site, "/oauth/device_authorization", &client, &[("scope", "openid")]).await.json();
        let (user_code, device_code) = (asked["user_code"].as_str().unwrap(), asked["device_code"].as_str().unwrap());
        let poll = async || {
            let form = [("grant_type", "urn:ietf:params:oauth:grant-type:device_code"), ("device_code", device_code)];
            flows::as_client(&scene.site, "/oauth/token", &client, &form).await
        };
        let mut browser = Browser::new(&scene.site);
        let link = format!("/device?user_code={user_code}");
        let half = flows::sign_in_from(&mut browser, &link, EMAIL).await;
        leads_to(&half, "/signin/second?attempt=");
        leads_to(&browser.get(&link).await, "/signin?continue=");
        poll().await.refused(400, "authorization_pending");
        let page = browser.follow(half).await;
        let done = scene.enter(&mut browser, &page, &scene.app.code(&scene.site)).await;
        assert_eq!(done.location().as_deref(), Some(link.as_str()));
        let page = browser.follow(done).await;
        let question = browser.submit(&page, "/device", &[]).await;
        browser.submit(&question, "/device/decide", &[("decision", "allow")]).await.assert_page(StatusCode::OK);
        scene.site.advance(Duration::from_secs(6));
        let tokens = poll().await;
        assert_eq!(tokens.status, StatusCode::OK, "{}", tokens.body);
        // What the device gets says of what sign-in it is.
        let claims = flows::claims(tokens.json()["access_token"].as_str().unwrap());
        assert_eq!(claims["amr"], serde_json::json!(["pwd", "otp", "mfa"]));
    }

    async fn an_app_cannot_say_that_there_were_two(database) {
        let scene = Scene::start(database).await;
        let client = scene.site.client(|_| {}).await;
        flows::jonas(&scene.site).await;
        let mut browser = Browser::new(&scene.site);
        flows::sign_in(&mut browser, "jonas@lantern.example").await;
        // He has a password and a number: two are asked of him, and what he does not show is not told.
        let asked = flows::Request::new(&client, "openid").with("acr_values", ONE);
        let code = flows::code_unasked(&mut browser, &asked).await;
        let tokens = flows::redeem(&scene.site, &client, &code, &asked.verifier).await.json();
        let claims = flows::claims(tokens["id_token"].as_str().unwrap());
        assert_eq!((&claims["acr"], &claims["amr"]), (&serde_json::json!(ONE), &serde_json::json!(["pwd"])));
        // And a refresh makes it no stronger.
        let scope = flows::Request::new(&client, "openid offline_access").with("acr_values", ONE);
        let code = flows::code(&mut browser, &scope).await;
        let tokens = flows::redeem(&scene.site, &client, &code, &scope.verifier).await.json();
        let form = [("grant_type", "refresh_token"), ("refresh_token", tokens["refresh_token"].as_str().unwrap()), ("acr_values", TWO)];
        let refreshed = flows::as_client(&scene.site, "/oauth/token", &client, &form).await.json();
        assert_eq!(flows::claims(refreshed["access_token"].as_str().unwrap())["acr"], ONE);
    }
}
