//! The list of a person's files, downloads and deletion.

use std::time::Duration;

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use crate::cloud::store;
use crate::error::AppError;
use crate::file;
use crate::page::{self, Page};
use crate::rp::authorize::{self, LocalPath, Purpose, Wish};
use crate::rp::csrf::{Pressed, SignedForm};
use crate::rp::session::{FRESH_SECONDS, SignedIn};
use crate::rp::tokens;
use crate::state::AppState;

#[derive(Template)]
#[template(path = "cloud/files.html")]
struct FilesPage {
    page: Page,
    files: Vec<ShownFile>,
    notice: Option<&'static str>,
}

struct ShownFile {
    id: String,
    name: String,
    size: String,
    when: String,
    locked: bool,
}

/// What was just done.
#[derive(Deserialize)]
pub struct Done {
    done: Option<String>,
}

/// `GET /`.
///
/// # Errors
/// [`AppError`], as a page.
pub async fn list(
    state: web::Data<AppState>,
    signed_in: SignedIn,
    query: web::Query<Done>,
) -> Result<HttpResponse, AppError> {
    let signed_in = tokens::confirm(&state, signed_in).await?;
    let owner = signed_in.person.subject.clone();
    let read = state
        .database
        .read(move |connection| Ok((store::list(connection, &owner)?, store::locked(connection, &owner)?)));
    let (files, locked) = read.await?;
    let notice = match query.done.as_deref() {
        Some("kept") => Some("The file is kept."),
        Some("deleted") => Some("The file is deleted."),
        Some("locked") => Some("The file is locked: it opens to you alone, with a second step."),
        Some("unlocked") => Some("The lock is off."),
        Some("empty") => Some("Choose a file first."),
        _ => None,
    };
    let files = files.into_iter().map(|row| ShownFile {
        locked: locked.contains(&row.id),
        id: row.id,
        name: row.name,
        size: page::size(row.size),
        when: page::time(row.created_at),
    });
    page::html(&FilesPage { page: Page::new(&state, &signed_in, "Your files"), files: files.collect(), notice })
}

/// `GET /files/{id}`. A locked one goes to nobody who signed in by one factor, whatever address they type.
///
/// # Errors
/// [`AppError`], as a page.
pub async fn download(
    state: web::Data<AppState>,
    signed_in: SignedIn,
    id: web::Path<String>,
) -> Result<HttpResponse, AppError> {
    let (strong, owner, wanted) = (signed_in.had_two_factors(), signed_in.person.subject, id.clone());
    let read = state.database.read(move |connection| {
        let locked = store::is_locked(connection, &owner, &wanted)?;
        Ok((store::find(connection, &owner, &wanted)?, locked))
    });
    let (found, locked) = read.await?;
    let (row, content) = found.ok_or(AppError::NotFound)?;
    if locked && !strong {
        return Ok(page::see_other(LocalPath::parse(&format!("/files/{id}/open")).as_str()));
    }
    Ok(file::attachment(&row.name, &row.media_type, content))
}

#[derive(Template)]
#[template(path = "cloud/delete.html")]
struct DeletePage {
    page: Page,
    id: String,
    name: String,
}

/// `GET /files/{id}/delete`: where a person is back after they had to sign in again.
///
/// # Errors
/// [`AppError`], as a page.
pub async fn confirm_delete(
    state: web::Data<AppState>,
    signed_in: SignedIn,
    id: web::Path<String>,
) -> Result<HttpResponse, AppError> {
    let (owner, wanted) = (signed_in.person.subject.clone(), id.clone());
    let found = state.database.read(move |connection| store::find(connection, &owner, &wanted)).await?;
    let (row, _) = found.ok_or(AppError::NotFound)?;
    page::html(&DeletePage {
        page: Page::new(&state, &signed_in, "Delete a file"),
        id: id.into_inner(),
        name: row.name,
    })
}

/// `POST /files/{id}/delete`. What cannot be undone takes a fresh sign-in: whoever has not signed in lately does so at
/// the issuer (`max_age`), and is asked again. An API would answer `insufficient_user_authentication` (RFC 9470).
///
/// # Errors
/// [`AppError`], as a page.
pub async fn delete(
    state: web::Data<AppState>,
    request: HttpRequest,
    id: web::Path<String>,
    form: SignedForm<Pressed>,
) -> Result<HttpResponse, AppError> {
    if !form.signed_in.is_fresh() {
        let return_to = LocalPath::parse(&format!("/files/{id}/delete"));
        let max_age = Some(Duration::from_secs(FRESH_SECONDS));
        let wish = Wish { max_age, ..Wish::of(Purpose::SignIn, return_to) };
        return authorize::begin(&state, &request, wish).await;
    }
    let owner = form.signed_in.person.subject;
    state.database.write(move |connection| store::delete(connection, &owner, &id)).await?;
    Ok(page::see_other("/?done=deleted"))
}
