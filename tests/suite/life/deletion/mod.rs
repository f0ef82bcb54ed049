//! Deleting an account: what it takes, how it can be turned back, what is left of it, and what the apps hear.

mod apps;
mod erasure;
mod gate;
mod turning_back;
mod wish;

use keyhouse::store::accounts::{self, Account};
use keyhouse::store::changes::{self, Change, ChangeKind};

use crate::harness::Site;
use crate::harness::browser::{Answer, Browser};

const PAGE: &str = "/account/delete";
const EMAIL: &str = "mina@lantern.example";
const PHONE: &str = "+436605554417";
/// Deletions of these tests that wait for nothing.
const AT_ONCE: (&str, &str) = ("KEYHOUSE_ACCOUNT__DELETION_DAYS", "0");

/// Fills in the page as somebody does who means it.
async fn delete(browser: &mut Browser, account: &Account) -> Answer {
    let page = browser.get(PAGE).await;
    browser.submit(&page, PAGE, &[("account_id", &account.account_number), ("understood", "yes")]).await
}

/// The account as it is.
async fn account(site: &Site, id: i64) -> Option<Account> {
    site.app.store.read(move |connection| accounts::by_id(connection, id)).await.unwrap()
}

/// The deletions that wait for an account.
async fn waiting(site: &Site, account_id: i64) -> Vec<Change> {
    let now = site.now();
    let read = site.app.store.read(move |connection| changes::of_account(connection, account_id, now));
    let mut all = read.await.unwrap();
    all.retain(|change| change.kind == ChangeKind::Deletion);
    all
}
