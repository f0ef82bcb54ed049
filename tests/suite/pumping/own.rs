//! A browser that has signed in to the account before: what strangers use up takes nothing off it, and it has no more than its own.

use keyhouse::store::addresses::AddressKind;

use super::*;
use crate::both;
use crate::life::password_steps;

/// Whoever asks comes from here, too.
const NEIGHBOURS: u32 = 200;

/// A code at hand in this browser, typed: it signs in.
async fn signs_in(site: &Site, browser: &mut Browser, name: &str, to: &str) {
    browser.cookies.remove("keyhouse_session");
    let before = texts(site) + mails(site);
    let page = flows::code_page(browser, name).await;
    assert_asked(&page);
    assert_eq!(texts(site) + mails(site), before + 1, "no code went");
    let done = flows::enter(browser, &page, &site.code_to(to)).await;
    assert_eq!(done.location().as_deref(), Some("/account"), "{} {}", done.status, done.body);
}

/// The browser of a person who has a phone number and nothing else, signed out again.
async fn owners(site: &Site) -> Browser {
    password_steps::account(site, &[(AddressKind::Phone, PHONE)], false).await;
    let mut browser = from(site, &address(NEIGHBOURS));
    signs_in(site, &mut browser, PHONE, PHONE).await;
    browser
}

/// Asks for a code that does not go: too soon, or the last of the day.
async fn gets_none(site: &Site, browser: &mut Browser, name: &str) {
    browser.cookies.remove("keyhouse_session");
    let before = texts(site) + mails(site);
    let page = flows::code_page(browser, name).await;
    assert!(page.body.contains("<h1>Enter the code</h1>"), "{}", page.body);
    assert_eq!(texts(site) + mails(site), before, "a code went");
}

