//! As much of a browser as signing in needs: cookies, and the forms that the server's pages hold.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use crate::connection::Connection;
use crate::request::{Target, form};
use crate::{Outcome, fault};

/// One person's browser.
pub struct Browser {
    connection: Connection,
    target: Target,
    cookies: BTreeMap<String, String>,
}

/// What a page or a redirect brought.
pub struct Page {
    pub status: u16,
    /// Path and query of where a redirect leads, or of the page itself.
    pub location: String,
    pub text: String,
}

/// A form as the page has it.
struct Form {
    action: String,
    hidden: Vec<(String, String)>,
}

impl Browser {
    pub fn new(address: SocketAddr, target: Target) -> Self {
        Self { connection: Connection::new(address), target, cookies: BTreeMap::new() }
    }

    /// The `Cookie` header that this browser sends.
    pub fn cookie_header(&self) -> String {
        let pairs: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        pairs.join("; ")
    }

    /// Forgets every sign-in.
    pub fn forget(&mut self) {
        self.cookies.clear();
    }

    /// Signs in with an account's identifier and password, from the first page to the session's cookie.
    pub async fn sign_in(&mut self, identifier: &str, password: &str) -> Outcome<()> {
        let page = self.begin(identifier).await?;
        let page = self.submit(&page, "password", password).await?;
        if page.text.contains("name=\"password\"") || page.location.starts_with("/signin") {
            return fault(format!("the password was not taken: {} {}", page.status, page.location));
        }
        Ok(())
    }

    /// The page that asks for the password of an account.
    pub async fn begin(&mut self, identifier: &str) -> Outcome<Page> {
        let first = self.get("/signin").await?;
        let page = self.submit(&first, "identifier", identifier).await?;
        if !page.location.starts_with("/signin/code?") {
            return Ok(page);
        }
        let instead = page.location.replacen("/signin/code?", "/signin/password?", 1);
        self.get(&instead).await
    }

    /// Sends a wrong password: it is checked, or told to wait.
    pub async fn guess(&mut self, page: &Page) -> Outcome<()> {
        let (request, action) = self.filled(page, "password", "not the password")?;
        match self.send(&request, &action).await?.status {
            422 | 503 => Ok(()),
            other => fault(format!("POST {action}: status {other} for a wrong password")),
        }
    }

    async fn get(&mut self, path: &str) -> Outcome<Page> {
        let cookies = self.cookie_header();
        let request = self.target.get(path, &cookie(&cookies));
        let page = self.send(&request, path).await?;
        if page.status == 200 { Ok(page) } else { fault(format!("GET {path}: status {}", page.status)) }
    }

    /// The form of a page with one field filled in, and where it goes.
    fn filled(&self, page: &Page, field: &str, value: &str) -> Outcome<(Vec<u8>, String)> {
        let found = Form::with_field(&page.text, field);
        let wanted = found.ok_or_else(|| format!("{}: no form with the field {field}", page.location))?;
        let action = if wanted.action.is_empty() { &page.location } else { &wanted.action };
        let mut fields: Vec<(&str, &str)> = wanted.hidden.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        fields.push((field, value));
        let cookies = self.cookie_header();
        let mut headers = cookie(&cookies);
        headers.push(("Origin", &self.target.origin));
        Ok((self.target.post_form(action, &headers, &form(&fields)), action.clone()))
    }

    /// Fills in one field of the form that has it, sends it, and follows one redirect, but only to another page of
    /// the sign-in.
    async fn submit(&mut self, page: &Page, field: &str, value: &str) -> Outcome<Page> {
        let (request, action) = self.filled(page, field, value)?;
        let answer = self.send(&request, &action).await?;
        match answer.status {
            303 if answer.location.starts_with("/signin") => {
                let next = answer.location.clone();
                self.get(&next).await
            }
            200 | 303 => Ok(answer),
            other => {
                let said: String = answer.text.chars().take(300).collect();
                fault(format!("POST {action}: status {other}: {said}"))
            }
        }
    }

    async fn send(&mut self, request: &[u8], path: &str) -> Outcome<Page> {
        let answer = self.connection.send(request).await?;
        for line in answer.headers("set-cookie") {
            let mut parts = line.split(';');
            let Some((name, value)) = parts.next().and_then(|pair| pair.split_once('=')) else {
                continue;
            };
            if value.is_empty() || parts.any(|part| part.trim().eq_ignore_ascii_case("max-age=0")) {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        let location = answer.header("location").unwrap_or(path);
        Ok(Page {
            status: answer.status,
            location: location.strip_prefix(&self.target.origin).unwrap_or(location).to_owned(),
            text: answer.text().to_owned(),
        })
    }
}

fn cookie(cookies: &str) -> Vec<(&str, &str)> {
    if cookies.is_empty() { Vec::new() } else { vec![("Cookie", cookies)] }
}

impl Form {
    /// The first form of a page that has a visible field of this name.
    fn with_field(html: &str, field: &str) -> Option<Self> {
        html.split("<form").skip(1).find_map(|rest| {
            let (opening, rest) = rest.split_once('>')?;
            let (content, _) = rest.split_once("</form>")?;
            let inputs: Vec<&str> = content
                .split("<input")
                .skip(1)
                .filter_map(|input| input.split_once('>').map(|(attributes, _)| attributes))
                .collect();
            let is_hidden = |input: &&str| attribute(input, "type").as_deref() == Some("hidden");
            let asks =
                inputs.iter().any(|input| !is_hidden(input) && attribute(input, "name").as_deref() == Some(field));
            asks.then(|| Self {
                action: attribute(opening, "action").unwrap_or_default(),
                hidden: inputs
                    .iter()
                    .filter(|input| is_hidden(input))
                    .filter_map(|input| Some((attribute(input, "name")?, attribute(input, "value")?)))
                    .collect(),
            })
        })
    }
}

/// An attribute's value, unescaped.
fn attribute(tag: &str, name: &str) -> Option<String> {
    let marker = format!("{name}=\"");
    let (before, rest) = tag.split_once(&marker)?;
    // "name=" also ends "data-name=": there must be white space before it.
    if !before.is_empty() && !before.ends_with(char::is_whitespace) {
        return attribute(rest, name);
    }
    let (value, _) = rest.split_once('"')?;
    let plain = value
        .replace("&#x2F;", "/")
        .replace("&#47;", "/")
        .replace("&#39;", "'")
        .replace("&quot;", "\"")
        .replace("&#34;", "\"")
        .replace("&lt;", "<")
        .replace("&#60;", "<")
        .replace("&gt;", ">")
        .replace("&#62;", ">")
        .replace("&#38;", "&")
        .replace("&amp;", "&");
    Some(plain)
}
