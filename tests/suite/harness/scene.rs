//! Where most tests of tokens begin: a person who is signed in, and an app.

use keyhouse::store::accounts::Account;
use keyhouse::store::clients::Client;
use reqwest::StatusCode;

use super::browser::{Answer, Browser};
use super::database::Database;
use super::flows::{self, Request};
use super::{RegisteredClient, Site};

/// A site, a person, their browser, and a client that may have refresh tokens.
pub struct Scene {
    pub site: Site,
    pub account: Account,
    pub client: RegisteredClient,
    pub browser: Browser,
}

/// A code and what redeems it.
#[derive(Clone)]
pub struct Code {
    pub code: String,
    pub verifier: String,
}

/// What a code or refresh token was redeemed for.
#[derive(Clone)]
pub struct Tokens {
    pub access: String,
    pub refresh: String,
    pub id: String,
}

impl Tokens {
    #[track_caller]
    pub fn of(answer: &Answer) -> Self {
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        Self { access: answer.text("access_token"), refresh: answer.text("refresh_token"), id: answer.text("id_token") }
    }
}

impl Scene {
    pub async fn start(database: Database) -> Self {
        Self::with(database, |_| {}).await
    }

    pub async fn with(database: Database, change: impl FnOnce(&mut Client)) -> Self {
        let site = Site::start(database).await;
        let account = flows::mina(&site).await;
        let client = site.client(change).await;
        let mut browser = Browser::new(&site);
        flows::sign_in(&mut browser, "mina@lantern.example").await;
        Self { site, account, client, browser }
    }

    /// A new code for the client.
    pub async fn code(&mut self) -> Code {
        let client = self.client.clone();
        self.code_for(&Request::new(&client, "openid profile email offline_access")).await
    }

    /// A new code for a request.
    pub async fn code_for(&mut self, request: &Request) -> Code {
        let code = flows::code(&mut self.browser, request).await;
        Code { code, verifier: request.verifier.clone() }
    }

    pub async fn redeem(&self, code: &Code) -> Answer {
        flows::redeem(&self.site, &self.client, &code.code, &code.verifier).await
    }

    /// New tokens for the client.
    pub async fn tokens(&mut self) -> Tokens {
        let code = self.code().await;
        Tokens::of(&self.redeem(&code).await)
    }

    pub async fn refresh(&self, refresh_token: &str) -> Answer {
        flows::refresh(&self.site, &self.client, refresh_token).await
    }

    /// Holds that a token set is dead everywhere: at refresh, introspection and userinfo.
    pub async fn all_dead(&self, tokens: &Tokens) {
        assert!(!self.site.is_active(&self.client, &tokens.refresh).await);
        assert!(!self.site.is_active(&self.client, &tokens.access).await);
        assert_eq!(flows::userinfo(&self.site, &tokens.access).await.status, StatusCode::UNAUTHORIZED);
        self.refresh(&tokens.refresh).await.refused(400, "invalid_grant");
    }

    /// Holds that a token set is alive everywhere; its refresh token is not used up by that.
    pub async fn all_alive(&self, tokens: &Tokens) {
        assert!(self.site.is_active(&self.client, &tokens.refresh).await);
        assert!(self.site.is_active(&self.client, &tokens.access).await);
        assert_eq!(flows::userinfo(&self.site, &tokens.access).await.status, StatusCode::OK);
    }

    /// Runs a change on the store, as the command line would.
    pub async fn change<T: Send + 'static>(
        &self,
        change: impl FnOnce(&mut keyhouse::store::Connection) -> Result<T, keyhouse::store::StoreError> + Send + 'static,
    ) -> T {
        self.site.app.store.write(change).await.unwrap()
    }
}
