//! Proving oneself again with a passkey: only one's own.

use std::time::Duration;

use reqwest::StatusCode;
use serde_json::json;

use super::authenticator::Authenticator;
use super::{COULD_NOT, EMAIL, UNKNOWN, added, assert_refused, options, send, sessions_of, sign_in, site};
use crate::both;
use crate::harness::browser::Browser;
use crate::harness::flows;

const AGAIN: &str = "/signin/again?continue=%2Faccount%2Fdevices";
const PASSKEY: &str = "/signin/passkey";

both! {
    async fn a_passkey_renews_the_running_sign_in(database) {
        let site = site(database).await;
        let account = flows::mina(&site).await;
        let mut passkey = added(&site, EMAIL, Authenticator::synced()).await;
        let mut browser = flows::minas_browser(&site).await;
        let before = sessions_of(&site, &account).await.len();
        site.advance(Duration::from_secs(3600));
        let page = browser.get(AGAIN).await;
        let options = options(&mut browser, &page, PASSKEY).await;
        let own = json!([{"type": "public-key", "id": keyhouse::security::random::encode(&passkey.credential_id), "transports": ["internal", "hybrid"]}]);
        assert_eq!(options["publicKey"]["allowCredentials"], own);
        let done = send(&mut browser, &page, PASSKEY, &passkey.prove(&options)).await;
        assert_eq!(done.location().as_deref(), Some("/account/devices"));
        let sessions = sessions_of(&site, &account).await;
        assert_eq!(sessions.len(), before);
        let renewed = sessions.iter().find(|own| own.authenticated_at == site.now()).unwrap();
        assert_eq!(renewed.amr.as_str(), "swk user mfa");
    }

    async fn hardware_that_is_asked_for_its_own_need_not_say_whose_it_is(database) {
        let site = site(database).await;
        flows::mina(&site).await;
        let mut passkey = added(&site, EMAIL, Authenticator::hardware()).await;
        passkey.user_handle = None;
        let mut browser = flows::minas_browser(&site).await;
        let page = browser.get(AGAIN).await;
        let options = options(&mut browser, &page, PASSKEY).await;
        let done = send(&mut browser, &page, PASSKEY, &passkey.prove(&options)).await;
        assert_eq!(done.location().as_deref(), Some("/account/devices"));
    }

    async fn another_persons_passkey_proves_nothing(database) {
        let site = site(database).await;
        let mina = flows::mina(&site).await;
        let jonas = flows::jonas(&site).await;
        let minas = added(&site, EMAIL, Authenticator::synced()).await;
        let jonass = added(&site, "jonas@lantern.example", Authenticator::synced()).await;
        let mut browser = flows::minas_browser(&site).await;
        site.advance(Duration::from_secs(3600));
        let page = browser.get(AGAIN).await;
        let page_of = |options: &serde_json::Value| options.clone();
        for mut other in [
            jonass.clone(),
            Authenticator { user_handle: minas.user_handle.clone(), ..jonass.clone() },
            Authenticator { user_handle: None, ..jonass.clone() },
            Authenticator { user_handle: jonass.user_handle.clone(), ..minas.clone() },
        ] {
            let options = page_of(&options(&mut browser, &page, PASSKEY).await);
            assert_refused(&send(&mut browser, &page, PASSKEY, &other.prove(&options)).await, COULD_NOT);
        }
        let options = options(&mut browser, &page, PASSKEY).await;
        let mut unknown = Authenticator { user_handle: minas.user_handle.clone(), ..Authenticator::synced() };
        assert_refused(&send(&mut browser, &page, PASSKEY, &unknown.prove(&options)).await, UNKNOWN);
        let now = site.now();
        assert!(sessions_of(&site, &mina).await.iter().all(|own| own.authenticated_at < now));
        assert!(sessions_of(&site, &jonas).await.iter().all(|own| own.authenticated_at < now));
    }

    async fn nobody_signed_in_proves_nothing_again(database) {
        let site = site(database).await;
        let account = flows::mina(&site).await;
        let mut passkey = added(&site, EMAIL, Authenticator::synced()).await;
        let mut browser = flows::minas_browser(&site).await;
        let page = browser.get(AGAIN).await;
        let options = options(&mut browser, &page, PASSKEY).await;
        browser.cookies.remove("keyhouse_session");
        let before = sessions_of(&site, &account).await.len();
        let answer = send(&mut browser, &page, PASSKEY, &passkey.prove(&options)).await;
        assert_eq!(answer.location().as_deref(), Some("/signin?continue=%2Faccount%2Fdevices"));
        assert_eq!(crate::passkeys::ask(&mut browser, &page, PASSKEY).await.status, StatusCode::GONE);
        assert_eq!(sessions_of(&site, &account).await.len(), before);
    }

    async fn an_account_without_one_is_not_asked_for_one(database) {
        let site = site(database).await;
        flows::mina(&site).await;
        flows::jonas(&site).await;
        let mut passkey = added(&site, EMAIL, Authenticator::synced()).await;
        let mut browser = Browser::new(&site);
        flows::sign_in(&mut browser, "jonas@lantern.example").await;
        assert!(browser.get(AGAIN).await.form(PASSKEY).is_none());
        // One more account in the same browser is the one in use, and the one that is asked.
        site.advance(Duration::from_secs(1));
        sign_in(&mut browser, &mut passkey).await;
        let page = browser.get(AGAIN).await;
        assert!(page.body.contains("Mina Farouk") && page.form(PASSKEY).is_some());
    }
}
