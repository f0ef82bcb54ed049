//! The wish to be deleted: a fresh proof, the account ID, a tick; then everything ends at once.

use std::time::Duration;

use keyhouse::clock::Timestamp;
use keyhouse::security::random;
use keyhouse::store::accounts::AccountState;
use keyhouse::store::changes::{self, Change, ChangeDetails, ChangeKind};
use keyhouse::store::details::Json;
use keyhouse::store::events::EventKind;
use reqwest::StatusCode;

use super::{AT_ONCE, EMAIL, PAGE, PHONE, account, delete, waiting};
use crate::both;
use crate::harness::browser::Browser;
use crate::harness::flows;
use crate::harness::receiver::Receiver;
use crate::harness::scene::Scene;
use crate::harness::{Site, eventually, jose};
use crate::life::kinds;

const DAY: Duration = Duration::from_secs(86_400);

fn change(account_id: i64, kind: ChangeKind, now: Timestamp, expires_at: Timestamp) -> Change {
    let details = ChangeDetails { old: Some("+436605550000".to_owned()), ..ChangeDetails::default() };
    Change { account_id, id: random::id(), kind, details: Json::of(details), due_at: None, created_at: now, expires_at }
}

both! {
    async fn it_ends_everything_at_once_and_tells_every_address(database) {
        let mut app = Receiver::start();
        let url = app.url.clone();
        let mut scene = Scene::with(database, |client| client.backchannel_logout_uri = Some(url)).await;
        let tokens = scene.tokens().await;
        let code = scene.code().await;
        let mut elsewhere = flows::minas_browser(&scene.site).await;
        let page = scene.browser.get(PAGE).await;
        assert!(page.body.contains("Lantern Notes"), "the apps are listed");
        assert!(page.body.contains("Ask its makers to erase what it keeps"), "this one cannot be told");
        assert!(page.body.contains("22 January 2027, 08:00 UTC"), "the last day to turn back: {}", page.body);
        assert!(page.body.contains("href=\"/account/data\""), "a copy first");
        let done = delete(&mut scene.browser, &scene.account).await;
        done.assert_page(StatusCode::OK);
        assert!(done.body.contains("22 January 2027, 08:00 UTC"), "{}", done.body);

        scene.all_dead(&tokens).await;
        scene.redeem(&code).await.refused(400, "invalid_grant");
        assert!(!flows::is_signed_in(&mut scene.browser).await);
        assert!(!flows::is_signed_in(&mut elsewhere).await);
        let told = url::form_urlencoded::parse(app.next().await.as_bytes()).next().unwrap().1.into_owned();
        assert_eq!(jose::verified(&scene.site, &told).await.claims["sub"], scene.account.sub);
        let own = account(&scene.site, scene.account.id).await.unwrap();
        assert_eq!(own.state, AccountState::Closing);
        for address in [EMAIL, PHONE] {
            eventually("the notice", async || {
                let told = scene.site.notices_to(address).await;
                told.iter().any(|own| own.text.contains("will be deleted on 22 January 2027"))
            }).await;
        }
        assert!(kinds(&scene.site, own.id).await.contains(&EventKind::ChangeWaiting));
        let waiting = waiting(&scene.site, own.id).await;
        assert_eq!(waiting.len(), 1);
        assert_eq!(waiting[0].due_at, Some(scene.site.now().plus(7 * DAY)));
    }

    async fn without_a_fresh_proof_nothing_happens(database) {
        let site = Site::start(database).await;
        let mina = flows::mina(&site).await;
        let mut browser = flows::minas_browser(&site).await;
        let page = browser.get(PAGE).await;
        site.advance(Duration::from_secs(601));
        let again = "/signin/again?continue=%2Faccount%2Fdelete";
        assert_eq!(browser.get(PAGE).await.location().as_deref(), Some(again));
        let fields = [("account_id", mina.account_number.as_str()), ("understood", "yes")];
        assert_eq!(browser.submit(&page, PAGE, &fields).await.location().as_deref(), Some(again));
        assert_eq!(account(&site, mina.id).await.unwrap().state, AccountState::Active);
        // The proof leads back to the page.
        let proving = browser.get(again).await;
        let proved = browser.submit(&proving, "/signin/password", &[("password", flows::PASSWORD)]).await;
        assert_eq!(proved.location().as_deref(), Some(PAGE));
        delete(&mut browser, &mina).await.assert_page(StatusCode::OK);
        assert_eq!(account(&site, mina.id).await.unwrap().state, AccountState::Closing);
    }

    async fn by_another_sites_form_nothing_happens(database) {
        let site = Site::start(database).await;
        let mina = flows::mina(&site).await;
        let mut browser = flows::minas_browser(&site).await;
        let mut foreign = Browser::new(&site);
        flows::jonas(&site).await;
        flows::sign_in(&mut foreign, "jonas@lantern.example").await;
        let page = foreign.get(PAGE).await;
        let csrf = page.form(PAGE).unwrap().1.into_iter().find(|(name, _)| name == "csrf").unwrap().1;
        for csrf in ["", csrf.as_str()] {
            let fields = [("csrf", csrf), ("account_id", &mina.account_number), ("understood", "yes")];
            assert_eq!(browser.post(PAGE, &fields).await.status, StatusCode::FORBIDDEN);
        }
        assert_eq!(account(&site, mina.id).await.unwrap().state, AccountState::Active);
    }

    async fn a_wrong_id_or_no_tick_is_said_at_its_field(database) {
        let site = Site::start(database).await;
        let mina = flows::mina(&site).await;
        let jonas = flows::jonas(&site).await;
        let mut browser = flows::minas_browser(&site).await;
        let page = browser.get(PAGE).await;
        let right = mina.account_number.as_str();
        let (shorter, spaced) = (&right[..11], format!(" {} {}-{} ", &right[..4], &right[4..8], &right[8..]));
        let wrong_id = "That is not the ID of this account";
        for (typed, tick, said) in [
            ("", "yes", wrong_id),
            (shorter, "yes", wrong_id),
            (jonas.account_number.as_str(), "yes", wrong_id),
            (EMAIL, "yes", wrong_id),
            (right, "", "Tick this first"),
            ("", "", "Some things need another look"),
        ] {
            let mut fields = vec![("account_id", typed)];
            fields.extend((!tick.is_empty()).then_some(("understood", tick)));
            let answer = browser.submit(&page, PAGE, &fields).await;
            answer.assert_page(StatusCode::UNPROCESSABLE_ENTITY);
            assert!(answer.body.contains(said), "{typed:?}: {}", answer.body);
            assert!(answer.body.contains("<title>Error: "));
        }
        assert_eq!(account(&site, mina.id).await.unwrap().state, AccountState::Active);
        let done = browser.submit(&page, PAGE, &[("account_id", &spaced), ("understood", "yes")]).await;
        done.assert_page(StatusCode::OK);
    }

    async fn of_two_presses_one_counts(database) {
        let site = Site::start(database).await;
        let mina = flows::mina(&site).await;
        let browser = flows::minas_browser(&site).await;
        let press = || async {
            let mut browser = browser.clone();
            delete(&mut browser, &mina).await.status
        };
        let answers = futures_util::future::join_all((0..6).map(|_| press())).await;
        assert!(answers.iter().all(|status| !status.is_server_error()), "{answers:?}");
        assert_eq!(waiting(&site, mina.id).await.len(), 1);
        eventually("the notice", async || !site.notices_to(EMAIL).await.is_empty()).await;
        assert_eq!(site.notices_to(EMAIL).await.len(), 1);
    }

    async fn what_waits_to_change_the_account_is_dropped(database) {
        let site = Site::start(database).await;
        let mina = flows::mina(&site).await;
        let mut browser = flows::minas_browser(&site).await;
        let (id, now) = (mina.id, site.now());
        let write = site.app.store.write(move |connection| {
            for kind in [ChangeKind::Replacement, ChangeKind::Recovery, ChangeKind::Move] {
                changes::insert(connection, &change(id, kind, now, now.plus(30 * DAY)))?;
            }
            Ok(())
        });
        write.await.unwrap();
        delete(&mut browser, &mina).await;
        let left = site.app.store.read(move |connection| changes::of_account(connection, id, now)).await.unwrap();
        assert_eq!(left.into_iter().map(|change| change.kind).collect::<Vec<_>>(), [ChangeKind::Deletion]);
    }

    async fn while_changes_are_stopped_nobody_deletes(database) {
        let site = Site::with(database, &[AT_ONCE]).await;
        let mina = flows::mina(&site).await;
        let mut browser = flows::minas_browser(&site).await;
        let page = browser.get(PAGE).await;
        let (id, now) = (mina.id, site.now());
        let freeze = change(id, ChangeKind::Freeze, now, now.plus(3 * DAY));
        site.app.store.write(move |connection| changes::insert(connection, &freeze)).await.unwrap();
        let shown = browser.get(PAGE).await;
        assert!(shown.form(PAGE).is_none() && shown.body.contains("Nothing can change now"), "{}", shown.body);
        // A page that was open before does not help.
        let fields = [("account_id", mina.account_number.as_str()), ("understood", "yes")];
        let answer = browser.submit(&page, PAGE, &fields).await;
        assert!(answer.body.contains("Nothing can change now"), "{}", answer.body);
        assert_eq!(account(&site, id).await.unwrap().state, AccountState::Active);
        assert!(flows::is_signed_in(&mut browser).await);
    }

    async fn while_an_address_can_be_brought_back_so_can_the_account(database) {
        let site = Site::with(database, &[AT_ONCE]).await;
        let mina = flows::mina(&site).await;
        let mut browser = flows::minas_browser(&site).await;
        let (id, now) = (mina.id, site.now());
        let undo = change(id, ChangeKind::Undo, now, now.plus(3 * DAY));
        site.app.store.write(move |connection| changes::insert(connection, &undo)).await.unwrap();
        let done = delete(&mut browser, &mina).await;
        assert!(done.body.contains("18 January 2027, 08:00 UTC"), "not at once: {}", done.body);
        assert_eq!(waiting(&site, id).await[0].due_at, Some(now.plus(3 * DAY)));
    }
}
