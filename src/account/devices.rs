//! Where the person is signed in. Ending one posts `device` to `/account/devices/end`; ending all others posts to
//! `/account/devices/end-others`.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::{DEVICES, Entry, InCentre};
use crate::app::AppState;
use crate::clock::Timestamp;
use crate::security::random;
use crate::session::{self, Ending, Refused, SignedIn};
use crate::store::sessions::{self, Session};
use crate::store::{Connection, StoreError, clients, grants};
use crate::web::device_name::{DeviceKind, DeviceName};
use crate::web::error::ErrorKind;
use crate::web::sign_in_context::shown_name;
use crate::web::visitor::Visitor;
use crate::web::{moment::Moment, page::Page};

/// A device the account is signed in on.
#[derive(Clone, Debug)]
pub struct Device {
    /// The value of the form field `device`.
    pub id: String,
    /// What it is.
    pub kind: DeviceKind,
    /// Its name: "Firefox on Windows".
    pub name: String,
    /// Whether it is this one, which has no button: "Sign out" in the header ends it.
    pub current: bool,
    /// When it was last used.
    pub last_use: Moment,
    /// The names of the apps signed in to there.
    pub apps: Vec<String>,
}

/// What the last press of a button did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DevicesNote {
    /// One device was signed out.
    Ended,
    /// All others were.
    EndedOthers,
}

impl DevicesNote {
    /// The word it travels as from the post to the page.
    const fn word(self) -> &'static str {
        match self {
            Self::Ended => "ended",
            Self::EndedOthers => "ended-others",
        }
    }

    fn from_word(word: &str) -> Option<Self> {
        [Self::Ended, Self::EndedOthers].into_iter().find(|note| note.word() == word)
    }

    const fn key(self) -> &'static str {
        match self {
            Self::Ended => "devices-ended",
            Self::EndedOthers => "devices-ended-others",
        }
    }
}

/// The list of devices.
#[derive(Debug, Template)]
#[template(path = "account/devices.html")]
pub struct DevicesPage {
    /// What every page carries.
    pub page: Page,
    /// Every device, this one first.
    pub devices: Vec<Device>,
    /// What was just done.
    pub note: Option<DevicesNote>,
}

impl InCentre for DevicesPage {
    const HERE: Entry = DEVICES;
}

impl DevicesPage {
    fn has_others(&self) -> bool {
        self.devices.iter().any(|device| !device.current)
    }
}

/// A device with everything its live sign-ins of one account come to.
pub(super) struct SeenDevice {
    id: i64,
    user_agent: String,
    last_used_at: Timestamp,
    session_ids: Vec<i64>,
}

impl SeenDevice {
    pub(super) fn name(&self) -> DeviceName {
        DeviceName::read(&self.user_agent)
    }

    pub(super) fn is_of(&self, session: &Session) -> bool {
        self.id == session.device_id
    }

    pub(super) fn last_use(&self, now: Timestamp, page: &Page) -> Moment {
        page.ago(self.last_used_at, now)
    }
}

/// The devices of the account that `session` belongs to: its own first, then the last used.
pub(super) fn seen(
    connection: &mut Connection,
    session: &Session,
    now: Timestamp,
) -> Result<Vec<SeenDevice>, StoreError> {
    let mut seen: Vec<SeenDevice> = Vec::new();
    // Last used first, so the first sign-in on a device is the one that says when it was used.
    for (sign_in, device) in sessions::of_account(connection, session.account_id, now)? {
        match seen.iter_mut().find(|known| known.id == device.id) {
            Some(known) => known.session_ids.push(sign_in.id),
            None => seen.push(SeenDevice {
                id: device.id,
                user_agent: device.user_agent,
                last_used_at: sign_in.last_used_at,
                session_ids: vec![sign_in.id],
            }),
        }
    }
    seen.sort_by_key(|device| !device.is_of(session));
    Ok(seen)
}

