//! What one connection does over and over, row by row. Every answer's status is checked; of what is signed, one in
//! `SAMPLE` is verified, so that checking does not become the thing measured.

use aws_lc_rs::digest;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use crate::browser::{Browser, Page};
use crate::connection::Connection;
use crate::request::{basic, form};
use crate::row::Row;
use crate::stage::{Client, Person, REDIRECT_URI, Stage, random_text};
use crate::verify::{member, quick_member};
use crate::{Outcome, fault};

const SAMPLE: u32 = 64;

/// One connection's work, with what it carries from one operation to the next.
pub enum Work {
    /// The same request again and again.
    Repeat {
        request: Vec<u8>,
        contains: &'static str,
    },
    /// client_credentials.
    Machine {
        request: Vec<u8>,
        done: u32,
    },
    Refresh(Refresh),
    CodeFlow(Box<CodeFlow>),
    SignIn {
        browser: Box<Browser>,
        person: Person,
    },
    /// Wrong passwords.
    Guess {
        browser: Box<Browser>,
        page: Box<Page>,
    },
}

/// A chain of refresh tokens.
pub struct Refresh {
    client: Client,
    authorization: String,
    current: String,
    /// The first of the chain, which must be dead in the end.
    first: String,
    done: u32,
}

/// A live session at one client.
pub struct CodeFlow {
    client: Client,
    algorithm: &'static str,
    authorization: String,
    cookies: String,
    done: u32,
}

/// What the code flow brings, as the server wrote it.
struct Tokens {
    answer: String,
    nonce: String,
}

impl Work {
    /// Readies one connection for a row: signs in, fetches the first token.
    pub async fn prepare(row: Row, stage: &Stage, number: usize) -> Outcome<Self> {
        let clients = &stage.clients;
        Ok(match row {
            Row::Discovery => {
                Self::repeat(stage.target.get("/.well-known/openid-configuration", &[]), "\"token_endpoint\"")
            }
            Row::Jwks => Self::repeat(stage.target.get("/oauth/jwks", &[]), "\"keys\""),
            Row::ClientCredentials | Row::TokensInFlood => {
                let authorization = basic(&clients.machine.id, &clients.machine.secret);
                let body = "grant_type=client_credentials";
                let headers = [("Authorization", authorization.as_str())];
                Self::Machine { request: stage.target.post_form("/oauth/token", &headers, body), done: 0 }
            }
            Row::Refresh => Self::Refresh(Refresh::prepare(stage, number).await?),
            Row::Introspection => introspection(stage, &clients.es256, number).await?,
            Row::IntrospectionOpaque => introspection(stage, &clients.opaque, number).await?,
            Row::Userinfo => userinfo(stage, &clients.es256, number).await?,
            Row::UserinfoOpaque => userinfo(stage, &clients.opaque, number).await?,
            Row::CodeFlow => {
                let flow = CodeFlow::prepare(stage, &clients.es256, "ES256", number).await?;
                Self::CodeFlow(Box::new(flow))
            }
            Row::CodeFlowRs256 => {
                let flow = CodeFlow::prepare(stage, &clients.rs256, "RS256", number).await?;
                Self::CodeFlow(Box::new(flow))
            }
            Row::PasswordSignIn => Self::SignIn {
                browser: Box::new(Browser::new(stage.address, stage.target.clone())),
                person: person(stage, number)?,
            },
        })
    }

    /// Readies one that guesses passwords: the page that asks for one.
    pub async fn guess(stage: &Stage, number: usize) -> Outcome<Self> {
        let mut browser = Box::new(Browser::new(stage.address, stage.target.clone()));
        let page = Box::new(browser.begin(&person(stage, number)?.account_id).await?);
        Ok(Self::Guess { browser, page })
    }

    fn repeat(request: Vec<u8>, contains: &'static str) -> Self {
        Self::Repeat { request, contains }
    }

