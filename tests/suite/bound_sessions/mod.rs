//! Sessions bound to a device: a browser that makes a key and proves it (Device Bound Session Credentials), here with a key of ours;
//! cookies that were copied without it open nothing.

mod attacks;

use std::time::Duration;

use keyhouse::security::random;
use keyhouse::security::signing_key::SigningKey;
use keyhouse::store::Connection;
use keyhouse::store::accounts::{self, AccountState};
use keyhouse::store::addresses::{self, AddressKind};
use keyhouse::store::signing_keys::Algorithm;
use regex::Regex;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::both;
use crate::harness::Site;
use crate::harness::browser::{Answer, Browser};
use crate::harness::database::Database;
use crate::harness::flows::{self, Request};

const EMAIL: &str = "mina@lantern.example";
const HIS_EMAIL: &str = "jonas@lantern.example";
const REGISTRATION: &str = "/session/registration";
const REFRESH: &str = "/session/refresh";
const MINUTES_15: Duration = Duration::from_secs(900);
const COOKIE: &str = "keyhouse_bound";
const MINUTES_10: Duration = Duration::from_secs(600);
/// So long a key is not asked for after it was brought, and its cookie taken after it has ended.
const GRACE: Duration = Duration::from_secs(30);

async fn site(database: Database) -> Site {
    let site = Site::with(database, &[("KEYHOUSE_SESSIONS__DEVICE_BOUND", "true")]).await;
    flows::mina(&site).await;
    site
}

/// What a device keeps to itself.
struct Device(SigningKey);

impl Device {
    fn new() -> Self {
        Self(SigningKey::generate(Algorithm::Es256).unwrap().0)
    }

    fn proof(&self, challenge: &str, with_key: bool) -> String {
        let mut header = json!({"typ": "dbsc+jwt", "alg": "ES256"});
        if with_key {
            header["jwk"] = self.0.jwk().clone();
        }
        let claims = json!({"jti": challenge});
        let message = format!("{}.{}", random::encode(header.to_string()), random::encode(claims.to_string()));
        format!("{message}.{}", random::encode(self.0.sign(message.as_bytes()).unwrap()))
    }

    async fn register(&self, browser: &mut Browser, challenge: &str) -> Answer {
        let proof = format!("\"{}\"", self.proof(challenge, true));
        browser.request(Method::POST, REGISTRATION, &[("Secure-Session-Response", &proof)], Vec::new()).await
    }

    async fn refresh(&self, browser: &mut Browser, id: &str, challenge: &str) -> Answer {
        let proof = self.proof(challenge, false);
        let headers = [("Sec-Secure-Session-Id", id), ("Secure-Session-Response", proof.as_str())];
        browser.request(Method::POST, REFRESH, &headers, Vec::new()).await
    }
}

/// Asks for a refresh without a proof.
async fn ask(browser: &mut Browser, id: &str) -> Answer {
    browser.request(Method::POST, REFRESH, &[("Sec-Secure-Session-Id", &format!("\"{id}\""))], Vec::new()).await
}

