//! What is left of a person: nothing, in any column of any table, and on SQLite in no byte of its files. This walks the tables
//! that the database really has, so that a new one is walked too.

use std::collections::BTreeSet;
use std::time::Duration;

use diesel::prelude::*;
use diesel::sql_types::{Nullable, Text};
use keyhouse::change::deletion::{self, ACCOUNT_PURGED, FAREWELL};
use keyhouse::credentials::guessing;
use keyhouse::notice::farewell;
use keyhouse::security::derived_keys::DerivedKeys;
use keyhouse::session::BACKCHANNEL_LOGOUT;
use keyhouse::store::account_devices;
use keyhouse::store::attempts::IdentifierKind;
use keyhouse::store::changes;
use keyhouse::store::erasure::{NOBODY, OWNED, SOUGHT};
use keyhouse::store::events::EventKind;
use keyhouse::store::notices::NOTICE;
use keyhouse::store::retired_identifiers;
use keyhouse::store::{Connection, grants, sessions};
use reqwest::StatusCode;

use super::{AT_ONCE, EMAIL, PHONE, account, delete};
use crate::both;
use crate::harness::browser::Browser;
use crate::harness::database::Database;
use crate::harness::plans::OWN;
use crate::harness::receiver::Receiver;
use crate::harness::{Site, eventually, flows};
use crate::life::kinds;
use crate::life::whole::{ELSEWHERE, IN_PASSKEY, IN_PICTURE, Life, OLD_PHONE, told_at, whole_life};
use crate::store::tables::{Column, columns, count};

/// What another browser of hers, and of nobody else, calls itself.
const ONLY_HERS: &str = "Mozilla/5.0 (X11; OnlyHers) Firefox/140.0";
const MINUTE: Duration = Duration::from_secs(60);

/// One thing that must not be found.
struct Needle {
    what: &'static str,
    /// As bytes in any text or blob.
    bytes: Vec<u8>,
    /// As a whole number, where it is one.
    number: Option<i64>,
}

impl Needle {
    fn text(what: &'static str, text: impl Into<String>) -> Self {
        Self { what, bytes: text.into().into_bytes(), number: None }
    }

    fn number(what: &'static str, number: i64) -> Self {
        Self { what, bytes: number.to_string().into_bytes(), number: Some(number) }
    }

