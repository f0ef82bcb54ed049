//! What a write looks at once more, whatever the page before it has seen: between the two an address may have gone to somebody
//! else, and time has passed. Asked of the write itself, for no page leads there.

use std::time::Duration;

use keyhouse::change::actor::Actor;
use keyhouse::change::address::{self, Named};
use keyhouse::change::password::{self, Outcome};
use keyhouse::change::proof::Proved;
use keyhouse::change::recovery::{self, Begun, Chosen, Proven, Shown};
use keyhouse::change::undo::{self, EarlierProof, Undone};
use keyhouse::store::accounts::{self, Account, AccountState};
use keyhouse::store::addresses::AddressKind;
use keyhouse::store::changes::{self, Change, ChangeKind};
use keyhouse::store::sessions::{self, Session};
use keyhouse::store::{Connection, StoreError, passwords};

use super::steps::*;
use crate::both;
use crate::harness::Site;
use crate::harness::flows;

const HIS_EMAIL: &str = "jonas@lantern.example";
const HIS_PHONE: &str = "+436605554418";

fn email(value: &str) -> Named {
    Named { kind: AddressKind::Email, value: value.to_owned() }
}

fn phone(value: &str) -> Named {
    Named { kind: AddressKind::Phone, value: value.to_owned() }
}

async fn hash_of(site: &Site, account: &Account) -> String {
    let id = account.id;
    let read = site.app.store.read(move |connection| passwords::of_account(connection, id));
    read.await.unwrap().unwrap().hash
}

async fn finish(site: &Site, account: &Account, address: Named) -> bool {
    let (app, now, proven) = (site.app.clone(), site.now(), Proven { account_id: account.id, address });
    let chosen = Chosen { hash: "a hash of somebody's".to_owned(), foreign: Vec::new() };
    let write = site.app.store.write(move |connection| {
        recovery::finish(connection, &app, (&proven, Shown::Nothing, chosen.clone()), &Actor::default(), now)
    });
    write.await.unwrap()
}

async fn begin(site: &Site, account: &Account, address: Named) -> Begun {
    let (app, now, proven) = (site.app.clone(), site.now(), Proven { account_id: account.id, address });
    let write =
        site.app.store.write(move |connection| recovery::begin(connection, &app, &proven, &Actor::default(), now));
    write.await.unwrap()
}

fn freeze(session: &Session) -> Change {
    Change {
        account_id: session.account_id,
        id: 7,
        kind: ChangeKind::Freeze,
        details: Default::default(),
        due_at: None,
        created_at: session.created_at,
        expires_at: session.created_at.plus(HOURS_72),
    }
}

both! {
    async fn a_new_password_is_for_the_account_that_has_the_address_now(database) {
        let site = Site::start(database).await;
        let (mina, _) = (mina(&site).await, flows::jonas(&site).await);
        let before = hash_of(&site, &mina).await;
        // Hers when it was proved, his by now.
        assert!(!finish(&site, &mina, email(HIS_EMAIL)).await);
        // Hers, but it proves too little by now.
        assert!(!finish(&site, &mina, phone(PHONE)).await);
        assert_eq!(hash_of(&site, &mina).await, before);
        assert!(finish(&site, &mina, email(EMAIL)).await);
        assert_ne!(hash_of(&site, &mina).await, before);
    }

    async fn a_wait_is_for_the_account_that_has_the_address_now(database) {
        let site = Site::start(database).await;
        let (mina, _) = (mina(&site).await, flows::jonas(&site).await);
        for (address, why) in [(phone(HIS_PHONE), "his by now"), (email(EMAIL), "enough by itself by now")] {
            assert_eq!(begin(&site, &mina, address).await, Begun::Not, "{why}");
            assert!(waiting(&site, &mina).await.is_empty(), "{why}");
        }
        assert_eq!(begin(&site, &mina, phone(PHONE)).await, Begun::Waits);
    }

    async fn a_proof_counts_as_long_as_it_is_fresh(database) {
        let site = Site::start(database).await;
        let account = mina(&site).await;
        flows::minas_browser(&site).await;
        let fresh = site.app.config.account.fresh;
        for (passed, counts) in [(Duration::ZERO, true), (fresh, true), (Duration::from_millis(1), false)] {
            site.advance(passed);
            let (app, now, id) = (site.app.clone(), site.now(), account.id);
            let read = site.app.store.read(move |connection| {
                let session = sessions::of_account(connection, id, now)?.remove(0).0;
                address::proved(connection, &app, &session, now)
            });
            assert_eq!(matches!(read.await.unwrap(), Proved::Password { .. }), counts, "{passed:?} later");
        }
    }

    async fn a_password_is_set_by_a_sign_in_that_still_may(database) {
        let site = Site::start(database).await;
        let account = mina(&site).await;
        flows::minas_browser(&site).await;
        let (id, now) = (account.id, site.now());
        let read = site.app.store.read(move |connection| Ok(sessions::of_account(connection, id, now)?.remove(0).0));
        let session = read.await.unwrap();
        let before = hash_of(&site, &account).await;
        // While the new one was hashed the account was locked, frozen, or the sign-in ended.
        let actor = Actor { session: Some(session.clone()), ..Actor::default() };
        let set = async |meanwhile: fn(&mut Connection, &Session) -> Result<(), StoreError>| {
            let (app, actor, own) = (site.app.clone(), actor.clone(), session.clone());
            let write = site.app.store.write(move |connection| {
                meanwhile(connection, &own)?;
                password::set(connection, &app, "another hash".to_owned(), &actor, "a cookie")
            });
            write.await.unwrap()
        };
        let outcome = set(|connection, own| {
            accounts::set_state(connection, own.account_id, AccountState::Locked, None).map(drop)
        });
        assert!(matches!(outcome.await, Outcome::Over));
        let outcome = set(|connection, own| {
            accounts::set_state(connection, own.account_id, AccountState::Active, None)?;
            changes::insert(connection, &freeze(own))
        });
        assert!(matches!(outcome.await, Outcome::Hindered));
        let outcome = set(|connection, own| {
            changes::take(connection, own.account_id, freeze(own).id)?;
            sessions::delete(connection, own.account_id, own.id).map(drop)
        });
        assert!(matches!(outcome.await, Outcome::Over));
        assert_eq!(hash_of(&site, &account).await, before);
        let outcome = set(sessions::insert);
        assert!(matches!(outcome.await, Outcome::Changed(_)));
        assert_ne!(hash_of(&site, &account).await, before);
    }

    async fn a_change_is_undone_as_long_as_nobody_has_taken_it(database) {
        let site = Site::start(database).await;
        let account = mina(&site).await;
        let mut thief = by_code(&site, PHONE).await;
        assert_note(&change(&site, &mut thief, PHONE, NEW_PHONE).await, "changed");
        let link = link(&site, PHONE).await;
        let page = thief.get(&link).await;
        thief.submit(&page, &link, &[("decision", "not-me")]).await;
        let proof = EarlierProof::Password { hash: hash_of(&site, &account).await };
        let undone = waiting(&site, &account).await.into_iter().find(|own| own.kind == ChangeKind::Undo).unwrap();
        let now = site.now();
        let write = site.app.store.write(move |connection| {
            assert!(changes::take(connection, undone.account_id, undone.id)?);
            undo::undo(connection, &undone, &proof, &Actor::default(), now)
        });
        assert_eq!(write.await.unwrap(), Undone::Over);
        assert_eq!(values(&site, &account).await, [NEW_PHONE, EMAIL]);
    }
}
