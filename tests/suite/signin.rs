//! Sign-in by password: one name in every spelling, tries counted for the right name and address, and a flood that only
//! sign-ins feel.

use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use reqwest::StatusCode;

use crate::both;
use crate::harness::Site;
use crate::harness::browser::{Answer, Browser};
use crate::harness::flows;
use crate::steps::live_sessions;

const EMAIL: &str = "mina@lantern.example";
const WINDOW: Duration = Duration::from_secs(15 * 60);

fn is_signed_in(answer: &Answer) -> bool {
    answer.location().as_deref() == Some("/account")
}

/// One wrong password for a name, from a browser that says it comes from `forwarded`.
async fn guess(site: &Site, name: &str, forwarded: &str) -> StatusCode {
    let mut browser = Browser::new(site);
    browser.headers.push(("X-Forwarded-For".to_owned(), forwarded.to_owned()));
    let page = flows::begin(&mut browser, name).await;
    flows::password(&mut browser, &page, "not the password").await.status
}

both! {
    async fn one_name_in_every_spelling(database) {
        let site = Site::with(database, &[("KEYHOUSE_PHONE__DEFAULT_REGION", "AT")]).await;
        let number = flows::mina(&site).await.account_number;
        let grouped = keyhouse::identifier::grouped(&number);
        for name in [
            EMAIL,
            " Mina@LANTERN.example\u{200b}",
            "ＭＩＮＡ＠lantern.example",
            "+43 660 5554417",
            "0043-660/555 44 17",
            "0660 5554417",
            "\u{202a}+43 (660) 5554417\u{202c}",
            "\u{ff0b}４３６６０５５５４４１７",
            &number,
            &grouped,
        ] {
            assert!(is_signed_in(&flows::sign_in_from(&mut Browser::new(&site), "/signin", name).await), "{name}");
        }
    }

    async fn what_names_nobody_is_said_beside_the_field(database) {
        let site = Site::start(database).await;
        let mut browser = Browser::new(&site);
        let page = browser.get("/signin").await;
        let long = format!("{}@lantern.example", "a".repeat(4000));
        for name in ["", " \u{200b}", "mina", "@", "mina@", "12345", "0660 5554417", "<script>alert(1)</script>", &long] {
            let answer = browser.submit(&page, "/signin", &[("identifier", name)]).await;
            assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{name}");
            assert!(answer.body.contains("aria-invalid=\"true\"") && !answer.body.contains("<script>"), "{}", answer.body);
        }
    }

    async fn wrong_passwords_are_counted_by_name_whatever_its_spelling(database) {
        let site = Site::with(database, &[("KEYHOUSE_LIMITS__PASSWORD_TRIES_PER_ACCOUNT", "3")]).await;
        flows::mina(&site).await;
        for name in [EMAIL, "MINA@lantern.example", "mina@lantern.example\u{feff}"] {
            assert_eq!(guess(&site, name, "").await, StatusCode::UNPROCESSABLE_ENTITY);
        }
        let over = flows::sign_in_from(&mut Browser::new(&site), "/signin", EMAIL).await;
        assert_eq!(over.status, StatusCode::TOO_MANY_REQUESTS);
        // The time it names is when the window that the first try opened ends, not a window from now.
        assert!(over.body.contains("08:15 UTC"), "{}", over.body);
        assert_eq!(over.header("retry-after"), "900");
        site.advance(WINDOW - Duration::from_secs(1));
        assert_eq!(guess(&site, EMAIL, "").await, StatusCode::TOO_MANY_REQUESTS);
        site.advance(Duration::from_secs(1));
        assert!(is_signed_in(&flows::sign_in_from(&mut Browser::new(&site), "/signin", EMAIL).await));
    }

    async fn a_code_still_works_when_passwords_are_counted_out(database) {
        let site = Site::with(database, &[("KEYHOUSE_LIMITS__PASSWORD_TRIES_PER_ACCOUNT", "1")]).await;
        flows::mina(&site).await;
        guess(&site, EMAIL, "").await;
        assert_eq!(guess(&site, EMAIL, "").await, StatusCode::TOO_MANY_REQUESTS);
        let mut browser = Browser::new(&site);
        let page = flows::code_page(&mut browser, EMAIL).await;
        assert!(is_signed_in(&flows::enter(&mut browser, &page, &site.code_to(EMAIL)).await));
    }

    async fn right_passwords_are_not_counted(database) {
        let settings = [
            ("KEYHOUSE_LIMITS__PASSWORD_TRIES_PER_ACCOUNT", "2"),
            ("KEYHOUSE_LIMITS__PASSWORD_TRIES_PER_ADDRESS", "2"),
        ];
        let site = Site::with(database, &settings).await;
        flows::mina(&site).await;
        for _ in 0..4 {
            assert!(is_signed_in(&flows::sign_in_from(&mut Browser::new(&site), "/signin", EMAIL).await));
        }
    }

    async fn an_address_guesses_at_many_names_in_vain(database) {
        let site = Site::with(database, &[("KEYHOUSE_LIMITS__PASSWORD_TRIES_PER_ADDRESS", "3")]).await;
        let mut statuses = Vec::new();
        for number in 0..4 {
            // The header is anybody's to write: no proxy is trusted here.
            let forwarded = format!("198.51.100.{number}");
            statuses.push(guess(&site, &format!("person{number}@lantern.example"), &forwarded).await.as_u16());
        }
        assert_eq!(statuses, [422, 422, 422, 429]);
    }

    async fn behind_a_trusted_proxy_every_client_is_counted_alone(database) {
        let settings = [
            ("KEYHOUSE_LIMITS__PASSWORD_TRIES_PER_ADDRESS", "1"),
            ("KEYHOUSE_SERVER__TRUSTED_PROXIES", "127.0.0.0/8"),
        ];
        let site = Site::with(database, &settings).await;
        let table = [
            ("198.51.100.1", 422),
            ("198.51.100.1", 429),
            // What stands left of the proxy's own entry is the client's claim.
            ("203.0.113.9, 198.51.100.1", 429),
            ("198.51.100.2", 422),
            ("2001:db8:1:2::1", 422),
            // One customer has a whole /64.
            ("2001:db8:1:2:ffff::2", 429),
            ("2001:db8:1:3::1", 422),
        ];
        for (forwarded, expected) in table {
            assert_eq!(guess(&site, "nobody@lantern.example", forwarded).await.as_u16(), expected, "{forwarded}");
        }
    }

    async fn an_attempt_lives_half_an_hour(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        for (early, status) in [(1, StatusCode::SEE_OTHER), (0, StatusCode::GONE)] {
            let mut browser = Browser::new(&site);
            let page = flows::begin(&mut browser, EMAIL).await;
            site.advance(2 * WINDOW - Duration::from_millis(early));
            assert_eq!(flows::password(&mut browser, &page, flows::PASSWORD).await.status, status);
        }
    }

    async fn of_parallel_right_passwords_one_uses_the_attempt(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let mut browser = Browser::new(&site);
        let page = flows::begin(&mut browser, EMAIL).await;
        let mut posts: FuturesUnordered<_> = (0..6)
            .map(|_| {
                let (mut browser, page) = (browser.clone(), &page);
                async move { flows::password(&mut browser, page, flows::PASSWORD).await.status.as_u16() }
            })
            .collect();
        let mut statuses = Vec::new();
        while let Some(status) = posts.next().await {
            statuses.push(status);
        }
        statuses.sort_unstable();
        assert_eq!(statuses, [303, 410, 410, 410, 410, 410]);
    }

    async fn a_flood_of_passwords_is_told_to_wait_and_tokens_go_on(database) {
        let settings = [
            ("KEYHOUSE_PASSWORDS__QUEUE", "1"),
            ("KEYHOUSE_PASSWORDS__MEMORY_KIB", "65536"),
            ("KEYHOUSE_PASSWORDS__ITERATIONS", "6"),
            ("KEYHOUSE_LIMITS__PASSWORD_TRIES_PER_ACCOUNT", "100"),
        ];
        let site = Site::with(database, &settings).await;
        let client = site.client(|_| {}).await;
        let mut browser = Browser::new(&site);
        let page = flows::begin(&mut browser, EMAIL).await;
        let mut flood: FuturesUnordered<_> = (0..12)
            .map(|_| {
                let (mut browser, page) = (browser.clone(), &page);
                async move { flows::password(&mut browser, page, "not the password").await }
            })
            .collect();
        let first = flood.next().await.unwrap();
        assert_eq!(first.status, StatusCode::SERVICE_UNAVAILABLE, "{}", first.body);
        assert!(first.header("Retry-After").parse::<u32>().unwrap() > 0);
        assert!(first.header("Content-Type").starts_with("text/html") && first.body.contains("<h1>"));

        let form = [("grant_type", "client_credentials")];
        let tokens = flows::as_client(&site, "/oauth/token", &client, &form).await;
        assert_eq!(tokens.status, StatusCode::OK, "{}", tokens.body);
        let mut statuses: Vec<_> = flood.map(|answer| answer.status.as_u16()).collect().await;
        statuses.sort_unstable();
        assert!(statuses.contains(&422) && statuses.iter().all(|status| [422, 503].contains(status)), "{statuses:?}");
    }

    async fn an_attempt_signs_in_once_however_often_its_form_is_posted(database) {
        let site = Site::start(database).await;
        let account = flows::mina(&site).await;
        let mut browser = Browser::new(&site);
        let page = flows::begin(&mut browser, EMAIL).await;
        let mut copies = vec![browser; 6];
        let posts = copies.iter_mut().map(|copy| flows::password(copy, &page, flows::PASSWORD));
        let answers = futures_util::future::join_all(posts).await;
        let good = answers.iter().filter(|answer| is_signed_in(answer)).count();
        assert_eq!((good, live_sessions(&site, &account).await.len()), (1, 1));
        assert!(answers.iter().all(|answer| answer.status == StatusCode::SEE_OTHER || answer.status == StatusCode::GONE));
    }
}
