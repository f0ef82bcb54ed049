//! Sending a code: counted and written down in one write, then put into the queue.

mod texting;

use secrecy::{ExposeSecret, SecretString};
use std::time::Duration;

use super::super::attempt;
use super::super::guessing::{DeviceCookie, OwnDevice};
use super::{budget_key, day, lifetime, purpose, wording};
use crate::app::AppState;
use crate::clock::Timestamp;
use crate::credentials::sms::alarm::Heard;
use crate::credentials::sms::proof_of_work::Solved;
use crate::credentials::sms::{self, Book};
use crate::delivery::segments::segments;
use crate::delivery::{Destination, MessageId};
use crate::identifier::Identifier;
use crate::phone::Numbered;
use crate::security::random;
use crate::store::addresses::{self, AddressKind};
use crate::store::attempts::Attempt;
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
    /// Not by text message, or not before the browser has worked for it: the page of `urls::held` says which, and what there is
    /// instead.
    Held,
}

/// Sends a code for an attempt: everything is counted and written in one write, the message goes out after it.
pub async fn send(visitor: &Visitor, attempt: &Attempt, channel: Channel) -> Result<Sending, PageError> {
    send_to(visitor, attempt, channel, Target::OfAttempt, None).await
}

/// The same for a browser that has worked for it.
pub async fn send_for_work(
    visitor: &Visitor,
    attempt: &Attempt,
    channel: Channel,
    solved: Option<Solved>,
) -> Result<Sending, PageError> {
    send_to(visitor, attempt, channel, Target::OfAttempt, solved).await
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
    solved: Option<Solved>,
) -> Result<Sending, PageError> {
    let app = &visitor.app;
    let numbered = match target {
        Target::OfAttempt => sms::typed(attempt, channel),
        Target::Only(_) => None,
    };
    if let Some(never) = numbered.as_ref().and_then(|own| sms::never(&app.config.sms, own)) {
        sms::alarm::count(&sms::alarm::country(&app.config.sms, numbered.as_ref()), never.name());
        return Ok(Sending::Held);
    }
    let now = app.clock.now();
    let code = SecretString::from(random::digits(6));
    let plan = Plan {
        attempt: attempt.clone(),
        channel,
        asked: target,
        numbered,
        solved,
        segments: segments(&wording::sms(visitor, attempt, &code)),
        block: visitor.address_block(),
        device: DeviceCookie::of(visitor),
        own: None,
        app: app.get_ref().clone(),
        code: code.clone(),
        message_id: random::id(),
        now,
    };
    let message_id = plan.message_id;
    let (outcome, heard) = app
        .store
        .write(move |connection| {
            let mut heard = Heard::default();
            let outcome = plan.carry_out(connection, &mut heard)?;
            Ok((outcome, heard))
        })
        .await?;
    heard.say();
    let target = match outcome {
        Ok(target) => target,
        Err(refused) => return Ok(refused),
    };
    let message = wording::message(visitor, attempt, channel, &code, target.clone())?;
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
    Ok(Sending::Sent)
}

/// One sending, with everything the write needs.
struct Plan {
    attempt: Attempt,
    channel: Channel,
    asked: Target,
    /// The number that was typed, where the code goes to it.
    numbered: Option<Numbered>,
    solved: Option<Solved>,
    segments: u32,
    block: String,
    device: DeviceCookie,
    /// This browser, where it has signed in to the account before.
    own: Option<OwnDevice>,
    app: AppState,
    code: SecretString,
    message_id: i64,
    now: Timestamp,
}

/// What goes where.
struct Going {
    target: Option<Destination>,
    /// In which book it is counted, where it goes as a text message.
    book: Option<Book>,
}

/// Where a code goes, or why there is none.
type Outcome = Result<Option<Destination>, Sending>;

impl Plan {
    fn carry_out(mut self, connection: &mut Connection, heard: &mut Heard) -> Result<Outcome, StoreError> {
        let (codes_config, now) = (&self.app.config.codes, self.now);
        self.own = self.device.known_to(connection, &self.attempt, now)?;
        if self.own.is_none() && self.is_too_much(connection)? {
            return Ok(Err(Sending::TooMany));
        }
        let shown = budget_key(&self.attempt, self.channel, self.own.as_ref());
        let limit = self.limit(codes_config.resend);
        // Looked at first: who presses too soon uses up nobody's limits on text messages.
        if !codes::spent(connection, &shown, day(now))?.has_one_more(limit) {
            return Ok(Err(Sending::NotNow));
        }
        let reckoning = match self.ask(connection, heard)? {
            Ok(reckoning) => reckoning,
            Err(refused) => return Ok(Err(refused)),
        };
        if !codes::take_sending(connection, &shown, day(now), limit, now)? {
            return Ok(Err(Sending::NotNow));
        }
        let target = self.target(connection, &shown)?;
        let going = match self.pay(connection, target, reckoning.as_ref(), heard)? {
            Ok(going) => going,
            Err(refused) => return Ok(Err(refused)),
        };
        self.write_down(connection, &going)?;
        Ok(Ok(going.target))
    }

    /// Counts what one neighbour and everybody set off. A browser that has signed in to the account before has its own budget only.
    fn is_too_much(&self, connection: &mut Connection) -> Result<bool, StoreError> {
        let (limits, now) = (&self.app.config.limits, self.now);
        for (bucket, limit) in [
            (format!("sends-from:{}", self.block), limits.sends_per_address_per_hour),
            ("sends".to_owned(), limits.sends_per_hour),
        ] {
            if throttles::take(connection, &bucket, limit, now, now.plus(HOUR))?.is_some() {
                // Not the bucket's name: it holds an address.
                tracing::warn!(limit, "codes are held back: too many were sent");
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn write_down(&self, connection: &mut Connection, going: &Going) -> Result<(), StoreError> {
        let (config, now, target) = (&self.app.config, self.now, going.target.as_ref());
        let code_digest = match target {
            Some(_) => self.app.derived.one_time_code_digest(
                &self.attempt.id_digest,
                purpose(&self.attempt),
                self.code.expose_secret(),
            ),
            None => random::bytes::<32>().to_vec(),
        };
        let (channel, destination) = match target {
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
                sms_book: going.book.map(|book| book.name().to_owned()),
            },
        )
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
        // What strangers have had sent there takes nothing off a browser of the owner's: it has its own budget.
        if self.own.is_some() {
            return Ok(destination);
        }
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
