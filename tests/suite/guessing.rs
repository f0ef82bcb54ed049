//! Guessing passwords: counted before the check, by name, by address and over all, with waits that grow; and the owner's own
//! browser, which nobody keeps out.

use std::time::Duration;

use futures_util::future::join_all;
use reqwest::StatusCode;

use crate::both;
use crate::harness::Site;
use crate::harness::browser::{Answer, Browser};
use crate::harness::flows;

const EMAIL: &str = "mina@lantern.example";
const MINUTE: Duration = Duration::from_secs(60);
const WRONG: StatusCode = StatusCode::UNPROCESSABLE_ENTITY;
const WAIT: StatusCode = StatusCode::TOO_MANY_REQUESTS;
const PROXY: (&str, &str) = ("KEYHOUSE_SERVER__TRUSTED_PROXIES", "127.0.0.0/8");

fn at(site: &Site, address: &str) -> Browser {
    let mut browser = Browser::new(site);
    browser.headers.push(("X-Forwarded-For".to_owned(), address.to_owned()));
    browser
}

/// A password typed for a name, in a browser that is signed in nowhere.
async fn try_in(browser: &mut Browser, name: &str, password: &str) -> Answer {
    browser.cookies.remove("keyhouse_session");
    let page = flows::begin(browser, name).await;
    flows::password(browser, &page, password).await
}

async fn guess(site: &Site, address: &str, name: &str) -> StatusCode {
    try_in(&mut at(site, address), name, "not the password").await.status
}

/// A code asked for and typed, right or wrong, in a browser that is signed in nowhere.
async fn code_in(site: &Site, browser: &mut Browser, name: &str, is_right: bool) -> Answer {
    browser.cookies.remove("keyhouse_session");
    let page = flows::code_page(browser, name).await;
    let code = site.code_to(name);
    let typed = if is_right { code } else { flows::other_code(&code) };
    flows::enter(browser, &page, &typed).await
}

#[track_caller]
fn assert_in(answer: &Answer) {
    assert_eq!(answer.location().as_deref(), Some("/account"), "{} {}", answer.status, answer.body);
}

/// The browser that mina signed in with, at an address of her own.
async fn minas(site: &Site) -> Browser {
    let mut browser = at(site, "203.0.113.5");
    assert_in(&try_in(&mut browser, EMAIL, flows::PASSWORD).await);
    browser
}

