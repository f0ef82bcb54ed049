//! Writes: many share one commit on SQLite, and none of them notices.

use std::pin::pin;
use std::sync::mpsc;

use futures_util::poll;
use keyhouse::store::{Connection, Store, StoreError, server_facts};
use tokio::sync::oneshot;

use super::tables::execute;
use crate::both;
use crate::harness::database::Database;
use crate::harness::{Site, flows};

const NOTHING: &str = "SELECT 1";

/// Writes the fact `name`.
async fn fact(store: &Store, name: &'static str) -> Result<(), StoreError> {
    store.write(move |c| server_facts::put_first(c, name, b"x").map(drop)).await
}

async fn stands(store: &Store, name: &'static str) -> bool {
    store.read(move |c| server_facts::get(c, name)).await.unwrap().is_some()
}

/// A write that waits inside the writer, so that what is written meanwhile shares its commit.
struct Held<F> {
    write: F,
    is_there: oneshot::Receiver<()>,
    go: mpsc::Sender<()>,
}

/// Writes the fact `before`, runs `statement`, and waits.
fn held(store: &Store, statement: &'static str) -> Held<impl Future<Output = Result<(), StoreError>>> {
    let (there, is_there) = oneshot::channel();
    let (go, wait) = mpsc::channel::<()>();
    let write = store.write(move |c| {
        server_facts::put_first(c, "before", b"x")?;
        execute(c, statement)?;
        there.send(()).unwrap();
        let _ = wait.recv();
        Ok(())
    });
    Held { write, is_there, go }
}

/// What shares a commit with the fact `before`, after `statement`, and the fact `behind`: how the three went.
async fn in_one_group(
    store: &Store,
    statement: &'static str,
    change: impl FnOnce(&mut Connection) -> Result<(), StoreError> + Send + 'static,
) -> [Result<(), StoreError>; 3] {
    let Held { write, is_there, go } = held(store, statement);
    let mut first = pin!(write);
    assert!(poll!(&mut first).is_pending());
    is_there.await.unwrap();
    let mut second = pin!(store.write(change));
    let mut last = pin!(fact(store, "behind"));
    assert!(poll!(&mut second).is_pending() && poll!(&mut last).is_pending());
    go.send(()).unwrap();
    [first.await, second.await, last.await]
}

both! {
    async fn a_refusal_commits_and_a_fault_rolls_back(database) {
        let site = Site::start(database).await;
        let store = &site.app.store;
        let refused: Result<Result<(), &str>, StoreError> = store.write(|c| {
            server_facts::put_first(c, "refused", b"x")?;
            Ok(Err("no"))
        }).await;
        assert_eq!(refused.unwrap(), Err("no"));
        let failed: Result<(), StoreError> = store.write(|c| {
            server_facts::put_first(c, "failed", b"x")?;
            Err(StoreError::Fault("a defect".to_owned()))
        }).await;
        assert!(matches!(failed, Err(StoreError::Fault(_))));
        assert!(stands(store, "refused").await);
        assert!(!stands(store, "failed").await);
    }

    async fn a_change_that_panics_fails_and_the_store_goes_on(database) {
        let site = Site::start(database).await;
        let store = &site.app.store;
        for _ in 0..6 {
            let panicked: Result<(), StoreError> = store.write(|c| {
                server_facts::put_first(c, "panicked", b"x")?;
                panic!("a defect")
            }).await;
            assert!(matches!(panicked, Err(StoreError::Unavailable(_))));
        }
        fact(store, "after").await.unwrap();
        assert!(stands(store, "after").await);
        assert!(!stands(store, "panicked").await);
    }

    async fn a_write_whose_caller_has_gone_stands(database) {
        let site = Site::start(database).await;
        let store = &site.app.store;
        {
            let mut gone = pin!(fact(store, "gone"));
            // The first poll queues it. A quick database may be done with it by then, which is as good.
            let _ = poll!(&mut gone);
        }
        let mut asked = 0;
        while !stands(store, "gone").await {
            asked += 1;
            assert!(asked < 1000, "the write was lost");
            fact(store, "later").await.unwrap();
        }
    }
}

#[tokio::test]
async fn a_failing_change_does_not_undo_its_neighbours() {
    let site = Site::start(Database::sqlite()).await;
    let store = &site.app.store;
    let outcomes = in_one_group(store, NOTHING, |c| {
        server_facts::put_first(c, "failing", b"x")?;
        Err(StoreError::Fault("a defect".to_owned()))
    });
    assert!(matches!(outcomes.await, [Ok(()), Err(StoreError::Fault(_)), Ok(())]));
    assert!(stands(store, "before").await && stands(store, "behind").await);
    assert!(!stands(store, "failing").await);
}

#[tokio::test]
async fn a_panic_fails_what_shares_its_commit_and_nothing_behind_it() {
    let site = Site::start(Database::sqlite()).await;
    let store = &site.app.store;
    let [before, panicked, behind] = in_one_group(store, NOTHING, |_| panic!("a defect")).await;
    assert!(matches!(before, Err(StoreError::Unavailable(_))), "nobody is told of a commit that was none");
    assert!(matches!(panicked, Err(StoreError::Unavailable(_))));
    behind.unwrap();
    assert_eq!((stands(store, "before").await, stands(store, "behind").await), (false, true));
}

#[tokio::test]
async fn a_full_disk_fails_what_shares_its_commit_and_nothing_behind_it() {
    let site = Site::start(Database::sqlite()).await;
    let store = &site.app.store;
    // SQLite answers a full disk by giving up the whole transaction, savepoints and all.
    let outcomes = in_one_group(store, "PRAGMA max_page_count = 1", |c| {
        server_facts::put_first(c, "large", &vec![0; 1 << 20]).map(drop)
    });
    let [before, large, behind] = outcomes.await;
    assert!(matches!(before, Err(StoreError::Unavailable(_))), "nobody is told of a commit that was none");
    assert!(matches!(large, Err(StoreError::Unavailable(_))), "{large:?}");
    behind.unwrap();
    let facts = [stands(store, "before").await, stands(store, "large").await, stands(store, "behind").await];
    assert_eq!(facts, [false, false, true]);
}

#[tokio::test]
async fn a_full_queue_is_said_at_once() {
    let site = Site::with(Database::sqlite(), &[("KEYHOUSE_STORE__WRITE_QUEUE", "1")]).await;
    let (store, client) = (site.app.store.clone(), site.client(|_| {}).await);
    let Held { write, is_there, go } = held(&store, NOTHING);
    let mut first = pin!(write);
    assert!(poll!(&mut first).is_pending());
    is_there.await.unwrap();
    let mut waiting = pin!(fact(&store, "waiting"));
    assert!(poll!(&mut waiting).is_pending());

    assert!(matches!(fact(&store, "refused").await, Err(StoreError::Busy)));
    let busy = flows::redeem(&site, &client, "code", "verifier").await;
    busy.refused(503, "temporarily_unavailable");
    assert_ne!(busy.header("Retry-After"), "");
    go.send(()).unwrap();
    first.await.unwrap();
    waiting.await.unwrap();
    flows::redeem(&site, &client, "code", "verifier").await.refused(400, "invalid_grant");
}