/// For each device, the names of the apps signed in to there.
fn apps(
    connection: &mut Connection,
    account_id: i64,
    seen: &[SeenDevice],
    now: Timestamp,
) -> Result<Vec<Vec<String>>, StoreError> {
    let mut apps = vec![Vec::new(); seen.len()];
    let mut names: Vec<(String, Option<String>)> = Vec::new();
    for grant in grants::of_account(connection, account_id, now)? {
        let on_it = seen.iter().zip(apps.iter_mut()).find(|(device, _)| device.session_ids.contains(&grant.session_id));
        let Some((_, apps)) = on_it else { continue };
        let name = match names.iter().find(|(client_id, _)| *client_id == grant.client_id) {
            Some((_, name)) => name.clone(),
            None => {
                let name = clients::find(connection, &grant.client_id)?.map(|client| shown_name(&client.name));
                names.push((grant.client_id, name.clone()));
                name
            }
        };
        if let Some(name) = name
            && !apps.contains(&name)
        {
            apps.push(name);
        }
    }
    Ok(apps)
}

/// `GET /account/devices`.
pub(super) async fn get(app: web::Data<AppState>, request: HttpRequest) -> Result<HttpResponse, Refused> {
    let visitor = Visitor::of(&app, &request);
    let SignedIn { session, account } = session::required(&visitor).await?;
    let visitor = visitor.with_settings_of(&account);
    let note = visitor.query()?.get("note").and_then(DevicesNote::from_word);
    let (now, current) = (app.clock.now(), session.clone());
    let (seen, apps) = app
        .store
        .read(move |connection| {
            let seen = seen(connection, &current, now)?;
            let apps = apps(connection, current.account_id, &seen, now)?;
            Ok((seen, apps))
        })
        .await?;
    let language = visitor.page.language;
    let shown = |(device, apps): (SeenDevice, Vec<String>)| Device {
        id: form_value(device.id),
        kind: device.name().kind,
        name: device.name().shown(language),
        current: device.is_of(&session),
        last_use: device.last_use(now, &visitor.page),
        apps,
    };
    let devices = seen.into_iter().zip(apps).map(shown).collect();
    Ok(visitor.show(&DevicesPage { page: visitor.page.clone(), devices, note })?)
}

/// `POST /account/devices/end`: ends every sign-in of this account on one device. Those of other accounts in the same
/// browser are not ours to end.
pub(super) async fn end(
    app: web::Data<AppState>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Refused> {
    let visitor = Visitor::of(&app, &request);
    let SignedIn { account, .. } = session::required(&visitor).await?;
    let form = visitor.form(payload).await?;
    let device_id = form.get("device").and_then(parse_form_value).ok_or(ErrorKind::NotFound)?;
    let now = app.clock.now();
    let ended = app
        .store
        .write(move |connection| {
            let own = sessions::ids_of_device(connection, account.id, device_id)?;
            for id in &own {
                session::end(connection, &account, *id, Ending::Removal, now)?;
            }
            Ok(!own.is_empty())
        })
        .await?;
    if !ended {
        return Err(ErrorKind::NotFound.into());
    }
    app.outbox_bell.notify_one();
    Ok(go_back(&visitor, DevicesNote::Ended))
}

/// `POST /account/devices/end-others`: ends everything of this account but the sign-in that asks, also what apps were
/// left with by sign-ins that are long over.
pub(super) async fn end_others(
    app: web::Data<AppState>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Refused> {
    let visitor = Visitor::of(&app, &request);
    let SignedIn { session, account } = session::required(&visitor).await?;
    visitor.form(payload).await?;
    let now = app.clock.now();
    app.store.write(move |connection| session::end_all(connection, &account, Some(session.id), now).map(drop)).await?;
    app.outbox_bell.notify_one();
    Ok(go_back(&visitor, DevicesNote::EndedOthers))
}

fn go_back(visitor: &Visitor, note: DevicesNote) -> HttpResponse {
    visitor.go(&format!("{}?note={}", DEVICES.path, note.word()), [])
}

/// A device's key as a form carries it.
fn form_value(id: i64) -> String {
    random::encode(id.to_be_bytes())
}

/// The key again: of one form only, so that a value is either ours or nobody's.
fn parse_form_value(value: &str) -> Option<i64> {
    Some(i64::from_be_bytes(random::decode(value)?.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_travel_in_one_form() {
        for id in [1, 0x0102_0304_0506_0708, i64::MAX] {
            assert_eq!(parse_form_value(&form_value(id)), Some(id));
        }
        let value = form_value(1);
        assert_eq!(value, "AAAAAAAAAAE");
        for wrong in ["", "1", "AAAAAAAAAAF", "AAAAAAAAAAE=", " AAAAAAAAAAE", "AAAAAAAAAA", "AAAAAAAAAAAAAAE", "é"] {
            assert_eq!(parse_form_value(wrong), None, "{wrong}");
        }
    }
}
