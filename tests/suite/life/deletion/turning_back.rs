//! While a deletion waits: signing in asks whether the account stays, and only a yes keeps it.

use std::time::Duration;

use keyhouse::change::{self, deletion};
use keyhouse::security::random;
use keyhouse::store::accounts::{self, AccountState};
use keyhouse::store::changes::{self, Change, ChangeKind};
use keyhouse::store::details::Json;
use keyhouse::store::events::EventKind;
use reqwest::StatusCode;

use super::{EMAIL, PHONE, account, delete, waiting};
use crate::both;
use crate::harness::browser::Browser;
use crate::harness::database::Database;
use crate::harness::flows::{self, Request};
use crate::harness::{Site, eventually};
use crate::life::kinds;
use keyhouse::store::accounts::Account;

const KEEP: &str = "/signin/keep";
const DAY: Duration = Duration::from_secs(86_400);

/// A site where mina has closed her account.
async fn closed(database: Database) -> (Site, Account) {
    // Nobody waits for a connection where they should wait for each other.
    let site = Site::with(database, &[("KEYHOUSE_STORE__POSTGRES_CONNECTIONS", "8")]).await;
    let mina = flows::mina(&site).await;
    let mut browser = flows::minas_browser(&site).await;
    delete(&mut browser, &mina).await.assert_page(StatusCode::OK);
    (site, mina)
}

/// Lets its last day come, on whichever node is first.
async fn is_gone(site: &Site, account_id: i64) {
    eventually("the end", async || {
        change::carry_out_due(&site.app).await.unwrap();
        account(site, account_id).await.is_none()
    })
    .await;
}

