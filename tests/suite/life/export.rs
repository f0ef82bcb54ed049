//! Taking one's data along: one copy at a time, made in the background, whole, held to its schema, without secrets, handed to
//! nobody else, and gone after its days.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read as _;
use std::time::Duration;

use keyhouse::export::{self, FILES};
use keyhouse::security::random;
use keyhouse::store::accounts::{self, AccountState};
use keyhouse::store::events::EventKind;
use keyhouse::store::{expiry, exports, passwords};
use reqwest::StatusCode;
use serde_json::Value;

use super::whole::{ELSEWHERE, IN_PASSKEY};
use super::{kinds, prove_again, whole_life};
use crate::both;
use crate::harness::browser::{Answer, Browser};
use crate::harness::{Site, eventually, flows};
use crate::store::tables::{columns, count};

const PAGE: &str = "/account/data";
const COPY: &str = "/account/data/copy";
const EMAIL: &str = "mina@lantern.example";
const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(86_400);

async fn ask(browser: &mut Browser) -> Answer {
    let page = browser.get(PAGE).await;
    let (_, fields) = page.form(PAGE).unwrap();
    let csrf = fields.into_iter().find(|(name, _)| name == "csrf").unwrap().1;
    // The first such form may be the one that downloads.
    browser.post(PAGE, &[("csrf", &csrf)]).await
}

/// Asks for a copy and has it made.
async fn made(site: &Site, browser: &mut Browser) -> Answer {
    assert_eq!(ask(browser).await.location().as_deref(), Some("/account/data?note=asked"));
    // The server's own task may be first.
    eventually("a copy", async || {
        export::make_waiting(&site.app).await.unwrap();
        browser.get(PAGE).await.form(COPY).is_some()
    })
    .await;
    browser.get(PAGE).await
}

/// The files of an archive.
fn unpacked(file: Vec<u8>) -> BTreeMap<String, Vec<u8>> {
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(file)).unwrap();
    let mut files = BTreeMap::new();
    for place in 0..archive.len() {
        let mut entry = archive.by_index(place).unwrap();
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).unwrap();
        let name = entry.name().unwrap().into_owned();
        assert!(files.insert(name.clone(), bytes).is_none(), "{name} comes twice");
    }
    files
}

fn json(files: &BTreeMap<String, Vec<u8>>, name: &str) -> Value {
    serde_json::from_slice(files.get(name).unwrap_or_else(|| panic!("no {name}"))).unwrap()
}

/// Holds a file against the schema that lies beside it.
fn assert_meets_schema(files: &BTreeMap<String, Vec<u8>>, name: &str) {
    let said = json(files, &format!("{name}.json"));
    let place = said["$schema"].as_str().unwrap().to_owned();
    assert_eq!(place, format!("schema/{name}.schema.json"));
    let (mut schemas, mut compiler) = (boon::Schemas::new(), boon::Compiler::new());
    compiler.enable_format_assertions();
    compiler.add_resource(&place, json(files, &place)).unwrap();
    let schema = compiler.compile(&place, &mut schemas).unwrap();
    schemas.validate(&said, schema).unwrap_or_else(|error| panic!("{name}: {error:#}"));
    // A schema that takes anything would hold nothing.
    let mut wrong = said;
    wrong["surprise"] = Value::Bool(true);
    assert!(schemas.validate(&wrong, schema).is_err(), "{name} takes any member");
}

