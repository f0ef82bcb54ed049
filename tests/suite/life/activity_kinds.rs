//! What happens is written down where it happens: each kind by doing what it tells of.

use std::time::Duration;

use keyhouse::clock::Timestamp;
use keyhouse::store::accounts::Account;
use keyhouse::store::events::{self, Event, EventDetails, EventKind};
use reqwest::StatusCode;

use super::activity::{PAGE, told};
use super::devices::EMAIL;
use crate::both;
use crate::harness::Site;
use crate::harness::browser::Browser;
use crate::harness::flows::{self, Request};

/// Everything that happened to an account, newest first.
pub async fn happened(site: &Site, account: &Account) -> Vec<Event> {
    site.app.beside.idle().await;
    let (id, from) = (account.id, (Timestamp::from_millis(i64::MAX), i64::MAX));
    site.app.store.read(move |connection| events::of_account(connection, id, from, 1000)).await.unwrap()
}

pub async fn kinds(site: &Site, account: &Account) -> Vec<EventKind> {
    happened(site, account).await.into_iter().map(|event| event.kind).collect()
}

async fn newest(site: &Site, account: &Account) -> (EventKind, EventDetails) {
    let event = happened(site, account).await.remove(0);
    (event.kind, event.details.get().cloned().unwrap_or_default())
}

async fn wrong_password(browser: &mut Browser, name: &str) -> StatusCode {
    let page = flows::begin(browser, name).await;
    flows::password(browser, &page, "not the password").await.status
}

