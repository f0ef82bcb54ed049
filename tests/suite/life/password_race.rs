//! Passwords that change while something else happens at the same moment.

use futures_util::future::join_all;
use keyhouse::credentials::{guessing, new_password};
use keyhouse::store::addresses::{self, AddressKind};
use keyhouse::store::attempts::IdentifierKind;
use keyhouse::store::{passwords, throttles};
use reqwest::StatusCode;

use super::password_steps::{EMAIL, NEW, PHONE, account, link, sign_ins};
use crate::both;
use crate::harness::browser::Browser;
use crate::harness::flows;
use crate::harness::{Site, eventually};

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

    async fn a_password_that_was_right_when_it_was_read_opens_nothing_after_the_change(database) {
        let site = Site::start(database).await;
        let owner = flows::mina(&site).await;
        let (id, now) = (owner.id, site.now());
        let mut others = Vec::new();
        for _ in 0..6 {
            let mut other = Browser::new(&site);
            let page = flows::begin(&mut other, EMAIL).await;
            others.push((other, page));
        }
        let new = site.app.passwords.hash(NEW.to_owned().into()).await.unwrap();
        // The one thread that hashes has other work, so that each has read what the password was, and waits, when it changes.
        let busy = join_all((0..60).map(|_| site.app.passwords.hash(NEW.to_owned().into())));
        let trying = join_all(others.iter_mut().map(|(other, page)| flows::password(other, page, flows::PASSWORD)));
        let change = async {
            let bucket = guessing::bucket(IdentifierKind::Email, EMAIL);
            eventually("all are counted", async || {
                let bucket = bucket.clone();
                let read = site.app.store.read(move |connection| throttles::find(connection, &bucket, now)).await;
                read.unwrap().is_some_and(|(tries, _)| tries == 6)
            })
            .await;
            let write = site.app.store.write(move |connection| new_password::put(connection, &owner, new, None, now));
            write.await.unwrap();
        };
        let (_, answers, ()) = tokio::join!(busy, trying, change);
        assert!(answers.iter().all(|answer| !answer.status.is_server_error()), "{answers:?}");
        assert_eq!(sign_ins(&site, id).await, 0);
    }
}
