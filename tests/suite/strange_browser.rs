//! A session cookie that was copied: in another kind of browser it opens nothing, and is noticed.

use std::time::Duration;

use keyhouse::store::events::EventKind;
use keyhouse::store::sessions::{self, Session};
use reqwest::StatusCode;

use crate::both;
use crate::elsewhere;
use crate::harness::Site;
use crate::harness::browser::Browser;
use crate::harness::flows::{self, Request};
use crate::steps::{kinds, leads_to, live_sessions};

const EMAIL: &str = "mina@lantern.example";
const PHONE: &str = "+436605554417";
const WINDOWS: &str =
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36";

/// The same cookies in a browser that calls itself something else.
fn copied(browser: &Browser, user_agent: &str) -> Browser {
    let mut copy = browser.clone();
    copy.headers = vec![("User-Agent".to_owned(), user_agent.to_owned())];
    copy
}

async fn strange(site: &Site, account_id: i64) -> usize {
    kinds(site, account_id).await.into_iter().filter(|kind| *kind == EventKind::StrangeBrowser).count()
}

async fn only(site: &Site, account: &keyhouse::store::accounts::Account) -> Session {
    let mut all = live_sessions(site, account).await;
    assert_eq!(all.len(), 1, "{all:?}");
    all.remove(0)
}

