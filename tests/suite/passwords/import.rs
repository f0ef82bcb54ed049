//! `keyhouse account import`: people of another system, with what their passwords were hashed to there.

use keyhouse::store::accounts::Account;
use keyhouse::store::addresses::{self, AddressKind};
use keyhouse::store::profiles;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::time::Duration;

use super::hash_of;
use crate::both;
use crate::harness::Site;
use crate::harness::browser::Browser;
use crate::harness::command::Said;
use crate::harness::flows;
use crate::life::password_steps::{opens, sign_in_by_code};
use keyhouse::security::random;

/// [`flows::PASSWORD`] as OpenSSL and libxcrypt hash it.
const HASHES: [(&str, &str); 10] = [
    ("bcrypt-2a", "$2a$04$abcdefghijklmnopqrstuuqREtd3VJD2QVZbuFskFSLk6eRIrQoOS"),
    ("bcrypt-2b", "$2b$04$abcdefghijklmnopqrstuuqREtd3VJD2QVZbuFskFSLk6eRIrQoOS"),
    ("bcrypt-2y", "$2y$04$abcdefghijklmnopqrstuuqREtd3VJD2QVZbuFskFSLk6eRIrQoOS"),
    ("scrypt", "$scrypt$ln=14,r=8,p=1$MDEyMzQ1Njc4OWFiY2RlZg$ebnHHTApWa0oNoXTYCCHxLXDaejcvcTRQhZaD1OJNCE"),
    ("pbkdf2-sha1", "$pbkdf2$i=1000,l=20$MDEyMzQ1Njc4OWFiY2RlZg$rDjxw4qmzpl4HTyqLNYNsdE5Zi4"),
    ("pbkdf2-sha256", "$pbkdf2-sha256$i=1000,l=32$MDEyMzQ1Njc4OWFiY2RlZg$BVALGMmC/K/8ELErc5VgJxyPFApArIZRCQsqjEgZWJ4"),
    (
        "pbkdf2-sha512",
        "$pbkdf2-sha512$i=1000,l=64$MDEyMzQ1Njc4OWFiY2RlZg$7F/Y1rnWXXurLCfFvAmyjyXtbABhgzBTBNcm//wlnvGBOz7OExlgRFs5qwaY5PzB3/WjR7P4yv/ACDQZpDXIfQ",
    ),
    ("passlib", "$pbkdf2-sha256$1000$MDEyMzQ1Njc4OWFiY2RlZg$BVALGMmC/K/8ELErc5VgJxyPFApArIZRCQsqjEgZWJ4"),
    ("django", "pbkdf2_sha256$1000$0123456789abcdef$BVALGMmC/K/8ELErc5VgJxyPFApArIZRCQsqjEgZWJ4="),
    ("argon2id", ""),
];

/// A file of lines, which goes when this is dropped.
pub struct Lines(PathBuf);

impl Lines {
    pub fn of(lines: &[String]) -> Self {
        let path = std::env::temp_dir().join(format!("keyhouse-import-{}", random::identifier()));
        std::fs::write(&path, lines.join("\n")).unwrap();
        Self(path)
    }

    pub fn path(&self) -> &str {
        self.0.to_str().unwrap()
    }
}

