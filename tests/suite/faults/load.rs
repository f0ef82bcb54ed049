//! People and an app at work, who write down what the server acknowledged, and who look afterwards whether it holds.

use std::sync::{Arc, Mutex};

use keyhouse::security::random;
use keyhouse::store::columns::Words;
use reqwest::{Method, Result};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::process::Program;
use crate::harness::browser::{Answer, Browser, encode};
use crate::harness::flows::{self, Request};
use crate::harness::{CALLBACK, RegisteredClient, Site};

/// How a single-use thing stands, as far as the server has told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Use {
    #[default]
    Unused,
    /// Asked for; the answer never came.
    Unknown,
    Done,
}

/// A code, and how its redemption went.
struct Code {
    text: String,
    verifier: String,
    spent: Use,
}

/// One person and everything that was acknowledged to them and to the app they use.
struct Person {
    browser: Browser,
    consented: bool,
    codes: Vec<Code>,
    /// Each the successor of the one before.
    refresh_tokens: Vec<String>,
    revoked: Use,
}

/// What all writers share.
pub struct Load {
    base: String,
    client: RegisteredClient,
    people: Mutex<Vec<Arc<Mutex<Person>>>>,
    facts: watch::Sender<usize>,
}

impl Load {
    /// A load on `program`, whose app `site` registers.
    pub async fn new(program: &Program, site: &Site) -> Arc<Self> {
        let client = site
            .client(|client| {
                client.first_party = false;
                client.scopes = Words::parse("openid profile offline_access");
                client.id_token_signed_response_alg = "ES256".to_owned();
            })
            .await;
        Arc::new(Self { base: program.base.clone(), client, people: Mutex::default(), facts: watch::Sender::new(0) })
    }

    /// Starts writers, which go on until nobody answers any more.
    pub fn start(self: &Arc<Self>, writers: usize) -> JoinSet<()> {
        (0..writers).map(|_| Arc::clone(self).write()).collect()
    }

    /// Waits until so many more facts were acknowledged to `writers`.
    pub async fn more(&self, facts: usize, writers: &mut JoinSet<()>) {
        let goal = self.facts() + facts;
        let mut grown = self.facts.subscribe();
        tokio::select! {
            reached = grown.wait_for(|facts| *facts >= goal) => drop(reached.unwrap()),
            ended = writers.join_next() => panic!("a writer ended on its own: {ended:?}"),
        }
    }

    /// How many facts were acknowledged so far.
    pub fn facts(&self) -> usize {
        *self.facts.borrow()
    }

    fn acknowledged(&self, facts: usize) {
        self.facts.send_modify(|all| *all += facts);
    }

    async fn write(self: Arc<Self>) {
        while self.one_person().await.is_ok() {}
    }

    /// A whole small life: sign-up, consent, codes, refreshes, sometimes a revocation.
    async fn one_person(&self) -> Result<()> {
        let mut browser = Browser::at(&self.base);
        sign_up(&mut browser).await?;
        let person = Arc::new(Mutex::new(Person {
            browser: browser.clone(),
            consented: false,
            codes: Vec::new(),
            refresh_tokens: Vec::new(),
            revoked: Use::Unused,
        }));
        self.people.lock().unwrap().push(Arc::clone(&person));
        self.acknowledged(1);
        for turn in 0..2 {
            let code = self.authorize(&mut browser, &person).await?;
            if turn == 0 {
                self.redeem(&person, &code).await?;
                self.refresh(&person).await?;
                self.refresh(&person).await?;
            }
        }
        if self.facts().is_multiple_of(2) { self.revoke(&person).await } else { Ok(()) }
    }

    async fn authorize(&self, browser: &mut Browser, person: &Mutex<Person>) -> Result<(String, String)> {
        let request = Request::new(&self.client, "openid profile offline_access");
        let mut answer = browser.attempt(Method::GET, &request.path(), None).await?;
        if answer.form("/oauth/authorize/").is_some() {
            let (target, form) = answer.filled("/oauth/authorize/", &[("decision", "allow")]);
            answer = browser.attempt(Method::POST, &target, Some(form)).await?;
        }
        let code = answer.parameter("code").unwrap_or_else(|| panic!("{} {}", answer.status, answer.body));
        let mut person = person.lock().unwrap();
        person.consented = true;
        person.codes.push(Code { text: code.clone(), verifier: request.verifier.clone(), spent: Use::Unused });
        self.acknowledged(2);
        Ok((code, request.verifier))
    }

    async fn redeem(&self, person: &Mutex<Person>, (code, verifier): &(String, String)) -> Result<()> {
        let spent = |to| person.lock().unwrap().codes.last_mut().unwrap().spent = to;
        spent(Use::Unknown);
        let answer = self.token(&redemption(code, verifier)).await?;
        spent(Use::Done);
        person.lock().unwrap().refresh_tokens.push(answer.text("refresh_token"));
        self.acknowledged(2);
        Ok(())
    }

    async fn refresh(&self, person: &Mutex<Person>) -> Result<()> {
        let current = person.lock().unwrap().refresh_tokens.last().unwrap().clone();
        let answer = self.token(&[("grant_type", "refresh_token"), ("refresh_token", &current)]).await?;
        person.lock().unwrap().refresh_tokens.push(answer.text("refresh_token"));
        self.acknowledged(1);
        Ok(())
    }

