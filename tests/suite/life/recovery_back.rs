//! Recovery of accounts that nobody has used for long, and from the link to a change that was not the owner's.

use std::time::Duration;

use keyhouse::change;
use keyhouse::change::actor::Actor;
use keyhouse::change::undo;
use keyhouse::store::addresses::{self, Address, AddressKind};
use keyhouse::store::changes::{self, Change, ChangeDetails, ChangeKind};
use keyhouse::store::details::Json;
use reqwest::StatusCode;

use super::password_steps::{EMAIL, NEW, PHONE, account, choose, link, opens, proved, sign_ins, waiting};
use crate::both;
use crate::harness::browser::Browser;
use crate::harness::flows;
use crate::harness::{Site, eventually};

const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(86_400);
const THIEF: &str = "+436605559999";

/// The number of an account went and a thief's came; the old number's link stopped everything and asked for the account.
async fn asked_back(site: &Site, account_id: i64) {
    let (state, now) = (site.app.clone(), site.now());
    let write = site.app.store.write(move |connection| {
        let kind = AddressKind::Phone;
        let old = addresses::of_account(connection, account_id)?.into_iter().find(|own| own.kind == kind).unwrap();
        addresses::remove(connection, account_id, kind, PHONE)?;
        let new = Address { account_id, kind, value: THIEF.to_owned(), is_main: true, verified_at: now };
        assert!(addresses::claim(connection, &new)?);
        let undone = Change {
            account_id,
            id: 77,
            kind: ChangeKind::Undo,
            details: Json::of(ChangeDetails {
                address_kind: Some("phone".to_owned()),
                old: Some(PHONE.to_owned()),
                new: Some(THIEF.to_owned()),
                old_since: Some(old.verified_at.millis()),
                old_was_main: Some(true),
                ..ChangeDetails::default()
            }),
            due_at: None,
            created_at: now,
            expires_at: now.plus(72 * HOUR),
        };
        changes::insert(connection, &undone)?;
        assert!(undo::freeze(connection, &state, &undone, &Actor::default(), now)?);
        assert!(undo::begin_recovery(connection, &state, &undone, &Actor::default(), now)?.is_some());
        Ok(())
    });
    write.await.unwrap();
}

