//! A hash is made anew at its owner's next sign-in when the cost has risen, and at no other.

use reqwest::StatusCode;

use super::hash_of;
use crate::both;
use crate::harness::Site;
use crate::harness::browser::Browser;
use crate::harness::flows;
use crate::life::password_steps::{EMAIL, opens};

both! {
    async fn a_hash_is_renewed_when_the_cost_has_risen(database) {
        let site = Site::start(database).await;
        let mina = flows::mina(&site).await;
        let before = hash_of(&site, &mina).await;
        assert!(before.starts_with("$argon2id$v=19$m=8192,t=1,p=1$"), "{before}");
        assert!(opens(&site, EMAIL, flows::PASSWORD).await);
        assert_eq!(hash_of(&site, &mina).await, before, "the cost is the same");
        let site = site.restarted_with(&[("KEYHOUSE_PASSWORDS__ITERATIONS", "2")]).await;
        assert!(!opens(&site, EMAIL, "correct horse batterz").await);
        assert_eq!(hash_of(&site, &mina).await, before, "a wrong password renews nothing");
        assert!(opens(&site, EMAIL, flows::PASSWORD).await);
        let after = hash_of(&site, &mina).await;
        assert!(after.starts_with("$argon2id$v=19$m=8192,t=2,p=1$"), "{after}");
        assert!(opens(&site, EMAIL, flows::PASSWORD).await);
        assert_eq!(hash_of(&site, &mina).await, after, "once");
    }

    async fn also_by_a_proof_that_signs_nobody_in_anew(database) {
        let site = Site::start(database).await;
        let mina = flows::mina(&site).await;
        let mut browser = flows::minas_browser(&site).await;
        let site = site.restarted_with(&[("KEYHOUSE_PASSWORDS__ITERATIONS", "2")]).await;
        browser = browser.moved_to(&site);
        site.advance(std::time::Duration::from_secs(3600));
        let asked = browser.get("/account/security/password").await;
        let page = browser.follow(asked).await;
        let done = flows::password(&mut browser, &page, flows::PASSWORD).await;
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
        assert!(hash_of(&site, &mina).await.contains("t=2"));
    }

    async fn a_hash_that_changed_meanwhile_is_left_alone(database) {
        let site = Site::start(database).await;
        let mina = flows::mina(&site).await;
        let before = hash_of(&site, &mina).await;
        let mut browser = Browser::new(&site);
        let id = mina.id;
        flows::begin(&mut browser, EMAIL).await;
        site.app
            .store
            .write(move |connection| keyhouse::store::passwords::renew(connection, id, "$argon2id$other", "$argon2id$new"))
            .await
            .unwrap();
        assert_eq!(hash_of(&site, &mina).await, before);
    }
}
