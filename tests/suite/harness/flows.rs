//! What many tests do on the way to what they are about: accounts, sign-in, the code flow, token requests.

use keyhouse::credentials::new_account::{self, NewAccount};
use keyhouse::security::random;
use keyhouse::store::accounts::Account;
use keyhouse::store::addresses::AddressKind;
use reqwest::StatusCode;
use serde_json::Value;
use zeroize::Zeroizing;

use super::browser::{Answer, Browser, encode};
use super::{CALLBACK, RegisteredClient, Site};

/// The password of accounts that tests make.
pub const PASSWORD: &str = "correct horse battery";

/// Makes an account with a phone number, an e-mail address and [`PASSWORD`].
pub async fn account(site: &Site, name: &str, email: &str, phone: &str) -> Account {
    let hash = site.app.passwords.hash(Zeroizing::new(PASSWORD.to_owned())).await.unwrap();
    let new = NewAccount {
        name: name.to_owned(),
        addresses: vec![(AddressKind::Phone, phone.to_owned()), (AddressKind::Email, email.to_owned())],
        password_hash: Some(hash),
        terms_version: None,
        language: None,
    };
    let (now, derived) = (site.now(), site.app.derived.clone());
    let made = site.app.store.write(move |connection| new_account::create(connection, &derived, &new, now)).await;
    made.unwrap().ok().unwrap()
}

/// The account most tests use.
pub async fn mina(site: &Site) -> Account {
    account(site, "Mina Farouk", "mina@lantern.example", "+436605554417").await
}

/// Another person.
pub async fn jonas(site: &Site) -> Account {
    account(site, "Jonas Weber", "jonas@lantern.example", "+436605554418").await
}

/// A browser that mina has signed in to.
pub async fn minas_browser(site: &Site) -> Browser {
    let mut browser = Browser::new(site);
    sign_in(&mut browser, "mina@lantern.example").await;
    browser
}

/// Signs in with a password, beginning at `from`; gives the answer to the last post.
pub async fn sign_in_from(browser: &mut Browser, from: &str, identifier: &str) -> Answer {
    let page = browser.get(from).await;
    let page = browser.follow(page).await;
    let next = browser.submit(&page, "/signin", &[("identifier", identifier)]).await;
    let page = browser.follow(next).await;
    browser.submit(&page, "/signin/password", &[("password", PASSWORD)]).await
}

/// Signs in with a password at the account centre.
pub async fn sign_in(browser: &mut Browser, identifier: &str) {
    let done = sign_in_from(browser, "/signin", identifier).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
    assert_eq!(done.location().as_deref(), Some("/account"));
}

/// Types an identifier on the first page; gives the page that asks for a password.
pub async fn begin(browser: &mut Browser, identifier: &str) -> Answer {
    let page = browser.get("/signin").await;
    let next = browser.submit(&page, "/signin", &[("identifier", identifier)]).await;
    browser.follow(next).await
}

/// Types a password on its page.
pub async fn password(browser: &mut Browser, page: &Answer, password: &str) -> Answer {
    browser.submit(page, "/signin/password", &[("password", password)]).await
}

/// Asks for a code from any page that offers one; gives the page that asks for it.
pub async fn send_code(browser: &mut Browser, page: &Answer) -> Answer {
    let sent = browser.submit(page, "/signin/code/send", &[]).await;
    browser.follow(sent).await
}

/// Types an identifier and asks for a code.
pub async fn code_page(browser: &mut Browser, identifier: &str) -> Answer {
    let page = begin(browser, identifier).await;
    send_code(browser, &page).await
}

/// Types a code on its page.
pub async fn enter(browser: &mut Browser, page: &Answer, code: &str) -> Answer {
    browser.submit(page, "/signin/code", &[("code", code)]).await
}

/// Another code than this one.
pub fn other_code(code: &str) -> String {
    let number: u32 = code.parse().unwrap();
    format!("{:06}", (number + 1) % 1_000_000)
}

/// Signs up as far as the code page.
pub async fn sign_up(browser: &mut Browser, identifier: &str) -> Answer {
    let page = browser.get("/signup").await;
    let fields = [("name", "Mina Farouk"), ("identifier", identifier), ("terms", "yes")];
    let sent = browser.submit(&page, "/signup", &fields).await;
    browser.follow(sent).await
}

/// Whether this browser is signed in to the account centre.
pub async fn is_signed_in(browser: &mut Browser) -> bool {
    browser.get("/account").await.status == StatusCode::OK
}

