//! Whatever people and browsers write, a line of the log is one line of JSON, and says nothing of it.

use reqwest::Method;

use crate::harness::browser::Browser;
use crate::harness::process::Process;

const HOSTILE: &str = "\",\"level\":\"ERROR\",\"fields\":{\"message\":\"forged\"}}";

#[tokio::test]
async fn nobody_writes_lines_of_the_log() {
    let process = Process::start(&[("KEYHOUSE_LOG__FORMAT", "json"), ("KEYHOUSE_LOG__LEVEL", "debug")]);
    let mut browser = Browser::at(&process.base);
    browser.headers = vec![("User-Agent".to_owned(), format!("Firefox/1 \u{9}{HOSTILE}"))];
    let escape = "%0d%0a%1b%5b31m%22%2c%22level%22%3a%22ERROR%22%2c%22other%22%3a%221";
    for path in ["/account/devices/", "/account/apps/about?client_id=", "/account/activity?before=", "/"] {
        browser.get(&format!("{path}{escape}")).await;
    }
    let page = browser.get("/signin").await;
    let typed = format!("forged\r\n{HOSTILE}@lantern.example");
    browser.submit(&page, "/signin", &[("identifier", &typed)]).await;
    browser.request(Method::GET, "/signin", &[("X-Forwarded-For", HOSTILE), ("Referer", HOSTILE)], Vec::new()).await;
    let log = process.log();
    let log: Vec<&str> = log.lines().collect();
    assert!(
        log.iter().filter(|line| line.contains("/account/devices/") || line.contains("status")).count() > 3,
        "{log:#?}"
    );
    for line in &log {
        let value: serde_json::Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        assert_ne!(value["level"], "ERROR", "{line}");
        assert!(!line.contains("forged") && !line.contains('\u{1b}') && !line.contains("Firefox"), "{line}");
    }
}
