//! Everything an app keeps about one person, erased: by the person's own wish here, and by whoever must
//! carry out the deletion of an account.

use actix_web::{HttpResponse, web};
use askama::Template;
use diesel::{Connection, QueryResult, SqliteConnection};

use crate::config::AppKind;
use crate::error::AppError;
use crate::page::{self, Page};
use crate::rp::csrf::{Pressed, SignedForm};
use crate::rp::session::SignedIn;
use crate::rp::{cookies, store};
use crate::state::AppState;
use crate::{cloud, community, notes};

/// Erases what the app `kind` keeps about the person `subject` (their `sub` at the issuer), sign-ins included, and answers
/// how many files, posts or notes that were. Run it in a transaction.
///
/// # Errors
/// When the database fails.
pub fn erase(connection: &mut SqliteConnection, kind: AppKind, subject: &str) -> QueryResult<usize> {
    connection.transaction(|connection| {
        let things = match kind {
            AppKind::Cloud => cloud::store::erase(connection, subject)?,
            AppKind::Community => community::store::erase(connection, subject)?,
            AppKind::Notes => notes::store::erase(connection, subject)?,
        };
        store::end_sessions_of(connection, subject)?;
        Ok(things)
    })
}

#[derive(Template)]
#[template(path = "erase.html")]
struct ErasePage {
    page: Page,
}

/// `GET /erase`: what would be lost.
///
/// # Errors
/// [`AppError`], as a page.
pub async fn ask(state: web::Data<AppState>, signed_in: SignedIn) -> Result<HttpResponse, AppError> {
    page::html(&ErasePage { page: Page::new(&state, &signed_in, "Delete what is kept here") })
}

/// `POST /erase`: does it, and ends the person's sign-ins at this app.
///
/// # Errors
/// [`AppError`], as a page.
pub async fn confirm(state: web::Data<AppState>, form: SignedForm<Pressed>) -> Result<HttpResponse, AppError> {
    let (kind, subject) = (state.config.kind, form.signed_in.person.subject);
    state.database.write(move |connection| erase(connection, kind, &subject)).await?;
    let mut response = page::see_other("/signed-out");
    cookies::clear(&state.config, &mut response, cookies::SESSION);
    cookies::set(&state.config, &mut response, cookies::SILENT_TRIED, "1");
    Ok(response)
}
