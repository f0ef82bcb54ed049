//! The end of what has an end: every table that grows is bounded here, in small batches, so that no transaction is long.

use super::{Connection, Store, StoreError};
use crate::clock::Timestamp;
use diesel::RunQueryDsl;
use diesel::sql_types::BigInt;
use std::time::Duration;

/// So many rows of one table end in one write at most.
const BATCH: i64 = 500;

/// One rule: rows of `table` whose `column` lies further back than `keep` are gone.
struct Rule {
    table: &'static str,
    key: &'static str,
    column: &'static str,
    keep: Duration,
}

const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Spent authorization codes stay a day past their end, so that a late replay is known as one.
const RULES: &[Rule] = &[
    Rule { table: "authorization_codes", key: "code_digest", column: "expires_at", keep: DAY },
    Rule { table: "authorization_requests", key: "id_digest", column: "expires_at", keep: MINUTE },
    Rule { table: "access_tokens", key: "token_digest", column: "expires_at", keep: MINUTE },
    Rule { table: "revoked_tokens", key: "jti", column: "expires_at", keep: MINUTE },
    Rule { table: "seen_jwts", key: "digest", column: "expires_at", keep: MINUTE },
    Rule { table: "grants", key: "account_id, id", column: "idle_expires_at", keep: MINUTE },
    Rule { table: "device_requests", key: "device_digest", column: "expires_at", keep: MINUTE },
    Rule { table: "sessions", key: "account_id, id", column: "expires_at", keep: MINUTE },
    Rule { table: "sessions", key: "account_id, id", column: "idle_expires_at", keep: MINUTE },
    Rule { table: "devices", key: "id", column: "expires_at", keep: DAY },
    Rule { table: "sign_in_attempts", key: "id_digest", column: "expires_at", keep: MINUTE },
    Rule { table: "one_time_codes", key: "subject_digest", column: "expires_at", keep: MINUTE },
    Rule { table: "sent_messages", key: "subject_digest", column: "expires_at", keep: MINUTE },
    Rule { table: "code_budgets", key: "destination, day", column: "expires_at", keep: MINUTE },
    Rule { table: "approvals", key: "secret_digest", column: "expires_at", keep: MINUTE },
    Rule { table: "passkey_challenges", key: "challenge_digest", column: "expires_at", keep: MINUTE },
    Rule { table: "upstream_requests", key: "state_digest", column: "expires_at", keep: MINUTE },
    Rule { table: "upstream_proofs", key: "id_digest", column: "expires_at", keep: MINUTE },
    Rule { table: "sms_watch", key: "prefix, minute", column: "expires_at", keep: MINUTE },
    Rule { table: "sms_pauses", key: "prefix", column: "expires_at", keep: MINUTE },
    Rule { table: "throttles", key: "bucket", column: "expires_at", keep: MINUTE },
    Rule { table: "registration_tokens", key: "token_digest", column: "expires_at", keep: MINUTE },
    Rule { table: "account_devices", key: "account_id, device_id", column: "expires_at", keep: DAY },
    Rule { table: "account_events", key: "account_id, happened_at, id", column: "expires_at", keep: MINUTE },
    Rule { table: "account_changes", key: "account_id, id", column: "expires_at", keep: MINUTE },
    Rule { table: "operator_audit", key: "id", column: "expires_at", keep: DAY },
    Rule { table: "announcements", key: "id", column: "expires_at", keep: MINUTE },
    Rule { table: "announcement_sends", key: "announcement_id, channel", column: "expires_at", keep: MINUTE },
    Rule {
        table: "announcement_recipients",
        key: "account_id, announcement_id, channel",
        column: "expires_at",
        keep: MINUTE,
    },
    Rule { table: "opt_ins", key: "account_id, id", column: "expires_at", keep: MINUTE },
    Rule { table: "outbox", key: "id", column: "expires_at", keep: MINUTE },
    Rule { table: "exports", key: "account_id", column: "expires_at", keep: MINUTE },
    Rule { table: "erasure_receipts", key: "erasure_id, id", column: "expires_at", keep: MINUTE },
    Rule { table: "signing_keys", key: "kid", column: "published_until", keep: DAY },
];

/// Ends what has ended by `now`, and says how many rows went. Meant to run every minute or so on every node.
pub async fn sweep(store: &Store, now: Timestamp) -> Result<usize, StoreError> {
    let mut gone = 0;
    for rule in RULES {
        loop {
            let before = now.minus(rule.keep);
            let rows = store.write(move |connection| batch(connection, rule, before)).await?;
            gone += rows;
            if i64::try_from(rows).unwrap_or(i64::MAX) < BATCH {
                break;
            }
        }
    }
    Ok(gone)
}

fn batch(connection: &mut Connection, rule: &Rule, before: Timestamp) -> Result<usize, StoreError> {
    let Rule { table, key, column, .. } = rule;
    let rows = diesel::sql_query(format!(
        "DELETE FROM {table} WHERE ({key}) IN (SELECT {key} FROM {table} WHERE {column} < $1 LIMIT $2)"
    ))
    .bind::<BigInt, _>(before.millis())
    .bind::<BigInt, _>(BATCH)
    .execute(connection)?;
    Ok(rows)
}
