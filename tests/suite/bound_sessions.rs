//! Sessions bound to a device: a browser that makes a key and proves it (Device Bound Session Credentials), here with a key of ours;
//! cookies that were copied without it open nothing.

use std::time::Duration;

use futures_util::future::join;
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
const COOKIE: &str = "keyhouse_bound";
const MINUTES_10: Duration = Duration::from_secs(600);

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
        assert!(flows::is_signed_in(&mut browser).await);

        site.advance(MINUTES_10);
        assert!(!flows::is_signed_in(&mut browser).await, "a proof is good for ten minutes");
        let challenge = challenge_for(&ask(&mut browser, &id).await, &id);
        let refreshed = device.refresh(&mut browser, &id, &challenge).await;
        assert_eq!((refreshed.status, id_of(&refreshed)), (StatusCode::OK, id));
        assert!(flows::is_signed_in(&mut browser).await);
    }

    async fn cookies_that_were_copied_open_nothing_without_the_key(database) {
        let site = site(database).await;
        let client = site.client(|_| {}).await;
        let (mut browser, _, id) = bound(&site).await;
        let page = browser.get("/account/personal").await;
        let mut thief = without_proof(&browser);
        for path in ["/account", "/account/security/password", "/signin/again?continue=/account"] {
            let answer = thief.get(path).await;
            assert!(answer.location().is_some_and(|to| to.starts_with("/signin?continue=")), "{path} {:?}", answer.location());
        }
        thief.get(&Request::new(&client, "openid").with("prompt", "none").path()).await.assert_error("login_required");
        let posted = thief.submit(&page, "/account/personal", &[("nickname", "Thief")]).await;
        assert!(posted.location().is_some_and(|to| to.starts_with("/signin?continue=")));
        // The cookie of somebody else's proof is of no use, nor one that somebody made up.
        let (other, _, _) = bound(&site).await;
        let later = site.now().plus(MINUTES_10).millis().to_be_bytes();
        let made_up = [later.as_slice(), &random::decode(&id).unwrap(), &[7; 32]].concat();
        for cookie in [other.cookies[COOKIE].clone(), random::encode(made_up), "x".to_owned()] {
            thief.cookies.insert(COOKIE.to_owned(), cookie);
            assert!(!flows::is_signed_in(&mut thief).await);
        }
        // With both cookies a thief has what is left of the ten minutes, and no key to get more by.
        let mut thief = browser.clone();
        assert!(flows::is_signed_in(&mut thief).await);
        site.advance(MINUTES_10);
        let challenge = challenge_for(&ask(&mut thief, &id).await, &id);
        let forged = Device::new();
        assert_eq!(forged.refresh(&mut thief, &id, &challenge).await.status, StatusCode::FORBIDDEN);
        assert_eq!(forged.register(&mut thief, &challenge).await.status, StatusCode::FORBIDDEN);
        assert!(!flows::is_signed_in(&mut thief).await);
    }

    async fn a_challenge_is_for_one_proof_of_one_browser_and_for_five_minutes(database) {
        let site = site(database).await;
        let (mut browser, device, id) = bound(&site).await;
        let (mut other, other_device, other_id) = bound(&site).await;
        let challenge = challenge_for(&ask(&mut browser, &id).await, &id);
        // Somebody else's challenge, a key in a refresh, another type of token, an id of another session.
        let theirs = challenge_for(&ask(&mut other, &other_id).await, &other_id);
        challenge_for(&device.refresh(&mut browser, &id, &theirs).await, &id);
        let headers = [("Sec-Secure-Session-Id", id.as_str()), ("Secure-Session-Response", &device.proof(&challenge, true))];
        assert_eq!(browser.request(Method::POST, REFRESH, &headers, Vec::new()).await.status, StatusCode::FORBIDDEN);
        assert_eq!(other_device.refresh(&mut browser, &id, &challenge).await.status, StatusCode::FORBIDDEN);
        assert_eq!(device.refresh(&mut browser, &other_id, &challenge).await.json()["continue"], json!(false));
        // Once.
        site.advance(Duration::from_secs(1));
        let (mut one, mut two) = (browser.clone(), browser.clone());
        let (a, b) = join(device.refresh(&mut one, &id, &challenge), device.refresh(&mut two, &id, &challenge)).await;
        let mut both = [a.status, b.status];
        both.sort();
        assert_eq!(both, [StatusCode::OK, StatusCode::FORBIDDEN]);
        let next = challenge_for(&device.refresh(&mut browser, &id, &challenge).await, &id);
        // In time.
        site.advance(Duration::from_secs(300));
        challenge_for(&device.refresh(&mut browser, &id, &next).await, &id);
        let last = challenge_for(&ask(&mut browser, &id).await, &id);
        site.advance(Duration::from_secs(299));
        assert_eq!(device.refresh(&mut browser, &id, &last).await.status, StatusCode::OK);
    }

    async fn a_key_is_registered_once_and_by_the_browser_that_signed_in(database) {
        let site = site(database).await;
        let (mut browser, device, forged) = (Browser::new(&site), Device::new(), Device::new());
        let done = flows::sign_in_from(&mut browser, "/signin", EMAIL).await;
        let challenge = offered(&done);
        let (mut stranger, mut nobody) = (flows::minas_browser(&site).await, Browser::new(&site));
        assert_eq!(forged.register(&mut stranger, &challenge).await.status, StatusCode::FORBIDDEN, "another sign-in's");
        assert_eq!(forged.register(&mut nobody, &challenge).await.status, StatusCode::FORBIDDEN);
        for wrong in ["", "x", &challenge[1..], &random::encode([7; 40])] {
            assert_eq!(device.register(&mut browser, wrong).await.status, StatusCode::FORBIDDEN, "{wrong}");
        }
        for headers in [vec![], vec![("Secure-Session-Response", "x")], vec![("Secure-Session-Response", "a.b.c")]] {
            let answer = browser.request(Method::POST, REGISTRATION, &headers, Vec::new()).await;
            assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{headers:?}");
        }
        assert_eq!(device.register(&mut browser, &challenge).await.status, StatusCode::OK);
        assert_eq!(forged.register(&mut browser, &challenge).await.status, StatusCode::FORBIDDEN, "it has a key");
        let mut late = Browser::new(&site);
        let challenge = offered(&flows::sign_in_from(&mut late, "/signin", EMAIL).await);
        site.advance(Duration::from_secs(300));
        assert_eq!(device.register(&mut late, &challenge).await.status, StatusCode::FORBIDDEN, "five minutes");
        assert!(flows::is_signed_in(&mut late).await);
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
        assert_eq!(device.refresh(&mut locked, &locked_id, &challenge).await.json()["continue"], json!(false));
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