both! {
    async fn a_copy_has_everything_and_meets_its_schemas(database) {
        let (site, life) = whole_life(database, &[]).await;
        let mut browser = life.browser;
        let page = made(&site, &mut browser).await;
        let (answer, file) = browser.download(&page, COPY).await;
        assert_eq!(answer.status, StatusCode::OK);
        assert_eq!(answer.header("Content-Type"), "application/zip");
        assert_eq!(answer.header("Content-Disposition"), "attachment; filename=\"account-data.zip\"");
        assert_eq!(answer.header("Cache-Control"), "no-store");
        assert_eq!(answer.header("X-Content-Type-Options"), "nosniff");
        let files = unpacked(file);
        for own in FILES {
            assert_meets_schema(&files, own.name);
        }
        let named: BTreeSet<String> = FILES
            .iter()
            .flat_map(|own| [format!("{}.json", own.name), format!("schema/{}.schema.json", own.name)])
            .chain(["picture.jpg".to_owned()])
            .collect();
        assert_eq!(files.keys().cloned().collect::<BTreeSet<_>>(), named);

        let account = json(&files, "account.json");
        assert_eq!(account["account_id"], life.account.account_number);
        assert_eq!(account["name"], "Mina Farouk");
        assert_eq!(account["picture"], "picture.jpg");
        assert!(files["picture.jpg"].starts_with(b"\xff\xd8\xff"), "a JPEG");
        assert_eq!(json(&files, "profile.json")["nickname"], "Minotaur");
        assert_eq!(json(&files, "profile.json")["address"]["locality"], "Wien");
        let addresses = json(&files, "addresses.json");
        let values: Vec<_> = addresses["addresses"].as_array().unwrap().iter().map(|own| own["value"].clone()).collect();
        assert!(values.contains(&EMAIL.into()) && values.contains(&"+436605554417".into()));
        assert_eq!(json(&files, "settings.json")["time_zone"], "Europe/Vienna");
        let devices = json(&files, "devices.json")["devices"].as_array().unwrap().clone();
        assert_eq!(devices[0]["number"], 1);
        assert!(devices.iter().all(|own| own["user_agent"].is_string()), "signed in there or not: {devices:?}");
        assert!(!json(&files, "sign_ins.json")["sign_ins"].as_array().unwrap().is_empty());
        let apps = json(&files, "apps.json");
        let of = |client_id: &str| apps["apps"].as_array().unwrap().iter().find(|own| own["client_id"] == client_id).unwrap().clone();
        assert_eq!(of(life.plain.id())["subject"], life.account.sub);
        assert_eq!(of(life.pairwise.id())["subject"].as_str().unwrap().len(), 43);
        assert!(!of(life.plain.id())["access"].as_array().unwrap().is_empty());
        assert!(!of(life.asked.id())["allowed"].as_array().unwrap().is_empty(), "what was allowed");
        let passkeys = json(&files, "passkeys.json");
        assert_eq!(passkeys["passkeys"][0]["name"], "Mina’s own key");
        assert_eq!(passkeys["passkeys"][0]["authenticator"], "Google Password Manager");
        assert_eq!(passkeys["passkeys"][0]["aaguid"], "ea9b8d66-4d01-1d21-3ce4-b6b48cb575d4");
        let elsewhere = json(&files, "connected.json");
        assert_eq!(elsewhere["connected"][0]["subject"], ELSEWHERE);
        let activity = json(&files, "activity.json");
        let what: Vec<_> = activity["events"].as_array().unwrap().iter().map(|event| event["what"].as_str().unwrap()).collect();
        assert!(what.contains(&"export_asked") && what.contains(&"signed_in"), "{what:?}");
        assert_eq!(activity["is_complete"], true);
        assert_eq!(json(&files, "changes.json")["changes"][0]["what"], "undo");
        assert!(kinds(&site, life.account.id).await.contains(&EventKind::ExportTaken));
    }

    async fn no_secret_and_no_digest_leaves_with_it(database) {
        let (site, life) = whole_life(database, &[]).await;
        let mut browser = life.browser;
        let page = made(&site, &mut browser).await;
        let (_, file) = browser.download(&page, COPY).await;
        let id = life.account.id;
        let hash = site.app.store.read(move |c| passwords::of_account(c, id)).await.unwrap().unwrap().hash;
        let mut secrets = vec![hash, life.code, life.tokens.access.clone(), life.tokens.refresh.clone(), life.tokens.id.clone()];
        secrets.extend(life.tokens.access.split('.').map(str::to_owned));
        for name in ["keyhouse_session", "keyhouse_device", "keyhouse_form"] {
            secrets.push(browser.cookies[name].clone());
        }
        secrets.push(life.plain.secret.clone());
        secrets.push(id.to_string());
        secrets.push(IN_PASSKEY.to_owned());
        let encodings = |text: &String| {
            let digest = random::sha256(text);
            let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
            [text.clone(), random::encode(&digest), hex]
        };
        let hidden: Vec<String> = secrets.iter().flat_map(encodings).collect();
        for (name, bytes) in unpacked(file) {
            let text = String::from_utf8_lossy(&bytes);
            for secret in &hidden {
                assert!(!text.contains(secret.as_str()), "{name} holds {secret}");
            }
            if name.ends_with(".json") && !name.starts_with("schema/") {
                for word in ["digest", "hash", "secret", "token", "nonce", "jkt", "argon2"] {
                    assert!(!text.contains(word), "{name} says {word}");
                }
            }
        }
    }

    async fn every_table_of_a_person_is_in_it_or_has_its_reason(database) {
        let site = Site::start(database).await;
        let left_out = [
            // Digests of secrets that end within the day; the grants they belong to are in apps.json.
            "access_tokens", "authorization_codes",
            // A device on its way to being allowed, for ten minutes.
            "device_requests",
            // What is being typed to sign in.
            "sign_in_attempts",
            // A question to an authenticator, for five minutes.
            "passkey_challenges",
            // Somebody at another provider, or just back, for half an hour.
            "upstream_requests", "upstream_proofs",
            // A browser on its way to being approved, for two minutes; what came of it is in activity.json.
            "approvals",
            // The copy itself.
            "exports",
            // What is on its way, and whom the operator's audit is about: their own history says what was done.
            "announcement_recipients", "operator_audit",
        ];
        let told = [
            ("account_apps", "apps"), ("account_changes", "changes"), ("account_devices", "devices"), ("account_events", "activity"),
            ("addresses", "addresses"), ("consents", "apps"), ("grants", "apps"), ("passkeys", "passkeys"), ("passwords", "account"), ("pictures", "account"),
            ("profiles", "profile"), ("totps", "account"), ("recovery_codes", "account"), ("sessions", "sign_ins"), ("opt_ins", "news"), ("news_seen", "news"), ("notice_choices", "settings"),
            ("upstream_links", "connected"),
        ];
        let all = columns(&site.app.store).await;
        let owned: BTreeSet<String> =
            all.into_iter().filter(|column| column.name == "account_id").map(|column| column.table_name).collect();
        let known = left_out.into_iter().chain(told.iter().map(|(table, _)| *table)).map(str::to_owned).collect();
        assert_eq!(owned, known);
        assert!(told.iter().all(|(_, file)| FILES.iter().any(|own| own.name == *file)));
    }

    async fn it_is_told_on_every_address_and_gone_after_its_days(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let mut browser = flows::minas_browser(&site).await;
        made(&site, &mut browser).await;
        for address in [EMAIL, "+436605554417"] {
            eventually("the announcement", async || !site.notices_to(address).await.is_empty()).await;
            let told = site.notices_to(address).await;
            assert_eq!(told.len(), 1, "{address}");
            assert!(told[0].text.contains("/account/data"), "{}", told[0].text);
        }
        site.advance(7 * DAY - MINUTE);
        prove_again(&mut browser).await;
        let page = browser.get(PAGE).await;
        let (answer, file) = browser.download(&page, COPY).await;
        assert_eq!((answer.status, file.is_empty()), (StatusCode::OK, false));
        site.advance(MINUTE);
        let (answer, _) = browser.download(&page, COPY).await;
        assert_eq!(answer.location().as_deref(), Some("/account/data?note=gone"));
        assert!(browser.get(PAGE).await.form(COPY).is_none());
        expiry::sweep(&site.app.store, site.now().plus(2 * MINUTE)).await.unwrap();
        assert_eq!(count(&site.app.store, "exports").await, 0);
    }

    async fn one_at_a_time_and_one_an_hour(database) {
        let site = Site::start(database).await;
        let mina = flows::mina(&site).await;
        let mut browser = flows::minas_browser(&site).await;
        let page = browser.get(PAGE).await;
        made(&site, &mut browser).await;
        let (id, now) = (mina.id, site.now());
        let first = site.app.store.read(move |c| exports::of_account(c, id, now)).await.unwrap().unwrap();
        // The page shows no button; a form kept from before does nothing.
        assert!(browser.get(PAGE).await.form(PAGE).filter(|(to, _)| to == PAGE).is_none());
        for wait in [Duration::ZERO, 59 * MINUTE] {
            site.advance(wait);
            prove_again(&mut browser).await;
            let again = browser.submit(&page, PAGE, &[]).await;
            assert_eq!(again.location().as_deref(), Some("/account/data?note=soon"));
        }
        let now = site.now();
        let same = site.app.store.read(move |c| exports::of_account(c, id, now)).await.unwrap();
        assert_eq!(same, Some(first.clone()));
        site.advance(MINUTE);
        made(&site, &mut browser).await;
        let now = site.now();
        let next = site.app.store.read(move |c| exports::of_account(c, id, now)).await.unwrap().unwrap();
        assert_ne!(next.id, first.id);
        assert_eq!(count(&site.app.store, "exports").await, 1);
        let asked = kinds(&site, mina.id).await.into_iter().filter(|kind| *kind == EventKind::ExportAsked).count();
        assert_eq!(asked, 2);
    }

    async fn one_of_many_nodes_makes_it_and_each_hands_it_out(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let node = site.node().await;
        let mut browser = flows::minas_browser(&site).await;
        ask(&mut browser).await;
        let rounds = futures_util::future::join_all((0..8).map(|round| {
            export::make_waiting(if round % 2 == 0 { &site.app } else { &node.app })
        }));
        let made: usize = rounds.await.into_iter().map(Result::unwrap).sum();
        assert!(made <= 1, "{made} nodes made it");
        let mut there = browser.moved_to(&node);
        eventually("a copy", async || there.get(PAGE).await.form(COPY).is_some()).await;
        let page = there.get(PAGE).await;
        let (_, file) = there.download(&page, COPY).await;
        assert_eq!(json(&unpacked(file), "account.json")["name"], "Mina Farouk");
        let told = async || site.notices_to(EMAIL).await.len() + node.notices_to(EMAIL).await.len();
        eventually("the announcement", async || told().await > 0).await;
        assert_eq!(told().await, 1);
    }

    async fn a_node_that_stops_in_between_leaves_it_to_the_next(database) {
        let site = Site::start(database).await;
        let mina = flows::mina(&site).await;
        // Claimed by a node that is gone, before the server's own task has seen it.
        let (id, now) = (mina.id, site.now());
        let claim = move |c: &mut keyhouse::store::Connection| {
            assert!(export::ask(c, id, Default::default(), now)?);
            let waiting = exports::waiting(c, now, 1)?.remove(0);
            exports::claim(c, &waiting, now.plus(5 * MINUTE))
        };
        assert!(site.app.store.write(claim).await.unwrap());
        assert_eq!(export::make_waiting(&site.app).await.unwrap(), 0);
        site.advance(5 * MINUTE);
        eventually("a copy", async || {
            export::make_waiting(&site.app).await.unwrap();
            let now = site.now();
            let found = site.app.store.read(move |c| exports::of_account(c, id, now)).await.unwrap();
            found.unwrap().ready_at.is_some()
        }).await;
    }

    async fn it_wants_a_fresh_proof_to_be_asked_for_and_to_be_taken(database) {
        let site = Site::start(database).await;
        let mina = flows::mina(&site).await;
        let mut browser = flows::minas_browser(&site).await;
        let asking = browser.get(PAGE).await;
        let page = made(&site, &mut browser).await;
        site.advance(11 * MINUTE);
        let again = Some("/signin/again?continue=%2Faccount%2Fdata");
        let (answer, file) = browser.download(&page, COPY).await;
        assert_eq!((answer.location().as_deref(), file.len()), (again, 0));
        assert_eq!(browser.submit(&asking, PAGE, &[]).await.location().as_deref(), again);
        let taken = kinds(&site, mina.id).await.contains(&EventKind::ExportTaken);
        assert!(!taken);
    }

    async fn nobody_gets_another_persons(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        flows::jonas(&site).await;
        let mut minas = flows::minas_browser(&site).await;
        made(&site, &mut minas).await;
        let mut jonas = Browser::new(&site);
        flows::sign_in(&mut jonas, "jonas@lantern.example").await;
        let own = jonas.get(PAGE).await;
        assert!(own.form(COPY).is_none());
        // No address and no field names a copy: whatever is sent, it is the signed-in person's own, and there is none.
        let (_, fields) = own.form(PAGE).unwrap();
        let csrf = fields.iter().find(|(name, _)| name == "csrf").unwrap().1.clone();
        let answer = jonas.post(COPY, &[("csrf", &csrf), ("account_id", "1"), ("id", "1")]).await;
        assert_eq!(answer.location().as_deref(), Some("/account/data?note=gone"));
        let mut stranger = Browser::new(&site);
        assert!(stranger.get(PAGE).await.location().unwrap().starts_with("/signin"));
        assert_eq!(stranger.post(COPY, &[]).await.status, StatusCode::FORBIDDEN);
        // A form of another site, with mina's cookies.
        assert_eq!(minas.post(COPY, &[]).await.status, StatusCode::FORBIDDEN);
    }

    async fn nothing_is_made_for_an_account_that_is_not_in_use(database) {
        let site = Site::start(database).await;
        let mina = flows::mina(&site).await;
        let (id, now) = (mina.id, site.now());
        for state in [AccountState::Locked, AccountState::Closing] {
            let change = move |c: &mut keyhouse::store::Connection| {
                accounts::set_state(c, id, state, None)?;
                export::ask(c, id, Default::default(), now)
            };
            assert!(site.app.store.write(change).await.unwrap());
            eventually("an end", async || {
                assert_eq!(export::make_waiting(&site.app).await.unwrap(), 0);
                count(&site.app.store, "exports").await == 0
            }).await;
        }
        assert!(site.notices_to(EMAIL).await.is_empty());
    }
}
