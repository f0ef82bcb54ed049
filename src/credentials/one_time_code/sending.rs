//! Sending a code: counted and written down in one write, then put into the queue.

use secrecy::{ExposeSecret, SecretString};
use std::time::Duration;

use super::super::attempt;
use super::{budget_key, day, lifetime, purpose};
use crate::app::AppState;
use crate::clock::Timestamp;
use crate::delivery::code::{CodeMessage, CodePurpose};
use crate::delivery::{Destination, Message, MessageId, MessageKind};
use crate::identifier::Identifier;
use crate::security::random;
use crate::store::addresses::{self, AddressKind};
use crate::store::attempts::{Attempt, AttemptPurpose};
use crate::store::one_time_codes::{self as codes, Channel, OneTimeCode, SendLimit};
use crate::store::sent_messages::{self, MessageState, SentMessage};
use crate::store::{Connection, StoreError, throttles};
use crate::web::error::ErrorKind;
use crate::web::error_page::PageError;
use crate::web::visitor::Visitor;

const HOUR: Duration = Duration::from_secs(60 * 60);

/// What asking for a code came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sending {
    /// It is on its way, where there is anywhere to go.
    Sent,
    /// The last one is too fresh, or the day's are used up: the page says which.
    NotNow,
    /// Too many from this neighbourhood, or in all.
    TooMany,
}

/// Sends a code for an attempt: everything is counted and written in one write, the message goes out after it.
pub async fn send(visitor: &Visitor, attempt: &Attempt, channel: Channel) -> Result<Sending, PageError> {
    send_to(visitor, attempt, channel, Target::OfAttempt).await
}

/// Where a code may go.
#[derive(Clone, Debug)]
pub enum Target {
    /// To the address that was typed, or to one of the account that was named.
    OfAttempt,
    /// To this one and no other; none: nowhere, and nobody sees that.
    Only(Option<Destination>),
}

/// The same to a destination that the caller chose.
pub async fn send_to(
    visitor: &Visitor,
    attempt: &Attempt,
    channel: Channel,
    target: Target,
) -> Result<Sending, PageError> {
    let app = &visitor.app;
    let now = app.clock.now();
    let code = SecretString::from(random::digits(6));
    let plan = Plan {
        attempt: attempt.clone(),
        channel,
        asked: target,
        block: visitor.address_block(),
        app: app.get_ref().clone(),
        code: code.clone(),
        message_id: random::id(),
        now,
    };
    let message_id = plan.message_id;
    let outcome = app.store.write(move |connection| plan.carry_out(connection)).await?;
    let (sending, target) = match outcome {
        Ok(target) => (Sending::Sent, target),
        Err(refused) => (refused, None),
    };
    if sending == Sending::Sent {
        let message = message(visitor, attempt, channel, &code, target.clone())?;
        if let Some(target) = target
            && let Err(error) = app.delivery.send(message, MessageId::of_row(message_id))
        {
            tracing::warn!(%error, "a code could not be queued");
            let failed = MessageState::Failed;
            app.store.write(move |connection| sent_messages::note(connection, message_id, failed, now)).await?;
            // An address that was not typed stays unsaid, also when it cannot be reached.
            if target.as_str() == attempt.identifier {
                return Err(ErrorKind::Busy.into());
            }
        }
    }
    Ok(sending)
}

/// One sending, with everything the write needs.
struct Plan {
    attempt: Attempt,
    channel: Channel,
    asked: Target,
    block: String,
    app: AppState,
    code: SecretString,
    message_id: i64,
    now: Timestamp,
}

impl Plan {
    fn carry_out(self, connection: &mut Connection) -> Result<Result<Option<Destination>, Sending>, StoreError> {
        let (config, now) = (&self.app.config, self.now);
        for (bucket, limit) in [
            (format!("sends-from:{}", self.block), config.limits.sends_per_address_per_hour),
            ("sends".to_owned(), config.limits.sends_per_hour),
        ] {
            if throttles::take(connection, &bucket, limit, now, now.plus(HOUR))?.is_some() {
                // Not the bucket's name: it holds an address.
                tracing::warn!(limit, "codes are held back: too many were sent");
                return Ok(Err(Sending::TooMany));
            }
        }
        let shown = budget_key(&self.attempt, self.channel);
        if !codes::take_sending(connection, &shown, day(now), self.limit(config.codes.resend), now)? {
            return Ok(Err(Sending::NotNow));
        }
        let target = self.target(connection, &shown)?;
        let code_digest = match &target {
            Some(_) => self.app.derived.one_time_code_digest(
                &self.attempt.id_digest,
                purpose(&self.attempt),
                self.code.expose_secret(),
            ),
            None => random::bytes::<32>().to_vec(),
        };
        let (channel, destination) = match &target {
            Some(Destination::Phone(number)) => (Channel::Sms, number.clone()),
            Some(Destination::Email(address)) => (Channel::Email, address.clone()),
            None => (self.channel, String::new()),
        };
        let expires_at = now.plus(lifetime(&config.codes, self.attempt.purpose));
        sent_messages::replace(
            connection,
            &SentMessage {
                subject_digest: self.attempt.id_digest.clone(),
                id: self.message_id,
                channel: self.channel,
                state: if target.is_some() { MessageState::Waiting } else { MessageState::Unsent },
                sent_at: now,
                changed_at: now,
                expires_at: expires_at.max(self.attempt.expires_at),
            },
        )?;
        codes::replace(
            connection,
            &OneTimeCode {
                subject_digest: self.attempt.id_digest.clone(),
                purpose: purpose(&self.attempt).to_owned(),
                channel,
                destination,
                code_digest,
                tries_left: i32::try_from(config.codes.tries).unwrap_or(1),
                sent_at: now,
                expires_at,
                used_at: None,
            },
        )?;
        Ok(Ok(target))
    }