    fn hex(&self) -> String {
        self.bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Whether a file has it: as SQLite keeps text and large numbers.
    fn is_in(&self, file: &[u8]) -> bool {
        let is_there = |bytes: &[u8]| file.windows(bytes.len()).any(|window| window == bytes);
        is_there(&self.bytes) || self.number.is_some_and(|number| is_there(&number.to_be_bytes()))
    }
}

#[derive(QueryableByName)]
struct Cell {
    #[diesel(sql_type = Nullable<Text>)]
    value: Option<String>,
}

/// The different values of a column: numbers as they are, everything else in hex.
async fn cells(site: &Site, column: &Column) -> Vec<String> {
    let (table, name) = (column.table_name.clone(), column.name.clone());
    let kind = column.kind.clone();
    let read = site.app.store.scan(move |connection| {
        let value = match (kind.as_str(), matches!(connection, Connection::Sqlite(_))) {
            ("Text" | "Binary", true) => format!("lower(hex({name}))"),
            ("Text", false) => format!("encode(convert_to({name}, 'UTF8'), 'hex')"),
            ("Binary", false) => format!("encode({name}, 'hex')"),
            _ => format!("CAST({name} AS TEXT)"),
        };
        Ok(diesel::sql_query(format!("{OWN}SELECT DISTINCT {value} AS value FROM {table}")).load::<Cell>(connection)?)
    });
    read.await.unwrap().into_iter().filter_map(|cell| cell.value).collect()
}

/// Where needles are found: table, column and what it is.
async fn found(site: &Site, needles: &[Needle]) -> BTreeSet<(String, String, &'static str)> {
    let mut found = BTreeSet::new();
    for column in columns(&site.app.store).await {
        let is_number = !["Text", "Binary"].contains(&column.kind.as_str());
        for cell in cells(site, &column).await {
            for needle in needles {
                let is_there = match (is_number, needle.number) {
                    (true, Some(number)) => cell == number.to_string(),
                    (true, None) => false,
                    (false, _) => cell.contains(&needle.hex()),
                };
                if is_there {
                    found.insert((column.table_name.clone(), column.name.clone(), needle.what));
                }
            }
        }
    }
    found
}

/// Everything by which mina could be found again.
async fn needles(site: &Site, life: &Life, pairwise: String) -> Vec<Needle> {
    let own = &life.account;
    let bucket = |kind, name: &str| Needle::text("a digest of a name", guessing::bucket(kind, name));
    let mut needles = vec![
        Needle::number("the internal key", own.id),
        Needle::text("the account ID", &own.account_number),
        Needle::text("the subject", &own.sub),
        Needle::text("a pairwise subject", pairwise),
        Needle::text("the name", "Mina Farouk"),
        Needle::text("the mail address", EMAIL),
        Needle::text("the phone number", PHONE),
        Needle::text("the old phone number", OLD_PHONE),
        Needle::text("the profile", "Minotaur"),
        Needle::text("the picture", IN_PICTURE),
        Needle::text("the passkey", IN_PASSKEY),
        Needle::text("the passkey's name", "Mina’s own key"),
        Needle::text("who she is elsewhere", ELSEWHERE),
        Needle::text("her other browser", "OnlyHers"),
        bucket(IdentifierKind::Email, EMAIL),
        bucket(IdentifierKind::AccountNumber, &own.account_number),
    ];
    let (id, now) = (own.id, site.now());
    let rows = site.app.store.read(move |connection| {
        Ok((
            sessions::ids_of_account(connection, id)?,
            grants::of_account(connection, id, now)?.into_iter().map(|grant| grant.id).collect::<Vec<_>>(),
            changes::of_account(connection, id, now)?.into_iter().map(|change| change.id).collect::<Vec<_>>(),
        ))
    });
    let (sessions, grants, changes) = rows.await.unwrap();
    needles.extend(sessions.into_iter().map(|id| Needle::number("a sign-in", id)));
    needles.extend(grants.into_iter().map(|id| Needle::number("a grant", id)));
    needles.extend(changes.into_iter().map(|id| Needle::number("a change", id)));
    needles
}

/// A whole life, with two apps that are told of its end.
struct End {
    site: Site,
    life: Life,
    needles: Vec<Needle>,
    told: [Receiver; 2],
}

async fn end(database: Database) -> End {
    let (site, mut life) = whole_life(database, &[AT_ONCE]).await;
    let told = [Receiver::start(), Receiver::start()];
    for (receiver, client) in told.iter().zip([&life.plain, &life.pairwise]) {
        receiver.answer(202);
        let (id, mut row) = (client.id().to_owned(), client.client.clone());
        told_at(&receiver.url)(&mut row);
        let metadata = row.metadata.clone();
        let write = move |c: &mut Connection| keyhouse::store::clients::set_metadata(c, &id, &metadata);
        site.app.store.write(write).await.unwrap();
    }
    let mut elsewhere = Browser::new(&site);
    elsewhere.headers = vec![("User-Agent".to_owned(), ONLY_HERS.to_owned())];
    flows::sign_in(&mut elsewhere, EMAIL).await;
    let page = life.browser.get("/account/data").await;
    life.browser.submit(&page, "/account/data", &[]).await;
    let pairwise = site.app.derived.pairwise_subject("one.example", &life.account.sub);
    let needles = needles(&site, &life, pairwise).await;
    // The change that could still be undone has ended, or the account could still be brought back.
    site.advance(MINUTE);
    End { site, life, needles, told }
}

/// Sends what is queued, the last message too.
async fn settle(site: &Site) {
    eventually("an empty queue", async || {
        site.app.outbox_bell.notify_one();
        farewell::send_due(&site.app).await.unwrap();
        site.advance(Duration::from_secs(5));
        count(&site.app.store, "outbox").await == 0
    })
    .await;
}

both! {
    async fn every_table_is_accounted_for(database) {
        let site = Site::start(database).await;
        let all = columns(&site.app.store).await;
        let tables: BTreeSet<&str> = all.iter().map(|column| column.table_name.as_str()).collect();
        let known: BTreeSet<&str> = OWNED.iter().chain(SOUGHT).chain(NOBODY).copied().collect();
        assert_eq!(tables, known, "a table of people belongs into store/erasure.rs");
        let owned: BTreeSet<&str> =
            all.iter().filter(|column| column.name == "account_id").map(|column| column.table_name.as_str()).collect();
        // The operators' audit stays, without its account.
        let gone = OWNED.iter().copied().chain(["operator_audit"]).collect();
        assert_eq!(owned, gone, "rows that name an account go with it");
    }

    async fn nothing_of_the_person_is_left(database) {
        let folder = database.folder().cloned();
        let End { site, mut life, needles, told: _told } = end(database).await;
        let before = found(&site, &needles).await;
        for needle in &needles {
            assert!(before.iter().any(|(_, _, what)| *what == needle.what), "{} was never there", needle.what);
        }
        let walked: BTreeSet<&str> = before.iter().map(|(table, ..)| table.as_str()).collect();
        // What is in the queue was sent, or not yet.
        let mut outside = OWNED.iter().chain(SOUGHT).filter(|table| !walked.contains(*table) && **table != "outbox");
        assert_eq!(outside.next(), None, "every table that can hold something of her did");
        if let Some(folder) = &folder {
            let held = needles.iter().filter(|needle| in_files(folder, std::slice::from_ref(needle)).is_empty());
            let missing: Vec<_> = held.map(|needle| needle.what).collect();
            assert!(missing.is_empty(), "{missing:?} would not be seen in a file");
        }
        let jonas_before = count_of(&site, life.jonas.id).await;
        delete(&mut life.browser, &life.account).await.assert_page(StatusCode::OK);

        // What is on its way to the apps, and one address, is in the queue, and nowhere else.
        let mut after = found(&site, &needles).await;
        after.retain(|(table, ..)| table != "outbox");
        assert!(after.is_empty(), "{after:#?}");
        let mut queued = queued_kinds(&site).await;
        queued.retain(|kind| ![BACKCHANNEL_LOGOUT, ACCOUNT_PURGED, FAREWELL].contains(&kind.as_str()));
        assert!(queued.is_empty() || queued == [NOTICE], "Jonas is told that his number stays: {queued:?}");
        settle(&site).await;
        let after = found(&site, &needles).await;
        assert!(after.is_empty(), "{after:#?}");
        assert_eq!(count_of(&site, life.jonas.id).await, jonas_before, "nothing of anybody else is gone");
        if let Some(folder) = folder {
            eventually("files without her", async || {
                site.app.store.scrub().await.unwrap();
                in_files(&folder, &needles).is_empty()
            }).await;
        }
    }

    async fn her_number_and_subject_are_marked_and_never_given_again(database) {
        let End { site, mut life, told: _told, .. } = end(database).await;
        let derived = site.app.derived.clone();
        let marks = [("account number", life.account.account_number.clone()), ("subject", life.account.sub.clone())];
        let is_retired = async |derived: std::sync::Arc<DerivedKeys>| {
            let mut retired = Vec::new();
            for (kind, identifier) in &marks {
                let mark = derived.retired_mark(kind, identifier);
                retired.push(site.app.store.read(move |c| retired_identifiers::is_retired(c, &mark)).await.unwrap());
            }
            retired
        };
        assert_eq!(is_retired(derived.clone()).await, [false, false]);
        delete(&mut life.browser, &life.account).await.assert_page(StatusCode::OK);
        assert_eq!(is_retired(derived).await, [true, true]);
        assert_eq!(count(&site.app.store, "retired_identifiers").await, 2);
        // What a restored or replayed row would bring back: her old tokens stay dead for whoever has her address now.
        settle(&site).await;
        let again = flows::mina(&site).await;
        assert!(again.sub != life.account.sub && again.account_number != life.account.account_number);
        flows::refresh(&site, &life.plain, &life.tokens.refresh).await.refused(400, "invalid_grant");
        assert_eq!(flows::userinfo(&site, &life.tokens.access).await.status, StatusCode::UNAUTHORIZED);
        assert!(!flows::is_signed_in(&mut life.browser).await || life.browser.get("/account").await.body.contains("Jonas"));
    }

    async fn a_number_that_was_to_move_to_her_stays_and_its_owner_is_told(database) {
        let End { site, mut life, told: _told, .. } = end(database).await;
        let (jonas, now) = (life.jonas.id, site.now());
        let waiting = async || site.app.store.read(move |c| changes::of_account(c, jonas, now)).await.unwrap();
        assert_eq!(waiting().await.len(), 1);
        delete(&mut life.browser, &life.account).await.assert_page(StatusCode::OK);
        assert!(waiting().await.is_empty());
        assert!(kinds(&site, jonas).await.contains(&EventKind::ChangeCancelled));
        assert!(!site.notices_to("jonas@lantern.example").await.is_empty());
    }

    async fn what_was_on_its_way_to_the_store_is_swept_once_more(database) {
        let End { site, mut life, needles, told: _told } = end(database).await;
        delete(&mut life.browser, &life.account).await.assert_page(StatusCode::OK);
        let (id, now) = (life.account.id, site.now());
        // A write of another node that had begun before, and is committed now.
        let late = move |connection: &mut Connection| {
            keyhouse::store::events::note(connection, id, keyhouse::store::events::EventKind::Refused, Default::default(), now)
        };
        site.app.store.write(late).await.unwrap();
        settle(&site).await;
        let after = found(&site, &needles).await;
        assert!(after.is_empty(), "{after:#?}");
    }

    async fn an_operator_erases_at_once_whatever_the_state(database) {
        let End { site, life, needles, told: _told } = end(database).await;
        let id = life.account.id;
        let lock = move |c: &mut Connection| {
            keyhouse::store::accounts::set_state(c, id, keyhouse::store::accounts::AccountState::Locked, None)
        };
        site.app.store.write(lock).await.unwrap();
        let erase = || deletion::erase_now(&site.app.store, site.app.derived.clone(), id, site.now(), |_, _| Ok(()));
        let erased = erase().await.unwrap().unwrap();
        assert_eq!((erased.asked, erased.untold), (2, 2));
        assert_eq!(erase().await.unwrap(), None, "gone is gone");
        assert!(account(&site, id).await.is_none());
        settle(&site).await;
        assert!(found(&site, &needles).await.is_empty());
    }
}

/// How many rows name an account.
async fn count_of(site: &Site, account_id: i64) -> usize {
    let mut all = 0;
    for table in OWNED.iter().filter(|table| **table != "account_changes") {
        let column = Column {
            table_name: (*table).to_owned(),
            name: "account_id".to_owned(),
            kind: "BigInt".to_owned(),
            nullable: false,
            key: 0,
        };
        all += cells(site, &column).await.iter().filter(|cell| **cell == account_id.to_string()).count();
    }
    let devices = site.app.store.read(move |c| account_devices::of_account(c, account_id)).await.unwrap();
    all + devices.len()
}

async fn queued_kinds(site: &Site) -> Vec<String> {
    let column = Column {
        table_name: "outbox".to_owned(),
        name: "kind".to_owned(),
        kind: "Bool".to_owned(),
        nullable: false,
        key: 0,
    };
    cells(site, &column).await
}

/// What SQLite's files still hold.
fn in_files(folder: &std::path::Path, needles: &[Needle]) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        // The index of the log has no rows in it.
        if path.to_str().unwrap().ends_with("-shm") {
            continue;
        }
        let file = std::fs::read(&path).unwrap();
        let held = needles.iter().filter(|needle| needle.is_in(&file));
        found.extend(held.map(|needle| format!("{} holds {}", path.display(), needle.what)));
    }
    found
}
