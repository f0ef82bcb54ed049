//! SMS by an HTTP gateway, whose request is a template of the operator's.

use std::fmt::Write;

use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, Method, StatusCode, redirect};
use secrecy::ExposeSecret;

use super::SetupError;
use super::fate::StatusUrls;
use super::message::{Message, MessageId};
use super::outbox::Attempt;
use crate::config::{Placeholders, Sms, SmsMethod};

/// Under which gateways look for repetitions of the same request.
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// Calls the one configured gateway.
pub(super) struct SmsSender {
    /// After the first attempt.
    pub retries: u32,
    client: Client,
    config: Sms,
    status_urls: StatusUrls,
}

impl SmsSender {
    pub fn new(config: &Sms, status_urls: StatusUrls) -> Result<Self, SetupError> {
        let failed = |reason: &dyn std::fmt::Display| SetupError::Sms(reason.to_string());
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(config.body.content_type()));
        for (name, value) in &config.headers {
            let name = name.parse::<HeaderName>().map_err(|error| failed(&error))?;
            let mut value = HeaderValue::from_str(value.expose_secret()).map_err(|error| failed(&error))?;
            value.set_sensitive(true);
            headers.insert(name, value);
        }
        // A redirect would carry the code and the credentials to where nobody configured them to go; a proxy from the
        // environment likewise.
        let client = Client::builder()
            .default_headers(headers)
            .redirect(redirect::Policy::none())
            .no_proxy()
            .timeout(config.timeout)
            .user_agent(concat!("keyhouse/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| failed(&error))?;
        Ok(Self { retries: config.retries, client, config: config.clone(), status_urls })
    }

    pub async fn send(&self, message: &Message, id: &MessageId) -> Attempt {
        let body = self.config.body.fill(Placeholders {
            to: message.to.as_str(),
            from: &self.config.from,
            text: &message.text,
            id: id.as_str(),
            status_url: &self.status_urls.of(id),
        });
        let method = match self.config.method {
            SmsMethod::Post => Method::POST,
            SmsMethod::Put => Method::PUT,
            SmsMethod::Patch => Method::PATCH,
        };
        let mut request =
            self.client.request(method, self.config.url.clone()).header(IDEMPOTENCY_KEY, id.as_str()).body(body);
        if let Some((username, password)) = &self.config.credentials {
            request = request.basic_auth(username, Some(password.expose_secret()));
        }
        match request.send().await {
            Ok(answer) => judge(answer.status()),
            Err(error) => Attempt::TryAgain(reason(error)),
        }
    }
}

/// The answer's body is not read: gateways like to repeat the message in it.
fn judge(status: StatusCode) -> Attempt {
    let reason = format!("the gateway answered {}", status.as_u16());
    match status {
        _ if status.is_success() => Attempt::Sent,
        StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS => Attempt::TryAgain(reason),
        _ if status.is_server_error() => Attempt::TryAgain(reason),
        _ => Attempt::Refused(reason),
    }
}

/// Says what happened without the address, which may hold a token of the operator's.
fn reason(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut text = error.to_string();
    let mut source = std::error::Error::source(&error);
    while let Some(cause) = source {
        let _ = write!(text, ": {cause}");
        source = cause.source();
    }
    text
}
