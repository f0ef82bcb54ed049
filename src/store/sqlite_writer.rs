//! The one thread that writes to SQLite. It takes every waiting change, runs each in a savepoint of one
//! `BEGIN IMMEDIATE … COMMIT` and answers after the commit: an acknowledged write survives a power cut, and the
//! waiters share one fsync.

use super::{Connection, StoreError};
use diesel::connection::{AnsiTransactionManager, Connection as _, TransactionManager};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use tokio::sync::oneshot;

/// So many changes share a transaction at most: past it, the first would wait for the last too long.
const GROUP: usize = 256;

/// Runs one change, or hears why it cannot run, and keeps its answer back until the group's commit is known.
type Change = Box<dyn FnOnce(Result<&mut Connection, StoreError>) -> Reply + Send>;
type Reply = Box<dyn FnOnce(Result<(), StoreError>)>;

/// The way to the writer thread. The thread ends when the last of these is dropped.
pub(super) struct Writer {
    queue: SyncSender<Change>,
}

impl Writer {
    /// Starts the thread on a connection that `open` makes; at most `bound` changes wait at a time.
    pub(super) fn start<O>(open: O, bound: usize) -> Result<Self, StoreError>
    where
        O: Fn() -> Result<Connection, StoreError> + Send + 'static,
    {
        let connection = open()?;
        let (queue, waiting) = sync_channel(bound.max(1));
        std::thread::Builder::new()
            .name("store-writer".to_owned())
            .spawn(move || run(connection, &open, &waiting))
            .map_err(|error| StoreError::Unavailable(error.to_string()))?;
        Ok(Self { queue })
    }

    /// Queues `change` and waits until it is durable. A full queue is [`StoreError::Busy`].
    pub(super) async fn write<T, F>(&self, change: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&mut Connection) -> Result<T, StoreError> + Send + 'static,
    {
        let (sender, answer) = oneshot::channel();
        let job: Change = Box::new(move |connection| {
            let outcome = connection.and_then(|connection| connection.transaction(change));
            Box::new(move |committed| {
                // A receiver that is gone is a client that hung up: the change stands all the same.
                let _ = sender.send(outcome.and_then(|value| committed.map(|()| value)));
            })
        });
        self.queue.try_send(job).map_err(|refused| match refused {
            TrySendError::Full(_) => StoreError::Busy,
            TrySendError::Disconnected(_) => StoreError::Unavailable("the writer thread ended".to_owned()),
        })?;
        answer.await.map_err(|_| StoreError::Unavailable("the writer thread ended".to_owned()))?
    }
}

fn run<O>(mut connection: Connection, open: &O, waiting: &Receiver<Change>)
where
    O: Fn() -> Result<Connection, StoreError>,
{
    while let Ok(first) = waiting.recv() {
        let mut replies = Vec::new();
        let group = AssertUnwindSafe(|| group(&mut connection, first, waiting, &mut replies));
        let committed = catch_unwind(group).unwrap_or_else(|_| {
            // The transaction is left half open: a new connection is the one sure way to undo it.
            match open() {
                Ok(fresh) => connection = fresh,
                Err(error) => tracing::error!(%error, "the writer could not open the store again"),
            }
            Err(StoreError::Unavailable("a change panicked".to_owned()))
        });
        for reply in replies {
            reply(committed.clone());
        }
    }
}

/// One transaction over `first` and whatever else waits.
fn group(
    connection: &mut Connection,
    first: Change,
    waiting: &Receiver<Change>,
    replies: &mut Vec<Reply>,
) -> Result<(), StoreError> {
    if let Err(error) = begin(connection) {
        replies.push(first(Err(error.clone())));
        return Err(error);
    }
    replies.push(first(Ok(connection)));
    while replies.len() < GROUP {
        match waiting.try_recv() {
            Ok(change) => replies.push(change(Ok(connection))),
            Err(_) => break,
        }
    }
    commit(connection)
}

fn begin(connection: &mut Connection) -> Result<(), StoreError> {
    let Connection::Sqlite(sqlite) = connection else { return Ok(()) };
    AnsiTransactionManager::begin_transaction_sql(sqlite, "BEGIN IMMEDIATE").map_err(StoreError::from)
}

/// Commits; after a commit that failed (a full disk), whatever the transaction did is undone before the next begins.
fn commit(connection: &mut Connection) -> Result<(), StoreError> {
    let Connection::Sqlite(sqlite) = connection else { return Ok(()) };
    let committed = AnsiTransactionManager::commit_transaction(sqlite).map_err(StoreError::from);
    if committed.is_err() {
        // Where diesel has rolled back already this finds no transaction, which is as good.
        let _ = AnsiTransactionManager::rollback_transaction(sqlite);
    }
    committed
}
