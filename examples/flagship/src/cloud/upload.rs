//! Takes a file from a form. The form's token comes first in it, and nothing is read further without it.

use actix_multipart::{Field, Multipart, MultipartError};
use actix_web::{HttpRequest, HttpResponse, web};
use chrono::Utc;
use futures_util::TryStreamExt;

use crate::cloud::store::{self, NewFile};
use crate::error::AppError;
use crate::file;
use crate::page;
use crate::random;
use crate::rp::csrf;
use crate::rp::session::SignedIn;
use crate::state::AppState;

const TOO_LARGE: AppError = AppError::TooLarge("A file may have 10 MB. This one has more.");
const LONGEST_TOKEN: usize = 100;

/// `POST /files`, `multipart/form-data` with `csrf` and then `file`.
///
/// # Errors
/// [`AppError`], as a page.
pub async fn upload(
    state: web::Data<AppState>,
    request: HttpRequest,
    signed_in: SignedIn,
    form: Result<Multipart, actix_web::Error>,
) -> Result<HttpResponse, AppError> {
    if !csrf::is_own_origin(request.headers(), &state.config.public_url) {
        return Err(AppError::Forged);
    }
    let mut form = form.map_err(|_| AppError::UnsupportedMediaType)?;
    let first = next(&mut form).await?.ok_or(AppError::Forged)?;
    let token = if first.name() == Some("csrf") { read(first, LONGEST_TOKEN).await? } else { Vec::new() };
    if !std::str::from_utf8(&token).is_ok_and(|token| csrf::is_token(&signed_in, token)) {
        return Err(AppError::Forged);
    }
    while let Some(field) = next(&mut form).await? {
        if field.name() == Some("file") {
            let Some(new) = receive(field, signed_in.person.subject).await? else {
                break;
            };
            return keep(&state, new).await;
        }
    }
    Ok(page::see_other("/?done=empty"))
}

/// `None`: the person sent the form without choosing a file.
async fn receive(field: Field, owner: String) -> Result<Option<NewFile>, AppError> {
    let sent = field.content_disposition().and_then(|disposition| disposition.get_filename()).unwrap_or_default();
    let (sent, name) = (sent.to_owned(), file::name(sent));
    let media_type = file::media_type(field.content_type().map(AsRef::as_ref).unwrap_or_default());
    let content = read(field, file::LARGEST).await?;
    if sent.is_empty() && content.is_empty() {
        return Ok(None);
    }
    let size = i64::try_from(content.len()).map_err(|_| TOO_LARGE)?;
    let id = random::token()?;
    Ok(Some(NewFile { id, owner, name, media_type, size, created_at: Utc::now().timestamp(), content }))
}

async fn keep(state: &AppState, new: NewFile) -> Result<HttpResponse, AppError> {
    if state.database.write(move |connection| store::add(connection, &new)).await? {
        Ok(page::see_other("/?done=kept"))
    } else {
        Err(AppError::BadRequest("You keep 200 files already. Delete one first."))
    }
}

async fn next(form: &mut Multipart) -> Result<Option<Field>, AppError> {
    form.try_next().await.map_err(broken)
}

async fn read(mut field: Field, limit: usize) -> Result<Vec<u8>, AppError> {
    let mut content = Vec::new();
    while let Some(chunk) = field.try_next().await.map_err(broken)? {
        if content.len().saturating_add(chunk.len()) > limit {
            return Err(TOO_LARGE);
        }
        content.extend_from_slice(&chunk);
    }
    Ok(content)
}

fn broken(_: MultipartError) -> AppError {
    AppError::BadRequest("The file didn't arrive whole. Go back and send it again.")
}