    /// One operation.
    pub async fn once(&mut self, stage: &Stage, connection: &mut Connection) -> Outcome<()> {
        match self {
            Self::Repeat { request, contains } => {
                let answer = connection.send(request).await?;
                answer.expect(200, "repeat")?;
                if answer.text().contains(*contains) {
                    Ok(())
                } else {
                    fault(format!("{contains} is missing in an answer: {}", answer.text()))
                }
            }
            Self::Machine { request, done } => {
                let answer = connection.send(request).await?;
                answer.expect(200, "client_credentials")?;
                if sampled(done) {
                    let token = quick_member(answer.text(), "access_token")?;
                    let claims = stage.keys.verify(token, "ES256")?;
                    equal(member(&claims, "iss")?, &stage.target.origin, "iss")?;
                }
                Ok(())
            }
            Self::Refresh(refresh) => refresh.once(stage, connection).await,
            Self::CodeFlow(flow) => flow.once(stage, connection).await,
            Self::SignIn { browser, person } => {
                browser.forget();
                browser.sign_in(&person.account_id, &person.password).await
            }
            Self::Guess { browser, page } => browser.guess(page).await,
        }
    }

    /// What must hold once the row is over.
    pub async fn finish(&mut self, stage: &Stage, connection: &mut Connection) -> Outcome<()> {
        match self {
            Self::Refresh(refresh) => refresh.finish(stage, connection).await,
            _ => Ok(()),
        }
    }
}

impl Refresh {
    async fn prepare(stage: &Stage, number: usize) -> Outcome<Self> {
        let client = stage.clients.es256.clone();
        let tokens = first_tokens(stage, &client, number).await?;
        let current = quick_member(&tokens, "refresh_token")?.to_owned();
        Ok(Self { authorization: basic(&client.id, &client.secret), client, first: current.clone(), current, done: 0 })
    }

    fn request(&self, stage: &Stage, token: &str) -> Vec<u8> {
        let body = form(&[("grant_type", "refresh_token"), ("refresh_token", token)]);
        let headers = [("Authorization", self.authorization.as_str())];
        stage.target.post_form("/oauth/token", &headers, &body)
    }

    async fn once(&mut self, stage: &Stage, connection: &mut Connection) -> Outcome<()> {
        let answer = connection.send(&self.request(stage, &self.current)).await?;
        answer.expect(200, "refresh")?;
        let next = quick_member(answer.text(), "refresh_token")?;
        if next == self.current {
            return fault("the refresh token did not rotate");
        }
        if sampled(&mut self.done) {
            let token = quick_member(answer.text(), "access_token")?;
            let claims = stage.keys.verify(token, "ES256")?;
            equal(member(&claims, "client_id")?, &self.client.id, "client_id")?;
        }
        self.current = next.to_owned();
        Ok(())
    }

    /// The chain's first token must be refused, and take the whole chain along.
    async fn finish(&mut self, stage: &Stage, connection: &mut Connection) -> Outcome<()> {
        if self.done < 2 {
            return Ok(());
        }
        for token in [&self.first, &self.current] {
            let answer = connection.send(&self.request(stage, token)).await?;
            answer.expect(400, "a refresh token used twice")?;
            equal(quick_member(answer.text(), "error")?, "invalid_grant", "error")?;
        }
        Ok(())
    }
}

impl CodeFlow {
    async fn prepare(stage: &Stage, client: &Client, algorithm: &'static str, number: usize) -> Outcome<Self> {
        let mut browser = Browser::new(stage.address, stage.target.clone());
        let person = person(stage, number)?;
        browser.sign_in(&person.account_id, &person.password).await?;
        Ok(Self {
            client: client.clone(),
            algorithm,
            authorization: basic(&client.id, &client.secret),
            cookies: browser.cookie_header(),
            done: 0,
        })
    }

    async fn once(&mut self, stage: &Stage, connection: &mut Connection) -> Outcome<()> {
        let tokens = self.tokens(stage, connection, "openid").await?;
        if sampled(&mut self.done) {
            let id_token = quick_member(&tokens.answer, "id_token")?;
            let claims = stage.keys.verify(id_token, self.algorithm)?;
            equal(member(&claims, "iss")?, &stage.target.origin, "iss")?;
            // One audience, alone or as a list of one.
            let audience = claims.get("aud").and_then(|aud| aud.get(0).or(Some(aud))).and_then(Value::as_str);
            equal(audience.unwrap_or_default(), &self.client.id, "aud")?;
            equal(member(&claims, "nonce")?, &tokens.nonce, "nonce")?;
        }
        Ok(())
    }

