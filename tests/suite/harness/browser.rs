//! A browser without JavaScript: cookies, forms, redirects one at a time.

use std::collections::BTreeMap;

use regex::Regex;
use reqwest::{Method, StatusCode};

use super::Site;

/// One browser with its cookies.
#[derive(Clone)]
pub struct Browser {
    client: reqwest::Client,
    base: String,
    /// The cookies, by name.
    pub cookies: BTreeMap<String, String>,
    /// Sent with every request.
    pub headers: Vec<(String, String)>,
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: reqwest::header::HeaderMap,
    /// The body as text.
    pub body: String,
}

impl Browser {
    /// A new browser at `site`.
    pub fn new(site: &Site) -> Self {
        Self::at(&site.base)
    }

    /// A new browser at an address.
    pub fn at(base: &str) -> Self {
        Self::built(base, reqwest::Client::builder())
    }

    /// A tool that shows a certificate where it is asked for one.
    pub fn showing(base: &str, identity: reqwest::Identity) -> Self {
        Self::built(base, reqwest::Client::builder().identity(identity))
    }

    /// Tests do not check the server's certificate: reading the machine's authorities, they would spend half their time with it.
    fn built(base: &str, builder: reqwest::ClientBuilder) -> Self {
        let builder = builder.redirect(reqwest::redirect::Policy::none()).no_proxy();
        let client = builder.tls_danger_accept_invalid_certs(true).build().unwrap();
        let headers = vec![("User-Agent".to_owned(), "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0".to_owned())];
        Self { client, base: base.to_owned(), cookies: BTreeMap::new(), headers }
    }

    /// The same browser, cookies and all, led to another node.
    pub fn moved_to(&self, site: &Site) -> Self {
        Self { base: site.base.clone(), ..self.clone() }
    }

    /// Gets a path, or a whole address of this site.
    pub async fn get(&mut self, path: &str) -> Answer {
        self.attempt(Method::GET, path, None).await.unwrap()
    }

    /// Posts a form as it is.
    pub async fn post(&mut self, path: &str, form: &[(&str, &str)]) -> Answer {
        self.post_text(path, encode(form)).await
    }

    /// Posts a form that is encoded already.
    pub async fn post_text(&mut self, path: &str, form: String) -> Answer {
        self.attempt(Method::POST, path, Some(form)).await.unwrap()
    }

    /// Gets a path, or posts a form that is encoded already; an error where nobody answers.
    pub async fn attempt(&mut self, method: Method, path: &str, form: Option<String>) -> reqwest::Result<Answer> {
        let plain = self.headers.clone();
        if form.is_some() {
            self.headers.push(("Content-Type".to_owned(), "application/x-www-form-urlencoded".to_owned()));
        }
        let answer = self.try_send(method, path, form.map(String::into_bytes)).await;
        self.headers = plain;
        answer
    }

    /// Fills in and sends the form of `page` that posts to a path that begins with `action`, hidden fields included.
    pub async fn submit(&mut self, page: &Answer, action: &str, fields: &[(&str, &str)]) -> Answer {
        let (target, form) = page.filled(action, fields);
        self.post_text(&target, form).await
    }

    /// Follows redirects as long as they stay on this site; gives the first answer that does not.
    pub async fn follow(&mut self, mut answer: Answer) -> Answer {
        for _ in 0..10 {
            match answer.location() {
                Some(to) if to.starts_with('/') || to.starts_with(&format!("{}/", self.base)) => {
                    answer = self.get(&to).await;
                }
                _ => return answer,
            }
        }
        panic!("redirects without end");
    }

    /// Sends any request, with a body or none.
    pub async fn send(&mut self, method: Method, path: &str, body: Option<Vec<u8>>) -> Answer {
        self.try_send(method, path, body).await.unwrap()
    }

    /// The same where no answer may come.
    pub async fn try_send(&mut self, method: Method, path: &str, body: Option<Vec<u8>>) -> reqwest::Result<Answer> {
        let url = if path.starts_with('/') { format!("{}{path}", self.base) } else { path.to_owned() };
        let mut request = self.client.request(method, url);
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        if !self.cookies.is_empty() {
            let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            request = request.header("Cookie", cookies.join("; "));
        }
        if let Some(body) = body {
            request = request.body(body);
        }
        let response = request.send().await?;
        self.keep_cookies(&response);
        Ok(Answer { status: response.status(), headers: response.headers().clone(), body: response.text().await? })
    }

