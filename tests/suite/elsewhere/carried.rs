//! What an approval is good for: what the sign-in that gave it had shown, as old as that, and no more.

use std::time::Duration;

use keyhouse::store::accounts::{self, AccountState};
use reqwest::StatusCode;
use serde_json::json;

use super::{EMAIL, PHONE, Scene, TAKE, approve, choose, link, look, number, take, wait};
use crate::both;
use crate::harness::browser::Browser;
use crate::harness::flows::{self, Request};
use crate::steps::{self, TWO, leads_to};

both! {
    async fn it_is_as_old_as_the_proof_on_the_phone(database) {
        let mut scene = Scene::start(database).await;
        let proved = scene.site.now();
        scene.site.advance(Duration::from_secs(500));
        let waiting = scene.wait().await;
        approve(&mut scene.phone, &waiting).await;
        take(&mut scene.browser, &waiting).await;
        let sessions = scene.sessions().await;
        assert!(sessions.len() == 2 && sessions.iter().all(|own| own.amr.as_str() == "pwd"), "{sessions:?}");
        assert!(sessions.iter().all(|own| own.authenticated_at == proved), "{sessions:?}");
        // So nothing that takes a fresh proof is open here longer than it is there.
        scene.browser.get("/account/security/password").await.assert_page(StatusCode::OK);
        scene.site.advance(Duration::from_secs(200));
        leads_to(&scene.browser.get("/account/security/password").await, "/signin/again");
    }

    async fn the_phone_proves_itself_again_where_that_is_long_ago(database) {
        let mut scene = Scene::start(database).await;
        scene.site.advance(Duration::from_secs(700));
        let waiting = scene.wait().await;
        let sent = scene.phone.get(&link(&waiting)).await;
        leads_to(&sent, "/signin/again?continue=");
        let page = scene.phone.follow(sent).await;
        let on = scene.phone.submit(&page, "/signin/password", &[("password", flows::PASSWORD)]).await;
        assert_eq!(on.location(), Some(link(&waiting)));
        approve(&mut scene.phone, &waiting).await.assert_page(StatusCode::OK);
        take(&mut scene.browser, &waiting).await;
        assert!(flows::is_signed_in(&mut scene.browser).await);
        // A question that was opened in time is answered by nobody who has not proved themselves since.
        let waiting = wait(&mut Browser::new(&scene.site), "/signin").await;
        let question = scene.phone.get(&link(&waiting)).await;
        scene.site.advance(Duration::from_secs(601));
        let late = choose(&mut scene.phone, &question, &number(&waiting)).await;
        leads_to(&late, "/signin/again?continue=");
    }

    async fn an_app_that_wants_a_new_proof_gets_one_from_the_phone(database) {
        let mut scene = Scene::start(database).await;
        let client = scene.site.client(|_| {}).await;
        scene.site.advance(Duration::from_secs(30));
        for (name, value) in [("prompt", "login"), ("max_age", "10")] {
            scene.site.advance(Duration::from_secs(1));
            let request = Request::new(&client, "openid").with(name, value);
            let mut browser = Browser::new(&scene.site);
            let waiting = wait(&mut browser, &request.path()).await;
            let sent = scene.phone.get(&link(&waiting)).await;
            leads_to(&sent, "/signin/again?continue=");
            let page = scene.phone.follow(sent).await;
            scene.phone.submit(&page, "/signin/password", &[("password", flows::PASSWORD)]).await;
            approve(&mut scene.phone, &waiting).await;
            let on = take(&mut browser, &waiting).await;
            let back = browser.follow(on).await;
            assert!(back.parameter("code").is_some(), "{name}: {:?} {}", back.location(), back.body);
        }
    }

    async fn one_factor_there_is_one_factor_here(database) {
        let mut scene = Scene::start(database).await;
        let client = scene.site.client(|_| {}).await;
        let request = Request::new(&client, "openid").with("acr_values", TWO);
        let waiting = wait(&mut scene.browser, &request.path()).await;
        approve(&mut scene.phone, &waiting).await;
        // The second is asked for where it is owed.
        let on = take(&mut scene.browser, &waiting).await;
        leads_to(&on, "/signin/second?attempt=");
        assert!(!flows::is_signed_in(&mut scene.browser).await);
        let page = scene.browser.follow(on).await;
        let sent = scene.browser.submit(&page, "/signin/code/send", &[("channel", "sms")]).await;
        let page = scene.browser.follow(sent).await;
        let done = flows::enter(&mut scene.browser, &page, &scene.site.code_to(PHONE)).await;
        let back = scene.browser.follow(done).await;
        let code = back.parameter("code").unwrap_or_else(|| panic!("{:?} {}", back.location(), back.body));
        let tokens = flows::redeem(&scene.site, &client, &code, &request.verifier).await.json();
        assert_eq!(flows::claims(tokens["id_token"].as_str().unwrap())["amr"], json!(["pwd", "otp", "sms", "mfa"]));
    }

    async fn two_factors_there_are_two_here_and_nothing_of_what_they_were(database) {
        let scene = steps::Scene::start(database).await;
        let client = scene.site.client(|_| {}).await;
        let (mut phone, page) = scene.half_way().await;
        scene.enter(&mut phone, &page, &scene.app.code(&scene.site)).await;
        let mut browser = Browser::new(&scene.site);
        let request = Request::new(&client, "openid").with("acr_values", TWO);
        let waiting = wait(&mut browser, &request.path()).await;
        approve(&mut phone, &waiting).await;
        let on = take(&mut browser, &waiting).await;
        let back = browser.follow(on).await;
        let code = back.parameter("code").unwrap_or_else(|| panic!("{:?} {}", back.location(), back.body));
        let tokens = flows::redeem(&scene.site, &client, &code, &request.verifier).await.json();
        let claims = flows::claims(tokens["id_token"].as_str().unwrap());
        assert_eq!((&claims["amr"], &claims["acr"]), (&json!(["mfa"]), &json!(TWO)));
    }

    async fn the_second_step_of_the_account_stands_before_the_question(database) {
        let scene = steps::Scene::start(database).await;
        // Switched off at sign-in: the phone has shown a password only.
        let mut owner = scene.browser.clone();
        let page = owner.get("/account/security/two-step/off").await;
        owner.submit(&page, "/account/security/two-step/off", &[]).await;
        let mut phone = Browser::new(&scene.site);
        flows::sign_in(&mut phone, EMAIL).await;
        let waiting = wait(&mut Browser::new(&scene.site), "/signin").await;
        leads_to(&phone.get(&link(&waiting)).await, "/signin/second?continue=");
    }

    async fn the_gate_says_no_to_an_account_that_was_locked_meanwhile(database) {
        let mut scene = Scene::start(database).await;
        let waiting = scene.wait().await;
        approve(&mut scene.phone, &waiting).await;
        let page = look(&mut scene.browser, &waiting).await;
        let id = scene.account.id;
        steps::change(&scene.site, move |connection| {
            accounts::set_state(connection, id, AccountState::Locked, Some("Somebody else uses it."))
        })
        .await;
        let refused = scene.browser.submit(&page, TAKE, &[]).await;
        refused.assert_page(StatusCode::FORBIDDEN);
        assert!(refused.body.contains("Somebody else uses it."), "{}", refused.body);
        assert!(!scene.browser.cookies.contains_key("keyhouse_session"));
    }
}
