//! Getting back into an account that has a second step: with it at once, without it after a wait in which everybody is told; and
//! nobody who was in it for a while keeps its owner out with a second step of their own.

use std::time::Duration;

use keyhouse::change::{self as changes, deletion};
use keyhouse::store::accounts::AccountState;
use keyhouse::store::events::EventKind;
use keyhouse::store::totps;
use reqwest::StatusCode;

use super::{EMAIL, PHONE, STEP, Scene, add_app, change, kinds, leads_to, live_sessions};
use crate::both;
use crate::harness::browser::{Answer, Browser};
use crate::harness::flows;
use crate::harness::{Site, eventually};
use crate::life::password_steps::{NEW, choose, link, proved};
use crate::life::steps as addresses;

const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

async fn has_app(scene: &Scene) -> bool {
    let id = scene.account.id;
    scene.site.app.store.read(move |connection| totps::since(connection, id)).await.unwrap().is_some()
}

/// Posts a new password to the page where it would be chosen, whatever the page says.
async fn force(browser: &mut Browser, page: &Answer, password: &str) -> Answer {
    let (_, fields) = page.form("/signin/recovery/wait").unwrap();
    let mut fields: Vec<_> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    fields.push(("password", password));
    browser.post("/signin/recovery/password", &fields).await
}

/// Whether the password still leads as far as the second step.
async fn still_opens(scene: &Scene, password: &str) -> bool {
    let mut browser = Browser::new(&scene.site);
    let page = flows::begin(&mut browser, EMAIL).await;
    let answer = flows::password(&mut browser, &page, password).await;
    answer.location().is_some_and(|to| to.starts_with("/signin/second?"))
}

