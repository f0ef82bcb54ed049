//! What happens at an account is told to the person on every address it has: `store::notices` queued it, here it is worded
//! in the person's language and sent, with retries that outlive the process.

pub mod farewell;
mod mail;

use futures_util::future::join_all;
use std::time::Duration;

use crate::app::AppState;
use crate::clock::Timestamp;
use crate::delivery::{Destination, Message, MessageId, MessageKind};
use crate::language::Language;
use crate::store::StoreError;
use crate::store::addresses::AddressKind;
use crate::store::notices::{Addressed, NOTICE, Notice, NoticeKind};
use crate::store::outbox::{self, Delivery};
use crate::web::urls;

pub use mail::NoticeMessage;

/// How many are sent side by side.
const AT_ONCE: i64 = 16;
/// How often one is tried; with the waits between, two days.
const MOST_ATTEMPTS: i32 = 48;
/// No other node tries a notice that this one is sending.
const CLAIM: Duration = Duration::from_secs(60);

/// What the link of a notice does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leads {
    /// To a page of the account centre, after signing in.
    To(&'static str),
    /// To the page about one change, which a MAC in the address names.
    ToChange,
    /// There is nothing to do.
    Nowhere,
}

/// Where the link of a kind leads.
pub const fn leads(kind: NoticeKind) -> Leads {
    match kind {
        NoticeKind::NewDevice | NoticeKind::StrangeBrowser => Leads::To(urls::DEVICES),
        NoticeKind::AddressWasYours
        | NoticeKind::ReplacementWaiting
        | NoticeKind::RecoveryWaiting
        | NoticeKind::RecoveryOpen
        | NoticeKind::MoveWaiting => Leads::ToChange,
        NoticeKind::PasswordStolen => Leads::To(urls::PASSWORD),
        NoticeKind::AddressAdded
        | NoticeKind::AddressRemoved
        | NoticeKind::AddressReplaced
        | NoticeKind::ChangeCancelled
        | NoticeKind::ChangeUndone
        | NoticeKind::ChangesFrozen
        | NoticeKind::PasswordSet
        | NoticeKind::PasswordChanged
        | NoticeKind::PasswordRemoved
        | NoticeKind::Recovered
        | NoticeKind::DeletionCancelled => Leads::To(urls::SECURITY),
        NoticeKind::TotpAdded
        | NoticeKind::TotpRemoved
        | NoticeKind::RecoveryCodesMade
        | NoticeKind::RecoveryCodeUsed
        | NoticeKind::TwoStepOn
        | NoticeKind::TwoStepOff
        | NoticeKind::SecondStepGuessed => Leads::To(urls::TWO_STEP),
        NoticeKind::PasskeyAdded | NoticeKind::PasskeyRemoved | NoticeKind::PasskeyCopied => Leads::To(urls::PASSKEYS),
        NoticeKind::UpstreamLinked | NoticeKind::UpstreamUnlinked => Leads::To(urls::CONNECTED),
        NoticeKind::DeletionWaiting => Leads::To(urls::ACCOUNT),
        NoticeKind::ExportReady => Leads::To(urls::DATA),
        NoticeKind::Deleted | NoticeKind::Moved => Leads::Nowhere,
    }
}

/// The address behind the button of a notice.
fn link(app: &AppState, notice: &Notice) -> Option<String> {
    let path = match (leads(notice.kind), notice.change_id) {
        (Leads::To(path), _) => path.to_owned(),
        (Leads::ToChange, Some(id)) => urls::change(&app.derived.change_token(urls::CHANGE, id)),
        (Leads::ToChange, None) | (Leads::Nowhere, _) => return None,
    };
    Some(format!("{}{path}", app.config.server.issuer))
}

/// Sends what is due, once; gives how many were.
///
/// # Errors
/// When the store does not answer.
pub async fn send_due(app: &AppState) -> Result<usize, StoreError> {
    let now = app.clock.now();
    let due = app.store.read(move |connection| outbox::due(connection, NOTICE, now, AT_ONCE)).await?;
    let count = due.len();
    for outcome in join_all(due.into_iter().map(|one| send(app, one, now))).await {
        outcome?;
    }
    Ok(count)
}

/// Sends one and writes down what came of it. Claimed first, so that no other node sends it too.
async fn send(app: &AppState, delivery: Delivery, now: Timestamp) -> Result<(), StoreError> {
    let claimed = delivery.clone();
    if !app.store.write(move |connection| outbox::claim(connection, &claimed, now.plus(CLAIM))).await? {
        return Ok(());
    }
    let addressed: Addressed = serde_json::from_str(&delivery.payload)
        .map_err(|error| StoreError::Fault(format!("outbox.payload: {error}")))?;
    let message = message(app, addressed)?;
    let (id, row) = (MessageId::of_row(delivery.id), delivery.id);
    let reaches = app.delivery.reaches(message.to.channel());
    let outcome = if reaches { app.delivery.attempt(message, &id).await } else { Ok(()) };
    match outcome {
        Err(error) if !error.is_final && delivery.attempts < MOST_ATTEMPTS => {
            tracing::info!(id = id.as_str(), %error, "a notice will be tried again");
            let again = app.clock.now().plus(outbox::backoff(delivery.attempts));
            app.store.write(move |connection| outbox::retry_at(connection, row, again)).await
        }
        outcome => {
            if let Err(error) = outcome {
                tracing::warn!(id = id.as_str(), %error, "a notice was given up");
            }
            app.store.write(move |connection| outbox::done(connection, row)).await
        }
    }
}

fn message(app: &AppState, addressed: Addressed) -> Result<Message, StoreError> {
    let language = addressed.language.as_deref().and_then(Language::from_tag).unwrap_or(app.default_language);
    let words = NoticeMessage {
        brand: &app.brand,
        language,
        link: link(app, &addressed.notice),
        notice: &addressed.notice,
        at: Timestamp::from_millis(addressed.at),
        to: &addressed.address,
    };
    if addressed.address_kind == AddressKind::Phone.as_str() {
        let to = Destination::Phone(addressed.address.clone());
        let (kind, text) = (MessageKind::Notice, words.sms());
        return Ok(Message { to, kind, text, subject: None, html: None, unsubscribe: None });
    }
    let failed = |error: askama::Error| StoreError::Fault(format!("a notice could not be worded: {error}"));
    Ok(Message {
        to: Destination::Email(addressed.address.clone()),
        kind: MessageKind::Notice,
        text: words.text().map_err(failed)?,
        subject: Some(words.subject()),
        html: Some(words.html().map_err(failed)?),
        unsubscribe: None,
    })
}

/// Sends for ever, once a second.
pub async fn run(app: AppState) {
    loop {
        if let Err(error) = farewell::send_due(&app).await {
            tracing::warn!(%error, "last messages could not be sent");
        }
        match send_due(&app).await {
            // A full round: there may be more.
            Ok(count) if i64::try_from(count).unwrap_or(0) >= AT_ONCE => continue,
            Ok(_) => {}
            Err(error) => tracing::warn!(%error, "notices could not be sent"),
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}
