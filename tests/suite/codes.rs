//! Codes: six digits, ten minutes, five tries, one use, one browser; and how often they are sent.

use std::time::Duration;

use futures_util::future::join_all;
use reqwest::StatusCode;

use crate::both;
use crate::harness::Site;
use crate::harness::browser::{Answer, Browser};
use crate::harness::flows;

const PHONE: &str = "+436605554417";
const MINUTE: Duration = Duration::from_secs(60);

fn is_signed_in(answer: &Answer) -> bool {
    answer.status == StatusCode::SEE_OTHER && answer.location().as_deref() == Some("/account")
}

fn tries_left(answer: &Answer) -> Option<u32> {
    (0..=9).find(|tries| {
        let said = match tries {
            0 => "has no tries left".to_owned(),
            1 => "1 try left".to_owned(),
            more => format!("{more} tries left"),
        };
        answer.body.contains(&said)
    })
}

/// Starts a site with one account and a browser at the code page, to which a code has just been sent.
async fn at_code_page(database: crate::harness::database::Database) -> (Site, Browser, Answer, String) {
    let site = Site::start(database).await;
    flows::mina(&site).await;
    let mut browser = Browser::new(&site);
    let page = flows::code_page(&mut browser, PHONE).await;
    let code = site.code_to(PHONE);
    (site, browser, page, code)
}

