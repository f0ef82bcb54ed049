//! How many of the codes are entered: where too few are, none are sent for a while.

use keyhouse::store::expiry;

use super::*;
use crate::both;
use crate::store::tables::count;

const FOUR: [(&str, &str); 3] =
    [("WATCHED_RANGE_LEAST", "4"), ("PROOF_FROM_PERCENT", "100"), ("PROOF_ENTERED_PERCENT", "0")];

/// Asks for codes to several numbers of a range, and enters so many of them.
async fn send(site: &Site, range: u32, numbers: std::ops::Range<u32>, entered: u32) {
    for number in numbers {
        let mut browser = from(site, &address(number));
        let page = flows::code_page(&mut browser, &numbered(range, number)).await;
        assert_asked(&page);
        if number < entered {
            flows::enter(&mut browser, &page, &site.code_to(&numbered(range, number))).await;
        }
    }
}

both! {
    async fn a_range_whose_codes_nobody_enters_is_paused(database) {
        let site = shipped(database, &FOUR).await;
        send(&site, 0, 0..4, 0).await;
        // People are given three minutes, and the minute itself.
        site.advance(3 * MINUTE);
        assert_asked(&ask(&site, &address(9), &numbered(0, 9)).await);
        site.advance(MINUTE);
        let mut browser = from(&site, &address(10));
        let held = flows::code_page(&mut browser, &numbered(0, 10)).await;
        assert_held(&held, WAITS);
        assert!(held.body.contains(&format!("{} UTC", site.now().plus(HOUR).hh_mm(0))), "{}", held.body);
        assert!(held.body.contains("get the code by e-mail"), "{}", held.body);
        assert_eq!(texts(&site), 5);
        by_mail(&mut browser, &held).await;
        // Its neighbours are not.
        assert_asked(&ask(&site, &address(11), &numbered(1, 0)).await);
        site.advance(HOUR - Duration::from_millis(1));
        assert_held(&ask(&site, &address(12), &numbered(0, 11)).await, WAITS);
        site.advance(Duration::from_millis(1));
        // What was sent before is forgotten.
        assert_asked(&ask(&site, &address(13), &numbered(0, 11)).await);
        site.advance(4 * MINUTE);
        assert_asked(&ask(&site, &address(14), &numbered(0, 12)).await);
    }

    async fn a_range_whose_codes_are_entered_goes_on(database) {
        let site = shipped(database, &FOUR).await;
        // One in five is enough.
        send(&site, 0, 0..5, 1).await;
        site.advance(5 * MINUTE);
        assert_asked(&ask(&site, &address(9), &numbered(0, 9)).await);
        // One in six is not.
        site.advance(5 * MINUTE);
        assert_held(&ask(&site, &address(10), &numbered(0, 10)).await, WAITS);
    }

    async fn wrong_codes_count_for_nothing(database) {
        let site = shipped(database, &FOUR).await;
        send(&site, 0, 0..3, 0).await;
        let mut browser = from(&site, &address(5));
        let page = flows::code_page(&mut browser, &numbered(0, 3)).await;
        let code = site.code_to(&numbered(0, 3));
        for _ in 0..3 {
            flows::enter(&mut browser, &page, &flows::other_code(&code)).await;
        }
        site.advance(5 * MINUTE);
        assert_held(&ask(&site, &address(9), &numbered(0, 9)).await, WAITS);
    }

    async fn a_country_is_paused_where_its_codes_come_to_nothing(database) {
        let few = [("WATCHED_COUNTRY_LEAST", "4"), ("PROOF_FROM_PERCENT", "100"), ("PROOF_ENTERED_PERCENT", "0")];
        let site = shipped(database, &few).await;
        for range in 0..4 {
            assert_asked(&ask(&site, &address(range), &numbered(range, 0)).await);
        }
        site.advance(5 * MINUTE);
        assert_held(&ask(&site, &address(9), "+436643332211").await, WAITS);
        assert_asked(&ask(&site, &address(10), "+447400123456").await);
    }

    async fn before_it_is_paused_a_browser_works(database) {
        let site = shipped(database, &[("WATCHED_RANGE_LEAST", "4"), ("PROOF_FROM_PERCENT", "100")]).await;
        // A quarter: above a fifth, below two.
        send(&site, 0, 0..4, 1).await;
        site.advance(5 * MINUTE);
        assert_held(&ask(&site, &address(9), &numbered(0, 9)).await, WORKS);
        assert_asked(&ask(&site, &address(10), &numbered(1, 0)).await);
    }

    async fn the_operator_sees_and_lifts_a_pause(database) {
        let site = shipped(database, &FOUR).await;
        send(&site, 0, 0..4, 0).await;
        site.advance(5 * MINUTE);
        assert_held(&ask(&site, &address(9), &numbered(0, 9)).await, WAITS);
        let status = site.command(&["sms", "status", "--json"]).await.json();
        assert_eq!(status["paused"][0]["prefix"], "typed:+43660555", "{status}");
        assert_eq!((&status["paused"][0]["sent"], &status["paused"][0]["entered"]), (&4.into(), &0.into()));
        assert_eq!(status["money"][0]["spent"], "0.4", "{status}");
        assert_eq!(status["money"][0]["most"], "5", "{status}");
        let said = site.command(&["sms", "status"]).await;
        assert!(said.out.contains("typed:+43660555") && said.out.contains("typed, day"), "{said:?}");
        let lifted = site.command(&["sms", "resume", "typed:+43660555", "--json"]).await.json();
        assert_eq!(lifted["resumed"], "typed:+43660555");
        assert_asked(&ask(&site, &address(10), &numbered(0, 10)).await);
        let twice = site.command(&["sms", "resume", "typed:+43660555"]).await;
        assert!(!twice.is_done && twice.error.contains("is not paused"), "{twice:?}");
        assert_eq!(site.command(&["sms", "status", "--json"]).await.json()["paused"], serde_json::json!([]));
    }

    async fn what_is_watched_ends(database) {
        let site = shipped(database, &FOUR).await;
        send(&site, 0, 0..4, 0).await;
        site.advance(5 * MINUTE);
        ask(&site, &address(9), &numbered(0, 9)).await;
        let rows = async || (count(&site.app.store, "sms_watch").await, count(&site.app.store, "sms_pauses").await);
        assert_eq!(rows().await, (2, 1), "the range and the country, in one minute");
        site.advance(2 * HOUR + 2 * MINUTE);
        expiry::sweep(&site.app.store, site.now()).await.unwrap();
        assert_eq!(rows().await, (0, 0));
    }
}
