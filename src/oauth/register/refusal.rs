//! Why a registration is refused, and how that is said (RFC 7591 §3.2.2, RFC 7592 §2).

use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, PRAGMA};
use actix_web::{HttpResponse, ResponseError};
use serde_json::json;

use crate::oauth::bearer::BearerError;
use crate::oauth::error::{ErrorCode, OAuthError};
use crate::oauth::registration::RegistrationFault;
use crate::store::StoreError;
use crate::web::body::BodyFault;

/// Characters of a description at most.
const LONGEST: usize = 300;

/// One refusal.
#[derive(Debug)]
pub enum Refusal {
    /// What was asked for may not be: 400, in words for the developer who sent it.
    Metadata(ErrorCode, String),
    /// The token is missing, unknown or spent: 401.
    Bearer(BearerError),
    /// Anything else.
    OAuth(OAuthError),
}

impl Refusal {
    /// `invalid_client_metadata`.
    pub(super) fn metadata(problem: &str) -> Self {
        Self::Metadata(ErrorCode::InvalidClientMetadata, problem.to_owned())
    }

    /// The list of a sector could not be had.
    pub(super) fn unfetched_sector() -> Self {
        Self::metadata("sector_identifier_uri: nothing could be fetched from there")
    }

    /// The description as it may stand in an answer (RFC 6749 §5.2).
    fn description(&self) -> String {
        let is_plain = |c: &char| matches!(c, ' '..='~') && !matches!(c, '"' | '\\');
        match self {
            Self::Metadata(_, problem) => problem.chars().filter(is_plain).take(LONGEST).collect(),
            Self::Bearer(error) => error.to_string(),
            Self::OAuth(error) => error.description.to_owned(),
        }
    }
}

impl From<RegistrationFault> for Refusal {
    fn from(fault: RegistrationFault) -> Self {
        let code = match fault.member {
            "redirect_uris" => ErrorCode::InvalidRedirectUri,
            _ => ErrorCode::InvalidClientMetadata,
        };
        Self::Metadata(code, fault.to_string())
    }
}

impl From<BearerError> for Refusal {
    fn from(error: BearerError) -> Self {
        Self::Bearer(error)
    }
}

impl From<OAuthError> for Refusal {
    fn from(error: OAuthError) -> Self {
        Self::OAuth(error)
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        Self::OAuth(error.into())
    }
}

impl From<BodyFault> for Refusal {
    fn from(fault: BodyFault) -> Self {
        match fault {
            BodyFault::MediaType => Self::OAuth(
                OAuthError::invalid_request("the body must be application/json, not encoded")
                    .with_status(StatusCode::UNSUPPORTED_MEDIA_TYPE),
            ),
            BodyFault::Malformed => Self::metadata("the body is no JSON object whose members each stand once"),
            other => Self::OAuth(other.into()),
        }
    }
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.description())
    }
}

impl ResponseError for Refusal {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::Metadata(..) => StatusCode::BAD_REQUEST,
            Self::Bearer(error) => error.status_code(),
            Self::OAuth(error) => error.status_code(),
        }
    }

    fn error_response(&self) -> HttpResponse {
        match self {
            Self::Metadata(code, _) => HttpResponse::BadRequest()
                .insert_header((CACHE_CONTROL, "no-store"))
                .insert_header((PRAGMA, "no-cache"))
                .json(json!({"error": code.as_str(), "error_description": self.description()})),
            Self::Bearer(error) => error.error_response(),
            Self::OAuth(error) => error.error_response(),
        }
    }
}
