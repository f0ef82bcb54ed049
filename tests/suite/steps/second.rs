//! The second step of a sign-in: nothing skips it, nothing weaker takes its place, and it is over in five minutes.

use std::time::Duration;

use keyhouse::store::accounts::{self, AccountState};
use keyhouse::store::addresses::{self, AddressKind};
use reqwest::StatusCode;

use super::{EMAIL, PHONE, STEP, Scene, change, leads_to, live_sessions};
use crate::both;
use crate::harness::browser::Browser;
use crate::harness::flows;

both! {
    async fn a_password_alone_signs_nobody_in(database) {
        let scene = Scene::start(database).await;
        let (mut browser, page) = scene.half_way().await;
        assert!(page.body.contains("Enter the code of your app"), "{}", page.body);
        assert!(!flows::is_signed_in(&mut browser).await);
        assert!(!browser.cookies.keys().any(|name| name.contains("session")), "{:?}", browser.cookies.keys());
        let code = scene.app.code(&scene.site);
        let done = scene.enter(&mut browser, &page, &format!(" {} {} ", &code[..3], &code[3..])).await;
        assert_eq!(done.location().as_deref(), Some("/account"));
        let session = scene.sessions().await.remove(0);
        assert_eq!((session.amr.as_str(), session.authenticated_at), ("pwd otp mfa", scene.site.now()));
    }

    async fn a_code_alone_does_not_either(database) {
        let scene = Scene::start(database).await;
        for (address, amr) in [(PHONE, "otp sms mfa"), (EMAIL, "otp mfa")] {
            let mut browser = Browser::new(&scene.site);
            let page = flows::code_page(&mut browser, address).await;
            let half = flows::enter(&mut browser, &page, &scene.site.code_to(address)).await;
            leads_to(&half, "/signin/second?attempt=");
            assert!(!flows::is_signed_in(&mut browser).await);
            let half = browser.follow(half).await;
            let done = scene.enter(&mut browser, &half, &scene.app.code(&scene.site)).await;
            assert_eq!(done.location().as_deref(), Some("/account"), "{}", done.body);
            assert!(scene.sessions().await.iter().any(|session| session.amr.as_str() == amr), "{amr}");
            scene.site.advance(Duration::from_secs(61));
        }
    }

    async fn nothing_weaker_takes_its_place(database) {
        let scene = Scene::start(database).await;
        let (mut browser, page) = scene.half_way().await;
        assert!(page.form("/signin/code/send").is_none() && !page.body.contains("/signin/password?"), "{}", page.body);
        let before = scene.site.messages().len();
        let (_, fields) = page.form("/signin/second").unwrap();
        let form: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        for channel in ["sms", "email"] {
            let with = [&form[..], &[("channel", channel)]].concat();
            leads_to(&browser.post("/signin/code/send", &with).await, "/signin/second?attempt=");
        }
        assert_eq!(scene.site.messages().len(), before, "no code is sent that would not count");
        // Nor a code that was sent before the password, or the password again.
        let mut browser = Browser::new(&scene.site);
        let start = flows::begin(&mut browser, PHONE).await;
        let code_page = flows::send_code(&mut browser, &start).await;
        let half = flows::password(&mut browser, &start, flows::PASSWORD).await;
        leads_to(&half, "/signin/second?attempt=");
        for _ in 0..2 {
            let again = flows::password(&mut browser, &start, flows::PASSWORD).await;
            leads_to(&again, "/signin/second?attempt=");
        }
        let again = flows::enter(&mut browser, &code_page, &scene.site.code_to(PHONE)).await;
        leads_to(&again, "/signin/second?attempt=");
        assert!(!flows::is_signed_in(&mut browser).await);
    }

    async fn no_stage_is_skipped_by_an_empty_post_or_a_direct_address(database) {
        let scene = Scene::start(database).await;
        // Before the first step there is no second.
        let mut browser = Browser::new(&scene.site);
        let start = flows::begin(&mut browser, EMAIL).await;
        let (_, fields) = start.form("/signin/password").unwrap();
        let attempt = fields.iter().find(|(name, _)| name == "attempt").unwrap().1.clone();
        let csrf = fields.iter().find(|(name, _)| name == "csrf").unwrap().1.clone();
        let code = scene.app.code(&scene.site);
        for page in ["/signin/second", "/signin/recovery-code", "/signin/enrol"] {
            leads_to(&browser.get(&format!("{page}?attempt={attempt}")).await, "/signin?continue=");
            let form = [("csrf", csrf.as_str()), ("attempt", attempt.as_str()), ("code", code.as_str())];
            leads_to(&browser.post(page, &form).await, "/signin?continue=");
        }
        for page in ["/signin/second", "/signin/recovery-code", "/signin/enrol"] {
            assert_eq!(browser.get(&format!("{page}?attempt=none")).await.status, StatusCode::GONE);
        }
        let half = flows::password(&mut browser, &start, flows::PASSWORD).await;
        let half = browser.follow(half).await;
        // After it, an empty post is none, and neither is a page that is not owed.
        for page in ["/signin/second", "/signin/recovery-code"] {
            for code in ["", " "] {
                let form = [("csrf", csrf.as_str()), ("attempt", attempt.as_str()), ("code", code)];
                assert_eq!(browser.post(page, &form).await.status, StatusCode::UNPROCESSABLE_ENTITY, "{page}");
            }
        }
        let form = [("csrf", csrf.as_str()), ("attempt", attempt.as_str()), ("code", code.as_str()), ("enrolment", "x")];
        leads_to(&browser.post("/signin/enrol", &form).await, "/signin/second?attempt=");
        for page in ["/account", "/account/security/totp/remove", "/device"] {
            leads_to(&browser.get(page).await, "/signin?continue=");
        }
        // Somebody else's browser has no use for the attempt.
        let mut other = Browser::new(&scene.site);
        assert_eq!(other.get(&format!("/signin/second?attempt={attempt}")).await.status, StatusCode::GONE);
        assert_eq!(other.post("/signin/second", &form).await.status, StatusCode::FORBIDDEN);
        // And the person goes on.
        let done = scene.enter(&mut browser, &half, &code).await;
        assert_eq!(done.location().as_deref(), Some("/account"));
        let over = browser.post("/signin/second", &form).await;
        assert_eq!(over.status, StatusCode::GONE, "an attempt ends with its sign-in");
    }

    async fn the_first_half_is_good_for_five_minutes(database) {
        let scene = Scene::start(database).await;
        let (mut browser, page) = scene.half_way().await;
        scene.site.advance(Duration::from_secs(299));
        let wrong = scene.enter(&mut browser, &page, &scene.app.wrong(&scene.site)).await;
        wrong.assert_page(StatusCode::UNPROCESSABLE_ENTITY);
        scene.site.advance(Duration::from_secs(1));
        let late = scene.enter(&mut browser, &page, &scene.app.code(&scene.site)).await;
        leads_to(&late, "/signin?continue=");
        assert!(!flows::is_signed_in(&mut browser).await);
        // The code was not spent on that.
        let page = scene.half_way_in(&mut browser).await;
        let done = scene.enter(&mut browser, &page, &scene.app.code(&scene.site)).await;
        assert_eq!(done.location().as_deref(), Some("/account"));
    }

    async fn the_first_half_does_not_grow_older_by_more_of_its_kind(database) {
        let scene = Scene::start(database).await;
        let mut browser = Browser::new(&scene.site);
        let start = flows::begin(&mut browser, PHONE).await;
        let code_page = flows::send_code(&mut browser, &start).await;
        let half = flows::enter(&mut browser, &code_page, &scene.site.code_to(PHONE)).await;
        let page = browser.follow(half).await;
        scene.site.advance(Duration::from_secs(240));
        leads_to(&flows::password(&mut browser, &start, flows::PASSWORD).await, "/signin/second?attempt=");
        scene.site.advance(Duration::from_secs(60));
        let late = scene.enter(&mut browser, &page, &scene.app.code(&scene.site)).await;
        leads_to(&late, "/signin?continue=");
        // The same proof once more begins anew.
        leads_to(&flows::password(&mut browser, &start, flows::PASSWORD).await, "/signin/second?attempt=");
        scene.site.advance(Duration::from_secs(240));
        leads_to(&flows::password(&mut browser, &start, flows::PASSWORD).await, "/signin/second?attempt=");
        scene.site.advance(Duration::from_secs(240));
        let done = scene.enter(&mut browser, &page, &scene.app.code(&scene.site)).await;
        assert_eq!(done.location().as_deref(), Some("/account"));
        assert_eq!(scene.sessions().await[0].amr.as_str(), "pwd otp mfa");
    }

    async fn a_sign_in_is_as_old_as_its_oldest_half(database) {
        let scene = Scene::start(database).await;
        let began = scene.site.now();
        let (mut browser, page) = scene.half_way().await;
        scene.site.advance(Duration::from_secs(240));
        scene.enter(&mut browser, &page, &scene.app.code(&scene.site)).await;
        assert!(scene.sessions().await.iter().any(|session| session.authenticated_at == began && session.created_at == scene.site.now()));
    }

    async fn a_code_is_good_once_and_no_older_one_after_it(database) {
        let scene = Scene::start(database).await;
        let early = scene.app.code(&scene.site);
        scene.site.advance(STEP);
        let now = scene.app.code(&scene.site);
        let (mut browser, page) = scene.half_way().await;
        let done = scene.enter(&mut browser, &page, &now).await;
        assert_eq!(done.location().as_deref(), Some("/account"));
        for replayed in [&now, &early] {
            let (mut browser, page) = scene.half_way().await;
            let refused = scene.enter(&mut browser, &page, replayed).await;
            refused.assert_page(StatusCode::UNPROCESSABLE_ENTITY);
            assert!(refused.body.contains("used already"), "{}", refused.body);
        }
        scene.site.advance(STEP);
        let (mut browser, page) = scene.half_way().await;
        let done = scene.enter(&mut browser, &page, &scene.app.code(&scene.site)).await;
        assert_eq!(done.location().as_deref(), Some("/account"));
    }

    async fn the_code_that_confirmed_the_app_signs_nobody_in(database) {
        let scene = Scene::start(database).await;
        let confirming = scene.app.code_at(scene.site.now().minus(STEP));
        let (mut browser, page) = scene.half_way().await;
        scene.enter(&mut browser, &page, &confirming).await.assert_page(StatusCode::UNPROCESSABLE_ENTITY);
    }

    async fn of_many_who_bring_one_code_to_two_nodes_one_gets_in(database) {
        let scene = Scene::start(database).await;
        let other = scene.site.node().await;
        for round in 0..3 {
            let code = scene.app.code(&scene.site);
            let mut waiting = Vec::new();
            for turn in 0..4 {
                let (browser, page) = scene.half_way().await;
                let browser = if turn % 2 == 0 { browser } else { browser.moved_to(&other) };
                waiting.push((browser, page));
            }
            let tries = waiting.iter_mut().map(|(browser, page)| scene.enter(browser, page, &code));
            let answers = futures_util::future::join_all(tries).await;
            let good = answers.iter().filter(|answer| answer.location().as_deref() == Some("/account")).count();
            assert_eq!(good, 1, "round {round}");
            for answer in answers.iter().filter(|answer| answer.location().is_none()) {
                let refused = [StatusCode::UNPROCESSABLE_ENTITY, StatusCode::TOO_MANY_REQUESTS];
                assert!(refused.contains(&answer.status), "{}", answer.status);
            }
            // The clocks of the nodes go together; the tries of this window are over.
            for site in [&scene.site, &other] {
                site.advance(Duration::from_secs(901));
            }
        }
    }

    async fn a_lock_holds_at_the_second_step_too(database) {
        let scene = Scene::start(database).await;
        let (mut browser, page) = scene.half_way().await;
        let id = scene.account.id;
        change(&scene.site, move |connection| accounts::set_state(connection, id, AccountState::Locked, Some("Abuse."))).await;
        let refused = scene.enter(&mut browser, &page, &scene.app.code(&scene.site)).await;
        refused.assert_page(StatusCode::FORBIDDEN);
        assert!(refused.body.contains("Abuse."), "{}", refused.body);
    }

    async fn a_half_of_one_account_is_none_of_another(database) {
        let scene = Scene::start(database).await;
        let jonas = flows::jonas(&scene.site).await;
        let mut browser = Browser::new(&scene.site);
        let start = flows::begin(&mut browser, PHONE).await;
        let code_page = flows::send_code(&mut browser, &start).await;
        leads_to(&flows::password(&mut browser, &start, flows::PASSWORD).await, "/signin/second?attempt=");
        // The number is another's before its code is typed: that is his sign-in, and nothing of hers counts for it.
        let mina = scene.account.id;
        change(&scene.site, move |connection| {
            for id in [mina, jonas.id] {
                addresses::release(connection, id)?;
            }
            let verified_at = keyhouse::clock::Timestamp::from_seconds(1);
            let own = addresses::Address { account_id: jonas.id, kind: AddressKind::Phone, value: PHONE.to_owned(), is_main: true, verified_at };
            addresses::claim(connection, &own)
        }).await;
        let done = flows::enter(&mut browser, &code_page, &scene.site.code_to(PHONE)).await;
        assert_eq!(done.location().as_deref(), Some("/account"), "{}", done.body);
        let sessions = live_sessions(&scene.site, &jonas).await;
        assert_eq!(sessions.len(), 1);
        assert_eq!(sessions[0].amr.as_str(), "otp sms");
    }
}
