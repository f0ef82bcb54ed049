//! With a second Keyhouse: nothing is made up.

use keyhouse::store::columns::Words;
use reqwest::StatusCode;

use super::{ADDED, CONFIRM, EMAIL, SIGN_IN, Sent, links_of};
use crate::both;
use crate::harness::browser::Browser;
use crate::harness::database::Database;
use crate::harness::flows;
use crate::harness::{RegisteredClient, Site};

/// A house whose people sign in at `other`, which knows it as `client`.
async fn below(database: Database, other: &Site, client: &RegisteredClient) -> Site {
    let providers = format!(
        "[{{ name = \"lantern\", label = \"Lantern ID\", issuer = \"{}\", client_id = \"{}\", client_secret = \"{}\" }}]",
        other.base,
        client.id(),
        client.secret
    );
    let settings =
        [("KEYHOUSE_UPSTREAM__PROVIDERS", providers.as_str()), ("KEYHOUSE_UPSTREAM__PRIVATE_ADDRESSES", "true")];
    Site::with(database, &settings).await
}

/// Signs in at the other house where that is owed, and gives the address that it leads back to.
async fn there(browser: &mut Browser, sent: &Sent) -> String {
    let mut answer = browser.get(sent.url.as_str()).await;
    if answer.location().is_some_and(|to| to.starts_with("/signin")) {
        let from = answer.location().unwrap();
        let done = flows::sign_in_from(browser, &from, "zoe@elsewhere.example").await;
        answer = browser.get(&done.location().unwrap()).await;
    }
    if answer.form("/oauth/authorize/").is_some() {
        answer = browser.submit(&answer, "/oauth/authorize/", &[("decision", "allow")]).await;
    }
    answer.location().unwrap_or_else(|| panic!("{}", answer.body))
}

both! {
    async fn a_person_of_one_house_signs_in_to_the_other(database) {
        let other = Site::start(Database::sqlite()).await;
        flows::account(&other, "Zoe", "zoe@elsewhere.example", "+436605554499").await;
        let client = other.client(|client| client.redirect_uris = Words::parse("http://127.0.0.1:1/none")).await;
        let site = below(database, &other, &client).await;
        let uri = format!("{}{SIGN_IN}/callback", site.base);
        let id = client.id().to_owned();
        let write = other.app.store.write(move |connection| {
            use diesel::RunQueryDsl as _;
            let statement = format!(
                "{}UPDATE clients SET redirect_uris = '{uri}' WHERE client_id = '{id}'",
                crate::harness::plans::OWN
            );
            diesel::sql_query(statement).execute(connection)?;
            Ok(())
        });
        write.await.unwrap();

        let account = flows::mina(&site).await;
        let (mut here, mut elsewhere) = (flows::minas_browser(&site).await, Browser::new(&other));
        let sent = crate::upstream::begin_connecting(&mut here).await;
        let back = there(&mut elsewhere, &sent).await;
        assert!(back.starts_with(&format!("{}{SIGN_IN}/callback?", site.base)), "{back}");
        let answer = here.get(&back).await;
        let page = here.follow(answer).await;
        page.assert_page(StatusCode::OK);
        let done = here.submit(&page, CONFIRM, &[]).await;
        assert_eq!(done.location().as_deref(), ADDED, "{}", done.body);
        assert_eq!(links_of(&site, &account).await.len(), 1);

        // Another browser, which knows nothing of the first.
        let mut browser = Browser::new(&site);
        let sent = crate::upstream::begin(&mut browser, "/signin").await;
        let back = there(&mut elsewhere, &sent).await;
        let done = browser.get(&back).await;
        assert_eq!(done.location().as_deref(), Some("/account"), "{}", done.body);
        assert!(browser.get("/account").await.body.contains("Mina Farouk"));
        assert!(site.messages().iter().all(|message| message.to != "zoe@elsewhere.example"));
        assert!(flows::begin(&mut Browser::new(&site), EMAIL).await.status.is_success());
    }
}
