//! The end of an account: every row that says anything of the person goes, in one write. A new table stands in one of the
//! three lists here, or a test fails.

use super::accounts::Account;
use super::addresses;
use super::changes::{Change, ChangeDetails};
use super::connection::either;
use super::notices::NOTICE;
use super::schema::{
    account_changes, account_devices, accounts, authorization_requests, code_budgets, devices, one_time_codes, outbox,
    sign_in_attempts, throttles,
};
use super::{Connection, StoreError, operator_audit};
use crate::clock::Timestamp;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use std::collections::BTreeSet;

/// Tables whose rows say in `account_id` whose they are.
pub const OWNED: &[&str] = &[
    "access_tokens",
    "account_apps",
    "account_changes",
    "account_devices",
    "account_events",
    "addresses",
    "announcement_recipients",
    "approvals",
    "authorization_codes",
    "consents",
    "device_requests",
    "exports",
    "grants",
    "news_seen",
    "notice_choices",
    "opt_ins",
    "passkey_challenges",
    "passkeys",
    "passwords",
    "pictures",
    "profiles",
    "recovery_codes",
    "sessions",
    "sign_in_attempts",
    "totps",
    "upstream_links",
    "upstream_proofs",
    "upstream_requests",
];

/// Tables in which a person is found otherwise, each in a function of its own below.
pub const SOUGHT: &[&str] = &[
    "accounts",
    "authorization_requests",
    "code_budgets",
    "devices",
    "one_time_codes",
    "operator_audit",
    "outbox",
    "throttles",
];

/// Tables that say nothing of people: of apps and of the house, or digests of random secrets.
pub const NOBODY: &[&str] = &[
    "announcement_sends",
    "announcements",
    "browser_origins",
    "client_logos",
    "clients",
    "erasure_receipts",
    "registration_tokens",
    "resources",
    "retired_identifiers",
    "revoked_tokens",
    "seen_jwts",
    "sent_messages",
    "server_facts",
    "signing_keys",
    "sms_pauses",
    "sms_watch",
];

/// What a person is found by where no row names their account.
#[derive(Clone, Debug, Default)]
pub struct Traces {
    /// Canonical addresses: those the account has, and those it had a moment ago and nobody else has now.
    pub addresses: Vec<String>,
    /// Keys of the day's budgets of codes.
    pub budgets: Vec<String>,
    /// Buckets in which tries were counted.
    pub buckets: Vec<String>,
}

/// The addresses of an account, and those that its waiting changes hold.
pub fn addresses(connection: &mut Connection, account_id: i64) -> Result<Vec<String>, StoreError> {
    let owned = addresses::of_account(connection, account_id)?;
    let mut all: BTreeSet<String> = owned.into_iter().map(|address| address.value).collect();
    for change in changes(connection, account_id)? {
        let ChangeDetails { address_kind, old, new, .. } = change.details.get().cloned().unwrap_or_default();
        let Some(kind) = address_kind.as_deref().and_then(addresses::AddressKind::parse) else { continue };
        for value in old.into_iter().chain(new) {
            // What belongs to somebody else by now is theirs.
            if addresses::owner(connection, kind, &value)?.is_none() {
                all.insert(value);
            }
        }
    }
    Ok(all.into_iter().collect())
}

fn changes(connection: &mut Connection, account_id: i64) -> Result<Vec<Change>, StoreError> {
    let own = account_changes::table.filter(account_changes::account_id.eq(account_id));
    Ok(either!(connection, own.select(Change::as_select()).load(connection))?)
}

/// Erases an account and everything that leads to it.
pub fn erase(
    connection: &mut Connection,
    account: &Account,
    traces: &Traces,
    now: Timestamp,
) -> Result<(), StoreError> {
    let browsers = browsers(connection, account.id)?;
    rows(connection, account.id)?;
    others_changes(connection, account.id, now)?;
    typed(connection, account, &traces.addresses)?;
    requests(connection, account, &traces.addresses, now)?;
    notices(connection, &traces.addresses)?;
    counters(connection, traces)?;
    forget(connection, browsers)?;
    operator_audit::forget(connection, account.id)?;
    either!(connection, diesel::delete(accounts::table.find(account.id)).execute(connection))?;
    Ok(())
}

/// The rows that name the account. Done once more when the last message goes out, for what was on its way to the store at
/// the moment of the erasure.
pub fn rows(connection: &mut Connection, account_id: i64) -> Result<(), StoreError> {
    for table in OWNED {
        diesel::sql_query(format!("DELETE FROM {table} WHERE account_id = $1"))
            .bind::<BigInt, _>(account_id)
            .execute(connection)?;
    }
    Ok(())
}

