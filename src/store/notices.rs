//! What a person is told of their account, on every address the account has: queued in the transaction of what happened,
//! worded and sent by `notice`.

use super::accounts::Account;
use super::addresses::{self, AddressKind};
use super::notice_choices::{self, Choosable};
use super::one_time_codes::Channel;
use super::outbox::{self, Delivery};
use super::{Connection, StoreError};
use crate::clock::Timestamp;
use crate::security::random;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The kind of the outbox's notices.
pub const NOTICE: &str = "notice";

/// How long one is tried to be sent.
const LIFE: Duration = Duration::from_secs(3 * 24 * 60 * 60);

/// What is told. A new kind is a line here, its words `notice-<name>-…` in `locales/*/notice.ftl`, and where its link leads
/// in `notice`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NoticeKind {
    /// A first sign-in on a device; `subject`, where there is one, is what the device is called.
    NewDevice,
    /// An address was added: `subject`, masked.
    AddressAdded,
    /// An address was removed.
    AddressRemoved,
    /// An address was put in the place of another; told to the old one too.
    AddressReplaced,
    /// The same, to the address that went: its link can undo it.
    AddressWasYours,
    /// A change of an address waits, and can be called off.
    ReplacementWaiting,
    /// A waiting change was called off.
    ChangeCancelled,
    /// A change was undone from the old address.
    ChangeUndone,
    /// Changes are stopped for a while.
    ChangesFrozen,
    /// A password was set.
    PasswordSet,
    /// The password was changed.
    PasswordChanged,
    /// The password was removed.
    PasswordRemoved,
    /// An authenticator app was added, and signing in takes two steps.
    TotpAdded,
    /// It was removed.
    TotpRemoved,
    /// A new set of recovery codes was made.
    RecoveryCodesMade,
    /// One was used: `subject` says how many are left.
    RecoveryCodeUsed,
    /// Two-step sign-in was switched on.
    TwoStepOn,
    /// It was switched off.
    TwoStepOff,
    /// Somebody who got past the first step guesses at the second.
    SecondStepGuessed,
    /// The right password was typed, and is on a list of stolen ones.
    PasswordStolen,
    /// The cookie of a sign-in came from another kind of browser.
    StrangeBrowser,
    /// A passkey was made: `subject`, its name.
    PasskeyAdded,
    /// One was removed.
    PasskeyRemoved,
    /// Somebody has a copy of one.
    PasskeyCopied,
    /// A sign-in of another provider was connected: `subject` is the provider.
    UpstreamLinked,
    /// One was disconnected.
    UpstreamUnlinked,
    /// Recovery waits, and can be called off.
    RecoveryWaiting,
    /// The wait is over: whoever asked may get in now, and can still be stopped.
    RecoveryOpen,
    /// Access was recovered.
    Recovered,
    /// A number moves to another account, unless it is called off.
    MoveWaiting,
    /// It has moved.
    Moved,
    /// The account will be deleted.
    DeletionWaiting,
    /// It will not.
    DeletionCancelled,
    /// It was.
    Deleted,
    /// The export can be downloaded.
    ExportReady,
}

impl NoticeKind {
    /// Every kind.
    pub const ALL: &[Self] = &[
        Self::NewDevice,
        Self::AddressAdded,
        Self::AddressRemoved,
        Self::AddressReplaced,
        Self::AddressWasYours,
        Self::ReplacementWaiting,
        Self::ChangeCancelled,
        Self::ChangeUndone,
        Self::ChangesFrozen,
        Self::PasswordSet,
        Self::PasswordChanged,
        Self::PasswordRemoved,
        Self::TotpAdded,
        Self::TotpRemoved,
        Self::RecoveryCodesMade,
        Self::RecoveryCodeUsed,
        Self::TwoStepOn,
        Self::TwoStepOff,
        Self::SecondStepGuessed,
        Self::PasswordStolen,
        Self::StrangeBrowser,
        Self::PasskeyAdded,
        Self::PasskeyRemoved,
        Self::PasskeyCopied,
        Self::UpstreamLinked,
        Self::UpstreamUnlinked,
        Self::RecoveryWaiting,
        Self::RecoveryOpen,
        Self::Recovered,
        Self::MoveWaiting,
        Self::Moved,
        Self::DeletionWaiting,
        Self::DeletionCancelled,
        Self::Deleted,
        Self::ExportReady,
    ];
}

