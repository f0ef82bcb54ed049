//! What passkeys mean to everything else that opens or keeps an account: its deletion, a lost password, a changed one, addresses.

use std::time::Duration;

use keyhouse::change;
use keyhouse::store::accounts::Account;
use keyhouse::store::addresses::{self, Address, AddressKind};
use keyhouse::store::events::EventKind;
use reqwest::StatusCode;

use super::authenticator::Authenticator;
use super::{EMAIL, PHONE, UNKNOWN, add, added, assert_refused, events_of, passkeys_of, sessions_of, sign_in, site};
use crate::both;
use crate::harness::browser::{Answer, Browser};
use crate::harness::{Site, flows};
use crate::life::password_steps::{NEW, account, choose, link, opens, proved, sign_in_by_code};

const HOUR: Duration = Duration::from_secs(3600);
const SECURITY: &str = "/account/security";
const PASSWORD: &str = "/account/security/password";
const RECOVERY: &str = "/signin/recovery/password";
const NAME: &str = "Google Password Manager";

/// An account with a number and a password, and nothing else.
async fn phone_only(site: &Site) -> Account {
    account(site, &[(AddressKind::Phone, PHONE)], true).await
}

/// Somebody who has the number adds a passkey of their own.
async fn intrude(site: &Site) -> (Browser, Authenticator) {
    let (mut browser, mut passkey) = (Browser::new(site), Authenticator::synced());
    sign_in_by_code(site, &mut browser, PHONE, "sms", PHONE).await;
    assert_eq!(add(&mut browser, &mut passkey).await.status, StatusCode::SEE_OTHER);
    (browser, passkey)
}

/// The value of the box that strikes a passkey out.
fn box_of(page: &Answer) -> Option<String> {
    let value = page.body.split("name=\"foreign\" value=\"").nth(1)?;
    Some(value.split('"').next().unwrap().to_owned())
}

async fn choose_without(browser: &mut Browser, page: &Answer, foreign: &str) -> Answer {
    browser.submit(page, RECOVERY, &[("password", NEW), ("foreign", foreign)]).await
}