both! {
    async fn whoever_guesses_elsewhere_keeps_the_owner_out_nowhere_she_has_been(database) {
        let site = Site::with(database, &[PROXY, ("KEYHOUSE_LIMITS__PASSWORD_TRIES_PER_ACCOUNT", "3")]).await;
        let account = flows::mina(&site).await;
        let mut own = minas(&site).await;
        let names = [EMAIL, "+436605554417", &account.account_number];
        for name in names {
            for guessed in 0..5 {
                let expected = if guessed < 3 { WRONG } else { WAIT };
                assert_eq!(guess(&site, &format!("198.51.100.{guessed}"), name).await, expected);
            }
            // Not even with the right password, from where she has never been.
            assert_eq!(try_in(&mut at(&site, "192.0.2.1"), name, flows::PASSWORD).await.status, WAIT);
        }
        for name in names {
            assert_in(&try_in(&mut own, name, flows::PASSWORD).await);
        }
        // Her sign-in is no reason to let the others on.
        assert_eq!(guess(&site, "198.51.100.9", EMAIL).await, WAIT);
    }

    async fn nor_does_who_guesses_at_everybody(database) {
        let few = [("KEYHOUSE_LIMITS__PASSWORD_TRIES", "4"), ("KEYHOUSE_LIMITS__PASSWORD_TRIES_PER_ADDRESS", "3")];
        let site = Site::with(database, &[&[PROXY], &few[..]].concat()).await;
        flows::mina(&site).await;
        let mut own = minas(&site).await;
        // From her own network, and from many others.
        for number in 0..4 {
            let expected = if number < 3 { WRONG } else { WAIT };
            assert_eq!(guess(&site, "203.0.113.5", &format!("person{number}@lantern.example")).await, expected);
        }
        assert_eq!(guess(&site, "198.51.100.1", "person8@lantern.example").await, WAIT, "four were wrong in all");
        assert_eq!(try_in(&mut at(&site, "198.51.100.2"), EMAIL, flows::PASSWORD).await.status, WAIT);
        assert_in(&try_in(&mut own, EMAIL, flows::PASSWORD).await);
        // A code goes on too.
        let mut browser = at(&site, "198.51.100.3");
        let page = flows::code_page(&mut browser, EMAIL).await;
        assert_in(&flows::enter(&mut browser, &page, &site.code_to(EMAIL)).await);
        site.advance(15 * MINUTE);
        assert_in(&try_in(&mut at(&site, "198.51.100.4"), EMAIL, flows::PASSWORD).await);
    }

    async fn a_browser_that_an_account_knows_guesses_no_more_than_others(database) {
        let site = Site::with(database, &[PROXY, ("KEYHOUSE_LIMITS__PASSWORD_TRIES_PER_ACCOUNT", "3")]).await;
        let account = flows::mina(&site).await;
        let mut own = minas(&site).await;
        // Whatever name the account is called by.
        for name in [EMAIL, "+436605554417", &account.account_number] {
            assert_eq!(try_in(&mut own, name, "not the password").await.status, WRONG);
        }
        assert_eq!(try_in(&mut own, EMAIL, flows::PASSWORD).await.status, WAIT);
        assert_in(&try_in(&mut at(&site, "198.51.100.1"), EMAIL, flows::PASSWORD).await);
    }

    async fn a_browser_of_somebody_else_has_no_tries_of_its_own(database) {
        let site = Site::with(database, &[PROXY, ("KEYHOUSE_LIMITS__PASSWORD_TRIES_PER_ACCOUNT", "2")]).await;
        flows::mina(&site).await;
        flows::jonas(&site).await;
        let mut thief = at(&site, "198.51.100.1");
        assert_in(&try_in(&mut thief, "jonas@lantern.example", flows::PASSWORD).await);
        for address in ["198.51.100.2", "198.51.100.3"] {
            assert_eq!(guess(&site, address, EMAIL).await, WRONG);
        }
        assert_eq!(try_in(&mut thief, EMAIL, flows::PASSWORD).await.status, WAIT);
        assert_eq!(try_in(&mut thief, "nobody@lantern.example", "not the password").await.status, WRONG);
    }

    async fn each_wait_is_twice_the_one_before(database) {
        let site = Site::with(database, &[PROXY, ("KEYHOUSE_LIMITS__PASSWORD_TRIES_PER_ACCOUNT", "2")]).await;
        flows::mina(&site).await;
        for minutes in [15, 30, 60, 120] {
            // The second comes later: the wait begins with the last try, and whoever stops in time waits all the same.
            assert_eq!(guess(&site, "198.51.100.1", EMAIL).await, WRONG);
            site.advance(10 * MINUTE);
            assert_eq!(guess(&site, "198.51.100.2", EMAIL).await, WRONG);
            site.advance(minutes * MINUTE - Duration::from_secs(1));
            let waits = try_in(&mut at(&site, "198.51.100.3"), EMAIL, flows::PASSWORD).await;
            assert_eq!((waits.status, waits.header("retry-after")), (WAIT, "1"), "{minutes} minutes");
            site.advance(Duration::from_secs(1));
        }
        assert_in(&try_in(&mut at(&site, "198.51.100.3"), EMAIL, flows::PASSWORD).await);
        for address in ["198.51.100.1", "198.51.100.2"] {
            assert_eq!(guess(&site, address, EMAIL).await, WRONG);
        }
        // A right one has forgotten them all.
        site.advance(15 * MINUTE);
        assert_in(&try_in(&mut at(&site, "198.51.100.3"), EMAIL, flows::PASSWORD).await);
    }

    async fn of_many_guesses_at_once_no_more_are_checked_than_may_be(database) {
        let site = Site::with(database, &[PROXY, ("KEYHOUSE_LIMITS__PASSWORD_TRIES_PER_ACCOUNT", "3")]).await;
        flows::mina(&site).await;
        // Every spelling is one name, and what a client writes into the header is not its address.
        let spellings = [EMAIL, "MINA@Lantern.Example", "ｍｉｎａ@lantern.example", "mina@lantern.example\u{200b}", " mina@lan\u{ad}tern.example"];
        let guesses = (0..20).map(|number| {
            let (site, name) = (&site, spellings[number % spellings.len()]);
            async move { guess(site, &format!("192.0.2.{number}, 198.51.100.{number}"), name).await }
        });
        let statuses = join_all(guesses).await;
        let count = |status| statuses.iter().filter(|own| **own == status).count();
        assert_eq!((count(WRONG), count(WAIT)), (3, 17), "{statuses:?}");
    }

    async fn a_network_guesses_no_more_for_having_many_addresses(database) {
        let site = Site::with(database, &[PROXY, ("KEYHOUSE_LIMITS__PASSWORD_TRIES_PER_NETWORK", "3")]).await;
        for [network, other] in [["198.51.100.", "203.0.113.1"], ["2001:db8:1:", "2001:db8:2:1::1"]] {
            for number in 0..4 {
                let expected = if number < 3 { WRONG } else { WAIT };
                let address = if network.contains(':') { format!("{network}{number}::1") } else { format!("{network}{number}") };
                assert_eq!(guess(&site, &address, &format!("person{number}@lantern.example")).await, expected, "{address}");
            }
            assert_eq!(guess(&site, other, "person9@lantern.example").await, WRONG);
        }
    }

    async fn wrong_codes_are_counted_over_all_and_hers_on_her_own(database) {
        let site = Site::with(database, &[PROXY, ("KEYHOUSE_LIMITS__CODE_TRIES_PER_HOUR", "3")]).await;
        flows::mina(&site).await;
        let mut own = minas(&site).await;
        for number in 0..4 {
            let expected = if number < 3 { WRONG } else { WAIT };
            let mut browser = at(&site, &format!("198.51.100.{number}"));
            assert_eq!(code_in(&site, &mut browser, &format!("person{number}@lantern.example"), false).await.status, expected);
        }
        // Not even the right one, from where she has never been.
        assert_eq!(code_in(&site, &mut at(&site, "192.0.2.1"), EMAIL, true).await.status, WAIT);
        site.advance(2 * MINUTE);
        assert_in(&code_in(&site, &mut own, EMAIL, true).await);
        site.advance(60 * MINUTE);
        assert_in(&code_in(&site, &mut at(&site, "192.0.2.1"), EMAIL, true).await);
    }

    async fn a_neighbour_who_types_wrong_codes_keeps_the_owner_from_nothing(database) {
        let site = Site::with(database, &[PROXY, ("KEYHOUSE_LIMITS__CODE_TRIES_PER_ADDRESS_PER_HOUR", "2")]).await;
        flows::mina(&site).await;
        let mut own = minas(&site).await;
        for number in 0..3 {
            let expected = if number < 2 { WRONG } else { WAIT };
            let mut browser = at(&site, "203.0.113.5");
            assert_eq!(code_in(&site, &mut browser, &format!("person{number}@lantern.example"), false).await.status, expected);
        }
        assert_in(&code_in(&site, &mut own, EMAIL, true).await);
        // Her own browser guesses no more than an address does.
        for expected in [WRONG, WRONG, WAIT] {
            site.advance(2 * MINUTE);
            assert_eq!(code_in(&site, &mut own, EMAIL, false).await.status, expected);
        }
    }

    async fn a_browser_that_she_left_behind_keeps_her_others_from_nothing(database) {
        let site = Site::with(database, &[PROXY, ("KEYHOUSE_LIMITS__PASSWORD_TRIES_PER_ACCOUNT", "3")]).await;
        flows::mina(&site).await;
        let mut left = minas(&site).await;
        let mut own = minas(&site).await;
        for expected in [WRONG, WRONG, WRONG, WAIT] {
            assert_eq!(try_in(&mut left, EMAIL, "not the password").await.status, expected);
        }
        // Nor does who guesses at her name besides.
        for address in ["198.51.100.1", "198.51.100.2", "198.51.100.3"] {
            assert_eq!(guess(&site, address, EMAIL).await, WRONG);
        }
        assert_in(&try_in(&mut own, EMAIL, flows::PASSWORD).await);
    }
}
