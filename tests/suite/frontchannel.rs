//! Front-channel logout (OpenID Connect Front-Channel Logout 1.0): the page after signing out frames the registered address
//! of every app that was used, and nothing else.

use crate::both;
use crate::harness::browser::{Answer, Browser, encode};
use crate::harness::database::Database;
use crate::harness::flows;
use crate::harness::{RegisteredClient, Site, jose};
use keyhouse::store::clients::Client;
use keyhouse::store::details::{Json, Metadata};
use reqwest::StatusCode;

const NOTES: &str = "https://notes.lantern.example/bye?app=notes";
const CLOUD: &str = "https://cloud.lantern.example:8443/bye";
const SIGNED_OUT: &str = "http://127.0.0.1:9/signed-out";

fn framed(client: &mut Client, uri: &str) {
    let frontchannel_logout_uri = Some(uri.to_owned());
    client.metadata = Json::of(Metadata { frontchannel_logout_uri, ..Metadata::default() });
}

/// A browser signed in at two apps that want to be framed, and at one that does not.
struct SignedIn {
    site: Site,
    notes: RegisteredClient,
    browser: Browser,
    hint: String,
    expected: Vec<String>,
}

impl SignedIn {
    async fn start(database: Database) -> Self {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let notes = site.client(|client| framed(client, NOTES)).await;
        let cloud = site.client(|client| framed(client, CLOUD)).await;
        let plain = site.client(|_| {}).await;
        // Never used: not told.
        site.client(|client| framed(client, "https://other.example/bye")).await;
        let mut browser = flows::minas_browser(&site).await;
        flows::tokens(&site, &mut browser, &plain, "openid").await;
        let (mut hint, mut expected) = (String::new(), Vec::new());
        for (client, uri) in [(&cloud, CLOUD), (&notes, NOTES), (&notes, NOTES)] {
            let tokens = flows::tokens(&site, &mut browser, client, "openid").await;
            hint = tokens["id_token"].as_str().unwrap().to_owned();
            let sid = jose::part(&hint, 1)["sid"].as_str().unwrap().to_owned();
            let query = encode(&[("iss", &site.base), ("sid", &sid)]);
            expected.push(format!("{uri}{}{query}", if uri.contains('?') { '&' } else { '?' }));
        }
        expected.sort();
        expected.dedup();
        Self { site, notes, browser, hint, expected }
    }

    #[track_caller]
    fn assert_framed(&self, page: &Answer) {
        page.assert_page(StatusCode::OK);
        assert_eq!(frames(page), self.expected);
        let policy = page.header("Content-Security-Policy");
        let sources =
            policy.split("frame-src ").nth(1).unwrap_or_else(|| panic!("{policy}")).split(';').next().unwrap();
        let mut sources: Vec<&str> = sources.split(' ').collect();
        sources.sort_unstable();
        assert_eq!(sources, ["https://cloud.lantern.example:8443", "https://notes.lantern.example"]);
    }
}

fn frames(page: &Answer) -> Vec<String> {
    let tags = page.body.split("<iframe").skip(1).map(|rest| rest.split('>').next().unwrap());
    let mut found: Vec<String> =
        tags.map(|tag| tag.split("src=\"").nth(1).unwrap().split('"').next().unwrap().replace("&#38;", "&")).collect();
    found.sort();
    found
}

fn logout(pairs: &[(&str, &str)]) -> String {
    format!("/oauth/logout?{}", encode(pairs))
}

both! {
    async fn every_app_that_was_used_is_framed_and_the_page_goes_on_to_the_one_that_asked(database) {
        let mut own = SignedIn::start(database).await;
        let pairs = [("id_token_hint", own.hint.as_str()), ("post_logout_redirect_uri", SIGNED_OUT), ("state", "s&t")];
        let page = own.browser.get(&logout(&pairs)).await;
        own.assert_framed(&page);
        assert!(page.body.contains(&format!("href=\"{SIGNED_OUT}?state=s%26t\" data-onward")), "{}", page.body);
        let module = page.body.split("src=\"").find(|rest| rest.contains("signed_out.js")).unwrap();
        assert_eq!(own.browser.get(module.split('"').next().unwrap()).await.status, StatusCode::OK);
        assert!(!flows::is_signed_in(&mut own.browser).await);
    }

    async fn without_an_address_to_go_on_to_the_page_stays(database) {
        let mut own = SignedIn::start(database).await;
        let question = own.browser.get(&logout(&[("client_id", own.notes.id()), ("post_logout_redirect_uri", SIGNED_OUT)])).await;
        assert!(frames(&question).is_empty(), "nobody has said yes: {}", question.body);
        let page = own.browser.submit(&question, "/oauth/logout/confirm", &[("decision", "allow")]).await;
        own.assert_framed(&page);
        assert!(!page.body.contains("data-onward") && !page.body.contains("signed_out.js"), "{}", page.body);
    }

    async fn signing_out_in_the_account_centre_frames_them_too(database) {
        let mut own = SignedIn::start(database).await;
        let home = own.browser.get("/account").await;
        let done = own.browser.submit(&home, "/account/signout", &[]).await;
        let link = done.location().unwrap();
        let page = own.browser.get(&link).await;
        own.assert_framed(&page);
        // Another browser that has the link learns nothing from it.
        let other = Browser::new(&own.site).get(&link).await;
        assert!(frames(&other).is_empty() && !other.header("Content-Security-Policy").contains("frame-src"));
        // Nor is the row anything else.
        let id = link.split("request=").nth(1).unwrap();
        own.browser.get(&format!("/oauth/authorize/{id}")).await.assert_page(StatusCode::GONE);
        own.browser.get(&format!("/oauth/logout/confirm?request={id}")).await.assert_page(StatusCode::GONE);
    }

    async fn where_no_app_asks_for_it_nothing_is_framed(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let client = site.client(|_| {}).await;
        let mut browser = flows::minas_browser(&site).await;
        flows::tokens(&site, &mut browser, &client, "openid").await;
        let home = browser.get("/account").await;
        let done = browser.submit(&home, "/account/signout", &[]).await;
        assert_eq!(done.location().as_deref(), Some("/oauth/logout/done"));
        let page = browser.follow(done).await;
        assert!(frames(&page).is_empty() && !page.header("Content-Security-Policy").contains("frame-src"));
    }
}
