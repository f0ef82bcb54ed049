//! "Connect cloud": a second authorization request of somebody who is signed in, which names cloud as the
//! resource and asks for one scope there. The person answers at the issuer; notes only learns yes or no.

use actix_web::{HttpRequest, HttpResponse, web};

use crate::config::Purpose as AppPurpose;
use crate::error::AppError;
use crate::rp::authorize::{self, LocalPath, Purpose, Wish};
use crate::rp::csrf::{Pressed, SignedForm};
use crate::state::AppState;

/// All that notes ever wants in cloud.
pub const SCOPE: &str = "cloud.files.read";

/// `POST /notes/{id}/connect`: 303 to the issuer, and back to where files are chosen.
///
/// # Errors
/// [`AppError`], as a page.
pub async fn connect(
    state: web::Data<AppState>,
    request: HttpRequest,
    id: web::Path<String>,
    _form: SignedForm<Pressed>,
) -> Result<HttpResponse, AppError> {
    let AppPurpose::Notes { cloud_resource, .. } = &state.config.purpose else {
        return Err(AppError::NotFound);
    };
    let return_to = LocalPath::parse(&format!("/notes/{id}/attach"));
    let wish = Wish { resource: Some((cloud_resource, SCOPE)), ..Wish::of(Purpose::Connect, return_to) };
    authorize::begin(&state, &request, wish).await
}

/// cloud wants a stronger sign-in than there is (RFC 9470, section 4): to the issuer with what it asked for, and back to where
/// the file is chosen once more.
///
/// # Errors
/// [`AppError`], as a page.
pub async fn step_up(
    state: &AppState,
    request: &HttpRequest,
    note: &str,
    class: &str,
) -> Result<HttpResponse, AppError> {
    let AppPurpose::Notes { cloud_resource, .. } = &state.config.purpose else {
        return Err(AppError::NotFound);
    };
    let return_to = LocalPath::parse(&format!("/notes/{note}/attach"));
    let resource = Some((cloud_resource.as_str(), SCOPE));
    let wish = Wish { resource, acr: Some(class), ..Wish::of(Purpose::Connect, return_to) };
    authorize::begin(state, request, wish).await
}
