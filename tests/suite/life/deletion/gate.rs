//! One gate on every path: while an account is closed, nothing that was open before leads in, and nothing new is opened.

use std::time::Duration;

use keyhouse::store::accounts::{self, AccountState};
use keyhouse::store::addresses::{self, AddressKind};
use reqwest::StatusCode;

use super::{EMAIL, account, delete};
use crate::both;
use crate::device::Room;
use crate::harness::browser::Browser;
use crate::harness::flows::{self, Request};
use crate::harness::scene::Scene;

both! {
    async fn what_was_open_leads_nowhere(database) {
        let mut scene = Scene::start(database).await;
        let tokens = scene.tokens().await;
        let code = scene.code().await;
        let mut waits = flows::minas_browser(&scene.site).await;
        let asked = scene.site.client(|client| client.first_party = false).await;
        let consent = waits.get(&Request::new(&asked, "openid").path()).await;
        assert!(consent.form("/oauth/authorize/").is_some(), "a question that waits: {}", consent.body);
        let again = waits.get("/signin/again?continue=%2Faccount").await;
        let settings = waits.get("/account/settings").await;
        delete(&mut scene.browser, &scene.account).await.assert_page(StatusCode::OK);

        scene.all_dead(&tokens).await;
        scene.redeem(&code).await.refused(400, "invalid_grant");
        let answer = waits.submit(&consent, "/oauth/authorize/", &[("decision", "allow")]).await;
        assert!(answer.parameter("code").is_none(), "{:?}", answer.location());
        let silent = Request::new(&scene.client, "openid").with("prompt", "none");
        assert_eq!(waits.get(&silent.path()).await.parameter("error").as_deref(), Some("login_required"));
        let saved = waits.submit(&settings, "/account/settings", &[("language", "en"), ("theme", "dark")]).await;
        assert!(saved.location().unwrap().starts_with("/signin?"), "{:?}", saved.location());
        for path in ["/account", "/account/data", "/account/devices", "/account/apps", "/device"] {
            let answer = waits.get(path).await;
            assert_ne!(answer.status, StatusCode::OK, "{path}");
        }
        // A proof that was being given was to add to a sign-in that is over: it renews nothing.
        let proved = waits.submit(&again, "/signin/password", &[("password", flows::PASSWORD)]).await;
        assert_eq!(proved.status, StatusCode::GONE, "{:?}", proved.location());
        assert!(!flows::is_signed_in(&mut waits).await);
        assert_eq!(account(&scene.site, scene.account.id).await.unwrap().state, AccountState::Closing);
    }

    async fn a_device_that_was_allowed_gets_nothing(database) {
        let mut room = Room::start(database).await;
        let (before, after) = (room.ask().await, room.ask().await);
        for asked in [&before, &after] {
            room.decide(asked, "allow").await.assert_page(StatusCode::OK);
        }
        // By its state alone, were the row to outlive the sign-in.
        let owner = |c: &mut keyhouse::store::Connection| addresses::owner(c, AddressKind::Email, EMAIL);
        let mina = room.site.app.store.read(owner).await.unwrap().unwrap();
        let id = mina.id;
        let state = |state| move |c: &mut keyhouse::store::Connection| accounts::set_state(c, id, state, None);
        room.site.app.store.write(state(AccountState::Closing)).await.unwrap();
        room.poll(&before).await.refused(400, "access_denied");
        room.site.app.store.write(state(AccountState::Active)).await.unwrap();
        room.site.advance(Duration::from_secs(10));
        delete(&mut room.browser, &mina).await.assert_page(StatusCode::OK);
        room.poll(&after).await.refused(400, "invalid_grant");
    }

    async fn another_account_in_the_same_browser_stays_signed_in(database) {
        let mut scene = Scene::start(database).await;
        flows::jonas(&scene.site).await;
        flows::sign_in_from(&mut scene.browser, "/signin?another=yes", "jonas@lantern.example").await;
        let mut other = Browser::new(&scene.site);
        flows::sign_in(&mut other, EMAIL).await;
        delete(&mut other, &scene.account).await.assert_page(StatusCode::OK);
        let home = scene.browser.get("/account").await;
        assert!(home.body.contains("Jonas Weber"), "{}", home.body);
        let list = scene.browser.get("/signin/accounts").await;
        assert!(!list.body.contains("Mina Farouk"));
    }
}
