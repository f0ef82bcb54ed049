//! What a page shows that adds an authenticator app: a picture for its camera, the same as text, and the field for a code that
//! confirms it. Secrets, so no `Debug`.

use actix_web::http::StatusCode;

use super::page::Page;
use super::qr::Grid;
use crate::language::Sentence;

/// What goes into the app.
pub struct SharedSecret {
    /// The hidden `enrolment`: the secret, sealed.
    pub sealed: String,
    /// To type, in groups of four letters.
    pub key: String,
    /// To scan.
    pub picture: Grid,
}

/// What is wrong with the code that is to confirm it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodeFault {
    /// Nothing was typed.
    Missing,
    /// It is not what the app shows now.
    Wrong,
}

impl CodeFault {
    /// What is wrong with something that is no code.
    pub fn of(typed: &str) -> Self {
        if typed.trim().is_empty() { Self::Missing } else { Self::Wrong }
    }

    /// The sentence beside the field.
    pub fn sentence(self, page: &Page) -> Sentence<'static> {
        page.t(match self {
            Self::Missing => "totp-missing",
            Self::Wrong => "totp-wrong",
        })
    }

    /// The status of the page.
    pub fn status(error: Option<&Self>) -> StatusCode {
        if error.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK }
    }
}
