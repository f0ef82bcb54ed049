//! Why a page could not be shown, and what the person reads then. The cause is logged once and never sent.

use std::fmt;

use actix_web::http::StatusCode;
use actix_web::http::header::LOCATION;
use actix_web::{HttpResponse, ResponseError};

use crate::rp::provider::ProviderError;

/// Something broke that is nobody's input: a database, a file, the random generator.
pub type Fault = Box<dyn std::error::Error + Send + Sync>;

/// Every way a page can fail.
#[derive(Debug)]
pub enum AppError {
    /// Nobody is signed in here, and it is worth asking the issuer silently: go there.
    TrySilently {
        /// The local address that begins the silent sign-in.
        location: String,
    },
    /// Nobody is signed in here.
    SignedOut,
    /// The issuer ended the sign-in, or no longer honours it.
    SessionEnded,
    /// The request does not make sense. The sentence says what to do.
    BadRequest(&'static str),
    /// A form without the right token, or sent from another site.
    Forged,
    /// Not there, or another person's: the answer is the same.
    NotFound,
    /// More than the app takes.
    TooLarge(&'static str),
    /// A form in an encoding that the app does not read.
    UnsupportedMediaType,
    /// The issuer did not do its part.
    Provider(ProviderError),
    /// Broken on our side.
    Fault(Fault),
}

/// What the error page says.
pub struct Explanation {
    /// What happened.
    pub title: &'static str,
    /// What to do.
    pub text: &'static str,
    /// Whether signing in is the way on.
    pub sign_in: bool,
}

impl Explanation {
    fn new(title: &'static str, text: &'static str) -> Self {
        Self { title, text, sign_in: false }
    }

    fn with_sign_in(title: &'static str, text: &'static str) -> Self {
        Self { title, text, sign_in: true }
    }

    /// For answers that did not come from this app's own errors: a wrong method, mostly.
    pub fn of_status(status: StatusCode) -> Self {
        match status {
            StatusCode::METHOD_NOT_ALLOWED => {
                Self::new("That doesn't work here", "Go back and use the page's own buttons.")
            }
            StatusCode::NOT_FOUND => AppError::NotFound.explanation(),
            StatusCode::PAYLOAD_TOO_LARGE => Self::new("That is too large", "Send less at once."),
            _ if status.is_client_error() => Self::new("That request can't be read", "Go back and try again."),
            _ => AppError::Fault("".into()).explanation(),
        }
    }
}

impl AppError {
    /// The words of the error page.
    pub fn explanation(&self) -> Explanation {
        match self {
            Self::TrySilently { .. } | Self::SignedOut => {
                Explanation::with_sign_in("You are signed out", "Sign in to go on.")
            }
            Self::SessionEnded => Explanation::with_sign_in(
                "You were signed out",
                "This sign-in was ended elsewhere, or it ran out. Sign in to go on.",
            ),
            Self::BadRequest(text) => Explanation::new("That didn't work", text),
            Self::Forged => Explanation::new(
                "That form can't be accepted",
                "It was open for too long, or it didn't come from this app. Go back, reload the page and send it again.",
            ),
            Self::NotFound => Explanation::new("There is nothing here", "It was deleted, or the address is wrong."),
            Self::TooLarge(text) => Explanation::new("That is too large", text),
            Self::UnsupportedMediaType => {
                Explanation::new("That form can't be read", "Send it from this app's own page.")
            }
            Self::Provider(error) => provider(error),
            Self::Fault(_) => Explanation::new(
                "We couldn't do that",
                "The fault is on our side. Nothing was lost: try again in a moment.",
            ),
        }
    }
}

fn provider(error: &ProviderError) -> Explanation {
    match error {
        ProviderError::Unreachable(_) => Explanation::with_sign_in(
            "Sign-in can't be reached right now",
            "The account service didn't answer. Try again in a moment.",
        ),
        ProviderError::Refused { code } if code == "access_denied" => {
            Explanation::with_sign_in("You didn't sign in", "Access was denied, so nothing was shared with this app.")
        }
        ProviderError::Refused { .. } | ProviderError::Untrusted(_) => Explanation::with_sign_in(
            "The sign-in couldn't be completed",
            "The account service's answer couldn't be used. Start again.",
        ),
    }
}

impl fmt::Display for AppError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Provider(error) => error.fmt(formatter),
            Self::Fault(fault) => fault.fmt(formatter),
            other => formatter.write_str(other.explanation().title),
        }
    }
}

impl ResponseError for AppError {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::TrySilently { .. } => StatusCode::SEE_OTHER,
            // Not a failure: it is the app's front door.
            Self::SignedOut => StatusCode::OK,
            Self::SessionEnded => StatusCode::UNAUTHORIZED,
            Self::BadRequest(_) => StatusCode::BAD_REQUEST,
            Self::Forged => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Provider(ProviderError::Unreachable(_)) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Provider(ProviderError::Refused { .. }) => StatusCode::BAD_REQUEST,
            Self::Provider(ProviderError::Untrusted(_)) => StatusCode::BAD_GATEWAY,
            Self::Fault(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The bare answer; `page::finish` dresses it in the app's page.
    fn error_response(&self) -> HttpResponse {
        match self {
            Self::TrySilently { location } => {
                HttpResponse::SeeOther().insert_header((LOCATION, location.as_str())).finish()
            }
            other => HttpResponse::new(other.status_code()),
        }
    }
}

impl From<Fault> for AppError {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<ProviderError> for AppError {
    fn from(error: ProviderError) -> Self {
        Self::Provider(error)
    }
}
