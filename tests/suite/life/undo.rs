//! The address that went gets a link: it stops further changes at once, and brings the address back for whoever proves
//! something older than the change. It never does that alone, for a thief of the number has the link too.

use std::time::Duration;

use diesel::RunQueryDsl;
use keyhouse::clock::Timestamp;
use keyhouse::delivery::MessageKind;
use keyhouse::security::random;
use keyhouse::store::accounts::Account;
use keyhouse::store::addresses::AddressKind;
use keyhouse::store::changes::ChangeKind;
use keyhouse::store::events::EventKind;
use keyhouse::store::passwords::{self, Password};
use reqwest::StatusCode;
use zeroize::Zeroizing;

use super::steps::*;
use crate::both;
use crate::harness::Site;
use crate::harness::browser::{Answer, Browser};
use crate::harness::flows;
use crate::harness::plans::OWN;
use crate::harness::scene::Scene;

const THIEF: &str = "+436605550666";

/// Somebody has put their own number in the place of mina's, and has a minute's start.
async fn taken_over(site: &Site) -> (Account, Browser) {
    let account = mina(site).await;
    let mut thief = by_code(site, PHONE).await;
    assert_note(&change(site, &mut thief, PHONE, THIEF).await, "changed");
    site.advance(Duration::from_secs(60));
    (account, thief)
}

/// "This was not me": gives the page that asks for a proof.
async fn not_me(browser: &mut Browser, link: &str) -> Answer {
    let page = browser.get(link).await;
    let frozen = browser.submit(&page, link, &[("decision", "not-me")]).await;
    assert_eq!(frozen.location().as_deref(), Some(link), "{}", frozen.body);
    browser.follow(frozen).await
}

async fn by_password(browser: &mut Browser, page: &Answer, link: &str, password: &str) -> Answer {
    browser.submit(page, &format!("{link}/password"), &[("password", password)]).await
}

/// Asks for a code on the page that asks for a proof; gives the page that asks for it.
async fn ask_code(browser: &mut Browser, page: &Answer, link: &str, channel: &str) -> Answer {
    let sent = browser.submit(page, &format!("{link}/send"), &[("channel", channel)]).await;
    browser.follow(sent).await
}

async fn set_password(site: &Site, account: &Account, password: &str, at: Timestamp) {
    let hash = site.app.passwords.hash(Zeroizing::new(password.to_owned())).await.unwrap();
    let (account_id, app) = (account.id, site.app.clone());
    let write = app.store.write(move |connection| {
        diesel::sql_query(format!("{OWN}DELETE FROM passwords")).execute(connection)?;
        passwords::insert(connection, &Password { account_id, hash, changed_at: at })
    });
    write.await.unwrap();
}

