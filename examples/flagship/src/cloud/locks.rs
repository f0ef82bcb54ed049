//! Locked files: opening one takes a sign-in by two factors (RFC 9470). Here the person is sent to the issuer for it; an app
//! that comes by the API is told, and sends them.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use crate::cloud::store;
use crate::error::AppError;
use crate::page::{self, Page};
use crate::rp::authorize::{self, LocalPath, Purpose, Wish};
use crate::rp::csrf::{Pressed, SignedForm};
use crate::rp::session::{SignedIn, TWO_FACTORS};
use crate::state::AppState;

#[derive(Template)]
#[template(path = "cloud/locked.html")]
struct LockedPage {
    page: Page,
    id: String,
    name: String,
    open: bool,
    account: String,
}

/// `POST /files/{id}/lock`: locking takes no more than being signed in.
///
/// # Errors
/// [`AppError`], as a page.
pub async fn lock(
    state: web::Data<AppState>,
    id: web::Path<String>,
    form: SignedForm<Pressed>,
) -> Result<HttpResponse, AppError> {
    let owner = form.signed_in.person.subject;
    if !state.database.write(move |connection| store::lock(connection, &owner, &id)).await? {
        return Err(AppError::NotFound);
    }
    Ok(page::see_other("/?done=locked"))
}

/// `GET /files/{id}/open`: whether the file is open to this sign-in, and how it would be. Where a person is back after the
/// second step.
///
/// # Errors
/// [`AppError`], as a page.
pub async fn open(
    state: web::Data<AppState>,
    signed_in: SignedIn,
    id: web::Path<String>,
) -> Result<HttpResponse, AppError> {
    let (owner, wanted) = (signed_in.person.subject.clone(), id.clone());
    let found = state.database.read(move |connection| store::find(connection, &owner, &wanted)).await?;
    let (row, _) = found.ok_or(AppError::NotFound)?;
    page::html(&LockedPage {
        page: Page::new(&state, &signed_in, "A locked file"),
        id: id.into_inner(),
        name: row.name,
        open: signed_in.had_two_factors(),
        account: format!("{}/account/security/two-step", state.config.issuer.as_str().trim_end_matches('/')),
    })
}

/// `POST /files/{id}/open`: to the issuer, which asks for the factor that is missing. What comes back says in `acr` whether
/// it was shown: `acr_values` is a wish, and nobody is let in for having asked.
///
/// # Errors
/// [`AppError`], as a page.
pub async fn step_up(
    state: web::Data<AppState>,
    request: HttpRequest,
    id: web::Path<String>,
    _form: SignedForm<Pressed>,
) -> Result<HttpResponse, AppError> {
    let return_to = LocalPath::parse(&format!("/files/{id}/open"));
    authorize::begin(&state, &request, Wish { acr: Some(TWO_FACTORS), ..Wish::of(Purpose::SignIn, return_to) }).await
}

/// `POST /files/{id}/unlock`: takes what opening takes.
///
/// # Errors
/// [`AppError`], as a page.
pub async fn unlock(
    state: web::Data<AppState>,
    id: web::Path<String>,
    form: SignedForm<Pressed>,
) -> Result<HttpResponse, AppError> {
    if !form.signed_in.had_two_factors() {
        return Ok(page::see_other(LocalPath::parse(&format!("/files/{id}/open")).as_str()));
    }
    let owner = form.signed_in.person.subject;
    state.database.write(move |connection| store::unlock(connection, &owner, &id)).await?;
    Ok(page::see_other("/?done=unlocked"))
}
