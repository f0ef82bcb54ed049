//! Back-channel logout (OpenID Connect Back-Channel Logout 1.0): what an app is told, and how often it is tried.

use std::collections::BTreeSet;
use std::net::TcpListener;
use std::time::Duration;

use crate::both;
use crate::harness::browser::{Browser, encode};
use crate::harness::flows;
use crate::harness::receiver::Receiver;
use crate::harness::{RegisteredClient, Site, eventually, jose};
use keyhouse::clock::Timestamp;
use keyhouse::oauth::backchannel;
use keyhouse::session::BACKCHANNEL_LOGOUT;
use keyhouse::store::outbox::{self, Delivery};
use reqwest::StatusCode;
use serde_json::{Value, json};

async fn told_at(site: &Site, url: &str) -> RegisteredClient {
    site.client(|client| client.backchannel_logout_uri = Some(url.to_owned())).await
}

/// Signs mina in at `client` and out again; gives her ID token's claims.
async fn in_and_out(site: &Site, client: &RegisteredClient) -> Value {
    let mut browser = flows::minas_browser(site).await;
    let tokens = flows::tokens(site, &mut browser, client, "openid").await;
    let id_token = tokens["id_token"].as_str().unwrap();
    sign_out(&mut browser, id_token).await;
    jose::part(id_token, 1)
}

async fn sign_out(browser: &mut Browser, id_token: &str) {
    let path = format!("/oauth/logout?{}", encode(&[("id_token_hint", id_token)]));
    browser.get(&path).await.assert_page(StatusCode::OK);
}

fn logout_token(body: &str) -> String {
    let fields: Vec<(String, String)> = url::form_urlencoded::parse(body.as_bytes()).into_owned().collect();
    let [(name, token)] = fields.try_into().unwrap();
    assert_eq!(name, "logout_token");
    token
}

/// What is still to be told.
async fn waiting(site: &Site) -> Vec<Delivery> {
    let far = site.now().plus(Duration::from_secs(1_000_000));
    site.app.store.read(move |connection| outbox::due(connection, BACKCHANNEL_LOGOUT, far, 100)).await.unwrap()
}

async fn nothing_waits(site: &Site) {
    eventually("an empty queue", async || waiting(site).await.is_empty()).await;
}

/// Waits until the queue has noted a failed try, and moves the clock to the next, which is not made earlier.
async fn next_try_after(site: &Site, seconds: u64) {
    let due_at: Timestamp = site.now().plus(Duration::from_secs(seconds));
    eventually("a noted failure", async || waiting(site).await.iter().any(|one| one.due_at == due_at)).await;
    site.advance(Duration::from_secs(seconds) - Duration::from_millis(1));
    assert_eq!(backchannel::send_due(&site.app).await.unwrap(), 0, "too early");
    site.advance(Duration::from_millis(1));
    site.app.outbox_bell.notify_one();
}

