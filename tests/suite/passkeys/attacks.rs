//! What an authenticator's answer must not be: made elsewhere, for something else, for somebody else, or before.

use std::time::Duration;

use keyhouse::security::random;
use reqwest::StatusCode;
use serde_json::{Value, json};

use super::authenticator::Authenticator;
use super::{
    ADD, COULD_NOT, EMAIL, NOT_VERIFIED, TOO_LATE, add, added, assert_refused, options, passkeys_of, send, sign_in,
    site,
};
use crate::both;
use crate::harness::browser::{Answer, Browser, encode};
use crate::harness::flows;

const PASSKEY: &str = "/signin/passkey";

/// Asks for a proof on the first page of sign-in.
async fn asked(browser: &mut Browser) -> (Answer, Value) {
    let page = browser.get("/signin?another=yes").await;
    let options = options(browser, &page, PASSKEY).await;
    (page, options)
}

both! {
    async fn made_on_another_site(database) {
        let site = site(database).await;
        flows::mina(&site).await;
        let passkey = added(&site, EMAIL, Authenticator::synced()).await;
        let mut browser = Browser::new(&site);
        for origin in ["https://localhost:1", "http://localhost", "http://localhost:2", "http://evil.localhost:1",
                       "http://localhost.evil.example", "http://127.0.0.1:1", "https://evil.example", "android:apk-key-hash:x", "null", ""] {
            let mut elsewhere = Authenticator { origin: origin.to_owned(), ..passkey.clone() };
            assert_refused(&sign_in(&mut browser, &mut elsewhere).await, COULD_NOT);
        }
        for client_data in [json!({"crossOrigin": true}), json!({"crossOrigin": true, "topOrigin": "https://evil.example"}),
                            json!({"topOrigin": "https://evil.example"}), json!({"crossOrigin": "yes"})] {
            let mut framed = Authenticator { client_data, ..passkey.clone() };
            assert_refused(&sign_in(&mut browser, &mut framed).await, COULD_NOT);
        }
        assert!(!flows::is_signed_in(&mut browser).await);
        assert_eq!(sign_in(&mut browser, &mut passkey.clone()).await.status, StatusCode::SEE_OTHER);
    }

    async fn made_for_another_relying_party(database) {
        let site = site(database).await;
        flows::mina(&site).await;
        let passkey = added(&site, EMAIL, Authenticator::synced()).await;
        let mut browser = Browser::new(&site);
        for party in ["evil.example", "localhost.", "LOCALHOST", "127.0.0.1", ""] {
            let mut other = Authenticator { relying_party: party.to_owned(), ..passkey.clone() };
            assert_refused(&sign_in(&mut browser, &mut other).await, COULD_NOT);
        }
        assert!(!flows::is_signed_in(&mut browser).await);
    }

    async fn by_nobody_in_particular(database) {
        let site = site(database).await;
        flows::mina(&site).await;
        let passkey = added(&site, EMAIL, Authenticator::synced()).await;
        let mut browser = Browser::new(&site);
        assert_refused(&sign_in(&mut browser, &mut passkey.unverified()).await, NOT_VERIFIED);
        assert_refused(&sign_in(&mut browser, &mut passkey.absent()).await, COULD_NOT);
        assert!(!flows::is_signed_in(&mut browser).await);
    }

    async fn with_another_key_or_altered(database) {
        let site = site(database).await;
        flows::mina(&site).await;
        let mut passkey = added(&site, EMAIL, Authenticator::synced()).await;
        let mut browser = Browser::new(&site);
        assert_refused(&sign_in(&mut browser, &mut passkey.forged()).await, COULD_NOT);
        for part in ["authenticatorData", "signature", "clientDataJSON"] {
            let (page, options) = asked(&mut browser).await;
            let mut answer: Value = serde_json::from_str(&passkey.prove(&options)).unwrap();
            let mut bytes = random::decode(answer["response"][part].as_str().unwrap()).unwrap();
            // In the client data a space more is the same JSON; in the others the last bit is another.
            match part {
                "clientDataJSON" => bytes.push(b' '),
                _ => *bytes.last_mut().unwrap() ^= 1,
            }
            answer["response"][part] = json!(random::encode(bytes));
            assert_refused(&send(&mut browser, &page, PASSKEY, &answer.to_string()).await, COULD_NOT);
        }
        for kind in ["webauthn.create", "payment.get", "WEBAUTHN.GET", ""] {
            let (page, options) = asked(&mut browser).await;
            assert_refused(&send(&mut browser, &page, PASSKEY, &passkey.prove_as(kind, &options)).await, COULD_NOT);
        }
        assert!(!flows::is_signed_in(&mut browser).await);
    }

    async fn given_before_or_too_late(database) {
        let site = site(database).await;
        flows::mina(&site).await;
        let mut passkey = added(&site, EMAIL, Authenticator::synced()).await;
        let mut browser = Browser::new(&site);
        let (page, options) = asked(&mut browser).await;
        let answer = passkey.prove(&options);
        let mut thief = browser.clone();
        assert_eq!(send(&mut browser, &page, PASSKEY, &answer).await.status, StatusCode::SEE_OTHER);
        assert_refused(&send(&mut thief, &page, PASSKEY, &answer).await, TOO_LATE);
        assert!(!flows::is_signed_in(&mut thief).await);
        let mut slow = Browser::new(&site);
        let (page, options) = asked(&mut slow).await;
        site.advance(Duration::from_secs(300));
        assert_refused(&send(&mut slow, &page, PASSKEY, &passkey.prove(&options)).await, TOO_LATE);
        // A wrong answer uses the question up too.
        let (page, options) = asked(&mut slow).await;
        assert_refused(&send(&mut slow, &page, PASSKEY, &passkey.unverified().prove(&options)).await, NOT_VERIFIED);
        assert_refused(&send(&mut slow, &page, PASSKEY, &passkey.prove(&options)).await, TOO_LATE);
        assert!(!flows::is_signed_in(&mut slow).await);
    }

    async fn to_a_question_that_was_never_asked_here(database) {
        let site = site(database).await;
        flows::mina(&site).await;
        let mut passkey = added(&site, EMAIL, Authenticator::synced()).await;
        let mut browser = Browser::new(&site);
        let page = browser.get("/signin").await;
        let mut other = Browser::new(&site);
        // Another browser's question: whoever lures somebody to answer it gains nothing.
        let (_, foreign) = asked(&mut other).await;
        for challenge in [foreign["publicKey"]["challenge"].clone(), json!(random::secret()), json!(""), json!("=")] {
            let made_up = json!({"publicKey": {"challenge": challenge}});
            assert_refused(&send(&mut browser, &page, PASSKEY, &passkey.prove(&made_up)).await, TOO_LATE);
        }
        assert!(!flows::is_signed_in(&mut browser).await);
    }

    async fn to_a_question_about_something_else(database) {
        let site = site(database).await;
        let account = flows::mina(&site).await;
        let mut passkey = added(&site, EMAIL, Authenticator::synced()).await;
        let mut browser = flows::minas_browser(&site).await;
        // A question of a registration answered as a sign-in, one of a sign-in as a proof of who is signed in, and back.
        let adding = browser.get(ADD).await;
        let to_add = options(&mut browser, &adding, ADD).await;
        let (page, _) = asked(&mut browser).await;
        assert_refused(&send(&mut browser, &page, PASSKEY, &passkey.prove(&to_add)).await, TOO_LATE);
        let again = browser.get("/signin/again?continue=%2Faccount").await;
        let (page, to_sign_in) = asked(&mut browser).await;
        assert_refused(&send(&mut browser, &again, PASSKEY, &passkey.prove(&to_sign_in)).await, TOO_LATE);
        let to_prove = options(&mut browser, &again, PASSKEY).await;
        assert_refused(&send(&mut browser, &page, PASSKEY, &passkey.prove(&to_prove)).await, TOO_LATE);
        let (_, to_sign_in) = asked(&mut browser).await;
        let refused = send(&mut browser, &adding, ADD, &Authenticator::synced().make_as("webauthn.create", &to_sign_in)).await;
        assert_refused(&refused, TOO_LATE);
        assert_eq!(passkeys_of(&site, &account).await.len(), 1);
    }

    async fn with_the_user_handle_of_somebody_else(database) {
        let site = site(database).await;
        flows::mina(&site).await;
        flows::jonas(&site).await;
        let minas = added(&site, EMAIL, Authenticator::synced()).await;
        let jonass = added(&site, "jonas@lantern.example", Authenticator::synced()).await;
        let mut browser = Browser::new(&site);
        for handle in [jonass.user_handle.clone(), Some(Vec::new()), Some(vec![0; 64]), None] {
            let mut mixed = Authenticator { user_handle: handle, ..minas.clone() };
            assert_refused(&sign_in(&mut browser, &mut mixed).await, COULD_NOT);
        }
        assert!(!flows::is_signed_in(&mut browser).await);
        assert_ne!(minas.user_handle, jonass.user_handle);
        assert_eq!(minas.user_handle.unwrap().len(), 16);
    }

    async fn that_another_page_makes_a_browser_send(database) {
        let site = site(database).await;
        let account = flows::mina(&site).await;
        let mut passkey = added(&site, EMAIL, Authenticator::synced()).await;
        // Sign-in: the attacker's own answer and token, in the victim's browser.
        let mut attacker = Browser::new(&site);
        let (page, options_there) = asked(&mut attacker).await;
        let (_, form) = page.filled(PASSKEY, &[("credential", &passkey.prove(&options_there))]);
        let mut victim = Browser::new(&site);
        victim.get("/signin").await;
        assert_eq!(victim.post_text(PASSKEY, form).await.status, StatusCode::FORBIDDEN);
        // Registration: the attacker's passkey for the victim's account.
        let mut victim = flows::minas_browser(&site).await;
        let mut attackers = Authenticator::synced();
        let adding = victim.get(ADD).await;
        let options = options(&mut victim, &adding, ADD).await;
        let credential = attackers.make(&options);
        for form in [encode(&[("credential", &credential)]), encode(&[("credential", &credential), ("csrf", "x")])] {
            assert_eq!(victim.post_text(ADD, form).await.status, StatusCode::FORBIDDEN);
        }
        let (_, form) = adding.filled(ADD, &[("credential", &credential)]);
        let headers = [("Content-Type", "application/x-www-form-urlencoded"), ("Origin", "https://evil.example")];
        let foreign = victim.request(reqwest::Method::POST, ADD, &headers, form.into_bytes()).await;
        assert_eq!(foreign.status, StatusCode::FORBIDDEN);
        assert_eq!(passkeys_of(&site, &account).await.len(), 1);
    }

    async fn that_is_nonsense(database) {
        let site = site(database).await;
        flows::mina(&site).await;
        let mut passkey = added(&site, EMAIL, Authenticator::synced()).await;
        let mut browser = flows::minas_browser(&site).await;
        let (page, options) = asked(&mut browser).await;
        let adding = browser.get(ADD).await;
        let mut whole: Value = serde_json::from_str(&passkey.prove(&options)).unwrap();
        whole["response"]["clientDataJSON"] = json!(random::encode(r#"{"challenge":"\u0000","type":"webauthn.get"}"#));
        let deep = format!("{}{}", "[".repeat(5000), "]".repeat(5000));
        for nonsense in ["", "{}", "null", "[]", "\u{feff}", &deep, &whole.to_string(), &"x".repeat(60_000)] {
            for (page, action) in [(&page, PASSKEY), (&adding, ADD)] {
                let answer = send(&mut browser, page, action, nonsense).await;
                assert!(answer.status.is_client_error(), "{action} {} {nonsense:.60}", answer.status);
            }
        }
        // Binary nonsense in an answer to a question that stands.
        for part in ["attestationObject", "clientDataJSON"] {
            let options = crate::passkeys::options(&mut browser, &adding, ADD).await;
            let mut answer: Value = serde_json::from_str(&Authenticator::synced().make(&options)).unwrap();
            for bytes in [&[][..], &[0xff; 40], &[0x9f; 40], &[0xbf, 0x61, 0x61], &[0x5b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]] {
                answer["response"][part] = json!(random::encode(bytes));
                let refused = send(&mut browser, &adding, ADD, &answer.to_string()).await;
                assert!(refused.status.is_client_error(), "{part} {bytes:?} {}", refused.status);
            }
        }
        assert_eq!(add(&mut browser, &mut Authenticator::synced()).await.status, StatusCode::SEE_OTHER);
    }
}
