//! What the databases would do for every statement that a server under test runs: none may go through all rows of a table that
//! grows. Every [`super::Site`] records, and is judged when it stops, so that the whole suite is the walk.
//!
//! SQLite is asked on empty tables: its planner goes by the indexes there are. PostgreSQL's goes by what is in the tables, so it is
//! asked on tables that are filled, inside a transaction that never commits.

mod judge;

use std::collections::BTreeSet;
use std::fmt::{self, Write as _};
use std::sync::{Mutex, OnceLock, PoisonError};

use diesel::connection::{Connection as _, Instrumentation, InstrumentationEvent, SimpleConnection};
use diesel::prelude::*;
use diesel::sql_types::{Array, Text};
use diesel::{PgConnection, SqliteConnection};
use regex::Regex;

use crate::look::{inside, texts};

pub use judge::{BOUNDED, WALKED, WALKED_BY_CLIENT, of_postgres, of_sqlite};

/// What a test's own statement begins with: nobody's pages wait for it.
pub const OWN: &str = "/* a test's own */ ";

/// What diesel writes between a statement and its values.
const BINDS: &str = " -- binds: ";

/// Which database a statement was for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    Sqlite,
    Postgres,
}

/// The statements that have been recorded, and those of them that have been judged.
static RECORDED: Mutex<BTreeSet<(Kind, String)>> = Mutex::new(BTreeSet::new());
static JUDGED: Mutex<BTreeSet<(Kind, String)>> = Mutex::new(BTreeSet::new());

/// Notes what one connection runs.
struct Recorder(Kind);

impl Instrumentation for Recorder {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        match event {
            InstrumentationEvent::StartEstablishConnection { url, .. } => {
                self.0 = if url.starts_with("postgres") { Kind::Postgres } else { Kind::Sqlite };
            }
            InstrumentationEvent::StartQuery { query, .. } => {
                let mut statement = Statement::default();
                // The error is how it says that it has seen enough.
                let _ = write!(statement, "{query}");
                if is_of_interest(&statement.0) {
                    lock(&RECORDED).insert((self.0, statement.0));
                }
            }
            _ => {}
        }
    }
}

/// The text of a statement, without the values that go with it: those would be written out for every statement of every server.
#[derive(Default)]
struct Statement(String);

impl fmt::Write for Statement {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        match text.split_once(BINDS) {
            Some((last, _)) => {
                self.0.push_str(last);
                Err(fmt::Error)
            }
            None => {
                self.0.push_str(text);
                Ok(())
            }
        }
    }
}

