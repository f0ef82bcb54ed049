//! What somebody tries who has copied cookies of a browser, or would like to bind its sign-ins to a key of their own.

use std::time::Duration;

use futures_util::future::join;
use keyhouse::security::random;
use keyhouse::store::details::{Json, Metadata};
use reqwest::{Method, StatusCode};
use serde_json::json;

use super::*;
use crate::both;
use crate::harness::browser::Browser;
use crate::harness::flows::{self, Request};

both! {
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
        assert_eq!(forged.refresh(&mut thief, &id, &challenge).await.status, StatusCode::BAD_REQUEST);
        assert_eq!(forged.register(&mut thief, &challenge).await.status, StatusCode::FORBIDDEN);
        assert!(!flows::is_signed_in(&mut thief).await);
    }

    async fn a_challenge_is_for_one_proof_of_one_browser_and_for_minutes(database) {
        let site = site(database).await;
        let (mut browser, device, id) = bound(&site).await;
        let (mut other, other_device, other_id) = bound(&site).await;
        let challenge = challenge_for(&ask(&mut browser, &id).await, &id);
        // Somebody else's challenge, a key in a refresh, another type of token, an id of another session.
        let theirs = challenge_for(&ask(&mut other, &other_id).await, &other_id);
        challenge_for(&device.refresh(&mut browser, &id, &theirs).await, &id);
        let headers = [("Sec-Secure-Session-Id", id.as_str()), ("Secure-Session-Response", &device.proof(&challenge, true))];
        assert_eq!(browser.request(Method::POST, REFRESH, &headers, Vec::new()).await.status, StatusCode::BAD_REQUEST);
        assert_eq!(other_device.refresh(&mut browser, &id, &challenge).await.status, StatusCode::BAD_REQUEST);
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
        site.advance(MINUTES_15);
        challenge_for(&device.refresh(&mut browser, &id, &next).await, &id);
        let last = challenge_for(&ask(&mut browser, &id).await, &id);
        site.advance(MINUTES_15 - Duration::from_secs(1));
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
        site.advance(MINUTES_15);
        assert_eq!(device.register(&mut late, &challenge).await.status, StatusCode::FORBIDDEN, "too late");
        assert!(flows::is_signed_in(&mut late).await);
    }

    async fn a_sign_in_without_the_key_takes_along_nobody_elses(database) {
        let site = site(database).await;
        flows::jonas(&site).await;
        let (mut owner, _, _) = bound(&site).await;
        // With the cookie that they copied and an account of their own.
        let mut thief = without_proof(&owner);
        let done = flows::sign_in_from(&mut thief, "/signin?another=yes&continue=/account", HIS_EMAIL).await;
        Device::new().register(&mut thief, &offered(&done)).await;
        let chooser = thief.get("/signin/accounts?continue=/account").await;
        assert!(chooser.body.contains("Jonas") && !chooser.body.contains("Mina"), "{}", chooser.body);
        assert!(flows::is_signed_in(&mut owner).await, "and keeps nobody out");
    }

    async fn signing_out_tells_a_thief_nothing_of_the_apps(database) {
        let site = site(database).await;
        let client = site.client(|client| {
            let frontchannel_logout_uri = Some("http://127.0.0.1:9/out".to_owned());
            client.metadata = Json::of(Metadata { frontchannel_logout_uri, ..Metadata::default() });
        }).await;
        let (mut browser, _, _) = bound(&site).await;
        let home = browser.get("/account").await;
        flows::tokens(&site, &mut browser, &client, "openid").await;
        let mut thief = without_proof(&browser);
        let done = thief.submit(&home, "/account/signout", &[]).await;
        let page = thief.follow(done).await;
        assert!(!page.body.contains("127.0.0.1:9/out"), "{}", page.body);
        assert!(!flows::is_signed_in(&mut browser).await);
    }
}
