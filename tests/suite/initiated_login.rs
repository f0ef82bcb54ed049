//! Sign-in that somebody else starts (OpenID Connect Core §4): the account centre links to where an app begins it.

use crate::both;
use crate::harness::Site;
use crate::harness::browser::encode;
use crate::harness::flows;
use keyhouse::store::details::{Json, Metadata};

both! {
    async fn an_app_that_can_begin_a_sign_in_is_linked_to(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let client = site
            .client(|client| {
                let initiate_login_uri = Some("https://notes.lantern.example/begin?from=idp".to_owned());
                client.metadata = Json::of(Metadata { initiate_login_uri, ..Metadata::default() });
            })
            .await;
        let plain = site.client(|client| client.name = "Lantern Cloud".to_owned()).await;
        let mut browser = flows::minas_browser(&site).await;
        for client in [&client, &plain] {
            flows::tokens(&site, &mut browser, client, "openid").await;
        }
        let page = browser.get("/account/apps").await;
        let link = format!("https://notes.lantern.example/begin?from=idp&#38;{}", encode(&[("iss", &site.base)]));
        assert!(page.body.contains(&format!("href=\"{link}\"")), "{}", page.body);
        assert_eq!(page.body.matches(">Open</a>").count(), 1);
    }
}
