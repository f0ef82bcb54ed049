//! Fills an empty store in bulk: `COPY` on PostgreSQL, prepared inserts in one long transaction on SQLite; the indexes that no key
//! needs are taken away meanwhile and made again over what is there then.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use diesel::{Connection as _, QueryResult};
use keyhouse::clock::Timestamp;
use keyhouse::store::announcements::{self, Announcement};
use keyhouse::store::clients::{self, AccessTokenFormat, ApplicationType, AuthMethod, Client};
use keyhouse::store::columns::Words;
use keyhouse::store::details::Json;
use keyhouse::store::{Connection, schema};

use crate::Outcome;
use crate::people::{CLIENTS, DEVICES, EVENTS, HELD, People, Person};

/// People whose rows are made at a time.
const CHUNK: usize = 20_000;

/// Writes rows as quickly as the database takes them.
macro_rules! put {
    ($connection:expr, $table:ident, $rows:expr) => {{
        let rows = $rows;
        match $connection {
            Connection::Sqlite(sqlite) => {
                for row in &rows {
                    diesel::insert_into(schema::$table::table).values(row).execute(sqlite)?;
                }
            }
            Connection::Postgres(postgres) => {
                diesel::copy_from(schema::$table::table).from_insertable(&rows).execute(postgres)?;
            }
        }
    }};
}

#[derive(QueryableByName)]
struct Index {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    definition: String,
}

const SQLITE_INDEXES: &str =
    "SELECT name, sql AS definition FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL";
const POSTGRES_INDEXES: &str = "SELECT i.indexname::text AS name, i.indexdef::text AS definition FROM pg_indexes i \
    WHERE i.schemaname = current_schema() \
      AND NOT EXISTS (SELECT 1 FROM pg_constraint c WHERE c.conname = i.indexname) AND i.tablename NOT LIKE '\\_\\_%'";

/// Fills the store; its tables are there and empty.
pub fn fill(connection: &mut Connection, people: &People) -> Outcome<()> {
    let is_sqlite = matches!(connection, Connection::Sqlite(_));
    if is_sqlite {
        // Nobody else is there, and a run that breaks off begins anew.
        connection.batch_execute(
            "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA locking_mode = EXCLUSIVE; \
             PRAGMA cache_size = -400000; PRAGMA temp_store = FILE;",
        )?;
    }
    let listed = if is_sqlite { SQLITE_INDEXES } else { POSTGRES_INDEXES };
    let indexes = diesel::sql_query(listed).load::<Index>(connection)?;
    for index in &indexes {
        connection.batch_execute(&format!("DROP INDEX {}", index.name))?;
    }
    connection.transaction(|connection| {
        operators(connection)?;
        once(connection, people)?;
        often(connection, people)
    })?;
    for index in &indexes {
        connection.batch_execute(&index.definition)?;
        eprintln!("  index {}", index.name);
    }
    let after = if is_sqlite { "PRAGMA locking_mode = NORMAL; PRAGMA journal_mode = WAL;" } else { "VACUUM ANALYZE" };
    Ok(connection.batch_execute(after)?)
}

/// What the operator has registered and announced.
fn operators(connection: &mut Connection) -> Outcome<()> {
    for number in 0..CLIENTS {
        clients::insert(connection, &client(number))?;
    }
    let now = Timestamp::from_seconds(chrono::Utc::now().timestamp());
    let day = std::time::Duration::from_secs(86_400);
    for number in 0..3_u32 {
        let words = announcements::Words {
            title: format!("Announcement {number}"),
            text: "What is new.\n\nMore of it.".to_owned(),
        };
        let announcement = Announcement {
            id: format!("large-{number}"),
            topic: "news".to_owned(),
            words: Json::of([("en".to_owned(), words)].into()),
            link: None,
            audience: Json::default(),
            starts_at: now.minus(day),
            ends_at: now.plus(2000 * day),
            withdrawn_at: None,
            created_at: now.minus(day),
            expires_at: now.plus(2000 * day),
        };
        announcements::insert(connection, &announcement)?;
    }
    Ok(())
}