both! {
    async fn a_copied_cookie_opens_nothing_and_is_told_once(database) {
        let site = Site::start(database).await;
        let account = flows::mina(&site).await;
        let client = site.client(|_| {}).await;
        let mut owner = flows::minas_browser(&site).await;
        let id = only(&site, &account).await.id;
        for user_agent in [WINDOWS, "python-requests/2.32", ""] {
            let mut thief = copied(&owner, user_agent);
            for path in ["/account", "/account/security/password", "/device", "/signin/again?continue=/account", "/signin/second?continue=/account"] {
                leads_to(&thief.get(path).await, "/signin?continue=");
            }
            let silent = Request::new(&client, "openid").with("prompt", "none");
            thief.get(&silent.path()).await.assert_error("login_required");
            leads_to(&thief.get(&Request::new(&client, "openid").path()).await, "/signin?continue=");
            thief.get("/signin").await.assert_page(StatusCode::OK);
        }
        assert_eq!(strange(&site, account.id).await, 1);
        for address in [EMAIL, PHONE] {
            let told = site.notices_to(address).await;
            assert_eq!(told.len(), 1, "{address}");
            assert!(told[0].text.contains("/account/devices"), "{}", told[0].text);
            assert!(address == PHONE || told[0].text.contains("Chrome on Windows"), "{}", told[0].text);
        }
        // Nothing ended; but where there are two who have the cookie, nobody gets on with it who has not proved themselves.
        assert_eq!(only(&site, &account).await.id, id);
        leads_to(&owner.get("/account").await, "/signin?continue=");
        let mut disguised = owner.clone();
        site.advance(Duration::from_secs(1));
        flows::sign_in(&mut owner, EMAIL).await;
        owner.get("/account").await.assert_page(StatusCode::OK);
        let renewed = only(&site, &account).await;
        assert_eq!((renewed.id, renewed.strange_at), (id, None));
        // The proof gave a new cookie: the copy is worth nothing, whatever it calls itself.
        assert!(!flows::is_signed_in(&mut disguised).await);
        assert!(!flows::is_signed_in(&mut copied(&disguised, WINDOWS)).await);
        assert_eq!(strange(&site, account.id).await, 1);
    }

    async fn what_calls_itself_no_browser_opens_nothing_either(database) {
        let site = Site::start(database).await;
        let account = flows::mina(&site).await;
        for (turn, user_agent) in ["python-requests/2.32", ""].into_iter().enumerate() {
            site.advance(Duration::from_secs(1));
            let owner = flows::minas_browser(&site).await;
            leads_to(&copied(&owner, user_agent).get("/account").await, "/signin?continue=");
            assert_eq!(strange(&site, account.id).await, turn + 1, "{user_agent}");
        }
    }

    async fn a_request_of_an_app_notices_it_by_itself(database) {
        let site = Site::start(database).await;
        let account = flows::mina(&site).await;
        let client = site.client(|_| {}).await;
        let owner = flows::minas_browser(&site).await;
        let silent = Request::new(&client, "openid").with("prompt", "none");
        copied(&owner, WINDOWS).get(&silent.path()).await.assert_error("login_required");
        assert_eq!(strange(&site, account.id).await, 1);
    }

    async fn forms_of_a_copied_cookie_change_nothing(database) {
        let site = Site::start(database).await;
        let account = flows::mina(&site).await;
        let mut owner = flows::minas_browser(&site).await;
        let page = owner.get("/account/personal").await;
        let refused = copied(&owner, WINDOWS).submit(&page, "/account/personal", &[("nickname", "Thief")]).await;
        leads_to(&refused, "/signin?continue=");
        assert!(!kinds(&site, account.id).await.contains(&EventKind::ProfileChanged));
    }

    async fn an_update_and_pages_for_computers_are_the_same_browser(database) {
        let site = Site::start(database).await;
        let account = flows::mina(&site).await;
        let android = "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36";
        let mut phone = Browser::new(&site);
        phone.headers = vec![("User-Agent".to_owned(), android.to_owned())];
        flows::sign_in(&mut phone, EMAIL).await;
        for changed in [
            android.replace("142", "177").replace("Android 10", "Android 17"),
            android.replace("Linux; Android 10; K", "X11; Linux x86_64").replace(" Mobile", ""),
        ] {
            copied(&phone, &changed).get("/account").await.assert_page(StatusCode::OK);
        }
        // From another address, too: people move.
        assert_eq!(strange(&site, account.id).await, 0);
        assert!(flows::is_signed_in(&mut phone).await);
    }

    async fn whoever_changes_their_browsers_face_proves_it_once(database) {
        let site = Site::start(database).await;
        let account = flows::mina(&site).await;
        let browser = flows::minas_browser(&site).await;
        let id = only(&site, &account).await.id;
        let mut changed = copied(&browser, WINDOWS);
        assert!(!flows::is_signed_in(&mut changed).await);
        flows::sign_in(&mut changed, EMAIL).await;
        assert!(flows::is_signed_in(&mut changed).await);
        assert_eq!(only(&site, &account).await.id, id, "the same sign-in, and the same device");
    }

    async fn a_sign_in_from_before_is_left_alone(database) {
        let site = Site::start(database).await;
        let account = flows::mina(&site).await;
        let browser = flows::minas_browser(&site).await;
        let own = only(&site, &account).await;
        let forget = move |connection: &mut keyhouse::store::Connection| {
            let how = sessions::Authenticated {
                device_id: own.device_id,
                amr: &own.amr,
                since: own.authenticated_at,
                proved_address: None,
                device_class: None,
                bound: None,
            };
            sessions::authenticated(connection, &own, how, own.last_used_at, own.idle_expires_at)
        };
        site.app.store.write(forget).await.unwrap();
        assert!(flows::is_signed_in(&mut copied(&browser, WINDOWS)).await);
        assert_eq!(strange(&site, account.id).await, 0);
    }

    async fn a_doubtful_sign_in_approves_no_other(database) {
        let mut scene = elsewhere::Scene::start(database).await;
        let waiting = scene.wait().await;
        elsewhere::approve(&mut scene.phone, &waiting).await;
        assert!(!flows::is_signed_in(&mut copied(&scene.phone, WINDOWS)).await);
        elsewhere::take_anyway(&mut scene.browser, &waiting).await.assert_page(StatusCode::GONE);
        assert!(!flows::is_signed_in(&mut scene.browser).await);
    }
}