both! {
    async fn the_link_alone_stops_changes_and_brings_nothing_back(database) {
        let site = Site::start(database).await;
        let (account, mut thief) = taken_over(&site).await;
        let link = link(&site, PHONE).await;
        let mut holder = Browser::new(&site);
        for _ in 0..3 {
            let page = holder.get(&link).await;
            page.assert_page(StatusCode::OK);
            assert!(page.body.contains("••• 4417") && page.body.contains("••• 0666"), "{}", page.body);
            assert!(!page.body.contains("lantern.example\"") && !page.body.contains("m•••@") && !page.body.contains("Mina"));
        }
        assert_eq!(waiting_kinds(&site, &account).await, [ChangeKind::Undo], "a look changes nothing");
        // Nobody undoes or recovers before somebody said that it was not them.
        let page = holder.get(&link).await;
        let (_, fields) = page.form(&link).unwrap();
        let csrf = &fields.iter().find(|(name, _)| name == "csrf").unwrap().1;
        for path in [link.clone(), format!("{link}/password"), format!("{link}/send"), format!("{link}/code")] {
            let form = [("csrf", csrf.as_str()), ("decision", "recover"), ("password", flows::PASSWORD), ("channel", "email")];
            assert_eq!(holder.post(&path, &form).await.status, StatusCode::GONE, "{path}");
        }
        let page = not_me(&mut holder, &link).await;
        assert!(page.body.contains("prove that the account was yours"), "{}", page.body);
        press(&mut holder, &page, &link, &[("decision", "not-me")]).await;
        let mut kinds = waiting_kinds(&site, &account).await;
        kinds.sort_by_key(|kind| kind.as_str());
        assert_eq!(kinds, [ChangeKind::Freeze, ChangeKind::Undo], "one freeze, however often it is pressed");
        assert_eq!(values(&site, &account).await, [THIEF, EMAIL]);
        assert_eq!(history(&site, &account).await[0], EventKind::ChangesFrozen);
        for address in [PHONE, THIEF, EMAIL] {
            assert!(says(&site, address, "nobody can change how to sign in").await, "{address}");
        }
        assert!(!flows::is_signed_in(&mut holder).await);
        assert_note(&add(&site, &mut thief, "thief@evil.example").await, "frozen");
    }

    async fn the_password_the_account_had_undoes_it(database) {
        let mut scene = Scene::start(database).await;
        scene.site.advance(Duration::from_secs(60));
        let mut thief = by_code(&scene.site, PHONE).await;
        assert_note(&change(&scene.site, &mut thief, PHONE, THIEF).await, "changed");
        scene.site.advance(Duration::from_secs(60));
        let mut later = flows::minas_browser(&scene.site).await;
        scene.browser = later.clone();
        let tokens = scene.tokens().await;
        let (site, account) = (&scene.site, &scene.account);
        let link = link(site, PHONE).await;
        let mut owner = Browser::new(site);
        let page = not_me(&mut owner, &link).await;
        let wrong = by_password(&mut owner, &page, &link, "wrong horse battery").await;
        wrong.assert_page(StatusCode::UNPROCESSABLE_ENTITY);
        let done = by_password(&mut owner, &wrong, &link, flows::PASSWORD).await;
        assert_note(&done, "undone");
        assert_eq!(values(site, account).await, [PHONE, EMAIL]);
        assert!(owned(site, account).await.iter().all(|own| own.is_main));
        assert!(flows::is_signed_in(&mut owner).await);
        assert!(!flows::is_signed_in(&mut thief).await && !flows::is_signed_in(&mut later).await);
        scene.all_dead(&tokens).await;
        assert!(waiting(site, account).await.is_empty(), "the freeze is over too");
        assert!(history(site, account).await.contains(&EventKind::ChangeUndone));
        for address in [PHONE, EMAIL] {
            assert!(told(site, address).await.iter().any(|text| text.contains("••• 4417 again")), "{address}");
        }
        assert!(says(site, THIEF, "••• 0666").await);
        // It works once.
        assert_eq!(owner.get(&link).await.status, StatusCode::GONE);
    }

    async fn a_code_to_an_address_it_had_before_does_too(database) {
        let site = Site::start(database).await;
        let (account, mut thief) = taken_over(&site).await;
        // The thief's own address is younger, and gets no code.
        assert_note(&add(&site, &mut thief, "thief@evil.example").await, "added");
        let link = link(&site, PHONE).await;
        let mut owner = Browser::new(&site);
        site.advance(Duration::from_secs(61));
        let page = not_me(&mut owner, &link).await;
        let codes = |to: &str| {
            site.messages().iter().filter(|own| own.to == to && own.kind == MessageKind::Code).count()
        };
        let to_thief = codes(THIEF);
        let page_sms = ask_code(&mut owner, &page, &link, "sms").await;
        page_sms.assert_page(StatusCode::OK);
        assert_eq!(codes(THIEF), to_thief, "there is no number from before: the code goes nowhere");
        let wrong = owner.submit(&page_sms, &format!("{link}/code"), &[("code", "000000")]).await;
        wrong.assert_page(StatusCode::UNPROCESSABLE_ENTITY);
        let before = codes("thief@evil.example");
        let page = ask_code(&mut owner, &page, &link, "email").await;
        assert_eq!(codes("thief@evil.example"), before);
        assert!(!page.body.contains("lantern.example") || !page.body.contains("m•••"), "where it went is not said");
        let done = owner.submit(&page, &format!("{link}/code"), &[("code", &site.code_to(EMAIL))]).await;
        assert_note(&done, "undone");
        assert_eq!(values(&site, &account).await, [PHONE, EMAIL], "everything that came is gone");
        assert!(flows::is_signed_in(&mut owner).await);
    }

    async fn a_password_that_is_younger_than_the_change_does_not(database) {
        let site = Site::start(database).await;
        let (account, _) = taken_over(&site).await;
        set_password(&site, &account, "the thief's own horse", site.now()).await;
        let link = link(&site, PHONE).await;
        let mut thief = Browser::new(&site);
        let page = not_me(&mut thief, &link).await;
        let refused = by_password(&mut thief, &page, &link, "the thief's own horse").await;
        refused.assert_page(StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(values(&site, &account).await, [THIEF, EMAIL]);
        assert!(!flows::is_signed_in(&mut thief).await);
    }

    async fn what_came_after_is_undone_with_it(database) {
        let site = Site::start(database).await;
        let (account, mut thief) = taken_over(&site).await;
        let link = link(&site, PHONE).await;
        let more = change(&site, &mut thief, THIEF, "+436605550667").await;
        assert!(more.location().unwrap().contains("/replace/"), "the old number proves nothing any more");
        let mut thief = by_code(&site, THIEF).await;
        assert_note(&change(&site, &mut thief, THIEF, "+436605550668").await, "changed");
        site.advance(Duration::from_secs(60));
        // By the password, the thief removes the mail address as well.
        let mut by_password_too = flows::minas_browser(&site).await;
        assert_note(&remove(&mut by_password_too, EMAIL).await, "removed");
        assert_eq!(values(&site, &account).await, ["+436605550668"]);
        let mut owner = Browser::new(&site);
        let page = not_me(&mut owner, &link).await;
        assert_note(&by_password(&mut owner, &page, &link, flows::PASSWORD).await, "undone");
        assert_eq!(values(&site, &account).await, [PHONE, EMAIL]);
        assert!(waiting(&site, &account).await.is_empty());
    }

    async fn after_72_hours_the_link_is_over(database) {
        let site = Site::start(database).await;
        let (account, _) = taken_over(&site).await;
        let link = link(&site, PHONE).await;
        let mut browser = Browser::new(&site);
        let page = browser.get(&link).await;
        site.advance(HOURS_72);
        assert_eq!(browser.get(&link).await.status, StatusCode::GONE);
        assert_eq!(browser.submit(&page, &link, &[("decision", "not-me")]).await.status, StatusCode::GONE);
        assert!(waiting(&site, &account).await.is_empty());
    }

    async fn an_old_number_that_somebody_else_has_by_now_stays_theirs(database) {
        let site = Site::start(database).await;
        let (account, mut thief) = taken_over(&site).await;
        let link = link(&site, PHONE).await;
        let mut stranger = Browser::new(&site);
        let page = flows::sign_up(&mut stranger, PHONE).await;
        let right = flows::enter(&mut stranger, &page, &site.code_to(PHONE)).await;
        let page = stranger.follow(right).await;
        stranger.submit(&page, "/signup/details", &[]).await;
        let theirs = owner(&site, AddressKind::Phone, PHONE).await;
        let mut owner_of_it = Browser::new(&site);
        let page = not_me(&mut owner_of_it, &link).await;
        assert_note(&by_password(&mut owner_of_it, &page, &link, flows::PASSWORD).await, "undone-without");
        assert_eq!(owner(&site, AddressKind::Phone, PHONE).await, theirs);
        assert_eq!(values(&site, &account).await, [EMAIL]);
        assert!(!flows::is_signed_in(&mut thief).await);
    }

    async fn somebody_with_the_link_only_waits_and_can_be_stopped(database) {
        let site = Site::start(database).await;
        let (account, _) = taken_over(&site).await;
        let link = link(&site, PHONE).await;
        let mut holder = Browser::new(&site);
        let page = not_me(&mut holder, &link).await;
        for _ in 0..2 {
            let asked = press(&mut holder, &page, &link, &[("decision", "recover")]).await;
            assert_eq!(asked.location().as_deref(), Some(link.as_str()), "{}", asked.body);
        }
        assert!(holder.get(&link).await.body.contains("You have asked for the account back"));
        let recovery: Vec<_> =
            waiting(&site, &account).await.into_iter().filter(|change| change.kind == ChangeKind::Recovery).collect();
        assert_eq!(recovery.len(), 1, "asking twice is asking once");
        assert_eq!(recovery[0].due_at, Some(site.now().plus(HOURS_72)));
        let details = recovery[0].details.get().unwrap();
        assert_eq!((details.old.as_deref(), details.address_kind.as_deref()), (Some(PHONE), Some("phone")));
        for address in [THIEF, EMAIL, PHONE] {
            assert!(says(&site, address, "given back").await, "{address}");
        }
        // Until it is decided nothing else changes.
        site.advance(HOURS_72 - Duration::from_secs(1));
        let mut owner = flows::minas_browser(&site).await;
        assert_note(&add(&site, &mut owner, NEW_EMAIL).await, "frozen");
        let stop = crate::life::steps::link(&site, EMAIL).await;
        let page = owner.get(&stop).await;
        assert_eq!(owner.submit(&page, &stop, &[("decision", "stop")]).await.status, StatusCode::OK);
        assert!(!waiting_kinds(&site, &account).await.contains(&ChangeKind::Recovery));
    }

    async fn what_waits_stops_with_the_freeze_and_with_the_undoing(database) {
        let site = Site::start(database).await;
        let (account, _) = taken_over(&site).await;
        let link = link(&site, PHONE).await;
        // The thief's number proves too little for the mail address: that waits.
        let mut thief = by_code(&site, THIEF).await;
        let more = change(&site, &mut thief, EMAIL, "thief@evil.example").await;
        let page = thief.follow(more).await;
        assert_note(&thief.submit(&page, "/account/security/replace/", &[("decision", "wait")]).await, "waits");
        assert!(waiting_kinds(&site, &account).await.contains(&ChangeKind::Replacement));
        let mut owner = Browser::new(&site);
        let page = not_me(&mut owner, &link).await;
        assert!(!waiting_kinds(&site, &account).await.contains(&ChangeKind::Replacement), "it is off, not delayed");
        // A recovery that was begun from the link is needless once the owner has proved more.
        press(&mut owner, &page, &link, &[("decision", "recover")]).await;
        assert!(waiting_kinds(&site, &account).await.contains(&ChangeKind::Recovery));
        let page = owner.get(&link).await;
        assert_note(&by_password(&mut owner, &page, &link, flows::PASSWORD).await, "undone");
        assert!(waiting(&site, &account).await.is_empty(), "{:?}", waiting_kinds(&site, &account).await);
    }

    async fn links_and_attempts_hold_for_their_own_change_only(database) {
        let site = Site::start(database).await;
        let (_, _) = taken_over(&site).await;
        let jonas = flows::jonas(&site).await;
        site.advance(Duration::from_secs(60));
        let mut browser = Browser::new(&site);
        flows::sign_in(&mut browser, "jonas@lantern.example").await;
        assert_note(&remove(&mut browser, "+436605554418").await, "removed");
        let (minas, theirs) = (link(&site, PHONE).await, link(&site, "+436605554418").await);
        let mut thief = Browser::new(&site);
        let minas_page = not_me(&mut thief, &minas).await;
        let page = not_me(&mut thief, &theirs).await;
        let (_, fields) = page.form(&format!("{theirs}/password")).unwrap();
        let attempt = &fields.iter().find(|(name, _)| name == "attempt").unwrap().1;
        let crossed = thief.submit(&minas_page, &format!("{minas}/password"), &[("attempt", attempt), ("password", flows::PASSWORD)]).await;
        assert_eq!(crossed.status, StatusCode::GONE);
        let crossed = thief.submit(&minas_page, &format!("{minas}/send"), &[("attempt", attempt), ("channel", "email")]).await;
        assert_eq!(crossed.status, StatusCode::GONE);
        let token = site.app.derived.change_token("another purpose", 7);
        for forged in [format!("/account/changes/{token}"), minas[..minas.len() - 1].to_owned(), format!("/account/changes/{}", random::secret())] {
            assert_eq!(thief.get(&forged).await.status, StatusCode::GONE, "{forged}");
        }
        assert_eq!(values(&site, &jonas).await, ["jonas@lantern.example"]);
    }

    async fn passwords_at_the_link_are_counted(database) {
        let site = Site::with(database, &[("KEYHOUSE_LIMITS__PASSWORD_TRIES_PER_ACCOUNT", "3")]).await;
        taken_over(&site).await;
        let link = link(&site, PHONE).await;
        let mut thief = Browser::new(&site);
        let mut page = not_me(&mut thief, &link).await;
        for _ in 0..3 {
            page = by_password(&mut thief, &page, &link, "wrong horse battery").await;
            page.assert_page(StatusCode::UNPROCESSABLE_ENTITY);
        }
        let late = by_password(&mut thief, &page, &link, flows::PASSWORD).await;
        late.assert_page(StatusCode::TOO_MANY_REQUESTS);
    }
}
