//! `keyhouse account show`. That it was looked at is written down before anything is shown.

use serde_json::{Value, json};

use super::audit::Deed;
use super::find;
use crate::clock::Timestamp;
use crate::command::answer::facts;
use crate::command::opened::Opened;
use crate::command::{Answer, Failure};
use crate::delivery::{mask_email, mask_phone};
use crate::identifier::grouped;
use crate::store::accounts::AccountState;
use crate::store::addresses::{self, Address, AddressKind};
use crate::store::changes::Change;
use crate::store::events::EventKind;
use crate::store::operator_audit::OperatorAction;
use crate::store::{Connection, StoreError, account_devices, changes, grants, passwords, sessions};

/// What is shown beside the account itself.
struct Around {
    addresses: Vec<Address>,
    has_password: bool,
    sessions: usize,
    devices: usize,
    last_use: Option<Timestamp>,
    apps: Vec<String>,
    waiting: Vec<Change>,
}

pub(super) async fn show(opened: &Opened, who: &str, full: bool, deed: Deed) -> Result<Answer, Failure> {
    let account = find(opened, who).await?;
    let (looked_at, now) = (account.clone(), opened.now());
    let action = if full { OperatorAction::LookedInFull } else { OperatorAction::Looked };
    let write = opened.store.write(move |connection| {
        deed.keep_and_tell(connection, &looked_at, (action, EventKind::OperatorLooked), now)?;
        around(connection, looked_at.id, now)
    });
    let around = write.await?;
    let shown = |address: &Address| match address.kind {
        _ if full => address.value.clone(),
        AddressKind::Phone => mask_phone(&address.value),
        AddressKind::Email => mask_email(&address.value),
    };
    let addresses: Vec<String> = around.addresses.iter().map(shown).collect();
    let state = match account.state {
        AccountState::Locked => format!("locked: {}", account.lock_reason.as_deref().unwrap_or("no reason given")),
        AccountState::Closing => "closing: its person has deleted it, and can keep it by signing in".to_owned(),
        AccountState::Active => "active".to_owned(),
    };
    let waiting: Vec<&str> = around.waiting.iter().map(|change| change.kind.as_str()).collect();
    let last_use = around.last_use.map(Timestamp::rfc3339);
    let text = facts(&[
        ("account ID", grouped(&account.account_number)),
        ("name", account.name.clone()),
        ("state", state),
        ("sub", account.sub.clone()),
        ("addresses", addresses.join(", ")),
        ("password", if around.has_password { "yes" } else { "no" }.to_owned()),
        ("sign-ins", around.sessions.to_string()),
        ("devices", around.devices.to_string()),
        ("last used", last_use.clone().unwrap_or_default()),
        ("apps", around.apps.join(", ")),
        ("waiting", waiting.join(", ")),
        ("made", account.created_at.rfc3339()),
    ]);
    let listed: Vec<Value> = around
        .addresses
        .iter()
        .map(|address| json!({ "kind": address.kind.as_str(), "value": shown(address), "is_main": address.is_main }))
        .collect();
    let json = json!({
        "account_id": account.account_number,
        "sub": account.sub,
        "name": account.name,
        "state": account.state.as_str(),
        "lock_reason": account.lock_reason,
        "addresses": listed,
        "has_password": around.has_password,
        "sessions": around.sessions,
        "devices": around.devices,
        "last_used_at": last_use,
        "apps": around.apps,
        "waiting": waiting,
        "terms_version": account.terms_version,
        "created_at": account.created_at.rfc3339(),
    });
    Ok(Answer::new(text, json))
}

fn around(connection: &mut Connection, id: i64, now: Timestamp) -> Result<Around, StoreError> {
    let mut apps: Vec<String> = Vec::new();
    for grant in grants::of_account(connection, id, now)? {
        if !apps.contains(&grant.client_id) {
            apps.push(grant.client_id);
        }
    }
    let devices = account_devices::of_account(connection, id)?;
    Ok(Around {
        addresses: addresses::of_account(connection, id)?,
        has_password: passwords::changed_at(connection, id)?.is_some(),
        sessions: sessions::of_account(connection, id, now)?.len(),
        last_use: devices.iter().map(|device| device.last_used_at).max(),
        devices: devices.len(),
        apps,
        waiting: changes::of_account(connection, id, now)?,
    })
}
