//! What operators do to accounts by command: each with its row in the audit and, for the person, in their own history.

use std::time::Duration;

use keyhouse::store::operator_audit;
use reqwest::StatusCode;
use serde_json::Value;

use super::activity::{PAGE, told};
use super::devices::EMAIL;
use crate::both;
use crate::harness::Site;
use crate::harness::browser::Browser;
use crate::harness::flows;
use crate::harness::receiver::Receiver;

const PHONE: &str = "+436605554417";

/// The entries of the audit, newest first: what, by whom, why.
async fn audited(site: &Site, who: &[&str]) -> Vec<(String, String, Value)> {
    let arguments: Vec<&str> = ["account", "audit", "--json"].iter().chain(who).copied().collect();
    let list = site.command(&arguments).await.json();
    let text = |entry: &Value, name: &str| entry[name].as_str().unwrap().to_owned();
    list.as_array()
        .unwrap()
        .iter()
        .map(|entry| (text(entry, "action"), text(entry, "operator"), entry["reason"].clone()))
        .collect()
}

both! {
    async fn looking_is_written_down_and_shows_no_secret(database) {
        let site = Site::start(database).await;
        let mina = flows::mina(&site).await;
        let mut browser = flows::minas_browser(&site).await;
        let client = site.client(|_| {}).await;
        let tokens = flows::tokens(&site, &mut browser, &client, "openid offline_access").await;
        site.advance(Duration::from_secs(1));
        let shown = site.command(&["account", "show", EMAIL, "--as", "alice"]).await;
        assert!(shown.is_done, "{shown:?}");
        for told in ["Mina Farouk", "active", "m•••@lantern.example", client.id(), "password    yes"] {
            assert!(shown.out.contains(told), "{told}: {}", shown.out);
        }
        site.advance(Duration::from_secs(1));
        let full = site.command(&["account", "show", &mina.account_number, "--full", "--json", "--reason", "Asked by phone"]).await;
        let json = full.json();
        assert_eq!(json["addresses"][0]["value"], PHONE);
        assert_eq!((&json["sessions"], &json["devices"], &json["state"]), (&1.into(), &1.into(), &"active".into()));
        let secrets = [
            browser.cookies["keyhouse_session"].as_str(), browser.cookies["keyhouse_device"].as_str(), "$argon2",
            tokens["refresh_token"].as_str().unwrap(), client.secret.as_str(), flows::PASSWORD,
        ];
        for said in [&shown, &full] {
            assert!(!secrets.iter().any(|secret| said.out.contains(secret) || said.error.contains(secret)), "{said:?}");
        }
        assert!(!shown.out.contains(EMAIL) && !shown.out.contains(PHONE), "{}", shown.out);

        let audit = audited(&site, &[]).await;
        assert_eq!(audit.len(), 2);
        assert_eq!((audit[0].0.as_str(), &audit[0].2), ("show_full", &"Asked by phone".into()));
        assert_eq!((audit[1].0.as_str(), audit[1].1.as_str(), &audit[1].2), ("show", "alice", &Value::Null));
        let now = site.now();
        let all = site.app.store.read(move |c| operator_audit::newest(c, None, now, 10)).await.unwrap();
        assert!(all.iter().all(|entry| !entry.os_user.is_empty() && entry.account_id == Some(mina.id)));
        assert_ne!(all[1].os_user, "alice", "whatever they call themselves");
        let page = browser.get(&format!("{PAGE}?topic=operator")).await;
        assert_eq!(told(&page), ["Support looked at the account"; 2]);
        assert!(page.body.contains("Reason: Asked by phone") && !page.body.contains("alice"), "{}", page.body);
    }

    async fn locking_ends_everything_tells_the_person_why_and_is_undone(database) {
        let site = Site::start(database).await;
        let mina = flows::mina(&site).await;
        let mut app = Receiver::start();
        let url = app.url.clone();
        let client = site.client(|client| client.backchannel_logout_uri = Some(url)).await;
        let mut browser = flows::minas_browser(&site).await;
        let tokens = flows::tokens(&site, &mut browser, &client, "openid offline_access").await;
        let reason = "Somebody else uses it. Ask the front desk.";
        let locked = site.command(&["account", "lock", PHONE, "--reason", reason, "--as", "alice", "--json"]).await.json();
        assert_eq!((&locked["state"], &locked["sessions_ended"]), (&"locked".into(), &1.into()));
        assert!(app.next().await.starts_with("logout_token="), "a running server tells the apps");
        assert!(!flows::is_signed_in(&mut browser).await);
        flows::refresh(&site, &client, tokens["refresh_token"].as_str().unwrap()).await.refused(400, "invalid_grant");
        let page = flows::begin(&mut browser, EMAIL).await;
        let refused = flows::password(&mut browser, &page, flows::PASSWORD).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN);
        assert!(refused.body.contains(reason), "{}", refused.body);

        site.advance(Duration::from_secs(1));
        let unlocked = site.command(&["account", "unlock", &mina.account_number, "--reason", "It was hers"]).await;
        assert!(unlocked.is_done && unlocked.out.contains("can be used again"), "{unlocked:?}");
        let again = site.command(&["account", "unlock", &mina.account_number]).await;
        assert!(!again.is_done && again.error.contains("is not locked"), "{again:?}");
        flows::sign_in(&mut browser, EMAIL).await;
        let operators = told(&browser.get(&format!("{PAGE}?topic=operator")).await);
        assert_eq!(operators, ["Support unlocked the account", "Support locked the account"]);
        let actions: Vec<String> = audited(&site, &[EMAIL]).await.into_iter().map(|(action, ..)| action).collect();
        assert_eq!(actions, ["unlock", "lock"], "what was refused is none");
    }

    async fn sessions_are_ended_and_can_begin_again(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        flows::jonas(&site).await;
        let (mut hers, mut his) = (flows::minas_browser(&site).await, Browser::new(&site));
        flows::sign_in(&mut his, "jonas@lantern.example").await;
        let client = site.client(|_| {}).await;
        let tokens = flows::tokens(&site, &mut hers, &client, "openid offline_access").await;
        let ended = site.command(&["account", "end-sessions", EMAIL, "--as", "alice", "--reason", "Lost phone"]).await;
        assert!(ended.is_done && ended.out.contains("Sign-ins ended: 1"), "{ended:?}");
        assert!(!flows::is_signed_in(&mut hers).await && flows::is_signed_in(&mut his).await);
        assert_eq!(flows::userinfo(&site, tokens["access_token"].as_str().unwrap()).await.status, StatusCode::UNAUTHORIZED);
        flows::sign_in(&mut hers, EMAIL).await;
        let page = hers.get(&format!("{PAGE}?topic=operator")).await;
        assert_eq!(told(&page), ["Support signed out all devices"]);
        assert!(page.body.contains("Reason: Lost phone"));
        assert_eq!(audited(&site, &[]).await, [("end_sessions".to_owned(), "alice".to_owned(), "Lost phone".into())]);
    }

    async fn an_account_made_by_hand_is_in_the_audit(database) {
        let site = Site::start(database).await;
        let made = site.command(&["account", "create", "--name", "Zoe", "--email", "zoe@lantern.example", "--as", "bob", "--json"]).await;
        let number = made.json()["account_id"].as_str().unwrap().to_owned();
        assert_eq!(audited(&site, &[&number]).await, [("create".to_owned(), "bob".to_owned(), Value::Null)]);
        let taken = site.command(&["account", "create", "--name", "Zoe", "--email", "zoe@lantern.example"]).await;
        assert!(!taken.is_done);
        assert_eq!(audited(&site, &[]).await.len(), 1, "what was not done is not written down");
    }

    async fn an_account_is_erased_by_its_own_number_only(database) {
        let site = Site::start(database).await;
        let mina = flows::mina(&site).await;
        let mut browser = flows::minas_browser(&site).await;
        site.command(&["account", "show", EMAIL, "--reason", "Asked by phone"]).await;
        let wrong = site.command(&["account", "erase", EMAIL, "--confirm", "111111111111"]).await;
        assert!(!wrong.is_done && wrong.error.contains("12 digits of this very account"), "{wrong:?}");
        assert!(flows::is_signed_in(&mut browser).await);
        site.advance(Duration::from_secs(1));
        let done = site.command(&["account", "erase", EMAIL, "--confirm", &mina.account_number, "--as", "alice"]).await;
        assert!(done.is_done, "{done:?}");
        assert!(!flows::is_signed_in(&mut browser).await);
        assert!(!site.command(&["account", "show", EMAIL]).await.is_done, "nobody is there any more");
        // The audit still knows of it, by the number alone, and nothing that was said of the person.
        let audit = audited(&site, &[&mina.account_number]).await;
        assert_eq!(audit[0], ("erase".to_owned(), "alice".to_owned(), Value::Null));
        assert_eq!((audit[1].0.as_str(), &audit[1].2), ("show", &Value::Null));
    }

    async fn the_audit_is_of_one_account_or_of_all_and_outlives_the_account(database) {
        let site = Site::start(database).await;
        let mina = flows::mina(&site).await;
        flows::jonas(&site).await;
        for who in [EMAIL, "jonas@lantern.example", EMAIL] {
            site.advance(Duration::from_secs(1));
            assert!(site.command(&["account", "show", who, "--reason", "Why not"]).await.is_done);
        }
        assert_eq!(audited(&site, &[]).await.len(), 3);
        assert_eq!(audited(&site, &["--limit", "1"]).await.len(), 1);
        for who in [EMAIL, PHONE, mina.account_number.as_str()] {
            assert_eq!(audited(&site, &[who]).await.len(), 2, "{who}");
        }
        let table = site.command(&["account", "audit", &mina.account_number]).await.out;
        assert!(table.starts_with("when") && table.contains(&keyhouse::identifier::grouped(&mina.account_number)), "{table}");
        // Deleted: nothing of the person is left there, and it is still found by who knows the 12 digits.
        site.app.store.write(move |c| operator_audit::forget(c, mina.id)).await.unwrap();
        let left = site.command(&["account", "audit", &mina.account_number, "--json"]).await.json();
        assert_eq!(left.as_array().unwrap().len(), 2);
        for entry in left.as_array().unwrap() {
            assert_eq!((&entry["account_id"], &entry["reason"], &entry["action"]), (&Value::Null, &Value::Null, &"show".into()));
        }
        let nobody = site.command(&["account", "audit", "nobody@lantern.example"]).await;
        assert!(!nobody.is_done && nobody.error.contains("there is no account"), "{nobody:?}");
    }

    async fn the_audit_is_kept_as_long_as_the_configuration_says(database) {
        let site = Site::with(database, &[("KEYHOUSE_ACCOUNT__AUDIT_DAYS", "30")]).await;
        flows::mina(&site).await;
        assert!(site.command(&["account", "show", EMAIL]).await.is_done);
        let now = site.now();
        for (days, left) in [(30, 1), (32, 0)] {
            let then = site.now().plus(Duration::from_secs(days * 86_400));
            keyhouse::store::expiry::sweep(&site.app.store, then).await.unwrap();
            assert_eq!(site.app.store.read(move |c| operator_audit::newest(c, None, now, 10)).await.unwrap().len(), left, "{days}");
        }
    }

    async fn nothing_is_done_where_it_cannot_be_written_down_well(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let mut browser = flows::minas_browser(&site).await;
        let hostile = "ok\n2027-01-15T08:00:00Z  bob  unlock";
        let long = "x".repeat(301);
        for (name, reason) in [("alice", hostile), (hostile, "fine"), ("alice", "\u{1b}[2J"), ("", "fine"), ("alice", ""), ("alice", &long), ("alice", "a\u{202e}b")] {
            let refused = site.command(&["account", "lock", EMAIL, "--as", name, "--reason", reason]).await;
            assert!(!refused.is_done && refused.out.is_empty(), "{name:?} {reason:?}: {refused:?}");
        }
        assert!(flows::is_signed_in(&mut browser).await);
        assert_eq!(site.command(&["account", "audit"]).await.out, "Nothing is written down.\n");
        // Under another master key its mark would be found by nobody.
        let other_key = keyhouse::security::random::secret();
        let refused = site.command_with(&["account", "show", EMAIL], &[("KEYHOUSE_SECRETS__MASTER_KEY", &other_key)]).await;
        assert!(!refused.is_done && refused.error.contains("another master key") && refused.out.is_empty(), "{refused:?}");
        let now = site.now();
        let all = site.app.store.read(move |c| operator_audit::newest(c, None, now, 10)).await.unwrap();
        assert!(all.is_empty(), "{all:?}");
    }
}
