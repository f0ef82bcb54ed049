//! Step-up (RFC 9470): what wants a fresher or stronger sign-in says so, and what to ask for.

use std::time::Duration;

use keyhouse::store::clients::{AccessTokenFormat, Client};
use keyhouse::store::details::{Json, Metadata, StepUp};
use regex::Regex;
use serde_json::{Value, json};

use crate::both;
use crate::harness::browser::{Answer, Browser};
use crate::harness::flows::{self, Request};
use crate::harness::{RegisteredClient, Site};

const ONE: &str = "urn:keyhouse:acr:1";
const TWO: &str = "urn:keyhouse:acr:2";

fn demanding(owed: StepUp) -> impl Fn(&mut Client) {
    move |client| client.metadata = Json::of(Metadata { userinfo_step_up: Some(owed.clone()), ..Metadata::default() })
}

/// A parameter of a challenge.
fn told(answer: &Answer, name: &str) -> Option<String> {
    let parameter = Regex::new(&format!(r#"\b{name}="([^"]*)""#)).unwrap();
    parameter.captures(answer.header("WWW-Authenticate")).map(|found| found[1].to_owned())
}

#[track_caller]
fn challenged(answer: &Answer) {
    answer.refused(401, "insufficient_user_authentication");
    assert!(answer.header("WWW-Authenticate").starts_with("Bearer error=\"insufficient_user_authentication\""));
}

async fn redeemed(site: &Site, client: &RegisteredClient, answer: &Answer, request: &Request) -> Value {
    let code = answer.parameter("code").unwrap_or_else(|| panic!("no code: {:?} {}", answer.location(), answer.body));
    let tokens = flows::redeem(site, client, &code, &request.verifier).await;
    assert_eq!(tokens.status, 200, "{}", tokens.body);
    tokens.json()
}

both! {
    async fn userinfo_demands_a_fresh_sign_in_and_takes_one(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        for format in [AccessTokenFormat::Jwt, AccessTokenFormat::Opaque] {
            let demand = demanding(StepUp { max_age: Some(120), acr_values: vec![] });
            let client = site.client(|client| {
                demand(client);
                client.access_token_format = format;
            }).await;
            let mut browser = flows::minas_browser(&site).await;
            let tokens = flows::tokens(&site, &mut browser, &client, "openid profile").await;
            let access = tokens["access_token"].as_str().unwrap();
            site.advance(Duration::from_secs(120));
            assert_eq!(flows::userinfo(&site, access).await.status, 200);
            site.advance(Duration::from_secs(1));
            let refused = flows::userinfo(&site, access).await;
            challenged(&refused);
            assert_eq!((told(&refused, "max_age").as_deref(), told(&refused, "acr_values")), (Some("120"), None));
            // A token that is newer than its sign-in does not help; asking as the challenge says does.
            let stale = flows::tokens(&site, &mut browser, &client, "openid profile").await;
            challenged(&flows::userinfo(&site, stale["access_token"].as_str().unwrap()).await);
            let request = Request::new(&client, "openid profile").with("max_age", &told(&refused, "max_age").unwrap());
            assert!(browser.get(&request.path()).await.location().unwrap().starts_with("/signin"));
            let done = flows::sign_in_from(&mut browser, &request.path(), "mina@lantern.example").await;
            let done = browser.follow(done).await;
            let fresh = redeemed(&site, &client, &done, &request).await;
            let fresh = fresh["access_token"].as_str().unwrap();
            assert_eq!(flows::userinfo(&site, fresh).await.json()["name"], "Mina Farouk");
            // Whoever decides by introspection hears of what sign-in a token comes.
            let told = site.introspect(&client, fresh).await;
            assert_eq!((&told["auth_time"], &told["acr"]), (&json!(site.now().seconds()), &json!(ONE)));
        }
    }

    async fn userinfo_demands_a_strong_sign_in(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let mut browser = flows::minas_browser(&site).await;
        let both = vec![TWO.to_owned(), ONE.to_owned()];
        for (classes, is_met) in [(vec![TWO.to_owned()], false), (both, true)] {
            let client = site.client(demanding(StepUp { max_age: None, acr_values: classes })).await;
            let tokens = flows::tokens(&site, &mut browser, &client, "openid").await;
            let answer = flows::userinfo(&site, tokens["access_token"].as_str().unwrap()).await;
            if is_met {
                assert_eq!(answer.status, 200, "{}", answer.body);
            } else {
                challenged(&answer);
                assert_eq!((told(&answer, "acr_values").as_deref(), told(&answer, "max_age")), (Some(TWO), None));
            }
        }
        let plain = site.client(|_| {}).await;
        let tokens = flows::tokens(&site, &mut browser, &plain, "openid").await;
        assert_eq!(flows::userinfo(&site, tokens["access_token"].as_str().unwrap()).await.status, 200);
    }

    async fn an_access_token_tells_of_its_sign_in(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let signed_in_at = site.now().seconds();
        let mut browser = flows::minas_browser(&site).await;
        site.advance(Duration::from_secs(30));
        let client = site.client(|_| {}).await;
        let request = Request::new(&client, "openid").with("acr_values", ONE);
        let answer = browser.get(&request.path()).await;
        let tokens = redeemed(&site, &client, &answer, &request).await;
        let claims = flows::claims(tokens["access_token"].as_str().unwrap());
        assert_eq!((&claims["auth_time"], &claims["acr"], &claims["amr"]), (&json!(signed_in_at), &json!(ONE), &json!(["pwd"])));
    }

    async fn what_a_client_registered_counts_where_its_request_is_silent(database) {
        let site = Site::with(database, &[("KEYHOUSE_SIGNIN__SECOND_BY_SMS", "false")]).await;
        flows::mina(&site).await;
        let mut browser = flows::minas_browser(&site).await;
        site.advance(Duration::from_secs(100));
        let client = site.client(|client| {
            let classes = vec![TWO.to_owned(), ONE.to_owned()];
            let metadata = Metadata { default_max_age: Some(60), default_acr_values: classes, ..Metadata::default() };
            client.metadata = Json::of(metadata);
        }).await;
        let request = Request::new(&client, "openid");
        assert!(browser.get(&request.path()).await.location().unwrap().starts_with("/signin"));
        Browser::new(&site).get(&request.clone().with("prompt", "none").path()).await.assert_error("login_required");
        let own = request.clone().with("max_age", "1000");
        let answer = browser.get(&own.path()).await;
        let id_token = redeemed(&site, &client, &answer, &own).await["id_token"].as_str().unwrap().to_owned();
        // The wish of a class is voluntary, and told as what was reached.
        assert_eq!(flows::claims(&id_token)["acr"], ONE);
    }
}
