//! The person's data: a copy to take along, and the way to the end of the account. "Make a copy" posts to `/account/data`,
//! "Download" to `/account/data/copy`; both want a fresh proof of who it is. Neither names a copy: there is one an account,
//! and it is that of whoever is signed in.

use actix_web::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION};
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::{DATA, Entry, InCentre};
use crate::app::AppState;
use crate::export;
use crate::session::{self, Refused, SignedIn};
use crate::store::events::{self, EventDetails, EventKind};
use crate::store::exports::{self, Export};
use crate::web::visitor::Visitor;
use crate::web::{moment::Moment, page::Page};

/// Where the copy is downloaded.
pub(super) const COPY: &str = "/account/data/copy";
/// Its name on the person's machine.
const FILE_NAME: &str = "account-data.zip";

/// The copy as it stands.
#[derive(Clone, Debug)]
pub enum CopyState {
    /// There is none.
    None,
    /// It is being made.
    Making {
        /// Since then.
        since: Moment,
    },
    /// It can be downloaded.
    Ready {
        /// When it was made.
        made: Moment,
        /// Until when it is there.
        until: Moment,
        /// Its size in words.
        size: String,
    },
}

/// What the last press of a button did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DataNote {
    /// A copy is being made.
    Asked,
    /// It was asked for too soon after the last.
    TooSoon,
    /// The copy that was to be downloaded is gone.
    Gone,
}

impl DataNote {
    const ALL: [Self; 3] = [Self::Asked, Self::TooSoon, Self::Gone];

    /// The word it travels as from the post to the page.
    const fn word(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::TooSoon => "soon",
            Self::Gone => "gone",
        }
    }

    const fn key(self) -> &'static str {
        match self {
            Self::Asked => "data-copy-asked",
            Self::TooSoon => "data-copy-too-soon",
            Self::Gone => "data-copy-gone",
        }
    }
}

/// The person's data.
#[derive(Debug, Template)]
#[template(path = "account/data.html")]
pub struct DataPage {
    /// What every page carries.
    pub page: Page,
    /// The copy.
    pub copy: CopyState,
    /// When a new one may be asked for; none where it may be now.
    pub next: Option<Moment>,
    /// What was just done.
    pub note: Option<DataNote>,
}

impl InCentre for DataPage {
    const HERE: Entry = DATA;
}

/// `GET /account/data`.
pub(super) async fn get(app: web::Data<AppState>, request: HttpRequest) -> Result<HttpResponse, Refused> {
    let visitor = Visitor::of(&app, &request);
    let SignedIn { account, .. } = session::required(&visitor).await?;
    let visitor = visitor.with_settings_of(&account);
    let word = visitor.query()?.get("note").map(str::to_owned);
    let note = DataNote::ALL.into_iter().find(|note| Some(note.word()) == word.as_deref());
    let now = app.clock.now();
    let found = app.store.read(move |connection| exports::of_account(connection, account.id, now)).await?;
    let page = &visitor.page;
    let next =
        found.as_ref().filter(|export| export.ready_at.is_some()).map(|export| export.asked_at.plus(export::QUIET));
    let page = DataPage {
        copy: found.as_ref().map_or(CopyState::None, |export| shown(export, page)),
        next: next.filter(|next| *next > now).map(|next| page.clock(next)),
        note,
        page: page.clone(),
    };
    Ok(visitor.show(&page)?)
}

fn shown(export: &Export, page: &Page) -> CopyState {
    match export.ready_at {
        None => CopyState::Making { since: page.clock(export.asked_at) },
        Some(ready_at) => CopyState::Ready {
            made: page.full(ready_at),
            until: page.full(export.expires_at),
            size: size(export.size.unwrap_or_default()),
        },
    }
}

/// A number of bytes in words.
fn size(bytes: i64) -> String {
    const KB: i64 = 1000;
    const MB: i64 = 1000 * KB;
    match bytes {
        ..MB => format!("{} KB", bytes.max(KB) / KB),
        _ => format!("{}.{} MB", bytes / MB, bytes % MB * 10 / MB),
    }
}

/// `POST /account/data`: asks for a copy.
pub(super) async fn ask(
    app: web::Data<AppState>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Refused> {
    let visitor = Visitor::of(&app, &request);
    visitor.form(payload).await?;
    let SignedIn { session, account } = session::fresh(&visitor, DATA.path).await?;
    let (details, now) = (whence(&visitor, session.device_id), app.clock.now());
    let write = app.store.write(move |connection| export::ask(connection, account.id, details, now));
    let note = if write.await? { DataNote::Asked } else { DataNote::TooSoon };
    Ok(visitor.go(&format!("{}?note={}", DATA.path, note.word()), []))
}

/// `POST /account/data/copy`: hands the copy out, and notes that.
pub(super) async fn download(
    app: web::Data<AppState>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Refused> {
    let visitor = Visitor::of(&app, &request);
    visitor.form(payload).await?;
    let SignedIn { session, account } = session::fresh(&visitor, DATA.path).await?;
    let (details, now) = (whence(&visitor, session.device_id), app.clock.now());
    let found = app.store.scan(move |connection| exports::file(connection, account.id, now)).await?;
    let Some(file) = found else {
        return Ok(visitor.go(&format!("{}?note={}", DATA.path, DataNote::Gone.word()), []));
    };
    let note = move |connection: &mut _| events::note(connection, account.id, EventKind::ExportTaken, details, now);
    app.store.write(note).await?;
    Ok(HttpResponse::Ok()
        .content_type("application/zip")
        .insert_header((CONTENT_DISPOSITION, format!("attachment; filename=\"{FILE_NAME}\"")))
        .insert_header((CACHE_CONTROL, "no-store"))
        .body(file))
}

fn whence(visitor: &Visitor, device_id: i64) -> EventDetails {
    let from = super::delete::whence(visitor);
    EventDetails {
        device_id: Some(device_id),
        user_agent: from.user_agent,
        network: from.network,
        ..EventDetails::default()
    }
}

#[cfg(test)]
mod tests {
    use super::size;

    #[test]
    fn sizes_in_words() {
        for (bytes, words) in [(1, "1 KB"), (999_999, "999 KB"), (1_000_000, "1.0 MB"), (12_340_000, "12.3 MB")] {
            assert_eq!(size(bytes), words);
        }
    }
}
