//! Language and theme. Posts `language` (a tag) and `theme` (`system` | `light` | `dark`) to `/account/settings`.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::{Entry, InCentre, SETTINGS};
use crate::app::AppState;
use crate::language::Language;
use crate::session::{self, Refused, SignedIn};
use crate::store::accounts;
use crate::web::error::ErrorKind;
use crate::web::page::{Page, Theme};
use crate::web::site::preference_cookies;
use crate::web::visitor::Visitor;

/// The theme that follows the device.
const SYSTEM: &str = "system";
/// The note that the page comes back with.
const SAVED: &str = "saved";

/// The settings; what is chosen now is in the page itself.
#[derive(Debug, Template)]
#[template(path = "account/settings.html")]
pub struct SettingsPage {
    /// What every page carries.
    pub page: Page,
    /// Whether they were just saved.
    pub saved: bool,
}

impl InCentre for SettingsPage {
    const HERE: Entry = SETTINGS;
}

/// `GET /account/settings`.
pub(super) async fn get(app: web::Data<AppState>, request: HttpRequest) -> Result<HttpResponse, Refused> {
    let visitor = Visitor::of(&app, &request);
    let SignedIn { account, .. } = session::required(&visitor).await?;
    let visitor = visitor.with_settings_of(&account);
    let saved = visitor.query()?.get("note") == Some(SAVED);
    Ok(visitor.show(&SettingsPage { page: visitor.page.clone(), saved })?)
}

/// `POST /account/settings`: kept with the account for every browser, and in this browser for when nobody is signed in.
pub(super) async fn post(
    app: web::Data<AppState>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Refused> {
    let visitor = Visitor::of(&app, &request);
    let SignedIn { account, .. } = session::required(&visitor).await?;
    let form = visitor.form(payload).await?;
    let language = form.get("language").and_then(Language::from_tag).ok_or(ErrorKind::Unreadable)?;
    let word = form.get("theme").ok_or(ErrorKind::Unreadable)?;
    let theme = Theme::from_name(word);
    if theme.is_none() && word != SYSTEM {
        return Err(ErrorKind::Unreadable.into());
    }
    let now = app.clock.now();
    app.store
        .write(move |connection| {
            accounts::set_preferences(connection, &account, Some(language.tag()), theme.map(Theme::name), now)
        })
        .await?;
    let set = preference_cookies(&app, Some(language.tag()), Some(word));
    Ok(visitor.go(&format!("{}?note={SAVED}", SETTINGS.path), set))
}