fn is_of_interest(statement: &str) -> bool {
    let verbs = ["SELECT", "INSERT", "UPDATE", "DELETE", "WITH"];
    let foreign = ["__diesel", "pg_advisory", "information_schema", "sqlite_master", "pg_type"];
    verbs.iter().any(|verb| statement.starts_with(verb)) && !foreign.iter().any(|text| statement.contains(text))
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Lets every connection that is made from now on be recorded.
pub fn record() {
    static ONCE: OnceLock<()> = OnceLock::new();
    ONCE.get_or_init(|| {
        diesel::connection::set_default_instrumentation(|| Some(Box::new(Recorder(Kind::Sqlite)))).unwrap();
    });
}

/// Every statement recorded so far for a database.
pub fn recorded(kind: Kind) -> Vec<String> {
    lock(&RECORDED).iter().filter(|(own, _)| *own == kind).map(|(_, statement)| statement.clone()).collect()
}

/// Judges what has been recorded and not judged yet. Gives each statement that goes through a table, and how.
pub fn faults() -> Vec<String> {
    let new: Vec<(Kind, String)> = {
        let recorded = lock(&RECORDED);
        let mut judged = lock(&JUDGED);
        recorded.iter().filter(|own| judged.insert((*own).clone())).cloned().collect()
    };
    new.into_iter().flat_map(|(kind, statement)| explain(kind, &statement)).collect()
}

/// What is wrong with one statement.
pub fn explain(kind: Kind, statement: &str) -> Vec<String> {
    if judge::is_walk(statement) {
        return Vec::new();
    }
    let found = match kind {
        Kind::Sqlite => of_sqlite(&sqlite(statement)),
        Kind::Postgres => match postgres(statement) {
            Some(plan) => of_postgres(&plan),
            None => return Vec::new(),
        },
    };
    found.into_iter().map(|fault| format!("{kind:?}: {fault}\n    {statement}")).collect()
}

/// The scripts of every migration, in order.
fn migrations(database: &str) -> Vec<String> {
    texts(&inside("migrations").join(database), "up.sql").into_iter().map(|(_, text)| text).collect()
}

#[derive(QueryableByName)]
struct Step {
    #[diesel(sql_type = Text)]
    detail: String,
}

/// The steps of SQLite's plan.
fn sqlite(statement: &str) -> Vec<String> {
    static DATABASE: OnceLock<Mutex<SqliteConnection>> = OnceLock::new();
    let database = DATABASE.get_or_init(|| {
        let mut connection = SqliteConnection::establish(":memory:").unwrap();
        connection.set_instrumentation(|_: InstrumentationEvent<'_>| {});
        for script in migrations("sqlite") {
            connection.batch_execute(&script).unwrap();
        }
        Mutex::new(connection)
    });
    let steps = diesel::sql_query(format!("EXPLAIN QUERY PLAN {statement}")).load::<Step>(&mut *lock(database));
    steps.unwrap_or_else(|error| panic!("{error}: {statement}")).into_iter().map(|step| step.detail).collect()
}

#[derive(QueryableByName)]
struct Plan {
    #[diesel(sql_type = Text)]
    plan: String,
}

#[derive(QueryableByName)]
struct Parameters {
    #[diesel(sql_type = Array<Text>)]
    kinds: Vec<String>,
}

/// PostgreSQL's plan as JSON; none where there is no cluster for the tests.
fn postgres(statement: &str) -> Option<serde_json::Value> {
    static DATABASE: OnceLock<Option<Mutex<PgConnection>>> = OnceLock::new();
    let database = DATABASE.get_or_init(|| std::env::var("KEYHOUSE_TEST_POSTGRES").ok().map(|url| filled(&url)));
    let connection = &mut *lock(database.as_ref()?);
    // A limit is a number the server knows when it plans, and so must this be.
    let limit = Regex::new(r"LIMIT\s+\$\d+").unwrap();
    let statement = renumbered(&limit.replace_all(statement, "LIMIT 500"));
    let explained = (|| {
        connection.batch_execute(&format!("SAVEPOINT one; PREPARE own AS {statement}"))?;
        let kinds = "SELECT parameter_types::text[] AS kinds FROM pg_prepared_statements WHERE name = 'own'";
        let Parameters { kinds } = diesel::sql_query(kinds).get_result(connection)?;
        let values: Vec<&str> = kinds.iter().map(|kind| value(kind)).collect();
        let arguments = if values.is_empty() { String::new() } else { format!("({})", values.join(", ")) };
        // EXPLAIN gives JSON, which only a cursor of PL/pgSQL hands on as a text.
        let asked = format!("EXPLAIN (FORMAT JSON) EXECUTE own{arguments}");
        let Plan { plan } =
            diesel::sql_query("SELECT pg_temp.explained($1) AS plan").bind::<Text, _>(asked).get_result(connection)?;
        Ok::<_, diesel::result::Error>(plan)
    })();
    let plan = explained.unwrap_or_else(|error| panic!("{error}: {statement}"));
    connection.batch_execute("DEALLOCATE own; ROLLBACK TO one").unwrap();
    Some(serde_json::from_str::<serde_json::Value>(&plan).unwrap())
}

/// The parameters counted from 1 again, those that are the same staying the same.
fn renumbered(statement: &str) -> String {
    let mut seen: Vec<String> = Vec::new();
    let parameter = Regex::new(r"\$(\d+)").unwrap();
    let renumbered = parameter.replace_all(statement, |found: &regex::Captures<'_>| {
        let place = seen.iter().position(|own| *own == found[1]).unwrap_or_else(|| {
            seen.push(found[1].to_owned());
            seen.len() - 1
        });
        format!("${}", place + 1)
    });
    renumbered.into_owned()
}

/// A value of the kind that a server would send: for times, now.
fn value(kind: &str) -> &'static str {
    match kind {
        "bigint" => "1800000000000",
        "integer" => "1",
        "text" => "'x'",
        "bytea" => r"'\x00'",
        "boolean" => "TRUE",
        "bigint[]" => "'{1}'",
        "text[]" => "'{x}'",
        other => panic!("a parameter is a {other}"),
    }
}

