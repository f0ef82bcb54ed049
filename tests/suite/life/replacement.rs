//! The phone number or e-mail address changes, with the old one or without it: at once for whoever proves enough, else after
//! 72 hours in which every address was told and could stop it.

use std::time::Duration;

use futures_util::future::{join, join_all};
use keyhouse::change;
use keyhouse::store::accounts::Account;
use keyhouse::store::addresses::AddressKind;
use keyhouse::store::changes::ChangeKind;
use keyhouse::store::events::EventKind;
use reqwest::StatusCode;

use super::steps::*;
use crate::both;
use crate::harness::Site;
use crate::harness::browser::{Answer, Browser};
use crate::harness::flows;
use crate::harness::scene::Scene;

const TAKEN_OFF: &str = "was taken off your account";

/// mina signed in, but long enough ago that nothing is proved any more; the number is to change, and waits.
async fn waits(site: &Site) -> (Account, Browser) {
    let account = mina(site).await;
    let mut browser = flows::minas_browser(site).await;
    site.advance(Duration::from_secs(3600));
    let page = decision(site, &mut browser).await;
    assert_note(&browser.submit(&page, "/account/security/replace/", &[("decision", "wait")]).await, "waits");
    (account, browser)
}

/// The page that asks for more proof, or to wait.
async fn decision(site: &Site, browser: &mut Browser) -> Answer {
    let more = change(site, browser, PHONE, NEW_PHONE).await;
    assert!(more.location().unwrap().starts_with("/account/security/replace/"), "{} {:?}", more.body, more.location());
    browser.follow(more).await
}

