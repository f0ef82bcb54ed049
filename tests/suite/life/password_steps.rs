//! What the tests of passwords and of getting back in do again and again.

use keyhouse::clock::Timestamp;
use keyhouse::credentials::new_account::{self, NewAccount};
use keyhouse::store::accounts::Account;
use keyhouse::store::addresses::AddressKind;
use keyhouse::store::changes::{self, Change, ChangeDetails, ChangeKind};
use keyhouse::store::details::Json;
use keyhouse::store::events::{self, EventKind};
use keyhouse::store::sessions;
use reqwest::StatusCode;
use zeroize::Zeroizing;

use crate::harness::Site;
use crate::harness::browser::{Answer, Browser};
use crate::harness::flows;

pub const EMAIL: &str = "mina@lantern.example";
pub const PHONE: &str = "+436605554417";
pub const NEW: &str = "seventeen green umbrellas";

/// An account with these addresses, and with the password that tests use or none.
pub async fn account(site: &Site, addresses: &[(AddressKind, &str)], has_password: bool) -> Account {
    let hash = site.app.passwords.hash(Zeroizing::new(flows::PASSWORD.to_owned())).await.unwrap();
    let new = NewAccount {
        name: "Mina Farouk".to_owned(),
        addresses: addresses.iter().map(|(kind, value)| (*kind, (*value).to_owned())).collect(),
        password_hash: has_password.then_some(hash),
        terms_version: None,
        language: None,
    };
    let (derived, now) = (site.app.derived.clone(), site.now());
    site.app
        .store
        .write(move |connection| new_account::create(connection, &derived, &new, now))
        .await
        .unwrap()
        .ok()
        .unwrap()
}

/// Signs in with a code by a channel.
pub async fn sign_in_by_code(site: &Site, browser: &mut Browser, identifier: &str, channel: &str, to: &str) -> Answer {
    let page = flows::begin(browser, identifier).await;
    let sent = browser.submit(&page, "/signin/code/send", &[("channel", channel)]).await;
    let page = browser.follow(sent).await;
    flows::enter(browser, &page, &site.code_to(to)).await
}

/// The address of the first link on a page that begins so.
pub fn link(page: &Answer, to: &str) -> String {
    let found =
        page.body.split(&format!("href=\"{to}")).nth(1).unwrap_or_else(|| panic!("no link to {to} in {}", page.body));
    format!("{to}{}", found.split('"').next().unwrap().replace("&#38;", "&"))
}

/// From the password page over "Forgot your password?" to the page that asks for the code.
pub async fn forgot(browser: &mut Browser, identifier: &str, channel: &str) -> Answer {
    let page = flows::begin(browser, identifier).await;
    let page = browser.get(&link(&page, "/signin/forgot")).await;
    page.assert_page(StatusCode::OK);
    let sent = browser.submit(&page, "/signin/forgot", &[("channel", channel)]).await;
    browser.follow(sent).await
}

/// Types the code that gets somebody back in.
pub async fn prove(browser: &mut Browser, page: &Answer, code: &str) -> Answer {
    browser.submit(page, "/signin/recovery/code", &[("code", code)]).await
}

/// Everything up to what follows from the code.
pub async fn proved(site: &Site, browser: &mut Browser, identifier: &str, channel: &str, to: &str) -> Answer {
    let page = forgot(browser, identifier, channel).await;
    let done = prove(browser, &page, &site.code_to(to)).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
    browser.follow(done).await
}

/// Chooses the new password of somebody who got back in.
pub async fn choose(browser: &mut Browser, page: &Answer, password: &str) -> Answer {
    browser.submit(page, "/signin/recovery/password", &[("password", password)]).await
}

/// Whether a password opens the account of a name.
pub async fn opens(site: &Site, identifier: &str, password: &str) -> bool {
    let mut browser = Browser::new(site);
    let page = flows::begin(&mut browser, identifier).await;
    flows::password(&mut browser, &page, password).await.status == StatusCode::SEE_OTHER
}

/// How many sign-ins of an account there are.
pub async fn sign_ins(site: &Site, account_id: i64) -> usize {
    let now = site.now();
    let read = site.app.store.read(move |connection| sessions::of_account(connection, account_id, now));
    read.await.unwrap().len()
}

/// The kinds of an account's events, newest first.
pub async fn kinds(site: &Site, account_id: i64) -> Vec<EventKind> {
    let from = (Timestamp::from_millis(i64::MAX), i64::MAX);
    let found = site.app.store.read(move |connection| events::of_account(connection, account_id, from, 100)).await;
    found.unwrap().into_iter().map(|event| event.kind).collect()
}

/// The changes of an account that are kept.
pub async fn waiting(site: &Site, account_id: i64) -> Vec<Change> {
    let now = site.now();
    site.app.store.read(move |connection| changes::of_account(connection, account_id, now)).await.unwrap()
}

/// Adds a change that lasts for a day from now.
pub async fn add_change(site: &Site, account_id: i64, id: i64, kind: ChangeKind) {
    let now = site.now();
    let change = Change {
        account_id,
        id,
        kind,
        details: Json::of(ChangeDetails::default()),
        due_at: None,
        created_at: now,
        expires_at: now.plus(std::time::Duration::from_secs(86_400)),
    };
    site.app.store.write(move |connection| changes::insert(connection, &change)).await.unwrap();
}
