//! Sign-up: an account costs one code, belongs to whoever proved the address, and records what was agreed to.

use futures_util::future::join_all;
use keyhouse::store::accounts::Account;
use keyhouse::store::addresses::{self, AddressKind};
use reqwest::StatusCode;

use crate::both;
use crate::harness::Site;
use crate::harness::browser::{Answer, Browser};
use crate::harness::flows;

const PHONE: &str = "+436605554417";

/// A browser that has proved an address nobody has, and the last page of sign-up.
async fn at_details(site: &Site) -> (Browser, Answer) {
    let mut browser = Browser::new(site);
    let page = flows::sign_up(&mut browser, PHONE).await;
    let right = flows::enter(&mut browser, &page, &site.code_to(PHONE)).await;
    let page = browser.follow(right).await;
    (browser, page)
}

async fn owner(site: &Site) -> Option<Account> {
    let ask = |connection: &mut keyhouse::store::Connection| addresses::owner(connection, AddressKind::Phone, PHONE);
    site.app.store.read(ask).await.unwrap()
}

fn is_done(answer: &Answer) -> bool {
    answer.location().as_deref() == Some("/account")
}

/// The account is made, has one way in, and is asked for a second.
fn is_made(answer: &Answer) -> bool {
    answer.location().as_deref() == Some("/signup/second?continue=%2Faccount")
}

