//! Requests as programs and attackers send them: any method, header and body; no cookies, nothing filled in.

use reqwest::Method;
use serde_json::Value;

use super::browser::{Answer, Browser};
use super::{RegisteredClient, Site, flows};

impl Site {
    /// Sends a request as it is.
    pub async fn raw(&self, method: &str, path: &str, headers: &[(&str, &str)], body: impl Into<Vec<u8>>) -> Answer {
        let mut browser = Browser::new(self);
        browser.headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        browser.send(Method::from_bytes(method.as_bytes()).unwrap(), path, Some(body.into())).await.unwrap()
    }

    /// Posts a form with an Authorization header, or with none.
    pub async fn form(&self, path: &str, authorization: Option<&str>, form: &[(&str, &str)]) -> Answer {
        let mut tool = Browser::new(self);
        tool.headers = authorization.map(|value| ("Authorization".to_owned(), value.to_owned())).into_iter().collect();
        tool.post(path, form).await
    }

    /// What introspection tells `client` of a token.
    pub async fn introspect(&self, client: &RegisteredClient, token: &str) -> Value {
        let answer = flows::as_client(self, "/oauth/introspect", client, &[("token", token)]).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.json()
    }

    /// Whether introspection calls a token alive. A dead one is told in exactly one way.
    pub async fn is_active(&self, client: &RegisteredClient, token: &str) -> bool {
        let told = self.introspect(client, token).await;
        if told["active"] == true {
            return true;
        }
        assert_eq!(told, serde_json::json!({"active": false}));
        false
    }
}

impl Answer {
    /// Holds that this is an error of the protocol with this status and code, in the shape that every one has (RFC 6749
    /// §5.2): JSON, never stored, a plain description, no cookies.
    #[track_caller]
    pub fn refused(&self, status: u16, error: &str) {
        assert_eq!((self.status.as_u16(), self.header("Content-Type")), (status, "application/json"), "{}", self.body);
        let json = self.json();
        assert_eq!(json["error"], error, "{}", self.body);
        let members: Vec<&String> = json.as_object().unwrap().keys().collect();
        assert_eq!(members, ["error", "error_description"]);
        let description = json["error_description"].as_str().unwrap();
        assert!(description.bytes().all(|byte| matches!(byte, 0x20 | 0x21 | 0x23..=0x5b | 0x5d..=0x7e)), "{description}");
        self.never_stored();
    }

    /// Holds that no cache keeps this answer and no browser learns anything from it.
    #[track_caller]
    pub fn never_stored(&self) {
        assert_eq!((self.header("Cache-Control"), self.header("Pragma")), ("no-store", "no-cache"), "{}", self.body);
        assert_eq!(self.header("X-Content-Type-Options"), "nosniff");
        assert_eq!(self.header("Set-Cookie"), "");
    }

    /// A member of a JSON answer that is text.
    #[track_caller]
    pub fn text(&self, member: &str) -> String {
        self.json()[member].as_str().unwrap_or_else(|| panic!("no {member}: {}", self.body)).to_owned()
    }
}

/// What no field should ever choke on.
pub const NASTY: &str = "' OR 1=1 --\"<script>alert(1)</script>\r\nX-Injected: 1\u{202e}\u{fffd}../../%2e%2e%00";
