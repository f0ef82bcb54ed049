//! Development mode keeps to this machine, and its messages can be read; the log never holds what is secret.

use keyhouse::config::Config;
use keyhouse::delivery::CapturedMessage;
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::both;
use crate::harness::Site;
use crate::harness::browser::{Answer, Browser};
use crate::harness::flows;
use crate::harness::process::Process;

const PHONE: &str = "+436605554417";
const PASSWORD: &str = "a password nobody may log";

/// The newest message of the mailbox's JSON.
async fn newest(browser: &mut Browser) -> Value {
    browser.get("/dev/mailbox.json").await.json()[0].take()
}

fn code_in(message: &Value) -> String {
    let text = message["text"].as_str().unwrap();
    text.split(|c: char| !c.is_ascii_digit()).find(|word| word.len() == 6).unwrap().to_owned()
}

/// Signs up, out and in again, with a few mistakes; gives every secret that passed by.
async fn busy_hour(browser: &mut Browser) -> Vec<String> {
    let mut secrets = vec![PASSWORD.to_owned(), "a wrong password".to_owned()];
    let page = flows::sign_up(browser, PHONE).await;
    let code = code_in(&newest(browser).await);
    flows::enter(browser, &page, &flows::other_code(&code)).await;
    let right = flows::enter(browser, &page, &code).await;
    let page = browser.follow(right).await;
    let done = browser.submit(&page, "/signup/details", &[("password", PASSWORD)]).await;
    assert_eq!(done.location().as_deref(), Some("/account"), "{}", done.body);
    secrets.extend([code, attempt_of(&page)]);
    secrets.extend(browser.cookies.values().cloned());
    let mut other = browser.clone();
    other.cookies.clear();
    let page = flows::begin(&mut other, "mina.farouk@lantern.example").await;
    flows::password(&mut other, &page, "a wrong password").await;
    flows::send_code(&mut other, &page).await;
    other.get("/oauth/authorize?client_id=nobody&state=a-state-to-keep&login_hint=mina.farouk@lantern.example").await;
    other.post("/oauth/token", &[("grant_type", "authorization_code"), ("code", "a-code-to-keep")]).await;
    other.headers = vec![("Authorization".to_owned(), "Bearer a-token-to-keep".to_owned())];
    other.get("/oauth/userinfo").await;
    other.get("/signin/code?attempt=an-attempt-to-keep").await;
    secrets.extend(other.cookies.values().cloned());
    secrets.extend(["a-state-to-keep", "a-code-to-keep", "a-token-to-keep", "an-attempt-to-keep"].map(str::to_owned));
    secrets
}

fn attempt_of(page: &Answer) -> String {
    let (_, fields) = page.form("/signup/details").unwrap();
    fields.into_iter().find(|(name, _)| name == "attempt").unwrap().1
}

#[tokio::test]
async fn the_log_holds_no_secret_and_no_whole_address() {
    for format in ["json", "text"] {
        let settings = [
            ("KEYHOUSE_LOG__LEVEL", "info,keyhouse=trace"),
            ("KEYHOUSE_LOG__FORMAT", format),
            ("KEYHOUSE_SERVER__TRUSTED_PROXIES", "127.0.0.1"),
            ("KEYHOUSE_LIMITS__SENDS_PER_ADDRESS_PER_HOUR", "1"),
        ];
        let process = Process::start(&settings);
        let mut browser = Browser::at(&process.base);
        browser.headers.push(("X-Forwarded-For".to_owned(), "198.51.100.77".to_owned()));
        let mut secrets = busy_hour(&mut browser).await;
        secrets.extend([PHONE, "6605554417", "mina.farouk@lantern", "Mina Farouk", "198.51.100.77"].map(str::to_owned));
        let log = process.log();
        assert!(log.contains("/signin/password") && log.contains("198.51.100.0/24"), "{log}");
        for secret in &secrets {
            let line = log.lines().find(|line| line.contains(secret.as_str()));
            assert_eq!(line, None, "{secret}");
        }
    }
}

#[tokio::test]
async fn captured_messages_are_lines_of_a_file() {
    let process = Process::start(&[]);
    let mut browser = Browser::at(&process.base);
    flows::sign_up(&mut browser, PHONE).await;
    let sent = newest(&mut browser).await;
    let file = std::fs::read_to_string(process.folder.join("captured.jsonl")).unwrap();
    let line: Value = serde_json::from_str(file.lines().next().unwrap()).unwrap();
    assert_eq!(line, json!({"to": PHONE, "kind": "code", "text": sent["text"]}));
    assert_eq!((file.lines().count(), file.ends_with('\n')), (1, true));
}

both! {
    async fn the_mailbox_shows_every_message(database) {
        let site = Site::start(database).await;
        let mut browser = Browser::new(&site);
        flows::sign_up(&mut browser, PHONE).await;
        flows::sign_up(&mut browser, "mina@lantern.example").await;
        let shown = browser.get("/dev/mailbox.json").await.json();
        let to: Vec<_> = shown.as_array().unwrap().iter().map(|message| (&message["to"], &message["channel"])).collect();
        assert_eq!(json!(to), json!([["mina@lantern.example", "email"], [PHONE, "sms"]]));
        let page = browser.get("/dev/mailbox").await;
        assert_eq!(page.status, StatusCode::OK);
        for CapturedMessage { to, .. } in site.messages() {
            assert!(page.body.contains(&to), "{to}");
        }
        assert!(page.body.contains(&site.code_to(PHONE)));
    }

    async fn development_keeps_to_this_machine(database) {
        let url = database.url();
        let load = |name: &str, text: &str| {
            // The issuer of development.toml is good.
            let own = [
                ("KEYHOUSE_STORE__URL", url.as_str()),
                ("KEYHOUSE_SECRETS__MASTER_KEY", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
                (name, text),
            ];
            let variables = own.map(|(name, text)| (name.to_owned(), text.to_owned()));
            Config::load(None, variables.into_iter(), true).map(drop).map_err(|error| error.to_string())
        };
        assert_eq!(load("KEYHOUSE_SERVER__LISTEN", "127.0.0.1:1"), Ok(()));
        for (name, text) in [
            ("KEYHOUSE_SERVER__LISTEN", "0.0.0.0:8080"),
            ("KEYHOUSE_SERVER__LISTEN", "[::]:8080"),
            ("KEYHOUSE_SERVER__MANAGEMENT_LISTEN", "192.0.2.1:9090"),
            ("KEYHOUSE_SERVER__ISSUER", "https://account.lantern.example"),
            ("KEYHOUSE_SERVER__ISSUER", "http://127.0.0.1.evil.example:8080"),
            ("KEYHOUSE_SERVER__ISSUER", "http://192.0.2.1:8080"),
        ] {
            let refused = load(name, text).unwrap_err();
            assert!(refused.contains("loopback") || refused.contains("https"), "{name}={text}: {refused}");
        }
    }
}

#[test]
fn the_program_refuses_what_is_not_this_machine_and_says_why() {
    let refused = std::process::Command::new(env!("CARGO_BIN_EXE_keyhouse"))
        .args(["serve", "--dev"])
        .env("KEYHOUSE_SERVER__LISTEN", "0.0.0.0:0")
        .env("KEYHOUSE_SECRETS__MASTER_KEY", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
        .output()
        .unwrap();
    let said = String::from_utf8(refused.stderr).unwrap();
    assert_eq!(refused.status.code(), Some(1), "{said}");
    assert!(said.contains("server.listen") && said.contains("loopback") && !said.contains("AAAA"), "{said}");
}
