//! One address, many who prove it at the same moment: one account, and no fault for the others.

use futures_util::future::join_all;
use keyhouse::credentials::new_account::{self, NewAccount};
use keyhouse::store::addresses::AddressKind;

use super::tables::count;
use crate::both;
use crate::harness::Site;
use crate::harness::browser::{Answer, Browser};

const PHONE: &str = "+436605554417";

/// A browser at an address of its own that has proved the phone number and has the last page of sign-up before it.
async fn proved(site: &Site, address: usize) -> (Browser, Answer) {
    let mut browser = Browser::new(site);
    browser.headers.push(("X-Forwarded-For".to_owned(), format!("203.0.113.{address}")));
    let page = browser.get("/signup").await;
    let sent = browser.submit(&page, "/signup", &[("name", "Mina"), ("identifier", PHONE), ("terms", "yes")]).await;
    let page = browser.follow(sent).await;
    let right = browser.submit(&page, "/signin/code", &[("code", &site.code_to(PHONE))]).await;
    let page = browser.follow(right).await;
    assert!(page.form("/signup/details").is_some(), "{}", page.body);
    (browser, page)
}

both! {
    async fn one_of_many_gets_the_address(database) {
        let site = Site::start(database).await;
        let now = site.now();
        let tries = (0..12).map(|_| {
            let addresses = vec![(AddressKind::Phone, PHONE.to_owned())];
            let new = NewAccount { name: "Mina".to_owned(), addresses, password_hash: None, terms_version: None, language: None };
            let derived = site.app.derived.clone();
            site.app.store.write(move |c| new_account::create(c, &derived, &new, now))
        });
        let made = join_all(tries).await.into_iter().filter(|outcome| matches!(outcome, Ok(Ok(_)))).count();
        assert_eq!((made, count(&site.app.store, "accounts").await, count(&site.app.store, "addresses").await), (1, 1, 1));
    }

    async fn of_people_who_finish_at_the_same_moment_one_signs_up_and_the_others_sign_in(database) {
        let site = Site::with(database, &[("KEYHOUSE_SERVER__TRUSTED_PROXIES", "127.0.0.1")]).await;
        let mut ready = Vec::new();
        for address in 1..=6 {
            ready.push(proved(&site, address).await);
            site.advance(std::time::Duration::from_secs(61));
        }
        let answers = join_all(ready.iter_mut().map(|(browser, page)| browser.submit(page, "/signup/details", &[]))).await;
        let mut ways: Vec<String> = answers.iter().map(|answer| answer.location().unwrap_or_else(|| answer.body.clone())).collect();
        ways.sort();
        assert_eq!(ways.iter().filter(|way| way.starts_with("/signup/second")).count(), 1, "{ways:?}");
        assert!(ways.iter().all(|way| way.starts_with("/signup/second") || way.starts_with("/signin")), "{ways:?}");
        assert_eq!(count(&site.app.store, "accounts").await, 1);
    }
}
