//! A passkey is offered after a sign-in by password or code, where the device could make one: once in a while.

use std::time::Duration;

use reqwest::StatusCode;

use super::authenticator::Authenticator;
use super::{ADD, EMAIL, add, making, options, send, sign_in, site};
use crate::both;
use crate::harness::Site;
use crate::harness::browser::{Answer, Browser};
use crate::harness::flows::{self, Request};

const OFFER: &str = "/account/security/passkeys/offer?continue=%2Faccount";

/// Signs in with a password, in a browser whose script found that the device could make a passkey.
async fn by_password(browser: &mut Browser, from: &str) -> Answer {
    let page = browser.get(from).await;
    let page = browser.follow(page).await;
    let next = browser.submit(&page, "/signin", &[("identifier", EMAIL)]).await;
    let page = browser.follow(next).await;
    browser.submit(&page, "/signin/password", &[("password", flows::PASSWORD), ("passkeys", "yes")]).await
}

const FIRST: &str = "/signin?another=yes";

both! {
    async fn once_a_month_on_a_device(database) {
        let site = site(database).await;
        flows::mina(&site).await;
        let mut browser = Browser::new(&site);
        assert_eq!(by_password(&mut browser, FIRST).await.location().as_deref(), Some(OFFER));
        let page = browser.get(OFFER).await;
        page.assert_page(StatusCode::OK);
        assert!(page.body.contains("href=\"/account\">Not now"), "{}", page.body);
        assert_eq!(by_password(&mut browser, FIRST).await.location().as_deref(), Some("/account"));
        site.advance(Duration::from_secs(29 * 86_400));
        assert_eq!(by_password(&mut browser, FIRST).await.location().as_deref(), Some("/account"));
        // On another device it is another question.
        assert_eq!(by_password(&mut Browser::new(&site), FIRST).await.location().as_deref(), Some(OFFER));
        site.advance(Duration::from_secs(86_400));
        assert_eq!(by_password(&mut browser, FIRST).await.location().as_deref(), Some(OFFER));
    }

    async fn after_a_code_too_but_only_where_the_device_could(database) {
        let site = site(database).await;
        flows::mina(&site).await;
        let mut browser = Browser::new(&site);
        flows::sign_in(&mut browser, EMAIL).await;
        let mut browser = Browser::new(&site);
        let page = flows::code_page(&mut browser, EMAIL).await;
        let code = site.code_to(EMAIL);
        let done = browser.submit(&page, "/signin/code", &[("code", &code), ("passkeys", "yes")]).await;
        assert_eq!(done.location().as_deref(), Some(OFFER));
    }

    async fn what_is_made_of_it_leads_on_to_the_app(database) {
        let site = site(database).await;
        flows::mina(&site).await;
        let client = site.client(|_| {}).await;
        let mut browser = Browser::new(&site);
        let done = by_password(&mut browser, &Request::new(&client, "openid").path()).await;
        let page = browser.follow(done).await;
        assert!(page.body.contains("Lantern Notes"), "{}", page.body);
        assert!(page.header("Content-Security-Policy").contains("form-action 'self' http://127.0.0.1:9;"));
        let options = options(&mut browser, &page, ADD).await;
        let mut passkey = Authenticator::synced();
        let made = send(&mut browser, &page, ADD, &passkey.make(&options)).await;
        assert!(made.location().unwrap().starts_with("/oauth/authorize/"), "{:?}", made.location());
        assert!(browser.follow(made).await.parameter("code").is_some());
        assert_eq!(sign_in(&mut Browser::new(&site), &mut passkey).await.status, StatusCode::SEE_OTHER);
    }

    async fn not_where_there_is_one_or_none_can_be(database) {
        let site = site(database).await;
        let account = flows::mina(&site).await;
        let mut browser = flows::minas_browser(&site).await;
        let mut passkey = Authenticator::synced();
        add(&mut browser, &mut passkey).await;
        assert_eq!(by_password(&mut browser, FIRST).await.location().as_deref(), Some("/account"));
        // Where a passkey of another device was used, this one has one too.
        let mut other = Browser::new(&site);
        sign_in(&mut other, &mut passkey).await;
        assert_eq!(by_password(&mut other, FIRST).await.location().as_deref(), Some("/account"));
        making::freeze(&site, &account).await;
        assert_eq!(by_password(&mut Browser::new(&site), FIRST).await.location().as_deref(), Some("/account"));
    }

    async fn it_leads_nowhere_else_and_needs_a_fresh_sign_in(database) {
        let site = site(database).await;
        flows::mina(&site).await;
        let offer = |to: &str| format!("/account/security/passkeys/offer?continue={to}");
        let mut stranger = Browser::new(&site);
        assert_eq!(stranger.get(&offer("%2Faccount%2Fdevices")).await.location().as_deref(), Some("/account/devices"));
        assert_eq!(stranger.get(&offer("https%3A%2F%2Fevil.example")).await.location().as_deref(), Some("/account"));
        let mut browser = flows::minas_browser(&site).await;
        let page = browser.get(&offer("%2F%2Fevil.example")).await;
        assert!(page.body.contains("href=\"/account\">Not now"), "{}", page.body);
        let options = options(&mut browser, &page, ADD).await;
        let fields = [("credential", Authenticator::synced().make(&options)), ("continue", "//evil.example".to_owned())];
        let fields = fields.each_ref().map(|(name, value)| (*name, value.as_str()));
        assert_eq!(browser.submit(&page, ADD, &fields).await.location().as_deref(), Some("/account"));
        site.advance(Duration::from_secs(601));
        assert_eq!(browser.get(&offer("%2Faccount%2Fdevices")).await.location().as_deref(), Some("/account/devices"));
    }

    async fn not_on_a_server_without_a_domain(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        assert_eq!(by_password(&mut Browser::new(&site), FIRST).await.location().as_deref(), Some("/account"));
        let mut browser = flows::minas_browser(&site).await;
        assert_eq!(browser.get(OFFER).await.location().as_deref(), Some("/account"));
    }
}
