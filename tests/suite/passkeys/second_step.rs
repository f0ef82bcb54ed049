//! A passkey as the second step of a sign-in that began with a password.

use std::time::Duration;

use reqwest::StatusCode;
use serde_json::json;

use super::authenticator::Authenticator;
use super::{COULD_NOT, EMAIL, added, ask, assert_refused, options, send, site};
use crate::both;
use crate::harness::browser::{Answer, Browser};
use crate::harness::flows::{self, Request};
use crate::harness::{RegisteredClient, Site};

const PASSKEY: &str = "/signin/passkey";

/// Mina in a new browser, after her password, for an app that wants two factors: what the app asked, and the page that asks on.
async fn half_way(site: &Site, client: &RegisteredClient) -> (Browser, Request, Answer) {
    let request = Request::new(client, "openid").with("acr_values", "urn:keyhouse:acr:2");
    let mut browser = Browser::new(site);
    let half = flows::sign_in_from(&mut browser, &request.path(), EMAIL).await;
    assert!(half.location().unwrap().starts_with("/signin/second?attempt="), "{:?}", half.location());
    assert!(!flows::is_signed_in(&mut browser).await);
    let page = browser.follow(half).await;
    (browser, request, page)
}

both! {
    async fn after_a_password_it_makes_two_factors(database) {
        let site = site(database).await;
        flows::mina(&site).await;
        let mut passkey = added(&site, EMAIL, Authenticator::hardware()).await;
        let client = site.client(|_| {}).await;
        let (mut browser, request, page) = half_way(&site, &client).await;
        let options = options(&mut browser, &page, PASSKEY).await;
        assert_eq!(options["publicKey"]["allowCredentials"].as_array().unwrap().len(), 1, "her own, by name");
        let done = send(&mut browser, &page, PASSKEY, &passkey.prove(&options)).await;
        let back = browser.follow(done).await;
        let code = back.parameter("code").unwrap_or_else(|| panic!("{:?} {}", back.location(), back.body));
        let answer = flows::redeem(&site, &client, &code, &request.verifier).await.json();
        let claims = flows::claims(answer["id_token"].as_str().unwrap());
        assert_eq!(claims["amr"], json!(["pwd", "hwk", "user", "mfa"]));
        assert_eq!(claims["acr"], "urn:keyhouse:acr:2");
    }

    async fn another_persons_passkey_is_none(database) {
        let site = site(database).await;
        flows::mina(&site).await;
        flows::jonas(&site).await;
        added(&site, EMAIL, Authenticator::synced()).await;
        let mut foreign = added(&site, "jonas@lantern.example", Authenticator::synced()).await;
        let client = site.client(|_| {}).await;
        let (mut browser, _, page) = half_way(&site, &client).await;
        let options = options(&mut browser, &page, PASSKEY).await;
        assert_refused(&send(&mut browser, &page, PASSKEY, &foreign.prove(&options)).await, COULD_NOT);
        assert!(!flows::is_signed_in(&mut browser).await);
    }

    async fn it_comes_in_the_same_browser_within_five_minutes(database) {
        let site = site(database).await;
        flows::mina(&site).await;
        let mut passkey = added(&site, EMAIL, Authenticator::synced()).await;
        let client = site.client(|_| {}).await;
        let (mut browser, _, page) = half_way(&site, &client).await;
        let options = options(&mut browser, &page, PASSKEY).await;
        // The page in another browser, with that one's own form token.
        let mut other = Browser::new(&site);
        let own = other.get("/signin").await;
        let (_, form) = page.form(PASSKEY).unwrap();
        let attempt = form.into_iter().find(|(name, _)| name == "attempt").unwrap().1;
        let credential = passkey.prove(&options);
        let taken = other.submit(&own, PASSKEY, &[("attempt", &attempt), ("credential", &credential)]).await;
        assert_eq!(taken.status, StatusCode::GONE, "{}", taken.body);
        site.advance(Duration::from_secs(301));
        assert_eq!(ask(&mut browser, &page, PASSKEY).await.status, StatusCode::GONE);
        let late = send(&mut browser, &page, PASSKEY, &credential).await;
        assert!(late.location().unwrap().starts_with("/signin"), "{:?}", late.location());
        assert!(!flows::is_signed_in(&mut browser).await && !flows::is_signed_in(&mut other).await);
    }
}
