//! The password of somebody who is signed in: set, changed, removed, and what must not be possible on the way.

use std::time::Duration;

use keyhouse::store::addresses::AddressKind;
use keyhouse::store::changes::ChangeKind;
use keyhouse::store::events::EventKind;
use reqwest::StatusCode;

use super::password_steps::{
    EMAIL, NEW, PHONE, account, add_change, kinds, link, opens, sign_in_by_code, sign_ins, waiting,
};
use crate::both;
use crate::device::Room;
use crate::harness::Site;
use crate::harness::browser::{Answer, Browser};
use crate::harness::flows;
use crate::harness::scene::Scene;

const PAGE: &str = "/account/security/password";
const REMOVE: &str = "/account/security/password/remove";

async fn save(browser: &mut Browser, password: &str) -> Answer {
    let page = browser.get(PAGE).await;
    page.assert_page(StatusCode::OK);
    browser.submit(&page, PAGE, &[("password", password)]).await
}

/// Posts as our own pages do, from a page that has no such form.
async fn post(browser: &mut Browser, path: &str, password: &str) -> Answer {
    let page = browser.get("/account/settings").await;
    let (_, fields) = page.form("/account/settings").unwrap();
    let csrf = &fields.iter().find(|(name, _)| name == "csrf").unwrap().1;
    browser.post(path, &[("csrf", csrf), ("password", password)]).await
}

