//! The home and the security page say in one look how strong the account is, and the one next thing to do.

use std::time::Duration;

use keyhouse::store::addresses::AddressKind;
use reqwest::StatusCode;

use super::steps::*;
use crate::both;
use crate::harness::Site;
use crate::harness::browser::Browser;
use crate::harness::flows;
use crate::steps::Scene;
use crate::steps::recovery_codes::asked;

/// The word for how strong the account is and where its next step leads, the same on both pages; `None` where none is left.
pub async fn head(browser: &mut Browser) -> (String, Option<String>) {
    let mut heads = Vec::new();
    for page in ["/account", SECURITY] {
        let page = browser.get(page).await;
        page.assert_page(StatusCode::OK);
        let word = page.body.split_once("<h3>Protection: ").unwrap().1.split('<').next().unwrap().to_owned();
        let filled: Vec<&str> = page.body.split("button-filled\" href=\"").skip(1).collect();
        assert!(filled.len() < 2, "one next thing: {}", page.body);
        heads.push((word, filled.first().map(|rest| rest.split('"').next().unwrap().to_owned())));
    }
    assert_eq!(heads[0], heads[1]);
    heads.remove(0)
}

fn is(word: &str, next: &str) -> (String, Option<String>) {
    (word.to_owned(), Some(next.to_owned()))
}

both! {
    async fn one_way_in_is_weak_and_asks_for_another(database) {
        let site = Site::start(database).await;
        let mut browser = Browser::new(&site);
        let page = flows::sign_up(&mut browser, PHONE).await;
        let entered = flows::enter(&mut browser, &page, &site.code_to(PHONE)).await;
        let page = browser.follow(entered).await;
        let made = browser.submit(&page, "/signup/details", &[]).await;
        assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", made.body);
        assert!(owner(&site, AddressKind::Phone, PHONE).await.is_some());
        assert_eq!(head(&mut browser).await, is("weak", "/account/security/add"));
        site.advance(Duration::from_secs(61));
        assert_note(&add(&site, &mut browser, EMAIL).await, "added");
        // There are no passkeys on a house without a domain.
        assert_eq!(head(&mut browser).await, is("fair", "/account/security/two-step"));
    }

    async fn two_steps_make_it_better_as_long_as_there_are_recovery_codes(database) {
        let mut scene = Scene::start(database).await;
        assert_eq!(head(&mut scene.browser).await, ("good".to_owned(), None));
        for code in &scene.codes[..8] {
            scene.site.advance(Duration::from_secs(901));
            let (mut browser, page) = asked(&scene).await;
            let done = browser.submit(&page, "/signin/recovery-code", &[("code", code)]).await;
            assert!(done.location().is_some(), "{}", done.body);
        }
        assert_eq!(head(&mut scene.browser).await, is("good", "/account/security/recovery-codes"));
    }

    async fn a_change_that_waits_is_the_first_thing_to_look_at(database) {
        let site = Site::start(database).await;
        mina(&site).await;
        let mut browser = flows::minas_browser(&site).await;
        assert_eq!(head(&mut browser).await, is("fair", "/account/security/two-step"));
        site.advance(Duration::from_secs(3600));
        let more = change(&site, &mut browser, PHONE, NEW_PHONE).await;
        let page = browser.follow(more).await;
        assert_note(&browser.submit(&page, "/account/security/replace/", &[("decision", "wait")]).await, "waits");
        let (word, next) = head(&mut browser).await;
        assert_eq!(word, "fair");
        let next = next.unwrap();
        assert!(next.starts_with("/account/changes/"), "{next}");
        // It leads to what stops it.
        let page = browser.get(&next).await;
        let stopped = browser.submit(&page, &next, &[("decision", "stop")]).await;
        assert_eq!(stopped.status, StatusCode::OK, "{}", stopped.body);
        assert_eq!(head(&mut browser).await, is("fair", "/account/security/two-step"));
    }
}