fn client(number: u32) -> Client {
    Client {
        client_id: format!("large-client-{number}"),
        name: format!("App {number}"),
        maker: Some("Lantern".to_owned()),
        secret_digest: None,
        token_endpoint_auth_method: AuthMethod::ClientSecretBasic,
        application_type: ApplicationType::Web,
        first_party: false,
        verified: true,
        redirect_uris: Words::parse("https://app.large.example/callback"),
        post_logout_redirect_uris: Words::default(),
        grant_types: Words::parse("authorization_code refresh_token"),
        scopes: Words::parse("openid profile email offline_access"),
        resources: Words::default(),
        backchannel_logout_uri: None,
        id_token_signed_response_alg: "RS256".to_owned(),
        access_token_format: AccessTokenFormat::Jwt,
        always_refresh: false,
        pkce_optional: false,
        logo_digest: None,
        client_uri: None,
        policy_uri: None,
        tos_uri: None,
        created_at: Timestamp::from_seconds(1_700_000_000),
        metadata: Json::default(),
    }
}

/// Of what everybody has one or two: in the order of keys, which is how the tables lie.
fn once(connection: &mut Connection, people: &People) -> Outcome<()> {
    for chunk in people.chunks(CHUNK) {
        let each = |place| move |person: &Person| person.device(place);
        put!(connection, accounts, chunk.iter().map(|person| person.account()).collect::<Vec<_>>());
        put!(connection, addresses, chunk.iter().flat_map(|person| person.addresses()).collect::<Vec<_>>());
        put!(connection, passwords, chunk.iter().filter_map(|person| person.password()).collect::<Vec<_>>());
        for place in 0..DEVICES {
            put!(connection, devices, chunk.iter().map(each(place)).collect::<Vec<_>>());
        }
        let known = |person: &Person| (0..DEVICES).map(|place| person.account_device(place)).collect::<Vec<_>>();
        put!(connection, account_devices, chunk.iter().flat_map(known).collect::<Vec<_>>());
        put!(connection, opt_ins, chunk.iter().filter_map(|person| person.opt_in()).collect::<Vec<_>>());
    }
    eprintln!("  accounts");
    Ok(())
}

/// Of what everybody has several. In a heap those of one person lie apart, since they came at different times: on PostgreSQL they
/// are written so, one of everybody's after the other. In SQLite's trees they lie together whenever they came.
fn often(connection: &mut Connection, people: &People) -> Outcome<()> {
    let rounds: Vec<Vec<u32>> = match connection {
        Connection::Sqlite(_) => vec![(0..HELD).collect()],
        Connection::Postgres(_) => (0..HELD).map(|place| vec![place]).collect(),
    };
    for places in rounds {
        for chunk in people.chunks(CHUNK) {
            let rows = |most: fn(Person) -> u32| {
                let places = &places;
                let of = move |person: &Person| {
                    let person = *person;
                    places.iter().filter(move |place| **place < most(person)).map(move |place| (person, *place))
                };
                chunk.iter().flat_map(of).collect::<Vec<_>>()
            };
            let sessions = rows(Person::sessions).into_iter().map(|(person, place)| person.session(place));
            put!(connection, sessions, sessions.collect::<Vec<_>>());
            let grants = rows(Person::grants).into_iter().map(|(person, place)| person.grant(place));
            put!(connection, grants, grants.collect::<Vec<_>>());
            let events = rows(|_| EVENTS).into_iter().map(|(person, place)| person.event(place));
            put!(connection, account_events, events.collect::<Vec<_>>());
            let other = |(person, place): &(Person, u32)| {
                *place == 0 || person.consent(0).client_id != person.consent(*place).client_id
            };
            let consents = rows(|_| 2).into_iter().filter(other).map(|(person, place)| person.consent(place));
            put!(connection, consents, consents.collect::<Vec<_>>());
        }
        eprintln!("  grants and sign-ins, {} of {HELD}", places.last().map_or(0, |last| last + 1));
    }
    Ok(())
}

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    number: i64,
}

/// Says what is in the store, and how large it is.
pub fn describe(connection: &mut Connection) -> Outcome<()> {
    let mut said = Vec::new();
    for table in ["accounts", "sessions", "grants", "account_events"] {
        let number = number(connection, &format!("SELECT count(*) AS number FROM {table}"))?;
        said.push(format!("{number} {}", table.replace('_', " ")));
    }
    let size = match connection {
        Connection::Sqlite(_) => "SELECT page_count * page_size AS number FROM pragma_page_count(), pragma_page_size()",
        Connection::Postgres(_) => "SELECT pg_database_size(current_database()) AS number",
    };
    let mebibytes = number(connection, size)? / (1024 * 1024);
    println!("In the store: {}; {mebibytes} MiB", said.join(", "));
    Ok(())
}

fn number(connection: &mut Connection, query: &str) -> QueryResult<i64> {
    Ok(diesel::sql_query(query).get_result::<Number>(connection)?.number)
}
