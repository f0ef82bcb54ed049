//! Pairwise subjects (OpenID Connect Core §8) and signed userinfo (§5.3.2).

use crate::both;
use crate::harness::browser::{Browser, encode};
use crate::harness::flows::{self, Request};
use crate::harness::receiver::Receiver;
use crate::harness::{RegisteredClient, Site, jose};
use keyhouse::store::clients::{self, AccessTokenFormat, AuthMethod};
use keyhouse::store::columns::Words;
use keyhouse::store::details::{Json, Metadata};
use keyhouse::store::signing_keys::Algorithm;
use reqwest::StatusCode;
use serde_json::{Value, json};

fn of_sector(sector: &str) -> Json<Metadata> {
    Json::of(Metadata { sector: Some(sector.to_owned()), ..Metadata::default() })
}

async fn pairwise(site: &Site, sector: &str) -> RegisteredClient {
    site.client(|client| client.metadata = of_sector(sector)).await
}

fn sub(token: &Value) -> String {
    flows::claims(token.as_str().unwrap())["sub"].as_str().unwrap().to_owned()
}

/// The subject of mina at a client, wherever it is told: all places agree.
async fn subject(site: &Site, browser: &mut Browser, client: &RegisteredClient) -> String {
    let tokens = flows::tokens(site, browser, client, "openid offline_access").await;
    let subject = sub(&tokens["id_token"]);
    let (access, refresh) = (tokens["access_token"].as_str().unwrap(), tokens["refresh_token"].as_str().unwrap());
    assert_eq!(flows::userinfo(site, access).await.json(), json!({"sub": subject}));
    assert_eq!(site.introspect(client, access).await["sub"], subject);
    assert_eq!(site.introspect(client, refresh).await["sub"], subject);
    if client.client.access_token_format == AccessTokenFormat::Jwt {
        assert_eq!(sub(&tokens["access_token"]), subject);
    }
    let again = flows::refresh(site, client, refresh).await.json();
    assert_eq!(sub(&again["id_token"]), subject);
    subject
}

