//! The person's picture: chosen, replaced, removed. Posts the file `picture` to `/account/picture` as
//! `multipart/form-data`, and nothing but its token to `/account/picture/remove`.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use std::time::Duration;

use super::apps::{self, Connected};
use super::{Entry, InCentre, PERSONAL, seen_by};
use crate::app::AppState;
use crate::language::Sentence;
use crate::picture::NoPicture;
use crate::picture::square::{self, PictureFault, Square};
use crate::security::random;
use crate::session::{self, Refused, SignedIn};
use crate::store::accounts::Account;
use crate::store::events::{self, EventDetails, EventKind};
use crate::store::pictures::{self, Picture};
use crate::store::throttles;
use crate::web::error::ErrorKind;
use crate::web::page::Page;
use crate::web::person::Person;
use crate::web::upload::Sent;
use crate::web::visitor::Visitor;

/// Where this page is.
pub const PICTURE: &str = "/account/picture";
/// The file's field.
const FIELD: &str = "picture";
/// So many files an hour from one account: decoding is the dearest thing a person can ask of us.
const FILES_AN_HOUR: u32 = 20;
const HOUR: Duration = Duration::from_secs(60 * 60);

/// What was just done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PictureNote {
    /// There is a new picture.
    Saved,
    /// There is none any more.
    Removed,
}

impl PictureNote {
    fn from_word(word: &str) -> Option<Self> {
        match word {
            "saved" => Some(Self::Saved),
            "removed" => Some(Self::Removed),
            _ => None,
        }
    }

    const fn key(self) -> &'static str {
        match self {
            Self::Saved => "picture-saved",
            Self::Removed => "picture-removed",
        }
    }
}

/// What is wrong with what was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UploadFault {
    /// No file was chosen.
    Missing,
    /// The file is not taken.
    Refused(PictureFault),
}

impl UploadFault {
    fn sentence(self, page: &Page) -> Sentence<'static> {
        match self {
            Self::Missing => page.t("picture-missing"),
            Self::Refused(PictureFault::TooManyBytes) => page.t("picture-too-many-bytes"),
            Self::Refused(PictureFault::NotAPicture) => page.t("picture-not-a-picture"),
            Self::Refused(PictureFault::TooManyPixels) => page.t("picture-too-many-pixels"),
            Self::Refused(PictureFault::Damaged) => page.t("picture-damaged"),
        }
    }

    const fn status(self) -> StatusCode {
        match self {
            Self::Refused(PictureFault::TooManyBytes) => StatusCode::PAYLOAD_TOO_LARGE,
            _ => StatusCode::UNPROCESSABLE_ENTITY,
        }
    }
}

/// The page.
#[derive(Debug, Template)]
#[template(path = "account/picture.html")]
pub struct PicturePage {
    /// What every page carries.
    pub page: Page,
    /// The person, with the picture there is.
    pub person: Person,
    /// The apps that see it.
    pub seen_by: Vec<String>,
    /// What was just done.
    pub note: Option<PictureNote>,
    /// What is wrong with the file.
    pub error: Option<UploadFault>,
}

impl InCentre for PicturePage {
    const HERE: Entry = PERSONAL;
}

async fn shown(visitor: &Visitor, account: &Account, error: Option<UploadFault>) -> Result<PicturePage, Refused> {
    let (account_id, now) = (account.id, visitor.app.clock.now());
    let read = visitor.app.store.read(move |connection| apps::connected(connection, account_id, now));
    let connected: Vec<Connected> = read.await?;
    Ok(PicturePage {
        page: visitor.page.clone(),
        person: Person::of(account, String::new()),
        seen_by: seen_by::apps(&connected, FIELD),
        note: visitor.query()?.get("note").and_then(PictureNote::from_word).filter(|_| error.is_none()),
        error,
    })
}

/// `GET /account/picture`.
pub(super) async fn get(app: web::Data<AppState>, request: HttpRequest) -> Result<HttpResponse, Refused> {
    let visitor = Visitor::of(&app, &request);
    let SignedIn { account, .. } = session::required(&visitor).await?;
    let visitor = visitor.with_settings_of(&account);
    let page = shown(&visitor, &account, None).await?;
    Ok(visitor.show(&page)?)
}

/// `POST /account/picture`: the new picture is there, and the old one nowhere, from the commit on.
pub(super) async fn post(
    app: web::Data<AppState>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Refused> {
    let visitor = Visitor::of(&app, &request);
    let SignedIn { session, account } = session::required(&visitor).await?;
    let visitor = visitor.with_settings_of(&account);
    let place = app.darkroom.place().map_err(|_| ErrorKind::Busy)?;
    let file = visitor.upload(payload, FIELD, square::LARGEST).await?;
    if file != Sent::Nothing {
        count(&app, account.id).await?;
    }
    let squares = match file {
        Sent::Nothing => Err(UploadFault::Missing),
        Sent::TooLong => Err(UploadFault::Refused(PictureFault::TooManyBytes)),
        Sent::File(file) => match app.darkroom.develop(place, file).await {
            Ok(squares) => Ok(squares),
            Err(NoPicture::Refused(fault)) => Err(UploadFault::Refused(fault)),
            Err(NoPicture::Busy) => return Err(ErrorKind::Busy.into()),
        },
    };
    match squares {
        Ok(squares) => {
            keep(&app, account.id, squares, session::whence(&visitor, Some(&session))).await?;
            Ok(visitor.go(&format!("{PICTURE}?note=saved"), []))
        }
        Err(fault) => {
            let page = shown(&visitor, &account, Some(fault)).await?;
            Ok(visitor.show_as(fault.status(), &page)?)
        }
    }
}

async fn count(app: &AppState, account_id: i64) -> Result<(), Refused> {
    let (bucket, now) = (throttles::of_account("pictures", account_id), app.clock.now());
    let take =
        app.store.write(move |connection| throttles::take(connection, &bucket, FILES_AN_HOUR, now, now.plus(HOUR)));
    if take.await?.is_some() { Err(ErrorKind::TooMany.into()) } else { Ok(()) }
}

async fn keep(app: &AppState, account_id: i64, squares: Vec<Square>, whence: EventDetails) -> Result<(), Refused> {
    let (key, now) = (random::secret(), app.clock.now());
    let picture = |Square { size, jpeg }| Picture {
        account_id,
        size: i64::from(size),
        picture_key: key.clone(),
        jpeg,
        created_at: now,
    };
    let sizes: Vec<Picture> = squares.into_iter().map(picture).collect();
    let write = app.store.write(move |connection| {
        pictures::put(connection, account_id, &key, &sizes, now)?;
        events::note(connection, account_id, EventKind::ProfileChanged, whence, now)
    });
    Ok(write.await?)
}

/// `POST /account/picture/remove`. Removing it twice does nothing the second time.
pub(super) async fn remove(
    app: web::Data<AppState>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Refused> {
    let visitor = Visitor::of(&app, &request);
    let SignedIn { session, account } = session::required(&visitor).await?;
    visitor.form(payload).await?;
    let (now, whence) = (app.clock.now(), session::whence(&visitor, Some(&session)));
    if account.picture.is_some() {
        let write = app.store.write(move |connection| {
            pictures::remove(connection, account.id, now)?;
            events::note(connection, account.id, EventKind::ProfileChanged, whence, now)
        });
        write.await?;
    }
    Ok(visitor.go(&format!("{PICTURE}?note=removed"), []))
}
