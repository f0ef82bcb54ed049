//! Phone numbers and e-mail addresses: proved by code before anything is told of them, never the last way in, told on every
//! address; every other sign-in ends.

use std::time::Duration;

use futures_util::future::join;
use keyhouse::store::addresses::AddressKind;
use keyhouse::store::events::EventKind;
use reqwest::StatusCode;

use super::steps::*;
use crate::both;
use crate::harness::Site;
use crate::harness::browser::Browser;
use crate::harness::flows::{self, Request};
use crate::harness::scene::{Scene, Tokens};

/// An account with nothing but a phone number, as sign-up makes it; its browser has just proved that.
async fn phone_only(site: &Site) -> Browser {
    let mut browser = Browser::new(site);
    let page = flows::sign_up(&mut browser, NEW_PHONE).await;
    let right = flows::enter(&mut browser, &page, &site.code_to(NEW_PHONE)).await;
    let page = browser.follow(right).await;
    let done = browser.submit(&page, "/signup/details", &[]).await;
    assert_eq!(done.location().as_deref(), Some("/signup/second?continue=%2Faccount"));
    browser
}

both! {
    async fn a_new_address_is_proved_and_told_and_ends_everything_else(database) {
        let mut scene = Scene::start(database).await;
        let (site, client, account) = (&scene.site, scene.client.clone(), scene.account.clone());
        site.advance(Duration::from_secs(60));
        let mut other = flows::minas_browser(site).await;
        let request = Request::new(&client, "openid offline_access");
        let code = flows::code(&mut other, &request).await;
        let others = Tokens::of(&flows::redeem(site, &client, &code, &request.verifier).await);
        let own = scene.tokens().await;
        let site = &scene.site;

        let page = begin_to_add(&mut scene.browser, NEW_EMAIL).await;
        assert_eq!(owner(site, AddressKind::Email, NEW_EMAIL).await, None, "nothing is added before it is proved");
        let wrong = scene.browser.submit(&page, "/account/security/code/", &[("code", &flows::other_code(&site.code_to(NEW_EMAIL)))]).await;
        wrong.assert_page(StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(owner(site, AddressKind::Email, NEW_EMAIL).await, None);
        assert_note(&enter_code(site, &mut scene.browser, &page, NEW_EMAIL).await, "added");

        assert_eq!(owner(site, AddressKind::Email, NEW_EMAIL).await, Some(account.id));
        assert!(history(site, &account).await.contains(&EventKind::AddressAdded));
        for address in [EMAIL, PHONE, NEW_EMAIL] {
            assert!(says(site, address, "m•••@harbour.example").await, "{address}: {:?}", told(site, address).await);
        }
        assert!(flows::is_signed_in(&mut scene.browser).await);
        assert!(!flows::is_signed_in(&mut other).await);
        scene.all_dead(&others).await;
        scene.all_alive(&own).await;
        // The code is used up.
        let again = enter_code(&scene.site, &mut scene.browser, &page, NEW_EMAIL).await;
        assert_eq!(again.status, StatusCode::GONE);
    }

    async fn that_an_address_is_taken_is_told_to_whoever_proved_it_only(database) {
        let site = Site::start(database).await;
        let (mina, jonas) = (mina(&site).await, flows::jonas(&site).await);
        let mut browser = flows::minas_browser(&site).await;
        let mut pages = Vec::new();
        for address in ["jonas@lantern.example", "nobody@lantern.example"] {
            let page = begin_to_add(&mut browser, address).await;
            page.assert_page(StatusCode::OK);
            let (target, _) = page.form("/account/security/code/").unwrap();
            let id = target.rsplit('/').next().unwrap();
            pages.push(page.body.replace(address, "ADDRESS").replace(id, "ID"));
        }
        assert_eq!(pages[0], pages[1], "known and unknown look the same");
        site.advance(Duration::from_secs(60));
        assert_note(&add(&site, &mut browser, "jonas@lantern.example").await, "taken");
        assert!(browser.get("/account/security?note=taken").await.body.contains("belongs to another account"));
        assert_eq!(owner(&site, AddressKind::Email, "jonas@lantern.example").await, Some(jonas.id));
        assert_eq!(values(&site, &mina).await, [PHONE, EMAIL]);
        // Its own address is nobody else's business.
        assert_note(&add(&site, &mut browser, EMAIL).await, "own");
    }

    async fn of_two_accounts_that_prove_one_address_one_gets_it(database) {
        let site = Site::start(database).await;
        mina(&site).await;
        flows::jonas(&site).await;
        let (mut one, mut other) = (flows::minas_browser(&site).await, Browser::new(&site));
        flows::sign_in(&mut other, "jonas@lantern.example").await;
        for round in 0..5 {
            let address = format!("wanted{round}@lantern.example");
            let first = begin_to_add(&mut one, &address).await;
            let code = site.code_to(&address);
            site.advance(Duration::from_secs(61));
            let second = begin_to_add(&mut other, &address).await;
            let other_code = site.code_to(&address);
            let (a, b) = join(
                one.submit(&first, "/account/security/code/", &[("code", &code)]),
                other.submit(&second, "/account/security/code/", &[("code", &other_code)]),
            ).await;
            let mut notes = [a.location().unwrap_or(a.body), b.location().unwrap_or(b.body)];
            notes.sort();
            assert_eq!(notes, ["/account/security?note=added", "/account/security?note=taken"], "round {round}");
        }
    }

    async fn the_last_way_in_cannot_go(database) {
        let site = Site::start(database).await;
        let mut browser = phone_only(&site).await;
        let account = owner(&site, AddressKind::Phone, NEW_PHONE).await.unwrap();
        let path = format!("/account/security/remove/{}", key(&mut browser, NEW_PHONE).await);
        let page = browser.get(&path).await;
        assert!(page.body.contains("last way in") && page.form(&path).is_none(), "{}", page.body);
        let (_, form) = browser.get("/account/security/add").await.form("/account/security/add").unwrap();
        let csrf = form.iter().find(|(name, _)| name == "csrf").unwrap().1.clone();
        assert_note(&browser.post(&path, &[("csrf", &csrf)]).await, "last");
        assert_eq!(owner(&site, AddressKind::Phone, NEW_PHONE).await, Some(account));
    }

    async fn of_the_last_two_ways_in_one_stays_whoever_is_first(database) {
        let site = Site::start(database).await;
        let mut browser = phone_only(&site).await;
        let id = owner(&site, AddressKind::Phone, NEW_PHONE).await.unwrap();
        for round in 0..5 {
            site.advance(Duration::from_secs(61));
            let missing = match owner(&site, AddressKind::Email, NEW_EMAIL).await {
                None => NEW_EMAIL,
                Some(_) => NEW_PHONE,
            };
            assert_note(&add(&site, &mut browser, missing).await, "added");
            // Each is removed by who holds it, in a browser of its own, once all are settled.
            site.advance(HOURS_72);
            let (mut by_phone, mut by_mail) = (by_code(&site, NEW_PHONE).await, by_code(&site, NEW_EMAIL).await);
            let phone = format!("/account/security/remove/{}", key(&mut by_phone, NEW_PHONE).await);
            let mail = format!("/account/security/remove/{}", key(&mut by_mail, NEW_EMAIL).await);
            let (first, second) = (by_phone.get(&phone).await, by_mail.get(&mail).await);
            let (a, b) = join(by_phone.submit(&first, &phone, &[]), by_mail.submit(&second, &mail, &[])).await;
            assert!(!a.status.is_server_error() && !b.status.is_server_error(), "round {round}: {} {}", a.body, b.body);
            let left = site.app.store.read(move |connection| keyhouse::store::addresses::of_account(connection, id)).await.unwrap();
            assert_eq!(left.len(), 1, "round {round}");
            assert!(left[0].is_main);
            browser = by_code(&site, &left[0].value).await;
        }
    }

    async fn a_removed_address_lets_nobody_in_and_is_told(database) {
        let site = Site::start(database).await;
        let account = mina(&site).await;
        let mut browser = flows::minas_browser(&site).await;
        let mut other = flows::minas_browser(&site).await;
        assert_note(&remove(&mut browser, PHONE).await, "removed");
        assert_eq!(values(&site, &account).await, [EMAIL]);
        assert!(!flows::is_signed_in(&mut other).await && flows::is_signed_in(&mut browser).await);
        assert!(says(&site, EMAIL, "+43 ••• ••• 4417").await);
        assert!(says(&site, PHONE, "/account/changes/").await);
        assert!(history(&site, &account).await.contains(&EventKind::AddressRemoved));
        // Whoever proves it now makes an account of their own.
        let mut stranger = Browser::new(&site);
        let page = flows::code_page(&mut stranger, PHONE).await;
        let right = flows::enter(&mut stranger, &page, &site.code_to(PHONE)).await;
        assert!(right.location().unwrap().starts_with("/signup/details"), "{}", right.body);
    }

    async fn the_main_address_is_chosen_and_takes_the_codes(database) {
        let site = Site::start(database).await;
        let account = mina(&site).await;
        let mut browser = flows::minas_browser(&site).await;
        add(&site, &mut browser, NEW_EMAIL).await;
        let main = |all: &[keyhouse::store::addresses::Address]| {
            all.iter().filter(|own| own.is_main).map(|own| own.value.clone()).collect::<Vec<_>>()
        };
        assert_eq!(main(&owned(&site, &account).await), [PHONE, EMAIL]);
        let page = browser.get(SECURITY).await;
        assert_note(&browser.submit(&page, "/account/security/main", &[]).await, "main");
        assert_eq!(main(&owned(&site, &account).await), [PHONE, NEW_EMAIL]);
        flows::code_page(&mut Browser::new(&site), &account.account_number).await;
        assert_eq!(site.messages()[0].to, NEW_EMAIL);
        // The main one goes: another of its kind follows.
        site.advance(Duration::from_secs(60));
        assert_note(&remove(&mut browser, NEW_EMAIL).await, "removed");
        assert_eq!(main(&owned(&site, &account).await), [PHONE, EMAIL]);
    }

    async fn an_account_has_ten_addresses_at_most(database) {
        let site = Site::with(database, &[("KEYHOUSE_LIMITS__SENDS_PER_ADDRESS_PER_HOUR", "100")]).await;
        let account = mina(&site).await;
        let mut browser = flows::minas_browser(&site).await;
        for number in 0..8 {
            assert_note(&add(&site, &mut browser, &format!("mina{number}@lantern.example")).await, "added");
        }
        assert_note(&add(&site, &mut browser, "mina9@lantern.example").await, "full");
        assert_eq!(values(&site, &account).await.len(), 10);
    }

    async fn of_two_addresses_for_the_last_place_one_gets_it(database) {
        let site = Site::with(database, &[("KEYHOUSE_LIMITS__SENDS_PER_ADDRESS_PER_HOUR", "100")]).await;
        let account = mina(&site).await;
        let mut browser = flows::minas_browser(&site).await;
        for number in 0..7 {
            assert_note(&add(&site, &mut browser, &format!("mina{number}@lantern.example")).await, "added");
        }
        let (one, other) = ("one@lantern.example", "other@lantern.example");
        let (first, second) = (begin_to_add(&mut browser, one).await, begin_to_add(&mut browser, other).await);
        assert_note(&enter_code(&site, &mut browser, &first, one).await, "added");
        assert_note(&enter_code(&site, &mut browser, &second, other).await, "full");
        assert_eq!(values(&site, &account).await.len(), 10);
        assert_eq!(owner(&site, AddressKind::Email, other).await, None);
    }

    async fn a_second_address_is_asked_for_at_sign_up_and_may_be_passed_over(database) {
        let site = Site::start(database).await;
        let mut browser = phone_only(&site).await;
        let page = browser.get("/signup/second?continue=%2Faccount%2Fdevices").await;
        assert!(page.body.contains("nobody can bring the account back"), "{}", page.body);
        assert!(page.body.contains(r#"href="/account/devices""#));
        let evil = browser.get("/signup/second?continue=https%3A%2F%2Fevil.example").await;
        assert!(!evil.body.contains(r#"href="https://evil"#) && evil.body.contains(r#"href="/account">Not now"#));
        let wrong = browser.submit(&page, "/signup/second", &[("identifier", "mina")]).await;
        wrong.assert_page(StatusCode::UNPROCESSABLE_ENTITY);
        let sent = browser.submit(&page, "/signup/second", &[("identifier", NEW_EMAIL)]).await;
        let page = browser.follow(sent).await;
        let done = enter_code(&site, &mut browser, &page, NEW_EMAIL).await;
        assert_eq!(done.location().as_deref(), Some("/account/devices"));
        assert_eq!(owner(&site, AddressKind::Email, NEW_EMAIL).await, owner(&site, AddressKind::Phone, NEW_PHONE).await);
    }

    async fn home_asks_for_a_second_address_first(database) {
        let site = Site::start(database).await;
        let mut browser = phone_only(&site).await;
        let home = browser.get("/account").await;
        assert!(home.body.contains(r#"href="/account/security/add""#) && home.body.contains("nobody can bring the account back"));
        add(&site, &mut browser, NEW_EMAIL).await;
        let home = browser.get("/account").await;
        assert!(home.body.contains(r#"href="/account/security/two-step""#), "{}", home.body);
        assert!(!home.body.contains("nobody can bring the account back"));
    }
}