both! {
    async fn whoever_proves_enough_changes_it_at_once(database) {
        let mut scene = Scene::start(database).await;
        scene.site.advance(Duration::from_secs(60));
        let tokens = scene.tokens().await;
        let site = &scene.site;
        // By the password, by a code to another address, and by a code to the very number.
        let mut next = PHONE.to_owned();
        for (round, by) in ["password", EMAIL, "old"].into_iter().enumerate() {
            let mut browser = match by {
                "password" => flows::minas_browser(site).await,
                "old" => by_code(site, &next).await,
                address => by_code(site, address).await,
            };
            let mut other = flows::minas_browser(site).await;
            let new = format!("+43660555912{round}");
            assert_note(&change(site, &mut browser, &next, &new).await, "changed");
            assert_eq!(owner(site, AddressKind::Phone, &next).await, None, "{by}");
            assert_eq!(owner(site, AddressKind::Phone, &new).await, Some(scene.account.id), "{by}");
            assert!(owned(site, &scene.account).await.iter().all(|own| own.is_main));
            assert!(says(site, &next, "/account/changes/").await, "{by}");
            for address in [EMAIL, new.as_str()] {
                assert!(says(site, address, &format!("••• 912{round}")).await, "{by} {address}");
            }
            assert!(!flows::is_signed_in(&mut other).await && flows::is_signed_in(&mut browser).await, "{by}");
            site.advance(Duration::from_secs(61));
            next = new;
        }
        scene.all_dead(&tokens).await;
        let changed = history(site, &scene.account).await.into_iter().filter(|kind| *kind == EventKind::AddressChanged);
        assert_eq!(changed.count(), 3);
    }

    async fn without_proof_it_waits_and_comes_true_once(database) {
        let site = Site::start(database).await;
        let (account, mut browser) = waits(&site).await;
        assert_eq!(values(&site, &account).await, [PHONE, EMAIL]);
        assert_eq!(history(&site, &account).await[0], EventKind::ChangeWaiting);
        for address in [PHONE, EMAIL] {
            assert!(says(&site, address, "••• 9120").await, "{address}");
            link(&site, address).await;
        }
        assert!(browser.get(SECURITY).await.body.contains("One address takes the place of another"));
        wait(&site, HOURS_72 - Duration::from_secs(1)).await;
        assert_eq!(values(&site, &account).await, [PHONE, EMAIL]);
        let node = site.node().await;
        site.advance(Duration::from_secs(1));
        node.app.clock.set(site.now());
        let carried = join_all([change::carry_out_due(&site.app), change::carry_out_due(&node.app)]).await;
        assert!(carried.iter().all(Result::is_ok));
        assert_eq!(values(&site, &account).await, [NEW_PHONE, EMAIL]);
        assert_eq!(waiting_kinds(&site, &account).await, [ChangeKind::Undo], "once, and it can be undone");
        assert!(!flows::is_signed_in(&mut browser).await, "nobody knows any more whose sign-in that was");
        let told = [says(&site, PHONE, TAKEN_OFF).await, says(&node, PHONE, TAKEN_OFF).await];
        assert_eq!(told.iter().filter(|told| **told).count(), 1, "by the node that came first");
    }

    async fn every_address_can_stop_it_and_looking_at_the_link_does_not(database) {
        let site = Site::start(database).await;
        for stopped_by in [PHONE, EMAIL] {
            let account = match owner(&site, AddressKind::Email, EMAIL).await {
                None => waits(&site).await.0,
                Some(_) => {
                    site.advance(Duration::from_secs(3600));
                    let mut browser = flows::minas_browser(&site).await;
                    site.advance(Duration::from_secs(3600));
                    let page = decision(&site, &mut browser).await;
                    browser.submit(&page, "/account/security/replace/", &[("decision", "wait")]).await;
                    let id = owner(&site, AddressKind::Email, EMAIL).await.unwrap();
                    site.app.store.read(move |c| keyhouse::store::accounts::by_id(c, id)).await.unwrap().unwrap()
                }
            };
            let link = link(&site, stopped_by).await;
            let mut anybody = Browser::new(&site);
            for _ in 0..3 {
                let page = anybody.get(&link).await;
                page.assert_page(StatusCode::OK);
                assert!(!page.body.contains(PHONE) && !page.body.contains("4417") || page.body.contains("••• 4417"));
                assert!(!page.body.contains(EMAIL) && !page.body.contains("Mina"), "{}", page.body);
            }
            assert_eq!(waiting_kinds(&site, &account).await, [ChangeKind::Replacement], "a look stops nothing");
            let page = anybody.get(&link).await;
            let mut another = anybody.clone();
            let (a, b) = join(
                anybody.submit(&page, &link, &[("decision", "stop")]),
                another.submit(&page, &link, &[("decision", "stop")]),
            ).await;
            let mut statuses = [a.status, b.status];
            statuses.sort();
            assert_eq!(statuses, [StatusCode::OK, StatusCode::GONE]);
            assert_eq!(anybody.get(&link).await.status, StatusCode::GONE);
            for address in [PHONE, EMAIL] {
                assert!(says(&site, address, "will not happen").await, "{address}");
            }
            assert!(history(&site, &account).await.contains(&EventKind::ChangeCancelled));
            wait(&site, HOURS_72 + Duration::from_secs(1)).await;
            assert_eq!(values(&site, &account).await, [PHONE, EMAIL]);
        }
    }

    async fn somebody_who_proves_more_need_not_wait(database) {
        let site = Site::start(database).await;
        let account = mina(&site).await;
        let mut browser = flows::minas_browser(&site).await;
        site.advance(Duration::from_secs(3600));
        let page = decision(&site, &mut browser).await;
        let way = page.body.split(r#"href="/signin/again?"#).nth(1).unwrap().split('"').next().unwrap();
        let again = browser.get(&format!("/signin/again?{}", way.replace("&#38;", "&"))).await;
        let proved = browser.submit(&again, "/signin/password", &[("password", flows::PASSWORD)]).await;
        let page = browser.follow(proved).await;
        assert_note(&browser.submit(&page, "/account/security/replace/", &[("decision", "now")]).await, "changed");
        assert_eq!(values(&site, &account).await, [NEW_PHONE, EMAIL]);
        // The attempt is used up.
        let again = browser.submit(&page, "/account/security/replace/", &[("decision", "now")]).await;
        assert_eq!(again.status, StatusCode::GONE);
    }

    async fn nothing_is_replaced_by_what_nobody_proved(database) {
        let site = Site::start(database).await;
        let account = mina(&site).await;
        let mut browser = flows::minas_browser(&site).await;
        let path = format!("/account/security/change/{}", key(&mut browser, PHONE).await);
        let page = browser.get(&path).await;
        let sent = browser.submit(&page, &path, &[("identifier", NEW_PHONE)]).await;
        let attempt = sent.location().unwrap().rsplit('/').next().unwrap().to_owned();
        let (_, fields) = page.form(&path).unwrap();
        let csrf = &fields.iter().find(|(name, _)| name == "csrf").unwrap().1;
        for decision in ["now", "wait"] {
            let early = browser.post(&format!("/account/security/replace/{attempt}"), &[("csrf", csrf), ("decision", decision)]).await;
            assert_eq!(early.status, StatusCode::GONE);
        }
        assert_eq!(browser.get(&format!("/account/security/replace/{attempt}")).await.status, StatusCode::GONE);
        // A number takes the place of a number.
        for other in [NEW_EMAIL, &account.account_number, ""] {
            let refused = browser.submit(&page, &path, &[("identifier", other)]).await;
            refused.assert_page(StatusCode::UNPROCESSABLE_ENTITY);
        }
        assert_eq!(values(&site, &account).await, [PHONE, EMAIL]);
        assert!(waiting(&site, &account).await.is_empty());
    }

    async fn a_number_that_somebody_else_got_meanwhile_stays_theirs(database) {
        let site = Site::start(database).await;
        let (account, _) = waits(&site).await;
        let mut stranger = Browser::new(&site);
        site.advance(Duration::from_secs(61));
        let page = flows::sign_up(&mut stranger, NEW_PHONE).await;
        let right = flows::enter(&mut stranger, &page, &site.code_to(NEW_PHONE)).await;
        let page = stranger.follow(right).await;
        stranger.submit(&page, "/signup/details", &[]).await;
        let theirs = owner(&site, AddressKind::Phone, NEW_PHONE).await.unwrap();
        wait(&site, HOURS_72).await;
        assert_eq!(owner(&site, AddressKind::Phone, NEW_PHONE).await, Some(theirs));
        assert_eq!(values(&site, &account).await, [PHONE, EMAIL]);
        assert!(waiting(&site, &account).await.is_empty());
        assert!(says(&site, EMAIL, "will not happen").await);
    }

    async fn of_two_changes_of_one_number_one_wins(database) {
        let site = Site::start(database).await;
        let account = mina(&site).await;
        let mut ready = Vec::new();
        for new in ["+436605559121", "+436605559122"] {
            let mut browser = flows::minas_browser(&site).await;
            let path = format!("/account/security/change/{}", key(&mut browser, PHONE).await);
            let page = browser.get(&path).await;
            let sent = browser.submit(&page, &path, &[("identifier", new)]).await;
            let page = browser.follow(sent).await;
            ready.push((browser, page, site.code_to(new)));
        }
        let [(one, first, one_code), (other, second, other_code)] = ready.as_mut_slice() else { panic!() };
        let (a, b) = join(
            one.submit(first, "/account/security/code/", &[("code", one_code)]),
            other.submit(second, "/account/security/code/", &[("code", other_code)]),
        ).await;
        let answers = [a, b];
        let done = answers.iter().filter(|answer| answer.location().as_deref() == Some("/account/security?note=changed"));
        assert_eq!(done.count(), 1);
        assert!(answers.iter().all(|answer| !answer.status.is_server_error()));
        assert_eq!(values(&site, &account).await.len(), 2);
    }
}
