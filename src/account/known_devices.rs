//! The devices an account knows, as one read finds them: what is signed in there, and since when it is known.

use std::cmp::Reverse;

use super::app;
use crate::clock::Timestamp;
use crate::language::Language;
use crate::store::account_devices::{self, AccountDevice};
use crate::store::sessions::{self, Session};
use crate::store::{Connection, StoreError, clients, devices, grants};
use crate::web::device_name::{DeviceKind, DeviceName};
use crate::web::moment::Moment;
use crate::web::page::Page;
use crate::web::sign_in_context::shown_name;

/// So many are read at most; those with a sign-in are never left out.
const MOST: i64 = 200;

/// An app that is signed in to on a device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppThere {
    /// Its client identifier.
    pub client_id: String,
    /// Its name.
    pub name: String,
}

impl AppThere {
    /// The link to its page.
    pub fn url(&self) -> String {
        app::url(&self.client_id)
    }
}

/// A device with everything that one account has there.
#[derive(Clone, Debug)]
pub(super) struct KnownDevice {
    pub id: i64,
    /// What the person calls it.
    pub own_name: Option<String>,
    /// Whether it is one without a browser, which is known by the app on it.
    pub is_app: bool,
    app_name: Option<String>,
    user_agent: String,
    pub network: String,
    pub first_used_at: Timestamp,
    pub last_used_at: Timestamp,
    /// Whether it is the one that asks, by its sign-in and by nothing that a browser says.
    pub is_current: bool,
    pub is_signed_in: bool,
    pub apps: Vec<AppThere>,
    session_ids: Vec<i64>,
}

impl KnownDevice {
    fn of(row: AccountDevice, user_agent: Option<String>, app_name: Option<String>) -> Self {
        Self {
            id: row.device_id,
            own_name: row.name,
            is_app: row.client_id.is_some(),
            app_name,
            user_agent: user_agent.unwrap_or_default(),
            network: row.network,
            first_used_at: row.first_used_at,
            last_used_at: row.last_used_at,
            is_current: false,
            is_signed_in: false,
            apps: Vec::new(),
            session_ids: Vec::new(),
        }
    }

    pub(super) fn kind(&self) -> DeviceKind {
        DeviceName::read(&self.user_agent).kind
    }

    /// The name to show: the person's own, the app's, or what the browser says.
    pub(super) fn name(&self, language: Language) -> String {
        self.own_name.clone().unwrap_or_else(|| self.name_by_itself(language))
    }

    /// What it is called where the person gave it no name.
    pub(super) fn name_by_itself(&self, language: Language) -> String {
        self.app_name.clone().unwrap_or_else(|| DeviceName::read(&self.user_agent).shown(language))
    }

    pub(super) fn last_use(&self, now: Timestamp, page: &Page) -> Moment {
        page.ago(self.last_used_at, now)
    }

    fn add(&mut self, app: Option<AppThere>, last_used_at: Timestamp) {
        self.is_signed_in = true;
        self.last_used_at = self.last_used_at.max(last_used_at);
        if let Some(app) = app
            && !self.apps.contains(&app)
        {
            self.apps.push(app);
        }
    }
}

/// What one read finds.
#[derive(Clone, Debug, Default)]
pub(super) struct Found {
    /// The one that asks first, then those with a sign-in, the last used first, then the others.
    pub devices: Vec<KnownDevice>,
    /// Where a device was let in from another one, by a sign-in there that it ends with: the other, then the device.
    hanging: Vec<(i64, i64)>,
}

impl Found {
    /// The devices that are signed in.
    pub(super) fn signed_in(&self) -> impl Iterator<Item = &KnownDevice> {
        self.devices.iter().filter(|device| device.is_signed_in)
    }

    /// One of them.
    pub(super) fn get(&self, id: i64) -> Option<&KnownDevice> {
        self.devices.iter().find(|device| device.id == id)
    }

    /// Devices that were let in from this one, and go out with it.
    pub(super) fn ends_too(&self, id: i64) -> Vec<&KnownDevice> {
        let hanging = self.hanging.iter().filter(|(from, _)| *from == id);
        let mut ends: Vec<&KnownDevice> = Vec::new();
        for device in hanging.filter_map(|(_, on)| self.get(*on)) {
            if ends.iter().all(|known| known.id != device.id) {
                ends.push(device);
            }
        }
        ends
    }

