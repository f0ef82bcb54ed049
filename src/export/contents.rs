//! What is kept of one person, read for their copy. Secrets and digests stay out: rows are taken apart in [`super::files`],
//! where each member is named.

use crate::change::deletion;
use crate::clock::Timestamp;
use crate::security::derived_keys::DerivedKeys;
use crate::store::account_devices::{self, AccountDevice};
use crate::store::accounts::{self, Account, AccountState};
use crate::store::addresses::{self, Address};
use crate::store::changes::{self, Change};
use crate::store::clients::Client;
use crate::store::consents::{self, Consent};
use crate::store::devices::Device;
use crate::store::events::{self, Event};
use crate::store::grants::{self, Grant};
use crate::store::notice_choices::{self, Choosable};
use crate::store::one_time_codes::Channel;
use crate::store::opt_ins::{self, OptIn};
use crate::store::passkeys::{self, Passkey};
use crate::store::profiles::{self, Profile};
use crate::store::sessions::{self, Session};
use crate::store::upstream_links::{self, UpstreamLink};
use crate::store::{Connection, StoreError, account_apps, news_seen, passwords, pictures, recovery_codes, totps};

/// Events at most, the newest: years of them for anybody, and a bound for a flood.
const MOST_EVENTS: usize = 50_000;
/// Events read at a time.
const PAGE: i64 = 1000;
/// The largest size of a picture.
const PICTURE: i64 = 512;

/// Everything of one account.
pub(super) struct Contents {
    pub made_at: Timestamp,
    pub account: Account,
    pub profile: Profile,
    pub addresses: Vec<Address>,
    pub password_changed_at: Option<Timestamp>,
    pub devices: Vec<(AccountDevice, Option<String>)>,
    pub authenticator_since: Option<Timestamp>,
    pub recovery_codes: i64,
    pub passkeys: Vec<Passkey>,
    pub links: Vec<UpstreamLink>,
    pub sessions: Vec<(Session, Device)>,
    pub apps: Vec<App>,
    pub events: Vec<Event>,
    pub is_cut: bool,
    pub changes: Vec<Change>,
    pub opt_ins: Vec<OptIn>,
    pub news_seen: Option<Timestamp>,
    pub told_by: Vec<(Choosable, Channel)>,
    pub picture: Option<Vec<u8>>,
}

/// An app the account was used with.
pub(super) struct App {
    pub client: Client,
    pub subject: String,
    pub first_used_at: Option<Timestamp>,
    pub consents: Vec<Consent>,
    pub grants: Vec<Grant>,
}

/// Reads it; none where the account is not in use.
pub(super) fn gather(
    connection: &mut Connection,
    derived: &DerivedKeys,
    account_id: i64,
    now: Timestamp,
) -> Result<Option<Contents>, StoreError> {
    let found = accounts::by_id(connection, account_id)?;
    let Some(account) = found.filter(|account| account.state == AccountState::Active) else { return Ok(None) };
    let (events, is_cut) = all_events(connection, account_id)?;
    let picture = match &account.picture {
        Some(key) => pictures::find(connection, key, PICTURE)?,
        None => None,
    };
    Ok(Some(Contents {
        made_at: now,
        profile: profiles::of_account(connection, account_id)?.unwrap_or_default(),
        addresses: addresses::of_account(connection, account_id)?,
        password_changed_at: passwords::changed_at(connection, account_id)?,
        devices: account_devices::with_browsers(connection, account_id, i64::MAX)?,
        authenticator_since: totps::since(connection, account_id)?,
        recovery_codes: recovery_codes::left(connection, account_id)?,
        passkeys: passkeys::of_account(connection, account_id)?,
        links: upstream_links::of_account(connection, account_id)?,
        sessions: sessions::of_account(connection, account_id, now)?,
        apps: apps(connection, derived, &account, now)?,
        events,
        is_cut,
        changes: changes::of_account(connection, account_id, now)?,
        opt_ins: opt_ins::of_account(connection, account_id)?,
        news_seen: news_seen::of_account(connection, account_id)?,
        told_by: notice_choices::of_account(connection, account_id)?,
        picture,
        account,
    }))
}

fn apps(
    connection: &mut Connection,
    derived: &DerivedKeys,
    account: &Account,
    now: Timestamp,
) -> Result<Vec<App>, StoreError> {
    let noted = account_apps::of_account(connection, account.id)?;
    let consents = consents::of_account(connection, account.id)?;
    let grants = grants::of_account(connection, account.id, now)?;
    let known = deletion::apps(connection, derived, account)?;
    let app = |(client, subject): (Client, String)| {
        let noted = noted.iter().find(|own| own.client_id == client.client_id);
        let mut app = App {
            first_used_at: noted.map(|own| own.first_used_at),
            consents: consents.iter().filter(|own| own.client_id == client.client_id).cloned().collect(),
            grants: grants.iter().filter(|own| own.client_id == client.client_id).cloned().collect(),
            client,
            subject,
        };
        app.grants.retain(|grant| grant.subject(account) == app.subject);
        app
    };
    Ok(known.into_iter().map(app).collect())
}

/// The whole history, newest first, and whether it was cut.
fn all_events(connection: &mut Connection, account_id: i64) -> Result<(Vec<Event>, bool), StoreError> {
    let mut all: Vec<Event> = Vec::new();
    let mut before = (Timestamp::from_millis(i64::MAX), i64::MAX);
    loop {
        let page = events::of_account(connection, account_id, before, PAGE)?;
        let Some(last) = page.last() else { return Ok((all, false)) };
        before = (last.happened_at, last.id);
        all.extend(page);
        if all.len() >= MOST_EVENTS {
            return Ok((all, true));
        }
    }
}
