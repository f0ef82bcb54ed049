//! Passwords: what may be one, what was stolen, what other systems hashed, and what is hashed anew.

mod breached;
mod chosen;
mod import;
mod import_resumed;
mod renewed;

use keyhouse::store::accounts::Account;
use keyhouse::store::passwords;
use reqwest::StatusCode;

use crate::harness::Site;
use crate::harness::browser::{Answer, Browser};
use crate::harness::flows;
use crate::life::password_steps;

pub const SIGN_UP: &str = "/signup/details";
pub const ACCOUNT: &str = "/account/security/password";
pub const RECOVERY: &str = "/signin/recovery/password";

/// Every page that sets a password.
pub const ALL: [&str; 3] = [SIGN_UP, ACCOUNT, RECOVERY];

/// A page on which a password is chosen, behind whatever it asks for.
pub struct Place {
    /// Where its form posts.
    pub action: &'static str,
    pub browser: Browser,
    pub page: Answer,
}

impl Place {
    /// The last page of sign-up, of somebody who is nobody yet.
    pub async fn sign_up(site: &Site) -> Self {
        let (mut browser, phone) = (Browser::new(site), "+436605554499");
        let page = flows::sign_up(&mut browser, phone).await;
        let right = flows::enter(&mut browser, &page, &site.code_to(phone)).await;
        let page = browser.follow(right).await;
        Self { action: SIGN_UP, browser, page }
    }

    /// The page of somebody who is signed in.
    pub async fn account(site: &Site) -> Self {
        let mut browser = flows::minas_browser(site).await;
        // What was signed in with is looked for among stolen ones beside the answer.
        site.app.beside.idle().await;
        let page = browser.get(ACCOUNT).await;
        Self { action: ACCOUNT, browser, page }
    }

    /// The page of somebody who forgot theirs.
    pub async fn recovery(site: &Site) -> Self {
        let mut browser = Browser::new(site);
        let to = password_steps::EMAIL;
        let page = password_steps::proved(site, &mut browser, to, "email", to).await;
        Self { action: RECOVERY, browser, page }
    }

    /// The page with this form; mina has an account. A new password ends what was begun before it: one place after the other.
    pub async fn at(site: &Site, action: &str) -> Self {
        match action {
            SIGN_UP => Self::sign_up(site).await,
            ACCOUNT => Self::account(site).await,
            _ => Self::recovery(site).await,
        }
    }

    /// Posts the form.
    pub async fn choose(&mut self, password: &str) -> Answer {
        self.browser.submit(&self.page, self.action, &[("password", password)]).await
    }

    /// Asks the meter, as the page's script does.
    pub async fn measure(&mut self, password: &str) -> Answer {
        let (_, form) = self.page.filled(self.action, &[("password", password)]);
        self.browser.post_text(&format!("{}/measure", self.action), form).await
    }
}

/// The form was shown again, with this sentence and without the password.
#[track_caller]
pub fn refused(answer: &Answer, password: &str, sentence: &str) {
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{password}: {}", answer.body);
    assert!(answer.body.contains(sentence), "{password}: {}", answer.body);
    let mut fields = answer.body.split('<').filter(|tag| tag.starts_with("input") && tag.contains("name=\"password\""));
    assert!(fields.all(|tag| !tag.contains("value=")), "{password}");
}

/// The hash that is kept of an account's password.
pub async fn hash_of(site: &Site, account: &Account) -> String {
    let id = account.id;
    site.app.store.read(move |connection| passwords::of_account(connection, id)).await.unwrap().unwrap().hash
}
