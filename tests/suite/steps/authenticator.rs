//! Adding and removing an authenticator app.

use std::time::Duration;

use keyhouse::store::changes::{self, Change, ChangeKind};
use keyhouse::store::details::Json;
use keyhouse::store::events::EventKind;
use keyhouse::store::{recovery_codes, totps};
use reqwest::StatusCode;

use super::{Authenticator, EMAIL, PHONE, STEP, Scene, add_app, change, kinds, leads_to, live_sessions, shown_codes};
use crate::both;
use crate::harness::browser::Browser;
use crate::harness::scene::Tokens;
use crate::harness::{Site, flows};

const TOTP: &str = "/account/security/totp";
const TWO_STEP: &str = "/account/security/two-step";

async fn stored(site: &Site, id: i64) -> Option<totps::Totp> {
    site.app.store.read(move |connection| totps::of_account(connection, id)).await.unwrap()
}

both! {
    async fn an_app_counts_once_a_code_confirms_it(database) {
        let site = Site::start(database).await;
        let account = flows::mina(&site).await;
        let mut browser = flows::minas_browser(&site).await;
        let page = browser.get(TOTP).await;
        let app = Authenticator::scan(&page);
        assert!(page.body.contains("<svg class=\"qr\"") && !page.body.contains("otpauth"), "{}", page.body);
        for (typed, says) in [("", "Enter the six digits"), (&app.wrong(&site), "not what the app should show")] {
            let again = browser.submit(&page, TOTP, &[("code", typed)]).await;
            again.assert_page(StatusCode::UNPROCESSABLE_ENTITY);
            assert!(again.body.contains(says), "{}", again.body);
            // The app has the key by now: it stays the same.
            assert_eq!(Authenticator::scan(&again).secret(), app.secret());
        }
        assert!(stored(&site, account.id).await.is_none(), "nothing counts before it is confirmed");
        let done = browser.submit(&page, TOTP, &[("code", &app.code(&site))]).await;
        assert_eq!(shown_codes(&done).len(), 10, "{}", done.body);
        assert!(stored(&site, account.id).await.is_some());
        let seen = kinds(&site, account.id).await;
        for kind in [EventKind::TotpAdded, EventKind::TwoStepOn] {
            assert!(seen.contains(&kind), "{seen:?}");
        }
        for address in [EMAIL, PHONE] {
            let told = site.notices_to(address).await;
            assert!(told.iter().any(|message| message.text.contains("An authenticator app was added") || message.text.contains("takes a code from that app")), "{address}");
        }
        // This browser has shown both, so it is asked for nothing more.
        assert_eq!(browser.get("/account/security/recovery-codes").await.status, StatusCode::OK);
        let session = live_sessions(&site, &account).await.remove(0);
        assert_eq!(session.amr.as_str(), "pwd otp mfa");
        // A second app is not added beside it, and nobody is shown a key again.
        leads_to(&browser.get(TOTP).await, TWO_STEP);
        let again = browser.submit(&page, TOTP, &[("code", &app.code(&site))]).await;
        leads_to(&again, TWO_STEP);
        let shown = browser.get(TWO_STEP).await;
        assert!(shown.body.contains("10 codes left") && !shown.body.contains("class=\"secret\""), "{}", shown.body);
    }

    async fn adding_it_ends_every_other_sign_in_and_what_apps_hold(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let client = site.client(|_| {}).await;
        let mut other = flows::minas_browser(&site).await;
        let scope = "openid offline_access";
        let tokens = flows::tokens(&site, &mut other, &client, scope).await;
        let refresh = tokens["refresh_token"].as_str().unwrap().to_owned();
        let mut own = flows::minas_browser(&site).await;
        let before = own.cookies.clone();
        let (app, _) = add_app(&site, &mut own).await;
        flows::refresh(&site, &client, &refresh).await.refused(400, "invalid_grant");
        assert!(!flows::is_signed_in(&mut other).await && flows::is_signed_in(&mut own).await);
        // A rise of privilege gives a new cookie, and the one before is worth nothing.
        let mut stale = Browser::new(&site);
        stale.cookies = before;
        assert!(!flows::is_signed_in(&mut stale).await);
        // An app of somebody signed in by one factor does not outlive it either: the refresh above was one.
        let tokens = Tokens::of(&{
            let request = flows::Request::new(&client, scope);
            let code = flows::code(&mut own, &request).await;
            flows::redeem(&site, &client, &code, &request.verifier).await
        });
        let page = own.get("/account/security/totp/remove").await;
        let mut second = Browser::new(&site);
        let half = flows::sign_in_from(&mut second, "/signin", EMAIL).await;
        let half = second.follow(half).await;
        let done = second.submit(&half, "/signin/second", &[("code", &app.code(&site))]).await;
        assert_eq!(done.location().as_deref(), Some("/account"));
        own.submit(&page, "/account/security/totp/remove", &[]).await;
        assert!(!flows::is_signed_in(&mut second).await && flows::is_signed_in(&mut own).await);
        // What an app holds by the sign-in that asked for the change goes on with it.
        assert_eq!(flows::refresh(&site, &client, &tokens.refresh).await.status, StatusCode::OK);
    }

    async fn the_secret_is_sealed_for_its_account_and_shown_to_nobody_again(database) {
        let mut scene = Scene::start(database).await;
        let row = stored(&scene.site, scene.account.id).await.unwrap();
        let secret = scene.app.secret();
        assert!(!row.sealed_secret.windows(secret.len()).any(|bytes| bytes == secret));
        let jonas = flows::jonas(&scene.site).await;
        // Sealed under its account's name, it opens under no other.
        let moved = totps::Totp { account_id: jonas.id, ..row };
        change(&scene.site, move |connection| totps::insert(connection, &moved)).await;
        change(&scene.site, move |connection| keyhouse::store::accounts::set_two_step(connection, jonas.id, Some(keyhouse::clock::Timestamp::from_seconds(1)))).await;
        let mut thief = Browser::new(&scene.site);
        let half = flows::sign_in_from(&mut thief, "/signin", "jonas@lantern.example").await;
        let half = thief.follow(half).await;
        let refused = scene.enter(&mut thief, &half, &scene.app.code(&scene.site)).await;
        assert_eq!(refused.status, StatusCode::INTERNAL_SERVER_ERROR, "a damaged row is a fault, and no way in");
        assert!(!flows::is_signed_in(&mut thief).await);
        let key = totp_rs::Secret::new(secret.into_boxed_slice()).to_base32();
        for page in ["/account", TWO_STEP, "/account/security/totp/remove", "/account/security/recovery-codes"] {
            let shown = scene.browser.get(page).await.body.replace(' ', "");
            assert!(!shown.contains(&key), "{page}");
        }
        for message in scene.site.messages() {
            assert!(!message.text.replace(' ', "").contains(&key));
        }
    }

    async fn the_key_in_a_form_is_of_one_account_and_one_quarter_of_an_hour(database) {
        let site = Site::start(database).await;
        let account = flows::mina(&site).await;
        flows::jonas(&site).await;
        let mut jonas = Browser::new(&site);
        flows::sign_in(&mut jonas, "jonas@lantern.example").await;
        let foreign = jonas.get(TOTP).await;
        let app = Authenticator::scan(&foreign);
        let (_, fields) = foreign.form(TOTP).unwrap();
        let sealed = fields.into_iter().find(|(name, _)| name == "enrolment").unwrap().1;
        let mut browser = flows::minas_browser(&site).await;
        let page = browser.get(TOTP).await;
        let own = Authenticator::scan(&page);
        for (name, value, status) in [
            ("enrolment", sealed.as_str(), StatusCode::GONE),
            ("enrolment", "AAAA", StatusCode::GONE),
            ("enrolment", "", StatusCode::GONE),
        ] {
            let refused = browser.submit(&page, TOTP, &[(name, value), ("code", &app.code(&site))]).await;
            assert_eq!(refused.status, status, "{value}");
        }
        site.advance(Duration::from_secs(9 * 60));
        // A new proof on the way: the page is fresh enough, its key is not.
        let again = browser.get("/signin/again?continue=%2Faccount").await;
        browser.submit(&again, "/signin/password", &[("password", flows::PASSWORD)]).await;
        site.advance(Duration::from_secs(6 * 60 + 1));
        let late = browser.submit(&page, TOTP, &[("code", &own.code(&site))]).await;
        assert_eq!(late.status, StatusCode::GONE, "{}", late.body);
        assert!(stored(&site, account.id).await.is_none());
    }

    async fn every_change_wants_a_proof_of_the_last_minutes_by_both_steps(database) {
        let mut scene = Scene::start(database).await;
        let pages = [
            "/account/security/two-step/off",
            "/account/security/totp/remove",
            "/account/security/recovery-codes",
        ];
        let mut forms = Vec::new();
        for page in pages {
            forms.push((page, scene.browser.get(page).await));
        }
        scene.site.advance(Duration::from_secs(11 * 60));
        let before = scene.account_now().await;
        for (path, form) in &forms {
            leads_to(&scene.browser.get(path).await, "/signin/again?continue=");
            let refused = scene.browser.submit(form, path, &[]).await;
            leads_to(&refused, "/signin/again?continue=");
        }
        // The password alone brings nobody there: the app is asked for as well, and then only.
        let again = scene.browser.get("/signin/again?continue=%2Faccount%2Fsecurity%2Frecovery-codes").await;
        let half = scene.browser.submit(&again, "/signin/password", &[("password", flows::PASSWORD)]).await;
        leads_to(&half, "/signin/second?attempt=");
        leads_to(&scene.browser.get(pages[2]).await, "/signin/again?continue=");
        let half = scene.browser.follow(half).await;
        assert!(!half.body.contains("name=\"remember\""), "nothing is remembered here");
        let code = scene.app.code(&scene.site);
        let done = scene.enter(&mut scene.browser.clone(), &half, &code).await;
        assert_eq!(done.location().as_deref(), Some(pages[2]));
        assert_eq!(scene.account_now().await.two_step_at, before.two_step_at);
    }

    async fn a_frozen_account_changes_nothing(database) {
        let mut scene = Scene::start(database).await;
        let page = scene.browser.get("/account/security/totp/remove").await;
        let now = scene.site.now();
        let freeze = Change {
            account_id: scene.account.id,
            id: 7,
            kind: ChangeKind::Freeze,
            details: Json::default(),
            due_at: None,
            created_at: now,
            expires_at: now.plus(Duration::from_secs(3600)),
        };
        change(&scene.site, move |connection| changes::insert(connection, &freeze)).await;
        let refused = scene.browser.submit(&page, "/account/security/totp/remove", &[]).await;
        refused.assert_page(StatusCode::FORBIDDEN);
        assert!(refused.body.contains("Changes are stopped"), "{}", refused.body);
        assert!(stored(&scene.site, scene.account.id).await.is_some());
    }

    async fn what_was_waiting_to_change_is_dropped_with_it(database) {
        let mut scene = Scene::start(database).await;
        let now = scene.site.now();
        let waiting = Change {
            account_id: scene.account.id,
            id: 7,
            kind: ChangeKind::Recovery,
            details: Json::default(),
            due_at: Some(now.plus(Duration::from_secs(3600))),
            created_at: now,
            expires_at: now.plus(Duration::from_secs(7200)),
        };
        change(&scene.site, move |connection| changes::insert(connection, &waiting)).await;
        let page = scene.browser.get("/account/security/recovery-codes").await;
        scene.browser.submit(&page, "/account/security/recovery-codes", &[]).await;
        let id = scene.account.id;
        let left = change(&scene.site, move |connection| changes::of_account(connection, id, now)).await;
        assert!(left.is_empty(), "{left:?}");
    }

    async fn with_the_app_go_the_recovery_codes_and_the_switch(database) {
        let mut scene = Scene::start(database).await;
        let page = scene.browser.get("/account/security/totp/remove").await;
        let done = scene.browser.submit(&page, "/account/security/totp/remove", &[]).await;
        assert_eq!(done.location().as_deref(), Some("/account/security/two-step?note=removed"));
        let id = scene.account.id;
        assert_eq!(change(&scene.site, move |connection| recovery_codes::left(connection, id)).await, 0);
        assert!(scene.account_now().await.two_step_at.is_none());
        assert_eq!(scene.kinds().await[..2].iter().filter(|kind| matches!(kind, EventKind::TotpRemoved | EventKind::TwoStepOff)).count(), 2);
        assert!(scene.site.notices_to(EMAIL).await.iter().any(|told| told.text.contains("no longer takes a code from an app")));
        // One factor is all again, and pressing it once more does nothing.
        flows::sign_in(&mut Browser::new(&scene.site), EMAIL).await;
        let again = scene.browser.submit(&page, "/account/security/totp/remove", &[]).await;
        assert_eq!(again.location().as_deref(), Some(TWO_STEP));
    }

    async fn the_switch_is_the_persons_and_the_app_stays(database) {
        let mut scene = Scene::start(database).await;
        let page = scene.browser.get("/account/security/two-step/off").await;
        let done = scene.browser.submit(&page, "/account/security/two-step/off", &[]).await;
        assert_eq!(done.location().as_deref(), Some("/account/security/two-step?note=off"));
        flows::sign_in(&mut Browser::new(&scene.site), EMAIL).await;
        // Changes here want both steps all the same: an SMS must not take the app away.
        let mut thief = Browser::new(&scene.site);
        let code_page = flows::code_page(&mut thief, PHONE).await;
        let in_ = flows::enter(&mut thief, &code_page, &scene.site.code_to(PHONE)).await;
        assert_eq!(in_.location().as_deref(), Some("/account"));
        for page in ["/account/security/totp/remove", "/account/security/recovery-codes"] {
            leads_to(&thief.get(page).await, "/signin/second?continue=");
        }
        let page = scene.browser.get(TWO_STEP).await;
        let on = scene.browser.submit(&page, TWO_STEP, &[]).await;
        assert_eq!(on.location().as_deref(), Some("/account/security/two-step?note=on"));
        assert!(!flows::is_signed_in(&mut thief).await);
        scene.half_way().await;
    }

    async fn without_an_app_there_is_nothing_to_switch_on(database) {
        let site = Site::start(database).await;
        let account = flows::mina(&site).await;
        let mut browser = flows::minas_browser(&site).await;
        let settings = browser.get("/account/settings").await;
        let (_, fields) = settings.form("/account/settings").unwrap();
        let token = fields.into_iter().find(|(name, _)| name == "csrf").unwrap().1;
        for path in [TWO_STEP, "/account/security/two-step/off", "/account/security/recovery-codes", "/account/security/totp/remove"] {
            let moot = browser.post(path, &[("csrf", &token)]).await;
            assert_eq!(moot.location().as_deref(), Some(TWO_STEP), "{path} {}", moot.body);
        }
        assert!(kinds(&site, account.id).await.iter().all(|kind| matches!(kind, EventKind::Created | EventKind::SignedIn)));
        let id = account.id;
        assert_eq!(change(&site, move |connection| recovery_codes::left(connection, id)).await, 0);
        site.advance(STEP);
    }

    async fn an_app_and_the_switch_want_a_fresh_proof_as_well(database) {
        let site = Site::start(database).await;
        let account = flows::mina(&site).await;
        let mut browser = flows::minas_browser(&site).await;
        let page = browser.get(TOTP).await;
        let app = Authenticator::scan(&page);
        site.advance(Duration::from_secs(11 * 60));
        leads_to(&browser.get(TOTP).await, "/signin/again?continue=");
        leads_to(&browser.submit(&page, TOTP, &[("code", &app.code(&site))]).await, "/signin/again?continue=");
        assert!(stored(&site, account.id).await.is_none());
        let mut scene = Scene { app, codes: Vec::new(), browser: flows::minas_browser(&site).await, site, account };
        (scene.app, scene.codes) = add_app(&scene.site, &mut scene.browser).await;
        let off = scene.browser.get("/account/security/two-step/off").await;
        scene.browser.submit(&off, "/account/security/two-step/off", &[]).await;
        let page = scene.browser.get(TWO_STEP).await;
        scene.site.advance(Duration::from_secs(11 * 60));
        leads_to(&scene.browser.submit(&page, TWO_STEP, &[]).await, "/signin/again?continue=");
        assert!(scene.account_now().await.two_step_at.is_none());
    }

    async fn a_sign_in_grows_no_younger_by_an_app(database) {
        let site = Site::start(database).await;
        let account = flows::mina(&site).await;
        let mut browser = flows::minas_browser(&site).await;
        let before = live_sessions(&site, &account).await[0].authenticated_at;
        site.advance(Duration::from_secs(9 * 60));
        add_app(&site, &mut browser).await;
        assert_eq!(live_sessions(&site, &account).await[0].authenticated_at, before);
        site.advance(Duration::from_secs(61));
        leads_to(&browser.get("/account/security/recovery-codes").await, "/signin/again?continue=");
    }

    async fn every_change_gives_a_new_cookie(database) {
        let mut scene = Scene::start(database).await;
        for page in [
            "/account/security/two-step/off",
            TWO_STEP,
            "/account/security/recovery-codes",
            "/account/security/totp/remove",
        ] {
            let form = scene.browser.get(page).await;
            let mut copy = scene.browser.clone();
            scene.browser.submit(&form, page, &[]).await;
            assert!(!flows::is_signed_in(&mut copy).await, "{page}");
            assert!(flows::is_signed_in(&mut scene.browser).await, "{page}");
        }
    }
}
