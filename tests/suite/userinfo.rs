//! The userinfo endpoint (OpenID Connect Core §5.3, RFC 6750).

use std::time::Duration;

use crate::both;
use crate::harness::browser::{Answer, Browser};
use crate::harness::flows::{self, Request};
use crate::harness::{CALLBACK, Site};
use keyhouse::store::clients::AccessTokenFormat;
use keyhouse::store::columns::Words;
use reqwest::{Method, StatusCode};
use serde_json::json;

const PATH: &str = "/oauth/userinfo";

fn bearer(site: &Site, token: &str) -> Browser {
    let mut tool = Browser::new(site);
    tool.headers.push(("Authorization".to_owned(), format!("Bearer {token}")));
    tool
}

#[track_caller]
fn assert_refused(answer: &Answer, status: StatusCode, error: &str) {
    assert_eq!(answer.status, status, "{}", answer.body);
    assert!(answer.header("WWW-Authenticate").starts_with("Bearer error=\""), "{}", answer.header("WWW-Authenticate"));
    assert!(answer.header("WWW-Authenticate").contains(&format!("error=\"{error}\"")));
    assert_eq!(answer.header("Cache-Control"), "no-store");
    assert!(!answer.body.contains("sub"), "{}", answer.body);
}

both! {
    async fn a_token_comes_by_header_or_by_form(database) {
        let site = Site::start(database).await;
        let mina = flows::mina(&site).await;
        for format in [AccessTokenFormat::Jwt, AccessTokenFormat::Opaque] {
            let client = site.client(|client| client.access_token_format = format).await;
            let mut browser = flows::minas_browser(&site).await;
            let tokens = flows::tokens(&site, &mut browser, &client, "openid").await;
            let token = tokens["access_token"].as_str().unwrap();
            let mut plain = Browser::new(&site);
            for answer in [
                bearer(&site, token).get(PATH).await,
                bearer(&site, token).send(Method::POST, PATH, None).await,
                bearer(&site, token).post(PATH, &[]).await,
                plain.post(PATH, &[("access_token", token)]).await,
            ] {
                assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
                assert_eq!(answer.json(), json!({"sub": mina.sub}));
                assert_eq!(answer.header("Content-Type"), "application/json");
                assert_eq!(answer.header("Cache-Control"), "no-store");
                assert_eq!(answer.header("Pragma"), "no-cache");
            }
        }
    }

    async fn a_token_comes_once_and_never_in_the_query(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let client = site.client(|_| {}).await;
        let mut browser = flows::minas_browser(&site).await;
        let tokens = flows::tokens(&site, &mut browser, &client, "openid").await;
        let token = tokens["access_token"].as_str().unwrap();
        let in_query = format!("{PATH}?access_token={token}");
        let mut plain = Browser::new(&site);
        let mut twice = bearer(&site, token);
        twice.headers.push(("Authorization".to_owned(), format!("Bearer {token}")));
        for answer in [
            plain.get(&in_query).await,
            plain.post(&in_query, &[]).await,
            bearer(&site, token).get(&in_query).await,
            bearer(&site, token).post(PATH, &[("access_token", token)]).await,
            plain.post(PATH, &[("access_token", token), ("access_token", token)]).await,
            twice.get(PATH).await,
        ] {
            assert_refused(&answer, StatusCode::BAD_REQUEST, "invalid_request");
        }
    }

    async fn no_token_gets_a_bare_challenge(database) {
        let site = Site::start(database).await;
        let client = site.client(|_| {}).await;
        flows::mina(&site).await;
        let mut cookie = flows::minas_browser(&site).await;
        let mut basic = Browser::new(&site);
        basic.headers.push(("Authorization".to_owned(), flows::basic(client.id(), &client.secret)));
        for answer in [Browser::new(&site).get(PATH).await, cookie.get(PATH).await, basic.get(PATH).await] {
            assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
            assert_eq!(answer.header("WWW-Authenticate"), "Bearer");
        }
    }

    async fn other_kinds_of_token_are_refused(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let client = site.client(|_| {}).await;
        let mut browser = flows::minas_browser(&site).await;
        let request = Request::new(&client, "openid offline_access");
        let code = flows::code(&mut browser, &request).await;
        let unredeemed = flows::code(&mut browser, &request).await;
        let tokens = flows::redeem(&site, &client, &code, &request.verifier).await.json();
        let token = tokens["access_token"].as_str().unwrap();
        let own = [("grant_type", "client_credentials")];
        let machine = flows::as_client(&site, "/oauth/token", &client, &own).await.json();
        let cut = &token[..token.len() - 1];
        let swapped = format!("{}x", cut);
        for wrong in [
            tokens["id_token"].as_str().unwrap(),
            tokens["refresh_token"].as_str().unwrap(),
            &unredeemed,
            machine["access_token"].as_str().unwrap_or("none"),
            browser.cookies["keyhouse_session"].as_str(),
            &client.secret,
            cut,
            &swapped,
            &format!("{token}x"),
            &format!("{token}."),
            "",
            "..",
            &"x".repeat(6000),
        ] {
            let answer = bearer(&site, wrong).get(PATH).await;
            assert_refused(&answer, StatusCode::UNAUTHORIZED, "invalid_token");
        }
    }

    async fn a_token_for_a_resource_is_for_that_resource(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        site.resource("https://cloud.example/api", &["files.read"]).await;
        let client = site.client(|client| {
            client.resources = Words::parse("https://cloud.example/api");
            client.scopes = Words::parse("openid files.read");
        }).await;
        let mut browser = flows::minas_browser(&site).await;
        let request = Request::new(&client, "openid files.read").and("resource", "https://cloud.example/api");
        let page = browser.get(&request.path()).await;
        let answer = browser.submit(&page, "/oauth/authorize/", &[("decision", "allow")]).await;
        let code = answer.parameter("code").unwrap();
        let form = [
            ("grant_type", "authorization_code"),
            ("code", code.as_str()),
            ("redirect_uri", CALLBACK),
            ("code_verifier", request.verifier.as_str()),
            ("resource", "https://cloud.example/api"),
        ];
        let tokens = flows::as_client(&site, "/oauth/token", &client, &form).await.json();
        let answer = flows::userinfo(&site, tokens["access_token"].as_str().unwrap()).await;
        assert_refused(&answer, StatusCode::UNAUTHORIZED, "invalid_token");
    }

    async fn a_token_without_the_openid_scope_is_not_enough(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let client = site.client(|_| {}).await;
        let mut browser = flows::minas_browser(&site).await;
        let tokens = flows::tokens(&site, &mut browser, &client, "profile email").await;
        assert!(tokens.get("id_token").is_none());
        let answer = flows::userinfo(&site, tokens["access_token"].as_str().unwrap()).await;
        assert_refused(&answer, StatusCode::FORBIDDEN, "insufficient_scope");
        assert!(answer.header("WWW-Authenticate").contains("scope=\"openid\""));
    }

    async fn a_scope_opens_its_claims_and_no_others(database) {
        let site = Site::start(database).await;
        let mina = flows::mina(&site).await;
        let client = site.client(|_| {}).await;
        let mut browser = flows::minas_browser(&site).await;
        let updated_at = mina.updated_at.seconds();
        for (scope, claims) in [
            ("openid", json!({})),
            ("openid profile", json!({"name": "Mina Farouk", "updated_at": updated_at})),
            ("openid email", json!({"email": "mina@lantern.example", "email_verified": true})),
            ("openid phone", json!({"phone_number": "+436605554417", "phone_number_verified": true})),
        ] {
            let tokens = flows::tokens(&site, &mut browser, &client, scope).await;
            let mut expected = claims;
            expected["sub"] = json!(mina.sub);
            let answer = flows::userinfo(&site, tokens["access_token"].as_str().unwrap()).await;
            assert_eq!(answer.json(), expected, "{scope}");
        }
    }

    async fn a_token_ends_with_its_time_its_grant_and_its_account(database) {
        let site = Site::start(database).await;
        let mina = flows::mina(&site).await;
        for format in [AccessTokenFormat::Jwt, AccessTokenFormat::Opaque] {
            let client = site.client(|client| client.access_token_format = format).await;
            let mut browser = flows::minas_browser(&site).await;
            let mut token = async || {
                let tokens = flows::tokens(&site, &mut browser, &client, "openid").await;
                tokens["access_token"].as_str().unwrap().to_owned()
            };
            let (timed, revoked, ended) = (token().await, token().await, token().await);
            site.advance(Duration::from_secs(299));
            assert_eq!(flows::userinfo(&site, &timed).await.status, StatusCode::OK);
            flows::as_client(&site, "/oauth/revoke", &client, &[("token", &revoked)]).await;
            assert_refused(&flows::userinfo(&site, &revoked).await, StatusCode::UNAUTHORIZED, "invalid_token");
            assert_eq!(flows::userinfo(&site, &ended).await.status, StatusCode::OK);
            let account_id = mina.id;
            let grants = site.app.store.write(move |connection| {
                let held = keyhouse::store::grants::of_account(connection, account_id, keyhouse::clock::Timestamp::from_seconds(0))?;
                for grant in &held {
                    keyhouse::store::grants::revoke(connection, account_id, grant.id)?;
                }
                Ok(held.len())
            });
            assert!(grants.await.unwrap() > 0);
            assert_refused(&flows::userinfo(&site, &ended).await, StatusCode::UNAUTHORIZED, "invalid_token");
            let late = token().await;
            site.advance(Duration::from_secs(300));
            assert_refused(&flows::userinfo(&site, &late).await, StatusCode::UNAUTHORIZED, "invalid_token");
        }
    }

    async fn an_opaque_token_from_the_future_is_refused(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let client = site.client(|client| client.access_token_format = AccessTokenFormat::Opaque).await;
        let tokens = flows::tokens(&site, &mut flows::minas_browser(&site).await, &client, "openid").await;
        let (token, now) = (tokens["access_token"].as_str().unwrap(), site.now());
        site.app.clock.set(now.minus(Duration::from_secs(60)));
        assert_eq!(flows::userinfo(&site, token).await.status, StatusCode::OK);
        site.app.clock.set(now.minus(Duration::from_secs(61)));
        assert_refused(&flows::userinfo(&site, token).await, StatusCode::UNAUTHORIZED, "invalid_token");
    }
}
