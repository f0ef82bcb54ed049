//! How long things are kept: every table stands in the table of the docs with what bounds it, and is bounded.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use keyhouse::store::expiry;

use crate::both;
use crate::harness::Site;
use crate::look::inside;
use crate::store::expiry::{ENDS, LASTING, ROWS, by_table, fill};
use crate::store::tables::{columns, count, execute};

const DAY: Duration = Duration::from_secs(86_400);

/// The table of `docs/architecture.md`: for each table of the store, when its rows end, and how long they stay after that.
fn documented() -> BTreeMap<String, (String, String)> {
    let text = std::fs::read_to_string(inside("docs/architecture.md")).unwrap();
    let (_, section) = text.split_once("## What grows, and what bounds it").unwrap();
    let (section, _) = section.split_once("\n## ").unwrap();
    let mut rows = BTreeMap::new();
    for line in section.lines().filter(|line| line.starts_with("| `")) {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [tables, _, ends, kept] = cells.as_slice() else { panic!("four columns: {line}") };
        for name in tables.split('`').skip(1).step_by(2) {
            let is_new = rows.insert(name.to_owned(), ((*ends).to_owned(), (*kept).to_owned())).is_none();
            assert!(is_new, "{name} stands twice");
        }
    }
    rows
}

/// "1 min", "1 day": how long rows stay after their end.
fn duration(kept: &str) -> Duration {
    let words: Vec<&str> = kept.split([' ', ',']).take(2).collect();
    match words.as_slice() {
        [number, "min"] => Duration::from_secs(60) * number.parse::<u32>().unwrap(),
        [number, "day"] => DAY * number.parse::<u32>().unwrap(),
        _ => panic!("how long is {kept:?}?"),
    }
}

both! {
    async fn the_docs_name_every_table_and_what_bounds_it(database) {
        let site = Site::start(database).await;
        let tables: BTreeSet<String> = by_table(columns(&site.app.store).await).into_keys().collect();
        let rows = documented();
        assert_eq!(rows.keys().cloned().collect::<BTreeSet<_>>(), tables);
        for (table, (ends, kept)) in rows {
            assert!(!ends.is_empty(), "{table} has no end in the docs");
            assert_eq!(kept.is_empty(), LASTING.contains(&table.as_str()), "{table} is kept {kept:?}");
        }
    }

    async fn a_full_store_is_empty_again_when_the_time_of_its_rows_is_over(database) {
        let is_sqlite = database.is_sqlite();
        let site = Site::start(database).await;
        let store = &site.app.store;
        if !is_sqlite {
            store.write(|c| execute(c, "DO $$ BEGIN CREATE DOMAIN blob AS bytea; EXCEPTION WHEN duplicate_object THEN END $$")).await.unwrap();
        }
        let (rows, end) = (documented(), site.now().plus(DAY));
        let mut before = BTreeMap::new();
        let tables = by_table(columns(store).await);
        for (table, columns) in &tables {
            before.insert(table.clone(), count(store, table).await);
            // By the first of its ends; that each of several ends it is tested with the rules.
            if let Some(by) = columns.iter().map(|column| column.name.as_str()).find(|name| ENDS.contains(name)) {
                fill(store, table, columns, by, end).await;
            }
        }
        let full = i64::try_from(ROWS).unwrap();
        let ending = tables.keys().filter(|table| !LASTING.contains(&table.as_str()));
        for table in ending.clone() {
            assert_eq!(count(store, table).await, before[table] + full, "{table}");
        }
        // Each is there as long as the docs say, and gone a little later.
        let mut steps: Vec<Duration> = ending.clone().map(|table| duration(&rows[table].1)).collect();
        steps.sort_unstable();
        steps.dedup();
        for step in steps {
            site.app.clock.set(end.plus(step));
            expiry::sweep(store, site.now()).await.unwrap();
            for table in ending.clone().filter(|table| duration(&rows[*table].1) >= step) {
                assert_eq!(count(store, table).await, before[table] + full, "{table} is gone too early");
            }
            site.advance(Duration::from_secs(1));
            expiry::sweep(store, site.now()).await.unwrap();
            for table in ending.clone().filter(|table| duration(&rows[*table].1) <= step) {
                assert_eq!(count(store, table).await, before[table], "{table} is not gone");
            }
        }
        for table in LASTING {
            assert_eq!(count(store, table).await, before[table], "{table}");
        }
    }
}
