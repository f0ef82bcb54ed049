//! The work of a browser for a text message: sealed, for one attempt of one browser, good for minutes, and once.

use super::*;
use crate::both;

const BITS: u32 = 8;

/// From the third code of an address on, a browser works.
const WORK: [(&str, &str); 3] =
    [("PER_ADDRESS_PER_HOUR", "4"), ("PROOF_BITS", "8"), ("KEYHOUSE_CODES__RESEND_SECONDS", "1")];

/// Two codes have gone from this address; gives a browser there and the page that lets it work.
async fn at_work(site: &Site, number: &str) -> (Browser, Answer) {
    for range in 1..=2 {
        assert_asked(&ask(site, &address(0), &numbered(range, 0)).await);
    }
    let mut browser = from(site, &address(0));
    let page = flows::code_page(&mut browser, number).await;
    assert_held(&page, WORKS);
    (browser, page)
}

async fn hand_in(browser: &mut Browser, page: &Answer, (challenge, answer): (&str, &str)) -> Answer {
    let fields = [("channel", "sms"), ("challenge", challenge), ("answer", answer)];
    let sent = browser.submit(page, "/signin/code/send", &fields).await;
    browser.follow(sent).await
}

both! {
    async fn from_half_of_a_limit_on_a_browser_works_first(database) {
        let site = shipped(database, &WORK).await;
        flows::mina(&site).await;
        let (mut browser, page) = at_work(&site, PHONE).await;
        assert_eq!(texts(&site), 2);
        assert!(page.body.contains("Your browser runs no scripts") && page.body.contains("by e-mail"), "{}", page.body);
        // Asking again is no way round it.
        let again = flows::begin(&mut browser, PHONE).await;
        assert_held(&flows::send_code(&mut browser, &again).await, WORKS);
        let (challenge, answer) = solved(&page, BITS);
        let asked = hand_in(&mut browser, &page, (&challenge, &answer)).await;
        assert_asked(&asked);
        assert_eq!(texts(&site), 3);
        let done = flows::enter(&mut browser, &asked, &site.code_to(PHONE)).await;
        assert_eq!(done.location().as_deref(), Some("/account"), "{}", done.body);
        // Another address asks for nothing of the kind.
        assert_asked(&ask(&site, &address(1), &numbered(7, 0)).await);
    }

    async fn whoever_runs_no_scripts_gets_the_code_by_mail(database) {
        let site = shipped(database, &WORK).await;
        flows::mina(&site).await;
        let (mut browser, page) = at_work(&site, PHONE).await;
        let asked = by_mail(&mut browser, &page).await;
        assert_asked(&asked);
        assert_eq!((texts(&site), mails(&site)), (2, 1));
        let done = flows::enter(&mut browser, &asked, &site.code_to("mina@lantern.example")).await;
        assert_eq!(done.location().as_deref(), Some("/account"), "{}", done.body);
    }

    async fn work_is_good_once(database) {
        let site = shipped(database, &WORK).await;
        let (mut browser, page) = at_work(&site, PHONE).await;
        let (challenge, answer) = solved(&page, BITS);
        assert_asked(&hand_in(&mut browser, &page, (&challenge, &answer)).await);
        site.advance(Duration::from_secs(2));
        assert_held(&hand_in(&mut browser, &page, (&challenge, &answer)).await, WORKS);
        assert_eq!(texts(&site), 3);
    }

    async fn only_ones_own_work_counts_for_the_attempt_it_was_set_for_and_for_minutes(database) {
        let site = shipped(database, &[&WORK[..], &[("PER_ADDRESS_PER_HOUR", "12"), ("PROOF_FROM_PERCENT", "10")]].concat()).await;
        let (mut browser, page) = at_work(&site, PHONE).await;
        let (challenge, answer) = solved(&page, BITS);
        let mut refused = Vec::new();
        // Not worked out, or not what was set.
        let wrong = (0_u64..).map(|own| own.to_string()).find(|own| zero_bits(&challenge, own) < BITS).unwrap();
        for (challenge, answer) in [(challenge.as_str(), wrong.as_str()), (challenge.as_str(), ""), ("", answer.as_str()), (&challenge[1..], answer.as_str())] {
            refused.push(hand_in(&mut browser, &page, (challenge, answer)).await);
        }
        // Another number, so another attempt, of the same browser.
        let other = flows::code_page(&mut browser, &numbered(4, 0)).await;
        refused.push(hand_in(&mut browser, &other, (&challenge, &answer)).await);
        // Another browser, with an attempt at the same number.
        let mut thief = from(&site, &address(0));
        let own = flows::code_page(&mut thief, PHONE).await;
        refused.push(hand_in(&mut thief, &own, (&challenge, &answer)).await);
        // Too late by a millisecond.
        site.advance(5 * MINUTE);
        refused.push(hand_in(&mut browser, &page, (&challenge, &answer)).await);
        for page in refused {
            assert_held(&page, WORKS);
        }
        assert_eq!(texts(&site), 2);
        let page = flows::code_page(&mut browser, PHONE).await;
        let (challenge, answer) = solved(&page, BITS);
        site.advance(5 * MINUTE - Duration::from_millis(1));
        assert_asked(&hand_in(&mut browser, &page, (&challenge, &answer)).await);
    }

    async fn work_is_no_way_past_a_limit(database) {
        let site = shipped(database, &WORK).await;
        let (mut browser, page) = at_work(&site, PHONE).await;
        let (challenge, answer) = solved(&page, BITS);
        assert_asked(&hand_in(&mut browser, &page, (&challenge, &answer)).await);
        let page = flows::code_page(&mut browser, &numbered(5, 0)).await;
        let (challenge, answer) = solved(&page, BITS);
        assert_asked(&hand_in(&mut browser, &page, (&challenge, &answer)).await);
        assert_held(&flows::code_page(&mut browser, &numbered(6, 0)).await, WAITS);
        assert_eq!(texts(&site), 4);
    }
}
