//! A sign-in on a device that is new to the account is told on every address, once, and is in the account's history.

use std::time::Duration;

use keyhouse::clock::Timestamp;
use keyhouse::store::events::{self, EventKind};

use super::devices::listed;
use crate::both;
use crate::harness::Site;
use crate::harness::browser::Browser;
use crate::harness::flows;

const EMAIL: &str = "mina@lantern.example";
const PHONE: &str = "+436605554417";

async fn kinds(site: &Site, account_id: i64) -> Vec<EventKind> {
    let from = (Timestamp::from_millis(i64::MAX), i64::MAX);
    let found = site.app.store.read(move |connection| events::of_account(connection, account_id, from, 100)).await;
    found.unwrap().into_iter().map(|event| event.kind).collect()
}

both! {
    async fn every_address_is_told_of_a_new_device_but_not_of_a_known_one(database) {
        let site = Site::start(database).await;
        let account = flows::mina(&site).await;
        let mut first = flows::minas_browser(&site).await;
        assert!(site.notices_to(EMAIL).await.is_empty(), "the first device of an account is no news");
        site.advance(Duration::from_secs(1));
        flows::sign_in_from(&mut first, "/signin?another=yes", EMAIL).await;
        assert!(site.notices_to(EMAIL).await.is_empty(), "a known device is no news");
        site.advance(Duration::from_secs(1));
        let mut other = Browser::new(&site);
        flows::sign_in(&mut other, EMAIL).await;
        for address in [EMAIL, PHONE] {
            let told = site.notices_to(address).await;
            assert_eq!(told.len(), 1, "{address}");
            assert!(told[0].text.contains(&format!("{}/account/devices", site.app.config.server.issuer)));
        }
        assert_eq!(
            kinds(&site, account.id).await,
            [EventKind::NewDevice, EventKind::SignedIn, EventKind::SignedIn, EventKind::Created]
        );
    }

    async fn a_notice_is_sent_once_however_many_nodes_send(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let node = site.node().await;
        flows::minas_browser(&site).await;
        site.advance(Duration::from_secs(1));
        flows::sign_in(&mut Browser::new(&site), EMAIL).await;
        let (one, other) = tokio::join!(site.notices_to(EMAIL), node.notices_to(EMAIL));
        assert_eq!(one.len() + other.len(), 1);
        site.advance(Duration::from_secs(3600));
        let (one, other) = tokio::join!(site.notices_to(EMAIL), node.notices_to(EMAIL));
        assert_eq!(one.len() + other.len(), 1);
    }

    async fn the_link_of_the_notice_leads_after_signing_in_to_ending_it(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let mut own = flows::minas_browser(&site).await;
        site.advance(Duration::from_secs(1));
        let mut stranger = Browser::new(&site);
        stranger.headers = vec![("User-Agent".to_owned(), "Mozilla/5.0 (Windows NT 10.0) Firefox/1".to_owned())];
        flows::sign_in(&mut stranger, EMAIL).await;
        let told = site.notices_to(EMAIL).await.remove(0).text;
        assert!(told.contains("Firefox on Windows") && told.contains("127.0.0.1"), "{told}");
        let link = told.split_whitespace().find(|word| word.starts_with(&site.base)).unwrap().to_owned();
        // It carries no secret, and does nothing by itself.
        assert_eq!(link, format!("{}/account/devices", site.base));
        let path = link.strip_prefix(&site.base).unwrap();
        let asked = Browser::new(&site).get(path).await;
        assert_eq!(asked.location().as_deref(), Some("/signin?continue=%2Faccount%2Fdevices"));
        assert!(flows::is_signed_in(&mut stranger).await);
        let mut anywhere = Browser::new(&site);
        let arrived = flows::sign_in_from(&mut anywhere, path, EMAIL).await;
        assert_eq!(arrived.location().as_deref(), Some(path));
        let page = anywhere.follow(arrived).await;
        let (url, _) = listed(&page).into_iter().find(|(_, name)| name == "Firefox on Windows").unwrap();
        let device = anywhere.get(&url).await;
        anywhere.submit(&device, "/account/devices/end", &[]).await;
        assert!(!flows::is_signed_in(&mut stranger).await);
        assert!(flows::is_signed_in(&mut own).await && flows::is_signed_in(&mut anywhere).await);
    }

    async fn a_device_is_new_by_its_cookie_whatever_it_calls_itself(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        flows::jonas(&site).await;
        let own = flows::minas_browser(&site).await;
        for (index, cookie) in [None, Some("A".repeat(43)), Some("A".repeat(43))].into_iter().enumerate() {
            site.advance(Duration::from_secs(1));
            // The same browser to look at, from the same address; with a device cookie that somebody made up.
            let mut alike = Browser::new(&site);
            alike.headers = own.headers.clone();
            if let Some(cookie) = cookie {
                alike.cookies.insert("keyhouse_device".to_owned(), cookie);
            }
            flows::sign_in(&mut alike, EMAIL).await;
            assert_eq!(site.notices_to(EMAIL).await.len(), index + 1);
        }
        // A browser that another account knows is new to this one.
        let mut shared = Browser::new(&site);
        flows::sign_in(&mut shared, "jonas@lantern.example").await;
        site.advance(Duration::from_secs(1));
        flows::sign_in_from(&mut shared, "/signin?another=yes", EMAIL).await;
        assert_eq!(site.notices_to(EMAIL).await.len(), 4);
    }
}
