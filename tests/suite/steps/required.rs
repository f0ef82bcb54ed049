//! The operator asks everybody for a second step.

use std::time::Duration;

use keyhouse::session;
use keyhouse::store::totps;
use reqwest::StatusCode;

use super::{Authenticator, EMAIL, PHONE, change, leads_to, live_sessions, shown_codes};
use crate::both;
use crate::harness::Site;
use crate::harness::browser::Browser;
use crate::harness::flows::{self, Request};

const REQUIRED: (&str, &str) = ("KEYHOUSE_SIGNIN__TWO_STEP", "required");
const NO_CODES: (&str, &str) = ("KEYHOUSE_SIGNIN__SECOND_BY_SMS", "false");

both! {
    async fn who_has_no_second_step_sets_one_up_before_the_sign_in_begins(database) {
        let site = Site::with(database, &[REQUIRED, NO_CODES]).await;
        let account = flows::mina(&site).await;
        let client = site.client(|_| {}).await;
        let request = Request::new(&client, "openid");
        let mut browser = Browser::new(&site);
        let half = flows::sign_in_from(&mut browser, &request.path(), EMAIL).await;
        leads_to(&half, "/signin/enrol?attempt=");
        // Nothing is open before it is done, whatever address is typed.
        for page in ["/account", "/account/security/totp", "/device", &request.path()] {
            leads_to(&browser.get(page).await, "/signin?continue=");
        }
        assert!(live_sessions(&site, &account).await.is_empty());
        let page = browser.follow(half).await;
        let app = Authenticator::scan(&page);
        let wrong = browser.submit(&page, "/signin/enrol", &[("code", &app.wrong(&site))]).await;
        wrong.assert_page(StatusCode::UNPROCESSABLE_ENTITY);
        assert!(live_sessions(&site, &account).await.is_empty());
        // An app is found and installed in this time.
        site.advance(Duration::from_secs(14 * 60));
        let done = browser.submit(&page, "/signin/enrol", &[("code", &app.code(&site))]).await;
        done.assert_page(StatusCode::OK);
        assert_eq!(shown_codes(&done).len(), 10);
        assert_eq!(live_sessions(&site, &account).await[0].amr.as_str(), "pwd otp mfa");
        // The way on leads to the app.
        let on = done.body.split("href=\"").find(|part| part.starts_with("/oauth/authorize/")).unwrap();
        let on = browser.get(on.split('"').next().unwrap()).await;
        assert!(on.parameter("code").is_some(), "{:?} {}", on.location(), on.body);
        // The form is over, and the next sign-in asks for the app.
        let over = browser.submit(&page, "/signin/enrol", &[("code", &app.code(&site))]).await;
        assert_eq!(over.status, StatusCode::GONE);
        let half = flows::sign_in_from(&mut Browser::new(&site), "/signin", EMAIL).await;
        leads_to(&half, "/signin/second?attempt=");
    }

    async fn a_new_account_sets_one_up_too(database) {
        let site = Site::with(database, &[REQUIRED]).await;
        let mut browser = Browser::new(&site);
        let page = flows::sign_up(&mut browser, "new@lantern.example").await;
        let details = flows::enter(&mut browser, &page, &site.code_to("new@lantern.example")).await;
        let page = browser.follow(details).await;
        let half = browser.submit(&page, "/signup/details", &[("name", "Mina Farouk")]).await;
        leads_to(&half, "/signin/enrol?attempt=");
        assert!(!flows::is_signed_in(&mut browser).await);
        let page = browser.follow(half).await;
        let app = Authenticator::scan(&page);
        browser.submit(&page, "/signin/enrol", &[("code", &app.code(&site))]).await.assert_page(StatusCode::OK);
        assert!(flows::is_signed_in(&mut browser).await);
    }

    async fn a_password_and_a_text_message_do_where_the_operator_lets_them(database) {
        let site = Site::with(database, &[REQUIRED]).await;
        let account = flows::mina(&site).await;
        let mut browser = Browser::new(&site);
        let half = flows::sign_in_from(&mut browser, "/signin", EMAIL).await;
        let page = browser.follow(half).await;
        assert!(page.body.contains("Text a code to") && !page.body.contains("E-mail a code to"), "{}", page.body);
        let sent = browser.submit(&page, "/signin/code/send", &[("channel", "sms")]).await;
        let code_page = browser.follow(sent).await;
        assert!(code_page.body.contains("Another way"));
        let done = flows::enter(&mut browser, &code_page, &site.code_to(PHONE)).await;
        assert_eq!(done.location().as_deref(), Some("/account"), "{}", done.body);
        assert_eq!(live_sessions(&site, &account).await[0].amr.as_str(), "pwd otp sms mfa");
        // The other way round: a code first, then the password.
        let mut browser = Browser::new(&site);
        site.advance(Duration::from_secs(61));
        let page = flows::code_page(&mut browser, PHONE).await;
        let half = flows::enter(&mut browser, &page, &site.code_to(PHONE)).await;
        let page = browser.follow(half).await;
        let link = page.body.split("href=\"").find(|part| part.starts_with("/signin/password?")).unwrap();
        let page = browser.get(link.split('"').next().unwrap()).await;
        assert!(page.form("/signin/code/send").is_none(), "{}", page.body);
        let done = flows::password(&mut browser, &page, flows::PASSWORD).await;
        assert_eq!(done.location().as_deref(), Some("/account"), "{}", done.body);
    }

    async fn one_code_and_another_are_one_factor(database) {
        let site = Site::with(database, &[REQUIRED]).await;
        flows::mina(&site).await;
        let mut browser = Browser::new(&site);
        let start = flows::begin(&mut browser, PHONE).await;
        let code_page = flows::send_code(&mut browser, &start).await;
        let half = flows::enter(&mut browser, &code_page, &site.code_to(PHONE)).await;
        leads_to(&half, "/signin/second?attempt=");
        let page = browser.follow(half).await;
        assert!(page.form("/signin/code/send").is_none(), "{}", page.body);
        // The very same code, and the same address once more, prove nothing new.
        let again = flows::enter(&mut browser, &code_page, &site.code_to(PHONE)).await;
        assert!(again.location().is_none_or(|to| to.starts_with("/signin/second")), "{:?}", again.location());
        assert!(!flows::is_signed_in(&mut browser).await);
    }

    async fn sign_ins_from_before_are_asked_at_their_next_use(database) {
        let before = Site::start(database).await;
        let account = flows::mina(&before).await;
        let client = before.client(|_| {}).await;
        let browser = flows::minas_browser(&before).await;
        let site = before.node_with(&[REQUIRED, NO_CODES]).await.unwrap();
        let mut browser = browser.moved_to(&site);
        for page in ["/account", "/account/devices"] {
            let to = format!("/signin/second?continue={}", page.replace('/', "%2F"));
            assert_eq!(browser.get(page).await.location().as_deref(), Some(to.as_str()));
        }
        leads_to(&browser.get("/device?user_code=BCDF-GHJK").await, "/signin/second?continue=%2Fdevice%3Fuser_code%3DBCDF-GHJK");
        let request = Request::new(&client, "openid");
        let silent = request.clone().with("prompt", "none");
        browser.get(&silent.path()).await.assert_error("login_required");
        let half = browser.get(&request.path()).await;
        leads_to(&half, "/signin/second?continue=");
        let page = browser.follow(half).await;
        let app = Authenticator::scan(&page);
        let done = browser.submit(&page, "/signin/enrol", &[("code", &app.code(&site))]).await;
        done.assert_page(StatusCode::OK);
        assert!(flows::is_signed_in(&mut browser).await);
        assert!(browser.get(&request.path()).await.parameter("code").is_some());
        let sessions = live_sessions(&site, &account).await;
        assert_eq!((sessions.len(), sessions[0].amr.as_str()), (1, "pwd otp mfa"));
    }

    async fn of_two_tabs_that_set_one_up_one_does(database) {
        let site = Site::with(database, &[REQUIRED, NO_CODES]).await;
        let account = flows::mina(&site).await;
        let mut tabs = Vec::new();
        for _ in 0..2 {
            let mut browser = Browser::new(&site);
            let half = flows::sign_in_from(&mut browser, "/signin", EMAIL).await;
            let page = browser.follow(half).await;
            let app = Authenticator::scan(&page);
            let code = app.code(&site);
            tabs.push((browser, page, code));
        }
        let tries = tabs.iter_mut().map(|(browser, page, code)| async move {
            browser.submit(page, "/signin/enrol", &[("code", code)]).await
        });
        let answers = futures_util::future::join_all(tries).await;
        let made: Vec<usize> = (0..2).filter(|tab| shown_codes(&answers[*tab]).len() == 10).collect();
        assert_eq!(made.len(), 1);
        assert!(answers.iter().all(|answer| answer.status.as_u16() < 500));
        let id = account.id;
        assert!(change(&site, move |connection| totps::of_account(connection, id)).await.is_some());
        assert_eq!(live_sessions(&site, &account).await.len(), 1);
    }

    async fn nothing_is_switched_off_there(database) {
        let site = Site::with(database, &[REQUIRED, NO_CODES]).await;
        flows::mina(&site).await;
        let mut browser = Browser::new(&site);
        let half = flows::sign_in_from(&mut browser, "/signin", EMAIL).await;
        let page = browser.follow(half).await;
        let app = Authenticator::scan(&page);
        browser.submit(&page, "/signin/enrol", &[("code", &app.code(&site))]).await;
        let shown = browser.get("/account/security/two-step").await;
        assert!(shown.body.contains("asks everybody for a second step") && !shown.body.contains("two-step/off"), "{}", shown.body);
    }

    async fn setting_one_up_takes_no_longer_by_more_of_the_first_kind(database) {
        let site = Site::with(database, &[REQUIRED, NO_CODES]).await;
        let account = flows::mina(&site).await;
        let mut browser = Browser::new(&site);
        let start = flows::begin(&mut browser, PHONE).await;
        let code_page = flows::send_code(&mut browser, &start).await;
        leads_to(&flows::password(&mut browser, &start, flows::PASSWORD).await, "/signin/enrol?attempt=");
        site.advance(Duration::from_secs(9 * 60));
        let half = flows::enter(&mut browser, &code_page, &site.code_to(PHONE)).await;
        leads_to(&half, "/signin/enrol?attempt=");
        let page = browser.follow(half).await;
        let app = Authenticator::scan(&page);
        site.advance(Duration::from_secs(6 * 60));
        let late = browser.submit(&page, "/signin/enrol", &[("code", &app.code(&site))]).await;
        leads_to(&late, "/signin?continue=");
        assert!(live_sessions(&site, &account).await.is_empty());
    }

    async fn a_sign_in_that_has_ended_sets_none_up(database) {
        let before = Site::start(database).await;
        let account = flows::mina(&before).await;
        let browser = flows::minas_browser(&before).await;
        let site = before.node_with(&[REQUIRED, NO_CODES]).await.unwrap();
        let mut browser = browser.moved_to(&site);
        let half = browser.get("/account").await;
        let page = browser.follow(half).await;
        let app = Authenticator::scan(&page);
        let (own, now) = (account.clone(), site.now());
        change(&site, move |connection| session::end_all(connection, &own, None, now)).await;
        // Whoever had that browser, and was signed out from afar, leaves no app behind.
        let late = browser.submit(&page, "/signin/enrol", &[("code", &app.code(&site))]).await;
        assert_eq!(late.status, StatusCode::GONE, "{}", late.body);
        let id = account.id;
        assert!(change(&site, move |connection| totps::of_account(connection, id)).await.is_none());
        assert!(live_sessions(&site, &account).await.is_empty());
    }
}
