//! Apps' logos: somebody else's drawing, served as a picture and never as a page.

use keyhouse::store::clients::{self, Logo};
use reqwest::StatusCode;

use crate::both;
use crate::harness::Site;
use crate::harness::browser::Browser;

both! {
    async fn a_logo_is_a_picture_at_its_own_address_and_can_do_nothing(database) {
        let site = Site::start(database).await;
        let (client, other) = (site.client(|_| {}).await, site.client(|_| {}).await);
        let mut browser = Browser::new(&site);
        for (media_type, digest) in [("image/png", "first"), ("image/svg+xml", "second")] {
            let bytes = b"<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>".to_vec();
            let (client_id, media_type, digest) = (client.id().to_owned(), media_type.to_owned(), digest.to_owned());
            let logo = Logo { client_id, media_type, bytes, digest };
            let kept = logo.clone();
            site.app.store.write(move |connection| clients::set_logo(connection, &kept)).await.unwrap();
            let picture = browser.get(&format!("/logo/{}/{}", logo.digest, client.id())).await;
            assert_eq!((picture.status, picture.header("Content-Type")), (StatusCode::OK, logo.media_type.as_str()));
            assert_eq!(
                picture.header("Content-Security-Policy"),
                "default-src 'none'; style-src 'unsafe-inline'; sandbox"
            );
            assert_eq!(picture.header("X-Content-Type-Options"), "nosniff");
            assert!(picture.header("Cache-Control").contains("immutable"));
        }
        // What is kept for good under an address is never another picture: the old digest has none any more.
        for (digest, client_id) in [("first", client.id()), ("other", client.id()), ("second", other.id()), ("second", "nobody"), ("second", "%00")] {
            let missing = browser.get(&format!("/logo/{digest}/{client_id}")).await;
            assert_eq!(missing.status, StatusCode::NOT_FOUND, "{digest} {client_id}");
        }
    }
}