/// The browsers the account was used in.
fn browsers(connection: &mut Connection, account_id: i64) -> Result<Vec<i64>, StoreError> {
    let own = account_devices::table.filter(account_devices::account_id.eq(account_id));
    Ok(either!(connection, own.select(account_devices::device_id).load(connection))?)
}

/// Forgets those browsers that no other account is used in.
fn forget(connection: &mut Connection, browsers: Vec<i64>) -> Result<(), StoreError> {
    for id in browsers {
        let others = account_devices::table.filter(account_devices::device_id.eq(id));
        let is_others: bool = either!(connection, diesel::select(diesel::dsl::exists(others)).get_result(connection))?;
        if !is_others {
            either!(connection, diesel::delete(devices::table.find(id)).execute(connection))?;
        }
    }
    Ok(())
}

/// What waits to happen to other accounts for this one's sake: it has come to nothing, and they are told. What waits is little,
/// so it is walked.
fn others_changes(connection: &mut Connection, account_id: i64, now: Timestamp) -> Result<(), StoreError> {
    let naming = account_changes::table.filter(
        account_changes::expires_at
            .gt(now)
            .and(account_changes::details.like(format!("%\"other_account\":{account_id}%"))),
    );
    let found: Vec<Change> = either!(connection, naming.select(Change::as_select()).load(connection))?;
    for change in found {
        if change.details.get().and_then(|details| details.other_account) == Some(account_id) {
            super::changes::call_off(connection, &change, now)?;
        }
    }
    Ok(())
}

/// What was typed to say who somebody is, and codes that were sent to them.
fn typed(connection: &mut Connection, account: &Account, addresses: &[String]) -> Result<(), StoreError> {
    let mut names: Vec<&str> = addresses.iter().map(String::as_str).collect();
    let codes = one_time_codes::table.filter(one_time_codes::destination.eq_any(names.clone()));
    either!(connection, diesel::delete(codes).execute(connection))?;
    names.push(&account.account_number);
    let attempts = sign_in_attempts::table.filter(sign_in_attempts::identifier.eq_any(names));
    either!(connection, diesel::delete(attempts).execute(connection))?;
    Ok(())
}

/// Requests of apps that name the person by `login_hint` or `id_token_hint`: one pass over those of the last half hour.
fn requests(
    connection: &mut Connection,
    account: &Account,
    addresses: &[String],
    now: Timestamp,
) -> Result<(), StoreError> {
    use authorization_requests as requests;
    let names = addresses.iter().chain([&account.sub, &account.account_number]);
    for name in names {
        let naming = requests::table
            .filter(requests::expires_at.gt(now).and(requests::parameters.like(holding(name)).escape('\\')));
        either!(connection, diesel::delete(naming).execute(connection))?;
    }
    Ok(())
}

/// Notices on their way to the person: nothing that they tell is so any more. Logouts on their way to apps stay.
fn notices(connection: &mut Connection, addresses: &[String]) -> Result<(), StoreError> {
    for address in addresses {
        let to_them =
            outbox::table.filter(outbox::kind.eq(NOTICE).and(outbox::payload.like(holding(address)).escape('\\')));
        either!(connection, diesel::delete(to_them).execute(connection))?;
    }
    Ok(())
}

/// A pattern for JSON with exactly this string in it.
fn holding(text: &str) -> String {
    let plain = text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    format!("%\"{plain}\"%")
}

fn counters(connection: &mut Connection, traces: &Traces) -> Result<(), StoreError> {
    let budgets = code_budgets::table.filter(code_budgets::destination.eq_any(&traces.budgets));
    either!(connection, diesel::delete(budgets).execute(connection))?;
    let buckets = throttles::table.filter(throttles::bucket.eq_any(&traces.buckets));
    either!(connection, diesel::delete(buckets).execute(connection))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_matches_what_it_says_only() {
        assert_eq!(holding("a_b%c@lantern.example"), "%\"a\\_b\\%c@lantern.example\"%");
        assert_eq!(holding("a\\b"), "%\"a\\\\b\"%");
    }

    #[test]
    fn no_table_is_in_two_lists() {
        let all: BTreeSet<&str> = OWNED.iter().chain(SOUGHT).chain(NOBODY).copied().collect();
        assert_eq!(all.len(), OWNED.len() + SOUGHT.len() + NOBODY.len());
    }
}