both! {
    async fn what_was_agreed_to_is_recorded(database) {
        let site = Site::start(database).await;
        let (mut browser, page) = at_details(&site).await;
        let done = browser.submit(&page, "/signup/details", &[("name", " Mina Farouk "), ("password", "")]).await;
        assert!(is_made(&done), "{}", done.body);
        let account = owner(&site).await.unwrap();
        assert_eq!(account.name, "Mina Farouk");
        assert_eq!((account.terms_version.as_deref(), account.terms_accepted_at), (Some("2026-11"), Some(site.now())));
        assert_eq!((account.account_number.len(), account.language.as_deref()), (12, Some("en")));
    }

    async fn nobody_gets_an_account_without_agreeing(database) {
        let site = Site::start(database).await;
        let mut browser = Browser::new(&site);
        let page = browser.get("/signup").await;
        let refused = browser.submit(&page, "/signup", &[("name", "Mina"), ("identifier", PHONE)]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        // A code at sign-in leads on to the same page, where the terms are still owed.
        let page = flows::code_page(&mut browser, PHONE).await;
        let right = flows::enter(&mut browser, &page, &site.code_to(PHONE)).await;
        let page = browser.follow(right).await;
        let refused = browser.submit(&page, "/signup/details", &[("name", "Mina")]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(owner(&site).await.is_none());
        let done = browser.submit(&page, "/signup/details", &[("name", "Mina"), ("terms", "yes")]).await;
        assert!(is_made(&done), "{}", done.body);
        assert_eq!(owner(&site).await.unwrap().terms_version.as_deref(), Some("2026-11"));
    }

    async fn an_account_id_is_given_and_never_chosen(database) {
        let site = Site::start(database).await;
        let known = flows::mina(&site).await.account_number;
        for number in [known.as_str(), "123456789012"] {
            let refused = flows::sign_up(&mut Browser::new(&site), number).await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{number}");
        }
        assert!(site.messages().is_empty());
    }

    async fn names_are_checked(database) {
        let site = Site::start(database).await;
        let (mut browser, page) = at_details(&site).await;
        let long = "x".repeat(65);
        for name in ["", "   ", &long, "Mina\u{202e}Farouk", "Mina\u{200b}", "<b>Mina</b>", "Mi\u{7}na", "Mina\u{feff}"] {
            let refused = browser.submit(&page, "/signup/details", &[("name", name)]).await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{name:?}");
        }
        assert!(owner(&site).await.is_none());
        let longest = "明".repeat(64);
        let done = browser.submit(&page, "/signup/details", &[("name", &longest)]).await;
        assert!(is_made(&done), "{}", done.body);
        assert_eq!(owner(&site).await.unwrap().name, longest);
    }

    async fn passwords_have_8_to_256_characters(database) {
        let site = Site::start(database).await;
        let (mut browser, page) = at_details(&site).await;
        for password in ["seven77".to_owned(), "密".repeat(7), "x".repeat(257), "x".repeat(10_000)] {
            let refused = browser.submit(&page, "/signup/details", &[("password", &password)]).await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{password}");
            assert!(!refused.body.contains(&password));
        }
        let hashes = site.app.passwords.computed();
        let longest: String = (0..256).map(|number| char::from_u32(0x4e00 + number * 37).unwrap()).collect();
        let done = browser.submit(&page, "/signup/details", &[("password", &longest)]).await;
        assert!(is_done(&done), "{}", done.body);
        assert_eq!(site.app.passwords.computed(), hashes + 1);

        let mut other = Browser::new(&site);
        let page = flows::begin(&mut other, PHONE).await;
        let longer = flows::password(&mut other, &page, &format!("{longest}x")).await;
        assert_eq!(longer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(is_done(&flows::password(&mut other, &page, &longest).await));
    }

    async fn what_is_tried_first_is_no_password(database) {
        let site = Site::start(database).await;
        let (mut browser, page) = at_details(&site).await;
        for password in ["password1", "qwertyuiop", "12345678", "P@ssw0rd", "aaaaaaaaaaaa", "abcdefgh"] {
            let refused = browser.submit(&page, "/signup/details", &[("password", password)]).await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{password}");
            assert!(refused.body.contains("nothing to do with each other"), "{}", refused.body);
        }
        assert!(is_done(&browser.submit(&page, "/signup/details", &[("password", "violet tin 47")]).await));
    }

    async fn the_last_page_wants_the_proof(database) {
        let site = Site::start(database).await;
        let mut browser = Browser::new(&site);
        let page = flows::sign_up(&mut browser, PHONE).await;
        let (_, form) = page.form("/signin/code").unwrap();
        let attempt = &form.iter().find(|(name, _)| name == "attempt").unwrap().1;
        assert_eq!(browser.get(&format!("/signup/details?attempt={attempt}")).await.status, StatusCode::GONE);
        let csrf = &form.iter().find(|(name, _)| name == "csrf").unwrap().1;
        let fields = [("csrf", csrf.as_str()), ("attempt", attempt), ("name", "Mina"), ("terms", "yes")];
        assert_eq!(browser.post("/signup/details", &fields).await.status, StatusCode::GONE);
        assert!(owner(&site).await.is_none());
    }

    async fn sign_up_goes_on_to_our_own_pages_only(database) {
        let site = Site::start(database).await;
        let table = [
            ("+436605554411", "https://evil.example", "%2Faccount"),
            ("+436605554412", "//evil.example", "%2Faccount"),
            ("+436605554413", "/account/devices", "%2Faccount%2Fdevices"),
        ];
        for (phone, asked, expected) in table {
            let mut browser = Browser::new(&site);
            let page = browser.get("/signup").await;
            let fields = [("name", "Mina Farouk"), ("identifier", phone), ("terms", "yes"), ("continue", asked)];
            let sent = browser.submit(&page, "/signup", &fields).await;
            let page = browser.follow(sent).await;
            let right = flows::enter(&mut browser, &page, &site.code_to(phone)).await;
            let page = browser.follow(right).await;
            let done = browser.submit(&page, "/signup/details", &[]).await;
            assert_eq!(done.location(), Some(format!("/signup/second?continue={expected}")), "{asked}");
        }
    }

    async fn of_parallel_sign_ups_one_gets_the_address(database) {
        let site = Site::with(database, &[("KEYHOUSE_SERVER__TRUSTED_PROXIES", "127.0.0.0/8")]).await;
        let mut ready = Vec::new();
        for number in 0..6 {
            let (mut browser, page) = at_details(&site).await;
            // From addresses of their own, or the counter of one address would make them wait for each other.
            browser.headers.push(("X-Forwarded-For".to_owned(), format!("198.51.100.{number}")));
            ready.push((browser, page));
            site.advance(std::time::Duration::from_secs(60));
        }
        let posts = ready.into_iter().map(|(mut browser, page)| async move {
            browser.submit(&page, "/signup/details", &[]).await
        });
        let answers = join_all(posts).await;
        let mut led_to: Vec<_> = answers.iter().map(|answer| answer.location().unwrap_or(answer.body.clone())).collect();
        led_to.sort();
        let sign_in = "/signin?continue=%2Faccount";
        assert_eq!(led_to, [sign_in, sign_in, sign_in, sign_in, sign_in, "/signup/second?continue=%2Faccount"]);
    }

    async fn an_address_that_has_an_account_signs_in_to_it(database) {
        let site = Site::start(database).await;
        let mina = flows::mina(&site).await;
        let mut browser = Browser::new(&site);
        let page = browser.get("/signup").await;
        let fields = [("name", "Somebody else"), ("identifier", PHONE), ("terms", "yes")];
        let sent = browser.submit(&page, "/signup", &fields).await;
        let page = browser.follow(sent).await;
        assert!(is_done(&flows::enter(&mut browser, &page, &site.code_to(PHONE)).await));
        let account = owner(&site).await.unwrap();
        assert_eq!((account.id, account.name), (mina.id, mina.name));
    }

    async fn accounts_from_one_address_are_counted(database) {
        let site = Site::with(database, &[("KEYHOUSE_LIMITS__ACCOUNTS_PER_ADDRESS_PER_HOUR", "1")]).await;
        let mut statuses = Vec::new();
        for phone in ["+436605554411", "+436605554412"] {
            let mut browser = Browser::new(&site);
            let page = flows::sign_up(&mut browser, phone).await;
            let right = flows::enter(&mut browser, &page, &site.code_to(phone)).await;
            let page = browser.follow(right).await;
            statuses.push(browser.submit(&page, "/signup/details", &[]).await.status);
        }
        assert_eq!(statuses, [StatusCode::SEE_OTHER, StatusCode::TOO_MANY_REQUESTS]);
    }
}
