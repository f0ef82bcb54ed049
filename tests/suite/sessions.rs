//! Browser sessions: no fixation, cookies that nobody else can set or read, an end in any case, and none for a locked account.

use std::time::Duration;

use keyhouse::security::random;
use keyhouse::session::{self, Ending};
use keyhouse::store::accounts::{self, AccountState};
use keyhouse::store::sessions;
use reqwest::{Method, StatusCode};

use crate::both;
use crate::harness::Site;
use crate::harness::browser::{Answer, Browser};
use crate::harness::flows::{self, Request};

const EMAIL: &str = "mina@lantern.example";
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// The `Set-Cookie` headers of an answer.
fn set_cookies(answer: &Answer) -> Vec<String> {
    answer.headers.get_all("Set-Cookie").iter().map(|value| value.to_str().unwrap().to_owned()).collect()
}

async fn lock(site: &Site, account_id: i64) {
    let reason = Some("Ask the front desk.".to_owned());
    let change = move |connection: &mut keyhouse::store::Connection| {
        accounts::set_state(connection, account_id, AccountState::Locked, reason.as_deref())
    };
    site.app.store.write(change).await.unwrap();
}

both! {
    async fn a_sign_in_gets_a_cookie_of_its_own(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let mut planted = Browser::new(&site);
        planted.cookies.insert("keyhouse_session".to_owned(), "A".repeat(43));
        planted.cookies.insert("keyhouse_device".to_owned(), "B".repeat(43));
        let mut attacker = planted.clone();
        flows::sign_in(&mut planted, EMAIL).await;
        assert_ne!(planted.cookies["keyhouse_session"], "A".repeat(43));
        assert_ne!(planted.cookies["keyhouse_device"], "B".repeat(43));
        assert!(!flows::is_signed_in(&mut attacker).await);
    }

    async fn every_sign_in_ends_the_cookie_before_it(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let client = site.client(|_| {}).await;
        let mut browser = Browser::new(&site);
        flows::sign_in(&mut browser, EMAIL).await;
        let mut copy = browser.clone();
        site.advance(Duration::from_secs(1));
        let again = Request::new(&client, "openid").with("prompt", "login").path();
        flows::sign_in_from(&mut browser, &again, EMAIL).await;
        assert_ne!(browser.cookies["keyhouse_session"], copy.cookies["keyhouse_session"]);
        assert!(flows::is_signed_in(&mut browser).await);
        assert!(!flows::is_signed_in(&mut copy).await);
    }

    async fn proving_it_again_and_a_new_password_end_the_cookie_before(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let mut browser = flows::minas_browser(&site).await;
        let mut copy = browser.clone();
        site.advance(Duration::from_secs(700));
        let again = browser.get("/account/security/password").await;
        let page = browser.follow(again).await;
        let on = browser.submit(&page, "/signin/password", &[("password", flows::PASSWORD)]).await;
        assert_eq!(on.location().as_deref(), Some("/account/security/password"), "{}", on.body);
        assert!(flows::is_signed_in(&mut browser).await && !flows::is_signed_in(&mut copy).await);
        let mut copy = browser.clone();
        let page = browser.follow(on).await;
        let new = [("password", "a quite different sentence 9")];
        let done = browser.submit(&page, "/account/security/password", &new).await;
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
        assert!(flows::is_signed_in(&mut browser).await && !flows::is_signed_in(&mut copy).await);
    }

    async fn behind_https_cookies_are_for_this_host_alone(database) {
        let issuer = [("KEYHOUSE_SERVER__ISSUER", "https://localhost:8443")];
        let site = Site::with(database, &issuer).await;
        flows::mina(&site).await;
        let mut browser = Browser::new(&site);
        let page = browser.get("/signin").await;
        let mut cookies = set_cookies(&page);
        let themed = browser.submit(&page, "/preferences", &[("theme", "dark"), ("language", "zh-CN")]).await;
        cookies.extend(set_cookies(&themed));
        let done = flows::sign_in_from(&mut browser, "/signin", EMAIL).await;
        cookies.extend(set_cookies(&done));
        let mut names: Vec<_> = cookies.iter().map(|cookie| cookie.split('=').next().unwrap()).collect();
        names.sort_unstable();
        let kinds = ["device", "form", "language", "session", "theme"];
        assert_eq!(names, kinds.map(|kind| format!("__Host-keyhouse_{kind}")));
        for cookie in &cookies {
            let attributes: Vec<_> = cookie.split("; ").skip(1).collect();
            for expected in ["HttpOnly", "Secure", "SameSite=Lax", "Path=/"] {
                assert!(attributes.contains(&expected), "{cookie}");
            }
            assert!(!cookie.contains("Domain"), "{cookie}");
        }
        assert_eq!(done.header("Strict-Transport-Security"), "max-age=63072000; includeSubDomains");
        // A cookie without the prefix, as a neighbouring host could set it, is nothing here.
        let session = browser.cookies.remove("__Host-keyhouse_session").unwrap();
        browser.cookies.insert("keyhouse_session".to_owned(), session);
        assert!(!flows::is_signed_in(&mut browser).await);
    }

    async fn a_cookie_that_comes_twice_is_worth_nothing(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let mut browser = Browser::new(&site);
        flows::sign_in(&mut browser, EMAIL).await;
        let session = browser.cookies["keyhouse_session"].clone();
        browser.cookies.clear();
        let own = format!("keyhouse_session={session}");
        let planted = format!("keyhouse_session={}", "A".repeat(43));
        for (cookies, expected) in [
            (own.clone(), StatusCode::OK),
            (format!("{own}; {planted}"), StatusCode::SEE_OTHER),
            (format!("{planted}; {own}"), StatusCode::SEE_OTHER),
            (format!("{own}; {own}"), StatusCode::SEE_OTHER),
        ] {
            let answer = browser.request(Method::GET, "/account", &[("Cookie", &cookies)], Vec::new()).await;
            assert_eq!(answer.status, expected, "{cookies}");
        }
    }

    async fn a_cookie_longer_than_any_of_ours_is_none(database) {
        let site = Site::start(database).await;
        for (length, is_known) in [(43, true), (128, true), (129, false)] {
            let cookie = format!("keyhouse_form={}", "A".repeat(length));
            let page = Browser::new(&site).request(Method::GET, "/signin", &[("Cookie", &cookie)], Vec::new()).await;
            assert_eq!(set_cookies(&page).is_empty(), is_known, "{length}");
        }
    }

    async fn a_sign_in_ends_after_a_week_without_use(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let mut browser = Browser::new(&site);
        flows::sign_in(&mut browser, EMAIL).await;
        site.advance(7 * DAY - Duration::from_secs(1));
        assert!(flows::is_signed_in(&mut browser).await);
        site.advance(7 * DAY - Duration::from_secs(1));
        assert!(flows::is_signed_in(&mut browser).await);
        site.advance(7 * DAY);
        assert!(!flows::is_signed_in(&mut browser).await);
    }

    async fn signing_in_to_apps_is_use(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let client = site.client(|_| {}).await;
        let mut browser = Browser::new(&site);
        flows::sign_in(&mut browser, EMAIL).await;
        for _ in 0..3 {
            site.advance(5 * DAY);
            flows::code(&mut browser, &Request::new(&client, "openid")).await;
        }
    }

    async fn a_sign_in_ends_after_thirty_days_however_much_it_is_used(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let mut browser = Browser::new(&site);
        flows::sign_in(&mut browser, EMAIL).await;
        for _ in 0..5 {
            site.advance(5 * DAY);
            assert!(flows::is_signed_in(&mut browser).await);
        }
        site.advance(5 * DAY);
        assert!(!flows::is_signed_in(&mut browser).await);
        let silent = Request::new(&site.client(|_| {}).await, "openid").with("prompt", "none");
        assert_eq!(browser.get(&silent.path()).await.parameter("error").as_deref(), Some("login_required"));
    }

    async fn a_browser_is_forgotten_400_days_after_its_last_sign_in(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let mut browser = flows::minas_browser(&site).await;
        let first = browser.cookies["keyhouse_device"].clone();
        for (days, is_known) in [(399, true), (399, true), (400, false)] {
            site.advance(days * DAY);
            flows::sign_in(&mut browser, EMAIL).await;
            assert_eq!(browser.cookies["keyhouse_device"] == first, is_known, "{days}");
        }
    }

    async fn what_a_browser_calls_itself_is_kept_cut_and_plain(database) {
        let site = Site::start(database).await;
        let (account, mut browser) = (flows::mina(&site).await, Browser::new(&site));
        browser.headers = vec![("User-Agent".to_owned(), format!("A\tB {}", "x".repeat(1000)))];
        flows::sign_in(&mut browser, EMAIL).await;
        let now = site.now();
        let kept = site.app.store.read(move |connection| sessions::of_account(connection, account.id, now)).await.unwrap();
        assert_eq!(kept[0].1.user_agent, format!("AB {}", "x".repeat(253)));
    }

    async fn nothing_is_hung_on_a_sign_in_that_ended_meanwhile(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let mut browser = Browser::new(&site);
        flows::sign_in(&mut browser, EMAIL).await;
        let (cookie, now) = (random::sha256(&browser.cookies["keyhouse_session"]), site.app.clock.now());
        let read = site.app.store.read(move |c| sessions::of_browser(c, &cookie, now)).await.unwrap();
        let (account, id) = (read[0].1.clone(), read[0].0.id);
        let change = move |c: &mut keyhouse::store::Connection| {
            let before = sessions::hold(c, account.id, id, now)?;
            session::end(c, &account, id, Ending::SignOut, now)?;
            Ok((before, sessions::hold(c, account.id, id, now)?))
        };
        assert_eq!(site.app.store.write(change).await.unwrap(), (true, false));
    }

    async fn a_locked_account_is_shut_on_every_path(database) {
        let site = Site::start(database).await;
        let account = flows::mina(&site).await;
        let client = site.client(|_| {}).await;
        let mut browser = Browser::new(&site);
        flows::sign_in(&mut browser, EMAIL).await;
        let tokens = flows::tokens(&site, &mut browser, &client, "openid offline_access").await;
        let (access, refresh) = (tokens["access_token"].as_str().unwrap(), tokens["refresh_token"].as_str().unwrap());
        let request = Request::new(&client, "openid");
        let code = flows::code(&mut browser, &request).await;
        lock(&site, account.id).await;

        assert!(!flows::is_signed_in(&mut browser).await);
        let silent = Request::new(&client, "openid").with("prompt", "none");
        assert_eq!(browser.get(&silent.path()).await.parameter("error").as_deref(), Some("login_required"));
        assert_eq!(flows::redeem(&site, &client, &code, &request.verifier).await.json()["error"], "invalid_grant");
        assert_eq!(flows::refresh(&site, &client, refresh).await.json()["error"], "invalid_grant");
        assert_eq!(flows::userinfo(&site, access).await.status, StatusCode::UNAUTHORIZED);
        let introspected = flows::as_client(&site, "/oauth/introspect", &client, &[("token", access)]).await;
        assert_eq!(introspected.body, r#"{"active":false}"#);

        for name in [EMAIL, account.account_number.as_str()] {
            let mut other = Browser::new(&site);
            let wrong = flows::begin(&mut other, name).await;
            let wrong = flows::password(&mut other, &wrong, "not the password").await;
            assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
            let right = flows::sign_in_from(&mut other, "/signin", name).await;
            assert_shut(&right, &other);
        }
        let mut other = Browser::new(&site);
        let page = flows::code_page(&mut other, "+436605554417").await;
        let right = flows::enter(&mut other, &page, &site.code_to("+436605554417")).await;
        assert_shut(&right, &other);
        site.advance(Duration::from_secs(60));
        let mut other = Browser::new(&site);
        let page = flows::sign_up(&mut other, "+436605554417").await;
        let right = flows::enter(&mut other, &page, &site.code_to("+436605554417")).await;
        assert_shut(&right, &other);
    }
}

#[track_caller]
fn assert_shut(answer: &Answer, browser: &Browser) {
    assert_eq!(answer.status, StatusCode::FORBIDDEN, "{}", answer.body);
    assert!(answer.body.contains("Ask the front desk."), "{}", answer.body);
    assert!(!browser.cookies.contains_key("keyhouse_session"));
}
