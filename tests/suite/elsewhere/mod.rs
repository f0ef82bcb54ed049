//! Signing in by approving it on another device: the walk, what it is good for, and everybody who would like to bend it.

mod attacks;
mod carried;
mod walk;

use keyhouse::store::accounts::Account;
use keyhouse::store::sessions::{self, Session};
use regex::Regex;
use reqwest::StatusCode;

use crate::harness::Site;
use crate::harness::browser::{Answer, Browser};
use crate::harness::database::Database;
use crate::harness::flows;

pub const EMAIL: &str = "mina@lantern.example";
pub const PHONE: &str = "+436605554417";
pub const ELSEWHERE: &str = "/signin/elsewhere";
pub const TAKE: &str = "/signin/elsewhere/take";
pub const APPROVE: &str = "/signin/approve/";
const IPHONE: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.1 Mobile/15E148 Safari/604.1";

/// A person with a phone that is signed in, and a browser that is not.
pub struct Scene {
    pub site: Site,
    pub account: Account,
    pub phone: Browser,
    pub browser: Browser,
}

impl Scene {
    pub async fn start(database: Database) -> Self {
        Self::with(database, &[]).await
    }

    pub async fn with(database: Database, settings: &[(&str, &str)]) -> Self {
        let site = Site::with(database, settings).await;
        let account = flows::mina(&site).await;
        let mut phone = a_phone(&site);
        flows::sign_in(&mut phone, EMAIL).await;
        let browser = Browser::new(&site);
        Self { site, account, phone, browser }
    }

    /// Has the browser wait; gives its page.
    pub async fn wait(&mut self) -> Answer {
        wait(&mut self.browser, "/signin").await
    }

    pub async fn sessions(&self) -> Vec<Session> {
        let (id, now) = (self.account.id, self.site.now());
        let all = self.site.app.store.read(move |connection| sessions::of_account(connection, id, now)).await.unwrap();
        all.into_iter().map(|(session, _)| session).collect()
    }
}

/// Somebody's phone.
pub fn a_phone(site: &Site) -> Browser {
    let mut phone = Browser::new(site);
    phone.headers = vec![("User-Agent".to_owned(), IPHONE.to_owned())];
    phone
}

/// Has a browser wait, from a page of sign-in; gives the page on which it waits.
pub async fn wait(browser: &mut Browser, from: &str) -> Answer {
    let page = browser.get(from).await;
    let page = browser.follow(page).await;
    let sent = browser.submit(&page, ELSEWHERE, &[]).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.body);
    let page = browser.follow(sent).await;
    page.assert_page(StatusCode::OK);
    page
}

/// The secret that a page's QR code holds, as its script asks for it.
pub fn secret(page: &Answer) -> String {
    let state = Regex::new(r#"data-elsewhere="/signin/elsewhere/state\?request=([\w-]{43})""#).unwrap();
    state.captures(&page.body).unwrap_or_else(|| panic!("nothing waits: {}", page.body))[1].to_owned()
}

/// The address that the other device opens.
pub fn link(page: &Answer) -> String {
    format!("{APPROVE}{}", secret(page))
}

/// The page on which the browser waits, once more.
pub async fn look(browser: &mut Browser, waiting: &Answer) -> Answer {
    browser.get(&format!("{ELSEWHERE}?request={}", secret(waiting))).await
}

/// The number that the page of the browser shows.
pub fn number(page: &Answer) -> String {
    let shown = Regex::new(r#"<p class="match-number"[^>]*>(\d\d)</p>"#).unwrap();
    shown.captures(&page.body).unwrap_or_else(|| panic!("no number: {}", page.body))[1].to_owned()
}

/// The numbers that the other device is asked to choose from.
pub fn numbers(question: &Answer) -> Vec<String> {
    let shown = Regex::new(r#"name="number" value="(\d+)""#).unwrap();
    shown.captures_iter(&question.body).map(|found| found[1].to_owned()).collect()
}

/// Opens what the browser shows on the phone, and chooses the number.
pub async fn approve(phone: &mut Browser, waiting: &Answer) -> Answer {
    let question = phone.get(&link(waiting)).await;
    question.assert_page(StatusCode::OK);
    choose(phone, &question, &number(waiting)).await
}

/// Chooses a number of a question.
pub async fn choose(phone: &mut Browser, question: &Answer, number: &str) -> Answer {
    phone.submit(question, APPROVE, &[("number", number)]).await
}

/// Has the browser take what was approved, by the button of its page.
pub async fn take(browser: &mut Browser, waiting: &Answer) -> Answer {
    let page = look(browser, waiting).await;
    browser.submit(&page, TAKE, &[]).await
}

/// Posts what the button would, whatever the page shows.
pub async fn take_anyway(browser: &mut Browser, waiting: &Answer) -> Answer {
    let (_, form) = waiting.form("/preferences").unwrap();
    let csrf = form.iter().find(|(name, _)| name == "csrf").unwrap().1.clone();
    browser.post(TAKE, &[("csrf", &csrf), ("request", &secret(waiting))]).await
}