    /// The whole flow: authorize, the code from the redirect, the token endpoint.
    async fn tokens(&self, stage: &Stage, connection: &mut Connection, scope: &str) -> Outcome<Tokens> {
        let verifier = random_text()?;
        let challenge = URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, verifier.as_bytes()));
        // The state need only be this flow's own; the verifier's digest is.
        let state = challenge.get(..22).unwrap_or_default();
        let query = form(&[
            ("response_type", "code"),
            ("client_id", &self.client.id),
            ("redirect_uri", REDIRECT_URI),
            ("scope", scope),
            ("state", state),
            ("nonce", state),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ]);
        let path = format!("/oauth/authorize?{query}");
        let asked = stage.target.get(&path, &[("Cookie", &self.cookies)]);
        let answer = connection.send(&asked).await?;
        answer.expect(303, "authorize")?;
        let location = answer.header("location").unwrap_or_default();
        let Some(("", query)) = location.split_once(REDIRECT_URI) else {
            return fault(format!("authorize led to {location}"));
        };
        let mut code = None;
        for (name, value) in url::form_urlencoded::parse(query.trim_start_matches('?').as_bytes()) {
            match name.as_ref() {
                "code" => code = Some(value.into_owned()),
                "state" => equal(&value, state, "state")?,
                "iss" => equal(&value, &stage.target.origin, "iss")?,
                _ => return fault(format!("authorize answered {name}={value}")),
            }
        }
        let code = code.ok_or("authorize answered no code")?;
        let body = form(&[
            ("grant_type", "authorization_code"),
            ("code", &code),
            ("redirect_uri", REDIRECT_URI),
            ("code_verifier", &verifier),
        ]);
        let headers = [("Authorization", self.authorization.as_str())];
        let redeem = stage.target.post_form("/oauth/token", &headers, &body);
        let nonce = state.to_owned();
        let answer = connection.send(&redeem).await?;
        answer.expect(200, "the code's redemption")?;
        Ok(Tokens { answer: answer.text().to_owned(), nonce })
    }
}

/// Signs in and runs the code flow once; the token endpoint's answer.
async fn first_tokens(stage: &Stage, client: &Client, number: usize) -> Outcome<String> {
    let flow = CodeFlow::prepare(stage, client, "ES256", number).await?;
    let mut connection = Connection::new(stage.address);
    let scope = "openid profile email offline_access";
    Ok(flow.tokens(stage, &mut connection, scope).await?.answer)
}

async fn introspection(stage: &Stage, client: &Client, number: usize) -> Outcome<Work> {
    let tokens = first_tokens(stage, client, number).await?;
    let body = form(&[("token", quick_member(&tokens, "access_token")?)]);
    let authorization = basic(&client.id, &client.secret);
    let headers = [("Authorization", authorization.as_str())];
    let request = stage.target.post_form("/oauth/introspect", &headers, &body);
    Ok(Work::repeat(request, "\"active\":true"))
}

async fn userinfo(stage: &Stage, client: &Client, number: usize) -> Outcome<Work> {
    let tokens = first_tokens(stage, client, number).await?;
    let authorization = format!("Bearer {}", quick_member(&tokens, "access_token")?);
    let headers = [("Authorization", authorization.as_str())];
    Ok(Work::repeat(stage.target.get("/oauth/userinfo", &headers), "\"sub\":"))
}

fn person(stage: &Stage, number: usize) -> Outcome<Person> {
    let people = &stage.people;
    let found = people.get(number % people.len().max(1));
    Ok(found.ok_or("nobody was seeded")?.clone())
}

/// Counts, and says whether this one is to be verified.
fn sampled(done: &mut u32) -> bool {
    *done += 1;
    *done % SAMPLE == 1
}

fn equal(found: &str, wanted: &str, what: &str) -> Outcome<()> {
    if found == wanted { Ok(()) } else { fault(format!("{what} is {found} instead of {wanted}")) }
}