/// The challenge of an answer that wants a proof of this session.
#[track_caller]
fn challenge_for(answer: &Answer, id: &str) -> String {
    assert_eq!(answer.status, StatusCode::FORBIDDEN, "{}", answer.body);
    let form = Regex::new(r#"^"([A-Za-z0-9_-]+)";id="([A-Za-z0-9_-]+)"$"#).unwrap();
    let found = form.captures(answer.header("Secure-Session-Challenge")).unwrap();
    assert_eq!(&found[2], id);
    found[1].to_owned()
}

/// The challenge that came with a cookie.
fn next_challenge(answer: &Answer) -> String {
    answer.header("Secure-Session-Challenge").split('"').nth(1).unwrap().to_owned()
}

/// The challenge that a sign-in came with.
#[track_caller]
fn offered(answer: &Answer) -> String {
    let form = Regex::new(r#"^\(ES256\);path="/session/registration";challenge="([A-Za-z0-9_-]+)"$"#).unwrap();
    let header = answer.header("Secure-Session-Registration");
    form.captures(header).unwrap_or_else(|| panic!("no registration: {header:?}"))[1].to_owned()
}

fn id_of(answer: &Answer) -> String {
    answer.json()["session_identifier"].as_str().unwrap().to_owned()
}

/// mina's browser, bound; with its device, and what the browser calls the session.
async fn bound(site: &Site) -> (Browser, Device, String) {
    let (mut browser, device) = (Browser::new(site), Device::new());
    let done = flows::sign_in_from(&mut browser, "/signin", EMAIL).await;
    let registered = device.register(&mut browser, &offered(&done)).await;
    assert_eq!(registered.status, StatusCode::OK, "{}", registered.body);
    site.advance(GRACE);
    (browser, device, id_of(&registered))
}

fn without_proof(browser: &Browser) -> Browser {
    let mut copy = browser.clone();
    copy.cookies.remove(COOKIE);
    copy
}

both! {
    async fn off_by_default_nobody_is_asked_for_a_key(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let mut browser = Browser::new(&site);
        let done = flows::sign_in_from(&mut browser, "/signin", EMAIL).await;
        assert_eq!(done.header("Secure-Session-Registration"), "");
        assert_eq!(Device::new().register(&mut browser, "x").await.status, StatusCode::NOT_FOUND);
        assert_eq!(ask(&mut browser, "x").await.status, StatusCode::NOT_FOUND);
    }

    async fn a_browser_brings_its_key_and_proves_it(database) {
        let site = site(database).await;
        let (mut browser, device) = (Browser::new(&site), Device::new());
        let done = flows::sign_in_from(&mut browser, "/signin", EMAIL).await;
        // Until it has, which a browser may never do, the sign-in is one as before.
        assert!(flows::is_signed_in(&mut browser).await);
        let registered = device.register(&mut browser, &offered(&done)).await;
        assert_eq!(registered.status, StatusCode::OK, "{}", registered.body);
        assert_eq!(registered.header("Cache-Control"), "no-store");
        let id = id_of(&registered);
        let host = url::Url::parse(&site.base).unwrap().host_str().unwrap().to_owned();
        let said = registered.json();
        assert_eq!((&said["refresh_url"], &said["scope"]["origin"]), (&json!(REFRESH), &json!(site.base)));
        let free = said["scope"]["scope_specification"].as_array().unwrap();
        assert!(free.contains(&json!({"type": "exclude", "domain": host, "path": "/static"})), "{free:?}");
        let credential = &said["credentials"][0];
        let set = registered.header("Set-Cookie").to_owned();
        let attributes = credential["attributes"].as_str().unwrap();
        assert_eq!((&credential["type"], &credential["name"]), (&json!("cookie"), &json!(COOKIE)));
        for attribute in attributes.split("; ") {
            assert!(set.contains(attribute), "{attribute} in {set}");
        }
        assert!(set.contains("Max-Age=600") && attributes.contains("Path=/") && attributes.contains("SameSite=Lax"));
        // Pages that were asked for while the key was on its way come without the cookie.
        assert!(flows::is_signed_in(&mut without_proof(&browser)).await);
        site.advance(GRACE);
        assert!(!flows::is_signed_in(&mut without_proof(&browser)).await);

        site.advance(MINUTES_10 - Duration::from_secs(1));
        assert!(flows::is_signed_in(&mut browser).await, "on its way when the cookie ended");
        site.advance(Duration::from_secs(1));
        assert!(!flows::is_signed_in(&mut browser).await, "a proof is good for ten minutes");
        challenge_for(&ask(&mut browser, &id).await, &id);
        // The challenge that came with the cookie is still good: one request is enough.
        let challenge = next_challenge(&registered);
        let refreshed = device.refresh(&mut browser, &id, &challenge).await;
        assert_eq!((refreshed.status, id_of(&refreshed)), (StatusCode::OK, id));
        assert!(flows::is_signed_in(&mut browser).await);
    }

    async fn every_sign_in_of_the_browser_is_bound(database) {
        let site = site(database).await;
        flows::jonas(&site).await;
        let (mut browser, _, _) = bound(&site).await;
        site.advance(Duration::from_secs(1));
        let done = flows::sign_in_from(&mut browser, "/signin?another=yes&continue=/account", HIS_EMAIL).await;
        assert_eq!(done.header("Secure-Session-Registration"), "", "it has a key");
        assert!(browser.get("/account").await.body.contains("Jonas"));
        let chooser = browser.get("/signin/accounts?continue=/account").await;
        assert!(chooser.body.contains("Mina Farouk") && chooser.body.contains("Jonas"), "{}", chooser.body);
        assert!(!flows::is_signed_in(&mut without_proof(&browser)).await);
    }

    async fn whoever_comes_from_an_app_is_asked_for_the_proof_by_a_page_of_ours(database) {
        let site = site(database).await;
        let client = site.client(|_| {}).await;
        let (mut browser, device, id) = bound(&site).await;
        let (mut plain, elsewhere) = (flows::minas_browser(&site).await, [("Sec-Fetch-Mode", "navigate"), ("Sec-Fetch-Site", "cross-site")]);
        let path = Request::new(&client, "openid").path();
        // With a proof, without a key, and signed out: on at once.
        for own in [&mut browser, &mut plain, &mut Browser::new(&site)] {
            assert_eq!(own.request(Method::GET, &path, &elsewhere, Vec::new()).await.status, StatusCode::SEE_OTHER);
        }
        site.advance(MINUTES_10);
        browser.cookies.remove(COOKIE);
        let page = browser.request(Method::GET, &path, &elsewhere, Vec::new()).await;
        page.assert_page(StatusCode::OK);
        assert_eq!(page.header("Cross-Origin-Opener-Policy"), "unsafe-none", "it may be the app's popup");
        let again = path.replace('&', "&#38;");
        assert!(page.body.contains(&format!("content=\"0;url={again}\"")), "{}", page.body);
        assert!(page.body.contains(&format!("href=\"{again}\"")), "for who follows no refresh");
        // What the page asks for is of our own: the browser proves its key first.
        let challenge = challenge_for(&ask(&mut browser, &id).await, &id);
        device.refresh(&mut browser, &id, &challenge).await;
        let own = [("Sec-Fetch-Mode", "navigate"), ("Sec-Fetch-Site", "same-origin")];
        let answer = browser.request(Method::GET, &path, &own, Vec::new()).await;
        assert!(answer.parameter("code").is_some(), "{:?}", answer.location());
        // One that cannot is led to the sign-in page, and not round in a circle.
        let answer = without_proof(&browser).request(Method::GET, &path, &own, Vec::new()).await;
        assert!(answer.location().is_some_and(|to| to.starts_with("/signin?continue=")), "{:?}", answer.location());
    }

    async fn the_home_asks_for_a_key_that_did_not_come(database) {
        let site = site(database).await;
        let mut browser = flows::minas_browser(&site).await;
        assert_eq!(browser.get("/account/devices").await.header("Secure-Session-Registration"), "");
        let home = browser.get("/account").await;
        let device = Device::new();
        assert_eq!(device.register(&mut browser, &offered(&home)).await.status, StatusCode::OK);
        assert_eq!(browser.get("/account").await.header("Secure-Session-Registration"), "");
    }

    async fn an_app_that_signs_out_ends_it_without_the_proof_too(database) {
        let site = site(database).await;
        let client = site.client(|_| {}).await;
        let (mut browser, _, _) = bound(&site).await;
        let tokens = flows::tokens(&site, &mut browser, &client, "openid").await;
        let hint = tokens["id_token"].as_str().unwrap();
        let path = format!("/oauth/logout?client_id={}&id_token_hint={hint}", client.id());
        let copy = browser.clone();
        without_proof(&browser).get("/oauth/logout").await.assert_page(StatusCode::OK);
        assert!(flows::is_signed_in(&mut copy.clone()).await, "nobody said whose");
        without_proof(&browser).get(&path).await.assert_page(StatusCode::OK);
        assert!(!flows::is_signed_in(&mut copy.clone()).await);
    }

    async fn a_cookie_that_changed_a_moment_ago_ends_no_key(database) {
        let site = site(database).await;
        let (mut browser, device, id) = bound(&site).await;
        let mut tab = browser.clone();
        let page = browser.get("/account/security/password").await;
        let changed = [("password", "seventeen green umbrellas")];
        browser.submit(&page, "/account/security/password", &changed).await;
        assert_eq!(ask(&mut tab, &id).await.status, StatusCode::SERVICE_UNAVAILABLE);
        let challenge = challenge_for(&ask(&mut browser, &id).await, &id);
        assert_eq!(device.refresh(&mut browser, &id, &challenge).await.status, StatusCode::OK);
    }

    async fn whoever_lost_the_key_signs_in_and_brings_another(database) {
        let site = site(database).await;
        let (mut browser, device, id) = bound(&site).await;
        browser = without_proof(&browser);
        site.advance(Duration::from_secs(1));
        let done = flows::sign_in_from(&mut browser, "/signin", EMAIL).await;
        assert!(flows::is_signed_in(&mut browser).await);
        let fresh = Device::new();
        let registered = fresh.register(&mut browser, &offered(&done)).await;
        assert_eq!(registered.status, StatusCode::OK);
        assert_ne!(id_of(&registered), id);
        site.advance(GRACE);
        assert!(!flows::is_signed_in(&mut without_proof(&browser)).await);
        // What the browser still has of before ends by itself.
        let ended = device.refresh(&mut browser, &id, "any").await;
        assert_eq!((ended.status, ended.json()), (StatusCode::OK, json!({"session_identifier": id, "continue": false})));
    }

    async fn what_is_signed_out_is_over_in_the_browser_too(database) {
        let site = site(database).await;
        let (mut browser, _, id) = bound(&site).await;
        let (mut locked, device, locked_id) = bound(&site).await;
        let home = browser.get("/account").await;
        browser.submit(&home, "/account/signout", &[]).await;
        let said: Value = ask(&mut browser, &id).await.json();
        assert_eq!(said["continue"], json!(false));
        let challenge = challenge_for(&ask(&mut locked, &locked_id).await, &locked_id);
        let lock = |connection: &mut Connection| {
            let owner = addresses::owner(connection, AddressKind::Email, EMAIL)?.unwrap();
            accounts::set_state(connection, owner.id, AccountState::Locked, None)
        };
        site.app.store.write(lock).await.unwrap();
        assert_eq!(device.refresh(&mut locked, &locked_id, &challenge).await.status, StatusCode::SERVICE_UNAVAILABLE);
    }

    async fn without_the_setting_keys_are_not_asked_for_any_more(database) {
        let site = site(database).await;
        let (browser, _, _) = bound(&site).await;
        let mut copy = without_proof(&browser);
        assert!(!flows::is_signed_in(&mut copy).await);
        let off = site.node_with(&[("KEYHOUSE_SESSIONS__DEVICE_BOUND", "false")]).await.unwrap();
        assert!(flows::is_signed_in(&mut copy.moved_to(&off)).await);
    }
}
