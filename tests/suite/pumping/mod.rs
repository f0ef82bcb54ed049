//! Text messages that somebody pumps: who owns numbers earns by having codes sent to them. The limits are as they are shipped,
//! but for what a test is about.

mod budgets;
mod known;
mod own;
mod share;
mod ways;
mod work;

use std::time::Duration;

use keyhouse::credentials::sms::proof_of_work::zero_bits;
use keyhouse::delivery::MessageKind;
use regex::Regex;
use reqwest::StatusCode;

use crate::harness::Site;
use crate::harness::browser::{Answer, Browser};
use crate::harness::database::Database;
use crate::harness::flows;

pub const PHONE: &str = "+436605554417";
pub const MINUTE: Duration = Duration::from_secs(60);
pub const HOUR: Duration = Duration::from_secs(60 * 60);

/// A site as an operator gets it, where text messages are concerned, and with these settings: `("PER_RANGE_PER_HOUR", "3")`.
/// Everybody says for themselves where they come from.
pub async fn shipped(database: Database, more: &[(&str, &str)]) -> Site {
    let written: toml::Table = include_str!("../../../config/default.toml").parse().unwrap();
    let mut settings = vec![("KEYHOUSE_SERVER__TRUSTED_PROXIES".to_owned(), "127.0.0.0/8".to_owned())];
    for (key, value) in written["sms"].as_table().unwrap() {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        settings.push((format!("KEYHOUSE_SMS__{}", key.to_ascii_uppercase()), text));
    }
    for (key, text) in more {
        let name = if key.starts_with("KEYHOUSE_") { (*key).to_owned() } else { format!("KEYHOUSE_SMS__{key}") };
        settings.retain(|(own, _)| *own != name);
        settings.push((name, (*text).to_owned()));
    }
    let settings: Vec<(&str, &str)> = settings.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    Site::with(database, &settings).await
}

/// The same without work for browsers.
pub async fn without_work(database: Database, more: &[(&str, &str)]) -> Site {
    let none = [("PROOF_FROM_PERCENT", "100"), ("PROOF_ENTERED_PERCENT", "0"), ("ENTERED_PERCENT", "0")];
    shipped(database, &[&none, more].concat()).await
}

/// A browser at this address.
pub fn from(site: &Site, address: &str) -> Browser {
    let mut browser = Browser::new(site);
    browser.headers.push(("X-Forwarded-For".to_owned(), address.to_owned()));
    browser
}

/// Asks for a code to a number from an address of its own; gives the page that follows.
pub async fn ask(site: &Site, address: &str, number: &str) -> Answer {
    flows::code_page(&mut from(site, address), number).await
}

/// How many codes went as text messages.
pub fn texts(site: &Site) -> usize {
    site.messages().iter().filter(|own| own.kind == MessageKind::Code && own.to.starts_with('+')).count()
}

/// How many codes went as mail.
pub fn mails(site: &Site) -> usize {
    site.messages().iter().filter(|own| own.kind == MessageKind::Code && own.to.contains('@')).count()
}

/// A number of the range +43660555, of +43660556 and so on.
pub fn numbered(range: u32, number: u32) -> String {
    format!("+43660{:03}{number:04}", 555 + range)
}

/// An address in the range for documentation.
pub fn address(number: u32) -> String {
    format!("198.51.100.{}", number % 250 + 1)
}

pub const WAITS: &str = "No text message right now";
pub const WORKS: &str = "One moment";

#[track_caller]
pub fn assert_held(answer: &Answer, title: &str) {
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    assert!(answer.body.contains(&format!("<h1>{title}</h1>")), "not {title}: {}", answer.body);
}

#[track_caller]
pub fn assert_asked(answer: &Answer) {
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    assert!(answer.body.contains("<h1>Enter the code</h1>"), "{}", answer.body);
}

/// Works for the task of a page, as the script does.
pub fn solved(page: &Answer, bits: u32) -> (String, String) {
    let challenge = Regex::new(r#"name="challenge" value="([^"]+)""#).unwrap();
    let challenge = challenge.captures(&page.body).unwrap_or_else(|| panic!("no task: {}", page.body))[1].to_owned();
    assert!(page.body.contains(&format!("data-bits=\"{bits}\"")), "{}", page.body);
    let answer = (0_u64..).map(|own| own.to_string()).find(|own| zero_bits(&challenge, own) >= bits).unwrap();
    (challenge, answer)
}

/// Asks for the code by mail on a page where it is held back.
pub async fn by_mail(browser: &mut Browser, page: &Answer) -> Answer {
    let (action, fields) = page.filled("/signin/", &[]);
    let own: Vec<(String, String)> = url::form_urlencoded::parse(fields.as_bytes())
        .into_owned()
        .filter(|(name, _)| matches!(name.as_str(), "csrf" | "attempt"))
        .chain([("channel".to_owned(), "email".to_owned())])
        .collect();
    let own: Vec<(&str, &str)> = own.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let sent = browser.post(&action, &own).await;
    browser.follow(sent).await
}
