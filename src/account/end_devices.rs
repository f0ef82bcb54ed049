//! Signing devices out. One or several post `device` (which may repeat) to `/account/devices/end`; all others post to
//! `/account/devices/end-others`; a device where nobody is signed in is forgotten by posting `device` to
//! `/account/devices/forget`. Each is one write, and a device of somebody else is none.

use actix_web::{HttpRequest, HttpResponse, web};

use super::devices::{DevicesNote, parse_form_value};
use super::{DEVICES, device, known_devices};
use crate::app::AppState;
use crate::session::{self, Refused, SignedIn};
use crate::store::events::{self, EventKind};
use crate::store::{account_devices, sessions};
use crate::web::error::ErrorKind;
use crate::web::visitor::Visitor;

/// The field that names a device.
const DEVICE: &str = "device";

/// `POST /account/devices/end`: ends every sign-in of this account on the devices named, and what apps hold there. Those of
/// other accounts in the same browser stay. All of them must be the account's, or nothing is done.
pub(super) async fn end(
    app: web::Data<AppState>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Refused> {
    let visitor = Visitor::of(&app, &request);
    let SignedIn { account, .. } = session::required(&visitor).await?;
    let form = visitor.form_with_several(payload, &[DEVICE]).await?;
    let named: Option<Vec<i64>> = form.all(DEVICE).map(parse_form_value).collect();
    let named = named.ok_or(ErrorKind::NotFound)?;
    if named.is_empty() {
        // Nothing was chosen, so nothing is done.
        return Ok(visitor.go(DEVICES.path, []));
    }
    let now = app.clock.now();
    let write = app.store.write(move |connection| {
        for id in &named {
            let is_own = account_devices::find(connection, account.id, *id)?.is_some()
                || !sessions::ids_of_device(connection, account.id, *id)?.is_empty();
            if !is_own {
                return Ok(false);
            }
        }
        for id in named {
            session::end_device(connection, &account, id, now)?;
        }
        Ok(true)
    });
    if !write.await? {
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
    let (now, whence) = (app.clock.now(), session::whence(&visitor, Some(&session)));
    let write = app.store.write(move |connection| {
        session::end_all(connection, &account, Some(session.id), now)?;
        events::note(connection, account.id, EventKind::SignedOutOthers, whence, now)
    });
    write.await?;
    app.outbox_bell.notify_one();
    Ok(go_back(&visitor, DevicesNote::EndedOthers))
}

/// `POST /account/devices/forget`: a later sign-in there is announced as one on a new device. A device that is signed in stays.
pub(super) async fn forget(
    app: web::Data<AppState>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Refused> {
    let visitor = Visitor::of(&app, &request);
    let SignedIn { session, .. } = session::required(&visitor).await?;
    let form = visitor.form(payload).await?;
    let id = form.get(DEVICE).and_then(parse_form_value).ok_or(ErrorKind::NotFound)?;
    let now = app.clock.now();
    let write = app.store.write(move |connection| {
        let found = known_devices::find(connection, &session, now)?;
        let Some(known) = found.get(id) else { return Ok(None) };
        if !known.is_signed_in {
            account_devices::remove(connection, session.account_id, id)?;
        }
        Ok(Some(!known.is_signed_in))
    });
    match write.await? {
        None => Err(ErrorKind::NotFound.into()),
        Some(true) => Ok(go_back(&visitor, DevicesNote::Forgotten)),
        Some(false) => Ok(visitor.go(&format!("{}?note={}", device::url(id), device::SIGNED_IN), [])),
    }
}

fn go_back(visitor: &Visitor, note: DevicesNote) -> HttpResponse {
    visitor.go(&format!("{}?note={}", DEVICES.path, note.word()), [])
}