impl NoticeKind {
    /// What the person may choose the channel of; none for what every address is told, whatever anybody wishes: of two addresses
    /// one may be in other hands.
    pub const fn choosable(self) -> Option<Choosable> {
        match self {
            Self::NewDevice => Some(Choosable::NewDevice),
            Self::ExportReady => Some(Choosable::ExportReady),
            _ => None,
        }
    }
}

/// One notice. Holds what the person may read, nothing secret: the MAC of its link is made when it is sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// What is told.
    pub kind: NoticeKind,
    /// What it is about: a masked address, the name of an app.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// What the browser it came from called itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_agent: Option<String>,
    /// The IP address it came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network: Option<String>,
    /// The change that its link is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change_id: Option<i64>,
    /// When something happens, or stops being possible: milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<i64>,
    /// What apps have answered, in the last message of an account that is gone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub answers: Vec<AppAnswer>,
}

/// What one app has answered to the news that an account is gone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppAnswer {
    /// Its name.
    pub app: String,
    /// A [`super::erasure_receipts::ReceiptState`] by its name.
    pub state: String,
    /// When it answered: milliseconds.
    pub at: Option<i64>,
}

impl Notice {
    /// A notice that says nothing beyond its kind yet.
    pub fn of(kind: NoticeKind) -> Self {
        Self { kind, subject: None, user_agent: None, network: None, change_id: None, until: None, answers: Vec::new() }
    }
}

/// A notice on its way to one address, as the outbox keeps it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Addressed {
    /// What is told.
    pub notice: Notice,
    /// `phone` or `email`.
    pub address_kind: String,
    /// The canonical address.
    pub address: String,
    /// BCP 47 tag, where the person chose a language.
    pub language: Option<String>,
    /// When it happened: milliseconds.
    pub at: i64,
}

/// Tells every address that the account has at this moment of the caller's transaction; of what there is a choice for, those of
/// the chosen channel, where the account has any.
pub fn tell(connection: &mut Connection, account: &Account, notice: &Notice, now: Timestamp) -> Result<(), StoreError> {
    let chosen = match notice.kind.choosable() {
        Some(kind) => notice_choices::find(connection, account.id, kind)?,
        None => None,
    };
    let all = addresses::of_account(connection, account.id)?;
    let chosen = chosen.map(Channel::address_kind).filter(|kind| all.iter().any(|address| address.kind == *kind));
    for address in all.iter().filter(|address| chosen.is_none_or(|kind| address.kind == kind)) {
        tell_at(connection, account, notice, (address.kind, &address.value), now)?;
    }
    Ok(())
}

/// Tells one address, which may not be the account's any more.
pub fn tell_at(
    connection: &mut Connection,
    account: &Account,
    notice: &Notice,
    (kind, address): (AddressKind, &str),
    now: Timestamp,
) -> Result<(), StoreError> {
    let addressed = Addressed {
        notice: notice.clone(),
        address_kind: kind.as_str().to_owned(),
        address: address.to_owned(),
        language: account.language.clone(),
        at: now.millis(),
    };
    let payload = serde_json::to_string(&addressed).map_err(|error| StoreError::Fault(error.to_string()))?;
    outbox::insert(
        connection,
        &Delivery {
            id: random::id(),
            kind: NOTICE.to_owned(),
            client_id: String::new(),
            url: String::new(),
            payload,
            attempts: 0,
            due_at: now,
            created_at: now,
            expires_at: now.plus(LIFE),
        },
    )
}