both! {
    async fn a_number_of_a_dormant_account_waits_for_its_other_addresses(database) {
        let site = Site::start(database).await;
        let owner = flows::mina(&site).await;
        site.advance(181 * DAY);
        let mut stranger = Browser::new(&site);
        let page = proved(&site, &mut stranger, PHONE, "sms", PHONE).await;
        assert!(page.body.contains("phone numbers are given to other people"), "{}", page.body);
        assert!(page.form("/signin/recovery/password").is_none());
        stranger.submit(&page, "/signin/recovery/wait", &[]).await;
        assert!(site.notices_to(EMAIL).await[0].text.contains("/account/changes/"));
        assert_eq!(waiting(&site, owner.id).await.len(), 1);
        // The owner, who reads their mail, is let in at once and ends it.
        let mut mina = Browser::new(&site);
        let page = proved(&site, &mut mina, EMAIL, "email", EMAIL).await;
        assert_eq!(choose(&mut mina, &page, NEW).await.status, StatusCode::SEE_OTHER);
        assert!(waiting(&site, owner.id).await.is_empty());
    }

    async fn a_dormant_account_with_nothing_but_a_number_is_not_given_away(database) {
        let site = Site::start(database).await;
        let owner = account(&site, &[(AddressKind::Phone, PHONE)], true).await;
        site.advance(181 * DAY);
        let mut stranger = Browser::new(&site);
        let page = proved(&site, &mut stranger, PHONE, "sms", PHONE).await;
        assert!(page.body.contains("This number is not enough"), "{}", page.body);
        for path in ["/signin/recovery/password", "/signin/recovery/wait"] {
            assert!(page.form(path).is_none(), "{path}");
            let csrf = page.form("/preferences").unwrap().1.into_iter().find(|(name, _)| name == "csrf").unwrap().1;
            let id = stranger_attempt(&page.body);
            let form = [("csrf", csrf.as_str()), ("attempt", id.as_str()), ("password", NEW)];
            stranger.post(path, &form).await;
        }
        assert!(waiting(&site, owner.id).await.is_empty());
        assert_eq!(sign_ins(&site, owner.id).await, 0);
        assert!(opens(&site, PHONE, flows::PASSWORD).await);
    }

    async fn the_old_number_gets_the_account_back_when_nobody_objects(database) {
        let site = Site::start(database).await;
        let owner = flows::mina(&site).await;
        let mut thief = flows::minas_browser(&site).await;
        site.advance(HOUR);
        asked_back(&site, owner.id).await;
        // The thief's number gives no new password, and the old one not yet.
        let mut browser = Browser::new(&site);
        let page = proved(&site, &mut browser, THIEF, "sms", THIEF).await;
        assert!(page.body.contains("Changes are stopped") && page.form("/signin/recovery/password").is_none());
        let page = proved(&site, &mut browser, PHONE, "sms", PHONE).await;
        assert!(page.body.contains("No account here"), "{}", page.body);
        site.advance(72 * HOUR);
        change::carry_out_due(&site.app).await.unwrap();
        // The old number is back, what came with the change is gone, and so is every sign-in.
        let owned = site.app.store.read(move |c| addresses::of_account(c, owner.id)).await.unwrap();
        let owned: Vec<_> = owned.iter().map(|own| (own.value.as_str(), own.is_main)).collect();
        assert_eq!(owned, [(PHONE, true), (EMAIL, true)]);
        assert!(!flows::is_signed_in(&mut thief).await);
        eventually("word of it", async || site.notices_to(PHONE).await.iter().any(|told| told.text.contains("The wait is over"))).await;
        assert!(site.notices_to(THIEF).await.iter().any(|told| told.text.contains("no longer be used")));
        // Nobody else changes anything until it is taken.
        let page = proved(&site, &mut browser, EMAIL, "email", EMAIL).await;
        assert!(page.body.contains("Changes are stopped"), "{}", page.body);
        let page = proved(&site, &mut browser, PHONE, "sms", PHONE).await;
        assert_eq!(choose(&mut browser, &page, NEW).await.location().as_deref(), Some("/account"));
        assert!(opens(&site, EMAIL, NEW).await);
        let kinds: Vec<_> = waiting(&site, owner.id).await.iter().map(|change| change.kind).collect();
        assert!(!kinds.contains(&ChangeKind::Freeze) && !kinds.contains(&ChangeKind::Recovery), "{kinds:?}");
    }

    async fn a_number_that_is_somebody_elses_by_then_gives_nothing_back(database) {
        let site = Site::start(database).await;
        let owner = flows::mina(&site).await;
        site.advance(HOUR);
        asked_back(&site, owner.id).await;
        let other = account(&site, &[(AddressKind::Phone, PHONE)], true).await;
        site.advance(72 * HOUR);
        change::carry_out_due(&site.app).await.unwrap();
        assert!(waiting(&site, owner.id).await.iter().all(|change| change.kind != ChangeKind::Recovery));
        assert!(site.notices_to(EMAIL).await.iter().any(|told| told.text.contains("will not happen")));
        let read = site.app.store.read(|connection| addresses::owner(connection, AddressKind::Phone, PHONE));
        assert_eq!(read.await.unwrap().unwrap().id, other.id);
        assert!(opens(&site, EMAIL, flows::PASSWORD).await);
    }

    async fn an_account_whose_only_factor_is_lost_is_told_so(database) {
        let site = Site::start(database).await;
        let mut browser = Browser::new(&site);
        let page = flows::begin(&mut browser, EMAIL).await;
        let page = browser.get(&link(&page, "/signin/recovery")).await;
        assert!(page.body.contains("nobody can bring the account back, and neither can we"), "{}", page.body);
        assert!(page.body.contains("72 hours") && page.body.contains("can stop it") && page.body.contains("/signup?"));
    }
}

/// The attempt of the page that has no form of its own: it is in the address the page was asked for, which the menu keeps.
fn stranger_attempt(body: &str) -> String {
    let from = body.split("attempt=").nth(1).unwrap();
    from.chars().take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')).collect()
}
