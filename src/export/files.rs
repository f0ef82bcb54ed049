//! The files of a copy: what each says of the rows, member by member, and the schema that lies beside it. A new part of the
//! account is a file here with its schema in `schema/`.

use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

use super::archive::{Entry, PackFault};
use super::contents::{App, Contents};
use crate::clock::Timestamp;
use crate::credentials::passkey::authenticators;
use crate::store::columns::Words;
use crate::store::details::Json;

/// One JSON file.
pub struct File {
    /// Its name, without the ending; its schema has the same.
    pub name: &'static str,
    /// The JSON Schema (draft 2020-12) that every such file meets.
    pub schema: &'static str,
    say: fn(&Contents) -> Value,
}

/// Every file, in the order of the archive.
pub const FILES: &[File] = &[
    File { name: "account", schema: include_str!("schema/account.schema.json"), say: account },
    File { name: "profile", schema: include_str!("schema/profile.schema.json"), say: profile },
    File { name: "addresses", schema: include_str!("schema/addresses.schema.json"), say: addresses },
    File { name: "settings", schema: include_str!("schema/settings.schema.json"), say: settings },
    File { name: "devices", schema: include_str!("schema/devices.schema.json"), say: devices },
    File { name: "sign_ins", schema: include_str!("schema/sign_ins.schema.json"), say: sign_ins },
    File { name: "passkeys", schema: include_str!("schema/passkeys.schema.json"), say: passkeys },
    File { name: "connected", schema: include_str!("schema/connected.schema.json"), say: connected },
    File { name: "apps", schema: include_str!("schema/apps.schema.json"), say: apps },
    File { name: "activity", schema: include_str!("schema/activity.schema.json"), say: activity },
    File { name: "news", schema: include_str!("schema/news.schema.json"), say: news },
    File { name: "changes", schema: include_str!("schema/changes.schema.json"), say: changes },
];

/// The picture's name in the archive.
const PICTURE: &str = "picture.jpg";

/// Everything that goes into the archive.
pub(super) fn entries(contents: &Contents) -> Result<Vec<Entry>, PackFault> {
    let mut entries = Vec::new();
    for file in FILES {
        let mut members = Map::new();
        members.insert("$schema".to_owned(), Value::String(format!("schema/{}.schema.json", file.name)));
        if let Value::Object(said) = (file.say)(contents) {
            members.extend(said);
        }
        let bytes = serde_json::to_vec_pretty(&members)?;
        entries.push(Entry { name: format!("{}.json", file.name), bytes, is_text: true });
    }
    if let Some(picture) = &contents.picture {
        entries.push(Entry { name: PICTURE.to_owned(), bytes: picture.clone(), is_text: false });
    }
    for file in FILES {
        let (name, bytes) = (format!("schema/{}.schema.json", file.name), file.schema.as_bytes().to_vec());
        entries.push(Entry { name, bytes, is_text: true });
    }
    Ok(entries)
}

fn at(at: Timestamp) -> Value {
    Value::String(at.rfc3339())
}

fn maybe_at(time: Option<Timestamp>) -> Value {
    time.map_or(Value::Null, at)
}

fn words(words: &Words) -> Value {
    words.iter().collect()
}

fn account(own: &Contents) -> Value {
    let account = &own.account;
    json!({
        "made_at": at(own.made_at),
        "account_id": account.account_number,
        "name": account.name,
        "state": account.state.as_str(),
        "created_at": at(account.created_at),
        "updated_at": at(account.updated_at),
        "terms_version": account.terms_version,
        "terms_accepted_at": maybe_at(account.terms_accepted_at),
        "password_changed_at": maybe_at(own.password_changed_at),
        "two_step_since": maybe_at(account.two_step_at),
        "authenticator_since": maybe_at(own.authenticator_since),
        "recovery_codes": own.recovery_codes,
        "picture": own.picture.as_ref().map(|_| PICTURE),
    })
}

fn profile(own: &Contents) -> Value {
    let profile = &own.profile;
    json!({
        "given_name": profile.given_name,
        "middle_name": profile.middle_name,
        "family_name": profile.family_name,
        "nickname": profile.nickname,
        "preferred_username": profile.preferred_username,
        "profile": profile.profile,
        "website": profile.website,
        "gender": profile.gender,
        "birthdate": profile.birthdate,
        "address": profile.address.get().cloned().unwrap_or_default(),
    })
}

fn addresses(own: &Contents) -> Value {
    let all = own.addresses.iter().map(|address| {
        json!({
            "kind": address.kind.as_str(),
            "value": address.value,
            "is_main": address.is_main,
            "verified_at": at(address.verified_at),
        })
    });
    json!({ "addresses": all.collect::<Vec<_>>() })
}

fn settings(own: &Contents) -> Value {
    let account = &own.account;
    json!({
        "language": account.language,
        "theme": account.theme,
        "text_size": account.text_size,
        "time_zone": account.zoneinfo,
        "told_by": own.told_by.iter().map(|(kind, channel)| (kind.as_str(), channel.as_str())).collect::<BTreeMap<_, _>>(),
    })
}

/// Devices are numbered: the key that they have in the store is nobody's business, but files name them to each other.
fn number(own: &Contents, device_id: i64) -> Option<usize> {
    own.devices.iter().position(|(device, _)| device.device_id == device_id).map(|place| place + 1)
}