both! {
    async fn a_code_lives_ten_minutes(database) {
        let (site, mut browser, page, code) = at_code_page(database).await;
        site.advance(10 * MINUTE - Duration::from_millis(1));
        let mut late = browser.clone();
        assert!(is_signed_in(&flows::enter(&mut browser, &page, &code).await));
        let page = flows::code_page(&mut late, PHONE).await;
        let code = site.code_to(PHONE);
        site.advance(10 * MINUTE);
        let answer = flows::enter(&mut late, &page, &code).await;
        assert_eq!((answer.status, tries_left(&answer)), (StatusCode::UNPROCESSABLE_ENTITY, Some(0)), "{}", answer.body);
    }

    async fn a_code_has_five_tries(database) {
        let (_site, mut browser, page, code) = at_code_page(database).await;
        for left in (0..5).rev() {
            let answer = flows::enter(&mut browser, &page, &flows::other_code(&code)).await;
            assert_eq!((answer.status, tries_left(&answer)), (StatusCode::UNPROCESSABLE_ENTITY, Some(left)), "{}", answer.body);
        }
        let right = flows::enter(&mut browser, &page, &code).await;
        assert_eq!((right.status, tries_left(&right)), (StatusCode::UNPROCESSABLE_ENTITY, Some(0)));
        assert!(!flows::is_signed_in(&mut browser).await);
    }

    async fn what_is_no_code_costs_no_try(database) {
        let (_site, mut browser, page, code) = at_code_page(database).await;
        for typed in ["", "12345", "1234567", "abcdef", "12345\u{664}"] {
            let answer = flows::enter(&mut browser, &page, typed).await;
            assert_eq!((answer.status, tries_left(&answer)), (StatusCode::UNPROCESSABLE_ENTITY, None), "{typed}");
        }
        let spaced = format!(" {} {}-", &code[..3], &code[3..]);
        assert!(is_signed_in(&flows::enter(&mut browser, &page, &spaced).await));
    }

    async fn a_code_is_used_once(database) {
        let (_site, mut browser, page, code) = at_code_page(database).await;
        let mut copy = browser.clone();
        assert!(is_signed_in(&flows::enter(&mut browser, &page, &code).await));
        let again = flows::enter(&mut copy, &page, &code).await;
        assert_eq!(again.status, StatusCode::GONE);
        assert!(!flows::is_signed_in(&mut copy).await);
    }

    async fn a_code_is_used_once_where_nobody_has_the_address_yet(database) {
        let site = Site::start(database).await;
        let mut browser = Browser::new(&site);
        let page = flows::sign_up(&mut browser, PHONE).await;
        let code = site.code_to(PHONE);
        let proved = flows::enter(&mut browser, &page, &code).await;
        assert!(proved.location().unwrap().starts_with("/signup/details?"), "{}", proved.body);
        let again = flows::enter(&mut browser, &page, &code).await;
        assert_eq!((again.status, tries_left(&again)), (StatusCode::UNPROCESSABLE_ENTITY, Some(0)), "{}", again.body);
    }

    async fn of_parallel_uses_one_signs_in(database) {
        let (_site, browser, page, code) = at_code_page(database).await;
        let uses = (0..8).map(|_| {
            let (mut browser, page, code) = (browser.clone(), &page, &code);
            async move { flows::enter(&mut browser, page, code).await }
        });
        let answers = join_all(uses).await;
        assert_eq!(answers.iter().filter(|answer| is_signed_in(answer)).count(), 1, "{answers:?}");
        assert!(answers.iter().all(|answer| !answer.status.is_server_error()), "{answers:?}");
    }

    async fn parallel_guesses_get_no_more_tries(database) {
        let (_site, mut browser, page, code) = at_code_page(database).await;
        let wrong = flows::other_code(&code);
        let guesses = (0..20).map(|_| {
            let (mut browser, page, wrong) = (browser.clone(), &page, &wrong);
            async move { flows::enter(&mut browser, page, wrong).await }
        });
        let mut left: Vec<_> = join_all(guesses).await.iter().map(tries_left).collect();
        left.sort_unstable();
        let expected: Vec<_> = std::iter::repeat_n(0, 16).chain(1..5).map(Some).collect();
        assert_eq!(left, expected);
        assert!(!is_signed_in(&flows::enter(&mut browser, &page, &code).await));
    }

    async fn a_new_code_ends_the_old_one(database) {
        let (site, mut browser, page, old) = at_code_page(database).await;
        site.advance(MINUTE);
        let page = flows::send_code(&mut browser, &page).await;
        let new = site.code_to(PHONE);
        // One in a million times they are equal.
        if new != old {
            assert_eq!(tries_left(&flows::enter(&mut browser, &page, &old).await), Some(4));
        }
        assert!(is_signed_in(&flows::enter(&mut browser, &page, &new).await));
    }

    async fn another_browser_cannot_use_a_code(database) {
        let (site, _browser, page, code) = at_code_page(database).await;
        let (_, form) = page.form("/signin/code").unwrap();
        let attempt = &form.iter().find(|(name, _)| name == "attempt").unwrap().1;
        let mut thief = Browser::new(&site);
        let own = flows::code_page(&mut thief, "+436605554418").await;
        let stolen = thief.submit(&own, "/signin/code", &[("attempt", attempt), ("code", &code)]).await;
        assert_eq!(stolen.status, StatusCode::GONE);
        // Nor does the code fit the thief's own attempt at the same number.
        let own = flows::begin(&mut thief, PHONE).await;
        let elsewhere = flows::send_code(&mut thief, &own).await;
        assert_eq!(flows::enter(&mut thief, &elsewhere, &code).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(!flows::is_signed_in(&mut thief).await);
    }

    async fn a_code_for_one_purpose_is_none_for_another(database) {
        let (site, mut browser, sign_in, code) = at_code_page(database).await;
        site.advance(MINUTE);
        let sign_up = flows::sign_up(&mut browser, PHONE).await;
        let newer = site.code_to(PHONE);
        if newer != code {
            assert_eq!(tries_left(&flows::enter(&mut browser, &sign_up, &code).await), Some(4));
            assert_eq!(tries_left(&flows::enter(&mut browser, &sign_in, &newer).await), Some(4));
        }
        assert!(is_signed_in(&flows::enter(&mut browser, &sign_in, &code).await));
    }

    async fn the_next_code_waits_a_minute(database) {
        let (site, mut browser, page, _) = at_code_page(database).await;
        site.advance(MINUTE - Duration::from_millis(1));
        let soon = flows::send_code(&mut browser, &page).await;
        assert_eq!((soon.status, site.messages().len()), (StatusCode::UNPROCESSABLE_ENTITY, 1), "{}", soon.body);
        // The wait belongs to the destination: another browser has it too.
        let other = flows::code_page(&mut Browser::new(&site), "0043 660 555 44 17").await;
        assert_eq!((other.status, site.messages().len()), (StatusCode::UNPROCESSABLE_ENTITY, 1));
        site.advance(Duration::from_millis(1));
        let sent = flows::send_code(&mut browser, &page).await;
        assert_eq!((sent.status, site.messages().len()), (StatusCode::OK, 2));
    }

    async fn ten_codes_a_day_go_to_one_destination(database) {
        let (site, mut browser, mut page, _) = at_code_page(database).await;
        for sent in 1..10 {
            assert!(page.body.contains(&format!("{} of 10", 10 - sent)), "{}", page.body);
            site.advance(MINUTE);
            page = flows::send_code(&mut browser, &page).await;
        }
        assert!(page.body.contains("0 of 10"), "{}", page.body);
        site.advance(MINUTE);
        // The button is gone; whoever posts all the same gets none.
        let mut other = Browser::new(&site);
        flows::code_page(&mut other, PHONE).await;
        assert_eq!(site.messages().len(), 10);
        site.advance(24 * 60 * MINUTE);
        let next_day = flows::code_page(&mut other, PHONE).await;
        assert_eq!((next_day.status, site.messages().len()), (StatusCode::OK, 11));
    }

    async fn the_numbers_are_the_operators(database) {
        let settings = [
            ("KEYHOUSE_CODES__LIFETIME_SECONDS", "120"),
            ("KEYHOUSE_CODES__TRIES", "2"),
            ("KEYHOUSE_CODES__RESEND_SECONDS", "30"),
            ("KEYHOUSE_CODES__PER_DAY", "2"),
        ];
        let site = Site::with(database, &settings).await;
        let mut browser = Browser::new(&site);
        let page = flows::code_page(&mut browser, PHONE).await;
        assert!(page.body.contains("1 of 2"), "{}", page.body);
        let wrong = flows::other_code(&site.code_to(PHONE));
        assert_eq!(tries_left(&flows::enter(&mut browser, &page, &wrong).await), Some(1));
        site.advance(Duration::from_secs(30));
        let page = flows::send_code(&mut browser, &page).await;
        assert_eq!(site.messages().len(), 2);
        site.advance(Duration::from_secs(120));
        let late = flows::enter(&mut browser, &page, &site.code_to(PHONE)).await;
        assert_eq!(tries_left(&late), Some(0));
        flows::code_page(&mut browser, PHONE).await;
        assert_eq!(site.messages().len(), 2);
    }

    async fn wrong_codes_from_one_address_are_counted(database) {
        let settings = [("KEYHOUSE_LIMITS__CODE_TRIES_PER_ADDRESS_PER_HOUR", "3")];
        let site = Site::with(database, &settings).await;
        flows::mina(&site).await;
        let mut browser = Browser::new(&site);
        // Right codes are not guesses: any number of people may sign in from one address.
        for _ in 0..4 {
            let page = flows::code_page(&mut browser, PHONE).await;
            assert!(is_signed_in(&flows::enter(&mut browser, &page, &site.code_to(PHONE)).await));
            browser.cookies.clear();
            site.advance(MINUTE);
        }
        let page = flows::code_page(&mut browser, PHONE).await;
        let code = site.code_to(PHONE);
        for _ in 0..3 {
            assert!(tries_left(&flows::enter(&mut browser, &page, &flows::other_code(&code)).await).is_some());
        }
        let over = flows::enter(&mut browser, &page, &code).await;
        assert_eq!(over.status, StatusCode::TOO_MANY_REQUESTS);
        assert!(!over.header("Retry-After").is_empty());
        site.advance(60 * MINUTE);
        let page = flows::code_page(&mut browser, PHONE).await;
        assert!(is_signed_in(&flows::enter(&mut browser, &page, &site.code_to(PHONE)).await));
    }

    async fn sendings_are_counted_by_address_and_in_all(database) {
        let settings = [
            ("KEYHOUSE_LIMITS__SENDS_PER_ADDRESS_PER_HOUR", "2"),
            ("KEYHOUSE_LIMITS__SENDS_PER_HOUR", "4"),
            ("KEYHOUSE_SERVER__TRUSTED_PROXIES", "127.0.0.0/8"),
        ];
        let site = Site::with(database, &settings).await;
        // The third is one too many from its address, the sixth, which is the fifth to be sent, one too many in all.
        let table = [(1, 200), (1, 200), (1, 429), (2, 200), (3, 200), (4, 429)];
        for (number, (host, expected)) in table.into_iter().enumerate() {
            let mut browser = Browser::new(&site);
            browser.headers.push(("X-Forwarded-For".to_owned(), format!("198.51.100.{host}")));
            let page = flows::code_page(&mut browser, &format!("+43660555441{number}")).await;
            assert_eq!(page.status.as_u16(), expected, "{number}");
        }
        assert_eq!(site.messages().len(), 4);
    }

    async fn a_destination_gets_no_more_for_having_several_names(database) {
        let site = Site::with(database, &[("KEYHOUSE_CODES__PER_DAY", "3")]).await;
        let account = flows::mina(&site).await;
        let mail = "mina@lantern.example";
        for name in [mail, &account.account_number, mail, &account.account_number] {
            let page = flows::code_page(&mut Browser::new(&site), name).await;
            assert_eq!(page.status, StatusCode::OK, "and nobody is told: {}", page.body);
            site.advance(2 * MINUTE);
        }
        assert_eq!(site.messages().iter().filter(|message| message.to == mail).count(), 3);
    }
}
