//! Guessing at the second step: a few tries, then a wait, and the person hears of it.

use std::time::Duration;

use keyhouse::store::events::EventKind;
use reqwest::StatusCode;

use super::{EMAIL, PHONE, STEP, Scene, add_app, recovery_codes};
use crate::both;
use crate::harness::browser::Browser;
use crate::harness::eventually;
use crate::harness::flows;

both! {
    async fn after_five_wrong_codes_nobody_guesses_on(database) {
        let scene = Scene::start(database).await;
        let (mut browser, page) = scene.half_way().await;
        for _ in 0..5 {
            let wrong = scene.app.wrong(&scene.site);
            scene.enter(&mut browser, &page, &wrong).await.assert_page(StatusCode::UNPROCESSABLE_ENTITY);
        }
        // The right one is not looked at any more, from no browser.
        let (mut other, its_page) = scene.half_way().await;
        for (browser, page) in [(&mut browser, &page), (&mut other, &its_page)] {
            let refused = scene.enter(browser, page, &scene.app.code(&scene.site)).await;
            refused.assert_page(StatusCode::TOO_MANY_REQUESTS);
            assert_eq!(refused.header("Retry-After"), "900");
            assert!(!flows::is_signed_in(browser).await);
        }
        eventually("word of the refusal in the history", async || scene.kinds().await.contains(&EventKind::Refused)).await;
        for address in [EMAIL, PHONE] {
            let told = scene.site.notices_to(address).await;
            let told = told.iter().filter(|message| message.text.contains("too many wrong codes")).count();
            assert_eq!(told, 1, "{address} is told once");
        }
        scene.site.advance(Duration::from_secs(901));
        let (mut browser, page) = scene.half_way().await;
        let done = scene.enter(&mut browser, &page, &scene.app.code(&scene.site)).await;
        assert_eq!(done.location().as_deref(), Some("/account"));
    }

    async fn guesses_that_come_together_are_counted_all_the_same(database) {
        let scene = Scene::start(database).await;
        let (browser, page) = scene.half_way().await;
        let wrong = scene.app.wrong(&scene.site);
        let mut browsers = vec![browser; 12];
        let tries = browsers.iter_mut().map(|browser| scene.enter(browser, &page, &wrong));
        let answers = futures_util::future::join_all(tries).await;
        let looked = answers.iter().filter(|answer| answer.status == StatusCode::UNPROCESSABLE_ENTITY).count();
        assert_eq!(looked, 5);
    }

    async fn the_owner_still_has_the_recovery_codes(database) {
        let scene = Scene::start(database).await;
        let (mut browser, page) = scene.half_way().await;
        for _ in 0..6 {
            scene.enter(&mut browser, &page, &scene.app.wrong(&scene.site)).await;
        }
        let link = page.body.split("href=\"").find(|part| part.starts_with("/signin/recovery-code?")).unwrap();
        let page = browser.get(link.split('"').next().unwrap()).await;
        let done = browser.submit(&page, "/signin/recovery-code", &[("code", &scene.codes[0])]).await;
        assert_eq!(done.location().as_deref(), Some("/account"), "{}", done.body);
    }

    async fn a_right_code_forgets_the_wrong_ones_before_it(database) {
        let scene = Scene::start(database).await;
        for _ in 0..3 {
            let (mut browser, page) = scene.half_way().await;
            for _ in 0..4 {
                let wrong = scene.app.wrong(&scene.site);
                scene.enter(&mut browser, &page, &wrong).await.assert_page(StatusCode::UNPROCESSABLE_ENTITY);
            }
            let done = scene.enter(&mut browser, &page, &scene.app.code(&scene.site)).await;
            assert_eq!(done.location().as_deref(), Some("/account"));
            scene.site.advance(STEP);
        }
    }

    async fn guesses_at_one_account_keep_nobody_else_out(database) {
        let scene = Scene::start(database).await;
        flows::jonas(&scene.site).await;
        let mut his = Browser::new(&scene.site);
        flows::sign_in(&mut his, "jonas@lantern.example").await;
        let (app, codes) = add_app(&scene.site, &mut his).await;
        let (mut browser, page) = scene.half_way().await;
        let (mut thief, its_page) = recovery_codes::asked(&scene).await;
        for _ in 0..6 {
            scene.enter(&mut browser, &page, &scene.app.wrong(&scene.site)).await;
            thief.submit(&its_page, "/signin/recovery-code", &[("code", "x")]).await;
        }
        let mut other = Browser::new(&scene.site);
        let half = flows::sign_in_from(&mut other, "/signin", "jonas@lantern.example").await;
        let page = other.follow(half).await;
        let done = scene.enter(&mut other, &page, &app.code(&scene.site)).await;
        assert_eq!(done.location().as_deref(), Some("/account"), "{}", done.body);
        let half = flows::sign_in_from(&mut other, "/signin?another=yes", "jonas@lantern.example").await;
        let page = other.follow(half).await;
        let link = page.body.split("href=\"").find(|part| part.starts_with("/signin/recovery-code?")).unwrap();
        let page = other.get(link.split('"').next().unwrap()).await;
        let done = other.submit(&page, "/signin/recovery-code", &[("code", &codes[0])]).await;
        assert_eq!(done.location().as_deref(), Some("/account"), "{}", done.body);
    }
}
