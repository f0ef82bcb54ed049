//! The life of an account: what the person it belongs to does with it, and what they are told.

mod deletion;
mod export;
mod fresh;
mod new_device;
mod retention;
mod whole;

use keyhouse::clock::Timestamp;
use keyhouse::store::events::{self, EventKind};

use crate::harness::browser::Browser;
use crate::harness::{Site, flows};
use whole::whole_life;

/// Proves once more who it is, in a browser that is signed in.
async fn prove_again(browser: &mut Browser) {
    let page = browser.get("/signin/again?continue=%2Faccount").await;
    let proved = browser.submit(&page, "/signin/password", &[("password", flows::PASSWORD)]).await;
    assert_eq!(proved.location().as_deref(), Some("/account"), "{}", proved.body);
}

/// What happened to an account, newest first.
async fn kinds(site: &Site, account_id: i64) -> Vec<EventKind> {
    let from = (Timestamp::from_millis(i64::MAX), i64::MAX);
    let found = site.app.store.read(move |connection| events::of_account(connection, account_id, from, 100)).await;
    found.unwrap().into_iter().map(|event| event.kind).collect()
}
