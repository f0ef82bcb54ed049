//! Signing in with another provider of OpenID Connect, and connecting one: with a provider that says whatever a test wants, and
//! with a second Keyhouse.

mod attacks;
mod connecting;
mod forged;
mod two_houses;
mod walk;

use keyhouse::store::accounts::Account;
use keyhouse::store::events::{self, EventKind};
use keyhouse::store::sessions::{self, Session};
use keyhouse::store::upstream_links::{self, UpstreamLink};
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::harness::Site;
use crate::harness::browser::{Answer, Browser, encode};
use crate::harness::database::Database;
use crate::harness::flows;
use crate::harness::provider::{CLIENT, Provider, SECRET};
use crate::harness::signer::changed;

const EMAIL: &str = "mina@lantern.example";
const PHONE: &str = "+436605554417";
const SIGN_IN: &str = "/signin/upstream/lantern";
const CALLBACK: &str = "/signin/upstream/lantern/callback";
const LIST: &str = "/account/security/connected";
const CONFIRM: &str = "/account/security/connected/confirm/";
const ADDED: Option<&str> = Some("/account/security/connected?note=added");

/// A provider as the operator writes it.
fn written(name: &str, issuer: &str, more: &str) -> String {
    format!(
        "{{ name = \"{name}\", label = \"Lantern ID\", issuer = \"{issuer}\", client_id = \"{CLIENT}\", \
         client_secret = \"{SECRET}\", scopes = [\"email\"]{more} }}"
    )
}

/// A site where people may continue with these.
async fn site_with(database: Database, providers: &[String]) -> Site {
    let providers = format!("[{}]", providers.join(", "));
    let settings =
        [("KEYHOUSE_UPSTREAM__PROVIDERS", providers.as_str()), ("KEYHOUSE_UPSTREAM__PRIVATE_ADDRESSES", "true")];
    Site::with(database, &settings).await
}

async fn house(database: Database) -> (Site, Provider) {
    let provider = Provider::start();
    let site = site_with(database, &[written("lantern", &provider.issuer, "")]).await;
    (site, provider)
}

/// Where a browser was sent.
#[derive(Clone, Debug)]
struct Sent {
    url: url::Url,
}

impl Sent {
    /// Reads the page that goes on to the provider.
    #[track_caller]
    fn by(answer: &Answer) -> Self {
        assert_eq!(answer.status, StatusCode::OK, "{:?} {}", answer.location(), answer.body);
        let to = answer.header("Refresh").strip_prefix("0;url=").unwrap_or_else(|| panic!("{}", answer.body));
        // The link says the same for whoever's browser does not go on by itself.
        assert!(answer.body.contains(&to.replace('&', "&#38;")), "{}", answer.body);
        Self { url: url::Url::parse(to).unwrap() }
    }

    fn parameter(&self, name: &str) -> Option<String> {
        self.url.query_pairs().find(|(own, _)| own == name).map(|(_, value)| value.into_owned())
    }

    fn get(&self, name: &str) -> String {
        self.parameter(name).unwrap_or_else(|| panic!("no {name} in {}", self.url))
    }
}

/// Presses "Continue with Lantern ID" on a page.
async fn begin(browser: &mut Browser, from: &str) -> Sent {
    let page = browser.get(from).await;
    let page = browser.follow(page).await;
    Sent::by(&browser.submit(&page, SIGN_IN, &[]).await)
}

/// The address that the provider leads back to.
fn back(provider: &Provider, sent: &Sent) -> String {
    let query = [("code", "a-code"), ("state", &sent.get("state")), ("iss", &provider.issuer)];
    format!("{CALLBACK}?{}", encode(&query))
}

/// Comes back with an ID token whose claims are good but for `change`.
async fn come_back(site: &Site, browser: &mut Browser, provider: &Provider, sent: &Sent, change: &Value) -> Answer {
    let claims = changed(provider.claims(site, &sent.get("nonce")), change);
    provider.gives(&provider.signer.sign(&claims));
    browser.get(&back(provider, sent)).await
}

/// The whole of it, from the first page.
async fn sign_in(site: &Site, browser: &mut Browser, provider: &Provider) -> Answer {
    let sent = begin(browser, "/signin?another=yes").await;
    come_back(site, browser, provider, &sent, &json!({})).await
}

/// Somebody who is signed in begins to connect.
async fn begin_connecting(browser: &mut Browser) -> Sent {
    let list = browser.get(LIST).await;
    Sent::by(&browser.submit(&list, "/account/security/connected/begin", &[]).await)
}

/// Comes as far as the question.
async fn question(site: &Site, browser: &mut Browser, provider: &Provider, change: &Value) -> Answer {
    let sent = begin_connecting(browser).await;
    let back = come_back(site, browser, provider, &sent, change).await;
    let page = browser.follow(back).await;
    assert!(page.body.contains("Connect Lantern ID?"), "{}", page.body);
    page
}

/// Connects the provider's person to whoever is signed in.
async fn connect(site: &Site, browser: &mut Browser, provider: &Provider) {
    let page = question(site, browser, provider, &json!({})).await;
    let done = browser.submit(&page, CONFIRM, &[]).await;
    assert_eq!(done.location().as_deref(), ADDED, "{}", done.body);
}

/// Mina, who has connected.
async fn connected(site: &Site, provider: &Provider) -> (Account, Browser) {
    let account = flows::mina(site).await;
    let mut browser = flows::minas_browser(site).await;
    connect(site, &mut browser, provider).await;
    (account, browser)
}

async fn links_of(site: &Site, account: &Account) -> Vec<UpstreamLink> {
    let id = account.id;
    site.app.store.read(move |c| upstream_links::of_account(c, id)).await.unwrap()
}

async fn sessions_of(site: &Site, account: &Account) -> Vec<Session> {
    let (id, now) = (account.id, site.now());
    let all = site.app.store.read(move |c| sessions::of_account(c, id, now)).await.unwrap();
    all.into_iter().map(|(session, _)| session).collect()
}

async fn events_of(site: &Site, account: &Account) -> Vec<EventKind> {
    let (id, end) = (account.id, keyhouse::clock::Timestamp::from_millis(i64::MAX));
    let all = site.app.store.read(move |c| events::of_account(c, id, (end, i64::MAX), 100)).await.unwrap();
    all.into_iter().map(|event| event.kind).collect()
}

/// Holds that nobody was signed in, and that the page says why.
#[track_caller]
fn assert_refused(answer: &Answer, why: &str) {
    answer.assert_page(StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.body.contains(why), "{}", answer.body);
    assert!(!answer.headers.get_all("Set-Cookie").iter().any(|set| set.to_str().unwrap().contains("_session=")));
}

const TOO_LATE: &str = "It took longer than ten minutes, or began in another browser.";
const UNTRUSTED: &str = "cannot be checked, so nothing was done";
const UNAVAILABLE: &str = "does not answer at the moment";
const UNLINKED: &str = "/signin/unlinked?proof=";
