//! No query goes through a table that grows. Every test of the suite is held to it when its server stops; here it is seen that a
//! query which does is found, and that a walk over most of what there is has been looked at.

use std::collections::BTreeSet;
use std::time::Duration;

use keyhouse::store::expiry;

use super::tables::columns;
use crate::both;
use crate::harness::database::Database;
use crate::harness::flows::{self, Request};
use crate::harness::plans::{self, BOUNDED, Kind, WALKED, WALKED_BY_CLIENT};
use crate::harness::scene::Scene;
use crate::harness::{Site, browser::Browser};

/// Statements that go through a table, each in its own way.
const SCANS: [&str; 6] = [
    "SELECT count(*) FROM accounts",
    "SELECT id FROM accounts WHERE name = 'Mina'",
    "DELETE FROM sessions WHERE user_agent_like IS NULL",
    "SELECT account_id FROM sessions WHERE expires_at > $1",
    "UPDATE addresses SET is_main = FALSE WHERE verified_at < $1",
    "SELECT a.id FROM accounts a JOIN profiles p ON p.nickname = a.name WHERE a.id = $1",
];

/// Statements that do not.
const FINE: [&str; 7] = [
    "SELECT name FROM accounts WHERE id = $1",
    "SELECT account_id FROM sessions WHERE browser_digest = $1 AND expires_at > $2",
    "DELETE FROM sessions WHERE (account_id, id) IN (SELECT account_id, id FROM sessions WHERE expires_at < $1 LIMIT $2)",
    "SELECT id FROM outbox WHERE kind = $1 AND due_at <= $2 ORDER BY due_at LIMIT $3",
    "SELECT account_id FROM opt_ins WHERE topic = $1 AND channel = $2 AND account_id > $3 AND ended_at IS NULL ORDER BY account_id LIMIT $4",
    "SELECT client_id FROM clients ORDER BY name",
    "INSERT INTO throttles (bucket, used, expires_at) VALUES ($1, 1, $2) ON CONFLICT (bucket) DO NOTHING",
];

fn kinds() -> Vec<Kind> {
    let postgres = std::env::var("KEYHOUSE_TEST_POSTGRES").ok().map(|_| Kind::Postgres);
    std::iter::once(Kind::Sqlite).chain(postgres).collect()
}

#[test]
fn a_query_that_goes_through_a_table_is_found() {
    for kind in kinds() {
        for statement in SCANS {
            let statement = statement.replace("user_agent_like IS NULL", "amr = 'pwd'");
            assert_ne!(plans::explain(kind, &statement), Vec::<String>::new(), "{kind:?} {statement}");
        }
        for statement in FINE {
            assert_eq!(plans::explain(kind, statement), Vec::<String>::new(), "{kind:?}");
        }
    }
}

#[tokio::test]
async fn a_server_under_test_is_recorded_and_judged() {
    let site = Site::start(Database::sqlite()).await;
    let scan = "SELECT id FROM accounts WHERE language = 'xx'";
    assert!(!plans::recorded(Kind::Sqlite).iter().any(|own| own.contains("'xx'")));
    let asked = format!("{}{scan}", plans::OWN);
    site.app.store.write(move |c| super::tables::execute(c, &asked)).await.unwrap();
    assert!(
        !plans::recorded(Kind::Sqlite).iter().any(|own| own.contains("'xx'")),
        "a test's own statement is not the server's"
    );
    assert!(plans::recorded(Kind::Sqlite).iter().any(|own| own.contains("signing_keys")));
}

/// The tables that statements of a database name.
fn named(kind: Kind, tables: &BTreeSet<String>) -> BTreeSet<String> {
    let all = plans::recorded(kind).join("\n");
    let is_named = |table: &&String| {
        [format!("\"{table}\""), format!(" {table} "), format!("`{table}`")].iter().any(|text| all.contains(text))
    };
    tables.iter().filter(is_named).cloned().collect()
}

both! {
    async fn a_walk_over_most_of_it_goes_through_no_table(database) {
        let kind = if database.is_sqlite() { Kind::Sqlite } else { Kind::Postgres };
        let mut scene = Scene::start(database).await;
        let tokens = scene.tokens().await;
        scene.refresh(&tokens.refresh).await;
        flows::userinfo(&scene.site, &tokens.access).await;
        for path in ["", "/personal", "/picture", "/security", "/devices", "/apps", "/news", "/settings"] {
            scene.browser.get(&format!("/account{path}")).await;
        }
        let opaque = scene.site.client(|client| client.access_token_format = keyhouse::store::clients::AccessTokenFormat::Opaque).await;
        let request = Request::new(&opaque, "openid");
        let code = flows::code(&mut scene.browser, &request).await;
        let held = flows::redeem(&scene.site, &opaque, &code, &request.verifier).await.json();
        let token = held["access_token"].as_str().unwrap().to_owned();
        for path in ["/oauth/introspect", "/oauth/revoke"] {
            flows::as_client(&scene.site, path, &opaque, &[("token", &token)]).await;
        }
        let mut stranger = Browser::new(&scene.site);
        let page = flows::code_page(&mut stranger, "+436605550000").await;
        flows::enter(&mut stranger, &page, "000000").await;
        flows::sign_in(&mut Browser::new(&scene.site), "mina@lantern.example").await;
        scene.site.notices_to("mina@lantern.example").await;
        let page = scene.browser.get("/account/devices").await;
        scene.browser.submit(&page, "/account/devices/end-others", &[]).await;
        scene.site.advance(Duration::from_secs(86_400));
        expiry::sweep(&scene.site.app.store, scene.site.now()).await.unwrap();
        let tables: BTreeSet<String> = columns(&scene.site.app.store).await.into_iter().map(|own| own.table_name).collect();
        for (table, reason) in BOUNDED.into_iter().chain(WALKED).chain(WALKED_BY_CLIENT) {
            assert!(tables.contains(table) && !reason.is_empty(), "{table} is no table");
        }
        // Nothing is judged that was not looked at.
        let looked_at = named(kind, &tables);
        assert!(looked_at.len() + 3 >= tables.len(), "{:?}", tables.difference(&looked_at).collect::<Vec<_>>());
        assert!(plans::recorded(kind).len() > 100, "{}", plans::recorded(kind).len());
        assert_eq!(plans::faults(), Vec::<String>::new());
    }
}
