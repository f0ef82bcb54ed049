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
    let wish = Wish {
        purpose: Purpose::Connect,
        return_to: LocalPath::parse(&format!("/notes/{id}/attach")),
        resource: Some((cloud_resource, SCOPE)),
        max_age: None,
    };
    authorize::begin(&state, &request, wish).await
}
