//! Two-step sign-in: whether it is on, what its second step is, and what stands in for it. Switching on posts to
//! `/account/security/two-step`, forgetting the remembered browsers to `/account/security/two-step/forget`.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::{Entry, InCentre, SECURITY};
use crate::app::AppState;
use crate::clock::Timestamp;
use crate::config::TwoStep;
use crate::credentials::two_step::{self, Change, Refusal};
use crate::session::{self, NewCookies, Proof, Refused, SignedIn};
use crate::store::account_devices::{self, Remembered};
use crate::store::columns::Words;
use crate::store::{recovery_codes, totps};
use crate::web::cookies::CookieKind;
use crate::web::error::ErrorKind;
use crate::web::error_page::PageError;
use crate::web::urls;
use crate::web::visitor::Visitor;
use crate::web::{moment::Moment, page::Page};

/// What was just done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TwoStepNote {
    /// Switched on.
    On,
    /// Switched off.
    Off,
    /// The authenticator app was removed.
    Removed,
    /// The remembered browsers were forgotten.
    Forgotten,
}

impl TwoStepNote {
    const ALL: [Self; 4] = [Self::On, Self::Off, Self::Removed, Self::Forgotten];

    const fn word(self) -> &'static str {
        match self {
            Self::On => "on",
            Self::Off => "off",
            Self::Removed => "removed",
            Self::Forgotten => "forgotten",
        }
    }

    fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|note| note.word() == word)
    }

    const fn key(self) -> &'static str {
        match self {
            Self::On => "two-step-note-on",
            Self::Off => "two-step-note-off",
            Self::Removed => "two-step-note-removed",
            Self::Forgotten => "two-step-note-forgotten",
        }
    }
}

/// Shows how the second step stands.
#[derive(Debug, Template)]
#[template(path = "account/two_step.html")]
pub struct TwoStepPage {
    /// What every page carries.
    pub page: Page,
    /// Since when it is on.
    pub on_since: Option<Moment>,
    /// Whether the operator wants it of everybody, switched on or not.
    pub required: bool,
    /// Since when there is an authenticator app.
    pub app_since: Option<Moment>,
    /// How many recovery codes are left.
    pub codes_left: i64,
    /// How many browsers are remembered.
    pub remembered: i64,
    /// What was just done.
    pub note: Option<TwoStepNote>,
}

impl InCentre for TwoStepPage {
    const HERE: Entry = SECURITY;
}

/// `GET /account/security/two-step`.
pub(super) async fn get(app: web::Data<AppState>, request: HttpRequest) -> Result<HttpResponse, Refused> {
    let visitor = Visitor::of(&app, &request);
    let SignedIn { account, .. } = session::required(&visitor).await?;
    let visitor = visitor.with_settings_of(&account);
    let note = visitor.query()?.get("note").and_then(TwoStepNote::from_word);
    let (id, now) = (account.id, app.clock.now());
    let read = app.store.read(move |connection| {
        let codes_left = recovery_codes::left(connection, id)?;
        let remembered = account_devices::remembered(connection, id, now)?;
        Ok((totps::since(connection, id)?, codes_left, remembered))
    });
    let (app_since, codes_left, remembered) = read.await?;
    let day = |at: Timestamp| visitor.page.day(at);
    let page = TwoStepPage {
        on_since: account.two_step_at.map(day),
        required: app.config.sign_in.two_step == TwoStep::Required,
        app_since: app_since.map(day),
        codes_left,
        remembered,
        note,
        page: visitor.page.clone(),
    };
    Ok(visitor.show(&page)?)
}

/// `POST /account/security/two-step`: switches it on.
pub(super) async fn post(
    app: web::Data<AppState>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Refused> {
    let visitor = Visitor::of(&app, &request);
    let signed_in = session::fresh(&visitor, urls::TWO_STEP).await?;
    visitor.form(payload).await?;
    let changed = carry_out(&visitor, &signed_in, Change::SwitchOn).await?;
    Ok(changed_to(&visitor, TwoStepNote::On, changed)?)
}

/// `POST /account/security/two-step/forget`.
pub(super) async fn forget(
    app: web::Data<AppState>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Refused> {
    let visitor = Visitor::of(&app, &request);
    let SignedIn { account, .. } = session::required(&visitor).await?;
    visitor.form(payload).await?;
    let every = Remembered::AllBut(0);
    app.store.write(move |connection| account_devices::forget(connection, account.id, every)).await?;
    Ok(visitor.go(&page_saying(TwoStepNote::Forgotten), []))
}

/// Carries a change out for somebody who has just proved themselves, and gives the browser a new session cookie; none where it is
/// so already, or cannot be.
pub(super) async fn carry_out(
    visitor: &Visitor,
    signed_in: &SignedIn,
    change: Change,
) -> Result<Option<NewCookies>, Refused> {
    let SignedIn { session, account } = signed_in;
    let (proof, kept) = (Proof::of(visitor, account.id, Words::default()), session.id);
    let now = visitor.app.clock.now();
    let cookie = visitor.cookie(CookieKind::Session).ok_or(ErrorKind::Expired)?;
    let write = visitor.app.store.write(move |connection| {
        match two_step::carry_out(connection, &change, &proof, Some(kept), now)? {
            Ok(_) => session::rotate(connection, &cookie).map(Ok),
            Err(refusal) => Ok(Err(refusal)),
        }
    });
    match write.await? {
        Ok(cookies) => {
            visitor.app.outbox_bell.notify_one();
            Ok(Some(cookies))
        }
        Err(Refusal::Moot) => Ok(None),
        Err(Refusal::Frozen) => Err(ErrorKind::Frozen.into()),
        Err(Refusal::Gone) => Err(ErrorKind::Expired.into()),
    }
}

/// The page, saying what was done.
fn page_saying(note: TwoStepNote) -> String {
    format!("{}?note={}", urls::TWO_STEP, note.word())
}

/// Back to the page, which says what was done, where anything was.
pub(super) fn changed_to(
    visitor: &Visitor,
    note: TwoStepNote,
    changed: Option<NewCookies>,
) -> Result<HttpResponse, PageError> {
    match changed {
        Some(cookies) => cookies.with(&visitor.app, visitor.go(&page_saying(note), [])),
        None => Ok(visitor.go(urls::TWO_STEP, [])),
    }
}
