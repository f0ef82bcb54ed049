//! Attacks on how an account is signed in to: a stolen number, another person's names for things, a change that was begun
//! before its owner took the account back.

use std::time::Duration;

use keyhouse::security::random;
use keyhouse::store::addresses::AddressKind;
use keyhouse::store::changes::{self, Change, ChangeKind};
use reqwest::StatusCode;

use super::steps::*;
use crate::both;
use crate::harness::Site;
use crate::harness::browser::Browser;
use crate::harness::flows;

async fn token(browser: &mut Browser) -> String {
    let page = browser.get("/account/settings").await;
    let (_, fields) = page.form("/account/settings").unwrap();
    fields.into_iter().find(|(name, _)| name == "csrf").unwrap().1
}

both! {
    async fn a_stolen_number_takes_no_mail_address_away(database) {
        let site = Site::start(database).await;
        let account = mina(&site).await;
        let mut thief = by_code(&site, PHONE).await;
        // Not by removing it, not by posting that all the same, and by replacing it only after a wait.
        let page = remove(&mut thief, EMAIL).await;
        assert!(page.body.contains("A text message alone is not enough"), "{}", page.body);
        let path = format!("/account/security/remove/{}", key(&mut thief, EMAIL).await);
        let csrf = token(&mut thief).await;
        let refused = thief.post(&path, &[("csrf", &csrf)]).await;
        assert_eq!(refused.location().as_deref(), Some(path.as_str()));
        let decide = change(&site, &mut thief, EMAIL, "thief@evil.example").await;
        let page = thief.follow(decide).await;
        let forced = thief.submit(&page, "/account/security/replace/", &[("decision", "now")]).await;
        assert!(forced.location().unwrap().starts_with("/account/security/replace/"), "{:?}", forced.location());
        assert_eq!(values(&site, &account).await, [PHONE, EMAIL]);
        // What the thief adds proves nothing against what was there, until its owner had time to see it.
        assert_note(&add(&site, &mut thief, "thief@harbour.example").await, "added");
        assert!(says(&site, EMAIL, "t•••@harbour.example").await);
        let mut thief = by_code(&site, "thief@harbour.example").await;
        for address in [EMAIL, PHONE] {
            let page = remove(&mut thief, address).await;
            assert!(page.body.contains("Prove a little more"), "{address}: {}", page.body);
        }
        assert_eq!(owned(&site, &account).await.len(), 3);
        // The owner, by the password, is rid of it at once.
        let mut owner = flows::minas_browser(&site).await;
        assert_note(&remove(&mut owner, "thief@harbour.example").await, "removed");
        assert!(!flows::is_signed_in(&mut thief).await);
    }

    async fn names_of_another_persons_things_are_not_found(database) {
        let site = Site::start(database).await;
        mina(&site).await;
        let jonas = flows::jonas(&site).await;
        let mut theirs = Browser::new(&site);
        flows::sign_in(&mut theirs, "jonas@lantern.example").await;
        let key = key(&mut theirs, "jonas@lantern.example").await;
        let page = begin_to_add(&mut theirs, "new@lantern.example").await;
        let (attempt, _) = page.form("/account/security/code/").unwrap();
        let mut own = flows::minas_browser(&site).await;
        let csrf = token(&mut own).await;
        for path in [format!("/account/security/change/{key}"), format!("/account/security/remove/{key}")] {
            assert_eq!(own.get(&path).await.status, StatusCode::NOT_FOUND, "{path}");
            let posted = own.post(&path, &[("csrf", &csrf), ("identifier", "x@lantern.example")]).await;
            assert_eq!(posted.status, StatusCode::NOT_FOUND, "{path}");
        }
        let posted = own.post("/account/security/main", &[("csrf", &csrf), ("address", &key)]).await;
        assert_eq!(posted.status, StatusCode::NOT_FOUND);
        // The attempt is another browser's and another account's.
        let code = site.code_to("new@lantern.example");
        for path in [attempt.clone(), format!("{attempt}/send"), attempt.replace("/code/", "/replace/")] {
            let form = [("csrf", csrf.as_str()), ("code", &code), ("decision", "now")];
            assert_eq!(own.post(&path, &form).await.status, StatusCode::GONE, "{path}");
        }
        assert_eq!(owner(&site, AddressKind::Email, "new@lantern.example").await, None);
        assert_eq!(values(&site, &jonas).await.len(), 2);
    }

    async fn an_attempt_of_another_account_in_the_same_browser_is_over(database) {
        let site = Site::start(database).await;
        let (mina, jonas) = (mina(&site).await, flows::jonas(&site).await);
        let mut browser = flows::minas_browser(&site).await;
        let page = begin_to_add(&mut browser, NEW_EMAIL).await;
        site.advance(Duration::from_secs(1));
        flows::sign_in_from(&mut browser, "/signin?another=yes", "jonas@lantern.example").await;
        let refused = enter_code(&site, &mut browser, &page, NEW_EMAIL).await;
        assert_eq!(refused.status, StatusCode::GONE);
        assert_eq!((values(&site, &mina).await.len(), values(&site, &jonas).await.len()), (2, 2));
    }

    async fn a_code_to_add_signs_nobody_in_and_a_code_to_sign_in_adds_nothing(database) {
        let site = Site::start(database).await;
        mina(&site).await;
        let mut browser = flows::minas_browser(&site).await;
        let page = begin_to_add(&mut browser, NEW_EMAIL).await;
        let (target, fields) = page.form("/account/security/code/").unwrap();
        let attempt = target.rsplit('/').next().unwrap();
        let csrf = &fields.iter().find(|(name, _)| name == "csrf").unwrap().1;
        let code = site.code_to(NEW_EMAIL);
        let form = [("csrf", csrf.as_str()), ("attempt", attempt), ("code", &code)];
        assert_eq!(browser.post("/signin/code", &form).await.status, StatusCode::GONE);
        assert_eq!(browser.get(&format!("/signup/details?attempt={attempt}")).await.status, StatusCode::GONE);
        site.advance(Duration::from_secs(60));
        let page = browser.get("/signin?another=yes").await;
        let next = browser.submit(&page, "/signin", &[("identifier", "other@lantern.example")]).await;
        let page = browser.follow(next).await;
        let sign_in = flows::send_code(&mut browser, &page).await;
        let (_, fields) = sign_in.form("/signin/code").unwrap();
        let attempt = &fields.iter().find(|(name, _)| name == "attempt").unwrap().1;
        let code = site.code_to("other@lantern.example");
        let refused = browser.post(&format!("/account/security/code/{attempt}"), &[("csrf", csrf), ("code", &code)]).await;
        assert_eq!(refused.status, StatusCode::GONE);
        assert_eq!(owner(&site, AddressKind::Email, "other@lantern.example").await, None);
    }

    async fn an_address_in_the_form_is_not_what_was_proved(database) {
        let site = Site::start(database).await;
        let account = mina(&site).await;
        let mut browser = flows::minas_browser(&site).await;
        let page = begin_to_add(&mut browser, NEW_EMAIL).await;
        let forged = [
            ("code", site.code_to(NEW_EMAIL)),
            ("identifier", "boss@lantern.example".to_owned()),
            ("proved_address", "boss@lantern.example".to_owned()),
            ("account_id", "1".to_owned()),
            ("is_main", "true".to_owned()),
            ("verified", "true".to_owned()),
        ];
        let forged: Vec<_> = forged.iter().map(|(name, value)| (*name, value.as_str())).collect();
        assert_note(&browser.submit(&page, "/account/security/code/", &forged).await, "added");
        assert_eq!(values(&site, &account).await, [PHONE, NEW_EMAIL, EMAIL]);
        assert!(!owned(&site, &account).await.iter().any(|own| own.value == NEW_EMAIL && own.is_main));
    }

    async fn codes_are_guessed_five_times_at_most(database) {
        let site = Site::start(database).await;
        mina(&site).await;
        let mut browser = flows::minas_browser(&site).await;
        let page = begin_to_add(&mut browser, NEW_EMAIL).await;
        let code = site.code_to(NEW_EMAIL);
        for _ in 0..5 {
            let wrong = browser.submit(&page, "/account/security/code/", &[("code", &flows::other_code(&code))]).await;
            wrong.assert_page(StatusCode::UNPROCESSABLE_ENTITY);
        }
        let late = browser.submit(&page, "/account/security/code/", &[("code", &code)]).await;
        late.assert_page(StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(owner(&site, AddressKind::Email, NEW_EMAIL).await, None);
    }

    async fn what_was_begun_before_the_owner_came_back_comes_to_nothing(database) {
        let site = Site::start(database).await;
        let account = mina(&site).await;
        let mut thief = by_code(&site, PHONE).await;
        let adding = begin_to_add(&mut thief, "thief@evil.example").await;
        let waits = change(&site, &mut thief, EMAIL, "thief@harbour.example").await;
        let page = thief.follow(waits).await;
        assert_note(&thief.submit(&page, "/account/security/replace/", &[("decision", "wait")]).await, "waits");
        assert_eq!(waiting_kinds(&site, &account).await, [ChangeKind::Replacement]);
        // The owner puts another number in the place of the stolen one.
        let mut owner = flows::minas_browser(&site).await;
        assert_note(&change(&site, &mut owner, PHONE, NEW_PHONE).await, "changed");
        assert_eq!(waiting_kinds(&site, &account).await, [ChangeKind::Undo]);
        let late = enter_code(&site, &mut thief, &adding, "thief@evil.example").await;
        assert!(late.location().unwrap().starts_with("/signin"), "{:?}", late.location());
        wait(&site, HOURS_72 + Duration::from_secs(1)).await;
        assert_eq!(values(&site, &account).await, [NEW_PHONE, EMAIL]);
    }

    async fn a_proof_that_is_not_fresh_adds_and_removes_nothing(database) {
        let site = Site::start(database).await;
        let account = mina(&site).await;
        let mut browser = flows::minas_browser(&site).await;
        let page = begin_to_add(&mut browser, NEW_EMAIL).await;
        let path = format!("/account/security/remove/{}", key(&mut browser, PHONE).await);
        let csrf = token(&mut browser).await;
        // The code is good for ten minutes, and so is the proof: nine of them pass, and one more.
        site.advance(Duration::from_secs(540));
        let fresh = begin_to_add(&mut browser, "later@lantern.example").await;
        site.advance(Duration::from_secs(61));
        for (path, page, code) in [
            (path.as_str(), None, ""),
            ("/account/security/add", None, ""),
            ("/account/security/main", None, ""),
            ("", Some(&fresh), "later@lantern.example"),
        ] {
            let answer = match page {
                None => browser.post(path, &[("csrf", &csrf), ("identifier", "x@lantern.example")]).await,
                Some(page) => enter_code(&site, &mut browser, page, code).await,
            };
            assert!(answer.location().is_some_and(|to| to.starts_with("/signin/again?")), "{path} {:?}", answer.location());
        }
        assert_eq!(values(&site, &account).await, [PHONE, EMAIL]);
        drop(page);
    }

    async fn while_changes_are_stopped_nothing_changes(database) {
        let site = Site::start(database).await;
        let account = mina(&site).await;
        let mut browser = flows::minas_browser(&site).await;
        assert_note(&add(&site, &mut browser, NEW_EMAIL).await, "added");
        let (id, now) = (account.id, site.now());
        let freeze = Change {
            account_id: id,
            id: random::id(),
            kind: ChangeKind::Freeze,
            details: Default::default(),
            due_at: None,
            created_at: now,
            expires_at: now.plus(HOURS_72),
        };
        site.app.store.write(move |connection| changes::insert(connection, &freeze)).await.unwrap();
        let before = owned(&site, &account).await;
        assert_note(&add(&site, &mut browser, "more@lantern.example").await, "frozen");
        assert_note(&remove(&mut browser, NEW_EMAIL).await, "frozen");
        assert_note(&change(&site, &mut browser, PHONE, NEW_PHONE).await, "frozen");
        let page = browser.get(SECURITY).await;
        assert!(page.body.contains("nothing can be changed here"), "{}", page.body);
        assert_note(&browser.submit(&page, "/account/security/main", &[]).await, "frozen");
        assert_eq!(format!("{before:?}"), format!("{:?}", owned(&site, &account).await));
        site.advance(HOURS_72);
        let mut browser = flows::minas_browser(&site).await;
        assert_note(&add(&site, &mut browser, "more@lantern.example").await, "added");
    }
}
