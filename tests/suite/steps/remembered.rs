//! Browsers that are remembered: only where the person ticked it, for 30 days, for one account on one device, until anything the
//! account is signed in to with changes, and never where an app or a change of the account asks for both steps.

use std::time::Duration;

use keyhouse::clock::Timestamp;
use keyhouse::session;
use keyhouse::store::addresses::{self, Address, AddressKind};
use keyhouse::store::columns::Words;
use keyhouse::store::passkeys::{self, Passkey};
use keyhouse::store::{Connection, StoreError};
use reqwest::StatusCode;

use super::{EMAIL, STEP, Scene, TWO, add_app, change, leads_to};
use crate::both;
use crate::harness::Site;
use crate::harness::browser::Browser;
use crate::harness::flows::{self, Request};
use crate::harness::plans::OWN;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Signs a browser in by both steps, with the tick.
async fn remembered(scene: &Scene) -> Browser {
    scene.site.advance(STEP);
    let (mut browser, page) = scene.half_way().await;
    assert!(page.body.contains("name=\"remember\" value=\"yes\">"), "never ticked before: {}", page.body);
    let fields = [("code", scene.app.code(&scene.site)), ("remember", "yes".to_owned())];
    let fields = fields.each_ref().map(|(name, value)| (*name, value.as_str()));
    let done = browser.submit(&page, "/signin/second", &fields).await;
    assert_eq!(done.location().as_deref(), Some("/account"), "{}", done.body);
    browser
}

/// Signs out, and in again with the password; gives where that leads.
async fn again(browser: &mut Browser) -> String {
    let home = browser.get("/account").await;
    if home.status == StatusCode::OK {
        browser.submit(&home, "/account/signout", &[]).await;
    }
    let done = flows::sign_in_from(browser, "/signin", EMAIL).await;
    done.location().unwrap_or_else(|| panic!("{}", done.body))
}

async fn is_asked(browser: &mut Browser) -> bool {
    again(browser).await.starts_with("/signin/second?")
}

fn passkey(account_id: i64) -> Passkey {
    Passkey {
        account_id,
        id: 7,
        credential_id: account_id.to_be_bytes().to_vec(),
        credential: "{}".to_owned(),
        counter: 0,
        backup_eligible: false,
        backed_up: false,
        aaguid: vec![0; 16],
        transports: Words::default(),
        name: "A key".to_owned(),
        created_at: Timestamp::from_seconds(1_800_000_776),
        last_used_at: None,
        last_device_id: None,
    }
}