both! {
    async fn a_first_password_is_set_by_any_fresh_proof(database) {
        let site = Site::start(database).await;
        let owner = account(&site, &[(AddressKind::Phone, PHONE), (AddressKind::Email, EMAIL)], false).await;
        let mut browser = Browser::new(&site);
        sign_in_by_code(&site, &mut browser, PHONE, "sms", PHONE).await;
        let before = browser.clone();
        site.advance(Duration::from_secs(1));
        let done = save(&mut browser, NEW).await;
        assert_eq!(done.location().as_deref(), Some("/account/security?note=password-set"), "{}", done.body);
        let page = browser.follow(done).await;
        assert!(page.body.contains("Your account has a password now"), "{}", page.body);
        assert_eq!(kinds(&site, owner.id).await.first(), Some(&EventKind::PasswordSet));
        assert!(opens(&site, EMAIL, NEW).await);
        for address in [EMAIL, PHONE] {
            assert!(site.notices_to(address).await.iter().any(|told| told.text.contains("A password was set")), "{address}");
        }
        // A copy of the old cookie is worth nothing.
        assert!(!flows::is_signed_in(&mut before.clone()).await);
        assert!(flows::is_signed_in(&mut browser).await);
    }

    async fn a_change_ends_everything_but_this_sign_in(database) {
        let mut scene = Scene::start(database).await;
        let own = scene.tokens().await;
        let mut thief = flows::minas_browser(&scene.site).await;
        let theirs = flows::tokens(&scene.site, &mut thief, &scene.client, "openid offline_access").await;
        let unspent = {
            let request = flows::Request::new(&scene.client, "openid");
            (flows::code(&mut thief, &request).await, request.verifier)
        };
        // What the thief began: an address of their own, and a change that waits.
        let page = thief.get("/account/security/add").await;
        let asked = thief.submit(&page, "/account/security/add", &[("identifier", "thief@lantern.example")]).await;
        let asked = thief.follow(asked).await;
        let code = scene.site.code_to("thief@lantern.example");
        add_change(&scene.site, scene.account.id, 1, ChangeKind::Replacement).await;
        add_change(&scene.site, scene.account.id, 2, ChangeKind::Recovery).await;
        add_change(&scene.site, scene.account.id, 3, ChangeKind::Undo).await;

        let done = save(&mut scene.browser, NEW).await;
        assert_eq!(done.location().as_deref(), Some("/account/security?note=password-changed"), "{}", done.body);
        assert!(flows::is_signed_in(&mut scene.browser).await);
        assert!(!flows::is_signed_in(&mut thief).await);
        let refresh = theirs["refresh_token"].as_str().unwrap();
        flows::refresh(&scene.site, &scene.client, refresh).await.refused(400, "invalid_grant");
        let access = theirs["access_token"].as_str().unwrap();
        assert_eq!(flows::userinfo(&scene.site, access).await.status, StatusCode::UNAUTHORIZED);
        flows::redeem(&scene.site, &scene.client, &unspent.0, &unspent.1).await.refused(400, "invalid_grant");
        scene.all_alive(&own).await;
        let left: Vec<_> = waiting(&scene.site, scene.account.id).await.iter().map(|change| change.kind).collect();
        assert_eq!(left, [ChangeKind::Undo]);
        // Also in the thief's hands once more, the attempt to add an address is over.
        let mut thief = thief.clone();
        let page = flows::begin(&mut thief, EMAIL).await;
        flows::password(&mut thief, &page, NEW).await;
        let entered = thief.submit(&asked, "/account/security/code/", &[("code", &code)]).await;
        assert_eq!(entered.status, StatusCode::GONE, "{}", entered.body);
        assert!(!opens(&scene.site, EMAIL, flows::PASSWORD).await && opens(&scene.site, EMAIL, NEW).await);
        assert_eq!(kinds(&scene.site, scene.account.id).await.iter().filter(|kind| **kind == EventKind::PasswordChanged).count(), 1);
        for address in [EMAIL, PHONE] {
            let told = scene.site.notices_to(address).await;
            assert!(told.iter().any(|told| told.text.contains("password of your account was changed")), "{address}");
        }
    }

    async fn it_needs_a_fresh_proof(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let mut browser = flows::minas_browser(&site).await;
        let page = browser.get(PAGE).await;
        site.advance(Duration::from_secs(601));
        for (path, answer) in [
            (PAGE, browser.get(PAGE).await),
            (REMOVE, browser.get(REMOVE).await),
            (PAGE, browser.submit(&page, PAGE, &[("password", NEW)]).await),
            (REMOVE, post(&mut browser, REMOVE, "").await),
        ] {
            let expected = format!("/signin/again?continue={}", path.replace('/', "%2F"));
            assert_eq!(answer.location(), Some(expected), "{path}");
        }
        assert!(opens(&site, EMAIL, flows::PASSWORD).await);
        let again = browser.get("/signin/again?continue=%2Faccount%2Fsecurity%2Fpassword").await;
        let proved = browser.submit(&again, "/signin/password", &[("password", flows::PASSWORD)]).await;
        assert_eq!(proved.location().as_deref(), Some(PAGE));
        save(&mut browser, NEW).await;
        assert!(opens(&site, EMAIL, NEW).await);
    }

    async fn a_text_message_alone_replaces_and_removes_no_password(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let mut browser = Browser::new(&site);
        sign_in_by_code(&site, &mut browser, PHONE, "sms", PHONE).await;
        for path in [PAGE, REMOVE] {
            let page = browser.get(path).await;
            page.assert_page(StatusCode::OK);
            assert!(page.body.contains("whoever steals a number") && page.form(PAGE).is_none(), "{}", page.body);
            let done = post(&mut browser, path, NEW).await;
            assert_eq!(done.location().as_deref(), Some(PAGE));
        }
        assert!(opens(&site, EMAIL, flows::PASSWORD).await);
        // The way to more proof leaves text messages out; that they are too little is decided here all the same.
        let page = browser.get(PAGE).await;
        let again = browser.get(&link(&page, "/signin/again")).await;
        assert!(!again.body.contains("value=\"sms\"") && again.body.contains("value=\"email\""), "{}", again.body);
        site.advance(Duration::from_secs(60));
        let sent = browser.submit(&again, "/signin/code/send", &[("channel", "sms")]).await;
        let asked = browser.follow(sent).await;
        flows::enter(&mut browser, &asked, &site.code_to(PHONE)).await;
        assert_eq!(post(&mut browser, PAGE, NEW).await.location().as_deref(), Some(PAGE));
        assert!(opens(&site, EMAIL, flows::PASSWORD).await);
        // A code by e-mail is enough.
        let again = browser.get(&link(&page, "/signin/again")).await;
        let sent = browser.submit(&again, "/signin/code/send", &[("channel", "email")]).await;
        let asked = browser.follow(sent).await;
        let proved = flows::enter(&mut browser, &asked, &site.code_to(EMAIL)).await;
        assert_eq!(proved.location().as_deref(), Some(PAGE));
        save(&mut browser, NEW).await;
        assert!(opens(&site, EMAIL, NEW).await);
    }

    async fn a_password_is_removed_but_never_as_the_last_way_in(database) {
        let site = Site::start(database).await;
        let owner = flows::mina(&site).await;
        let mut browser = flows::minas_browser(&site).await;
        flows::minas_browser(&site).await;
        let page = browser.get(PAGE).await;
        let page = browser.get(&link(&page, REMOVE)).await;
        assert!(page.body.contains("m•••@lantern.example") && !page.body.contains(EMAIL), "{}", page.body);
        let done = browser.submit(&page, REMOVE, &[]).await;
        assert_eq!(done.location().as_deref(), Some("/account/security?note=password-removed"));
        assert_eq!(sign_ins(&site, owner.id).await, 1);
        assert!(!opens(&site, EMAIL, flows::PASSWORD).await);
        assert_eq!(kinds(&site, owner.id).await.iter().filter(|kind| **kind == EventKind::PasswordRemoved).count(), 1);
        assert!(site.notices_to(PHONE).await.iter().any(|told| told.text.contains("no longer has a password")));
        // There is none to remove any more.
        assert_eq!(browser.get(REMOVE).await.location().as_deref(), Some(PAGE));
        assert_eq!(post(&mut browser, REMOVE, "").await.location().as_deref(), Some(PAGE));

        let alone = account(&site, &[], true).await;
        let mut browser = Browser::new(&site);
        flows::sign_in(&mut browser, &alone.account_number).await;
        assert!(!browser.get(PAGE).await.body.contains(REMOVE));
        assert!(browser.get(REMOVE).await.body.contains("Without the password you could not sign in"));
        post(&mut browser, REMOVE, "").await;
        assert!(opens(&site, &alone.account_number, flows::PASSWORD).await);
    }

    async fn nothing_changes_while_changes_are_stopped(database) {
        let site = Site::start(database).await;
        let owner = flows::mina(&site).await;
        let mut browser = flows::minas_browser(&site).await;
        let page = browser.get(PAGE).await;
        add_change(&site, owner.id, 1, ChangeKind::Freeze).await;
        for path in [PAGE, REMOVE] {
            assert!(browser.get(path).await.body.contains("nothing can be changed here"), "{path}");
            assert_eq!(post(&mut browser, path, NEW).await.location().as_deref(), Some(PAGE));
        }
        browser.submit(&page, PAGE, &[("password", NEW)]).await;
        assert!(opens(&site, EMAIL, flows::PASSWORD).await);
        assert_eq!(waiting(&site, owner.id).await.len(), 1);
        site.advance(Duration::from_secs(86_400));
        let mut browser = flows::minas_browser(&site).await;
        save(&mut browser, NEW).await;
        assert!(opens(&site, EMAIL, NEW).await);
    }

    async fn a_password_that_is_tried_first_is_refused(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let mut browser = flows::minas_browser(&site).await;
        let long = "x".repeat(257);
        for (password, said) in [
            ("", "Choose a password"),
            ("1234567", "too short"),
            (long.as_str(), "too long"),
            ("password", "Many people use"),
            ("mina farouk", "others know of you"),
            ("minafarouk1", "others know of you"),
            ("436605554417", "others know of you"),
            (EMAIL, "others know of you"),
        ] {
            let answer = save(&mut browser, password).await;
            answer.assert_page(StatusCode::UNPROCESSABLE_ENTITY);
            assert!(answer.body.contains(said), "{password}: {}", answer.body);
            assert!(password.is_empty() || !answer.body.contains(&format!("value=\"{password}\"")), "{password}");
        }
        assert!(opens(&site, EMAIL, flows::PASSWORD).await);
    }

    async fn whoever_is_not_signed_in_is_sent_to_sign_in(database) {
        let site = Site::start(database).await;
        let mut browser = Browser::new(&site);
        for path in [PAGE, REMOVE] {
            let expected = format!("/signin?continue={}", path.replace('/', "%2F"));
            assert_eq!(browser.get(path).await.location(), Some(expected));
        }
    }

    async fn a_change_ends_what_apps_were_left_with_by_sign_ins_that_are_over(database) {
        let mut scene = Scene::start(database).await;
        let mut other = flows::minas_browser(&scene.site).await;
        let tokens = flows::tokens(&scene.site, &mut other, &scene.client, "openid offline_access").await;
        let refresh = tokens["refresh_token"].as_str().unwrap();
        let home = other.get("/account").await;
        other.submit(&home, "/account/signout", &[]).await;
        assert!(scene.site.is_active(&scene.client, refresh).await, "a sign-out leaves it");
        save(&mut scene.browser, NEW).await;
        flows::refresh(&scene.site, &scene.client, refresh).await.refused(400, "invalid_grant");
    }

    async fn a_device_that_was_allowed_gets_nothing_after_a_change(database) {
        let mut room = Room::start(database).await;
        let asked = room.ask().await;
        room.decide(&asked, "allow").await.assert_page(StatusCode::OK);
        // In the very sign-in that allowed it, which goes on: whoever allowed a stranger's by mistake takes it back with that.
        save(&mut room.browser, NEW).await;
        assert!(flows::is_signed_in(&mut room.browser).await);
        room.poll(&asked).await.refused(400, "invalid_grant");
    }
}
