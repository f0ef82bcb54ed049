//! One gate: an account that is locked gets in by no path, and nothing that was begun before goes on.

use keyhouse::store::accounts::{self, AccountState};
use reqwest::StatusCode;

use super::devices::EMAIL;
use crate::both;
use crate::device::Room;
use crate::harness::Site;
use crate::harness::browser::Browser;
use crate::harness::flows::{self, Request};
use crate::harness::scene::Scene;

/// Locks and ends nothing: whatever holds now holds by the state of the account alone.
async fn lock(site: &Site) {
    let write = |c: &mut keyhouse::store::Connection| {
        let kind = keyhouse::store::addresses::AddressKind::Email;
        let account = keyhouse::store::addresses::owner(c, kind, EMAIL)?.unwrap();
        accounts::set_state(c, account.id, AccountState::Locked, Some("Ask the front desk."))
    };
    assert!(site.app.store.write(write).await.unwrap());
}

both! {
    async fn no_way_in_leads_in(database) {
        let mut scene = Scene::start(database).await;
        let site = &scene.site;
        let mut begun = Browser::new(site);
        let by_password = flows::begin(&mut begun, EMAIL).await;
        let mut texted = Browser::new(site);
        let by_code = flows::code_page(&mut texted, EMAIL).await;
        let code = site.code_to(EMAIL);
        lock(site).await;
        // By password, by code, under every name, begun before or after.
        let mut answers = vec![
            flows::password(&mut begun, &by_password, flows::PASSWORD).await,
            flows::enter(&mut texted, &by_code, &code).await,
        ];
        for name in [EMAIL, "+436605554417", scene.account.account_number.as_str()] {
            let mut browser = Browser::new(site);
            let page = flows::begin(&mut browser, name).await;
            answers.push(flows::password(&mut browser, &page, flows::PASSWORD).await);
        }
        for answer in answers {
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{}", answer.body);
            assert!(answer.body.contains("Ask the front desk.") && !answer.headers.contains_key("Set-Cookie"), "{}", answer.body);
        }
        // By a cookie that was good, on every page, and at an app that asks without a page.
        for path in ["/account", "/account/devices", "/account/activity", "/account/apps", "/account/settings"] {
            let answer = scene.browser.get(path).await;
            assert!(answer.location().unwrap().starts_with("/signin?continue="), "{path}");
        }
        let silent = Request::new(&scene.client, "openid").with("prompt", "none").path();
        scene.browser.get(&silent).await.assert_error("login_required");
        let asked = scene.browser.get(&Request::new(&scene.client, "openid").path()).await;
        assert!(asked.location().unwrap().starts_with("/signin?continue="));
        // By proving oneself again, and by choosing the account among those of the browser.
        for path in ["/signin/again?continue=%2Faccount", "/signin/accounts"] {
            assert!(scene.browser.get(path).await.location().unwrap().starts_with("/signin?continue="), "{path}");
        }
    }

    async fn nothing_that_apps_hold_goes_on(database) {
        let mut scene = Scene::start(database).await;
        let tokens = scene.tokens().await;
        let code = scene.code().await;
        lock(&scene.site).await;
        scene.redeem(&code).await.refused(400, "invalid_grant");
        scene.all_dead(&tokens).await;
    }

    async fn no_device_that_waits_is_let_in(database) {
        let mut room = Room::start(database).await;
        let (allowed, asked) = (room.ask().await, room.ask().await);
        room.decide(&allowed, "allow").await.assert_page(StatusCode::OK);
        let question = room.enter(&asked.user_code).await;
        lock(&room.site).await;
        room.poll(&allowed).await.refused(400, "access_denied");
        let answer = room.browser.submit(&question, "/device/decide", &[("decision", "allow")]).await;
        assert!(answer.location().unwrap().starts_with("/signin?continue="), "{}", answer.body);
        room.poll(&asked).await.refused(400, "authorization_pending");
    }

    async fn what_slipped_in_while_it_was_locked_does_not_come_alive_with_it(database) {
        let mut scene = Scene::start(database).await;
        let tokens = scene.tokens().await;
        // As a sign-in leaves it that was begun before the lock and written after it.
        lock(&scene.site).await;
        assert!(scene.site.command(&["account", "unlock", EMAIL]).await.is_done);
        assert!(!flows::is_signed_in(&mut scene.browser).await);
        scene.all_dead(&tokens).await;
        flows::sign_in(&mut scene.browser, EMAIL).await;
    }
}
