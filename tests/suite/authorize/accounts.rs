//! Several accounts signed in in one browser: choosing among them, and whom an app gets (OpenID Connect Core §3.1.2.1).

use std::time::Duration;

use crate::both;
use crate::harness::browser::{Answer, Browser};
use crate::harness::database::Database;
use crate::harness::flows::{self, Request};
use crate::harness::{RegisteredClient, Site, jose};
use keyhouse::store::accounts::Account;
use reqwest::StatusCode;

const ACCOUNTS: &str = "/signin/accounts";

/// A browser in which mina and then jonas signed in; jonas is the one in use.
struct Two {
    site: Site,
    client: RegisteredClient,
    mina: Account,
    jonas: Account,
    browser: Browser,
}

impl Two {
    async fn start(database: Database) -> Self {
        let site = Site::start(database).await;
        let mina = flows::mina(&site).await;
        let jonas = flows::jonas(&site).await;
        let client = site.client(|_| {}).await;
        let mut browser = flows::minas_browser(&site).await;
        site.advance(Duration::from_secs(1));
        flows::sign_in_from(&mut browser, "/signin?continue=/account&another=yes", "jonas@lantern.example").await;
        site.advance(Duration::from_secs(1));
        Self { site, client, mina, jonas, browser }
    }

    /// Whom a request is answered about.
    async fn sub(&mut self, request: &Request) -> String {
        let answer = self.browser.get(&request.path()).await;
        self.sub_of(request, &answer).await
    }

    async fn sub_of(&self, request: &Request, answer: &Answer) -> String {
        let code = answer.parameter("code").unwrap_or_else(|| panic!("{:?} {}", answer.location(), answer.body));
        let tokens = flows::redeem(&self.site, &self.client, &code, &request.verifier).await;
        jose::part(&tokens.text("id_token"), 1)["sub"].as_str().unwrap().to_owned()
    }

    async fn hint(&mut self) -> String {
        let tokens = flows::tokens(&self.site, &mut self.browser, &self.client, "openid").await;
        tokens["id_token"].as_str().unwrap().to_owned()
    }

    /// Presses the button of a name on the page of accounts.
    async fn choose(&mut self, page: &Answer, name: &str) -> Answer {
        let key = button(page, name);
        let answer = self.browser.submit(page, ACCOUNTS, &[("account", &key)]).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
        answer
    }
}

fn button(page: &Answer, name: &str) -> String {
    let (before, _) = page.body.split_once(name).unwrap_or_else(|| panic!("no {name}: {}", page.body));
    before.rsplit("name=\"account\" value=\"").next().unwrap().split('"').next().unwrap().to_owned()
}