    fn limit(&self, quiet: Duration) -> SendLimit {
        let per_day = i32::try_from(self.app.config.codes.per_day).unwrap_or(i32::MAX);
        SendLimit { per_day, quiet_since: self.now.minus(quiet) }
    }

    /// Where the code really goes, after that destination's own budget, which is never shown: what was sent there under
    /// another name must not be seen under this one. An address that was typed gets its code whether or not an account
    /// has it; any other comes from the account and stays unsaid. A name that leads nowhere is counted all the same.
    fn target(&self, connection: &mut Connection, shown: &str) -> Result<Option<Destination>, StoreError> {
        let typed = match (attempt::identifier(&self.attempt), self.channel) {
            (Identifier::Phone(number), Channel::Sms) => Some(Destination::Phone(number)),
            (Identifier::Email(address), Channel::Email) => Some(Destination::Email(address)),
            _ => None,
        };
        let quiet = if typed.is_some() { Duration::ZERO } else { self.app.config.codes.resend };
        let destination = match (&self.asked, typed) {
            (Target::Only(only), _) => only.clone(),
            (Target::OfAttempt, Some(typed)) => Some(typed),
            (Target::OfAttempt, None) => self.of_account(connection)?,
        };
        let budget = format!("to:{}", destination.as_ref().map_or(shown, Destination::as_str));
        let is_free = codes::take_sending(connection, &budget, day(self.now), self.limit(quiet), self.now)?;
        Ok(destination.filter(|_| is_free))
    }

    /// The account's address for this channel.
    fn of_account(&self, connection: &mut Connection) -> Result<Option<Destination>, StoreError> {
        let identifier = attempt::identifier(&self.attempt);
        // No account has the key 0: an unknown name asks as much of the store.
        let account_id = attempt::account(connection, &identifier)?.map_or(0, |account| account.id);
        let owned = addresses::of_account(connection, account_id)?;
        let kind = match self.channel {
            Channel::Sms => AddressKind::Phone,
            Channel::Email => AddressKind::Email,
        };
        let wanted = owned.iter().find(|address| address.kind == kind);
        // An account ID says nothing of addresses: whatever the account has will do.
        let any = matches!(identifier, Identifier::AccountNumber(_)).then(|| owned.first()).flatten();
        Ok(wanted.or(any).map(|address| match address.kind {
            AddressKind::Phone => Destination::Phone(address.value.clone()),
            AddressKind::Email => Destination::Email(address.value.clone()),
        }))
    }
}

/// The message with the code. It is written even where it goes nowhere, so that an unknown name takes as long.
fn message(
    visitor: &Visitor,
    attempt: &Attempt,
    channel: Channel,
    code: &SecretString,
    to: Option<Destination>,
) -> Result<Message, PageError> {
    let to = to.unwrap_or_else(|| match channel {
        Channel::Sms => Destination::Phone(String::new()),
        Channel::Email => Destination::Email(String::new()),
    });
    let app = &visitor.app;
    let failed = |error: askama::Error| {
        tracing::error!(%error, "a message could not be rendered");
        PageError::of(ErrorKind::Internal)
    };
    let host = crate::web::urls::host(&app.config.server.issuer);
    let message = CodeMessage {
        brand: &app.brand,
        language: visitor.page.language,
        code,
        minutes: u32::try_from(lifetime(&app.config.codes, attempt.purpose).as_secs() / 60).unwrap_or(u32::MAX),
        purpose: match attempt.purpose {
            // No code is sent for the question whether an account stays: it comes after one.
            AttemptPurpose::SignIn | AttemptPurpose::Again | AttemptPurpose::Keep => CodePurpose::SignIn,
            AttemptPurpose::SignUp => CodePurpose::SignUp,
            AttemptPurpose::AddAddress => CodePurpose::AddAddress,
            AttemptPurpose::Recovery => CodePurpose::Recovery,
            AttemptPurpose::Undo => CodePurpose::Undo,
        },
        to: to.as_str(),
        browser: None,
        host: &host,
    };
    Ok(match &to {
        Destination::Phone(_) => {
            let (kind, to) = (MessageKind::Code, to.clone());
            Message { text: message.sms(), subject: None, html: None, unsubscribe: None, kind, to }
        }
        Destination::Email(_) => Message {
            text: message.text().map_err(failed)?,
            subject: Some(message.subject()),
            html: Some(message.html().map_err(failed)?),
            unsubscribe: None,
            kind: MessageKind::Code,
            to: to.clone(),
        },
    })
}
