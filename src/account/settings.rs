//! What follows the account to every browser: language, theme, size of text, time zone; and how its owner is told what happens,
//! which [`super::notice_choices`] keeps. Posts `language` (a tag), `theme`
//! (`system` | `light` | `dark`), `text_size` (`normal` | `large` | `larger`) and `zoneinfo` (a name of the IANA time zone
//! database, or empty) to `/account/settings`; of the last two, what is not sent stays as it is.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::notice_choices::{self, NoticeChoices};
use super::{Entry, InCentre, SETTINGS};
use crate::app::AppState;
use crate::language::Language;
use crate::session::{self, Refused, SignedIn};
use crate::store::accounts::{self, Account, Preferences};
use crate::store::events::{self, EventKind};
use crate::web::error::ErrorKind;
use crate::web::page::{Page, TextSize, Theme};
use crate::web::parameters::Parameters;
use crate::web::site::{preference_cookies, text_size_cookie};
use crate::web::visitor::Visitor;
use crate::web::zone::{self, Region, Zone};

/// The theme that follows the device, and the size of text that follows the browser.
const SYSTEM: &str = "system";
const NORMAL: &str = "normal";
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
    /// How the person is told what happens.
    pub notices: NoticeChoices,
}

impl InCentre for SettingsPage {
    const HERE: Entry = SETTINGS;
}

impl SettingsPage {
    fn regions(&self) -> Vec<Region> {
        zone::regions()
    }

    /// The chosen zone where the list does not have it: an old name, or one that is no place.
    fn unlisted(&self, regions: &[Region]) -> Option<&'static str> {
        let own = self.page.zone?.name();
        let listed = regions.iter().flat_map(|region| &region.zones).any(|(name, _)| *name == own);
        (!listed).then_some(own)
    }
}

/// `GET /account/settings`.
pub(super) async fn get(app: web::Data<AppState>, request: HttpRequest) -> Result<HttpResponse, Refused> {
    let visitor = Visitor::of(&app, &request);
    let SignedIn { account, .. } = session::required(&visitor).await?;
    let visitor = visitor.with_settings_of(&account);
    let note = visitor.query()?.get("note").map(str::to_owned);
    let (state, account_id) = (app.get_ref().clone(), account.id);
    let read = app.store.read(move |connection| notice_choices::find(connection, &state, account_id));
    let notices = NoticeChoices { saved: note.as_deref() == Some(notice_choices::SAVED), ..read.await? };
    Ok(visitor.show(&SettingsPage { page: visitor.page.clone(), saved: note.as_deref() == Some(SAVED), notices })?)
}

/// What the form says, over what was chosen before.
fn chosen(form: &Parameters, account: &Account) -> Option<Preferences> {
    let word = |name: &str, default: &str, is_one: fn(&str) -> bool| {
        let word = form.get(name)?;
        match is_one(word) {
            true => Some(Some(word.to_owned())),
            false => (word == default).then_some(None),
        }
    };
    let text_size = match form.has("text_size") {
        true => word("text_size", NORMAL, |word| TextSize::from_name(word).is_some())?,
        false => account.text_size.clone(),
    };
    let zoneinfo = match (form.has("zoneinfo"), form.get("zoneinfo")) {
        (false, _) => account.zoneinfo.clone(),
        (true, None) => None,
        (true, Some(name)) => Some(Zone::from_name(name)?.name().to_owned()),
    };
    Some(Preferences {
        language: Some(Language::from_tag(form.get("language")?)?.tag().to_owned()),
        theme: word("theme", SYSTEM, |word| Theme::from_name(word).is_some())?,
        text_size,
        zoneinfo,
    })
}

/// `POST /account/settings`: kept with the account for every browser, and in this browser for when nobody is signed in.
pub(super) async fn post(
    app: web::Data<AppState>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Refused> {
    let visitor = Visitor::of(&app, &request);
    let SignedIn { session, account } = session::required(&visitor).await?;
    let form = visitor.form(payload).await?;
    let chosen = chosen(&form, &account).ok_or(ErrorKind::Unreadable)?;
    let theme = chosen.theme.as_deref().unwrap_or(SYSTEM);
    let mut set = preference_cookies(&app, chosen.language.as_deref(), Some(theme));
    set.push(text_size_cookie(&app, chosen.text_size.as_deref().and_then(TextSize::from_name)));
    let now = app.clock.now();
    let whence = session::whence(&visitor, Some(&session));
    let write = app.store.write(move |connection| {
        accounts::set_preferences(connection, &account, &chosen, now)?;
        if chosen != Preferences::of(&account) {
            events::note(connection, account.id, EventKind::SettingsChanged, whence, now)?;
        }
        Ok(())
    });
    write.await?;
    Ok(visitor.go(&format!("{}?note={SAVED}", SETTINGS.path), set))
}