    /// Sends anything, for requests that no form would make: with these headers besides its name, and a body as it is.
    pub async fn request(&mut self, method: Method, path: &str, headers: &[(&str, &str)], body: Vec<u8>) -> Answer {
        let mut request = self.client.request(method, format!("{}{path}", self.base)).body(body);
        let is_named = headers.iter().any(|(name, _)| *name == "User-Agent");
        for (name, value) in self.headers.iter().filter(|(name, _)| name == "User-Agent" && !is_named) {
            request = request.header(name, value);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if !self.cookies.is_empty() {
            let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            request = request.header("Cookie", cookies.join("; "));
        }
        let response = request.send().await.unwrap();
        self.keep_cookies(&response);
        let (status, headers) = (response.status(), response.headers().clone());
        Answer { status, headers, body: response.text().await.unwrap() }
    }

    /// Sends a form of a page whose answer is a file; gives the answer without a body, and the file.
    pub async fn download(&mut self, page: &Answer, action: &str) -> (Answer, Vec<u8>) {
        let (target, form) = page.filled(action, &[]);
        let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let name = self.headers.iter().find(|(name, _)| name == "User-Agent").map_or("", |(_, name)| name);
        let request = self
            .client
            .post(format!("{}{target}", self.base))
            .header("User-Agent", name)
            .header("Cookie", cookies.join("; "))
            .header("Content-Type", "application/x-www-form-urlencoded")
            .body(form);
        let response = request.send().await.unwrap();
        let answer = Answer { status: response.status(), headers: response.headers().clone(), body: String::new() };
        (answer, response.bytes().await.unwrap().to_vec())
    }

    fn keep_cookies(&mut self, response: &reqwest::Response) {
        for set in response.headers().get_all("Set-Cookie") {
            let set = set.to_str().unwrap();
            let (pair, attributes) = set.split_once(';').unwrap_or((set, ""));
            let (name, value) = pair.split_once('=').unwrap();
            if attributes.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
    }
}

impl Answer {
    /// Where a redirect leads.
    pub fn location(&self) -> Option<String> {
        self.headers.get("Location").map(|value| value.to_str().unwrap().to_owned())
    }

    /// A header as text.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// A parameter of the address a redirect leads to.
    pub fn parameter(&self, name: &str) -> Option<String> {
        let location = self.location()?;
        let url = url::Url::parse(&location).or_else(|_| url::Url::parse(&format!("http://x{location}"))).ok()?;
        url.query_pairs().find(|(own, _)| own == name).map(|(_, value)| value.into_owned())
    }

    /// Every parameter of the address a redirect leads to, in order.
    pub fn parameters(&self) -> Vec<(String, String)> {
        let url = url::Url::parse(&self.location().unwrap_or_else(|| panic!("no redirect: {}", self.body))).unwrap();
        url.query_pairs().into_owned().collect()
    }

    /// Checks that this is a page with a status, and no redirect.
    #[track_caller]
    pub fn assert_page(&self, status: StatusCode) {
        assert_eq!(self.status, status, "{:?} {}", self.location(), self.body);
        assert_eq!(self.location(), None);
        assert!(self.header("Content-Type").starts_with("text/html"), "{}", self.header("Content-Type"));
        assert!(self.header("Content-Security-Policy").contains("frame-ancestors 'none'"));
    }

    /// Checks that this is a 303 to the app with an error.
    #[track_caller]
    pub fn assert_error(&self, code: &str) {
        assert_eq!(self.status, StatusCode::SEE_OTHER, "{}", self.body);
        assert_eq!(self.parameter("error").as_deref(), Some(code), "{:?}", self.location());
    }

    /// The body as JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }

    /// The form of this page that posts to a path that begins with `action`, filled in: where it goes, and what.
    pub fn filled(&self, action: &str, fields: &[(&str, &str)]) -> (String, String) {
        let (target, mut form) = self.form(action).unwrap_or_else(|| panic!("no form to {action} in {}", self.body));
        form.retain(|(name, _)| !fields.iter().any(|(own, _)| own == name));
        let mut all: Vec<(&str, &str)> = form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        all.extend_from_slice(fields);
        (target, encode(&all))
    }

    /// The first form whose action begins with `action`: where it posts, and its hidden and filled-in fields.
    pub fn form(&self, action: &str) -> Option<(String, Vec<(String, String)>)> {
        let form = Regex::new(r#"(?s)<form[^>]*\baction="([^"]*)"[^>]*>(.*?)</form>"#).unwrap();
        let found = form.captures_iter(&self.body).find(|found| found[1].starts_with(action))?;
        let input = Regex::new(r"<input[^>]*>").unwrap();
        let fields = input
            .find_iter(&found[2])
            .filter_map(|input| {
                let attribute = |name: &str| {
                    Regex::new(&format!(r#"\b{name}="([^"]*)""#))
                        .unwrap()
                        .captures(input.as_str())
                        .map(|c| unescape(&c[1]))
                };
                let kind = attribute("type").unwrap_or_default();
                if kind == "checkbox" || kind == "radio" {
                    return None;
                }
                Some((attribute("name")?, attribute("value").unwrap_or_default()))
            })
            .collect();
        Some((unescape(&found[1]), fields))
    }
}

fn unescape(text: &str) -> String {
    text.replace("&#38;", "&")
        .replace("&amp;", "&")
        .replace("&#34;", "\"")
        .replace("&#39;", "'")
        .replace("&#60;", "<")
        .replace("&#62;", ">")
}

/// Form encoding.
pub fn encode(pairs: &[(&str, &str)]) -> String {
    let mut encoded = url::form_urlencoded::Serializer::new(String::new());
    encoded.extend_pairs(pairs);
    encoded.finish()
}
