//! The board, a post with its replies, writing and deleting.

use actix_web::{HttpResponse, web};
use askama::Template;
use chrono::Utc;
use serde::Deserialize;

use crate::community::store::{self, PostRow};
use crate::error::AppError;
use crate::page::{self, Page};
use crate::random;
use crate::rp::csrf::{Pressed, SignedForm};
use crate::rp::session::SignedIn;
use crate::rp::tokens;
use crate::state::AppState;

/// In characters.
const LONGEST_BODY: usize = 5000;

#[derive(Template)]
#[template(path = "community/board.html")]
struct BoardPage {
    page: Page,
    posts: Vec<ShownPost>,
    longest: usize,
}

#[derive(Template)]
#[template(path = "community/post.html")]
struct PostPage {
    page: Page,
    post: ShownPost,
    replies: Vec<ShownPost>,
    longest: usize,
}

struct ShownPost {
    id: String,
    author: String,
    initial: String,
    body: String,
    when: String,
    replies: i64,
    own: bool,
}

impl ShownPost {
    fn new(row: PostRow, replies: i64, reader: &SignedIn) -> Self {
        Self {
            initial: row.author_name.chars().take(1).flat_map(char::to_uppercase).collect(),
            own: row.author == reader.person.subject,
            id: row.id,
            author: row.author_name,
            body: row.body,
            when: page::time(row.created_at),
            replies,
        }
    }
}

/// What somebody writes.
#[derive(Deserialize)]
pub struct Written {
    body: String,
}

/// `GET /`.
///
/// # Errors
/// [`AppError`], as a page.
pub async fn list(state: web::Data<AppState>, signed_in: SignedIn) -> Result<HttpResponse, AppError> {
    let signed_in = tokens::confirm(&state, signed_in).await?;
    let rows = state.database.read(store::newest).await?;
    let posts = rows.into_iter().map(|(row, replies)| ShownPost::new(row, replies, &signed_in)).collect();
    page::html(&BoardPage { page: Page::new(&state, &signed_in, "What's new"), posts, longest: LONGEST_BODY })
}

/// `GET /posts/{id}`.
///
/// # Errors
/// [`AppError`], as a page.
pub async fn show(
    state: web::Data<AppState>,
    signed_in: SignedIn,
    id: web::Path<String>,
) -> Result<HttpResponse, AppError> {
    let signed_in = tokens::confirm(&state, signed_in).await?;
    let found = state.database.read(move |connection| store::thread(connection, &id)).await?;
    let (post, replies) = found.ok_or(AppError::NotFound)?;
    let title = format!("A post by {}", post.author_name);
    let post = ShownPost::new(post, 0, &signed_in);
    let replies = replies.into_iter().map(|row| ShownPost::new(row, 0, &signed_in)).collect();
    page::html(&PostPage { page: Page::new(&state, &signed_in, title), post, replies, longest: LONGEST_BODY })
}

/// `POST /posts`.
///
/// # Errors
/// [`AppError`], as a page.
pub async fn add(state: web::Data<AppState>, form: SignedForm<Written>) -> Result<HttpResponse, AppError> {
    write(&state, &form, None).await?;
    Ok(page::see_other("/"))
}

/// `POST /posts/{id}/reply`.
///
/// # Errors
/// [`AppError`], as a page.
pub async fn reply(
    state: web::Data<AppState>,
    id: web::Path<String>,
    form: SignedForm<Written>,
) -> Result<HttpResponse, AppError> {
    let parent = id.into_inner();
    write(&state, &form, Some(parent.clone())).await?;
    Ok(page::see_other(&format!("/posts/{parent}")))
}

async fn write(state: &AppState, form: &SignedForm<Written>, parent: Option<String>) -> Result<(), AppError> {
    let body = form.fields.body.trim().replace("\r\n", "\n");
    if body.is_empty() || body.chars().count() > LONGEST_BODY {
        return Err(AppError::BadRequest("A post has between 1 and 5000 characters. Go back and change it."));
    }
    let row = PostRow {
        id: random::token()?,
        parent,
        author: form.signed_in.person.subject.clone(),
        author_name: form.signed_in.person.public_name().to_owned(),
        body,
        created_at: Utc::now().timestamp(),
    };
    if state.database.write(move |connection| store::add(connection, &row)).await? {
        Ok(())
    } else {
        Err(AppError::NotFound)
    }
}

/// `POST /posts/{id}/delete`: one's own only. Another person's is not found.
///
/// # Errors
/// [`AppError`], as a page.
pub async fn delete(
    state: web::Data<AppState>,
    id: web::Path<String>,
    form: SignedForm<Pressed>,
) -> Result<HttpResponse, AppError> {
    let author = form.signed_in.person.subject;
    let deleted = state.database.write(move |connection| store::delete(connection, &author, &id)).await?;
    match deleted.ok_or(AppError::NotFound)?.parent {
        Some(parent) => Ok(page::see_other(&format!("/posts/{parent}"))),
        None => Ok(page::see_other("/")),
    }
}
