//! cloud's API for other apps: `GET {resource}/files` and `GET {resource}/files/{id}`.

use actix_web::{HttpResponse, web};
use serde::Serialize;

use crate::cloud::bearer::{ApiError, Reader};
use crate::cloud::store;
use crate::file;
use crate::rp::session::TWO_FACTORS;
use crate::state::AppState;

/// A file in the list.
#[derive(Serialize)]
struct ApiFile {
    /// For `GET {resource}/files/{id}`.
    id: String,
    /// As the person called it.
    name: String,
    /// In bytes.
    size: i64,
    /// Its media type.
    #[serde(rename = "type")]
    media_type: String,
}

/// `GET /api/files`: the person's files, as a JSON array.
///
/// # Errors
/// [`ApiError`], as JSON.
pub async fn list(state: web::Data<AppState>, reader: Reader) -> Result<HttpResponse, ApiError> {
    let token = reader.0;
    tracing::info!(client_id = token.client_id, "an app lists files");
    let rows = state.database.read(move |connection| store::list(connection, &token.subject)).await?;
    let files =
        rows.into_iter().map(|row| ApiFile { id: row.id, name: row.name, size: row.size, media_type: row.media_type });
    Ok(HttpResponse::Ok().json(files.collect::<Vec<_>>()))
}

/// `GET /api/files/{id}`: the bytes; of a locked file for a token of a sign-in by two factors only.
///
/// # Errors
/// [`ApiError`], as JSON.
pub async fn content(
    state: web::Data<AppState>,
    reader: Reader,
    id: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let token = reader.0;
    let strong = token.acr.as_deref() == Some(TWO_FACTORS);
    let read = state.database.read(move |connection| {
        let locked = store::is_locked(connection, &token.subject, &id)?;
        Ok((store::find(connection, &token.subject, &id)?, locked))
    });
    let (found, locked) = read.await?;
    let (row, content) = found.ok_or(ApiError::NotFound)?;
    if locked && !strong {
        return Err(ApiError::InsufficientAuthentication);
    }
    Ok(file::attachment(&row.name, &row.media_type, content))
}
