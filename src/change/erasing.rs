//! Carrying a deletion out: every row of the person goes, what must never be given again is retired, the apps are told, and
//! one last message waits for their answers.

use serde::{Deserialize, Serialize};
use std::time::Duration;

use crate::clock::Timestamp;
use crate::credentials::{guessing, one_time_code, sms};
use crate::security::derived_keys::DerivedKeys;
use crate::security::random;
use crate::session;
use crate::store::accounts::Account;
use crate::store::addresses::{Address, AddressKind};
use crate::store::attempts::IdentifierKind;
use crate::store::clients::{self, Client};
use crate::store::erasure::{self, Traces};
use crate::store::erasure_receipts::{self as receipts, Receipt, ReceiptState};
use crate::store::outbox::{self, Delivery};
use crate::store::{Connection, StoreError, account_apps, addresses, consents, retired_identifiers, throttles};
use crate::web::sign_in_context::shown_name;

/// The kind of the outbox's news to apps that an account is gone (OpenID RISC Profile 1.0 §2.1).
pub const ACCOUNT_PURGED: &str = "account_purged";

/// The kind of the outbox's last message to a person.
pub const FAREWELL: &str = "farewell";

/// How long apps have to confirm.
pub const ANSWER_BY: Duration = Duration::from_secs(6 * 24 * 60 * 60);

/// The last message is sent in this time or never: with the minute or two until a row is swept, seven days.
const FAREWELL_LIFE: Duration = Duration::from_secs(7 * 24 * 60 * 60 - 5 * 60);

/// After so long, nothing that had begun before the erasure is still writing.
pub const SETTLED: Duration = Duration::from_secs(60);

/// What is needed to tell one app.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Purge {
    /// The subject the app knows.
    pub sub: String,
    /// The name of the token, the same at each attempt (RFC 8935 §2).
    pub jti: String,
    /// When the account was erased: milliseconds.
    pub at: i64,
    /// Which deletion the app's answer belongs to; the row of its last message too.
    pub erasure_id: i64,
}

/// What the last message needs. The one place where anything of the person is left, until it is sent.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Farewell {
    /// The internal key the account had: what was on its way to the store is swept once more.
    pub account_id: i64,
    /// `phone` or `email`, and the address; none where the account had none.
    pub to: Option<(String, String)>,
    /// BCP 47 tag, where the person chose a language.
    pub language: Option<String>,
    /// When the account was erased: milliseconds.
    pub at: i64,
}

/// What an erasure came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Erased {
    /// Apps that are told and asked to confirm.
    pub asked: usize,
    /// Apps that have no address for that.
    pub untold: usize,
}

/// Every app the account was used with that is still registered, with the subject it knows the person by.
pub fn apps(
    connection: &mut Connection,
    derived: &DerivedKeys,
    account: &Account,
) -> Result<Vec<(Client, String)>, StoreError> {
    let mut known: Vec<(String, Option<String>)> = Vec::new();
    for app in account_apps::of_account(connection, account.id)? {
        let subject = if app.subject.is_empty() { account.sub.clone() } else { app.subject };
        known.push((app.client_id, Some(subject)));
    }
    for consent in consents::of_account(connection, account.id)? {
        if known.iter().all(|(client_id, _)| *client_id != consent.client_id) {
            known.push((consent.client_id, None));
        }
    }
    let mut apps = Vec::new();
    for (client_id, subject) in known {
        let Some(client) = clients::find(connection, &client_id)? else { continue };
        let sector = client.metadata.get().and_then(|metadata| metadata.sector.as_deref());
        let subject = match (subject, sector) {
            (Some(subject), _) => subject,
            (None, Some(sector)) => derived.pairwise_subject(sector, &account.sub),
            (None, None) => account.sub.clone(),
        };
        apps.push((client, subject));
    }
    Ok(apps)
}

