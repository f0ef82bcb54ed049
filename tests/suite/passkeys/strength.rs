//! What a passkey makes of an account's strength.

use super::authenticator::Authenticator;
use super::{EMAIL, added, site};
use crate::both;
use crate::harness::flows;
use crate::life::strength::head;

both! {
    async fn a_passkey_is_the_next_thing_until_there_is_one(database) {
        let site = site(database).await;
        flows::mina(&site).await;
        let mut browser = flows::minas_browser(&site).await;
        assert_eq!(head(&mut browser).await, ("fair".to_owned(), Some("/account/security/passkeys/add".to_owned())));
        added(&site, EMAIL, Authenticator::synced()).await;
        let (word, next) = head(&mut browser).await;
        assert_eq!((word.as_str(), next.as_deref()), ("good", Some("/account/security/two-step")));
        assert!(browser.get("/account").await.body.contains("4 of 5"));
    }
}
