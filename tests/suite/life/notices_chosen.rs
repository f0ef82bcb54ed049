//! How to be told what: every address of whatever matters to security, a channel of choice for the rest, and never nothing.

use std::time::Duration;

use keyhouse::store::accounts::Account;
use keyhouse::store::addresses;
use keyhouse::store::events::EventKind;
use keyhouse::store::notices::{self, Notice, NoticeKind};
use reqwest::StatusCode;

use super::news::events_of;
use crate::both;
use crate::harness::Site;
use crate::harness::browser::{Answer, Browser};
use crate::harness::flows;

const EMAIL: &str = "mina@lantern.example";
const PHONE: &str = "+436605554417";
const SETTINGS: &str = "/account/settings";
const PATH: &str = "/account/settings/notices";

async fn choose(browser: &mut Browser, fields: &[(&str, &str)]) -> Answer {
    let page = browser.get(SETTINGS).await;
    browser.submit(&page, PATH, fields).await
}

/// Who is told of something that happens now.
async fn told(site: &Site, account: &Account, kind: NoticeKind) -> Vec<&'static str> {
    let before = [site.notices_to(EMAIL).await.len(), site.notices_to(PHONE).await.len()];
    let (account, now) = (account.clone(), site.now());
    let tell = site.app.store.write(move |connection| notices::tell(connection, &account, &Notice::of(kind), now));
    tell.await.unwrap();
    let mut told = Vec::new();
    for (address, name, before) in [(EMAIL, "email", before[0]), (PHONE, "sms", before[1])] {
        if site.notices_to(address).await.len() > before {
            told.push(name);
        }
    }
    told
}

both! {
    async fn a_choice_narrows_what_may_be_chosen_and_nothing_else(database) {
        let site = Site::start(database).await;
        let account = flows::mina(&site).await;
        let mut browser = flows::minas_browser(&site).await;
        for kind in [NoticeKind::NewDevice, NoticeKind::ExportReady] {
            assert_eq!(told(&site, &account, kind).await, ["email", "sms"]);
        }
        site.advance(Duration::from_secs(1));
        let done = choose(&mut browser, &[("new-device", "email"), ("export-ready", "sms")]).await;
        assert_eq!(done.location().as_deref(), Some("/account/settings?note=notices-saved"), "{}", done.body);
        assert_eq!(events_of(&site, account.id).await[0].kind, EventKind::SettingsChanged);
        for kind in NoticeKind::ALL {
            let expected: &[&str] = match kind {
                NoticeKind::NewDevice => &["email"],
                NoticeKind::ExportReady => &["sms"],
                _ => &["email", "sms"],
            };
            assert_eq!(told(&site, &account, *kind).await, expected, "{kind:?}");
        }
        let page = browser.get(SETTINGS).await;
        assert!(page.body.contains("value=\"email\" checked><label for=\"new-device-email\""), "{}", page.body);
        // A real sign-in on a new device goes the chosen way.
        let before = site.notices_to(PHONE).await.len();
        flows::sign_in(&mut Browser::new(&site), EMAIL).await;
        assert_eq!(site.notices_to(PHONE).await.len(), before);
        choose(&mut browser, &[("new-device", "every")]).await;
        assert_eq!(told(&site, &account, NoticeKind::NewDevice).await, ["email", "sms"]);
        assert_eq!(told(&site, &account, NoticeKind::ExportReady).await, ["sms"], "what a form does not name stays");
    }

    async fn where_the_chosen_address_is_gone_every_other_is_told(database) {
        let site = Site::start(database).await;
        let account = flows::mina(&site).await;
        choose(&mut flows::minas_browser(&site).await, &[("new-device", "sms")]).await;
        assert_eq!(told(&site, &account, NoticeKind::NewDevice).await, ["sms"]);
        let id = account.id;
        let gone = site.app.store.write(move |connection| {
            let email: Vec<_> = addresses::of_account(connection, id)?.into_iter().filter(|own| own.value == EMAIL).collect();
            addresses::release(connection, id)?;
            email.iter().try_for_each(|own| addresses::insert(connection, own))
        });
        gone.await.unwrap();
        assert_eq!(told(&site, &account, NoticeKind::NewDevice).await, ["email"]);
    }

    async fn a_browser_that_was_left_open_cannot_make_the_next_sign_in_quieter(database) {
        let site = Site::start(database).await;
        let account = flows::mina(&site).await;
        let mut browser = flows::minas_browser(&site).await;
        site.advance(Duration::from_secs(3600));
        let refused = choose(&mut browser, &[("new-device", "email")]).await;
        assert_eq!(refused.location().as_deref(), Some("/signin/again?continue=%2Faccount%2Fsettings"));
        assert_eq!(told(&site, &account, NoticeKind::NewDevice).await, ["email", "sms"]);
        let page = browser.follow(refused).await;
        browser.submit(&page, "/signin/password", &[("password", flows::PASSWORD)]).await;
        choose(&mut browser, &[("new-device", "email")]).await;
        assert_eq!(told(&site, &account, NoticeKind::NewDevice).await, ["email"]);
    }

    async fn what_is_no_choice_is_refused(database) {
        let site = Site::start(database).await;
        let account = flows::mina(&site).await;
        let mut browser = flows::minas_browser(&site).await;
        for wrong in [("new-device", "none"), ("new-device", "off"), ("export-ready", "pigeon")] {
            let refused = choose(&mut browser, &[wrong]).await;
            assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{wrong:?}");
        }
        // What there is no choice for is not chosen by naming it.
        choose(&mut browser, &[("password-changed", "email"), ("new-device", "")]).await;
        for kind in [NoticeKind::PasswordChanged, NoticeKind::NewDevice] {
            assert_eq!(told(&site, &account, kind).await, ["email", "sms"]);
        }
    }

    async fn who_has_one_address_has_no_choice(database) {
        let site = Site::start(database).await;
        let mut browser = Browser::new(&site);
        let page = flows::sign_up(&mut browser, PHONE).await;
        let right = flows::enter(&mut browser, &page, &site.code_to(PHONE)).await;
        let page = browser.follow(right).await;
        browser.submit(&page, "/signup/details", &[]).await;
        let page = browser.get(SETTINGS).await;
        assert!(page.form(PATH).is_none() && page.body.contains("How we tell you"), "{}", page.body);
    }
}