/// A connection whose transaction holds every table, each with rows enough that one index costs more than another. Going through a
/// table, and joins that do, are discouraged, as they would be by millions of rows: what does so all the same has no index.
fn filled(url: &str) -> Mutex<PgConnection> {
    let mut connection = PgConnection::establish(url).unwrap();
    connection.set_instrumentation(|_: InstrumentationEvent<'_>| {});
    connection
        .batch_execute(
            "BEGIN; CREATE SCHEMA plans; SET LOCAL search_path = plans; SET LOCAL plan_cache_mode = force_custom_plan; \
             SET LOCAL enable_seqscan = off; SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off",
        )
        .unwrap();
    for script in migrations("postgres") {
        connection.batch_execute(&script).unwrap();
    }
    connection.batch_execute(FILL).unwrap();
    Mutex::new(connection)
}

/// Fills every table: keys that are all different, times of which one in a hundred has passed, and few different words where a
/// column is a closed list.
const FILL: &str = r"
CREATE FUNCTION pg_temp.explained(asked text) RETURNS text LANGUAGE plpgsql AS $f$
DECLARE plan json;
BEGIN
    EXECUTE asked INTO plan;
    RETURN plan::text;
END $f$;

DO $f$
DECLARE own record;
BEGIN
    FOR own IN
        SELECT c.table_name AS name, string_agg(format('%I', c.column_name), ', ' ORDER BY c.ordinal_position) AS columns,
            string_agg(CASE
                WHEN c.is_nullable = 'YES' AND c.ordinal_position % 2 = 0 THEN 'CASE WHEN g % 2 = 0 THEN NULL ELSE ' ELSE '' END
                || CASE
                WHEN c.column_name ~ '(_at|_until|_from)$' THEN '1800000000000 + (g - 50) * 60000'
                WHEN c.data_type = 'bigint' THEN 'g::bigint * 720000000'
                WHEN c.data_type = 'integer' THEN 'g % 7'
                WHEN c.data_type = 'boolean' THEN 'g % 2 = 0'
                WHEN c.data_type = 'bytea' THEN 'decode(md5(g::text || ''' || c.column_name || '''), ''hex'')'
                WHEN c.column_name IN ('kind', 'state', 'channel', 'topic', 'purpose', 'algorithm', 'way')
                    THEN '''w'' || g % 5'
                WHEN c.column_name = 'client_id' AND c.table_name NOT IN ('clients', 'client_logos')
                    THEN '''c'' || g % 20'
                ELSE '''t'' || g' END
                || CASE WHEN c.is_nullable = 'YES' AND c.ordinal_position % 2 = 0 THEN ' END' ELSE '' END,
                ', ' ORDER BY c.ordinal_position) AS filling
        FROM information_schema.columns c
        WHERE c.table_schema = 'plans'
        GROUP BY c.table_name
    LOOP
        EXECUTE format('INSERT INTO %I (%s) SELECT %s FROM generate_series(1, 5000) AS g', own.name, own.columns, own.filling);
        -- By itself: of others' tables it would keep the locks.
        EXECUTE format('ANALYZE %I', own.name);
    END LOOP;
END $f$;
";
