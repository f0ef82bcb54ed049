//! Removing a passkey: with a proof that is strong enough, never the last way in, and with all that it opened.

use std::time::Duration;

use keyhouse::store::accounts::Account;
use keyhouse::store::changes::{self, Change, ChangeKind};
use keyhouse::store::events::EventKind;
use reqwest::StatusCode;

use super::authenticator::Authenticator;
use super::{EMAIL, LIST, PHONE, UNKNOWN, add, added, assert_refused, events_of, making, passkeys_of, sign_in, site};
use crate::both;
use crate::harness::browser::{Answer, Browser};
use crate::harness::{Site, flows};

/// The address of the page that asks, for the passkey in this place of the list.
async fn question(browser: &mut Browser, place: usize) -> String {
    let list = browser.get(LIST).await;
    let links = list.body.split("href=\"").skip(1).map(|rest| rest.split('"').next().unwrap());
    links.filter(|path| path.ends_with("/remove")).nth(place).unwrap_or_else(|| panic!("{}", list.body)).to_owned()
}

async fn remove(browser: &mut Browser, place: usize) -> Answer {
    let path = question(browser, place).await;
    let page = browser.get(&path).await;
    page.assert_page(StatusCode::OK);
    browser.submit(&page, &path, &[]).await
}

/// Signs in by a code and nothing else.
async fn by_code(site: &Site, address: &str) -> Browser {
    let mut browser = Browser::new(site);
    let page = flows::code_page(&mut browser, address).await;
    let done = flows::enter(&mut browser, &page, &site.code_to(address)).await;
    assert_eq!(done.location().as_deref(), Some("/account"), "{}", done.body);
    browser
}

/// Takes everything else away that would let the person in.
async fn only_passkeys(site: &Site, account: &Account) {
    let id = account.id;
    let write = site.app.store.write(move |connection| {
        use diesel::RunQueryDsl;
        diesel::sql_query(format!("DELETE FROM passwords WHERE account_id = {id}")).execute(connection)?;
        keyhouse::store::addresses::release(connection, id)
    });
    write.await.unwrap();
}

const REMOVED: Option<&str> = Some("/account/security/passkeys?note=removed");
const TOO_LITTLE: &str = "A text message is not enough for this";