    fn add_sessions(
        &mut self,
        connection: &mut Connection,
        current: &Session,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        for (sign_in, browser) in sessions::of_account(connection, current.account_id, now)? {
            let key = (current.account_id, browser.id);
            let device = match self.listed(browser.id) {
                Some(device) => device,
                None => self.list(unlisted(connection, key, sign_in.created_at, &mut Names::default())?),
            };
            device.add(None, sign_in.last_used_at);
            device.session_ids.push(sign_in.id);
            device.is_current |= sign_in.id == current.id;
        }
        Ok(())
    }

    fn add_grants(
        &mut self,
        connection: &mut Connection,
        account_id: i64,
        names: &mut Names,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        for grant in grants::of_account(connection, account_id, now)? {
            let from = self.devices.iter().find(|own| own.session_ids.contains(&grant.session_id)).map(|own| own.id);
            // A program that did not know the column left it out: then it is where its sign-in is.
            let Some(id) = grant.device_id.or(from) else { continue };
            if let Some(from) = from.filter(|from| *from != id) {
                self.hanging.push((from, id));
            }
            let name = names.of(connection, &grant.client_id)?;
            let device = match self.listed(id) {
                Some(device) => device,
                None => self.list(unlisted(connection, (account_id, id), grant.created_at, names)?),
            };
            device.add(name.map(|name| AppThere { client_id: grant.client_id, name }), grant.last_used_at);
        }
        Ok(())
    }

    fn listed(&mut self, id: i64) -> Option<&mut KnownDevice> {
        self.devices.iter_mut().find(|device| device.id == id)
    }

    fn list(&mut self, device: KnownDevice) -> &mut KnownDevice {
        self.devices.push_mut(device)
    }
}

/// A device with a sign-in that the list did not have: further back than it reaches, or forgotten in the moment before.
fn unlisted(
    connection: &mut Connection,
    (account_id, id): (i64, i64),
    since: Timestamp,
    names: &mut Names,
) -> Result<KnownDevice, StoreError> {
    let user_agent = devices::by_id(connection, id)?.map(|device| device.user_agent);
    let row = account_devices::find(connection, account_id, id)?.unwrap_or(AccountDevice {
        account_id,
        device_id: id,
        name: None,
        network: String::new(),
        first_used_at: since,
        last_used_at: since,
        expires_at: since,
        client_id: None,
    });
    let app_name = names.of_device(connection, &row)?;
    Ok(KnownDevice::of(row, user_agent, app_name))
}

/// The names of apps, each read once.
#[derive(Default)]
pub(super) struct Names(Vec<(String, Option<String>)>);

impl Names {
    pub(super) fn of(&mut self, connection: &mut Connection, client_id: &str) -> Result<Option<String>, StoreError> {
        if let Some((_, name)) = self.0.iter().find(|(known, _)| known == client_id) {
            return Ok(name.clone());
        }
        let name = clients::find(connection, client_id)?.map(|client| shown_name(&client.name));
        self.0.push((client_id.to_owned(), name.clone()));
        Ok(name)
    }

    fn of_device(&mut self, connection: &mut Connection, row: &AccountDevice) -> Result<Option<String>, StoreError> {
        match &row.client_id {
            Some(client_id) => self.of(connection, client_id),
            None => Ok(None),
        }
    }
}

/// The devices of the account that `current` is a sign-in of.
pub(super) fn find(connection: &mut Connection, current: &Session, now: Timestamp) -> Result<Found, StoreError> {
    let (mut found, mut names) = (Found::default(), Names::default());
    for (row, user_agent) in account_devices::with_browsers(connection, current.account_id, MOST)? {
        let app_name = names.of_device(connection, &row)?;
        found.devices.push(KnownDevice::of(row, user_agent, app_name));
    }
    found.add_sessions(connection, current, now)?;
    found.add_grants(connection, current.account_id, &mut names, now)?;
    // A device without a browser is never known again: signed out, it is no device any more.
    found.devices.retain(|device| device.is_signed_in || !device.is_app);
    found.devices.sort_by_key(|device| (!device.is_current, !device.is_signed_in, Reverse(device.last_used_at)));
    Ok(found)
}
