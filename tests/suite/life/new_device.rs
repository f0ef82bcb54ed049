//! A sign-in on a device that is new to the account is told on every address, once, and is in the account's history.

use std::time::Duration;

use keyhouse::clock::Timestamp;
use keyhouse::store::events::{self, EventKind};

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
        assert_eq!(kinds(&site, account.id).await, [EventKind::NewDevice, EventKind::SignedIn, EventKind::SignedIn]);
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
}
