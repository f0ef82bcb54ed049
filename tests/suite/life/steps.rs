//! What these tests do again and again: addresses are added, links in notices followed, rows looked at.

use std::time::Duration;

use keyhouse::change;
use keyhouse::clock::Timestamp;
use keyhouse::store::accounts::Account;
use keyhouse::store::addresses::{self, Address, AddressKind};
use keyhouse::store::changes::{self, Change, ChangeKind};
use keyhouse::store::events::{self, EventKind};
use regex::Regex;

use crate::harness::browser::{Answer, Browser};
use crate::harness::flows;
use crate::harness::{Site, eventually};
use crate::store::tables::count;

pub const EMAIL: &str = "mina@lantern.example";
pub const PHONE: &str = "+436605554417";
pub const NEW_PHONE: &str = "+436605559120";
pub const NEW_EMAIL: &str = "mina@harbour.example";
pub const SECURITY: &str = "/account/security";
pub const HOURS_72: Duration = Duration::from_secs(72 * 60 * 60);

/// mina's account, a while after it was made.
pub async fn mina(site: &Site) -> Account {
    let account = flows::mina(site).await;
    site.advance(Duration::from_secs(60));
    account
}

/// A browser that has signed in by a code to this address, which proves that one and nothing else. A minute passes, so that
/// another code may go there.
pub async fn by_code(site: &Site, address: &str) -> Browser {
    site.advance(Duration::from_secs(61));
    let mut browser = Browser::new(site);
    let page = flows::code_page(&mut browser, address).await;
    let done = flows::enter(&mut browser, &page, &site.code_to(address)).await;
    assert_eq!(done.location().as_deref(), Some("/account"), "{}", done.body);
    browser
}

/// Types a new address; gives the page that asks for its code.
pub async fn begin_to_add(browser: &mut Browser, address: &str) -> Answer {
    let page = browser.get("/account/security/add").await;
    let sent = browser.submit(&page, "/account/security/add", &[("identifier", address)]).await;
    browser.follow(sent).await
}

/// Types the newest code to an address on the page that asks for it.
pub async fn enter_code(site: &Site, browser: &mut Browser, page: &Answer, address: &str) -> Answer {
    browser.submit(page, "/account/security/code/", &[("code", &site.code_to(address))]).await
}

/// Adds an address, code and all; gives the answer to the code.
pub async fn add(site: &Site, browser: &mut Browser, address: &str) -> Answer {
    let page = begin_to_add(browser, address).await;
    enter_code(site, browser, &page, address).await
}