both! {
    async fn strangers_use_up_what_a_number_gets_and_not_what_its_owner_gets(database) {
        let site = without_work(database, &[("KEYHOUSE_CODES__PER_DAY", "7")]).await;
        let mut own = owners(&site).await;
        for number in 1..5 {
            site.advance(2 * MINUTE);
            assert_asked(&ask(&site, &address(number), PHONE).await);
        }
        // The last stranger has only just had one: that is no reason to wait either.
        gets_none(&site, &mut from(&site, &address(9)), PHONE).await;
        signs_in(&site, &mut own, PHONE, PHONE).await;
        site.advance(HOUR);
        // And the day's.
        for number in 10..12 {
            site.advance(2 * MINUTE);
            assert_asked(&ask(&site, &address(number), PHONE).await);
        }
        site.advance(2 * MINUTE);
        gets_none(&site, &mut from(&site, &address(13)), PHONE).await;
        signs_in(&site, &mut own, PHONE, PHONE).await;
    }

    async fn nor_by_a_flood_from_next_door_to_her_country(database) {
        let few = [("PER_COUNTRY_PER_HOUR", "4"), ("PER_ADDRESS_PER_HOUR", "3"), ("KEYHOUSE_LIMITS__SENDS_PER_HOUR", "6")];
        let site = without_work(database, &few).await;
        let mut own = owners(&site).await;
        for number in 1..3 {
            assert_asked(&ask(&site, &address(NEIGHBOURS), &numbered(number, 0)).await);
        }
        // The address, the country, everybody.
        assert_held(&ask(&site, &address(NEIGHBOURS), &numbered(3, 0)).await, WAITS);
        assert_asked(&ask(&site, &address(1), &numbered(4, 0)).await);
        assert_held(&ask(&site, &address(2), &numbered(5, 0)).await, WAITS);
        assert_eq!(flows::code_page(&mut from(&site, &address(3)), &numbered(6, 0)).await.status, StatusCode::TOO_MANY_REQUESTS);
        site.advance(2 * MINUTE);
        signs_in(&site, &mut own, PHONE, PHONE).await;
    }

    async fn nor_by_all_the_money_for_typed_numbers(database) {
        // Half of it buys two messages, a quarter one.
        let site = without_work(database, &[("MONEY_PER_HOUR", "0.4"), ("PRICES", "[]")]).await;
        let mut own = owners(&site).await;
        assert_asked(&ask(&site, &address(1), &numbered(1, 0)).await);
        assert_held(&ask(&site, &address(2), &numbered(2, 0)).await, WAITS);
        site.advance(2 * MINUTE);
        signs_in(&site, &mut own, PHONE, PHONE).await;
        // What is hers ends too, and is said.
        site.advance(2 * MINUTE);
        own.cookies.remove("keyhouse_session");
        assert_held(&flows::code_page(&mut own, PHONE).await, WAITS);
    }

    async fn nor_by_codes_to_her_range_that_nobody_enters(database) {
        let watched = [("WATCHED_RANGE_LEAST", "4"), ("PROOF_FROM_PERCENT", "100"), ("PROOF_ENTERED_PERCENT", "0")];
        let site = shipped(database, &watched).await;
        let mut own = owners(&site).await;
        site.advance(2 * HOUR);
        for number in 0..4 {
            assert_asked(&ask(&site, &address(number), &numbered(0, number)).await);
        }
        site.advance(5 * MINUTE);
        assert_held(&ask(&site, &address(9), &numbered(0, 9)).await, WAITS);
        // Her own codes are watched on their own: whoever enters them goes on.
        for _ in 0..5 {
            signs_in(&site, &mut own, PHONE, PHONE).await;
            site.advance(5 * MINUTE);
        }
    }

    async fn no_task_is_set_for_what_others_do(database) {
        let site = shipped(database, &[("PER_RANGE_PER_HOUR", "4"), ("PROOF_BITS", "8")]).await;
        let mut own = owners(&site).await;
        assert_asked(&ask(&site, &address(1), &numbered(0, 1)).await);
        assert_held(&ask(&site, &address(2), &numbered(0, 2)).await, WORKS);
        site.advance(2 * MINUTE);
        signs_in(&site, &mut own, PHONE, PHONE).await;
    }

    async fn it_gets_five_an_hour_and_its_days_and_no_more(database) {
        let site = without_work(database, &[("KEYHOUSE_CODES__PER_DAY", "7")]).await;
        let mut own = owners(&site).await;
        for _ in 0..5 {
            site.advance(2 * MINUTE);
            signs_in(&site, &mut own, PHONE, PHONE).await;
        }
        site.advance(2 * MINUTE);
        gets_none(&site, &mut own, PHONE).await;
        site.advance(HOUR);
        for _ in 0..2 {
            site.advance(2 * MINUTE);
            signs_in(&site, &mut own, PHONE, PHONE).await;
        }
        site.advance(2 * MINUTE);
        gets_none(&site, &mut own, PHONE).await;
    }

    async fn a_browser_of_somebody_else_is_a_stranger(database) {
        let site = without_work(database, &[("PER_NUMBER_PER_HOUR", "2")]).await;
        let _own = owners(&site).await;
        flows::jonas(&site).await;
        let mut thief = from(&site, &address(1));
        signs_in(&site, &mut thief, "jonas@lantern.example", "jonas@lantern.example").await;
        thief.cookies.remove("keyhouse_session");
        site.advance(2 * MINUTE);
        assert_asked(&flows::code_page(&mut thief, PHONE).await);
        site.advance(2 * MINUTE);
        gets_none(&site, &mut thief, PHONE).await;
    }

    async fn codes_by_mail_and_for_an_account_id_are_hers_too(database) {
        let site = without_work(database, &[("KEYHOUSE_CODES__PER_DAY", "2"), ("PER_RANGE_PER_HOUR", "2")]).await;
        let account = flows::mina(&site).await;
        let mut own = from(&site, &address(NEIGHBOURS));
        let mail = "mina@lantern.example";
        signs_in(&site, &mut own, mail, mail).await;
        site.advance(2 * MINUTE);
        assert_asked(&ask(&site, &address(1), mail).await);
        site.advance(2 * MINUTE);
        gets_none(&site, &mut from(&site, &address(2)), mail).await;
        signs_in(&site, &mut own, mail, mail).await;
        // Strangers have had text messages sent by the account ID until no more go to her range.
        for place in 1..4 {
            let mut stranger = from(&site, &address(place));
            let page = flows::begin(&mut stranger, &account.account_number).await;
            stranger.submit(&page, "/signin/code/send", &[("channel", "sms")]).await;
            site.advance(2 * MINUTE);
        }
        let before = texts(&site);
        own.cookies.remove("keyhouse_session");
        let page = flows::begin(&mut own, &account.account_number).await;
        let sent = own.submit(&page, "/signin/code/send", &[("channel", "sms")]).await;
        let page = own.follow(sent).await;
        assert_eq!(texts(&site), before + 1, "{}", page.body);
        let done = flows::enter(&mut own, &page, &site.code_to(PHONE)).await;
        assert_eq!(done.location().as_deref(), Some("/account"), "{} {}", done.status, done.body);
    }
}