both! {
    async fn an_app_is_told_with_a_logout_token(database) {
        let site = Site::start(database).await;
        let mina = flows::mina(&site).await;
        for algorithm in ["RS256", "ES256", "EdDSA", "PS256"] {
            let mut app = Receiver::start();
            let url = app.url.clone();
            let client = site.client(|client| {
                client.backchannel_logout_uri = Some(url);
                client.id_token_signed_response_alg = algorithm.to_owned();
            }).await;
            let id_token = in_and_out(&site, &client).await;
            let token = jose::verified(&site, &logout_token(&app.next().await)).await;
            assert_eq!((token.header["typ"].as_str(), token.header["alg"].as_str()), (Some("logout+jwt"), Some(algorithm)));
            let members: BTreeSet<&str> = token.claims.as_object().unwrap().keys().map(String::as_str).collect();
            assert_eq!(members, BTreeSet::from(["iss", "sub", "aud", "iat", "exp", "jti", "sid", "events"]));
            assert_eq!(token.claims["iss"], site.base);
            assert_eq!(token.claims["sub"], mina.sub);
            assert_eq!(token.claims["aud"], client.id());
            assert_eq!(token.claims["sid"], id_token["sid"]);
            assert_eq!(token.claims["events"], json!({"http://schemas.openid.net/event/backchannel-logout": {}}));
            assert_eq!(token.claims["iat"], site.now().seconds());
            assert!(token.claims["exp"].as_i64().unwrap() <= site.now().seconds() + 120);
            assert!(token.claims["jti"].as_str().unwrap().len() >= 16);
            nothing_waits(&site).await;
        }
    }

    async fn every_app_of_the_sign_in_is_told_once_and_no_other(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let (mut one, mut two, mut unused) = (Receiver::start(), Receiver::start(), Receiver::start());
        let first = told_at(&site, &one.url).await;
        let second = told_at(&site, &two.url).await;
        told_at(&site, &unused.url).await;
        let mut elsewhere = flows::minas_browser(&site).await;
        flows::tokens(&site, &mut elsewhere, &second, "openid").await;
        let mut browser = flows::minas_browser(&site).await;
        flows::tokens(&site, &mut browser, &first, "openid").await;
        let tokens = flows::tokens(&site, &mut browser, &first, "openid").await;
        let of_second = flows::tokens(&site, &mut browser, &second, "openid").await;
        sign_out(&mut browser, tokens["id_token"].as_str().unwrap()).await;
        let sid = |token: &Value| jose::part(token["id_token"].as_str().unwrap(), 1)["sid"].clone();
        let told_one = jose::part(&logout_token(&one.next().await), 1);
        let told_two = jose::part(&logout_token(&two.next().await), 1);
        assert_eq!((&told_one["sid"], &told_two["sid"]), (&sid(&tokens), &sid(&of_second)));
        assert_ne!(told_one["sid"], told_two["sid"], "apps cannot compare");
        nothing_waits(&site).await;
        assert!(!one.has_more() && !two.has_more() && !unused.has_more());
    }

    async fn a_failed_call_is_tried_again_later_and_later(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let mut app = Receiver::start();
        let client = told_at(&site, &app.url).await;
        app.answer(503);
        let id_token = in_and_out(&site, &client).await;
        let mut names = BTreeSet::new();
        for (seconds, next_answer) in [(1, 503), (4, 503), (16, 200)] {
            names.insert(jose::part(&logout_token(&app.next().await), 1)["jti"].to_string());
            app.answer(next_answer);
            next_try_after(&site, seconds).await;
        }
        let told = jose::verified(&site, &logout_token(&app.next().await)).await.claims;
        nothing_waits(&site).await;
        assert_eq!(told["sid"], id_token["sid"]);
        assert_eq!(told["iat"], site.now().seconds(), "made when it is sent");
        assert!(names.len() == 3 && !names.contains(&told["jti"].to_string()), "each has a name of its own");
    }

    async fn an_app_that_never_answers_well_is_given_up(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let mut app = Receiver::start();
        let client = told_at(&site, &app.url).await;
        app.answer(500);
        in_and_out(&site, &client).await;
        for retry in 0..site.app.config.backchannel.retries {
            app.next().await;
            next_try_after(&site, 4_u64.pow(retry)).await;
        }
        app.next().await;
        nothing_waits(&site).await;
        assert!(!app.has_more());
    }

    async fn a_refusal_is_final_and_trouble_is_not(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        for (status, is_final) in [
            (200, true), (204, true), (400, true), (401, true), (404, true), (410, true), (501, false),
            (302, false), (408, false), (429, false), (500, false), (503, false),
        ] {
            let mut app = Receiver::start();
            let client = told_at(&site, &app.url).await;
            app.answer(status);
            in_and_out(&site, &client).await;
            logout_token(&app.next().await);
            if !is_final {
                app.answer(200);
                next_try_after(&site, 1).await;
                logout_token(&app.next().await);
            }
            nothing_waits(&site).await;
            assert!(!app.has_more(), "{status}");
        }
    }

    async fn nobody_inside_the_house_is_called(database) {
        let site = Site::with(database, &[("KEYHOUSE_BACKCHANNEL__PRIVATE_ADDRESSES", "false")]).await;
        flows::mina(&site).await;
        let inside = TcpListener::bind("127.0.0.1:0").unwrap();
        inside.set_nonblocking(true).unwrap();
        let port = inside.local_addr().unwrap().port();
        for target in [
            format!("http://127.0.0.1:{port}/logout"),
            format!("https://127.0.0.1:{port}/logout"),
            format!("https://[::ffff:127.0.0.1]:{port}/logout"),
            format!("https://2130706433:{port}/logout"),
            format!("https://localhost:{port}/logout"),
        ] {
            let client = told_at(&site, &target).await;
            in_and_out(&site, &client).await;
            eventually(&target, async || {
                site.advance(Duration::from_secs(3600));
                site.app.outbox_bell.notify_one();
                waiting(&site).await.is_empty()
            }).await;
            let called = inside.accept();
            assert!(called.is_err_and(|error| error.kind() == std::io::ErrorKind::WouldBlock), "{target} was called");
        }
    }

    async fn a_logout_survives_its_client_being_removed(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let mut app = Receiver::start();
        app.answer(503);
        let client = told_at(&site, &app.url).await;
        in_and_out(&site, &client).await;
        app.next().await;
        let id = client.id().to_owned();
        site.app.store.write(move |connection| keyhouse::store::clients::remove(connection, &id)).await.unwrap();
        next_try_after(&site, 1).await;
        nothing_waits(&site).await;
        assert!(!app.has_more());
    }
}