both! {
    async fn clients_of_a_sector_share_a_subject_and_others_cannot_tell(database) {
        let site = Site::start(database).await;
        let (mina, _) = (flows::mina(&site).await, flows::jonas(&site).await);
        let mut browser = flows::minas_browser(&site).await;
        let (one, other) = (pairwise(&site, "one.example").await, pairwise(&site, "other.example").await);
        let sibling = site.client(|client| {
            client.metadata = of_sector("one.example");
            client.access_token_format = AccessTokenFormat::Opaque;
        }).await;
        let of_one = subject(&site, &mut browser, &one).await;
        assert_eq!(subject(&site, &mut browser, &sibling).await, of_one);
        let of_other = subject(&site, &mut browser, &other).await;
        let public = subject(&site, &mut browser, &site.client(|_| {}).await).await;
        assert_eq!(public, mina.sub);
        assert!(of_one != of_other && of_one != public && of_other != public);
        assert_eq!(of_one.len(), 43);
        let mut jonas = Browser::new(&site);
        flows::sign_in(&mut jonas, "jonas@lantern.example").await;
        assert_ne!(subject(&site, &mut jonas, &one).await, of_one);
    }

    async fn a_hint_names_the_person_by_the_clients_own_subject(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        flows::jonas(&site).await;
        let client = pairwise(&site, "one.example").await;
        let mut browser = flows::minas_browser(&site).await;
        let tokens = flows::tokens(&site, &mut browser, &client, "openid").await;
        let hint = tokens["id_token"].as_str().unwrap();
        let silent = Request::new(&client, "openid").with("prompt", "none").with("id_token_hint", hint);
        flows::code_unasked(&mut browser, &silent).await;
        let mut jonas = Browser::new(&site);
        flows::sign_in(&mut jonas, "jonas@lantern.example").await;
        jonas.get(&silent.path()).await.assert_error("login_required");
        let after = [("id_token_hint", hint), ("post_logout_redirect_uri", "http://127.0.0.1:9/signed-out")];
        let logout = format!("/oauth/logout?{}", encode(&after));
        assert!(jonas.get(&logout).await.location().is_none(), "another person was signed out without a question");
        assert_eq!(browser.get(&logout).await.location().as_deref(), Some("http://127.0.0.1:9/signed-out"));
        assert!(!flows::is_signed_in(&mut browser).await);
    }

    async fn a_logout_token_names_the_same_subject(database) {
        let site = Site::with(database, &[("KEYHOUSE_BACKCHANNEL__PRIVATE_ADDRESSES", "true")]).await;
        let mina = flows::mina(&site).await;
        let mut app = Receiver::start();
        let url = app.url.clone();
        let client = site.client(|client| {
            client.metadata = of_sector("one.example");
            client.backchannel_logout_uri = Some(url);
        }).await;
        let mut browser = flows::minas_browser(&site).await;
        let tokens = flows::tokens(&site, &mut browser, &client, "openid").await;
        let page = browser.get("/account").await;
        browser.submit(&page, "/account/signout", &[]).await;
        let told = app.next().await;
        let told = told.strip_prefix("logout_token=").unwrap();
        assert_eq!(flows::claims(told)["sub"].as_str().unwrap(), sub(&tokens["id_token"]));
        assert_ne!(sub(&tokens["id_token"]), mina.sub);
    }

    async fn a_device_is_told_the_same_subject(database) {
        const GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";
        let site = Site::start(database).await;
        let mina = flows::mina(&site).await;
        let mut browser = flows::minas_browser(&site).await;
        let of_one = subject(&site, &mut browser, &pairwise(&site, "one.example").await).await;
        let device = site.client(|client| {
            client.metadata = of_sector("one.example");
            client.token_endpoint_auth_method = AuthMethod::None;
            client.grant_types = Words::parse(GRANT);
        }).await;
        let form = [("client_id", device.id()), ("scope", "openid")];
        let asked = site.form("/oauth/device_authorization", None, &form).await;
        let page = browser.get("/device").await;
        let question = browser.submit(&page, "/device", &[("user_code", &asked.text("user_code"))]).await;
        browser.submit(&question, "/device/decide", &[("decision", "allow")]).await;
        let code = asked.text("device_code");
        let form = [("grant_type", GRANT), ("device_code", &code), ("client_id", device.id())];
        let tokens = site.form("/oauth/token", None, &form).await.json();
        for token in [&tokens["id_token"], &tokens["access_token"]] {
            assert_eq!(sub(token), of_one);
            assert!(!flows::claims(token.as_str().unwrap()).to_string().contains(&mina.sub));
        }
    }

    async fn a_grant_keeps_its_subject_when_the_client_changes_its_sector(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let client = pairwise(&site, "one.example").await;
        let mut browser = flows::minas_browser(&site).await;
        let tokens = flows::tokens(&site, &mut browser, &client, "openid offline_access").await;
        let moved = keyhouse::store::clients::Client { metadata: of_sector("other.example"), ..client.client.clone() };
        assert!(site.app.store.write(move |connection| clients::replace(connection, &moved)).await.unwrap());
        let again = flows::refresh(&site, &client, tokens["refresh_token"].as_str().unwrap()).await.json();
        assert_eq!(sub(&again["id_token"]), sub(&tokens["id_token"]));
        let anew = flows::tokens(&site, &mut browser, &client, "openid").await;
        assert_ne!(sub(&anew["id_token"]), sub(&tokens["id_token"]));
    }

    async fn userinfo_is_signed_where_the_client_wants_that(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let mut browser = flows::minas_browser(&site).await;
        for (number, algorithm) in Algorithm::ALL.iter().enumerate() {
            let client = site.client(|client| {
                client.id_token_signed_response_alg = algorithm.as_str().to_owned();
                client.metadata = Json::of(Metadata {
                    userinfo_signed_response_alg: Some(algorithm.as_str().to_owned()),
                    sector: (number % 2 == 0).then(|| "one.example".to_owned()),
                    ..Metadata::default()
                });
                if number % 2 == 1 {
                    client.access_token_format = AccessTokenFormat::Opaque;
                }
            }).await;
            let tokens = flows::tokens(&site, &mut browser, &client, "openid email").await;
            let id_token = jose::verified(&site, tokens["id_token"].as_str().unwrap()).await;
            assert_eq!(id_token.header["alg"], algorithm.as_str());
            let answer = flows::userinfo(&site, tokens["access_token"].as_str().unwrap()).await;
            assert_eq!((answer.status, answer.header("Content-Type")), (StatusCode::OK, "application/jwt"));
            assert_eq!(answer.header("Cache-Control"), "no-store");
            let signed = jose::verified(&site, &answer.body).await;
            assert_eq!((&signed.header["alg"], &signed.header["typ"]), (&json!(algorithm.as_str()), &json!("userinfo+jwt")));
            assert_eq!(signed.claims, json!({
                "iss": site.base, "aud": client.id(), "iat": site.now().seconds(), "sub": id_token.claims["sub"],
                "email": "mina@lantern.example", "email_verified": true,
            }));
            // It is no ID token, and no access token.
            let hinted = Request::new(&client, "openid").with("prompt", "none").with("id_token_hint", &answer.body);
            browser.get(&hinted.path()).await.assert_error("invalid_request");
            assert_eq!(flows::userinfo(&site, &answer.body).await.status, StatusCode::UNAUTHORIZED);
        }
    }
}
