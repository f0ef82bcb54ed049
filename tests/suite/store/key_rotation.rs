//! Signing keys rotate by age: published before they sign, once whoever notices.

use std::time::Duration;

use keyhouse::security::keyring::{self, Overlap};
use keyhouse::store::expiry;
use keyhouse::store::signing_keys::{self, Algorithm};

use crate::both;
use crate::harness::{Site, jose};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const LIFE: Duration = Duration::from_secs(90 * 24 * 60 * 60);

async fn rotate_due(site: &Site) -> usize {
    let (app, overlap) = (&site.app, Overlap { publish: DAY, retire: DAY });
    let made = keyring::rotate_due(&app.keyring, &app.store, &app.derived, LIFE, overlap, site.now()).await.unwrap();
    made.len()
}

async fn signing(site: &Site) -> String {
    let app = &site.app;
    app.keyring.reload(&app.store, &app.derived, site.now()).await.unwrap();
    app.keyring.keys().signing(Algorithm::Es256, site.now()).unwrap().kid().to_owned()
}

both! {
    async fn a_key_that_has_signed_long_enough_gets_one_successor(database) {
        // The server's own rotation is off, so that the test alone decides when.
        let site = Site::with(database, &[("KEYHOUSE_KEYS__ROTATE_DAYS", "0")]).await;
        let first = signing(&site).await;
        assert_eq!(rotate_due(&site).await, 0);
        site.advance(LIFE);
        // The second to notice has not read the keys again: the store tells it that somebody was first.
        assert_eq!((rotate_due(&site).await, rotate_due(&site).await), (Algorithm::ALL.len(), 0));
        assert_eq!(signing(&site).await, first, "published, but not signing yet");
        site.advance(DAY);
        let second = signing(&site).await;
        assert_ne!(second, first);
        assert!(site.app.keyring.keys().published(&first).is_some(), "what it signed must still verify");
        site.advance(DAY + DAY);
        assert_eq!(signing(&site).await, second);
        assert!(site.app.keyring.keys().published(&first).is_none());
    }

    async fn an_algorithm_that_an_upgrade_brings_gets_its_key_at_the_next_start(database) {
        let site = Site::start(database).await;
        let kids = |keys: &serde_json::Value, algorithm: &str| -> Vec<String> {
            let own = keys["keys"].as_array().unwrap().iter().filter(|key| key["alg"] == algorithm);
            own.map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
        };
        let (before, now) = (jose::jwks(&site).await, site.now());
        let gone = site.app.store.write(move |connection| signing_keys::retire(connection, Algorithm::Ps256, now, now));
        gone.await.unwrap();
        site.advance(DAY + DAY);
        expiry::sweep(&site.app.store, site.now()).await.unwrap();
        let after = jose::jwks(&site.restarted().await).await;
        assert_eq!(kids(&after, "RS256"), kids(&before, "RS256"));
        assert_eq!((kids(&after, "PS256").len(), kids(&after, "PS256") == kids(&before, "PS256")), (1, false));
    }
}
