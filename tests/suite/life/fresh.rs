//! Proving oneself again.

use std::time::Duration;

use keyhouse::store::accounts::Account;
use keyhouse::store::sessions::{self, Session};
use reqwest::StatusCode;

use crate::both;
use crate::harness::Site;
use crate::harness::browser::Browser;
use crate::harness::flows;

const AGAIN: &str = "/signin/again?continue=%2Faccount%2Fdevices";
const EMAIL: &str = "mina@lantern.example";

async fn only_session(site: &Site, account: &Account) -> Session {
    let (id, now) = (account.id, site.now());
    let mut all = site.app.store.read(move |connection| sessions::of_account(connection, id, now)).await.unwrap();
    assert_eq!(all.len(), 1);
    all.remove(0).0
}

both! {
    async fn a_password_renews_the_running_sign_in(database) {
        let site = Site::start(database).await;
        let account = flows::mina(&site).await;
        let mut browser = flows::minas_browser(&site).await;
        let before = only_session(&site, &account).await;
        site.advance(Duration::from_secs(3600));
        let page = browser.get(AGAIN).await;
        assert!(page.body.contains("Mina Farouk") && !page.body.contains(EMAIL));
        let wrong = browser.submit(&page, "/signin/password", &[("password", "wrong horse battery")]).await;
        wrong.assert_page(StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(only_session(&site, &account).await.authenticated_at, before.authenticated_at);
        let done = browser.submit(&page, "/signin/password", &[("password", flows::PASSWORD)]).await;
        assert_eq!(done.location().as_deref(), Some("/account/devices"));
        let after = only_session(&site, &account).await;
        assert_eq!(after.id, before.id);
        assert_eq!(after.authenticated_at, site.now());
    }

    async fn a_code_does_too_and_goes_to_the_accounts_own_address(database) {
        let site = Site::start(database).await;
        let account = flows::mina(&site).await;
        let mut browser = flows::minas_browser(&site).await;
        site.advance(Duration::from_secs(3600));
        let page = browser.get(AGAIN).await;
        let sent = browser.submit(&page, "/signin/code/send", &[("channel", "email")]).await;
        let page = browser.follow(sent).await;
        let code = site.code_to(EMAIL);
        let done = flows::enter(&mut browser, &page, &code).await;
        assert_eq!(done.location().as_deref(), Some("/account/devices"));
        assert_eq!(only_session(&site, &account).await.authenticated_at, site.now());
    }

    async fn nobody_signed_in_is_sent_to_sign_in_and_nowhere_else(database) {
        let site = Site::start(database).await;
        let mut browser = Browser::new(&site);
        let answer = browser.get("/signin/again?continue=%2F%2Fevil.example").await;
        assert_eq!(answer.location().as_deref(), Some("/signin?continue=%2Faccount"));
    }
}
