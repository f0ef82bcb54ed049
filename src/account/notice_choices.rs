//! How a person is told what happens at their account: to every address, but for a few things that they may choose a channel
//! for. A part of the settings; posts the name of each of them with `every`, `email` or `sms` to `/account/settings/notices`.

use actix_web::{HttpRequest, HttpResponse, web};

use super::SETTINGS;
use crate::app::AppState;
use crate::delivery::Channel as Route;
use crate::session::{self, Refused, SignedIn};
use crate::store::addresses::{self, AddressKind};
use crate::store::events::{self, EventDetails, EventKind};
use crate::store::notice_choices::{self, Choosable};
use crate::store::one_time_codes::Channel;
use crate::store::{Connection, StoreError};
use crate::web::error::ErrorKind;
use crate::web::parameters::Parameters;
use crate::web::visitor::Visitor;

/// The note that the page comes back with.
pub(super) const SAVED: &str = "notices-saved";
/// Every address.
const EVERY: &str = "every";

/// What is chosen now.
#[derive(Clone, Debug)]
pub struct NoticeChoices {
    /// One after the other.
    pub rows: Vec<NoticeChoice>,
    /// Whether there is a choice: the account has addresses of both kinds, and messages go both ways.
    pub is_choice: bool,
    /// Whether they were just saved.
    pub saved: bool,
}

/// One thing to be told of.
#[derive(Clone, Copy, Debug)]
pub struct NoticeChoice {
    /// Which: the name of its form field.
    pub kind: Choosable,
    /// By which channel; none: to every address.
    pub channel: Option<Channel>,
}

impl NoticeChoice {
    pub(super) const fn key(&self) -> &'static str {
        match self.kind {
            Choosable::NewDevice => "notices-new-device",
            Choosable::ExportReady => "notices-export-ready",
        }
    }

    /// The values of the form field, their words, and which is chosen.
    pub(super) fn options(&self) -> [(&'static str, &'static str, bool); 3] {
        let of = |channel: Option<Channel>, key| (word(channel), key, self.channel == channel);
        [
            of(None, "notices-every"),
            of(Some(Channel::Email), "notices-only-email"),
            of(Some(Channel::Sms), "notices-only-sms"),
        ]
    }
}

fn word(channel: Option<Channel>) -> &'static str {
    channel.map_or(EVERY, Channel::as_str)
}

/// What an account chose.
pub(super) fn find(connection: &mut Connection, app: &AppState, account_id: i64) -> Result<NoticeChoices, StoreError> {
    let chosen = notice_choices::of_account(connection, account_id)?;
    let of = |kind: &Choosable| chosen.iter().find(|(own, _)| own == kind).map(|(_, channel)| *channel);
    let rows = Choosable::ALL.iter().map(|kind| NoticeChoice { kind: *kind, channel: of(kind) }).collect();
    let addresses = addresses::of_account(connection, account_id)?;
    let has = |kind: AddressKind| addresses.iter().any(|address| address.kind == kind);
    let both = has(AddressKind::Phone) && has(AddressKind::Email);
    let is_choice = both && app.delivery.reaches(Route::Sms) && app.delivery.reaches(Route::Mail);
    Ok(NoticeChoices { rows, is_choice, saved: false })
}

/// What the form says; a choice that it does not name stays.
fn chosen(form: &Parameters) -> Option<Vec<(Choosable, Option<Channel>)>> {
    let named = Choosable::ALL.iter().filter_map(|kind| Some((*kind, form.get(kind.as_str())?)));
    named
        .map(|(kind, value)| match Channel::parse(value) {
            Some(channel) => Some((kind, Some(channel))),
            None => (value == EVERY).then_some((kind, None)),
        })
        .collect()
}

/// `POST /account/settings/notices`. Behind a fresh proof: somebody at a browser that was left open must not be able to make
/// their next sign-in quieter.
pub(super) async fn post(
    app: web::Data<AppState>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Refused> {
    let visitor = Visitor::of(&app, &request);
    let SignedIn { account, .. } = session::fresh(&visitor, SETTINGS.path).await?;
    let form = visitor.form(payload).await?;
    let chosen = chosen(&form).ok_or(ErrorKind::Unreadable)?;
    let details = EventDetails { network: Some(visitor.network()), ..EventDetails::default() };
    let now = app.clock.now();
    let write = app.store.write(move |connection| {
        for (kind, channel) in chosen {
            notice_choices::put(connection, account.id, kind, channel)?;
        }
        events::note(connection, account.id, EventKind::SettingsChanged, details, now)
    });
    write.await?;
    Ok(visitor.go(&format!("{}?note={SAVED}", SETTINGS.path), []))
}
