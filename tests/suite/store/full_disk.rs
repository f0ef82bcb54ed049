//! A full disk, played by the greatest number of pages that SQLite may use: what must write says 503, what reads goes on,
//! and with room again everything heals by itself.

use keyhouse::store::{Store, StoreError, server_facts};

use super::tables::execute;
use crate::harness::database::Database;
use crate::harness::scene::{Scene, Tokens};
use crate::harness::{RegisteredClient, flows};

/// Leaves the database no page more than it has, and fills what is free in those.
async fn fill(store: &Store) {
    store.write(|c| execute(c, "PRAGMA max_page_count = 1")).await.unwrap();
    for size in [4000, 400, 40] {
        let mut number = 0;
        loop {
            let name = format!("filler-{size}-{number}");
            let wrote = store.write(move |c| server_facts::put_first(c, &name, &vec![0; size]).map(drop)).await;
            match wrote {
                Ok(()) => number += 1,
                Err(StoreError::Unavailable(_)) => break,
                Err(other) => panic!("{other}"),
            }
        }
    }
}

/// What goes on without a write.
async fn reads_go_on(scene: &mut Scene, tokens: &Tokens, other: &RegisteredClient) {
    scene.all_alive(tokens).await;
    assert!(!scene.site.is_active(other, &tokens.access).await);
    for path in ["/.well-known/openid-configuration", "/oauth/jwks", "/signin", "/account"] {
        assert_eq!(scene.browser.get(path).await.status, 200, "{path}");
    }
}

#[tokio::test]
async fn a_full_disk_stops_writes_and_nothing_else_and_heals() {
    let mut scene = Scene::start(Database::sqlite()).await;
    let other = scene.site.client(|_| {}).await;
    let tokens = scene.tokens().await;
    let codes = [scene.code().await, scene.code().await, scene.code().await];
    let store = scene.site.app.store.clone();

    fill(&store).await;
    let mut told_success = Vec::new();
    for code in &codes {
        let answer = scene.redeem(code).await;
        match answer.status.as_u16() {
            200 => told_success.push(Tokens::of(&answer)),
            _ => answer.refused(503, "temporarily_unavailable"),
        }
        assert!(answer.status == 200 || !answer.header("Retry-After").is_empty());
    }
    assert!(told_success.len() < codes.len(), "the disk is full");
    reads_go_on(&mut scene, &tokens, &other).await;
    let mut stranger = crate::harness::browser::Browser::new(&scene.site);
    let page = flows::sign_in_from(&mut stranger, "/signin", "mina@lantern.example").await;
    assert!(page.status == 503 || page.status == 303, "{}", page.status);

    store.write(|c| execute(c, "PRAGMA max_page_count = 1073741823")).await.unwrap();
    for tokens in &told_success {
        scene.all_alive(tokens).await;
    }
    Tokens::of(&scene.redeem(&codes[2]).await);
    Tokens::of(&scene.refresh(&tokens.refresh).await);
}
