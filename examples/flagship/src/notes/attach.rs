//! Files from cloud on a note: choosing one, copying it here, downloading and removing it.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use crate::error::AppError;
use crate::file;
use crate::notes::cloud::{self, Answer};
use crate::notes::connect;
use crate::notes::edit::title_of;
use crate::notes::store::{self, NewAttachment};
use crate::page::{self, Page};
use crate::random;
use crate::rp::csrf::{Pressed, SignedForm};
use crate::rp::session::SignedIn;
use crate::rp::tokens;
use crate::state::AppState;

#[derive(Template)]
#[template(path = "notes/attach.html")]
struct AttachPage {
    page: Page,
    note: String,
    note_title: String,
    notice: Option<&'static str>,
    cloud: Cloud,
}

/// A file that is locked in cloud, and a sign-in that stayed by one factor.
const WEAK: &str = "That file is locked in cloud: it takes a second step, and your account has none. Add one in your account, then sign out here and in again.";

enum Cloud {
    Files(Vec<Choice>),
    NotConnected { message: Option<&'static str> },
    Unreachable,
}

struct Choice {
    id: String,
    name: String,
    size: String,
}

/// How connecting cloud went.
#[derive(Deserialize)]
pub struct Outcome {
    connect: Option<String>,
}

/// The file that was chosen.
#[derive(Deserialize)]
pub struct Chosen {
    file: String,
}

/// `GET /notes/{id}/attach`.
///
/// # Errors
/// [`AppError`], as a page.
pub async fn choose(
    state: web::Data<AppState>,
    signed_in: SignedIn,
    note: web::Path<String>,
    outcome: web::Query<Outcome>,
) -> Result<HttpResponse, AppError> {
    let signed_in = tokens::confirm(&state, signed_in).await?;
    let (owner, id) = (signed_in.person.subject.clone(), note.into_inner());
    let found = state.database.read(move |connection| store::find(connection, &owner, &id)).await?;
    let (row, _) = found.ok_or(AppError::NotFound)?;
    let cloud = match cloud::list(&state, &signed_in).await? {
        Answer::Got(files) => Cloud::Files(
            files
                .into_iter()
                .map(|file| Choice { id: file.id, name: file.name, size: page::size(file.size) })
                .collect(),
        ),
        Answer::NotConnected => Cloud::NotConnected {
            message: match outcome.connect.as_deref() {
                Some("denied") => {
                    Some("You didn't allow access to your files, so nothing was shared. Your notes work without it.")
                }
                Some("failed") => Some("cloud couldn't be connected. Nothing was shared. Try again in a moment."),
                _ => None,
            },
        },
        Answer::NotFound | Answer::StepUp(_) | Answer::Unreachable => Cloud::Unreachable,
    };
    page::html(&AttachPage {
        page: Page::new(&state, &signed_in, "Attach a file from cloud"),
        note_title: title_of(&row),
        notice: (outcome.connect.as_deref() == Some("weak")).then_some(WEAK),
        note: row.id,
        cloud,
    })
}

/// `POST /notes/{id}/attach`.
///
/// # Errors
/// [`AppError`], as a page.
pub async fn attach(
    state: web::Data<AppState>,
    request: HttpRequest,
    note: web::Path<String>,
    form: SignedForm<Chosen>,
) -> Result<HttpResponse, AppError> {
    let note = note.into_inner();
    // The list again, and not a name from the form: what is attached is called what cloud calls it.
    let files = match cloud::list(&state, &form.signed_in).await? {
        Answer::Got(files) => files,
        _ => return Ok(page::see_other(&attach_page(&note)?)),
    };
    let chosen = files.into_iter().find(|file| file.id == form.fields.file).ok_or(AppError::NotFound)?;
    let content = match cloud::content(&state, &form.signed_in, &chosen.id).await? {
        Answer::Got(content) => content,
        Answer::NotFound => return Err(AppError::NotFound),
        // Asked for a class before, the issuer gave what it could: asking again would go round and round.
        Answer::StepUp(_) if form.signed_in.acr.is_some() => {
            return Ok(page::see_other(&format!("{}?connect=weak", attach_page(&note)?)));
        }
        Answer::StepUp(class) => return connect::step_up(&state, &request, &note, &class).await,
        Answer::NotConnected | Answer::Unreachable => {
            return Ok(page::see_other(&attach_page(&note)?));
        }
    };
    let new = NewAttachment {
        id: random::token()?,
        note: note.clone(),
        name: file::name(&chosen.name),
        media_type: file::media_type(&chosen.media_type),
        size: i64::try_from(content.len()).map_err(|error| AppError::Fault(error.into()))?,
        content,
    };
    let owner = form.signed_in.person.subject;
    if !state.database.write(move |connection| store::attach(connection, &owner, &new)).await? {
        return Err(AppError::NotFound);
    }
    Ok(page::see_other(&format!("/notes/{note}?done=attached")))
}

/// The identifier came from the address, and goes into another one.
fn attach_page(note: &str) -> Result<String, AppError> {
    let plain = note.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    if plain { Ok(format!("/notes/{note}/attach")) } else { Err(AppError::NotFound) }
}

/// `GET /notes/{id}/attachments/{attachment}`.
///
/// # Errors
/// [`AppError`], as a page.
pub async fn download(
    state: web::Data<AppState>,
    signed_in: SignedIn,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, AppError> {
    let (owner, (note, id)) = (signed_in.person.subject, path.into_inner());
    let found = state.database.read(move |connection| store::attachment(connection, &owner, &note, &id)).await?;
    let (row, content) = found.ok_or(AppError::NotFound)?;
    Ok(file::attachment(&row.name, &row.media_type, content))
}

/// `POST /notes/{id}/attachments/{attachment}/delete`.
///
/// # Errors
/// [`AppError`], as a page.
pub async fn remove(
    state: web::Data<AppState>,
    path: web::Path<(String, String)>,
    form: SignedForm<Pressed>,
) -> Result<HttpResponse, AppError> {
    let (owner, (note, id)) = (form.signed_in.person.subject, path.into_inner());
    let of = note.clone();
    let removed = state.database.write(move |connection| store::detach(connection, &owner, &of, &id)).await?;
    if removed == 0 {
        return Err(AppError::NotFound);
    }
    Ok(page::see_other(&format!("/notes/{note}?done=removed")))
}
