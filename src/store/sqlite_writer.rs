//! The one thread that writes to SQLite. It takes every waiting change, runs each in a savepoint of one
//! `BEGIN IMMEDIATE … COMMIT` and answers after the commit: an acknowledged write survives a power cut, and the
//! waiters share one fsync.

use super::{Connection, StoreError};
use diesel::connection::{AnsiTransactionManager, TransactionManager};
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::sqlite::Sqlite;
use diesel::{QueryResult, RunQueryDsl};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use tokio::sync::oneshot;

/// So many changes share a transaction at most: past it, the first would wait for the last too long.
const GROUP: usize = 256;

/// Runs one change, or hears why it cannot run.
type Change = Box<dyn FnOnce(Result<&mut Connection, StoreError>) -> Ran + Send>;
/// Keeps a change's answer back until the group's commit is known.
type Reply = Box<dyn FnOnce(Result<(), StoreError>)>;

/// A change that has run.
struct Ran {
    reply: Reply,
    /// Whether the savepoint, and with it the group's transaction, stands as it should.
    intact: Result<(), StoreError>,
}

/// Why a change did not go through.
enum Failed {
    /// It said so itself, and only it was undone.
    Own(StoreError),
    /// Its savepoint could not be made, released or undone: SQLite has given up the whole transaction, as it does on a
    /// full disk.
    Group(StoreError),
}

impl From<diesel::result::Error> for Failed {
    fn from(error: diesel::result::Error) -> Self {
        Self::Group(StoreError::Unavailable(error.to_string()))
    }
}

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
            let outcome = match connection {
                Ok(connection) => in_savepoint(connection, change),
                Err(error) => Err(Failed::Own(error)),
            };
            let (outcome, intact) = match outcome {
                Ok(value) => (Ok(value), Ok(())),
                Err(Failed::Own(error)) => (Err(error), Ok(())),
                Err(Failed::Group(error)) => (Err(error.clone()), Err(error)),
            };
            let reply = Box::new(move |committed: Result<(), StoreError>| {
                // A receiver that is gone is a client that hung up: the change stands all the same.
                let _ = sender.send(outcome.and_then(|value| committed.map(|()| value)));
            });
            Ran { reply, intact }
        });
        self.queue.try_send(job).map_err(|refused| match refused {
            TrySendError::Full(_) => StoreError::Busy,
            TrySendError::Disconnected(_) => StoreError::Unavailable("the writer thread ended".to_owned()),
        })?;
        answer.await.map_err(|_| StoreError::Unavailable("the writer thread ended".to_owned()))?
    }
}

/// Runs one change so that its failure undoes it alone.
fn in_savepoint<T>(
    connection: &mut Connection,
    change: impl FnOnce(&mut Connection) -> Result<T, StoreError>,
) -> Result<T, Failed> {
    Savepoint::<BEGIN>.on(connection)?;
    let outcome = change(connection);
    if outcome.is_err() {
        Savepoint::<UNDO>.on(connection)?;
    }
    Savepoint::<RELEASE>.on(connection)?;
    outcome.map_err(Failed::Own)
}

/// A statement about the savepoint of a change. diesel's own transactions have SQLite parse theirs each time; these stay
/// prepared.
#[derive(QueryId)]
struct Savepoint<const WHAT: usize>;

const BEGIN: usize = 0;
const UNDO: usize = 1;
const RELEASE: usize = 2;

impl<const WHAT: usize> Savepoint<WHAT> {
    fn on(self, connection: &mut Connection) -> Result<(), diesel::result::Error> {
        let Connection::Sqlite(sqlite) = connection else { return Ok(()) };
        self.execute(sqlite).map(|_| ())
    }
}

impl<const WHAT: usize> QueryFragment<Sqlite> for Savepoint<WHAT> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        out.push_sql(match WHAT {
            BEGIN => "SAVEPOINT change",
            UNDO => "ROLLBACK TO change",
            _ => "RELEASE change",
        });
        Ok(())
    }
}

impl<const WHAT: usize, C> RunQueryDsl<C> for Savepoint<WHAT> {}

fn run<O>(mut connection: Connection, open: &O, waiting: &Receiver<Change>)
where
    O: Fn() -> Result<Connection, StoreError>,
{
    while let Ok(first) = waiting.recv() {
        // Whoever is about to queue a change on this core may do so first, and share the commit.
        std::thread::yield_now();
        let mut replies = Vec::new();
        let group = AssertUnwindSafe(|| group(&mut connection, first, waiting, &mut replies));
        let committed =
            catch_unwind(group).unwrap_or_else(|_| Err(StoreError::Unavailable("a change panicked".to_owned())));
        if let Err(error) = &committed {
            tracing::error!(%error, "a group of writes was undone");
            // Whatever is left of its transaction, a new connection is the one sure way out of it.
            match open() {
                Ok(fresh) => connection = fresh,
                Err(error) => tracing::error!(%error, "the writer could not open the store again"),
            }
        }
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
        replies.push(first(Err(error.clone())).reply);
        return Err(error);
    }
    let mut next = first;
    loop {
        let Ran { reply, intact } = next(Ok(connection));
        replies.push(reply);
        // What comes behind a lost transaction must not run outside of one.
        intact?;
        if replies.len() == GROUP {
            break;
        }
        match waiting.try_recv() {
            Ok(change) => next = change,
            Err(_) => break,
        }
    }
    commit(connection)
}

fn begin(connection: &mut Connection) -> Result<(), StoreError> {
    let Connection::Sqlite(sqlite) = connection else { return Ok(()) };
    AnsiTransactionManager::begin_transaction_sql(sqlite, "BEGIN IMMEDIATE").map_err(StoreError::from)
}

fn commit(connection: &mut Connection) -> Result<(), StoreError> {
    let Connection::Sqlite(sqlite) = connection else { return Ok(()) };
    AnsiTransactionManager::commit_transaction(sqlite).map_err(StoreError::from)
}
