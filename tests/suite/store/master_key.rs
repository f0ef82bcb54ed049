//! The master key: another one never opens the store.

use keyhouse::security::random;

use crate::both;
use crate::harness::Site;

both! {
    async fn another_master_key_is_refused_at_start_and_changes_nothing(database) {
        let site = Site::start(database).await;
        let other = random::secret();
        let refusal = site.node_with(&[("KEYHOUSE_SECRETS__MASTER_KEY", &other)]).await.err().unwrap().to_string();
        assert!(refusal.contains("another master key"), "{refusal}");
        assert!(!refusal.contains(&other));
        let own = site.node().await;
        assert_eq!(own.app.keyring.keys().jwks(), site.app.keyring.keys().jwks());
    }
}
