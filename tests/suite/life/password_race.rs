//! Passwords that change while something else happens at the same moment.

use futures_util::future::join_all;
use keyhouse::store::addresses::{self, AddressKind};
use keyhouse::store::passwords;
use reqwest::StatusCode;

use super::password_steps::{EMAIL, NEW, PHONE, account, link, sign_ins};
use crate::both;
use crate::harness::Site;
use crate::harness::browser::Browser;
use crate::harness::flows;

const PAGE: &str = "/account/security/password";

both! {
    async fn no_sign_in_with_the_old_password_outlives_the_change(database) {
        let site = Site::start(database).await;
        let owner = flows::mina(&site).await;
        let mut browser = flows::minas_browser(&site).await;
        let page = browser.get(PAGE).await;
        let mut others = Vec::new();
        for _ in 0..6 {
            let mut other = Browser::new(&site);
            let page = flows::begin(&mut other, EMAIL).await;
            others.push((other, page));
        }
        // All are hashing when the change is written, or wait to.
        let trying = others.iter_mut().map(|(other, page)| flows::password(other, page, flows::PASSWORD));
        let (answers, done) = tokio::join!(join_all(trying), browser.submit(&page, PAGE, &[("password", NEW)]));
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
        assert!(answers.iter().all(|answer| !answer.status.is_server_error()), "{answers:?}");
        assert_eq!(sign_ins(&site, owner.id).await, 1, "only the one that changed it");
        assert!(flows::is_signed_in(&mut browser).await);
    }

    async fn of_the_last_two_ways_in_one_stays(database) {
        let site = Site::start(database).await;
        let owner = account(&site, &[(AddressKind::Phone, PHONE)], true).await;
        let mut browser = Browser::new(&site);
        flows::sign_in(&mut browser, PHONE).await;
        let list = browser.get("/account/security").await;
        let of_address = browser.get(&link(&list, "/account/security/remove/")).await;
        let of_password = browser.get("/account/security/password/remove").await;
        let mut other = browser.clone();
        let (one, two) = tokio::join!(
            browser.submit(&of_address, "/account/security/remove/", &[]),
            other.submit(&of_password, "/account/security/password/remove", &[])
        );
        assert!(!one.status.is_server_error() && !two.status.is_server_error(), "{} {}", one.status, two.status);
        let read = site.app.store.read(move |connection| {
            let owned = addresses::of_account(connection, owner.id)?.len();
            Ok(owned + usize::from(passwords::changed_at(connection, owner.id)?.is_some()))
        });
        assert_eq!(read.await.unwrap(), 1);
    }
}