/// A PKCE pair: verifier and S256 challenge (RFC 7636).
pub fn pkce() -> (String, String) {
    let verifier = random::secret();
    let challenge = random::encode(random::sha256(&verifier));
    (verifier, challenge)
}

/// The query of an authorization request, for tests to change.
#[derive(Clone)]
pub struct Request {
    /// Name–value pairs.
    pub pairs: Vec<(String, String)>,
    /// The verifier of its challenge.
    pub verifier: String,
}

impl Request {
    /// A good request of `client` for `scope`.
    pub fn new(client: &RegisteredClient, scope: &str) -> Self {
        let (verifier, challenge) = pkce();
        let pairs = [
            ("client_id", client.id()),
            ("redirect_uri", CALLBACK),
            ("response_type", "code"),
            ("scope", scope),
            ("state", "st&te=1"),
            ("nonce", "n-0S6_WzA2Mj"),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ];
        let pairs = pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
        Self { pairs, verifier }
    }

    /// The same request with `name` set to `value`, or without it where `value` is empty.
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.pairs.retain(|(own, _)| own != name);
        if !value.is_empty() {
            self.pairs.push((name.to_owned(), value.to_owned()));
        }
        self
    }

    /// The same request with one more parameter, be it there already.
    pub fn and(mut self, name: &str, value: &str) -> Self {
        self.pairs.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Its parameters as a form.
    pub fn form(&self) -> Vec<(&str, &str)> {
        self.pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
    }

    /// Its address.
    pub fn path(&self) -> String {
        format!("/oauth/authorize?{}", encode(&self.form()))
    }
}

/// A code for `request`, from a browser that is signed in; consent is given where it is asked for.
pub async fn code(browser: &mut Browser, request: &Request) -> String {
    let mut answer = browser.get(&request.path()).await;
    if answer.form("/oauth/authorize/").is_some() {
        answer = browser.submit(&answer, "/oauth/authorize/", &[("decision", "allow")]).await;
    }
    answer.parameter("code").unwrap_or_else(|| panic!("no code: {:?} {}", answer.location(), answer.body))
}

/// A code for `request` that comes at once: no page was shown, nobody was asked.
pub async fn code_unasked(browser: &mut Browser, request: &Request) -> String {
    let answer = browser.get(&request.path()).await;
    answer.parameter("code").unwrap_or_else(|| panic!("no code: {:?} {}", answer.location(), answer.body))
}

/// Posts to the token endpoint (or a path like it) as `client`, by HTTP Basic.
pub async fn as_client(site: &Site, path: &str, client: &RegisteredClient, form: &[(&str, &str)]) -> Answer {
    let mut tool = Browser::new(site);
    tool.headers = vec![("Authorization".to_owned(), basic(client.id(), &client.secret))];
    tool.post(path, form).await
}

/// The value of an Authorization header for HTTP Basic.
pub fn basic(client_id: &str, secret: &str) -> String {
    use base64::Engine as _;
    let encoded = |text: &str| encode(&[("", text)]).trim_start_matches('=').to_owned();
    let pair = format!("{}:{}", encoded(client_id), encoded(secret));
    format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(pair))
}

/// Redeems a code.
pub async fn redeem(site: &Site, client: &RegisteredClient, code: &str, verifier: &str) -> Answer {
    let form =
        [("grant_type", "authorization_code"), ("code", code), ("redirect_uri", CALLBACK), ("code_verifier", verifier)];
    as_client(site, "/oauth/token", client, &form).await
}

/// The whole code flow of a browser that is signed in: the token answer.
pub async fn tokens(site: &Site, browser: &mut Browser, client: &RegisteredClient, scope: &str) -> Value {
    let request = Request::new(client, scope);
    let code = code(browser, &request).await;
    let answer = redeem(site, client, &code, &request.verifier).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    answer.json()
}

/// Uses a refresh token.
pub async fn refresh(site: &Site, client: &RegisteredClient, refresh_token: &str) -> Answer {
    let form = [("grant_type", "refresh_token"), ("refresh_token", refresh_token)];
    as_client(site, "/oauth/token", client, &form).await
}

/// Calls userinfo.
pub async fn userinfo(site: &Site, access_token: &str) -> Answer {
    let mut tool = Browser::new(site);
    tool.headers = vec![("Authorization".to_owned(), format!("Bearer {access_token}"))];
    tool.get("/oauth/userinfo").await
}

/// The claims of a JWT, unverified.
pub fn claims(token: &str) -> Value {
    let part = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&random::decode(part).unwrap()).unwrap()
}
