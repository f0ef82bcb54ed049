//! HTTP calls to the issuer and to other apps: short timeouts, no redirects, bounded answers.

use std::fmt;
use std::pin::Pin;
use std::time::Duration;

use openidconnect::{AsyncHttpClient, HttpRequest, HttpResponse};

use crate::error::Fault;

/// Metadata, keys and tokens are a few kilobytes; more is not an answer but an attack or a mistake.
const PROTOCOL_LIMIT: usize = 512 * 1024;

/// The client that `openidconnect` calls the issuer with.
#[derive(Clone)]
pub struct HttpClient(reqwest::Client);

/// Why there was no answer. Has no URL in it: a query could hold a secret.
#[derive(Debug)]
pub enum HttpError {
    /// The connection failed, broke or took too long.
    Transport(reqwest::Error),
    /// More than the limit.
    TooLarge,
    /// A request or an answer that HTTP cannot express.
    Malformed(openidconnect::http::Error),
}

impl fmt::Display for HttpError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Transport(error) => write!(formatter, "{}", DisplayChain(error)),
            Self::TooLarge => formatter.write_str("the answer is too large"),
            Self::Malformed(error) => error.fmt(formatter),
        }
    }
}

impl std::error::Error for HttpError {}

impl From<reqwest::Error> for HttpError {
    fn from(error: reqwest::Error) -> Self {
        Self::Transport(error.without_url())
    }
}

/// An error and its causes in one line: "connection refused" is always the innermost.
pub struct DisplayChain<'a>(pub &'a (dyn std::error::Error + 'static));

impl fmt::Display for DisplayChain<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut next = Some(self.0);
        let mut separator = "";
        while let Some(error) = next {
            write!(formatter, "{separator}{error}")?;
            separator = ": ";
            next = error.source();
        }
        Ok(())
    }
}

impl HttpClient {
    /// A client that never follows redirects: one could lead a request, with its credentials, to a place that
    /// nobody configured. The machine's proxy settings are not used, for the issuer may be on loopback.
    ///
    /// # Errors
    /// When TLS cannot be set up.
    pub fn new() -> Result<Self, Fault> {
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(Duration::from_secs(3))
            .timeout(Duration::from_secs(10))
            .no_proxy()
            .build()?;
        Ok(Self(client))
    }

    /// Sends a request and reads at most `limit` bytes of the answer.
    ///
    /// # Errors
    /// [`HttpError`]; a status that is not 200 is an answer, not an error.
    pub async fn send(&self, request: HttpRequest, limit: usize) -> Result<HttpResponse, HttpError> {
        let mut response = self.0.execute(reqwest::Request::try_from(request)?).await?;
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await? {
            if body.len().saturating_add(chunk.len()) > limit {
                return Err(HttpError::TooLarge);
            }
            body.extend_from_slice(&chunk);
        }
        let mut answer = openidconnect::http::Response::builder().status(response.status());
        for (name, value) in response.headers() {
            answer = answer.header(name, value);
        }
        answer.body(body).map_err(HttpError::Malformed)
    }
}

impl<'c> AsyncHttpClient<'c> for HttpClient {
    type Error = HttpError;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, HttpError>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.send(request, PROTOCOL_LIMIT))
    }
}