/// Erases an account in the caller's write. SQLite's log is owed a scrub after it.
pub(super) fn erase(
    connection: &mut Connection,
    derived: &DerivedKeys,
    account: &Account,
    now: Timestamp,
) -> Result<Erased, StoreError> {
    session::end_all(connection, account, None, now)?;
    let erasure_id = random::id();
    let erased = tell_apps(connection, derived, account, erasure_id, now)?;
    let owned = addresses::of_account(connection, account.id)?;
    bid_farewell(connection, account, &owned, (erasure_id, erased), now)?;
    for (kind, identifier) in [(ACCOUNT_NUMBER, &account.account_number), (SUBJECT, &account.sub)] {
        retired_identifiers::retire(connection, &derived.retired_mark(kind, identifier))?;
    }
    let traces = traces(connection, account)?;
    erasure::erase(connection, account, &traces, now)?;
    tracing::info!(asked = erased.asked, untold = erased.untold, "an account was deleted");
    Ok(erased)
}

/// The kinds of retired identifiers.
pub use crate::credentials::new_account::{ACCOUNT_NUMBER, SUBJECT};

/// Queues the news to each app that has an address for it, and a receipt for every one.
fn tell_apps(
    connection: &mut Connection,
    derived: &DerivedKeys,
    account: &Account,
    erasure_id: i64,
    now: Timestamp,
) -> Result<Erased, StoreError> {
    let mut erased = Erased::default();
    for (client, sub) in apps(connection, derived, account)? {
        let (id, url) = (random::id(), client.metadata.get().and_then(|own| own.security_event_uri.clone()));
        let state = if url.is_some() { ReceiptState::Asked } else { ReceiptState::Untold };
        let receipt = Receipt {
            erasure_id,
            id,
            client_id: client.client_id.clone(),
            name: shown_name(&client.name),
            state,
            answered_at: None,
            expires_at: now.plus(FAREWELL_LIFE),
        };
        receipts::insert(connection, &receipt)?;
        let Some(url) = url else {
            erased.untold += 1;
            continue;
        };
        erased.asked += 1;
        let purge = Purge { sub, jti: random::identifier(), at: now.millis(), erasure_id };
        let delivery = Delivery {
            id,
            kind: ACCOUNT_PURGED.to_owned(),
            client_id: client.client_id,
            url,
            payload: payload(&purge)?,
            attempts: 0,
            due_at: now,
            created_at: now,
            expires_at: now.plus(ANSWER_BY),
        };
        outbox::insert(connection, &delivery)?;
    }
    Ok(erased)
}

/// Queues the last message, to one address only: it waits for the apps, as long as they may take.
fn bid_farewell(
    connection: &mut Connection,
    account: &Account,
    owned: &[Address],
    (erasure_id, erased): (i64, Erased),
    now: Timestamp,
) -> Result<(), StoreError> {
    let by_mail = owned.iter().find(|address| address.kind == AddressKind::Email);
    let to = by_mail.or(owned.first()).map(|address| (address.kind.as_str().to_owned(), address.value.clone()));
    let farewell = Farewell { account_id: account.id, to, language: account.language.clone(), at: now.millis() };
    let delivery = Delivery {
        id: erasure_id,
        kind: FAREWELL.to_owned(),
        client_id: String::new(),
        url: String::new(),
        payload: payload(&farewell)?,
        attempts: 0,
        due_at: now.plus(if erased.asked > 0 { ANSWER_BY } else { SETTLED }),
        created_at: now,
        expires_at: now.plus(FAREWELL_LIFE),
    };
    outbox::insert(connection, &delivery)
}

fn payload(value: &impl Serialize) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::Fault(error.to_string()))
}

/// Where the person is found beyond the rows that name the account.
fn traces(connection: &mut Connection, account: &Account) -> Result<Traces, StoreError> {
    let addresses = erasure::addresses(connection, account.id)?;
    let mut names = vec![(IdentifierKind::AccountNumber, account.account_number.clone())];
    for address in &addresses {
        let kind = if address.contains('@') { IdentifierKind::Email } else { IdentifierKind::Phone };
        names.push((kind, address.clone()));
    }
    let budgets = names.iter().flat_map(|(kind, name)| one_time_code::budget_keys(*kind, name)).collect();
    let counted = throttles::OF_ACCOUNT.iter().map(|what| throttles::of_account(what, account.id));
    let texted = addresses.iter().flat_map(|address| sms::buckets(address));
    let guessed = names.iter().map(|(kind, name)| guessing::bucket(*kind, name));
    let guessed = guessed.flat_map(|bucket| [guessing::waits(&bucket), bucket]);
    let buckets = guessed.chain(counted).chain(texted).collect();
    Ok(Traces { addresses, budgets, buckets })
}