both! {
    async fn select_account_lists_the_accounts_and_goes_on_as_the_chosen_one(database) {
        let mut own = Two::start(database).await;
        let request = Request::new(&own.client, "openid").with("prompt", "select_account");
        for (name, sub) in [("Mina Farouk", own.mina.sub.clone()), ("Jonas Weber", own.jonas.sub.clone())] {
            own.site.advance(Duration::from_secs(1));
            let sent = own.browser.get(&request.path()).await;
            assert!(sent.location().unwrap().starts_with(ACCOUNTS), "{:?}", sent.location());
            let page = own.browser.follow(sent).await;
            page.assert_page(StatusCode::OK);
            assert!(page.body.contains("Lantern Notes") && page.body.contains("m•••@lantern.example") || page.body.contains("4417"));
            let answer = own.choose(&page, name).await;
            let answer = own.browser.follow(answer).await;
            assert_eq!(own.sub_of(&request, &answer).await, sub);
        }
    }

    async fn select_account_asks_where_one_is_signed_in_and_signs_in_where_nobody_is(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let client = site.client(|_| {}).await;
        let request = Request::new(&client, "openid").with("prompt", "select_account");
        let nobody = Browser::new(&site).get(&request.path()).await;
        assert!(nobody.location().unwrap().starts_with("/signin?"), "{:?}", nobody.location());
        let mut browser = flows::minas_browser(&site).await;
        site.advance(Duration::from_secs(1));
        let sent = browser.get(&request.path()).await;
        let page = browser.follow(sent).await;
        assert!(page.form(ACCOUNTS).is_some(), "{}", page.body);
        // Another account instead: signing in chooses it.
        flows::jonas(&site).await;
        let link = page.body.split("href=\"").find(|rest| rest.contains("another=yes")).unwrap();
        let link = link.split('"').next().unwrap().replace("&#38;", "&").replace("&amp;", "&");
        let done = flows::sign_in_from(&mut browser, &link, "jonas@lantern.example").await;
        assert!(browser.follow(done).await.parameter("code").is_some());
    }

    async fn the_account_centre_switches(database) {
        let mut own = Two::start(database).await;
        let home = own.browser.get("/account").await;
        assert!(home.body.contains("Jonas Weber") && home.body.contains("/signin/accounts?continue=%2Faccount"));
        let page = own.browser.get("/signin/accounts?continue=%2Faccount").await;
        let answer = own.choose(&page, "Mina Farouk").await;
        assert_eq!(answer.location().as_deref(), Some("/account"));
        assert!(own.browser.get("/account").await.body.contains("Mina Farouk"));
        let request = Request::new(&own.client, "openid");
        assert_eq!(own.sub(&request).await, own.mina.sub);
        // A link that leads elsewhere is not followed, and who is signed out has nothing to choose.
        let page = own.browser.get("/signin/accounts?continue=https://evil.example").await;
        let answer = own.choose(&page, "Jonas Weber").await;
        assert_eq!(answer.location().as_deref(), Some("/account"));
        let stranger = Browser::new(&own.site).get(ACCOUNTS).await;
        assert!(stranger.location().unwrap().starts_with("/signin?"), "{:?}", stranger.location());
    }

    async fn only_this_browsers_own_page_chooses(database) {
        let mut own = Two::start(database).await;
        let page = own.browser.get(ACCOUNTS).await;
        let key = button(&page, "Mina Farouk");
        let (target, mut fields) = page.form(ACCOUNTS).unwrap();
        fields.retain(|(name, _)| name != "csrf");
        fields.push(("account".to_owned(), key.clone()));
        let bare: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        own.browser.post(&target, &bare).await.assert_page(StatusCode::FORBIDDEN);
        // Another browser's key names nobody here.
        let mut other = flows::minas_browser(&own.site).await;
        let others = other.get(ACCOUNTS).await;
        let strange = own.browser.submit(&page, ACCOUNTS, &[("account", &button(&others, "Mina Farouk"))]).await;
        assert!(strange.location().unwrap().starts_with(ACCOUNTS), "{:?}", strange.location());
        own.browser.submit(&page, ACCOUNTS, &[("account", "")]).await.assert_page(StatusCode::BAD_REQUEST);
        assert!(own.browser.get("/account").await.body.contains("Jonas Weber"));
    }

    async fn a_hint_picks_the_account_it_names_silently(database) {
        let mut own = Two::start(database).await;
        let page = own.browser.get(ACCOUNTS).await;
        own.choose(&page, "Mina Farouk").await;
        own.site.advance(Duration::from_secs(1));
        let hint = own.hint().await;
        let page = own.browser.get(ACCOUNTS).await;
        own.choose(&page, "Jonas Weber").await;
        own.site.advance(Duration::from_secs(1));
        let silent = Request::new(&own.client, "openid").with("prompt", "none");
        assert_eq!(own.sub(&silent.clone().with("id_token_hint", &hint)).await, own.mina.sub);
        let claims = format!(r#"{{"id_token": {{"sub": {{"value": "{}"}}}}}}"#, own.jonas.sub);
        assert_eq!(own.sub(&silent.clone().with("claims", &claims)).await, own.jonas.sub);
        // The account in use stays as the person left it.
        assert!(own.browser.get("/account").await.body.contains("Jonas Weber"));
        let home = own.browser.get("/account").await;
        own.browser.submit(&home, "/account/signout", &[]).await;
        own.browser.get(&silent.with("id_token_hint", &hint).path()).await.assert_error("login_required");
    }

    async fn login_hint_picks_the_account_it_names(database) {
        let mut own = Two::start(database).await;
        let number = own.mina.account_number.clone();
        for hint in ["mina@lantern.example", "MINA@lantern.example", "+43 660 555 4417", number.as_str()] {
            let request = Request::new(&own.client, "openid").with("login_hint", hint);
            assert_eq!(own.sub(&request).await, own.mina.sub, "{hint}");
        }
        for hint in ["nobody@lantern.example", "jonas@lantern.example", "<script>"] {
            let request = Request::new(&own.client, "openid").with("login_hint", hint);
            assert_eq!(own.sub(&request).await, own.jonas.sub, "{hint}");
        }
    }

    async fn nobody_is_guessed_silently_where_the_app_knows_another(database) {
        let mut own = Two::start(database).await;
        let silent = Request::new(&own.client, "openid").with("prompt", "none");
        assert_eq!(own.sub(&silent).await, own.jonas.sub, "the account in use");
        let page = own.browser.get(ACCOUNTS).await;
        own.choose(&page, "Mina Farouk").await;
        own.site.advance(Duration::from_secs(1));
        own.browser.get(&silent.path()).await.assert_error("account_selection_required");
        let posted = own.browser.post("/oauth/authorize", &silent.form()).await;
        own.site.advance(Duration::from_secs(1));
        own.browser.follow(posted).await.assert_error("account_selection_required");
        assert_eq!(own.sub(&silent.clone().with("login_hint", "jonas@lantern.example")).await, own.jonas.sub);
        // Once the app has met mina, there is nothing to guess.
        let request = Request::new(&own.client, "openid");
        assert_eq!(own.sub(&request).await, own.mina.sub);
        assert_eq!(own.sub(&silent).await, own.mina.sub);
    }
}