    async fn revoke(&self, person: &Mutex<Person>) -> Result<()> {
        let current = person.lock().unwrap().refresh_tokens.last().unwrap().clone();
        person.lock().unwrap().revoked = Use::Unknown;
        let answer = self.post("/oauth/revoke", &[("token", &current)]).await?;
        assert_eq!(answer.status, 200, "{}", answer.body);
        person.lock().unwrap().revoked = Use::Done;
        self.acknowledged(1);
        Ok(())
    }

    /// A token request that must succeed where it is answered.
    async fn token(&self, form: &[(&str, &str)]) -> Result<Answer> {
        let answer = self.post("/oauth/token", form).await?;
        assert_eq!(answer.status, 200, "{}", answer.body);
        Ok(answer)
    }

    async fn post(&self, path: &str, form: &[(&str, &str)]) -> Result<Answer> {
        let mut tool = Browser::at(&self.base);
        tool.headers = vec![("Authorization".to_owned(), flows::basic(self.client.id(), &self.client.secret))];
        tool.attempt(Method::POST, path, Some(encode(form))).await
    }

    /// Holds that everything acknowledged so far is as it was told, and forgets it.
    pub async fn check(&self) {
        let people = std::mem::take(&mut *self.people.lock().unwrap());
        for person in people {
            let person = Arc::into_inner(person).unwrap().into_inner().unwrap();
            self.check_person(person).await.unwrap();
        }
    }

    async fn check_person(&self, mut person: Person) -> Result<()> {
        assert_eq!(person.browser.get("/account").await.status, 200, "the account or its sign-in is gone");
        if person.consented {
            let silent = Request::new(&self.client, "openid profile offline_access").with("prompt", "none");
            let answer = person.browser.get(&silent.path()).await;
            assert!(answer.parameter("code").is_some(), "the consent is gone: {:?}", answer.location());
        }
        self.check_refresh_tokens(&person).await?;
        for Code { text, verifier, spent } in &person.codes {
            let answer = self.post("/oauth/token", &redemption(text, verifier)).await?;
            match spent {
                Use::Unused => assert_eq!(answer.status, 200, "an unspent code is gone: {}", answer.body),
                Use::Done => answer.refused(400, "invalid_grant"),
                Use::Unknown => assert!(answer.status == 200 || answer.status == 400, "{}", answer.body),
            }
        }
        Ok(())
    }

    /// The newest token works, where it was not revoked, and the one before it is a replay by then.
    async fn check_refresh_tokens(&self, person: &Person) -> Result<()> {
        let refresh = async |token: &str| {
            self.post("/oauth/token", &[("grant_type", "refresh_token"), ("refresh_token", token)]).await
        };
        let [.., before, newest] = person.refresh_tokens.as_slice() else { return Ok(()) };
        let answer = refresh(newest).await?;
        match person.revoked {
            Use::Unused => assert_eq!(answer.status, 200, "a refresh token is gone: {}", answer.body),
            Use::Done => answer.refused(400, "invalid_grant"),
            Use::Unknown => assert!(answer.status == 200 || answer.status == 400, "{}", answer.body),
        }
        refresh(before).await?.refused(400, "invalid_grant");
        Ok(())
    }
}

fn redemption<'a>(code: &'a str, verifier: &'a str) -> [(&'a str, &'a str); 4] {
    [("grant_type", "authorization_code"), ("code", code), ("redirect_uri", CALLBACK), ("code_verifier", verifier)]
}

/// Makes an account by e-mail, with the code from the development mailbox.
async fn sign_up(browser: &mut Browser) -> Result<()> {
    let address = format!("{}@lantern.example", random::digits(15));
    let page = browser.attempt(Method::GET, "/signup", None).await?;
    let fields = [("name", "Mina Farouk"), ("identifier", address.as_str()), ("terms", "yes")];
    let page = send(browser, &page, "/signup", &fields).await?;
    let code = code_to(browser, &address).await?;
    let page = send(browser, &page, "/signin/code", &[("code", &code)]).await?;
    let (target, form) = page.filled("/signup/details", &[]);
    let done = browser.attempt(Method::POST, &target, Some(form)).await?;
    assert_eq!(done.location().as_deref(), Some("/signup/second?continue=%2Faccount"), "{}", done.body);
    Ok(())
}

/// Sends a form and gets the page it leads to.
async fn send(browser: &mut Browser, page: &Answer, action: &str, fields: &[(&str, &str)]) -> Result<Answer> {
    let (target, form) = page.filled(action, fields);
    let answer = browser.attempt(Method::POST, &target, Some(form)).await?;
    let next = answer.location().unwrap_or_else(|| panic!("{} {}", answer.status, answer.body));
    browser.attempt(Method::GET, &next, None).await
}

async fn code_to(browser: &mut Browser, address: &str) -> Result<String> {
    loop {
        let messages = browser.attempt(Method::GET, "/dev/mailbox.json", None).await?.json();
        let own = messages.as_array().unwrap().iter().find(|message| message["to"] == address);
        if let Some(own) = own {
            let text = own["text"].as_str().unwrap();
            return Ok(text.split(|c: char| !c.is_ascii_digit()).find(|word| word.len() == 6).unwrap().to_owned());
        }
    }
}
