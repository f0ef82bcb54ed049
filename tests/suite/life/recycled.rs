//! Numbers are given to other people: a code to one opens no account that nobody has used for half a year.

use std::time::Duration;

use futures_util::future::join;
use keyhouse::store::accounts::Account;
use keyhouse::store::addresses::AddressKind;
use keyhouse::store::changes::ChangeKind;
use reqwest::StatusCode;

use super::steps::*;
use crate::both;
use crate::harness::Site;
use crate::harness::browser::{Answer, Browser};
use crate::harness::flows::{self, Request};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const SIGNED_IN: &str = "keyhouse_session";

/// mina has not been here for 181 days.
async fn dormant(site: &Site) -> Account {
    let account = flows::mina(site).await;
    flows::minas_browser(site).await;
    site.advance(DAY * 181);
    account
}

/// Proves the number; gives the page that follows, which is no sign-in.
async fn prove(site: &Site, browser: &mut Browser) -> Answer {
    let page = flows::code_page(browser, PHONE).await;
    let right = flows::enter(browser, &page, &site.code_to(PHONE)).await;
    assert!(right.location().unwrap().starts_with("/signin/recycled?"), "{:?} {}", right.location(), right.body);
    let page = browser.follow(right).await;
    page.assert_page(StatusCode::OK);
    page
}

fn attempt_of(page: &Answer) -> String {
    let (_, fields) = page.form("/signin/password").unwrap();
    fields.into_iter().find(|(name, _)| name == "attempt").unwrap().1
}

/// Makes an account of one's own from that page; gives the answer to the last post.
async fn make(browser: &mut Browser, page: &Answer, password: &str) -> Answer {
    let details = browser.get(&format!("/signup/details?attempt={}", attempt_of(page))).await;
    let fields = [("name", "Somebody New"), ("terms", "yes"), ("password", password)];
    browser.submit(&details, "/signup/details", &fields).await
}

/// Somebody with the number has made an account of their own, which waits for it.
async fn moving(site: &Site) -> (Account, Browser) {
    let old = dormant(site).await;
    let mut browser = Browser::new(site);
    let page = prove(site, &mut browser).await;
    let made = make(&mut browser, &page, "").await;
    assert_eq!(made.location().as_deref(), Some("/signup/second?continue=%2Faccount"), "{}", made.body);
    (old, browser)
}

#[track_caller]
fn assert_tells_nothing(page: &Answer) {
    for secret in ["Mina", EMAIL, "m•••", "lantern.example\""] {
        assert!(!page.body.contains(secret), "tells {secret}: {}", page.body);
    }
}