both! {
    async fn a_remembered_browser_is_not_asked_for_thirty_days(database) {
        let scene = Scene::start(database).await;
        let mut browser = remembered(&scene).await;
        assert!(!is_asked(&mut browser).await);
        // What happened is told as it was: one factor.
        assert!(scene.sessions().await.iter().any(|session| session.amr.as_str() == "pwd"));
        // Nobody without the tick is, and no other browser.
        let (mut plain, page) = scene.half_way().await;
        scene.site.advance(STEP);
        scene.enter(&mut plain, &page, &scene.app.code(&scene.site)).await;
        assert!(is_asked(&mut plain).await);
        scene.site.advance(29 * DAY);
        assert!(!is_asked(&mut browser).await);
        scene.site.advance(DAY);
        assert!(is_asked(&mut browser).await, "using it does not make it longer");
    }

    async fn it_is_of_one_account(database) {
        let scene = Scene::start(database).await;
        let mut browser = remembered(&scene).await;
        flows::jonas(&scene.site).await;
        scene.site.advance(Duration::from_secs(1));
        let done = flows::sign_in_from(&mut browser, "/signin?another=yes", "jonas@lantern.example").await;
        assert_eq!(done.location().as_deref(), Some("/account"));
        add_app(&scene.site, &mut browser).await;
        let half = flows::sign_in_from(&mut browser, "/signin?another=yes", "jonas@lantern.example").await;
        leads_to(&half, "/signin/second?attempt=");
        assert!(!is_asked(&mut browser).await);
    }

    async fn any_change_of_how_to_sign_in_makes_it_void(database) {
        let mut scene = Scene::start(database).await;
        type Changes = fn(&mut Connection, i64) -> Result<(), StoreError>;
        let changes: [(&str, Changes); 9] = [
            ("the password", |connection, id| {
                use diesel::RunQueryDsl;
                diesel::sql_query(format!("{OWN}UPDATE passwords SET changed_at = changed_at + 1 WHERE account_id = {id}"))
                    .execute(connection).map(drop).map_err(StoreError::from)
            }),
            ("the app", |connection, id| {
                use diesel::RunQueryDsl;
                diesel::sql_query(format!("{OWN}UPDATE totps SET created_at = created_at + 1 WHERE account_id = {id}"))
                    .execute(connection).map(drop).map_err(StoreError::from)
            }),
            ("the recovery codes", |connection, id| {
                use diesel::RunQueryDsl;
                diesel::sql_query(format!("{OWN}UPDATE recovery_codes SET created_at = created_at + 1 WHERE account_id = {id}"))
                    .execute(connection).map(drop).map_err(StoreError::from)
            }),
            ("an address that went and came back", |connection, id| {
                use diesel::RunQueryDsl;
                diesel::sql_query(format!("{OWN}UPDATE addresses SET verified_at = verified_at + 1 WHERE account_id = {id}"))
                    .execute(connection).map(drop).map_err(StoreError::from)
            }),
            ("an address more", |connection, id| {
                addresses::claim(connection, &Address {
                    account_id: id,
                    kind: AddressKind::Email,
                    value: "other@lantern.example".to_owned(),
                    is_main: false,
                    verified_at: Timestamp::from_seconds(1_800_000_777),
                }).map(drop)
            }),
            ("an address less", |connection, id| {
                use diesel::RunQueryDsl;
                diesel::sql_query(format!("{OWN}DELETE FROM addresses WHERE account_id = {id} AND value = 'other@lantern.example'"))
                    .execute(connection).map(drop).map_err(StoreError::from)
            }),
            ("a passkey more", |connection, id| passkeys::insert(connection, &passkey(id)).map(drop)),
            ("a passkey less", |connection, id| passkeys::remove(connection, id, 7).map(drop)),
            ("the switch", |connection, id| {
                keyhouse::store::accounts::set_two_step(connection, id, Some(Timestamp::from_seconds(1_800_000_778)))
            }),
        ];
        for (what, way) in changes {
            let mut browser = remembered(&scene).await;
            assert!(!is_asked(&mut browser).await, "{what}");
            let id = scene.account.id;
            change(&scene.site, move |connection| way(connection, id)).await;
            assert!(is_asked(&mut browser).await, "{what}");
        }
        // And by the pages: new recovery codes, made elsewhere.
        let mut browser = remembered(&scene).await;
        scene.site.advance(STEP);
        let page = scene.half_way_in(&mut scene.browser.clone()).await;
        let code = scene.app.code(&scene.site);
        scene.browser.submit(&page, "/signin/second", &[("code", &code)]).await;
        let page = scene.browser.get("/account/security/recovery-codes").await;
        scene.browser.submit(&page, "/account/security/recovery-codes", &[]).await.assert_page(StatusCode::OK);
        assert!(is_asked(&mut browser).await);
    }

    async fn a_device_that_is_signed_out_from_afar_is_forgotten(database) {
        let scene = Scene::start(database).await;
        let mut browser = remembered(&scene).await;
        let session = scene.sessions().await.into_iter().max_by_key(|session| session.created_at).unwrap();
        let (account, now) = (scene.account.clone(), scene.site.now());
        change(&scene.site, move |connection| {
            session::end(connection, &account, session.id, session::Ending::Removal, now)
        }).await;
        assert!(is_asked(&mut browser).await);
        let mut browser = remembered(&scene).await;
        let session = scene.sessions().await.into_iter().max_by_key(|session| session.created_at).unwrap();
        let (account, now) = (scene.account.clone(), scene.site.now());
        change(&scene.site, move |connection| session::end_device(connection, &account, session.device_id, now)).await;
        assert!(is_asked(&mut browser).await);
        let mut browser = remembered(&scene).await;
        let (account, now) = (scene.account.clone(), scene.site.now());
        change(&scene.site, move |connection| session::end_all(connection, &account, None, now)).await;
        assert!(is_asked(&mut browser).await);
    }

    async fn the_person_has_them_forgotten(database) {
        let mut scene = Scene::start(database).await;
        let mut browser = remembered(&scene).await;
        let page = scene.browser.get("/account/security/two-step").await;
        assert!(page.body.contains("1 browser is not asked"), "{}", page.body);
        scene.browser.submit(&page, "/account/security/two-step/forget", &[]).await;
        assert!(!scene.browser.get("/account/security/two-step").await.body.contains("is not asked"));
        assert!(is_asked(&mut browser).await);
    }

    async fn what_an_app_or_a_change_asks_for_is_asked_each_time(database) {
        let scene = Scene::start(database).await;
        let client = scene.site.client(|_| {}).await;
        let mut browser = remembered(&scene).await;
        assert_eq!(again(&mut browser).await, "/account");
        // A change of the account: the sign-in was by one factor.
        leads_to(&browser.get("/account/security/totp/remove").await, "/signin/second?continue=");
        let page = browser.get("/signin/again?continue=%2Faccount").await;
        let half = browser.submit(&page, "/signin/password", &[("password", flows::PASSWORD)]).await;
        leads_to(&half, "/signin/second?attempt=");
        // An app: signed in already, and from nothing.
        let request = Request::new(&client, "openid").with("acr_values", TWO);
        leads_to(&browser.get(&request.path()).await, "/signin/second?continue=");
        let home = browser.get("/account").await;
        browser.submit(&home, "/account/signout", &[]).await;
        let half = flows::sign_in_from(&mut browser, &request.path(), EMAIL).await;
        leads_to(&half, "/signin/second?attempt=");
        let page = browser.follow(half).await;
        assert!(!page.body.contains("name=\"remember\""), "nor is anything offered that would not count");
        // Ticked all the same, it is not remembered by that sign-in: the page did not ask.
        assert!(!is_asked(&mut browser).await, "but what was remembered before still is");
    }

    async fn the_operator_may_have_none_of_it(database) {
        let scene = Scene::with(database, &[("KEYHOUSE_SIGNIN__REMEMBER_DAYS", "0")]).await;
        let (mut browser, page) = scene.half_way().await;
        assert!(!page.body.contains("name=\"remember\""));
        let code = scene.app.code(&scene.site);
        browser.submit(&page, "/signin/second", &[("code", &code), ("remember", "yes")]).await;
        assert!(is_asked(&mut browser).await);
    }

    async fn one_factor_is_not_remembered_for_the_day_when_two_are_asked(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let mut browser = Browser::new(&site);
        let page = flows::begin(&mut browser, EMAIL).await;
        // There is no tick on the first page; a browser may post one all the same.
        let fields = [("password", flows::PASSWORD), ("remember", "yes")];
        let done = browser.submit(&page, "/signin/password", &fields).await;
        assert_eq!(done.location().as_deref(), Some("/account"));
        let strict = site.node_with(&[("KEYHOUSE_SIGNIN__TWO_STEP", "required")]).await.unwrap();
        let mut browser = browser.moved_to(&strict);
        leads_to(&browser.get("/account").await, "/signin/second?continue=");
        leads_to(&flows::sign_in_from(&mut browser, "/signin?another=yes", EMAIL).await, "/signin/second?attempt=");
    }

    async fn it_does_where_the_operator_asks_everybody_too(database) {
        let scene = Scene::start(database).await;
        let mut browser = remembered(&scene).await;
        assert!(!is_asked(&mut browser).await);
        let strict = scene.site.node_with(&[("KEYHOUSE_SIGNIN__TWO_STEP", "required")]).await.unwrap();
        browser.moved_to(&strict).get("/account").await.assert_page(StatusCode::OK);
    }
}
