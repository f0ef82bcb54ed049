//! Passkeys over HTTP, with an authenticator in software: made, used, refused, removed, offered.

mod attacks;
mod authenticator;
mod counting;
mod getting_back;
pub mod making;
mod offering;
mod proving_again;
mod removing;
mod second_step;
mod signing_in;
mod strength;

use keyhouse::clock::Timestamp;
use keyhouse::store::accounts::Account;
use keyhouse::store::events::{self, EventKind};
use keyhouse::store::passkeys::{self, Passkey};
use keyhouse::store::sessions::{self, Session};
use reqwest::StatusCode;
use serde_json::Value;

use crate::harness::Site;
use crate::harness::browser::{Answer, Browser, encode};
use crate::harness::database::Database;
use crate::harness::flows;
use authenticator::{Authenticator, ORIGIN};

const EMAIL: &str = "mina@lantern.example";
const PHONE: &str = "+436605554417";
const LIST: &str = "/account/security/passkeys";
const ADD: &str = "/account/security/passkeys/add";

/// A site with a domain.
async fn site(database: Database) -> Site {
    Site::with(database, &[("KEYHOUSE_SERVER__ISSUER", ORIGIN)]).await
}

/// Asks what the script of `page` would ask, by its form that posts to `action`.
async fn ask(browser: &mut Browser, page: &Answer, action: &str) -> Answer {
    let (_, form) = page.form(action).unwrap_or_else(|| panic!("no form to {action} in {}", page.body));
    let fields: Vec<(&str, &str)> = form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let address = page.body.split("data-passkey-").skip(1).filter_map(|rest| rest.split('"').nth(1));
    let address = address.filter(|path| path.ends_with("/challenge")).map(str::to_owned).next().unwrap();
    browser.post_text(&address, encode(&fields)).await
}

/// The options that it got.
async fn options(browser: &mut Browser, page: &Answer, action: &str) -> Value {
    let answer = ask(browser, page, action).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    assert_eq!(answer.header("Cache-Control"), "no-store");
    answer.json()
}

/// Posts what the authenticator answered.
async fn send(browser: &mut Browser, page: &Answer, action: &str, credential: &str) -> Answer {
    browser.submit(page, action, &[("credential", credential)]).await
}

/// Makes a passkey in a browser that is signed in.
async fn add(browser: &mut Browser, authenticator: &mut Authenticator) -> Answer {
    let page = browser.get(ADD).await;
    assert_eq!(page.status, StatusCode::OK, "{:?}", page.location());
    let options = options(browser, &page, ADD).await;
    let credential = authenticator.make(&options);
    send(browser, &page, ADD, &credential).await
}

/// A passkey of somebody who signs in with a password for that.
async fn added(site: &Site, identifier: &str, mut authenticator: Authenticator) -> Authenticator {
    let mut browser = Browser::new(site);
    flows::sign_in(&mut browser, identifier).await;
    let done = add(&mut browser, &mut authenticator).await;
    assert_eq!(done.location().as_deref(), Some("/account/security/passkeys?note=added"), "{}", done.body);
    authenticator
}

/// Uses a passkey on the first page of sign-in.
async fn sign_in(browser: &mut Browser, authenticator: &mut Authenticator) -> Answer {
    let page = browser.get("/signin?another=yes").await;
    let options = options(browser, &page, "/signin/passkey").await;
    let credential = authenticator.prove(&options);
    send(browser, &page, "/signin/passkey", &credential).await
}

/// The answer let nobody in, and says why.
#[track_caller]
fn assert_refused(answer: &Answer, words: &str) {
    answer.assert_page(StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.body.contains(words), "not “{words}”: {}", answer.body);
}

const COULD_NOT: &str = "This passkey could not be used here";
const TOO_LATE: &str = "It took longer than five minutes";
const NOT_VERIFIED: &str = "Your device did not check that it is you";
const COPIED: &str = "There may be a copy of this passkey";
const UNKNOWN: &str = "No account here has this passkey any more";

async fn passkeys_of(site: &Site, account: &Account) -> Vec<Passkey> {
    let id = account.id;
    site.app.store.read(move |connection| passkeys::of_account(connection, id)).await.unwrap()
}

async fn events_of(site: &Site, account: &Account) -> Vec<EventKind> {
    let (id, from) = (account.id, (Timestamp::from_millis(i64::MAX), i64::MAX));
    let found = site.app.store.read(move |connection| events::of_account(connection, id, from, 100)).await.unwrap();
    found.into_iter().map(|event| event.kind).collect()
}

async fn sessions_of(site: &Site, account: &Account) -> Vec<Session> {
    let (id, now) = (account.id, site.now());
    let found = site.app.store.read(move |connection| sessions::of_account(connection, id, now)).await.unwrap();
    found.into_iter().map(|(session, _)| session).collect()
}