both! {
    async fn an_account_begins_with_its_making(database) {
        let site = Site::start(database).await;
        let mut browser = Browser::new(&site);
        let page = flows::sign_up(&mut browser, EMAIL).await;
        let code = site.code_to(EMAIL);
        let next = flows::enter(&mut browser, &page, &code).await;
        let page = browser.follow(next).await;
        let done = browser.submit(&page, "/signup/details", &[("name", "Mina Farouk"), ("password", flows::PASSWORD)]).await;
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
        assert_eq!(told(&browser.get(PAGE).await), ["Signed in", "The account was made"]);
    }

    async fn what_a_person_changes_and_only_what_changes(database) {
        let site = Site::start(database).await;
        let mina = flows::mina(&site).await;
        let mut browser = flows::minas_browser(&site).await;
        let mut expected = vec![EventKind::SignedIn, EventKind::Created];
        for (path, changed, same, kind) in [
            ("/account/personal", vec![("nickname", "Mi")], vec![("nickname", "Mi")], EventKind::ProfileChanged),
            (
                "/account/settings",
                vec![("language", "en"), ("theme", "dark"), ("text_size", "large")],
                vec![("language", "en"), ("theme", "dark"), ("text_size", "large")],
                EventKind::SettingsChanged,
            ),
        ] {
            site.advance(Duration::from_secs(1));
            let page = browser.get(path).await;
            browser.submit(&page, path, &changed).await;
            let page = browser.get(path).await;
            browser.submit(&page, path, &same).await;
            expected.insert(0, kind);
            assert_eq!(kinds(&site, &mina).await, expected);
            let (_, details) = newest(&site, &mina).await;
            assert!(details.device_id.is_some() && details.network.as_deref() == Some("127.0.0.1"), "{details:?}");
        }
    }

    async fn apps_that_come_and_go(database) {
        let site = Site::start(database).await;
        let mina = flows::mina(&site).await;
        let asks = site.client(|client| (client.first_party, client.name) = (false, "Commons".to_owned())).await;
        let own = site.client(|client| client.name = "Lantern Notes".to_owned()).await;
        let mut browser = flows::minas_browser(&site).await;
        for (client, name) in [(&asks, "Commons"), (&own, "Lantern Notes")] {
            site.advance(Duration::from_secs(1));
            flows::tokens(&site, &mut browser, client, "openid").await;
            let (kind, details) = newest(&site, &mina).await;
            assert_eq!((kind, details.client_id.as_deref()), (EventKind::AppConnected, Some(client.id())));
            assert_eq!(details.subject.as_deref(), Some(name));
            // What was allowed before is no news.
            flows::tokens(&site, &mut browser, client, "openid").await;
        }
        assert_eq!(kinds(&site, &mina).await.iter().filter(|kind| **kind == EventKind::AppConnected).count(), 2);
        // More is.
        site.advance(Duration::from_secs(1));
        flows::tokens(&site, &mut browser, &asks, "openid email").await;
        assert_eq!(kinds(&site, &mina).await.iter().filter(|kind| **kind == EventKind::AppConnected).count(), 3);
        site.advance(Duration::from_secs(1));
        let question = browser.get(&format!("/account/apps/remove?client_id={}", asks.id())).await;
        for _ in 0..2 {
            browser.submit(&question, "/account/apps/remove", &[]).await;
        }
        assert_eq!(kinds(&site, &mina).await.iter().filter(|kind| **kind == EventKind::AppRemoved).count(), 1);
        assert_eq!(told(&browser.get(PAGE).await)[..2], ["Commons was disconnected", "Commons was connected"]);
        // The app may be gone; what happened stays readable.
        let id = asks.id().to_owned();
        site.app.store.write(move |c| keyhouse::store::clients::remove(c, &id)).await.unwrap();
        assert_eq!(told(&browser.get(PAGE).await)[0], "Commons was disconnected");
    }

    async fn a_denied_app_is_none(database) {
        let site = Site::start(database).await;
        let mina = flows::mina(&site).await;
        let client = site.client(|client| client.first_party = false).await;
        let mut browser = flows::minas_browser(&site).await;
        let page = browser.get(&Request::new(&client, "openid").path()).await;
        browser.submit(&page, "/oauth/authorize/", &[("decision", "deny")]).await.assert_error("access_denied");
        assert_eq!(kinds(&site, &mina).await, [EventKind::SignedIn, EventKind::Created]);
    }

    async fn sign_ins_that_end(database) {
        let site = Site::start(database).await;
        let mina = flows::mina(&site).await;
        let client = site.client(|_| {}).await;
        let mut browser = flows::minas_browser(&site).await;
        let home = browser.get("/account").await;
        site.advance(Duration::from_secs(1));
        browser.submit(&home, "/account/signout", &[]).await;
        let (kind, details) = newest(&site, &mina).await;
        assert_eq!(kind, EventKind::SignedOut);
        assert!(details.device_id.is_some() && details.user_agent.is_some(), "{details:?}");
        // At an app.
        flows::sign_in(&mut browser, EMAIL).await;
        let tokens = flows::tokens(&site, &mut browser, &client, "openid").await;
        site.advance(Duration::from_secs(1));
        browser.get(&format!("/oauth/logout?id_token_hint={}", tokens["id_token"].as_str().unwrap())).await;
        assert_eq!(newest(&site, &mina).await.0, EventKind::SignedOut);
        // All others at once are one event.
        for _ in 0..3 {
            flows::minas_browser(&site).await;
        }
        let mut here = flows::minas_browser(&site).await;
        site.advance(Duration::from_secs(1));
        let page = here.get("/account/devices").await;
        here.submit(&page, "/account/devices/end-others", &[]).await;
        assert_eq!(newest(&site, &mina).await.0, EventKind::SignedOutOthers);
        let signed_out = kinds(&site, &mina).await.into_iter().filter(|kind| *kind == EventKind::SignedOut).count();
        assert_eq!(signed_out, 2);
    }

    async fn whoever_is_not_let_in_is_told_of_once_an_hour_from_one_network(database) {
        let settings = [("KEYHOUSE_SERVER__TRUSTED_PROXIES", "127.0.0.1")];
        let site = Site::with(database, &settings).await;
        let mina = flows::mina(&site).await;
        let from = |address: &str| {
            let mut browser = Browser::new(&site);
            browser.headers.push(("X-Forwarded-For".to_owned(), address.to_owned()));
            browser
        };
        let refused = async || kinds(&site, &mina).await.into_iter().filter(|kind| *kind == EventKind::Refused).count();
        for _ in 0..3 {
            assert_eq!(wrong_password(&mut from("203.0.113.9"), EMAIL).await, StatusCode::UNPROCESSABLE_ENTITY);
        }
        assert_eq!(refused().await, 1);
        let (kind, details) = newest(&site, &mina).await;
        assert_eq!((kind, details.network.as_deref()), (EventKind::Refused, Some("203.0.113.9")));
        assert_eq!((details.method.as_deref(), details.device_id), (Some("pwd"), None));
        // One network of IPv6 is its /64; another is another.
        for (address, expected) in [("2001:db8:1:2::3", 2), ("2001:db8:1:2::4", 2), ("2001:db8:1:3::4", 3)] {
            wrong_password(&mut from(address), EMAIL).await;
            assert_eq!(refused().await, expected, "{address}");
        }
        site.advance(Duration::from_secs(3600));
        wrong_password(&mut from("203.0.113.9"), EMAIL).await;
        assert_eq!(refused().await, 4);
        // And so many a day from wherever.
        for network in 0..40 {
            wrong_password(&mut from(&format!("198.51.{network}.1")), EMAIL).await;
        }
        assert!(refused().await <= 24, "{}", refused().await);
    }

    async fn a_wrong_code_is_told_of_too_and_a_name_that_is_nobodys_is_not(database) {
        let site = Site::start(database).await;
        let mina = flows::mina(&site).await;
        let mut browser = Browser::new(&site);
        let page = flows::code_page(&mut browser, EMAIL).await;
        let wrong = flows::other_code(&site.code_to(EMAIL));
        flows::enter(&mut browser, &page, &wrong).await.assert_page(StatusCode::UNPROCESSABLE_ENTITY);
        let (kind, details) = newest(&site, &mina).await;
        assert_eq!((kind, details.method.as_deref()), (EventKind::Refused, Some("otp")));
        assert_eq!(wrong_password(&mut Browser::new(&site), "nobody@lantern.example").await, StatusCode::UNPROCESSABLE_ENTITY);
        site.app.beside.idle().await;
        let all = site.app.store.read(|c| events::of_account(c, 0, (Timestamp::from_millis(i64::MAX), i64::MAX), 10)).await;
        assert!(all.unwrap().is_empty());
        assert_eq!(kinds(&site, &mina).await, [EventKind::Refused, EventKind::Created]);
    }
}
