//! The calls that `openidconnect` makes, through the guarded client.

use std::pin::Pin;

use openidconnect::http::{self, header};
use openidconnect::{AsyncHttpClient, HttpRequest, HttpResponse};

use crate::outbound::{Outbound, OutboundError};

/// Makes calls for `openidconnect`.
pub(super) struct Caller(pub(super) Outbound);

/// Why there was no answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum CallFault {
    #[error(transparent)]
    Outbound(#[from] OutboundError),
    /// An answer that HTTP cannot express.
    #[error("the answer is malformed")]
    Malformed(#[from] http::Error),
}

impl<'c> AsyncHttpClient<'c> for Caller {
    type Error = CallFault;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, Self::Error>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(async move {
            let (parts, body) = request.into_parts();
            let text = |value: &http::HeaderValue| value.to_str().unwrap_or_default().to_owned();
            let headers = parts.headers.iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect();
            let body = (parts.method == http::Method::POST).then_some(body);
            let called = self.0.call(&parts.uri.to_string(), headers, body).await?;
            let answer =
                http::Response::builder().status(called.status).header(header::CONTENT_TYPE, called.fetched.media_type);
            Ok(answer.body(called.fetched.body)?)
        })
    }
}
