//! Writes: many share one commit on SQLite, and none of them notices.

use std::pin::pin;
use std::sync::mpsc;

use futures_util::poll;
use keyhouse::store::{Store, StoreError, server_facts};
use tokio::sync::oneshot;

use crate::both;
use crate::harness::database::Database;
use crate::harness::{Site, flows};

/// Writes the fact `name`.
async fn fact(store: &Store, name: &'static str) -> Result<(), StoreError> {
    store.write(move |c| server_facts::put_first(c, name, b"x").map(drop)).await
}

async fn stands(store: &Store, name: &'static str) -> bool {
    store.read(move |c| server_facts::get(c, name)).await.unwrap().is_some()
}

/// Writes the fact `name` and then waits inside the writer, so that what is written meanwhile shares its commit. The
/// first channel tells that the writer is there, the second lets it go.
fn held(store: &Store, name: &'static str) -> (impl Future<Output = Result<(), StoreError>>, oneshot::Receiver<()>, mpsc::Sender<()>) {
    let (there, is_there) = oneshot::channel();
    let (go, wait) = mpsc::channel::<()>();
    let store = store.clone();
    let write = async move {
        let change = store.write(move |c| {
            server_facts::put_first(c, name, b"x")?;
            there.send(()).unwrap();
            let _ = wait.recv();
            Ok(())
        });
        change.await
    };
    (write, is_there, go)
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
            assert!(poll!(&mut gone).is_pending());
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
    let (first, is_there, go) = held(store, "before");
    let mut first = pin!(first);
    assert!(poll!(&mut first).is_pending());
    is_there.await.unwrap();
    let mut failing = pin!(store.write(|c| -> Result<(), StoreError> {
        server_facts::put_first(c, "failing", b"x")?;
        Err(StoreError::Fault("a defect".to_owned()))
    }));
    let mut last = pin!(fact(store, "behind"));
    assert!(poll!(&mut failing).is_pending() && poll!(&mut last).is_pending());
    go.send(()).unwrap();

    first.await.unwrap();
    assert!(matches!(failing.await, Err(StoreError::Fault(_))));
    last.await.unwrap();
    assert_eq!(
        (stands(store, "before").await, stands(store, "failing").await, stands(store, "behind").await),
        (true, false, true)
    );
}

#[tokio::test]
async fn a_panic_fails_what_shares_its_commit_and_nothing_behind_it() {
    let site = Site::start(Database::sqlite()).await;
    let store = &site.app.store;
    let (first, is_there, go) = held(store, "before");
    let mut first = pin!(first);
    assert!(poll!(&mut first).is_pending());
    is_there.await.unwrap();
    let mut panicking = pin!(store.write(|_| -> Result<(), StoreError> { panic!("a defect") }));
    let mut last = pin!(fact(store, "behind"));
    assert!(poll!(&mut panicking).is_pending() && poll!(&mut last).is_pending());
    go.send(()).unwrap();

    assert!(matches!(first.await, Err(StoreError::Unavailable(_))), "nobody is told of a commit that was none");
    assert!(matches!(panicking.await, Err(StoreError::Unavailable(_))));
    last.await.unwrap();
    assert_eq!((stands(store, "before").await, stands(store, "behind").await), (false, true));
}

#[tokio::test]
async fn a_full_queue_is_said_at_once() {
    let site = Site::with(Database::sqlite(), &[("KEYHOUSE_STORE__WRITE_QUEUE", "1")]).await;
    let (store, client) = (site.app.store.clone(), site.client(|_| {}).await);
    let (first, is_there, go) = held(&store, "first");
    let mut first = pin!(first);
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
