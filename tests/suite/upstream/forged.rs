//! ID tokens that no provider of ours made for this browser, and providers that do not do their part.

use reqwest::StatusCode;
use serde_json::{Value, json};

use super::{
    CALLBACK, EMAIL, UNAVAILABLE, UNTRUSTED, assert_refused, back, begin, come_back, connected, house, sessions_of,
    sign_in, site_with, written,
};
use crate::both;
use crate::harness::browser::{Browser, encode};
use crate::harness::flows;
use crate::harness::provider::{CLIENT, Provider, SECRET};
use crate::harness::signer::{Signer, hs256, unsigned};

both! {
    async fn claims_of_another_sign_in_are_refused(database) {
        let (site, provider) = house(database).await;
        let (account, _) = connected(&site, &provider).await;
        let now = site.now().seconds();
        let before = sessions_of(&site, &account).await.len();
        for change in [
            json!({"nonce": "another"}),
            json!({"nonce": null}),
            json!({"aud": "another client"}),
            json!({"aud": []}),
            json!({"aud": [CLIENT, "another client"]}),
            json!({"azp": "another client"}),
            json!({"iss": "http://127.0.0.1:9"}),
            json!({"iss": format!("{}/", provider.issuer)}),
            json!({"exp": now}),
            json!({"iat": now + 3600, "exp": now + 7200}),
            json!({"iat": now - 3600}),
            json!({"sub": ""}),
            json!({"sub": "x".repeat(256)}),
            json!({"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"}),
        ] {
            let mut browser = Browser::new(&site);
            let sent = begin(&mut browser, "/signin").await;
            let answer = come_back(&site, &mut browser, &provider, &sent, &change).await;
            assert_refused(&answer, UNTRUSTED);
            assert!(!flows::is_signed_in(&mut browser).await, "{change}");
        }
        assert_eq!(sessions_of(&site, &account).await.len(), before);
        // Nothing but the change was wrong with them.
        let good = json!({"aud": [CLIENT], "azp": CLIENT});
        let mut browser = Browser::new(&site);
        let sent = begin(&mut browser, "/signin").await;
        let answer = come_back(&site, &mut browser, &provider, &sent, &good).await;
        assert_eq!(answer.location().as_deref(), Some("/account"), "{}", answer.body);
    }

    async fn signatures_that_are_none_are_refused(database) {
        let (site, provider) = house(database).await;
        connected(&site, &provider).await;
        let foreign = Signer::new("ES256");
        let x = provider.signer.jwk()["x"].as_str().unwrap().to_owned();
        let forged: [&dyn Fn(&Value) -> String; 7] = [
            &unsigned,
            &|claims| unsigned(claims).replace("none", "NONE"),
            &|claims| hs256(SECRET.as_bytes(), claims),
            &|claims| hs256(x.as_bytes(), claims),
            &|claims| foreign.sign_under(&json!({"alg": "ES256", "kid": provider.signer.kid()}), claims),
            // A key that the token brings along.
            &|claims| foreign.sign_under(&json!({"alg": "ES256", "jwk": foreign.jwk(), "jku": "http://127.0.0.1:9/"}), claims),
            &|claims| {
                let good = provider.signer.sign(claims);
                format!("{}.{}", good.rsplit_once('.').unwrap().0, "A".repeat(86))
            },
        ];
        for (place, forge) in forged.iter().enumerate() {
            let mut browser = Browser::new(&site);
            let sent = begin(&mut browser, "/signin").await;
            provider.gives(&forge(&provider.claims(&site, &sent.get("nonce"))));
            let answer = browser.get(&back(&provider, &sent)).await;
            assert_refused(&answer, UNTRUSTED);
            assert!(!flows::is_signed_in(&mut browser).await, "{place}");
        }
    }

    async fn an_hmac_counts_where_the_operator_says_so_and_nothing_else_then(database) {
        let provider = Provider::start();
        let site = site_with(database, &[written("lantern", &provider.issuer, ", algorithms = [\"HS256\"]")]).await;
        flows::mina(&site).await;
        let mut browser = flows::minas_browser(&site).await;
        let sent = crate::upstream::begin_connecting(&mut browser).await;
        provider.gives(&hs256(SECRET.as_bytes(), &provider.claims(&site, &sent.get("nonce"))));
        let answer = browser.get(&back(&provider, &sent)).await;
        assert!(answer.location().unwrap().starts_with(crate::upstream::CONFIRM), "{}", answer.body);
        let answer = sign_in(&site, &mut Browser::new(&site), &provider).await;
        assert_refused(&answer, UNTRUSTED);
    }

    async fn a_new_key_is_looked_up_and_an_invented_one_does_not_flood(database) {
        let (site, mut provider) = house(database).await;
        connected(&site, &provider).await;
        let old = std::mem::replace(&mut provider.signer, Signer::new("ES256"));
        // Not published yet.
        let answer = sign_in(&site, &mut Browser::new(&site), &provider).await;
        assert_refused(&answer, UNTRUSTED);
        site.advance(std::time::Duration::from_secs(61));
        for _ in 0..3 {
            let answer = sign_in(&site, &mut Browser::new(&site), &provider).await;
            assert_refused(&answer, UNTRUSTED);
        }
        assert_eq!(provider.heard("/jwks").len(), 2);
        // What was known still counts.
        let new = std::mem::replace(&mut provider.signer, old);
        let answer = sign_in(&site, &mut Browser::new(&site), &provider).await;
        assert_eq!(answer.location().as_deref(), Some("/account"), "{}", answer.body);
        provider.signer = new;
        provider.publishes(&provider.signer.jwks());
        site.advance(std::time::Duration::from_secs(61));
        let answer = sign_in(&site, &mut Browser::new(&site), &provider).await;
        assert_eq!(answer.location().as_deref(), Some("/account"), "{}", answer.body);
    }

    async fn an_answer_says_whose_it_is(database) {
        let (site, provider) = house(database).await;
        connected(&site, &provider).await;
        for (iss, works) in [("", false), ("http://127.0.0.1:9", false), (provider.issuer.as_str(), true)] {
            for error in [false, true] {
                let mut browser = Browser::new(&site);
                let sent = begin(&mut browser, "/signin").await;
                provider.gives(&provider.signer.sign(&provider.claims(&site, &sent.get("nonce"))));
                let state = sent.get("state");
                let mut query = vec![("state", state.as_str()), if error { ("error", "access_denied") } else { ("code", "a-code") }];
                if !iss.is_empty() {
                    query.push(("iss", iss));
                }
                let heard = provider.heard("/token").len();
                let answer = browser.get(&format!("{CALLBACK}?{}", encode(&query))).await;
                match (works, error) {
                    (true, false) => assert_eq!(answer.location().as_deref(), Some("/account"), "{}", answer.body),
                    (true, true) => assert_refused(&answer, "called off"),
                    (false, _) => {
                        assert_refused(&answer, UNTRUSTED);
                        assert_eq!(provider.heard("/token").len(), heard, "no code goes to another provider");
                    }
                }
            }
        }
    }

    async fn errors_of_the_provider_are_pages(database) {
        let (site, provider) = house(database).await;
        connected(&site, &provider).await;
        for (code, why) in [
            ("access_denied", "called off"),
            ("temporarily_unavailable", UNAVAILABLE),
            ("server_error", UNAVAILABLE),
            ("invalid_request", UNTRUSTED),
            ("<script>alert(1)</script>", UNTRUSTED),
        ] {
            let mut browser = Browser::new(&site);
            let sent = begin(&mut browser, "/signin").await;
            let query = [("error", code), ("error_description", "<b>no</b>"), ("state", &sent.get("state")), ("iss", &provider.issuer)];
            let answer = browser.get(&format!("{CALLBACK}?{}", encode(&query))).await;
            assert_refused(&answer, why);
            assert!(!answer.body.contains("<script>") && !answer.body.contains("<b>no"), "{}", answer.body);
            assert!(answer.body.contains("href=\"/signin?continue="), "{}", answer.body);
        }
        for (status, body, why) in [
            ("500 Internal Server Error", json!({}), UNTRUSTED),
            ("302 Found", json!({}), UNTRUSTED),
            ("400 Bad Request", json!({"error": "invalid_grant"}), UNTRUSTED),
            ("200 OK", json!({"access_token": "x", "token_type": "Bearer"}), UNTRUSTED),
            ("200 OK", json!({"access_token": "x", "token_type": "Bearer", "id_token": "a.b.c"}), UNTRUSTED),
            ("200 OK", json!({"access_token": "x".repeat(70_000), "token_type": "Bearer"}), UNAVAILABLE),
        ] {
            let mut browser = Browser::new(&site);
            let sent = begin(&mut browser, "/signin").await;
            provider.answers("/token", status, &body);
            let answer = browser.get(&back(&provider, &sent)).await;
            assert_refused(&answer, why);
        }
        assert!(provider.heard("/elsewhere").is_empty(), "a redirect is followed by nobody");
    }

    async fn a_provider_that_is_gone_leaves_the_other_ways(database) {
        let (site, provider) = house(database).await;
        flows::mina(&site).await;
        provider.answers("/.well-known/openid-configuration", "503 Service Unavailable", &json!({}));
        let mut browser = Browser::new(&site);
        let page = browser.get("/signin").await;
        let answer = browser.submit(&page, crate::upstream::SIGN_IN, &[]).await;
        assert_refused(&answer, UNAVAILABLE);
        flows::sign_in(&mut browser, EMAIL).await;
        let list = browser.get(crate::upstream::LIST).await;
        let answer = browser.submit(&list, "/account/security/connected/begin", &[]).await;
        assert_eq!(answer.location().as_deref(), Some("/account/security/connected?note=unavailable"));
        assert_eq!(provider.heard("/.well-known/openid-configuration").len(), 1, "it is not asked at every press");
    }

    async fn metadata_of_another_are_refused(database) {
        let (site, provider) = house(database).await;
        for (place, change) in [
            json!({"issuer": "http://127.0.0.1:9"}),
            json!({"authorization_endpoint": "javascript:alert(1)"}),
            json!({"authorization_endpoint": "data:text/html,x"}),
        ]
        .iter()
        .enumerate()
        {
            provider.says_of_itself(change);
            site.advance(std::time::Duration::from_secs(11));
            let mut browser = Browser::new(&site);
            let page = browser.get("/signin").await;
            let answer = browser.submit(&page, crate::upstream::SIGN_IN, &[]).await;
            assert_refused(&answer, UNTRUSTED);
            assert_eq!(provider.heard("/.well-known/openid-configuration").len(), place + 1);
        }
    }

    async fn a_provider_inside_is_not_called_unless_it_may_be(database) {
        let provider = Provider::start();
        let issuer = provider.issuer.replace("http://", "https://");
        let providers = format!("[{}]", written("lantern", &issuer, ""));
        let site = crate::harness::Site::with(database, &[("KEYHOUSE_UPSTREAM__PROVIDERS", &providers)]).await;
        let mut browser = Browser::new(&site);
        let page = browser.get("/signin").await;
        assert_eq!(page.status, StatusCode::OK);
        assert_refused(&browser.submit(&page, crate::upstream::SIGN_IN, &[]).await, UNAVAILABLE);
    }
}
