//! What a page answers when it cannot go on. Handlers return a [`PageError`]; the page itself is rendered on the way
//! out, where the person's language and the request's id are known.

use actix_web::body::BoxBody;
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderValue, RETRY_AFTER};
use actix_web::{HttpResponse, ResponseError};

use super::body::BodyFault;
use super::error::{DeveloperFact, ErrorKind, WayOn};
use crate::security::password_pool::PasswordPoolError;
use crate::store::StoreError;

/// Seconds a person is asked to wait when we are busy.
pub const BUSY_SECONDS: u32 = 10;

/// Why there is no page, and what is said instead.
#[derive(Clone, Debug)]
pub struct PageError {
    /// What happened.
    pub kind: ErrorKind,
    /// The app that asked, where one is known.
    pub app_name: Option<String>,
    /// Rows for the app's developer.
    pub developer: Vec<DeveloperFact>,
    /// What the operator wrote for the person, where an account is locked.
    pub reason: Option<String>,
    /// The button.
    pub way_on: Option<WayOn>,
}

impl PageError {
    /// An error that needs no more words.
    pub fn of(kind: ErrorKind) -> Self {
        let way_on = match kind {
            ErrorKind::NotFound | ErrorKind::Expired | ErrorKind::Forged | ErrorKind::Frozen | ErrorKind::Method => {
                Some(WayOn::account())
            }
            _ => None,
        };
        Self { kind, app_name: None, developer: Vec::new(), reason: None, way_on }
    }
}

impl PageError {
    /// The account is locked: the person is told why, where the operator said it.
    pub fn locked(reason: Option<String>) -> Self {
        Self { reason, ..Self::of(ErrorKind::Locked) }
    }
}

impl std::fmt::Display for PageError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}", self.kind)
    }
}

impl From<ErrorKind> for PageError {
    fn from(kind: ErrorKind) -> Self {
        Self::of(kind)
    }
}

impl From<StoreError> for PageError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Busy | StoreError::Unavailable(_) => {
                tracing::warn!(%error, "the store did not answer");
                Self::of(ErrorKind::Busy)
            }
            StoreError::Conflict(_) | StoreError::Fault(_) => {
                tracing::error!(%error, "the store failed");
                Self::of(ErrorKind::Internal)
            }
        }
    }
}

impl From<PasswordPoolError> for PageError {
    fn from(error: PasswordPoolError) -> Self {
        match error {
            PasswordPoolError::Busy => Self::of(ErrorKind::Busy),
            PasswordPoolError::Fault => {
                tracing::error!("a password hash could not be computed or read");
                Self::of(ErrorKind::Internal)
            }
        }
    }
}

impl From<BodyFault> for PageError {
    fn from(fault: BodyFault) -> Self {
        Self::of(match fault {
            BodyFault::MediaType => ErrorKind::MediaType,
            BodyFault::TooLarge => ErrorKind::TooLarge,
            BodyFault::TooSlow => ErrorKind::TooSlow,
            BodyFault::Malformed => ErrorKind::Unreadable,
        })
    }
}

/// The status a kind of error has.
pub fn status(kind: ErrorKind) -> StatusCode {
    match kind {
        ErrorKind::NotFound => StatusCode::NOT_FOUND,
        ErrorKind::Method => StatusCode::METHOD_NOT_ALLOWED,
        ErrorKind::Unreadable | ErrorKind::UnknownApp | ErrorKind::UnknownAddress | ErrorKind::AppRequest => {
            StatusCode::BAD_REQUEST
        }
        ErrorKind::TooSlow => StatusCode::REQUEST_TIMEOUT,
        ErrorKind::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        ErrorKind::MediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        ErrorKind::Forbidden | ErrorKind::Forged | ErrorKind::Locked | ErrorKind::Frozen => StatusCode::FORBIDDEN,
        ErrorKind::Expired => StatusCode::GONE,
        ErrorKind::TooMany => StatusCode::TOO_MANY_REQUESTS,
        ErrorKind::Busy => StatusCode::SERVICE_UNAVAILABLE,
        ErrorKind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

impl ResponseError for PageError {
    fn status_code(&self) -> StatusCode {
        status(self.kind)
    }

    /// Leaves the error with the answer; [`super::error_pages`] makes the page of it.
    fn error_response(&self) -> HttpResponse<BoxBody> {
        let mut answer = HttpResponse::new(self.status_code());
        if matches!(self.kind, ErrorKind::Busy | ErrorKind::TooMany) {
            answer.headers_mut().insert(RETRY_AFTER, HeaderValue::from(BUSY_SECONDS));
        }
        answer.extensions_mut().insert(self.clone());
        answer
    }
}
