//! The list of a person's notes; writing, changing and deleting one.

use actix_web::{HttpResponse, web};
use askama::Template;
use chrono::Utc;
use serde::Deserialize;

use crate::error::AppError;
use crate::notes::store::{self, AttachmentRow, NoteRow};
use crate::page::{self, Page};
use crate::random;
use crate::rp::csrf::{Pressed, SignedForm};
use crate::rp::session::SignedIn;
use crate::rp::tokens;
use crate::state::AppState;

/// In characters.
const LONGEST_TITLE: usize = 120;
/// In characters.
const LONGEST_BODY: usize = 20_000;

#[derive(Template)]
#[template(path = "notes/list.html")]
struct ListPage {
    page: Page,
    notes: Vec<ShownNote>,
    notice: Option<&'static str>,
}

struct ShownNote {
    id: String,
    title: String,
    beginning: String,
    when: String,
}

#[derive(Template)]
#[template(path = "notes/note.html")]
struct NotePage {
    page: Page,
    /// Absent for a note that is not written yet.
    id: Option<String>,
    title: String,
    body: String,
    attached: Vec<ShownAttachment>,
    notice: Option<&'static str>,
    longest_title: usize,
    longest_body: usize,
}

struct ShownAttachment {
    id: String,
    name: String,
    size: String,
}

impl From<AttachmentRow> for ShownAttachment {
    fn from(row: AttachmentRow) -> Self {
        Self { id: row.id, name: row.name, size: page::size(row.size) }
    }
}

/// What was just done.
#[derive(Deserialize)]
pub struct Done {
    done: Option<String>,
}

/// What somebody writes.
#[derive(Deserialize)]
pub struct Written {
    #[serde(default)]
    title: String,
    #[serde(default)]
    body: String,
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
    let rows = state.database.read(move |connection| store::list(connection, &owner)).await?;
    let notice = (query.done.as_deref() == Some("deleted")).then_some("The note is deleted.");
    let notes = rows.into_iter().map(|row| ShownNote {
        title: title_of(&row),
        beginning: row.body.chars().take(140).collect(),
        id: row.id,
        when: page::time(row.changed_at),
    });
    page::html(&ListPage { page: Page::new(&state, &signed_in, "Your notes"), notes: notes.collect(), notice })
}

/// `GET /new`.
///
/// # Errors
/// [`AppError`], as a page.
pub async fn new(state: web::Data<AppState>, signed_in: SignedIn) -> Result<HttpResponse, AppError> {
    note_page(Page::new(&state, &signed_in, "New note"), None, None)
}

/// `GET /notes/{id}`.
///
/// # Errors
/// [`AppError`], as a page.
pub async fn show(
    state: web::Data<AppState>,
    signed_in: SignedIn,
    id: web::Path<String>,
    query: web::Query<Done>,
) -> Result<HttpResponse, AppError> {
    let signed_in = tokens::confirm(&state, signed_in).await?;
    let owner = signed_in.person.subject.clone();
    let found = state.database.read(move |connection| store::find(connection, &owner, &id)).await?;
    let (row, attached) = found.ok_or(AppError::NotFound)?;
    let notice = match query.done.as_deref() {
        Some("kept") => Some("The note is kept."),
        Some("attached") => Some("The file is attached."),
        Some("removed") => Some("The file is no longer attached. It is still in cloud."),
        _ => None,
    };
    note_page(Page::new(&state, &signed_in, title_of(&row)), Some((row, attached)), notice)
}

fn note_page(
    page: Page,
    note: Option<(NoteRow, Vec<AttachmentRow>)>,
    notice: Option<&'static str>,
) -> Result<HttpResponse, AppError> {
    let (id, title, body, attached) = match note {
        Some((row, attached)) => (Some(row.id), row.title, row.body, attached),
        None => (None, String::new(), String::new(), Vec::new()),
    };
    page::html(&NotePage {
        page,
        id,
        title,
        body,
        attached: attached.into_iter().map(ShownAttachment::from).collect(),
        notice,
        longest_title: LONGEST_TITLE,
        longest_body: LONGEST_BODY,
    })
}

/// `POST /notes`.
///
/// # Errors
/// [`AppError`], as a page.
pub async fn add(state: web::Data<AppState>, form: SignedForm<Written>) -> Result<HttpResponse, AppError> {
    let row = checked(random::token()?, form)?;
    let location = format!("/notes/{}?done=kept", row.id);
    state.database.write(move |connection| store::add(connection, &row)).await?;
    Ok(page::see_other(&location))
}

/// `POST /notes/{id}`.
///
/// # Errors
/// [`AppError`], as a page.
pub async fn change(
    state: web::Data<AppState>,
    id: web::Path<String>,
    form: SignedForm<Written>,
) -> Result<HttpResponse, AppError> {
    let row = checked(id.into_inner(), form)?;
    let location = format!("/notes/{}?done=kept", row.id);
    if state.database.write(move |connection| store::change(connection, &row)).await? {
        Ok(page::see_other(&location))
    } else {
        Err(AppError::NotFound)
    }
}

/// `POST /notes/{id}/delete`.
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

fn checked(id: String, form: SignedForm<Written>) -> Result<NoteRow, AppError> {
    let title = form.fields.title.trim().to_owned();
    let body = form.fields.body.replace("\r\n", "\n");
    if title.is_empty() && body.trim().is_empty() {
        return Err(AppError::BadRequest("The note is empty. Go back and write something."));
    }
    if title.chars().count() > LONGEST_TITLE || body.chars().count() > LONGEST_BODY {
        return Err(AppError::TooLarge(
            "A title has at most 120 characters and a note 20,000. Go back and shorten it.",
        ));
    }
    Ok(NoteRow { id, owner: form.signed_in.person.subject, title, body, changed_at: Utc::now().timestamp() })
}

/// A note without a title is called by its first line.
pub fn title_of(row: &NoteRow) -> String {
    let first_line = || row.body.trim().lines().next().unwrap_or("Note").chars().take(60).collect();
    if row.title.is_empty() { first_line() } else { row.title.clone() }
}
