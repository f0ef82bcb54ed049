//! The life of an account: what the person it belongs to does with it, and what they are told.

mod activity;
mod activity_kinds;
mod address_attacks;
mod addresses;
mod announce_command;
mod apps;
mod deletion;
mod devices;
mod devices_ended;
mod devices_without_browser;
mod export;
mod forgot;
mod fresh;
mod locked;
mod log_lines;
mod looked_at_again;
mod new_device;
mod news;
mod news_sending;
mod notices_chosen;
mod operators;
mod password;
mod password_race;
pub mod password_steps;
mod places;
mod recovery;
mod recovery_back;
mod recycled;
mod replacement;
mod retention;
pub mod steps;
pub mod strength;
mod trouble;
mod undo;
mod unsubscribe;
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