both! {
    async fn a_right_password_asks_and_a_yes_keeps_it(database) {
        let (site, mina) = closed(database).await;
        site.advance(6 * DAY);
        let mut browser = Browser::new(&site);
        let asked = flows::sign_in_from(&mut browser, "/signin", EMAIL).await;
        let to = asked.location().unwrap();
        assert!(to.starts_with("/signin/keep?attempt="), "{to}");
        assert!(!browser.cookies.contains_key("keyhouse_session"), "nobody is signed in by that");
        let page = browser.get(&to).await;
        page.assert_page(StatusCode::OK);
        assert!(page.body.contains("22 January 2027, 08:00 UTC") && page.body.contains("Mina Farouk"), "{}", page.body);
        assert_eq!(account(&site, mina.id).await.unwrap().state, AccountState::Closing);
        let kept = browser.submit(&page, KEEP, &[]).await;
        assert_eq!(kept.location().as_deref(), Some("/account"));
        assert!(flows::is_signed_in(&mut browser).await);
        assert_eq!(account(&site, mina.id).await.unwrap().state, AccountState::Active);
        assert!(waiting(&site, mina.id).await.is_empty());
        assert!(kinds(&site, mina.id).await.contains(&EventKind::ChangeCancelled));
        for address in [EMAIL, PHONE] {
            eventually("the notice", async || {
                site.notices_to(address).await.iter().any(|own| own.text.contains("will not be deleted"))
            }).await;
        }
        // Its day comes and goes.
        site.advance(2 * DAY);
        assert_eq!(change::carry_out_due(&site.app).await.unwrap(), 0);
        assert_eq!(account(&site, mina.id).await.unwrap().state, AccountState::Active);
    }

    async fn a_right_code_does_too_and_goes_on_to_the_app(database) {
        let (site, mina) = closed(database).await;
        let client = site.client(|_| {}).await;
        for (place, name) in [PHONE, EMAIL, mina.account_number.as_str()].into_iter().enumerate() {
            site.advance(Duration::from_secs(61));
            let mut browser = Browser::new(&site);
            let begun = browser.get(&Request::new(&client, "openid").path()).await;
            let page = browser.follow(begun).await;
            let next = browser.submit(&page, "/signin", &[("identifier", name)]).await;
            let page = browser.follow(next).await;
            let page = flows::send_code(&mut browser, &page).await;
            let code = site.code_to(if name == PHONE { PHONE } else { EMAIL });
            let asked = flows::enter(&mut browser, &page, &code).await;
            let page = browser.follow(asked).await;
            assert!(page.form(KEEP).is_some(), "{name}: {}", page.body);
            if place < 2 {
                continue;
            }
            let kept = browser.submit(&page, KEEP, &[]).await;
            let back = browser.follow(kept).await;
            assert!(back.location().unwrap().starts_with(crate::harness::CALLBACK), "{:?}", back.location());
            assert!(back.parameter("code").is_some());
        }
        // Signing up with its address is no other way in: it leads to the same question.
        let mut browser = Browser::new(&site);
        delete(&mut flows::minas_browser(&site).await, &mina).await;
        site.advance(Duration::from_secs(61));
        let page = flows::sign_up(&mut browser, PHONE).await;
        let asked = flows::enter(&mut browser, &page, &site.code_to(PHONE)).await;
        assert!(asked.location().unwrap().starts_with("/signin/keep?"), "{:?}", asked.location());
    }

    async fn a_wrong_password_says_what_it_says_to_everybody(database) {
        let (site, _) = closed(database).await;
        let mut browser = Browser::new(&site);
        let page = flows::begin(&mut browser, EMAIL).await;
        let wrong = flows::password(&mut browser, &page, "not her password").await;
        let page = flows::begin(&mut browser, "nobody@lantern.example").await;
        let unknown = flows::password(&mut browser, &page, "not her password").await;
        assert_eq!((wrong.status, unknown.status), (StatusCode::UNPROCESSABLE_ENTITY, StatusCode::UNPROCESSABLE_ENTITY));
        assert!(!wrong.body.contains("delete") && !unknown.body.contains("delete"));
    }

    async fn the_question_is_its_own_browsers_and_nothing_else(database) {
        let (site, mina) = closed(database).await;
        let mut browser = Browser::new(&site);
        let asked = flows::sign_in_from(&mut browser, "/signin", EMAIL).await;
        let to = asked.location().unwrap();
        let page = browser.get(&to).await;
        let (_, form) = page.filled(KEEP, &[]);
        // In another browser, with a form token of its own, it is nothing.
        let mut other = Browser::new(&site);
        assert_eq!(other.get(&to).await.status, StatusCode::GONE);
        assert_eq!(other.post_text(KEEP, form).await.status, StatusCode::FORBIDDEN);
        let attempt = url::Url::parse(&format!("http://x{to}")).unwrap().query_pairs().next().unwrap().1.into_owned();
        let sign_in = other.get("/signin").await;
        let csrf = sign_in.form("/signin").unwrap().1.into_iter().find(|(name, _)| name == "csrf").unwrap().1;
        let planted = other.post(KEEP, &[("csrf", &csrf), ("attempt", &attempt)]).await;
        assert_eq!(planted.status, StatusCode::GONE);
        // Nor is it an attempt to sign in any more, and one to sign in is not it: nobody skips the proof.
        for path in ["/signin/password", "/signin/code"] {
            assert_eq!(browser.get(&format!("{path}?attempt={attempt}")).await.status, StatusCode::GONE, "{path}");
        }
        let begun = flows::begin(&mut other, EMAIL).await;
        let unproved = begun.form("/signin/password").unwrap().1.into_iter().find(|(name, _)| name == "attempt").unwrap().1;
        assert_eq!(other.get(&format!("{KEEP}?attempt={unproved}")).await.status, StatusCode::GONE);
        let skipped = other.post(KEEP, &[("csrf", &csrf), ("attempt", &unproved)]).await;
        assert_eq!(skipped.status, StatusCode::GONE);
        assert_eq!(account(&site, mina.id).await.unwrap().state, AccountState::Closing);
        // Half an hour later it is void.
        site.advance(Duration::from_secs(1801));
        assert_eq!(browser.submit(&page, KEEP, &[]).await.status, StatusCode::GONE);
    }

    async fn one_answer_counts_once(database) {
        let (site, mina) = closed(database).await;
        let mut browser = Browser::new(&site);
        let asked = flows::sign_in_from(&mut browser, "/signin", EMAIL).await;
        let page = browser.follow(asked).await;
        let answers = (0..8).map(|_| {
            let mut browser = browser.clone();
            let page = &page;
            async move { browser.submit(page, KEEP, &[]).await.status }
        });
        let answers = futures_util::future::join_all(answers).await;
        assert_eq!(answers.iter().filter(|status| **status == StatusCode::SEE_OTHER).count(), 1, "{answers:?}");
        assert!(answers.iter().all(|status| *status == StatusCode::SEE_OTHER || *status == StatusCode::GONE));
        assert_eq!(account(&site, mina.id).await.unwrap().state, AccountState::Active);
        let stays = async || site.notices_to(EMAIL).await.iter().filter(|own| own.text.contains("will not be deleted")).count();
        eventually("the notice", async || stays().await > 0).await;
        assert_eq!(stays().await, 1);
    }

    async fn left_alone_it_is_gone_on_its_day_and_not_before(database) {
        let (site, mina) = closed(database).await;
        site.advance(7 * DAY - Duration::from_secs(1));
        assert_eq!(change::carry_out_due(&site.app).await.unwrap(), 0);
        let mut late = Browser::new(&site);
        let asked = flows::sign_in_from(&mut late, "/signin", EMAIL).await;
        let page = late.follow(asked).await;
        site.advance(Duration::from_secs(1));
        is_gone(&site, mina.id).await;
        // A yes comes too late, and the address belongs to nobody: a right password is a wrong one.
        assert_eq!(late.submit(&page, KEEP, &[]).await.status, StatusCode::GONE);
        let mut browser = Browser::new(&site);
        let answer = flows::sign_in_from(&mut browser, "/signin", EMAIL).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        // It may become another account's, which has nothing of the old one.
        let page = flows::sign_up(&mut browser, PHONE).await;
        let page = flows::enter(&mut browser, &page, &site.code_to(PHONE)).await;
        let page = browser.follow(page).await;
        let done = browser.submit(&page, "/signup/details", &[("name", "Noor Aziz")]).await;
        assert_eq!(done.location().as_deref(), Some("/signup/second?continue=%2Faccount"));
        let owner = site.app.store.read(|c| {
            keyhouse::store::addresses::owner(c, keyhouse::store::addresses::AddressKind::Phone, PHONE)
        });
        let new = owner.await.unwrap().unwrap();
        assert!(new.id != mina.id && new.sub != mina.sub && new.account_number != mina.account_number);
        assert!(kinds(&site, new.id).await.iter().all(|kind| *kind == EventKind::SignedIn || *kind == EventKind::Created));
    }

    async fn of_keeping_and_carrying_out_one_happens(database) {
        let (site, mina) = closed(database).await;
        let node = site.node().await;
        for app in [&site, &node] {
            app.advance(7 * DAY - Duration::from_secs(60));
        }
        let mut browsers = Vec::new();
        for _ in 0..3 {
            let mut browser = Browser::new(&site);
            let asked = flows::sign_in_from(&mut browser, "/signin", EMAIL).await;
            let page = browser.follow(asked).await;
            browsers.push((browser, page));
        }
        let jobs = browsers.into_iter().map(|(mut browser, page)| async move {
            browser.submit(&page, KEEP, &[]).await.status
        });
        site.advance(Duration::from_secs(60));
        node.advance(Duration::from_secs(60));
        let (answers, one, other) = tokio::join!(
            futures_util::future::join_all(jobs),
            change::carry_out_due(&site.app),
            change::carry_out_due(&node.app)
        );
        one.unwrap();
        other.unwrap();
        let kept = answers.iter().filter(|status| **status == StatusCode::SEE_OTHER).count();
        assert!(answers.iter().all(|status| *status == StatusCode::SEE_OTHER || *status == StatusCode::GONE), "{answers:?}");
        let left = account(&site, mina.id).await.map(|account| account.state);
        assert_eq!(left, (kept == 1).then_some(AccountState::Active), "{answers:?}");
        assert!(waiting(&site, mina.id).await.is_empty());
    }

    async fn changes_that_are_stopped_meanwhile_hold_it_up(database) {
        let (site, mina) = closed(database).await;
        site.advance(6 * DAY);
        let (id, now) = (mina.id, site.now());
        let freeze = Change {
            account_id: id, id: random::id(), kind: ChangeKind::Freeze, details: Json::default(), due_at: None, created_at: now,
            expires_at: now.plus(3 * DAY),
        };
        site.app.store.write(move |connection| changes::insert(connection, &freeze)).await.unwrap();
        site.advance(DAY);
        eventually("a later day", async || {
            change::carry_out_due(&site.app).await.unwrap();
            waiting(&site, id).await.first().is_some_and(|change| change.due_at == Some(now.plus(3 * DAY)))
        }).await;
        assert_eq!(account(&site, id).await.unwrap().state, AccountState::Closing);
        site.advance(2 * DAY);
        is_gone(&site, id).await;
    }

    async fn an_operator_who_locks_it_holds_it_up_for_good(database) {
        let (site, mina) = closed(database).await;
        let (id, now) = (mina.id, site.now());
        let lock = site.app.store.write(move |connection| {
            deletion::call_off(connection, id, now)?;
            accounts::set_state(connection, id, AccountState::Locked, Some("Ask the front desk."))
        });
        lock.await.unwrap();
        site.advance(8 * DAY);
        assert_eq!(change::carry_out_due(&site.app).await.unwrap(), 0);
        let mut browser = Browser::new(&site);
        let shut = flows::sign_in_from(&mut browser, "/signin", EMAIL).await;
        assert_eq!(shut.status, StatusCode::FORBIDDEN);
        assert!(shut.body.contains("Ask the front desk."));
        // A row that is left over deletes nothing that is not closed.
        let stray = Change {
            account_id: id, id: random::id(), kind: ChangeKind::Deletion, details: Json::default(), due_at: Some(now),
            created_at: now, expires_at: site.now().plus(DAY),
        };
        site.app.store.write(move |connection| changes::insert(connection, &stray)).await.unwrap();
        eventually("an empty list", async || {
            change::carry_out_due(&site.app).await.unwrap();
            waiting(&site, id).await.is_empty()
        }).await;
        assert_eq!(account(&site, id).await.unwrap().state, AccountState::Locked);
    }
}