fn devices(own: &Contents) -> Value {
    let all = own.devices.iter().zip(1_usize..).map(|((device, user_agent), number)| {
        json!({
            "number": number,
            "name": device.name,
            "user_agent": user_agent,
            "network": device.network,
            "first_used_at": at(device.first_used_at),
            "last_used_at": at(device.last_used_at),
            "kept_until": at(device.expires_at),
        })
    });
    json!({ "devices": all.collect::<Vec<_>>() })
}

fn sign_ins(own: &Contents) -> Value {
    let all = own.sessions.iter().map(|(session, _)| {
        json!({
            "device": number(own, session.device_id),
            "methods": words(&session.amr),
            "began_at": at(session.created_at),
            "proved_at": at(session.authenticated_at),
            "last_used_at": at(session.last_used_at),
            "ends_at": at(session.idle_expires_at.min(session.expires_at)),
        })
    });
    json!({ "sign_ins": all.collect::<Vec<_>>() })
}

/// What is known of them; nothing that anybody could check a proof by.
fn passkeys(own: &Contents) -> Value {
    let all = own.passkeys.iter().map(|passkey| {
        json!({
            "name": passkey.name,
            "authenticator": authenticators::name(&passkey.aaguid),
            "aaguid": hyphened(&passkey.aaguid),
            "is_synced": passkey.backup_eligible,
            "made_at": at(passkey.created_at),
            "last_used_at": maybe_at(passkey.last_used_at),
            "device": passkey.last_device_id.and_then(|id| number(own, id)),
        })
    });
    json!({ "passkeys": all.collect::<Vec<_>>() })
}

/// Sign-ins elsewhere: whose, and who the person is there.
fn connected(own: &Contents) -> Value {
    let all = own.links.iter().map(|link| {
        json!({
            "issuer": link.issuer,
            "subject": link.subject,
            "known_as": link.known_as,
            "connected_at": at(link.created_at),
            "last_used_at": maybe_at(link.last_used_at),
        })
    });
    json!({ "connected": all.collect::<Vec<_>>() })
}

/// The model of an authenticator as it is written; none where it does not say.
fn hyphened(aaguid: &[u8]) -> Option<String> {
    let number = u128::from_be_bytes(aaguid.try_into().ok()?);
    let digits = format!("{number:032x}");
    let parts = [digits.get(..8)?, digits.get(8..12)?, digits.get(12..16)?, digits.get(16..20)?, digits.get(20..)?];
    (number != 0).then(|| parts.join("-"))
}

fn apps(own: &Contents) -> Value {
    json!({ "apps": own.apps.iter().map(app).collect::<Vec<_>>() })
}

fn app(app: &App) -> Value {
    let allowed = app.consents.iter().map(|consent| {
        json!({
            "resource": Some(&consent.resource).filter(|resource| !resource.is_empty()),
            "scope": words(&consent.scope),
            "since": at(consent.granted_at),
            "changed_at": at(consent.updated_at),
        })
    });
    let access = app.grants.iter().map(|grant| {
        json!({
            "scope": words(&grant.scope),
            "resources": words(&grant.resources),
            "began_at": at(grant.created_at),
            "last_used_at": at(grant.last_used_at),
            "ends_at": at(grant.idle_expires_at.min(grant.expires_at)),
            "outlives_sign_in": grant.offline,
        })
    });
    json!({
        "client_id": app.client.client_id,
        "name": app.client.name,
        "maker": app.client.maker,
        "subject": app.subject,
        "first_used_at": maybe_at(app.first_used_at),
        "allowed": allowed.collect::<Vec<_>>(),
        "access": access.collect::<Vec<_>>(),
    })
}

fn activity(own: &Contents) -> Value {
    let all = own.events.iter().map(|event| {
        let details = known(&event.details);
        json!({
            "what": event.kind.as_str(),
            "at": at(event.happened_at),
            "methods": words(&Words::parse(details.method.as_deref().unwrap_or_default())),
            "about": details.subject,
            "client_id": details.client_id,
            "device": details.device_id.and_then(|id| number(own, id)),
            "user_agent": details.user_agent,
            "network": details.network,
        })
    });
    json!({ "is_complete": !own.is_cut, "events": all.collect::<Vec<_>>() })
}

fn news(own: &Contents) -> Value {
    let all = own.opt_ins.iter().map(|opt_in| {
        json!({
            "topic": opt_in.topic,
            "channel": opt_in.channel.as_str(),
            "language": opt_in.language,
            "wording": opt_in.wording,
            "way": opt_in.way.as_str(),
            "network": opt_in.network,
            "since": at(opt_in.opted_in_at),
            "ended_at": maybe_at(opt_in.ended_at),
        })
    });
    json!({ "seen_until": maybe_at(own.news_seen), "opt_ins": all.collect::<Vec<_>>() })
}

/// What waits, as far as it is the person's own: of a move, not whose account the number moves to.
fn changes(own: &Contents) -> Value {
    let all = own.changes.iter().map(|change| {
        let details = known(&change.details);
        json!({
            "what": change.kind.as_str(),
            "asked_at": at(change.created_at),
            "happens_at": maybe_at(change.due_at),
            "ends_at": at(change.expires_at),
            "address_kind": details.address_kind,
            "old": details.old,
            "new": details.new,
        })
    });
    json!({ "changes": all.collect::<Vec<_>>() })
}

fn known<T: Clone + Default + PartialEq + std::fmt::Debug>(details: &Json<T>) -> T {
    details.get().cloned().unwrap_or_default()
}
