//! Signing in with a passkey and nothing else.

use std::time::Duration;

use keyhouse::store::accounts::{self, AccountState};
use reqwest::StatusCode;
use serde_json::json;

use super::authenticator::Authenticator;
use super::{
    COULD_NOT, EMAIL, LIST, UNKNOWN, added, ask, assert_refused, options, passkeys_of, send, sessions_of, sign_in, site,
};
use crate::both;
use crate::harness::Site;
use crate::harness::browser::Browser;
use crate::harness::flows::{self, Request};

both! {
    async fn a_passkey_signs_in_without_a_name(database) {
        let site = site(database).await;
        let account = flows::mina(&site).await;
        let mut passkey = added(&site, EMAIL, Authenticator::synced()).await;
        site.advance(Duration::from_secs(3600));
        let mut browser = Browser::new(&site);
        let done = sign_in(&mut browser, &mut passkey).await;
        assert_eq!((done.status, done.location().as_deref()), (StatusCode::SEE_OTHER, Some("/account")), "{}", done.body);
        assert!(browser.get("/account").await.body.contains("Mina Farouk"));
        let own = passkeys_of(&site, &account).await.remove(0);
        assert_eq!(own.last_used_at, Some(site.now()));
        let session = sessions_of(&site, &account).await.into_iter().find(|own| own.authenticated_at == site.now()).unwrap();
        assert_eq!(own.last_device_id, Some(session.device_id));
        let list = browser.get(LIST).await;
        for words in ["Google Password Manager", "Shared between your devices", "Just now", "Firefox on Linux"] {
            assert!(list.body.contains(words), "{words}: {}", list.body);
        }
        // It signs in as often as it is asked.
        assert_eq!(sign_in(&mut Browser::new(&site), &mut passkey).await.location().as_deref(), Some("/account"));
    }

    async fn apps_are_told_that_it_was_two_factors(database) {
        let site = site(database).await;
        flows::mina(&site).await;
        let client = site.client(|_| {}).await;
        for (passkey, key) in [(Authenticator::synced(), "swk"), (Authenticator::hardware(), "hwk"),
                               (Authenticator { aaguid: 0, ..Authenticator::hardware() }, "pop")] {
            let mut passkey = added(&site, EMAIL, passkey).await;
            let mut browser = Browser::new(&site);
            let request = Request::new(&client, "openid").with("acr_values", "urn:keyhouse:acr:2");
            let page = browser.get(&request.path()).await;
            let page = browser.follow(page).await;
            let options = options(&mut browser, &page, "/signin/passkey").await;
            let done = send(&mut browser, &page, "/signin/passkey", &passkey.prove(&options)).await;
            let back = browser.follow(done).await;
            let code = back.parameter("code").unwrap_or_else(|| panic!("{:?} {}", back.location(), back.body));
            let answer = flows::redeem(&site, &client, &code, &request.verifier).await.json();
            let claims = flows::claims(answer["id_token"].as_str().unwrap());
            assert_eq!(claims["amr"], json!([key, "user", "mfa"]));
            assert_eq!(claims["acr"], "urn:keyhouse:acr:2");
        }
    }

    async fn the_question_tells_nothing_of_anybody(database) {
        let site = site(database).await;
        flows::mina(&site).await;
        added(&site, EMAIL, Authenticator::synced()).await;
        let mut asked = Vec::new();
        for who in [EMAIL, "nobody@lantern.example"] {
            let mut browser = Browser::new(&site);
            let page = flows::begin(&mut browser, who).await;
            let mut options = options(&mut browser, &page, "/signin/passkey").await;
            assert_eq!(options["publicKey"]["allowCredentials"], json!([]));
            options["publicKey"]["challenge"] = json!("");
            let page = page.body.replace(who, "").split("name=\"csrf\"").next().unwrap().to_owned();
            asked.push((options, page));
        }
        assert_eq!(asked[0], asked[1]);
    }

    async fn a_passkey_on_the_password_page_signs_in_whose_it_is(database) {
        let site = site(database).await;
        flows::mina(&site).await;
        flows::jonas(&site).await;
        let mut passkey = added(&site, EMAIL, Authenticator::synced()).await;
        let mut browser = Browser::new(&site);
        let page = flows::begin(&mut browser, "jonas@lantern.example").await;
        let options = options(&mut browser, &page, "/signin/passkey").await;
        let done = send(&mut browser, &page, "/signin/passkey", &passkey.prove(&options)).await;
        assert_eq!(done.location().as_deref(), Some("/account"));
        assert!(browser.get("/account").await.body.contains("Mina Farouk"));
    }

    async fn the_cookie_of_before_is_worth_nothing_after_it(database) {
        let site = site(database).await;
        flows::mina(&site).await;
        let mut passkey = added(&site, EMAIL, Authenticator::synced()).await;
        let mut browser = flows::minas_browser(&site).await;
        let mut fixed = browser.clone();
        let before = browser.cookies["keyhouse_session"].clone();
        sign_in(&mut browser, &mut passkey).await;
        assert_ne!(browser.cookies["keyhouse_session"], before);
        assert!(!flows::is_signed_in(&mut fixed).await);
        assert!(flows::is_signed_in(&mut browser).await);
    }

    async fn a_locked_account_stays_shut(database) {
        let site = site(database).await;
        let account = flows::mina(&site).await;
        let mut passkey = added(&site, EMAIL, Authenticator::synced()).await;
        let id = account.id;
        let lock = site.app.store.write(move |connection| {
            accounts::set_state(connection, id, AccountState::Locked, Some("Somebody else uses it."))
        });
        lock.await.unwrap();
        let mut browser = Browser::new(&site);
        let refused = sign_in(&mut browser, &mut passkey).await;
        refused.assert_page(StatusCode::FORBIDDEN);
        assert!(refused.body.contains("Somebody else uses it."));
        assert!(!flows::is_signed_in(&mut browser).await);
        assert_eq!(passkeys_of(&site, &account).await[0].last_used_at, None);
    }

    async fn an_unknown_passkey_is_to_be_forgotten_and_no_other(database) {
        let site = site(database).await;
        flows::mina(&site).await;
        let mut known = added(&site, EMAIL, Authenticator::synced()).await;
        let mut unknown = Authenticator { user_handle: Some(vec![7; 16]), ..Authenticator::synced() };
        let mut browser = Browser::new(&site);
        let refused = sign_in(&mut browser, &mut unknown).await;
        assert_refused(&refused, UNKNOWN);
        let id = keyhouse::security::random::encode(&unknown.credential_id);
        assert!(refused.body.contains(&format!("data-passkey-unknown=\"{id}\" data-passkey-rp=\"localhost\"")));
        known.user_handle = Some(vec![7; 16]);
        let refused = sign_in(&mut browser, &mut known).await;
        assert_refused(&refused, COULD_NOT);
        assert!(!refused.body.contains("data-passkey-unknown"), "a passkey that counts must not be forgotten");
        assert!(!flows::is_signed_in(&mut browser).await);
    }

    async fn a_server_without_a_domain_has_no_passkeys(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let mut browser = Browser::new(&site);
        let page = browser.get("/signin").await;
        assert!(!page.body.contains("passkey") && !page.body.contains("webauthn"), "{}", page.body);
        let (_, form) = page.form("/signin").unwrap();
        let csrf = &form.iter().find(|(name, _)| name == "csrf").unwrap().1;
        for path in ["/signin/passkey", "/signin/passkey/challenge"] {
            assert_eq!(browser.post(path, &[("csrf", csrf), ("credential", "{}")]).await.status, StatusCode::NOT_FOUND);
        }
        flows::sign_in(&mut browser, EMAIL).await;
        let list = browser.get(LIST).await;
        assert!(list.body.contains("Passkeys need a web address with a name"));
        assert!(!list.body.contains("/add"));
        assert!(!browser.get("/account").await.body.contains("The strongest way in"));
        let csrf = &browser.get("/account/settings").await.form("/account/settings").unwrap().1[0].1.clone();
        assert_eq!(browser.post("/account/security/passkeys/challenge", &[("csrf", csrf)]).await.status, StatusCode::NOT_FOUND);
    }

    async fn questions_are_counted_by_the_address_they_come_from(database) {
        let site = Site::with(database, &[
            ("KEYHOUSE_SERVER__ISSUER", crate::passkeys::ORIGIN),
            ("KEYHOUSE_LIMITS__PASSKEY_CHALLENGES_PER_ADDRESS_PER_HOUR", "2"),
        ]).await;
        for status in [StatusCode::OK, StatusCode::OK, StatusCode::TOO_MANY_REQUESTS] {
            let mut browser = Browser::new(&site);
            let page = browser.get("/signin").await;
            assert_eq!(ask(&mut browser, &page, "/signin/passkey").await.status, status);
        }
        site.advance(Duration::from_secs(3601));
        let mut browser = Browser::new(&site);
        let page = browser.get("/signin").await;
        assert_eq!(ask(&mut browser, &page, "/signin/passkey").await.status, StatusCode::OK);
    }

    async fn any_node_judges_what_another_asked_and_once(database) {
        let site = site(database).await;
        flows::mina(&site).await;
        let mut passkey = added(&site, EMAIL, Authenticator::synced()).await;
        let node = site.node().await;
        let mut browser = Browser::new(&site);
        let page = browser.get("/signin").await;
        let options = options(&mut browser, &page, "/signin/passkey").await;
        let (answer, mut there) = (passkey.prove(&options), browser.moved_to(&node));
        let (one, other) = tokio::join!(
            send(&mut browser, &page, "/signin/passkey", &answer),
            send(&mut there, &page, "/signin/passkey", &answer)
        );
        let in_all = [&one, &other].into_iter().filter(|answer| answer.status == StatusCode::SEE_OTHER).count();
        assert_eq!(in_all, 1, "{} {}", one.status, other.status);
        assert!([one, other].iter().all(|answer| !answer.status.is_server_error()));
    }
}