both! {
    async fn it_goes_with_every_other_sign_in_and_grant(database) {
        let site = site(database).await;
        let account = flows::mina(&site).await;
        let client = site.client(|_| {}).await;
        let mut passkey = added(&site, EMAIL, Authenticator::synced()).await;
        let mut thief = Browser::new(&site);
        sign_in(&mut thief, &mut passkey).await;
        let tokens = flows::tokens(&site, &mut thief, &client, "openid offline_access").await;
        let waiting = Change {
            account_id: account.id, id: 7, kind: ChangeKind::Replacement, details: Default::default(),
            due_at: Some(site.now().plus(Duration::from_secs(3600))), created_at: site.now(), expires_at: site.now().plus(Duration::from_secs(7200)),
        };
        site.app.store.write(move |connection| changes::insert(connection, &waiting)).await.unwrap();
        let mut owner = flows::minas_browser(&site).await;
        assert_eq!(remove(&mut owner, 0).await.location().as_deref(), REMOVED);
        assert!(flows::is_signed_in(&mut owner).await);
        assert!(!flows::is_signed_in(&mut thief).await);
        let refused = flows::refresh(&site, &client, tokens["refresh_token"].as_str().unwrap()).await;
        assert_eq!(refused.json()["error"], "invalid_grant");
        let (id, now) = (account.id, site.now());
        assert_eq!(site.app.store.read(move |c| changes::of_account(c, id, now)).await.unwrap().len(), 0);
        assert_eq!(passkeys_of(&site, &account).await.len(), 0);
        assert_refused(&sign_in(&mut thief, &mut passkey).await, UNKNOWN);
        assert!(events_of(&site, &account).await.contains(&EventKind::PasskeyRemoved));
        for address in [EMAIL, PHONE] {
            let told = site.notices_to(address).await;
            assert!(told.iter().any(|notice| notice.text.contains("A passkey of your account was removed")), "{address}");
        }
        assert!(owner.get(LIST).await.body.contains("data-passkey-accepted=\"\""));
    }

    async fn a_proof_of_long_ago_is_not_enough(database) {
        let site = site(database).await;
        let account = flows::mina(&site).await;
        added(&site, EMAIL, Authenticator::synced()).await;
        let mut browser = flows::minas_browser(&site).await;
        let path = question(&mut browser, 0).await;
        let page = browser.get(&path).await;
        site.advance(Duration::from_secs(601));
        let asked = browser.submit(&page, &path, &[]).await;
        let prove = asked.location().unwrap();
        assert!(prove.starts_with("/signin/again?continue="), "{prove}");
        assert_eq!(passkeys_of(&site, &account).await.len(), 1);
        let again = browser.get(&prove).await;
        let back = flows::password(&mut browser, &again, flows::PASSWORD).await;
        assert_eq!(back.location(), Some(path));
    }

    async fn a_text_message_takes_no_passkey_away(database) {
        let site = site(database).await;
        let account = flows::mina(&site).await;
        added(&site, EMAIL, Authenticator::synced()).await;
        site.advance(Duration::from_secs(30 * 86_400));
        // Whoever has the number has everything that a number opens, and no more.
        let mut thief = by_code(&site, PHONE).await;
        let path = question(&mut thief, 0).await;
        let page = thief.get(&path).await;
        page.assert_page(StatusCode::OK);
        assert!(page.body.contains(TOO_LITTLE) && page.form(&path).is_none(), "{}", page.body);
        let (_, form) = thief.get("/account/settings").await.form("/account/settings").unwrap();
        let csrf = form.into_iter().find(|(name, _)| name == "csrf").unwrap().1;
        assert_refused(&thief.post(&path, &[("csrf", &csrf)]).await, TOO_LITTLE);
        // A passkey of their own, made with that text message, is not stronger than it.
        let mut own = Authenticator::synced();
        add(&mut thief, &mut own).await;
        sign_in(&mut thief, &mut own).await;
        assert_refused(&thief.post(&path, &[("csrf", &csrf)]).await, TOO_LITTLE);
        assert_eq!(passkeys_of(&site, &account).await.len(), 2);
        // It may go itself.
        assert_eq!(remove(&mut thief, 1).await.location().as_deref(), REMOVED);
        assert_eq!(passkeys_of(&site, &account).await.len(), 1);
    }

    async fn mail_an_old_password_or_an_old_passkey_is_enough(database) {
        let site = site(database).await;
        let account = flows::mina(&site).await;
        let mut old = added(&site, EMAIL, Authenticator::synced()).await;
        for _ in 0..3 {
            site.advance(Duration::from_secs(1));
            added(&site, EMAIL, Authenticator::synced()).await;
        }
        site.advance(Duration::from_secs(73 * 3600));
        assert_eq!(remove(&mut by_code(&site, EMAIL).await, 3).await.location().as_deref(), REMOVED);
        assert_eq!(remove(&mut flows::minas_browser(&site).await, 2).await.location().as_deref(), REMOVED);
        let mut browser = Browser::new(&site);
        sign_in(&mut browser, &mut old).await;
        assert_eq!(remove(&mut browser, 1).await.location().as_deref(), REMOVED);
        assert_eq!(passkeys_of(&site, &account).await.len(), 1);
    }

    async fn the_last_way_in_stays(database) {
        let site = site(database).await;
        let account = flows::mina(&site).await;
        let mut passkey = added(&site, EMAIL, Authenticator::synced()).await;
        only_passkeys(&site, &account).await;
        let mut browser = Browser::new(&site);
        sign_in(&mut browser, &mut passkey).await;
        let path = question(&mut browser, 0).await;
        let page = browser.get(&path).await;
        assert!(page.body.contains("This is the only way into your account") && page.form(&path).is_none());
        let (_, form) = browser.get("/account/settings").await.form("/account/settings").unwrap();
        let csrf = form.into_iter().find(|(name, _)| name == "csrf").unwrap().1;
        assert_refused(&browser.post(&path, &[("csrf", &csrf)]).await, "This is the only way into your account");
        assert_eq!(passkeys_of(&site, &account).await.len(), 1);
    }

    async fn of_the_last_two_one_stays_however_fast(database) {
        let site = site(database).await;
        let account = flows::mina(&site).await;
        let mut first = added(&site, EMAIL, Authenticator::synced()).await;
        let mut second = added(&site, EMAIL, Authenticator::synced()).await;
        only_passkeys(&site, &account).await;
        let mut browsers = Vec::new();
        for (place, passkey) in [&mut first, &mut second].into_iter().enumerate() {
            let mut browser = Browser::new(&site);
            sign_in(&mut browser, passkey).await;
            let own = passkeys_of(&site, &account).await;
            let place = own.iter().position(|own| own.credential_id == passkey.credential_id).unwrap_or(place);
            let path = question(&mut browser, place).await;
            let page = browser.get(&path).await;
            browsers.push((browser, page, path));
        }
        let all = browsers.iter_mut().map(|(browser, page, path)| browser.submit(page, path, &[]));
        let done = futures_util::future::join_all(all).await;
        assert_eq!(done.iter().filter(|answer| answer.location().as_deref() == REMOVED).count(), 1);
        assert_eq!(passkeys_of(&site, &account).await.len(), 1);
    }

    async fn it_stays_while_changes_are_stopped_and_is_nobody_elses_to_remove(database) {
        let site = site(database).await;
        let account = flows::mina(&site).await;
        flows::jonas(&site).await;
        added(&site, EMAIL, Authenticator::synced()).await;
        let mut browser = flows::minas_browser(&site).await;
        let path = question(&mut browser, 0).await;
        let page = browser.get(&path).await;
        making::freeze(&site, &account).await;
        assert_refused(&browser.submit(&page, &path, &[]).await, "Changes to your account are stopped");
        let mut jonass = Browser::new(&site);
        flows::sign_in(&mut jonass, "jonas@lantern.example").await;
        assert_eq!(jonass.get(&path).await.status, StatusCode::NOT_FOUND);
        let (_, form) = jonass.get("/account/settings").await.form("/account/settings").unwrap();
        let csrf = form.into_iter().find(|(name, _)| name == "csrf").unwrap().1;
        assert_eq!(jonass.post(&path, &[("csrf", &csrf)]).await.status, StatusCode::NOT_FOUND);
        for wrong in ["x", "AAAAAAAAAAF", "%00"] {
            let path = format!("{LIST}/{wrong}/remove");
            assert_eq!(browser.get(&path).await.status, StatusCode::NOT_FOUND, "{wrong}");
        }
        assert_eq!(passkeys_of(&site, &account).await.len(), 1);
    }
}
