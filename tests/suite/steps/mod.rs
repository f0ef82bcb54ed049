//! Signing in by two steps: authenticator apps, recovery codes, what demands a second step and what may skip it.

mod authenticator;
mod getting_back;
mod guessing;
mod other_ways;
pub mod recovery_codes;
mod remembered;
mod required;
mod second;
mod step_up;

use std::time::Duration;

use keyhouse::clock::Timestamp;
use keyhouse::store::accounts::{self, Account};
use keyhouse::store::events::{self, EventKind};
use keyhouse::store::sessions::{self, Session};
use regex::Regex;
use reqwest::StatusCode;
use totp_rs::{Builder, Secret, Totp};

use crate::harness::Site;
use crate::harness::browser::{Answer, Browser};
use crate::harness::flows;

pub const EMAIL: &str = "mina@lantern.example";
pub const PHONE: &str = "+436605554417";
pub const ONE: &str = "urn:keyhouse:acr:1";
pub const TWO: &str = "urn:keyhouse:acr:2";
/// How long a code of an authenticator app stands.
pub const STEP: Duration = Duration::from_secs(30);

/// Somebody's authenticator app.
pub struct Authenticator(Totp);

impl Authenticator {
    /// Reads the key that a page shows.
    pub fn scan(page: &Answer) -> Self {
        let shown = Regex::new(r#"<p class="secret"[^>]*>([A-Z2-7 ]+)</p>"#).unwrap();
        let key = shown.captures(&page.body).unwrap_or_else(|| panic!("no key in {}", page.body))[1].replace(' ', "");
        Self(Builder::new().with_secret(Secret::try_from_base32(key).unwrap()).build().unwrap())
    }

    /// What it shows at the site's time.
    pub fn code(&self, site: &Site) -> String {
        self.code_at(site.now())
    }

    /// What it shows at a time.
    pub fn code_at(&self, at: Timestamp) -> String {
        self.0.generate(u64::try_from(at.seconds()).unwrap()).to_string()
    }

    /// Six digits that it shows neither now nor a step earlier or later.
    pub fn wrong(&self, site: &Site) -> String {
        let near: Vec<String> = [0, 30, 60]
            .map(|seconds| site.now().minus(STEP).plus(Duration::from_secs(seconds)))
            .map(|at| self.code_at(at))
            .to_vec();
        (0..10).map(|digit| format!("{digit}").repeat(6)).find(|code| !near.contains(code)).unwrap()
    }

    /// The bytes it shares with the site.
    pub fn secret(&self) -> Vec<u8> {
        self.0.secret().as_bytes().to_vec()
    }
}

/// Adds an authenticator app in a browser that has just signed in, and waits for its next code: gives it and the recovery codes.
pub async fn add_app(site: &Site, browser: &mut Browser) -> (Authenticator, Vec<String>) {
    let page = browser.get("/account/security/totp").await;
    page.assert_page(StatusCode::OK);
    let app = Authenticator::scan(&page);
    let shown = browser.submit(&page, "/account/security/totp", &[("code", &app.code(site))]).await;
    shown.assert_page(StatusCode::OK);
    site.advance(STEP);
    (app, shown_codes(&shown))
}

/// The recovery codes that a page shows.
pub fn shown_codes(page: &Answer) -> Vec<String> {
    let code = Regex::new("<li>((?:[B-Z]{4}-){3}[B-Z]{4})</li>").unwrap();
    code.captures_iter(&page.body).map(|found| found[1].to_owned()).collect()
}

/// Mina, who has an authenticator app.
pub struct Scene {
    pub site: Site,
    pub account: Account,
    pub browser: Browser,
    pub app: Authenticator,
    pub codes: Vec<String>,
}

impl Scene {
    pub async fn start(database: crate::harness::database::Database) -> Self {
        Self::with(database, &[]).await
    }

    pub async fn with(database: crate::harness::database::Database, settings: &[(&str, &str)]) -> Self {
        let site = Site::with(database, settings).await;
        let account = flows::mina(&site).await;
        let mut browser = flows::minas_browser(&site).await;
        let (app, codes) = add_app(&site, &mut browser).await;
        Self { site, account, browser, app, codes }
    }

    /// A new browser at the page of the second step, after the password.
    pub async fn half_way(&self) -> (Browser, Answer) {
        let mut browser = Browser::new(&self.site);
        let page = self.half_way_in(&mut browser).await;
        (browser, page)
    }

    /// The same in this browser.
    pub async fn half_way_in(&self, browser: &mut Browser) -> Answer {
        let sent = flows::sign_in_from(browser, "/signin?another=yes", EMAIL).await;
        assert!(sent.location().unwrap().starts_with("/signin/second?attempt="), "{:?} {}", sent.location(), sent.body);
        browser.follow(sent).await
    }

    /// Types a code on the page of the second step.
    pub async fn enter(&self, browser: &mut Browser, page: &Answer, code: &str) -> Answer {
        browser.submit(page, "/signin/second", &[("code", code)]).await
    }

    pub async fn kinds(&self) -> Vec<EventKind> {
        kinds(&self.site, self.account.id).await
    }

    /// The account as it is now.
    pub async fn account_now(&self) -> Account {
        let id = self.account.id;
        self.site.app.store.read(move |connection| accounts::by_id(connection, id)).await.unwrap().unwrap()
    }

    pub async fn sessions(&self) -> Vec<Session> {
        live_sessions(&self.site, &self.account).await
    }
}

/// What happened to an account, newest first.
pub async fn kinds(site: &Site, account_id: i64) -> Vec<EventKind> {
    let from = (Timestamp::from_millis(i64::MAX), i64::MAX);
    let found = site.app.store.read(move |connection| events::of_account(connection, account_id, from, 200)).await;
    found.unwrap().into_iter().map(|event| event.kind).collect()
}

/// The live sign-ins of an account, last used first.
pub async fn live_sessions(site: &Site, account: &Account) -> Vec<Session> {
    let (id, now) = (account.id, site.now());
    let all = site.app.store.read(move |connection| sessions::of_account(connection, id, now)).await.unwrap();
    all.into_iter().map(|(session, _)| session).collect()
}

/// Runs a change on the store.
pub async fn change<T: Send + 'static>(
    site: &Site,
    change: impl FnOnce(&mut keyhouse::store::Connection) -> Result<T, keyhouse::store::StoreError> + Send + 'static,
) -> T {
    site.app.store.write(change).await.unwrap()
}

#[track_caller]
pub fn leads_to(answer: &Answer, start: &str) {
    let to = answer.location();
    assert!(to.as_deref().is_some_and(|to| to.starts_with(start)), "{:?} {} {}", to, answer.status, answer.body);
}
