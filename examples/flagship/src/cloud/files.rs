//! The list of a person's files, downloads and deletion.

use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use crate::cloud::store;
use crate::error::AppError;
use crate::file;
use crate::page::{self, Page};
use crate::rp::csrf::{Pressed, SignedForm};
use crate::rp::session::SignedIn;
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
    let files = state.database.read(move |connection| store::list(connection, &owner)).await?;
    let notice = match query.done.as_deref() {
        Some("kept") => Some("The file is kept."),
        Some("deleted") => Some("The file is deleted."),
        Some("empty") => Some("Choose a file first."),
        _ => None,
    };
    let files = files.into_iter().map(|row| ShownFile {
        id: row.id,
        name: row.name,
        size: page::size(row.size),
        when: page::time(row.created_at),
    });
    page::html(&FilesPage { page: Page::new(&state, &signed_in, "Your files"), files: files.collect(), notice })
}

/// `GET /files/{id}`.
///
/// # Errors
/// [`AppError`], as a page.
pub async fn download(
    state: web::Data<AppState>,
    signed_in: SignedIn,
    id: web::Path<String>,
) -> Result<HttpResponse, AppError> {
    let owner = signed_in.person.subject;
    let found = state.database.read(move |connection| store::find(connection, &owner, &id)).await?;
    let (row, content) = found.ok_or(AppError::NotFound)?;
    Ok(file::attachment(&row.name, &row.media_type, content))
}

/// `POST /files/{id}/delete`.
///
/// # Errors
/// [`AppError`], as a page.
pub async fn delete(
    state: web::Data<AppState>,
    id: web::Path<String>,
    form: SignedForm<Pressed>,
) -> Result<HttpResponse, AppError> {
    let owner = form.signed_in.person.subject;
    state.database.write(move |connection| store::delete(connection, &owner, &id)).await?;
    Ok(page::see_other("/?done=deleted"))
}
