//! The end of what has an end: every table that grows is bounded.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use keyhouse::clock::Timestamp;
use keyhouse::store::{Store, expiry};

use super::tables::{Column, columns, count, execute};
use crate::both;
use crate::harness::Site;

/// Bounded by people and apps, not by time.
pub const LASTING: [&str; 19] = [
    "account_apps",
    "accounts",
    "addresses",
    "browser_origins",
    "client_logos",
    "clients",
    "consents",
    "news_seen",
    "notice_choices",
    "passkeys",
    "passwords",
    "pictures",
    "profiles",
    "recovery_codes",
    "resources",
    "retired_identifiers",
    "server_facts",
    "totps",
    "upstream_links",
];

/// The columns that say when a row ends.
pub const ENDS: [&str; 3] = ["expires_at", "idle_expires_at", "published_until"];

/// More than one batch.
pub const ROWS: usize = 501;

pub fn by_table(columns: Vec<Column>) -> BTreeMap<String, Vec<Column>> {
    let mut tables: BTreeMap<String, Vec<Column>> = BTreeMap::new();
    for column in columns {
        tables.entry(column.table_name.clone()).or_default().push(column);
    }
    tables
}

/// Writes rows that end at `end` by the column `by`, and by no other before a year.
pub async fn fill(store: &Store, table: &str, columns: &[Column], by: &str, end: Timestamp) {
    let names: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
    let mut statement = format!("INSERT INTO {table} ({}) VALUES ", names.join(", "));
    for row in 0..ROWS {
        let values: Vec<String> = columns.iter().map(|column| value(column, row, by, end)).collect();
        let comma = if row == 0 { "" } else { ", " };
        write!(statement, "{comma}({})", values.join(", ")).unwrap();
    }
    store.write(move |c| execute(c, &statement)).await.unwrap();
}

fn value(column: &Column, row: usize, by: &str, end: Timestamp) -> String {
    let later = end.plus(Duration::from_secs(365 * 86_400));
    // The end of a grant without use never lies behind its end in any case.
    let is_bounded = (column.table_name.as_str(), column.name.as_str()) == ("grants", "idle_expires_at");
    match (column.name.as_str(), column.kind.as_str()) {
        _ if is_bounded => end.millis().to_string(),
        (name, _) if name == by => end.millis().to_string(),
        (name, _) if ENDS.contains(&name) => later.millis().to_string(),
        (_, "Text") => format!("'{by}{row}'"),
        (_, "Binary") => format!("CAST('{by}{row}' AS {})", "BLOB"),
        (_, "Bool") => "FALSE".to_owned(),
        _ => row.to_string(),
    }
}

both! {
    async fn every_table_ends_or_is_known_to_last(database) {
        let site = Site::start(database).await;
        let tables = by_table(columns(&site.app.store).await);
        let lasting: Vec<&str> = tables
            .iter()
            .filter(|(_, columns)| !columns.iter().any(|column| ENDS.contains(&column.name.as_str())))
            .map(|(table, _)| table.as_str())
            .collect();
        assert_eq!(lasting, LASTING);
    }

    async fn what_has_ended_is_gone_and_nothing_else(database) {
        let is_sqlite = database.is_sqlite();
        let site = Site::start(database).await;
        let (store, end) = (&site.app.store, site.now().plus(Duration::from_secs(3600)));
        for (table, columns) in by_table(columns(store).await) {
            for by in columns.iter().map(|column| column.name.as_str()).filter(|name| ENDS.contains(name)) {
                if !is_sqlite {
                    // PostgreSQL casts text to bytes only by its own name of the type.
                    store.write(|c| execute(c, "DO $$ BEGIN CREATE DOMAIN blob AS bytea; EXCEPTION WHEN duplicate_object THEN END $$")).await.unwrap();
                }
                let before = count(store, &table).await;
                fill(store, &table, &columns, by, end).await;
                expiry::sweep(store, end).await.unwrap();
                let full = before + i64::try_from(ROWS).unwrap();
                assert_eq!(count(store, &table).await, full, "{table} by {by}, too early");
                expiry::sweep(store, end.plus(Duration::from_secs(2 * 86_400))).await.unwrap();
                assert_eq!(count(store, &table).await, before, "{table} by {by}");
            }
        }
    }
}
