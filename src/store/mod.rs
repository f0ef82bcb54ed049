//! The store: the only folder that knows diesel. Two verbs, [`Store::read`] and [`Store::write`], take closures over
//! one [`Connection`]; each table has a file of plain structs and free functions.
//!
//! A refusal is a value, a fault is an error: what must survive a refusal (a revoked token family) is committed by
//! returning `Ok`, and a database fault is never "not found".

pub mod access_tokens;
pub mod account_apps;
pub mod account_devices;
pub mod accounts;
pub mod addresses;
pub mod announcement_sends;
pub mod announcements;
pub mod approvals;
pub mod attempts;
pub mod authorization_codes;
pub mod authorization_requests;
pub mod backup;
pub mod changes;
pub mod client_removal;
pub mod clients;
pub mod columns;
mod connection;
pub mod consents;
pub mod details;
pub mod device_requests;
pub mod devices;
pub mod erasure;
pub mod erasure_receipts;
pub mod events;
pub mod expiry;
pub mod exports;
pub mod factors;
pub mod grants;
pub mod half_sign_ins;
pub mod last_use;
pub mod migrate;
pub mod news_seen;
pub mod notice_choices;
pub mod notices;
pub mod one_time_codes;
pub mod operator_audit;
pub mod opt_ins;
pub mod outbox;
pub mod passkey_challenges;
pub mod passkeys;
pub mod passwords;
pub mod pictures;
mod private_file;
pub mod profiles;
pub mod recovery_codes;
pub mod registration_tokens;
pub mod resources;
pub mod retired_identifiers;
pub mod schema;
pub mod seen_jwts;
pub mod sent_messages;
pub mod server_facts;
pub mod sessions;
pub mod signing_keys;
pub mod sms_watch;
mod sqlite_writer;
pub mod throttles;
pub mod totps;
pub mod upstream_links;
pub mod upstream_proofs;
pub mod upstream_requests;

// diesel's derive imports a trait of the name that is right for the enum, so it is given here.
pub use connection::{AnyConnection as Connection, Store};

use diesel::result::{DatabaseErrorKind, Error};

/// Why the store did not answer. It never says what a row held.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StoreError {
    /// Too much is waiting: try again in a moment.
    #[error("the store's queue is full")]
    Busy,
    /// The database cannot be reached, or cannot take writes now.
    #[error("the store is unavailable: {0}")]
    Unavailable(String),
    /// A unique index refused the row: somebody else was first.
    #[error("the row stands already: {0}")]
    Conflict(String),
    /// Anything else: a defect.
    #[error("the store failed: {0}")]
    Fault(String),
}

impl From<Error> for StoreError {
    fn from(error: Error) -> Self {
        match error {
            Error::DatabaseError(DatabaseErrorKind::UniqueViolation, information) => {
                Self::Conflict(information.constraint_name().unwrap_or(information.message()).to_owned())
            }
            Error::DatabaseError(DatabaseErrorKind::ClosedConnection, information) => {
                Self::Unavailable(information.message().to_owned())
            }
            Error::DatabaseError(_, information) if is_passing(information.message()) => {
                Self::Unavailable(information.message().to_owned())
            }
            Error::BrokenTransactionManager => Self::Unavailable("the connection broke in a transaction".to_owned()),
            other => Self::Fault(other.to_string()),
        }
    }
}

/// Faults of the machine, not of the code, as SQLite and PostgreSQL word them: a full disk, a lock held too long,
/// a server that stops. diesel has no kinds for them.
fn is_passing(message: &str) -> bool {
    const PASSING: &[&str] = &[
        "database or disk is full",
        "disk I/O error",
        "database is locked",
        "could not extend file",
        "No space left on device",
        "canceling statement due to",
        "deadlock detected",
        "could not serialize access",
        "terminating connection",
        "the database system is",
        "server closed the connection",
        "connection to server",
        "no connection to the server",
    ];
    PASSING.iter().any(|words| message.contains(words))
}
