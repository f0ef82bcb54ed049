//! Migrations: the same for both databases, there and back again, and what `schema.rs` says they make.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use keyhouse::store::migrate;
use regex::Regex;

use super::tables::{Column, columns};
use crate::both;
use crate::harness::Site;
use crate::look::{inside, texts};

fn folder(database: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(database)
}

fn names(database: &str) -> BTreeSet<String> {
    let entries = std::fs::read_dir(folder(database)).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

fn script(database: &str, name: &str, which: &str) -> String {
    std::fs::read_to_string(folder(database).join(name).join(which)).unwrap()
}

/// The tables as `schema.rs` and its folder have them.
fn described() -> Vec<Column> {
    let own = std::fs::read_to_string(inside("src/store/schema.rs")).unwrap();
    let rooms = texts(&inside("src/store/schema"), ".rs").into_iter().map(|(_, text)| text);
    let source: String = std::iter::once(own).chain(rooms).collect();
    let table = Regex::new(r"(?s)table! \{\s*(\w+) \(([\w, ]+)\) \{(.*?)\}").unwrap();
    let column = Regex::new(r"(\w+) -> (?:Nullable<(\w+)>|(\w+)),").unwrap();
    let mut all = Vec::new();
    for table in table.captures_iter(&source) {
        let keys: Vec<&str> = table[2].split(", ").collect();
        for column in column.captures_iter(&table[3]) {
            let place = keys.iter().position(|key| *key == &column[1]).map_or(0, |place| place + 1);
            all.push(Column {
                table_name: table[1].to_owned(),
                name: column[1].to_owned(),
                kind: column.get(2).or(column.get(3)).unwrap().as_str().to_owned(),
                nullable: column.get(2).is_some(),
                key: i64::try_from(place).unwrap(),
            });
        }
    }
    all.sort_by(|a, b| a.table_name.cmp(&b.table_name));
    all
}

#[test]
fn both_databases_have_the_same_migrations() {
    assert_eq!(names("sqlite"), names("postgres"));
    assert!(!names("sqlite").is_empty());
}

#[test]
fn both_databases_get_the_same_tables_and_indexes() {
    for name in names("sqlite") {
        let plain = |text: String| text.replace("BYTEA", "BLOB").replace(" WITHOUT ROWID", "");
        assert_eq!(plain(script("sqlite", &name, "up.sql")), plain(script("postgres", &name, "up.sql")), "{name}");
        assert_eq!(script("sqlite", &name, "down.sql"), script("postgres", &name, "down.sql"), "{name}");
    }
}

both! {
    async fn the_schema_is_what_the_migrations_make(database) {
        let site = Site::start(database).await;
        let made = columns(&site.app.store).await;
        let described = described();
        assert!(described.len() > 100);
        for (made, described) in made.iter().zip(&described) {
            assert_eq!(made, described);
        }
        assert_eq!(made.len(), described.len());
    }

    async fn migrations_go_down_to_nothing_and_up_again(database) {
        let site = Site::start(database).await;
        let (before, store) = (columns(&site.app.store).await, site.app.store.clone());
        assert!(migrate::pending(&store).unwrap().is_empty());
        assert!(migrate::up(&store).unwrap().is_empty());
        assert_eq!(migrate::down(&store).unwrap().len(), names("sqlite").len());
        assert_eq!(columns(&store).await, []);
        assert_eq!(migrate::pending(&store).unwrap().len(), names("sqlite").len());
        assert_eq!(migrate::up(&store).unwrap().len(), names("sqlite").len());
        assert_eq!(columns(&store).await, before);
    }
}