both! {
    async fn an_account_that_is_going_to_be_deleted_is_asked_about_first(database) {
        let site = site(database).await;
        let mina = flows::mina(&site).await;
        let mut passkey = added(&site, EMAIL, Authenticator::synced()).await;
        let mut owner = flows::minas_browser(&site).await;
        let page = owner.get("/account/delete").await;
        owner.submit(&page, "/account/delete", &[("account_id", &mina.account_number), ("understood", "yes")]).await;
        let mut browser = Browser::new(&site);
        let asked = sign_in(&mut browser, &mut passkey).await;
        let to = asked.location().unwrap();
        assert!(to.starts_with("/signin/keep?attempt="), "{to}");
        assert!(!browser.cookies.contains_key("keyhouse_session"), "nobody is signed in by that");
        assert_eq!(Browser::new(&site).get(&to).await.status, StatusCode::GONE, "it is this browser's question");
        let page = browser.get(&to).await;
        assert!(page.body.contains("Mina Farouk"), "{}", page.body);
        let kept = browser.submit(&page, "/signin/keep", &[]).await;
        assert_eq!(kept.location().as_deref(), Some("/account"), "{}", kept.body);
        assert!(flows::is_signed_in(&mut browser).await);
        assert_eq!(sessions_of(&site, &mina).await[0].amr.as_str(), "swk user mfa");
    }

    async fn a_text_message_waits_where_there_has_been_a_passkey_for_long(database) {
        let site = site(database).await;
        let owner = phone_only(&site).await;
        site.advance(HOUR);
        added(&site, PHONE, Authenticator::synced()).await;
        // For now it may be what an intruder made, and holds nobody up.
        let mut browser = Browser::new(&site);
        let page = proved(&site, &mut browser, PHONE, "sms", PHONE).await;
        assert!(page.form(RECOVERY).is_some() && box_of(&page).is_some(), "{}", page.body);
        site.advance(73 * HOUR);
        let page = proved(&site, &mut browser, PHONE, "sms", PHONE).await;
        assert!(page.form(RECOVERY).is_none(), "{}", page.body);
        // It is the passkey that makes it wait, and no e-mail address is offered where there is none.
        assert!(page.body.contains("This account has a passkey"), "{}", page.body);
        assert!(page.form("/signin/recovery/send").is_none(), "{}", page.body);
        let begun = browser.submit(&page, "/signin/recovery/wait", &[]).await;
        assert_eq!(begun.status, StatusCode::SEE_OTHER);
        assert!(opens(&site, PHONE, flows::PASSWORD).await);
        // After the wait, which every address was told of, a passkey that was lost can go too.
        site.advance(72 * HOUR);
        change::carry_out_due(&site.app).await.unwrap();
        let page = proved(&site, &mut browser, PHONE, "sms", PHONE).await;
        let done = choose_without(&mut browser, &page, &box_of(&page).unwrap()).await;
        assert_eq!(done.location().as_deref(), Some("/account"), "{}", done.body);
        assert!(passkeys_of(&site, &owner).await.is_empty());
    }

    async fn what_an_intruder_made_is_seen_and_struck_out(database) {
        let site = site(database).await;
        let owner = phone_only(&site).await;
        site.advance(30 * 24 * HOUR);
        let (mut thief, mut theirs) = intrude(&site).await;
        site.advance(HOUR);
        let mut browser = Browser::new(&site);
        let page = proved(&site, &mut browser, PHONE, "sms", PHONE).await;
        assert!(page.body.contains("These passkeys open your account too") && page.body.contains(NAME), "{}", page.body);
        // A password that is refused forgets no tick.
        let tick = box_of(&page).unwrap();
        let again = browser.submit(&page, RECOVERY, &[("password", "short"), ("foreign", &tick)]).await;
        assert_refused(&again, &format!("value=\"{tick}\" checked"));
        let done = choose_without(&mut browser, &again, &tick).await;
        assert_eq!(done.location().as_deref(), Some("/account"), "{}", done.body);
        assert!(passkeys_of(&site, &owner).await.is_empty());
        assert!(!flows::is_signed_in(&mut thief).await);
        assert_refused(&sign_in(&mut thief, &mut theirs).await, UNKNOWN);
        assert!(events_of(&site, &owner).await.contains(&EventKind::PasskeyRemoved));
        assert!(site.notices_to(PHONE).await.iter().any(|told| told.text.contains("A passkey of your account was removed")));
    }

    async fn what_is_not_ticked_stays(database) {
        let site = site(database).await;
        let owner = flows::mina(&site).await;
        let mut passkey = added(&site, EMAIL, Authenticator::synced()).await;
        let mut browser = Browser::new(&site);
        let page = proved(&site, &mut browser, EMAIL, "email", EMAIL).await;
        choose(&mut browser, &page, NEW).await;
        assert!(opens(&site, EMAIL, NEW).await);
        assert_eq!(passkeys_of(&site, &owner).await.len(), 1);
        assert_eq!(sign_in(&mut Browser::new(&site), &mut passkey).await.status, StatusCode::SEE_OTHER);
    }

    async fn an_address_of_a_moment_ago_strikes_out_no_passkey_of_long(database) {
        let site = site(database).await;
        let owner = phone_only(&site).await;
        added(&site, PHONE, Authenticator::synced()).await;
        site.advance(73 * HOUR);
        // The thief of the number gave the account an e-mail address of their own.
        let (id, now) = (owner.id, site.now());
        let address = Address { account_id: id, kind: AddressKind::Email, value: "thief@evil.example".to_owned(), is_main: true, verified_at: now };
        assert!(site.app.store.write(move |connection| addresses::claim(connection, &address)).await.unwrap());
        let mut thief = Browser::new(&site);
        let page = proved(&site, &mut thief, "thief@evil.example", "email", "thief@evil.example").await;
        assert!(page.body.contains(NAME) && box_of(&page).is_none(), "{}", page.body);
        let key = keyhouse::security::random::encode(passkeys_of(&site, &owner).await[0].id.to_be_bytes());
        let refused = choose_without(&mut thief, &page, &key).await;
        assert_eq!(refused.status, StatusCode::GONE, "{}", refused.body);
        site.advance(HOUR);
        let page = proved(&site, &mut Browser::new(&site), "thief@evil.example", "email", "thief@evil.example").await;
        assert!(page.form(RECOVERY).is_some());
        assert_eq!(passkeys_of(&site, &owner).await.len(), 1);
        assert!(opens(&site, PHONE, flows::PASSWORD).await, "all of it or nothing");
    }

    async fn a_changed_password_shows_what_else_opens_the_account(database) {
        let site = site(database).await;
        flows::mina(&site).await;
        added(&site, EMAIL, Authenticator::synced()).await;
        let mut browser = flows::minas_browser(&site).await;
        let list = browser.get(SECURITY).await.body;
        assert!(list.contains(NAME) && list.contains("href=\"/account/security/passkeys\""), "{list}");
        assert!(!list.contains("still let you in"));
        let page = browser.get(PASSWORD).await;
        assert!(page.body.contains(NAME) && page.body.contains("A new password leaves your passkeys as they are"), "{}", page.body);
        let done = browser.submit(&page, PASSWORD, &[("password", NEW)]).await;
        let page = browser.follow(done).await;
        assert!(page.body.contains("Your passkeys below still let you in") && page.body.contains(NAME), "{}", page.body);
    }

    async fn a_passkey_of_a_moment_ago_replaces_no_password(database) {
        let site = site(database).await;
        flows::mina(&site).await;
        site.advance(30 * 24 * HOUR);
        let (mut thief, mut theirs) = intrude(&site).await;
        sign_in(&mut thief, &mut theirs).await;
        let page = thief.get(PASSWORD).await;
        assert!(page.form(PASSWORD).is_none(), "{}", page.body);
        let (_, form) = thief.get("/account/settings").await.form("/account/settings").unwrap();
        let csrf = form.into_iter().find(|(name, _)| name == "csrf").unwrap().1;
        thief.post(PASSWORD, &[("csrf", &csrf), ("password", NEW)]).await;
        assert!(opens(&site, EMAIL, flows::PASSWORD).await && !opens(&site, EMAIL, NEW).await);
        // One that has been there for long does.
        site.advance(73 * HOUR);
        sign_in(&mut thief, &mut theirs).await;
        let page = thief.get(PASSWORD).await;
        thief.submit(&page, PASSWORD, &[("password", NEW)]).await;
        assert!(opens(&site, EMAIL, NEW).await);
    }

    async fn a_passkey_takes_an_address_away_once_it_has_been_there_for_long(database) {
        let site = site(database).await;
        let owner = flows::mina(&site).await;
        site.advance(30 * 24 * HOUR);
        let (mut thief, mut theirs) = intrude(&site).await;
        for is_old in [false, true] {
            if is_old {
                site.advance(73 * HOUR);
            }
            sign_in(&mut thief, &mut theirs).await;
            let path = link(&thief.get(SECURITY).await, "/account/security/remove/");
            let page = thief.get(&path).await;
            let form = page.form(&path);
            assert_eq!(form.is_some(), is_old, "{}", page.body);
            if form.is_some() {
                thief.submit(&page, &path, &[]).await;
            }
            let id = owner.id;
            let left = site.app.store.read(move |connection| addresses::of_account(connection, id)).await.unwrap().len();
            assert_eq!(left, if is_old { 1 } else { 2 });
        }
    }
}