impl Drop for Lines {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

pub fn person(email: &str) -> Value {
    json!({"name": "Mina Farouk", "email": email, "email_verified": true})
}

async fn import(site: &Site, lines: &Lines, more: &[&str]) -> Said {
    let arguments: Vec<&str> = ["account", "import", lines.path()].into_iter().chain(more.iter().copied()).collect();
    site.command(&arguments).await
}

pub async fn owner(site: &Site, kind: AddressKind, value: &str) -> Option<Account> {
    let value = value.to_owned();
    site.app.store.read(move |connection| addresses::owner(connection, kind, &value)).await.unwrap()
}

both! {
    async fn every_kind_of_hash_opens_its_account_and_is_renewed(database) {
        let site = Site::start(database).await;
        let own = site.app.passwords.hash(flows::PASSWORD.to_owned().into()).await.unwrap();
        let lines: Vec<String> = HASHES
            .iter()
            .map(|(name, hash)| {
                let mut line = person(&format!("{name}@lantern.example"));
                line["password_hash"] = if hash.is_empty() { own.as_str() } else { hash }.into();
                line.to_string()
            })
            .collect();
        let said = import(&site, &Lines::of(&lines), &["--json"]).await;
        assert_eq!(said.json()["made"], HASHES.len());
        for (name, hash) in HASHES {
            let email = format!("{name}@lantern.example");
            let account = owner(&site, AddressKind::Email, &email).await.unwrap();
            let kept = hash_of(&site, &account).await;
            assert_eq!(kept.starts_with("$argon2id$"), hash.is_empty(), "{name}: {kept}");
            for wrong in ["correct horse batterz", "Correct horse battery", hash] {
                assert!(wrong.is_empty() || !opens(&site, &email, wrong).await, "{name}");
            }
            assert_eq!(hash_of(&site, &account).await, kept, "a wrong password renews nothing");
            assert!(opens(&site, &email, flows::PASSWORD).await, "{name}");
            let renewed = hash_of(&site, &account).await;
            assert!(renewed.starts_with("$argon2id$v=19$m=8192,t=1,p=1$"), "{name}: {renewed}");
            assert!(opens(&site, &email, flows::PASSWORD).await, "{name}");
            assert!(!opens(&site, &email, "correct horse batterz").await, "{name}");
            assert_eq!(hash_of(&site, &account).await, renewed, "once");
        }
    }

    async fn what_the_line_says_of_a_person_is_kept_and_nothing_is_sent(database) {
        let site = Site::start(database).await;
        let line = json!({
            "name": "Mina Farouk", "phone_number": "+43 660 5554417", "phone_number_verified": true,
            "email": "mina@lantern.example", "email_verified": false, "created_at": "2019-05-01T10:00:00Z",
            "locale": "zh-CN", "zoneinfo": "Europe/Vienna", "nickname": "Min", "address": {"locality": "Vienna"},
        });
        let said = import(&site, &Lines::of(&[line.to_string()]), &["--json", "--as", "alice"]).await;
        assert_eq!((&said.json()["made"], &said.json()["unproved_addresses"]), (&1.into(), &1.into()));
        assert!(site.messages().is_empty());
        assert!(owner(&site, AddressKind::Email, "mina@lantern.example").await.is_none(), "nobody verified it");
        let account = owner(&site, AddressKind::Phone, "+436605554417").await.unwrap();
        assert_eq!(account.created_at.rfc3339(), "2019-05-01T10:00:00.000Z");
        assert_eq!((account.language.as_deref(), account.zoneinfo.as_deref()), (Some("zh-CN"), Some("Europe/Vienna")));
        let id = account.id;
        let profile = site.app.store.read(move |c| profiles::of_account(c, id)).await.unwrap().unwrap();
        assert_eq!(profile.nickname.as_deref(), Some("Min"));
        assert_eq!(profile.address.get().unwrap().locality.as_deref(), Some("Vienna"));
        let audit = site.command(&["account", "audit", &account.account_number, "--json"]).await.json();
        assert_eq!((&audit[0]["action"], &audit[0]["operator"]), (&"import".into(), &"alice".into()));
        // An account from years ago that comes along today is no number that somebody else may have by now.
        let mut browser = Browser::new(&site);
        let done = sign_in_by_code(&site, &mut browser, "+436605554417", "sms", "+436605554417").await;
        assert_eq!(done.location().as_deref(), Some("/account"), "{}", done.body);
        site.advance(Duration::from_secs(60));
        assert!(flows::is_signed_in(&mut browser).await);
    }

    async fn lines_that_cannot_be_are_reported_without_what_is_in_them(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let secret = "s3cret-hash";
        let mut bad = person("bad@lantern.example");
        bad["password_hash"] = secret.into();
        let mut costly = person("costly@lantern.example");
        costly["password_hash"] = "$2b$31$abcdefghijklmnopqrstuuqREtd3VJD2QVZbuFskFSLk6eRIrQoOS".into();
        let mut theirs = person("new@lantern.example");
        theirs["phone_number"] = "+436605554417".into();
        theirs["phone_number_verified"] = true.into();
        let lines = [
            person("one@lantern.example").to_string(),
            bad.to_string(),
            String::new(),
            format!("{{\"name\": \"{secret}"),
            json!({"name": "Mina", "email": "x@lantern.example"}).to_string(),
            costly.to_string(),
            "x".repeat(200 * 1024),
            theirs.to_string(),
            person("two@lantern.example").to_string(),
        ];
        let (lines, report) = (Lines::of(&lines), Lines(std::env::temp_dir().join(format!("keyhouse-refused-{}", random::identifier()))));
        let dry = import(&site, &lines, &["--dry-run"]).await;
        assert!(!dry.is_done && owner(&site, AddressKind::Email, "one@lantern.example").await.is_none(), "{dry:?}");
        let said = import(&site, &lines, &["--refused", report.path()]).await;
        assert!(!said.is_done, "{said:?}");
        let kept = std::fs::read_to_string(&report.0).unwrap();
        for text in [&said.error, &said.out, &kept, &dry.error] {
            assert!(!text.contains(secret) && !text.contains("lantern.example") && !text.contains("$2b$"), "{text}");
        }
        let refused: Vec<Value> = kept.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let told: Vec<(u64, &str)> =
            refused.iter().map(|line| (line["line"].as_u64().unwrap(), line["reason"].as_str().unwrap())).collect();
        for ((line, reason), (number, part)) in told.iter().zip([
            (2, "of no kind that is known"),
            (4, "no JSON object"),
            (5, "no verified address"),
            (6, "costs more to check"),
            (7, "longer than 64 KiB"),
            (8, "belongs to another account"),
        ]) {
            assert!(*line == number && reason.contains(part), "{told:?}");
            assert!(said.error.contains(&format!("line {number}: {reason}")), "{said:?}");
        }
        assert_eq!(told.len(), 6);
        for email in ["one@lantern.example", "two@lantern.example"] {
            assert!(owner(&site, AddressKind::Email, email).await.is_some(), "{email}");
        }
        assert!(owner(&site, AddressKind::Email, "new@lantern.example").await.is_none());
        let again = import(&site, &lines, &[]).await;
        assert!(!again.is_done && again.error.contains("there already"), "{again:?}");
        assert!(again.error.lines().any(|line| line.split_whitespace().collect::<Vec<_>>() == ["there", "already", "2"]), "{again:?}");
    }
}