both! {
    async fn with_the_second_step_it_goes_on_at_once_and_the_step_stays(database) {
        let scene = Scene::start(database).await;
        let mut browser = Browser::new(&scene.site);
        let page = proved(&scene.site, &mut browser, EMAIL, "email", EMAIL).await;
        assert!(page.body.contains("One more step") && page.form("/signin/recovery/password").is_none(), "{}", page.body);
        let second = browser.get(&link(&page, "/signin/second")).await;
        second.assert_page(StatusCode::OK);
        let done = scene.enter(&mut browser, &second, &scene.app.code(&scene.site)).await;
        leads_to(&done, "/signin/recovery/password?attempt=");
        assert!(!flows::is_signed_in(&mut browser).await, "the sign-in begins with the password");
        let page = browser.follow(done).await;
        let done = choose(&mut browser, &page, NEW).await;
        assert_eq!(done.location().as_deref(), Some("/account"), "{}", done.body);
        let sessions = scene.sessions().await;
        assert_eq!((sessions.len(), sessions[0].amr.as_str()), (1, "otp mfa"));
        assert!(has_app(&scene).await && scene.account_now().await.two_step_at.is_some());
        assert!(still_opens(&scene, NEW).await);
    }

    async fn no_address_alone_changes_anything_at_once(database) {
        let mut scene = Scene::start(database).await;
        for (address, channel) in [(PHONE, "sms"), (EMAIL, "email")] {
            let mut thief = Browser::new(&scene.site);
            let page = proved(&scene.site, &mut thief, address, channel, address).await;
            force(&mut thief, &page, NEW).await.assert_page(StatusCode::OK);
            // Nor with a wrong code, nor by walking past it.
            let second = thief.get(&link(&page, "/signin/second")).await;
            let wrong = scene.enter(&mut thief, &second, &scene.app.wrong(&scene.site)).await;
            wrong.assert_page(StatusCode::UNPROCESSABLE_ENTITY);
            force(&mut thief, &page, NEW).await.assert_page(StatusCode::OK);
            assert!(!flows::is_signed_in(&mut thief).await);
            assert!(still_opens(&scene, flows::PASSWORD).await && flows::is_signed_in(&mut scene.browser).await);
            assert!(has_app(&scene).await);
            scene.site.advance(Duration::from_secs(61));
        }
    }

    async fn after_the_wait_the_lost_step_is_gone_and_everybody_knows(database) {
        let scene = Scene::start(database).await;
        let mut browser = Browser::new(&scene.site);
        let page = proved(&scene.site, &mut browser, EMAIL, "email", EMAIL).await;
        browser.submit(&page, "/signin/recovery/wait", &[]).await;
        for address in [EMAIL, PHONE] {
            assert!(scene.site.notices_to(address).await.iter().any(|told| told.text.contains("/account/changes/")), "{address}");
        }
        // A day early nothing is open.
        scene.site.advance(48 * HOUR);
        let page = proved(&scene.site, &mut browser, EMAIL, "email", EMAIL).await;
        assert!(page.form("/signin/recovery/password").is_none(), "{}", page.body);
        scene.site.advance(24 * HOUR + Duration::from_secs(61));
        changes::carry_out_due(&scene.site.app).await.unwrap();
        let page = proved(&scene.site, &mut browser, EMAIL, "email", EMAIL).await;
        let done = choose(&mut browser, &page, NEW).await;
        assert_eq!(done.location().as_deref(), Some("/account"), "{}", done.body);
        assert!(!has_app(&scene).await && scene.account_now().await.two_step_at.is_none());
        let kinds = scene.kinds().await;
        for kind in [EventKind::Recovered, EventKind::TotpRemoved, EventKind::TwoStepOff] {
            assert!(kinds.contains(&kind), "{kind:?}");
        }
        eventually("word of it", async || {
            scene.site.notices_to(PHONE).await.iter().any(|told| told.text.contains("no longer takes a code from an app"))
        }).await;
        let mut again = Browser::new(&scene.site);
        let page = flows::begin(&mut again, EMAIL).await;
        let done = flows::password(&mut again, &page, NEW).await;
        assert_eq!(done.location().as_deref(), Some("/account"), "{}", done.body);
    }

    async fn a_thief_of_a_number_leaves_no_second_step_behind(database) {
        let site = Site::start(database).await;
        let account = addresses::mina(&site).await;
        site.advance(Duration::from_secs(60));
        let mut thief = addresses::by_code(&site, PHONE).await;
        addresses::assert_note(&addresses::change(&site, &mut thief, PHONE, "+436605550666").await, "changed");
        site.advance(Duration::from_secs(60));
        add_app(&site, &mut thief).await;
        let change_link = addresses::link(&site, PHONE).await;
        let mut owner = Browser::new(&site);
        let page = owner.get(&change_link).await;
        let frozen = owner.submit(&page, &change_link, &[("decision", "not-me")]).await;
        let page = owner.follow(frozen).await;
        let done = owner.submit(&page, &format!("{change_link}/password"), &[("password", flows::PASSWORD)]).await;
        addresses::assert_note(&done, "undone");
        assert!(flows::is_signed_in(&mut owner).await && !flows::is_signed_in(&mut thief).await);
        let seen = kinds(&site, account.id).await;
        assert!(seen.contains(&EventKind::TotpRemoved) && seen.contains(&EventKind::ChangeUndone));
        assert_eq!(live_sessions(&site, &account).await.len(), 1);
    }

    async fn undoing_a_change_ends_at_the_second_step_that_was_there_before(database) {
        let mut scene = Scene::start(database).await;
        scene.site.advance(73 * HOUR);
        let page = scene.half_way_in(&mut scene.browser.clone()).await;
        let code = scene.app.code(&scene.site);
        scene.browser.submit(&page, "/signin/second", &[("code", &code)]).await;
        addresses::assert_note(&addresses::change(&scene.site, &mut scene.browser, PHONE, "+436605550666").await, "changed");
        scene.site.advance(Duration::from_secs(60));
        let change_link = addresses::link(&scene.site, PHONE).await;
        let mut holder = Browser::new(&scene.site);
        let page = holder.get(&change_link).await;
        let frozen = holder.submit(&page, &change_link, &[("decision", "not-me")]).await;
        let page = holder.follow(frozen).await;
        let half = holder.submit(&page, &format!("{change_link}/password"), &[("password", flows::PASSWORD)]).await;
        leads_to(&half, "/signin/second?attempt=");
        assert!(!flows::is_signed_in(&mut holder).await);
        let page = holder.follow(half).await;
        let done = scene.enter(&mut holder, &page, &scene.app.code(&scene.site)).await;
        addresses::assert_note(&done, "undone");
        assert!(flows::is_signed_in(&mut holder).await);
    }

    async fn an_account_that_was_closed_asks_for_both_before_it_asks_whether_it_stays(database) {
        let scene = Scene::start(database).await;
        let (state, id, now) = (scene.site.app.clone(), scene.account.id, scene.site.now());
        change(&scene.site, move |connection| {
            deletion::begin(connection, &state, id, &deletion::Whence::default(), now)
        }).await;
        let (mut browser, page) = scene.half_way().await;
        assert_eq!(scene.account_now().await.state, AccountState::Closing);
        let asked = scene.enter(&mut browser, &page, &scene.app.code(&scene.site)).await;
        leads_to(&asked, "/signin/keep?attempt=");
        assert!(!flows::is_signed_in(&mut browser).await);
        let page = browser.follow(asked).await;
        let kept = browser.submit(&page, "/signin/keep", &[]).await;
        assert_eq!(kept.location().as_deref(), Some("/account"), "{}", kept.body);
        assert_eq!(scene.sessions().await[0].amr.as_str(), "pwd otp mfa");
        assert_eq!(scene.account_now().await.state, AccountState::Active);
    }

    async fn a_number_that_may_be_somebody_elses_is_no_first_step(database) {
        let scene = Scene::start(database).await;
        scene.site.advance(181 * DAY);
        let mut browser = Browser::new(&scene.site);
        let page = flows::code_page(&mut browser, PHONE).await;
        let right = flows::enter(&mut browser, &page, &scene.site.code_to(PHONE)).await;
        leads_to(&right, "/signin/recycled?attempt=");
        // Not even that there is a second step is told.
        let attempt = right.location().unwrap().split("attempt=").nth(1).unwrap().to_owned();
        leads_to(&browser.get(&format!("/signin/second?attempt={attempt}")).await, "/signin?continue=");
        let page = browser.follow(right).await;
        let half = flows::password(&mut browser, &page, flows::PASSWORD).await;
        leads_to(&half, "/signin/second?attempt=");
        let page = browser.follow(half).await;
        let done = scene.enter(&mut browser, &page, &scene.app.code(&scene.site)).await;
        assert_eq!(done.location().as_deref(), Some("/account"), "{}", done.body);
    }

    async fn a_password_that_is_changed_ends_what_it_was_half_way_to(database) {
        let mut scene = Scene::start(database).await;
        scene.site.advance(STEP);
        let (mut thief, page) = scene.half_way().await;
        let form = scene.browser.get("/account/security/password").await;
        let changed = scene.browser.submit(&form, "/account/security/password", &[("password", NEW)]).await;
        assert_eq!(changed.status, StatusCode::SEE_OTHER, "{}", changed.body);
        let late = scene.enter(&mut thief, &page, &scene.app.code(&scene.site)).await;
        assert_eq!(late.status, StatusCode::GONE, "{:?} {}", late.location(), late.body);
        assert!(!flows::is_signed_in(&mut thief).await);
    }
}