/// What names an address of the account in links, as the list of them has it.
pub async fn key(browser: &mut Browser, address: &str) -> String {
    let page = browser.get(SECURITY).await;
    let shown = if address.starts_with('+') { spaced(address) } else { address.to_owned() };
    let after =
        page.body.split(&format!(">{shown}</bdi>")).nth(1).unwrap_or_else(|| panic!("no {shown}: {}", page.body));
    let link = Regex::new(r#"/account/security/change/([A-Za-z0-9_-]+)""#).unwrap();
    link.captures(after).unwrap()[1].to_owned()
}

/// As pages write a number of these tests.
fn spaced(number: &str) -> String {
    keyhouse::identifier::shown_phone(number)
}

/// Types a new address that shall take the place of `old`, code and all; gives the answer to the code.
pub async fn change(site: &Site, browser: &mut Browser, old: &str, new: &str) -> Answer {
    let key = key(browser, old).await;
    let path = format!("/account/security/change/{key}");
    let page = browser.get(&path).await;
    let sent = browser.submit(&page, &path, &[("identifier", new)]).await;
    let page = browser.follow(sent).await;
    enter_code(site, browser, &page, new).await
}

/// Removes an address as far as that goes; gives the answer to the last button, or the page that has none.
pub async fn remove(browser: &mut Browser, address: &str) -> Answer {
    let path = format!("/account/security/remove/{}", key(browser, address).await);
    let page = browser.get(&path).await;
    if page.form(&path).is_none() {
        return page;
    }
    browser.submit(&page, &path, &[]).await
}

/// Presses a button of `page` that posts to exactly this path, with these fields and no other.
pub async fn press(browser: &mut Browser, page: &Answer, path: &str, fields: &[(&str, &str)]) -> Answer {
    let csrf = Regex::new(r#"name="csrf" value="([^"]+)""#).unwrap().captures(&page.body).unwrap()[1].to_owned();
    let all: Vec<_> = [("csrf", csrf.as_str())].into_iter().chain(fields.iter().copied()).collect();
    browser.post(path, &all).await
}

/// Where the newest notice to an address leads, where that is the page about a change.
pub async fn link(site: &Site, address: &str) -> String {
    all_sent(site).await;
    let told = site.notices_to(address).await;
    let link = Regex::new(r"/account/changes/[A-Za-z0-9_-]+").unwrap();
    let newest = told.iter().find_map(|message| link.find(&message.text));
    newest.unwrap_or_else(|| panic!("no link to {address}")).as_str().to_owned()
}

/// Waits until every notice is out: the server sends too.
async fn all_sent(site: &Site) {
    eventually("every notice", async || {
        keyhouse::notice::send_due(&site.app).await.unwrap();
        count(&site.app.store, "outbox").await == 0
    })
    .await;
}

/// What the notices to an address say, newest first.
pub async fn told(site: &Site, address: &str) -> Vec<String> {
    all_sent(site).await;
    site.notices_to(address).await.into_iter().map(|message| message.text).collect()
}

/// Whether one of the newest notices to an address, those of the last moment that brought any, says this.
pub async fn says(site: &Site, address: &str, words: &str) -> bool {
    all_sent(site).await;
    let told = site.notices_to(address).await;
    let newest = told.iter().map(|message| message.at).max();
    told.iter().any(|message| Some(message.at) == newest && message.text.contains(words))
}

/// The addresses of an account, main ones first.
pub async fn owned(site: &Site, account: &Account) -> Vec<Address> {
    let id = account.id;
    site.app.store.read(move |connection| addresses::of_account(connection, id)).await.unwrap()
}

/// The same, their text alone, in order.
pub async fn values(site: &Site, account: &Account) -> Vec<String> {
    let mut values: Vec<String> = owned(site, account).await.into_iter().map(|own| own.value).collect();
    values.sort();
    values
}

/// Whose an address is.
pub async fn owner(site: &Site, kind: AddressKind, value: &str) -> Option<i64> {
    let value = value.to_owned();
    let read = site.app.store.read(move |connection| addresses::owner(connection, kind, &value));
    read.await.unwrap().map(|account| account.id)
}

/// What waits for an account or may be undone.
pub async fn waiting(site: &Site, account: &Account) -> Vec<Change> {
    let (id, now) = (account.id, site.now());
    site.app.store.read(move |connection| changes::of_account(connection, id, now)).await.unwrap()
}

/// The kinds of that.
pub async fn waiting_kinds(site: &Site, account: &Account) -> Vec<ChangeKind> {
    waiting(site, account).await.into_iter().map(|change| change.kind).collect()
}

/// What happened to an account, newest first.
pub async fn history(site: &Site, account: &Account) -> Vec<EventKind> {
    let (id, from) = (account.id, (Timestamp::from_millis(i64::MAX), i64::MAX));
    let read = site.app.store.read(move |connection| events::of_account(connection, id, from, 100));
    read.await.unwrap().into_iter().map(|event| event.kind).collect()
}

/// Lets time pass, and what is due happen.
pub async fn wait(site: &Site, time: Duration) {
    site.advance(time);
    change::carry_out_due(&site.app).await.unwrap();
}

/// The note that a redirect to the list of addresses carries.
#[track_caller]
pub fn assert_note(answer: &Answer, note: &str) {
    assert_eq!(answer.location(), Some(format!("{SECURITY}?note={note}")), "{} {}", answer.status, answer.body);
}