both! {
    async fn a_code_alone_opens_no_account_that_sleeps(database) {
        let site = Site::start(database).await;
        let old = dormant(&site).await;
        let mut stranger = Browser::new(&site);
        let page = prove(&site, &mut stranger).await;
        assert_tells_nothing(&page);
        assert!(!stranger.cookies.contains_key(SIGNED_IN));
        // Not by walking on, either.
        let attempt = attempt_of(&page);
        for path in ["/signin/code", "/signin/password"] {
            stranger.get(&format!("{path}?attempt={attempt}")).await;
        }
        assert!(!flows::is_signed_in(&mut stranger).await);
        let (_, fields) = page.form("/signin/password").unwrap();
        let csrf = &fields.iter().find(|(name, _)| name == "csrf").unwrap().1;
        let nothing_waits = stranger.post("/signin/recycled", &[("csrf", csrf), ("attempt", &attempt)]).await;
        assert_eq!(nothing_waits.status, StatusCode::GONE);
        let guessed = flows::password(&mut stranger, &page, "wrong horse battery").await;
        guessed.assert_page(StatusCode::UNPROCESSABLE_ENTITY);
        assert_tells_nothing(&guessed);
        assert_eq!(values(&site, &old).await, [PHONE, EMAIL]);
    }

    async fn one_day_less_and_it_does(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        flows::minas_browser(&site).await;
        site.advance(DAY * 180);
        let mut browser = Browser::new(&site);
        let page = flows::code_page(&mut browser, PHONE).await;
        let right = flows::enter(&mut browser, &page, &site.code_to(PHONE)).await;
        assert_eq!(right.location().as_deref(), Some("/account"), "{}", right.body);
    }

    async fn what_an_app_does_with_the_account_is_use_too(database) {
        let settings = [("KEYHOUSE_TOKENS__REFRESH_ABSOLUTE_DAYS", "400"), ("KEYHOUSE_TOKENS__REFRESH_IDLE_DAYS", "120")];
        let site = Site::with(database, &settings).await;
        flows::mina(&site).await;
        let mut browser = flows::minas_browser(&site).await;
        let client = site.client(|_| {}).await;
        let tokens = flows::tokens(&site, &mut browser, &client, "openid offline_access").await;
        let mut refresh = tokens["refresh_token"].as_str().unwrap().to_owned();
        for _ in 0..2 {
            site.advance(DAY * 95);
            let answer = flows::refresh(&site, &client, &refresh).await;
            assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
            refresh = answer.text("refresh_token");
        }
        let mut other = Browser::new(&site);
        let page = flows::code_page(&mut other, PHONE).await;
        let right = flows::enter(&mut other, &page, &site.code_to(PHONE)).await;
        assert_eq!(right.location().as_deref(), Some("/account"), "190 days without a sign-in, but not without use");
    }

    async fn a_second_proof_opens_it_and_wakes_it(database) {
        let site = Site::start(database).await;
        dormant(&site).await;
        let mut owner = Browser::new(&site);
        let page = prove(&site, &mut owner).await;
        let done = flows::password(&mut owner, &page, flows::PASSWORD).await;
        assert_eq!(done.location().as_deref(), Some("/account"), "{}", done.body);
        // From now on a code is enough again.
        site.advance(Duration::from_secs(60));
        by_code(&site, PHONE).await;
    }

    async fn so_does_a_code_to_another_address(database) {
        let site = Site::start(database).await;
        let old = dormant(&site).await;
        let mut owner = Browser::new(&site);
        let page = prove(&site, &mut owner).await;
        let next = press(&mut owner, &page, "/signin", &[("identifier", EMAIL)]).await;
        let page = owner.follow(next).await;
        let page = flows::send_code(&mut owner, &page).await;
        let done = flows::enter(&mut owner, &page, &site.code_to(EMAIL)).await;
        assert_eq!(done.location().as_deref(), Some("/account"), "{}", done.body);
        assert!(owner.get("/account").await.body.contains(&keyhouse::identifier::grouped(&old.account_number)));
    }

    async fn every_path_that_a_text_message_opens_asks(database) {
        let site = Site::start(database).await;
        let old = dormant(&site).await;
        let client = site.client(|_| {}).await;
        let mut app = Browser::new(&site);
        let asked = app.get(&Request::new(&client, "openid").path()).await;
        let from_app = asked.location().unwrap();
        for (begin, identifier) in [
            ("/signin?continue=%2Fdevice", PHONE),
            (from_app.as_str(), PHONE),
            ("/signin", &old.account_number),
            ("/signin", EMAIL),
        ] {
            site.advance(Duration::from_secs(61));
            let mut stranger = if begin == from_app { app.clone() } else { Browser::new(&site) };
            let page = stranger.get(begin).await;
            let page = stranger.follow(page).await;
            let next = stranger.submit(&page, "/signin", &[("identifier", identifier)]).await;
            let page = stranger.follow(next).await;
            let sent = stranger.submit(&page, "/signin/code/send", &[("channel", "sms")]).await;
            let page = stranger.follow(sent).await;
            let right = flows::enter(&mut stranger, &page, &site.code_to(PHONE)).await;
            assert!(right.location().unwrap().starts_with("/signin/recycled?"), "{begin} {identifier}: {}", right.body);
            assert!(!stranger.cookies.contains_key(SIGNED_IN), "{begin}");
        }
        // Sign-up with the number.
        site.advance(Duration::from_secs(61));
        let mut stranger = Browser::new(&site);
        let page = flows::sign_up(&mut stranger, PHONE).await;
        let right = flows::enter(&mut stranger, &page, &site.code_to(PHONE)).await;
        assert!(right.location().unwrap().starts_with("/signin/recycled?"), "{}", right.body);
    }

    async fn the_number_moves_after_72_hours_and_nothing_else(database) {
        let site = Site::start(database).await;
        let (old, mut new) = moving(&site).await;
        assert!(flows::is_signed_in(&mut new).await);
        assert_eq!(values(&site, &old).await, [PHONE, EMAIL], "not yet");
        assert_eq!(waiting_kinds(&site, &old).await, [ChangeKind::Move]);
        assert!(says(&site, EMAIL, "will belong to another account").await);
        assert!(told(&site, PHONE).await.iter().all(|text| !text.contains("another account")), "the number is somebody else's");
        wait(&site, HOURS_72 - Duration::from_secs(1)).await;
        assert_eq!(owner(&site, AddressKind::Phone, PHONE).await, Some(old.id));
        wait(&site, Duration::from_secs(1)).await;
        let receiver = owner(&site, AddressKind::Phone, PHONE).await.unwrap();
        assert_ne!(receiver, old.id);
        assert_eq!(values(&site, &old).await, [EMAIL]);
        assert!(told(&site, EMAIL).await.iter().any(|text| text.contains("now belongs to another account")));
        assert!(says(&site, PHONE, "can now be used to sign in").await);
        // The number opens the new account, the mail address the old one; nothing was merged.
        let mut by_number = by_code(&site, PHONE).await;
        assert!(by_number.get("/account").await.body.contains("Somebody New"));
        let mut by_mail = by_code(&site, EMAIL).await;
        assert!(by_mail.get("/account").await.body.contains("Mina Farouk"));
    }

    async fn the_old_account_stops_it_from_the_notice(database) {
        let site = Site::start(database).await;
        let (old, _) = moving(&site).await;
        let link = link(&site, EMAIL).await;
        let mut owner = Browser::new(&site);
        let page = owner.get(&link).await;
        assert!(!page.body.contains("Somebody New"), "{}", page.body);
        let stopped = owner.submit(&page, &link, &[("decision", "stop")]).await;
        stopped.assert_page(StatusCode::OK);
        wait(&site, HOURS_72).await;
        assert_eq!(values(&site, &old).await, [PHONE, EMAIL]);
    }

    async fn a_sign_in_by_another_proof_calls_it_off(database) {
        let site = Site::start(database).await;
        let (old, _) = moving(&site).await;
        flows::minas_browser(&site).await;
        assert!(waiting(&site, &old).await.is_empty());
        assert!(told(&site, EMAIL).await.iter().any(|text| text.contains("will not happen")));
        wait(&site, HOURS_72).await;
        assert_eq!(values(&site, &old).await, [PHONE, EMAIL]);
        // The owner is back: a code is enough again.
        by_code(&site, PHONE).await;
    }

    async fn whoever_waits_for_the_number_may_go_on_meanwhile(database) {
        let site = Site::start(database).await;
        let (old, _) = moving(&site).await;
        site.advance(DAY);
        let mut again = Browser::new(&site);
        let page = prove(&site, &mut again).await;
        assert_tells_nothing(&page);
        assert!(!page.body.contains("Somebody New") && !page.body.contains("Create a new account"), "{}", page.body);
        let done = again.submit(&page, "/signin/recycled", &[]).await;
        assert_eq!(done.location().as_deref(), Some("/account"), "{}", done.body);
        assert!(again.get("/account").await.body.contains("Somebody New"));
        assert_eq!(waiting_kinds(&site, &old).await, [ChangeKind::Move], "it still waits");
    }

    async fn of_two_new_accounts_one_gets_the_number(database) {
        let site = Site::start(database).await;
        let old = dormant(&site).await;
        let (mut one, mut other) = (Browser::new(&site), Browser::new(&site));
        let first = prove(&site, &mut one).await;
        site.advance(Duration::from_secs(61));
        let second = prove(&site, &mut other).await;
        let (a, b) = join(make(&mut one, &first, ""), make(&mut other, &second, "")).await;
        let mut led = [a.location().unwrap_or(a.body), b.location().unwrap_or(b.body)];
        led.sort();
        assert_eq!(led, ["/signin?continue=%2Faccount", "/signup/second?continue=%2Faccount"]);
        assert_eq!(waiting_kinds(&site, &old).await, [ChangeKind::Move]);
    }

    async fn an_account_that_exists_may_ask_for_the_number_too(database) {
        let site = Site::start(database).await;
        let old = dormant(&site).await;
        let jonas = flows::jonas(&site).await;
        let mut browser = Browser::new(&site);
        flows::sign_in(&mut browser, "jonas@lantern.example").await;
        let asked = add(&site, &mut browser, PHONE).await;
        assert_note(&asked, "moves");
        assert_eq!(owner(&site, AddressKind::Phone, PHONE).await, Some(old.id));
        wait(&site, HOURS_72).await;
        assert_eq!(owner(&site, AddressKind::Phone, PHONE).await, Some(jonas.id));
        assert_eq!(owned(&site, &jonas).await.iter().filter(|own| own.is_main).count(), 2, "one of each kind");
    }

    async fn it_does_not_move_to_an_account_whose_changes_are_stopped(database) {
        let site = Site::start(database).await;
        let old = dormant(&site).await;
        let jonas = flows::jonas(&site).await;
        let mut browser = Browser::new(&site);
        flows::sign_in(&mut browser, "jonas@lantern.example").await;
        assert_note(&add(&site, &mut browser, PHONE).await, "moves");
        site.advance(Duration::from_secs(60));
        // Somebody takes an address of his away; he says at once that it was not him.
        let mut thief = Browser::new(&site);
        flows::sign_in(&mut thief, "jonas@lantern.example").await;
        assert_note(&remove(&mut thief, "+436605554418").await, "removed");
        let link = link(&site, "+436605554418").await;
        let mut owner_of_it = Browser::new(&site);
        let page = owner_of_it.get(&link).await;
        owner_of_it.submit(&page, &link, &[("decision", "not-me")]).await;
        assert_eq!(waiting_kinds(&site, &old).await, [ChangeKind::Move]);
        wait(&site, HOURS_72 - Duration::from_secs(60)).await;
        assert!(waiting(&site, &old).await.is_empty(), "it was due");
        assert_eq!(owner(&site, AddressKind::Phone, PHONE).await, Some(old.id));
        assert_eq!(values(&site, &jonas).await, ["jonas@lantern.example"]);
    }

    async fn a_number_that_is_in_use_does_not_move(database) {
        let site = Site::start(database).await;
        let mina = mina(&site).await;
        flows::jonas(&site).await;
        let mut browser = Browser::new(&site);
        flows::sign_in(&mut browser, "jonas@lantern.example").await;
        assert_note(&add(&site, &mut browser, PHONE).await, "taken");
        assert!(waiting(&site, &mina).await.is_empty());
    }
}
