//! Making a passkey, and naming it.

use std::time::Duration;

use keyhouse::store::accounts::Account;
use keyhouse::store::changes::{self, Change, ChangeKind};
use keyhouse::store::events::EventKind;
use reqwest::StatusCode;
use serde_json::json;

use super::authenticator::{Authenticator, YUBIKEY};
use super::{
    ADD, EMAIL, LIST, PHONE, TOO_LATE, add, added, assert_refused, events_of, options, passkeys_of, send, sessions_of,
    sign_in, site,
};
use crate::both;
use crate::harness::browser::Browser;
use crate::harness::{Site, flows};

/// Nobody may change anything for a day.
pub async fn freeze(site: &Site, account: &Account) {
    let change = Change {
        account_id: account.id,
        id: 1,
        kind: ChangeKind::Freeze,
        details: Default::default(),
        due_at: None,
        created_at: site.now(),
        expires_at: site.now().plus(Duration::from_secs(86_400)),
    };
    site.app.store.write(move |connection| changes::insert(connection, &change)).await.unwrap();
}

both! {
    async fn one_is_made_named_and_told_everywhere(database) {
        let site = site(database).await;
        let account = flows::mina(&site).await;
        let mut other = flows::minas_browser(&site).await;
        site.advance(Duration::from_secs(1));
        added(&site, EMAIL, Authenticator::hardware()).await;
        let own = passkeys_of(&site, &account).await.remove(0);
        assert_eq!((own.name.as_str(), own.backup_eligible, own.counter), ("YubiKey", false, 1));
        assert_eq!(own.aaguid, YUBIKEY.to_be_bytes());
        assert_eq!(own.transports.as_str(), "internal hybrid", "only what is known is kept");
        assert!(events_of(&site, &account).await.contains(&EventKind::PasskeyAdded));
        for address in [EMAIL, PHONE] {
            let told = site.notices_to(address).await;
            let of_passkey: Vec<_> = told.iter().filter(|notice| notice.text.contains("passkey")).collect();
            assert_eq!(of_passkey.len(), 1, "{address}");
            assert!(of_passkey[0].text.contains("/account/security/passkeys"));
        }
        // One more key takes nothing away: whoever was signed in stays so.
        assert!(flows::is_signed_in(&mut other).await);
        assert!(other.get("/account").await.body.contains("YubiKey"));
    }

    async fn an_authenticator_without_a_name_is_called_by_its_browser(database) {
        let site = site(database).await;
        let account = flows::mina(&site).await;
        added(&site, EMAIL, Authenticator { aaguid: 0, ..Authenticator::synced() }).await;
        assert_eq!(passkeys_of(&site, &account).await[0].name, "Firefox on Linux");
    }

    async fn the_question_names_the_person_and_what_is_there(database) {
        let site = site(database).await;
        flows::mina(&site).await;
        let first = added(&site, EMAIL, Authenticator::synced()).await;
        let mut browser = flows::minas_browser(&site).await;
        let page = browser.get(ADD).await;
        let options = options(&mut browser, &page, ADD).await;
        let asked = &options["publicKey"];
        assert_eq!(asked["user"]["displayName"], "Mina Farouk");
        assert_eq!(asked["user"]["name"], PHONE);
        let selection = json!({"residentKey": "required", "requireResidentKey": true, "userVerification": "required"});
        assert_eq!(asked["authenticatorSelection"], selection);
        let known = json!([{"type": "public-key", "id": keyhouse::security::random::encode(&first.credential_id), "transports": ["internal", "hybrid"]}]);
        assert_eq!(asked["excludeCredentials"], known);
    }

    async fn a_proof_of_long_ago_is_not_enough(database) {
        let site = site(database).await;
        let account = flows::mina(&site).await;
        let mut browser = flows::minas_browser(&site).await;
        let page = browser.get(ADD).await;
        let options = options(&mut browser, &page, ADD).await;
        let credential = Authenticator::synced().make(&options);
        site.advance(Duration::from_secs(601));
        let prove = Some("/signin/again?continue=%2Faccount%2Fsecurity%2Fpasskeys%2Fadd".to_owned());
        assert_eq!(browser.get(ADD).await.location(), prove);
        assert_eq!(crate::passkeys::ask(&mut browser, &page, ADD).await.location(), prove);
        assert_eq!(send(&mut browser, &page, ADD, &credential).await.location(), prove);
        assert_eq!(passkeys_of(&site, &account).await.len(), 0);
    }

    async fn a_bad_registration_is_refused(database) {
        let site = site(database).await;
        let account = flows::mina(&site).await;
        let mut browser = flows::minas_browser(&site).await;
        let good = Authenticator::synced();
        let refused = "Your device’s answer could not be used";
        for (mut bad, words) in [
            (good.unverified(), "Your device did not check that it is you"),
            (good.absent(), refused),
            (Authenticator { origin: "https://evil.example".to_owned(), ..good.clone() }, refused),
            (Authenticator { relying_party: "evil.example".to_owned(), ..good.clone() }, refused),
            (Authenticator { client_data: json!({"crossOrigin": true}), ..good.clone() }, refused),
            (Authenticator { client_data: json!({"type": "webauthn.get"}), ..good.clone() }, refused),
            // Backed up, but not to be backed up.
            (Authenticator { flags: 0x15, ..good.clone() }, refused),
        ] {
            assert_refused(&add(&mut browser, &mut bad).await, words);
        }
        assert_eq!(passkeys_of(&site, &account).await.len(), 0);
        assert_eq!(add(&mut browser, &mut good.clone()).await.status, StatusCode::SEE_OTHER);
    }

    async fn a_question_is_for_one_person_one_browser_and_one_answer(database) {
        let site = site(database).await;
        let mina = flows::mina(&site).await;
        let jonas = flows::jonas(&site).await;
        let mut browser = flows::minas_browser(&site).await;
        let page = browser.get(ADD).await;
        let minas = options(&mut browser, &page, ADD).await;
        // Jonas signs in in the same browser, and answers what Mina was asked.
        let mut same = browser.clone();
        site.advance(Duration::from_secs(1));
        flows::sign_in_from(&mut same, "/signin?another=yes", "jonas@lantern.example").await;
        let there = same.get(ADD).await;
        assert_refused(&send(&mut same, &there, ADD, &Authenticator::synced().make(&minas)).await, TOO_LATE);
        // Mina answers in another browser of hers.
        let mut other = flows::minas_browser(&site).await;
        let there = other.get(ADD).await;
        let mut asking = flows::minas_browser(&site).await;
        let elsewhere = asking.get(ADD).await;
        let asked = options(&mut asking, &elsewhere, ADD).await;
        assert_refused(&send(&mut other, &there, ADD, &Authenticator::synced().make(&asked)).await, TOO_LATE);
        // She answers twice, and too late.
        let mut browser = flows::minas_browser(&site).await;
        let page = browser.get(ADD).await;
        let asked = options(&mut browser, &page, ADD).await;
        assert_eq!(send(&mut browser, &page, ADD, &Authenticator::synced().make(&asked)).await.status, StatusCode::SEE_OTHER);
        assert_refused(&send(&mut browser, &page, ADD, &Authenticator::synced().make(&asked)).await, TOO_LATE);
        let asked = options(&mut browser, &page, ADD).await;
        site.advance(Duration::from_secs(300));
        assert_refused(&send(&mut browser, &page, ADD, &Authenticator::synced().make(&asked)).await, TOO_LATE);
        assert_eq!((passkeys_of(&site, &mina).await.len(), passkeys_of(&site, &jonas).await.len()), (1, 0));
    }

    async fn a_credential_is_of_one_account_only(database) {
        let site = site(database).await;
        let mina = flows::mina(&site).await;
        let jonas = flows::jonas(&site).await;
        let mut minas = added(&site, EMAIL, Authenticator::synced()).await;
        // Somebody who learned her credential ID would have it for an account of their own.
        let mut jonass = Browser::new(&site);
        flows::sign_in(&mut jonass, "jonas@lantern.example").await;
        let mut stolen = Authenticator { credential_id: minas.credential_id.clone(), ..Authenticator::synced() };
        assert_refused(&add(&mut jonass, &mut stolen).await, "This device’s passkey is on an account already");
        assert_eq!((passkeys_of(&site, &mina).await.len(), passkeys_of(&site, &jonas).await.len()), (1, 0));
        assert_eq!(sign_in(&mut Browser::new(&site), &mut minas).await.status, StatusCode::SEE_OTHER);
        // Of two at the same moment one gets it.
        let shared = Authenticator::synced();
        let mut browsers = Vec::new();
        for who in [EMAIL, "jonas@lantern.example"] {
            let mut browser = Browser::new(&site);
            flows::sign_in(&mut browser, who).await;
            let page = browser.get(ADD).await;
            let asked = options(&mut browser, &page, ADD).await;
            browsers.push((browser, page, shared.clone().make(&asked)));
        }
        let all = browsers.iter_mut().map(|(browser, page, answer)| send(browser, page, ADD, answer));
        let done = futures_util::future::join_all(all).await;
        assert_eq!(done.iter().filter(|answer| answer.status == StatusCode::SEE_OTHER).count(), 1);
        assert!(done.iter().all(|answer| !answer.status.is_server_error()));
        assert_eq!(passkeys_of(&site, &mina).await.len() + passkeys_of(&site, &jonas).await.len(), 2);
    }

    async fn nothing_is_added_while_changes_are_stopped_or_after_the_sign_in_has_ended(database) {
        let site = site(database).await;
        let account = flows::mina(&site).await;
        let mut browser = flows::minas_browser(&site).await;
        let page = browser.get(ADD).await;
        let asked = options(&mut browser, &page, ADD).await;
        let credential = Authenticator::synced().make(&asked);
        freeze(&site, &account).await;
        assert_refused(&send(&mut browser, &page, ADD, &credential).await, "Changes to your account are stopped");
        assert!(browser.get(ADD).await.form(ADD).is_none());
        site.advance(Duration::from_secs(86_401));
        let mut browser = flows::minas_browser(&site).await;
        let page = browser.get(ADD).await;
        let asked = options(&mut browser, &page, ADD).await;
        let session = sessions_of(&site, &account).await.into_iter().max_by_key(|own| own.created_at).unwrap();
        let (id, own) = (account.id, session.id);
        site.app.store.write(move |c| keyhouse::store::sessions::delete(c, id, own)).await.unwrap();
        let late = send(&mut browser, &page, ADD, &Authenticator::synced().make(&asked)).await;
        assert_eq!(late.location().as_deref(), Some("/signin?continue=%2Faccount"));
        assert_eq!(passkeys_of(&site, &account).await.len(), 0);
    }

    async fn there_are_not_more_than_twenty(database) {
        let site = site(database).await;
        let account = flows::mina(&site).await;
        let mut browser = flows::minas_browser(&site).await;
        for _ in 0..19 {
            assert_eq!(add(&mut browser, &mut Authenticator::synced()).await.status, StatusCode::SEE_OTHER);
        }
        // Two more at once: one of them is the twentieth.
        let mut asked = Vec::new();
        for _ in 0..2 {
            let page = browser.get(ADD).await;
            let options = options(&mut browser, &page, ADD).await;
            asked.push((browser.clone(), page, Authenticator::synced().make(&options)));
        }
        let all = asked.iter_mut().map(|(browser, page, answer)| send(browser, page, ADD, answer));
        futures_util::future::join_all(all).await;
        assert_eq!(passkeys_of(&site, &account).await.len(), 20);
        assert!(browser.get(ADD).await.form(ADD).is_none());
    }

    async fn a_name_is_the_owners_and_only_text(database) {
        let site = site(database).await;
        let account = flows::mina(&site).await;
        flows::jonas(&site).await;
        added(&site, EMAIL, Authenticator::synced()).await;
        let mut browser = flows::minas_browser(&site).await;
        let list = browser.get(LIST).await;
        let link = list.body.split("href=\"").skip(1).map(|rest| rest.split('"').next().unwrap()).find(|path| path.ends_with("/rename"));
        let path = link.unwrap().to_owned();
        let page = browser.get(&path).await;
        for (name, words) in [("", "Enter a name"), ("<b>x</b>", "There are signs in this name"), (&"x".repeat(65), "64")] {
            assert_refused(&browser.submit(&page, &path, &[("name", name)]).await, words);
        }
        let done = browser.submit(&page, &path, &[("name", " My & phone ")]).await;
        assert_eq!(done.location().as_deref(), Some("/account/security/passkeys?note=renamed"));
        assert_eq!(passkeys_of(&site, &account).await[0].name, "My & phone");
        let list = browser.get(LIST).await.body;
        assert!(list.contains("My &#38; phone") && list.contains("<bdi>Google Password Manager</bdi>"), "{list}");
        assert!(events_of(&site, &account).await.contains(&EventKind::PasskeyRenamed));
        let mut jonass = Browser::new(&site);
        flows::sign_in(&mut jonass, "jonas@lantern.example").await;
        assert_eq!(jonass.get(&path).await.status, StatusCode::NOT_FOUND);
        let (_, token) = jonass.get("/account/settings").await.form("/account/settings").unwrap();
        let csrf = token.into_iter().find(|(name, _)| name == "csrf").unwrap().1;
        assert_eq!(jonass.post(&path, &[("csrf", &csrf), ("name", "Mine")]).await.status, StatusCode::NOT_FOUND);
        assert_eq!(passkeys_of(&site, &account).await[0].name, "My & phone");
    }

    async fn password_managers_find_the_pages(database) {
        let site = site(database).await;
        let told = Browser::new(&site).get("/.well-known/passkey-endpoints").await;
        let of = |path: &str| format!("http://localhost:1{path}");
        assert_eq!(told.json(), json!({"enroll": of(ADD), "manage": of(LIST)}));
    }

    async fn the_browser_is_told_what_counts_and_what_the_person_is_called(database) {
        let site = site(database).await;
        let account = flows::mina(&site).await;
        let first = added(&site, EMAIL, Authenticator::synced()).await;
        let second = added(&site, EMAIL, Authenticator::hardware()).await;
        let mut browser = flows::minas_browser(&site).await;
        let list = browser.get(LIST).await.body;
        let (one, other) = (&passkeys_of(&site, &account).await[0], &passkeys_of(&site, &account).await[1]);
        let ids = [&one.credential_id, &other.credential_id].map(keyhouse::security::random::encode).join(" ");
        assert!(list.contains(&format!("data-passkey-accepted=\"{ids}\"")), "{list}");
        let handle = keyhouse::security::random::encode(first.user_handle.as_ref().unwrap());
        assert!(list.contains(&format!("data-passkey-account=\"{handle}\" data-passkey-rp=\"localhost\"")));
        assert_eq!(first.user_handle, second.user_handle);
        let page = browser.get("/account/personal").await;
        assert!(!page.body.contains("data-passkey"));
        let done = browser.submit(&page, "/account/personal", &[("name", "Mina Weber")]).await;
        let page = browser.follow(done).await;
        assert!(page.body.contains("data-passkey-display-name=\"Mina Weber\""), "{}", page.body);
    }

    async fn an_authenticator_app_beside_it_makes_its_sign_in_no_weaker(database) {
        let site = site(database).await;
        let account = flows::mina(&site).await;
        let mut passkey = added(&site, EMAIL, Authenticator::hardware()).await;
        site.advance(Duration::from_secs(1));
        let mut browser = Browser::new(&site);
        sign_in(&mut browser, &mut passkey).await;
        crate::steps::add_app(&site, &mut browser).await;
        assert_eq!(sessions_of(&site, &account).await[0].amr.as_str(), "hwk user mfa");
        browser.get("/account/security/recovery-codes").await.assert_page(StatusCode::OK);
    }
}
