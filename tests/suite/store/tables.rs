//! The tables that a database really has.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Text};
use keyhouse::store::{Connection, Store, StoreError};

use crate::harness::plans::OWN;

/// One column.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, QueryableByName)]
pub struct Column {
    #[diesel(sql_type = Text)]
    pub table_name: String,
    #[diesel(sql_type = Text)]
    pub name: String,
    /// As diesel calls it: `Text`, `BigInt`.
    #[diesel(sql_type = Text)]
    pub kind: String,
    #[diesel(sql_type = Bool)]
    pub nullable: bool,
    /// Its place in the primary key, from 1; 0: none.
    #[diesel(sql_type = BigInt)]
    pub key: i64,
}

const SQLITE: &str = "SELECT m.name AS table_name, p.name AS name, p.type AS kind, NOT p.\"notnull\" AS nullable, p.pk AS key \
    FROM sqlite_master m JOIN pragma_table_info(m.name) p WHERE m.type = 'table' ORDER BY m.name, p.cid";

const POSTGRES: &str = "SELECT c.table_name::text AS table_name, c.column_name::text AS name, upper(c.data_type)::text AS kind, \
      c.is_nullable = 'YES' AS nullable, coalesce(k.ordinal_position, 0)::bigint AS key \
    FROM information_schema.columns c \
    LEFT JOIN information_schema.table_constraints t ON t.table_schema = c.table_schema AND t.table_name = c.table_name \
      AND t.constraint_type = 'PRIMARY KEY' \
    LEFT JOIN information_schema.key_column_usage k ON k.constraint_schema = t.constraint_schema \
      AND k.constraint_name = t.constraint_name AND k.column_name = c.column_name \
    WHERE c.table_schema = current_schema() ORDER BY c.table_name, c.ordinal_position";

/// Every column of every table of ours, table by table, in its order.
pub async fn columns(store: &Store) -> Vec<Column> {
    let read = store.read(|connection| {
        let query = if matches!(connection, Connection::Sqlite(_)) { SQLITE } else { POSTGRES };
        Ok(diesel::sql_query(query).load::<Column>(connection)?)
    });
    let mut columns = read.await.unwrap();
    columns.retain(|column| !column.table_name.starts_with("__") && !column.table_name.starts_with("sqlite_"));
    for column in &mut columns {
        column.kind = match column.kind.as_str() {
            "TEXT" => "Text",
            "BIGINT" => "BigInt",
            "INTEGER" => "Integer",
            "BLOB" | "BYTEA" => "Binary",
            "BOOLEAN" => "Bool",
            other => panic!("{other} in {}", column.table_name),
        }
        .to_owned();
    }
    columns
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    rows: i64,
}

/// How many rows a table has.
pub async fn count(store: &Store, table: &str) -> i64 {
    let query = format!("{OWN}SELECT count(*) AS rows FROM {table}");
    let read = store.read(move |connection| Ok(diesel::sql_query(query).get_result::<Count>(connection)?.rows));
    read.await.unwrap()
}

/// Runs a statement of the test's own, without parameters.
pub fn execute(connection: &mut Connection, statement: &str) -> Result<(), StoreError> {
    diesel::sql_query(format!("{OWN}{statement}")).execute(connection)?;
    Ok(())
}
