//! What somebody tries who has half of a sign-in, or another's browser.

use std::time::Duration;

use keyhouse::store::accounts::{self, AccountState};
use reqwest::StatusCode;
use serde_json::json;

use super::{
    CALLBACK, CONFIRM, EMAIL, LIST, SIGN_IN, Sent, TOO_LATE, UNLINKED, UNTRUSTED, assert_refused, back, begin,
    come_back, connected, house, links_of, question, sessions_of, sign_in, site_with, written,
};
use crate::both;
use crate::harness::browser::{Browser, encode};
use crate::harness::flows;
use crate::harness::provider::Provider;

both! {
    async fn a_state_is_for_one_answer_one_browser_and_ten_minutes(database) {
        let (site, provider) = house(database).await;
        let (account, _) = connected(&site, &provider).await;
        // Another browser: it neither gets in nor spoils it for the first.
        let (mut browser, mut other) = (Browser::new(&site), Browser::new(&site));
        other.get("/signin").await;
        let sent = begin(&mut browser, "/signin").await;
        assert_refused(&come_back(&site, &mut other, &provider, &sent, &json!({})).await, TOO_LATE);
        assert_refused(&come_back(&site, &mut Browser::new(&site), &provider, &sent, &json!({})).await, TOO_LATE);
        let done = come_back(&site, &mut browser, &provider, &sent, &json!({})).await;
        assert_eq!(done.location().as_deref(), Some("/account"), "{}", done.body);
        // Once more.
        let calls = provider.heard("/token").len();
        assert_refused(&come_back(&site, &mut browser, &provider, &sent, &json!({})).await, TOO_LATE);
        assert_eq!(provider.heard("/token").len(), calls, "a code is redeemed for a state that is alive");
        // The first answer takes it away, right or wrong.
        let mut browser = Browser::new(&site);
        let sent = begin(&mut browser, "/signin").await;
        assert_refused(&come_back(&site, &mut browser, &provider, &sent, &json!({"nonce": "x"})).await, UNTRUSTED);
        assert_refused(&come_back(&site, &mut browser, &provider, &sent, &json!({})).await, TOO_LATE);
        // Too late.
        let mut browser = Browser::new(&site);
        let sent = begin(&mut browser, "/signin").await;
        site.advance(Duration::from_secs(600));
        assert_refused(&come_back(&site, &mut browser, &provider, &sent, &json!({})).await, TOO_LATE);
        assert_eq!(sessions_of(&site, &account).await.len(), 2);
        // None, an invented one, two.
        for query in ["", "?state=x&code=y", "?code=y", "?state=&code=y", "?state=a&state=b&code=c", "?error=access_denied"] {
            assert_refused(&browser.get(&format!("{CALLBACK}{query}")).await, TOO_LATE);
        }
    }

    async fn of_two_answers_at_once_one_counts(database) {
        let (site, provider) = house(database).await;
        let (account, _) = connected(&site, &provider).await;
        let mut browser = Browser::new(&site);
        let sent = begin(&mut browser, "/signin").await;
        provider.gives(&provider.signer.sign(&provider.claims(&site, &sent.get("nonce"))));
        let address = back(&provider, &sent);
        let (mut one, mut two) = (browser.clone(), browser.clone());
        let answers = futures_util::future::join(one.get(&address), two.get(&address)).await;
        let works = [answers.0, answers.1].iter().filter(|answer| answer.status == StatusCode::SEE_OTHER).count();
        assert_eq!((works, sessions_of(&site, &account).await.len()), (1, 2));
    }

    async fn a_code_of_one_provider_is_none_at_another(database) {
        let (one, two) = (Provider::start(), Provider::start());
        one.says_of_itself(&json!({"authorization_response_iss_parameter_supported": null}));
        two.says_of_itself(&json!({"authorization_response_iss_parameter_supported": null}));
        let site = site_with(database, &[written("lantern", &one.issuer, ""), written("other", &two.issuer, "")]).await;
        connected(&site, &one).await;
        // Begun at one, answered as if by the other, which does not say who it is.
        let mut browser = Browser::new(&site);
        let sent = begin(&mut browser, "/signin").await;
        two.gives(&two.signer.sign(&two.claims(&site, &sent.get("nonce"))));
        let query = encode(&[("code", "a-code"), ("state", &sent.get("state"))]);
        assert_refused(&browser.get(&format!("/signin/upstream/other/callback?{query}")).await, TOO_LATE);
        assert!(one.heard("/token").len() == 1 && two.heard("/token").is_empty(), "no code went where it does not belong");
        // Each has a redirect URI of its own.
        let page = browser.get("/signin").await;
        let other = Sent::by(&browser.submit(&page, "/signin/upstream/other", &[]).await);
        assert_ne!(other.get("redirect_uri"), sent.get("redirect_uri"));
        assert_eq!(browser.get("/signin/upstream/nobody/callback?state=x").await.status, StatusCode::NOT_FOUND);
    }

    async fn the_same_address_is_not_the_same_person(database) {
        let (site, provider) = house(database).await;
        let account = flows::mina(&site).await;
        // The provider says, truly or not, that it has proved the address of her account.
        let mut browser = Browser::new(&site);
        let answer = sign_in(&site, &mut browser, &provider).await;
        assert!(answer.location().unwrap().starts_with(UNLINKED), "{:?}", answer.location());
        assert!(!flows::is_signed_in(&mut browser).await);
        assert!(links_of(&site, &account).await.is_empty() && sessions_of(&site, &account).await.is_empty());
        // The page says nothing of whether there is such an account.
        let page = browser.follow(answer).await;
        let mut stranger = Browser::new(&site);
        let sent = begin(&mut stranger, "/signin").await;
        let unknown = json!({"email": "nobody@lantern.example", "sub": "somebody else"});
        let other = come_back(&site, &mut stranger, &provider, &sent, &unknown).await;
        let other = stranger.follow(other).await;
        let plain = |body: &str| {
            let masked = body.replace("nobody@lantern.example", EMAIL);
            regex::Regex::new("[A-Za-z0-9_-]{43,45}").unwrap().replace_all(&masked, "X").into_owned()
        };
        assert_eq!(plain(&page.body), plain(&other.body));
        // Only with the other proof, in the same browser, are the two one.
        let id = page.body.split("confirm%2F").nth(1).unwrap().split(['"', '&']).next().unwrap().to_owned();
        let mut thief = flows::minas_browser(&site).await;
        assert_eq!(thief.get(&format!("{CONFIRM}{id}")).await.status, StatusCode::GONE, "it is that browser's");
        let from = browser.get(&format!("{CONFIRM}{id}")).await.location().unwrap();
        let done = flows::sign_in_from(&mut browser, &from, EMAIL).await;
        let page = browser.follow(done).await;
        let done = browser.submit(&page, CONFIRM, &[]).await;
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
        assert_eq!(links_of(&site, &account).await.len(), 1);
    }

    async fn another_site_neither_begins_nor_connects(database) {
        let (site, provider) = house(database).await;
        let account = flows::mina(&site).await;
        let mut browser = flows::minas_browser(&site).await;
        for (path, form) in [(SIGN_IN, ""), ("/account/security/connected/begin", "provider=lantern")] {
            assert_eq!(browser.post_text(path, form.to_owned()).await.status, StatusCode::FORBIDDEN, "{path}");
        }
        // The attacker's own sign-in elsewhere, sent to her browser.
        let mut thief = Browser::new(&site);
        flows::jonas(&site).await;
        flows::sign_in(&mut thief, "jonas@lantern.example").await;
        let sent = crate::upstream::begin_connecting(&mut thief).await;
        let answer = come_back(&site, &mut browser, &provider, &sent, &json!({"sub": "the thief"})).await;
        assert_refused(&answer, TOO_LATE);
        // Nor does the question of another browser, or a post without our form.
        let page = question(&site, &mut browser, &provider, &json!({})).await;
        let (target, _) = page.form(CONFIRM).unwrap();
        assert_eq!(browser.post_text(&target, String::new()).await.status, StatusCode::FORBIDDEN);
        let own = thief.get("/account/security").await;
        let (_, form) = own.form("/account/signout").unwrap();
        let csrf = form.iter().find(|(name, _)| name == "csrf").unwrap().1.clone();
        assert_eq!(thief.post(&target, &[("csrf", &csrf)]).await.status, StatusCode::GONE);
        assert!(links_of(&site, &account).await.is_empty());
    }

    async fn what_was_to_be_connected_signs_nobody_in(database) {
        let (site, provider) = house(database).await;
        let (account, _) = connected(&site, &provider).await;
        // Jonas begins to connect, and comes back as somebody who opens mina's account: he stays who he is.
        flows::jonas(&site).await;
        let mut browser = Browser::new(&site);
        flows::sign_in(&mut browser, "jonas@lantern.example").await;
        let before = sessions_of(&site, &account).await.len();
        let page = question(&site, &mut browser, &provider, &json!({})).await;
        assert_eq!(sessions_of(&site, &account).await.len(), before);
        let answer = browser.submit(&page, CONFIRM, &[]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(answer.body.contains("opens another account here"), "{}", answer.body);
        assert_eq!(links_of(&site, &account).await.len(), 1);
        // Who has signed out meanwhile connects nothing.
        let sent = crate::upstream::begin_connecting(&mut browser).await;
        let home = browser.get("/account").await;
        browser.submit(&home, "/account/signout", &[]).await;
        assert_refused(&come_back(&site, &mut browser, &provider, &sent, &json!({"sub": "x"})).await, TOO_LATE);
    }

    async fn it_is_no_proof_for_a_change(database) {
        let (site, provider) = house(database).await;
        let (account, _) = connected(&site, &provider).await;
        let mut browser = Browser::new(&site);
        sign_in(&site, &mut browser, &provider).await;
        assert!(flows::is_signed_in(&mut browser).await);
        for path in [
            "/account/security/add",
            "/account/security/password",
            "/account/security/totp",
            "/account/delete",
        ] {
            let answer = browser.get(path).await;
            let to = answer.location().unwrap_or_else(|| panic!("{path}: {}", answer.body));
            assert!(to.starts_with("/signin/again?continue="), "{path}: {to}");
        }
        let list = browser.get(LIST).await;
        let answer = browser.submit(&list, "/account/security/connected/begin", &[]).await;
        assert!(answer.location().unwrap().starts_with("/signin/again"), "{:?}", answer.location());
        // The password proves it.
        let page = browser.get("/signin/again?continue=%2Faccount%2Fsecurity%2Fadd").await;
        let done = browser.submit(&page, "/signin/password", &[("password", flows::PASSWORD)]).await;
        assert_eq!(done.location().as_deref(), Some("/account/security/add"), "{}", done.body);
        assert_eq!(browser.get("/account/security/add").await.status, StatusCode::OK);
        assert_eq!(sessions_of(&site, &account).await.len(), 2);
    }

    async fn a_locked_account_stays_shut(database) {
        let (site, provider) = house(database).await;
        let (account, _) = connected(&site, &provider).await;
        let used = links_of(&site, &account).await[0].last_used_at;
        let id = account.id;
        let lock = site.app.store.write(move |c| accounts::set_state(c, id, AccountState::Locked, Some("Ask the front desk.")));
        assert!(lock.await.unwrap());
        let mut browser = Browser::new(&site);
        let answer = sign_in(&site, &mut browser, &provider).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{}", answer.body);
        assert!(answer.body.contains("Ask the front desk."), "{}", answer.body);
        assert!(!flows::is_signed_in(&mut browser).await);
        assert_eq!(links_of(&site, &account).await[0].last_used_at, used);
    }

    async fn one_address_begins_so_often(database) {
        let provider = Provider::start();
        let providers = format!("[{}]", written("lantern", &provider.issuer, ""));
        let settings = [
            ("KEYHOUSE_UPSTREAM__PROVIDERS", providers.as_str()),
            ("KEYHOUSE_UPSTREAM__PRIVATE_ADDRESSES", "true"),
            ("KEYHOUSE_UPSTREAM__PER_ADDRESS_PER_HOUR", "2"),
        ];
        let site = crate::harness::Site::with(database, &settings).await;
        let mut browser = Browser::new(&site);
        for _ in 0..2 {
            begin(&mut browser, "/signin").await;
        }
        let page = browser.get("/signin").await;
        assert_eq!(browser.submit(&page, SIGN_IN, &[]).await.status, StatusCode::TOO_MANY_REQUESTS);
        site.advance(Duration::from_secs(3600));
        begin(&mut browser, "/signin").await;
    }
}
