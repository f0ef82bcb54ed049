//! Recovery codes.

use keyhouse::store::events::EventKind;
use reqwest::StatusCode;

use super::{EMAIL, PHONE, Scene, change, leads_to, shown_codes};
use crate::both;
use crate::harness::browser::{Answer, Browser};

const PAGE: &str = "/signin/recovery-code";

/// A browser at the page that takes one.
pub async fn asked(scene: &Scene) -> (Browser, Answer) {
    let (mut browser, page) = scene.half_way().await;
    let link = page.body.split("href=\"").find(|part| part.starts_with("/signin/recovery-code?")).unwrap();
    let page = browser.get(link.split('"').next().unwrap()).await;
    (browser, page)
}

async fn left(scene: &Scene) -> i64 {
    let id = scene.account.id;
    change(&scene.site, move |connection| keyhouse::store::recovery_codes::left(connection, id)).await
}

both! {
    async fn each_is_good_once_for_the_second_step_and_is_told(database) {
        let scene = Scene::start(database).await;
        assert_eq!(left(&scene).await, 10);
        let typed = scene.codes[3].to_lowercase().replace('-', " ");
        let (mut browser, page) = asked(&scene).await;
        assert!(!page.body.contains("name=\"remember\""));
        let done = browser.submit(&page, PAGE, &[("code", &typed)]).await;
        assert_eq!(done.location().as_deref(), Some("/account"), "{}", done.body);
        assert_eq!(scene.sessions().await.iter().filter(|session| session.amr.as_str() == "pwd otp mfa").count(), 2);
        assert_eq!(left(&scene).await, 9);
        for address in [EMAIL, PHONE] {
            assert!(scene.site.notices_to(address).await.iter().any(|told| told.text.contains("Codes left: 9")), "{address}");
        }
        assert!(scene.kinds().await.contains(&EventKind::RecoveryCodeUsed));
        let (mut browser, page) = asked(&scene).await;
        let again = browser.submit(&page, PAGE, &[("code", &scene.codes[3])]).await;
        again.assert_page(StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(left(&scene).await, 9);
    }

    async fn of_many_who_bring_one_to_two_nodes_one_gets_in(database) {
        let scene = Scene::start(database).await;
        let other = scene.site.node().await;
        let mut waiting = Vec::new();
        for turn in 0..4 {
            let (browser, page) = asked(&scene).await;
            let browser = if turn % 2 == 0 { browser } else { browser.moved_to(&other) };
            waiting.push((browser, page));
        }
        let code = [("code", scene.codes[0].as_str())];
        let tries = waiting.iter_mut().map(|(browser, page)| browser.submit(page, PAGE, &code));
        let answers = futures_util::future::join_all(tries).await;
        let good = answers.iter().filter(|answer| answer.location().as_deref() == Some("/account")).count();
        assert_eq!((good, left(&scene).await), (1, 9));
        assert!(answers.iter().all(|answer| answer.status.as_u16() < 500));
    }

    async fn guesses_are_few(database) {
        let scene = Scene::start(database).await;
        let (mut browser, page) = asked(&scene).await;
        for code in ["x", "BCDF-GHJK-LMNP-QRST", "BCDF-GHJK-LMNP-QRSV", "AAAA-AAAA-AAAA-AAAA", "1"] {
            browser.submit(&page, PAGE, &[("code", code)]).await.assert_page(StatusCode::UNPROCESSABLE_ENTITY);
        }
        let refused = browser.submit(&page, PAGE, &[("code", &scene.codes[0])]).await;
        refused.assert_page(StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(left(&scene).await, 10);
    }

    async fn what_is_kept_of_them_is_no_code(database) {
        let scene = Scene::start(database).await;
        let plain = keyhouse::security::random::sha256(&scene.codes[0].replace('-', ""));
        let id = scene.account.id;
        let taken = change(&scene.site, move |connection| keyhouse::store::recovery_codes::take(connection, id, &plain)).await;
        assert!(!taken, "a plain digest could be searched for by whoever has the database");
        // Another account's codes are none of this one's: the account is part of what is kept.
        let code = scene.codes[0].replace('-', "");
        let (own, foreign) = (
            scene.site.app.derived.recovery_code_digest(id, &code),
            scene.site.app.derived.recovery_code_digest(id + 1, &code),
        );
        assert_ne!(own, foreign);
        assert!(change(&scene.site, move |connection| keyhouse::store::recovery_codes::take(connection, id, &own)).await);
    }

    async fn a_new_set_ends_the_old(database) {
        let mut scene = Scene::start(database).await;
        let page = scene.browser.get("/account/security/recovery-codes").await;
        let shown = scene.browser.submit(&page, "/account/security/recovery-codes", &[]).await;
        let new = shown_codes(&shown);
        assert_eq!((new.len(), left(&scene).await), (10, 10));
        assert_eq!(shown.header("Cache-Control"), "no-store");
        assert!(new.iter().all(|code| !scene.codes.contains(code)));
        assert!(scene.kinds().await.contains(&EventKind::RecoveryCodesMade));
        assert!(scene.site.notices_to(EMAIL).await.iter().any(|told| told.text.contains("A new set of recovery codes was made")));
        let (mut browser, page) = asked(&scene).await;
        browser.submit(&page, PAGE, &[("code", &scene.codes[0])]).await.assert_page(StatusCode::UNPROCESSABLE_ENTITY);
        let done = browser.submit(&page, PAGE, &[("code", &new[0])]).await;
        assert_eq!(done.location().as_deref(), Some("/account"));
        // They are shown this once.
        let again = scene.browser.get("/account/security/recovery-codes").await;
        assert!(new.iter().all(|code| !again.body.contains(code)));
    }

    async fn with_the_last_one_the_way_is_gone(database) {
        let scene = Scene::start(database).await;
        let id = scene.account.id;
        change(&scene.site, move |connection| keyhouse::store::recovery_codes::remove(connection, id)).await;
        let (mut browser, page) = scene.half_way().await;
        assert!(!page.body.contains("/signin/recovery-code"));
        let (_, fields) = page.form("/signin/second").unwrap();
        let attempt = &fields.iter().find(|(name, _)| name == "attempt").unwrap().1;
        leads_to(&browser.get(&format!("{PAGE}?attempt={attempt}")).await, "/signin/second?attempt=");
    }

    async fn no_browser_is_remembered_by_one(database) {
        let scene = Scene::start(database).await;
        let (mut browser, page) = asked(&scene).await;
        // The page has no tick; what is lost may have been more than the app.
        let done = browser.submit(&page, PAGE, &[("code", &scene.codes[0]), ("remember", "yes")]).await;
        assert_eq!(done.location().as_deref(), Some("/account"), "{}", done.body);
        scene.half_way_in(&mut browser).await;
    }
}
