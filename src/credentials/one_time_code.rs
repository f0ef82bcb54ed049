//! Codes sent to an address: six digits, one destination and purpose, a few tries, used once.
//!
//! Whoever asks sees the same pages, counters and limits whether or not there is an account behind a name: a code for
//! which there is nowhere to go is written down all the same, and can never be right.

use secrecy::{ExposeSecret, SecretString};
use std::time::Duration;

use super::attempt;
use crate::app::AppState;
use crate::clock::Timestamp;
use crate::delivery::code::{CodeMessage, CodePurpose};
use crate::delivery::{Channel as Route, Destination, Message, MessageKind};
use crate::identifier::Identifier;
use crate::security::random;
use crate::store::addresses::{self, AddressKind};
use crate::store::attempts::{Attempt, AttemptPurpose, IdentifierKind};
use crate::store::one_time_codes::{self as codes, Channel, OneTimeCode, SendLimit, Spent};
use crate::store::{Connection, StoreError, throttles};
use crate::web::error::ErrorKind;
use crate::web::error_page::PageError;
use crate::web::visitor::Visitor;

/// What the codes of an attempt prove: a code for one purpose is a code for nothing else. Nobody knows before whether an
/// address signs in or signs up.
fn purpose(attempt: &Attempt) -> &'static str {
    match attempt.purpose {
        AttemptPurpose::SignIn | AttemptPurpose::SignUp | AttemptPurpose::Again => "sign_in",
        AttemptPurpose::AddAddress => "add_address",
        AttemptPurpose::Recovery => "recovery",
    }
}

const HOUR: Duration = Duration::from_secs(60 * 60);
const DAY_MILLISECONDS: i64 = 24 * 60 * 60 * 1000;

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

/// The channel a code takes unless another is asked for.
pub fn default_channel(kind: IdentifierKind) -> Channel {
    match kind {
        IdentifierKind::Phone => Channel::Sms,
        // Mail costs nothing; an account without an address for it gets a text, and nobody sees which.
        IdentifierKind::Email | IdentifierKind::AccountNumber => Channel::Email,
    }
}

/// The other one.
pub fn other(channel: Channel) -> Channel {
    match channel {
        Channel::Sms => Channel::Email,
        Channel::Email => Channel::Sms,
    }
}

/// Whether messages of this channel can be sent at all.
pub fn reaches(app: &AppState, channel: Channel) -> bool {
    app.delivery.reaches(match channel {
        Channel::Sms => Route::Sms,
        Channel::Email => Route::Mail,
    })
}

/// What the day's budget is counted by: the name that was typed and the channel, never what is behind it.
fn budget_key(attempt: &Attempt, channel: Channel) -> String {
    format!("{}:{}:{}", attempt.identifier_kind.as_str(), attempt.identifier, channel.as_str())
}

/// The whole day of a moment, UTC.
pub fn day(now: Timestamp) -> i64 {
    now.millis().div_euclid(DAY_MILLISECONDS)
}

/// When that day is over.
pub fn next_day(now: Timestamp) -> Timestamp {
    Timestamp::from_millis(day(now).saturating_add(1).saturating_mul(DAY_MILLISECONDS))
}

/// Sends a code for an attempt: everything is counted and written in one write, the message goes out after it.
pub async fn send(visitor: &Visitor, attempt: &Attempt, channel: Channel) -> Result<Sending, PageError> {
    let app = &visitor.app;
    let now = app.clock.now();
    let code = SecretString::from(random::digits(6));
    let plan = Plan {
        attempt: attempt.clone(),
        channel,
        block: visitor.address_block(),
        app: app.get_ref().clone(),
        code: code.clone(),
        now,
    };
    let outcome = app.store.write(move |connection| plan.carry_out(connection)).await?;
    let (sending, target) = match outcome {
        Ok(target) => (Sending::Sent, target),
        Err(refused) => (refused, None),
    };
    if sending == Sending::Sent {
        let message = message(visitor, attempt, channel, &code, target.clone())?;
        if let Some(target) = target
            && let Err(error) = app.delivery.send(message)
        {
            tracing::warn!(%error, "a code could not be queued");
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
    block: String,
    app: AppState,
    code: SecretString,
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
                expires_at: now.plus(config.codes.lifetime),
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
        let destination = match typed {
            Some(typed) => Some(typed),
            None => self.of_account(connection)?,
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
        minutes: u32::try_from(app.config.codes.lifetime.as_secs() / 60).unwrap_or(u32::MAX),
        purpose: match attempt.purpose {
            AttemptPurpose::SignIn | AttemptPurpose::Again => CodePurpose::SignIn,
            AttemptPurpose::SignUp => CodePurpose::SignUp,
            AttemptPurpose::AddAddress => CodePurpose::AddAddress,
            AttemptPurpose::Recovery => CodePurpose::Recovery,
        },
        to: to.as_str(),
        browser: None,
        host: &host,
    };
    Ok(match &to {
        Destination::Phone(_) => {
            Message { text: message.sms(), subject: None, html: None, kind: MessageKind::Code, to: to.clone() }
        }
        Destination::Email(_) => Message {
            text: message.text().map_err(failed)?,
            subject: Some(message.subject()),
            html: Some(message.html().map_err(failed)?),
            kind: MessageKind::Code,
            to: to.clone(),
        },
    })
}

/// What the code page says about codes of this attempt.
#[derive(Clone, Copy, Debug)]
pub struct Standing {
    /// The channel of the last code.
    pub channel: Channel,
    /// When that code is void.
    pub works_until: Timestamp,
    /// When the next may be sent; none once the day's are used up.
    pub next: Option<Timestamp>,
    /// Codes left today.
    pub left: u32,
}

/// Reads it. `asked` is the channel that was asked for; where an account ID's code really went stays unsaid.
pub async fn standing(visitor: &Visitor, attempt: &Attempt, asked: Channel) -> Result<Standing, StoreError> {
    let app = &visitor.app;
    let (key, now) = (budget_key(attempt, asked), app.clock.now());
    let subject = attempt.id_digest.clone();
    let (spent, code) = app
        .store
        .read(move |connection| Ok((codes::spent(connection, &key, day(now))?, codes::find(connection, &subject)?)))
        .await?;
    let Spent { sent, last_sent_at } = spent;
    let left = app.config.codes.per_day.saturating_sub(u32::try_from(sent).unwrap_or(u32::MAX));
    let next = last_sent_at.map_or(now, |last| last.plus(app.config.codes.resend));
    Ok(Standing {
        channel: asked,
        works_until: code.map_or(now, |code| code.expires_at),
        next: (left > 0).then_some(next),
        left,
    })
}

/// What a code came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Wrong, void or used; so many tries are left.
    Wrong {
        /// 0 where another code is needed.
        tries_left: u8,
    },
    /// Right: the person controls this address.
    Right {
        /// Its kind.
        kind: AddressKind,
        /// Its canonical form.
        address: String,
        /// How it was reached.
        channel: Channel,
    },
}

/// Takes a try and compares, inside the caller's write: the try is gone before the comparison, whatever comes of it.
pub fn check(
    connection: &mut Connection,
    app: &AppState,
    attempt: &Attempt,
    typed: &str,
    now: Timestamp,
) -> Result<Verdict, StoreError> {
    let Some(code) = codes::take_try(connection, &attempt.id_digest, purpose(attempt), now)? else {
        return Ok(Verdict::Wrong { tries_left: 0 });
    };
    let digest = app.derived.one_time_code_digest(&attempt.id_digest, purpose(attempt), typed);
    let is_right = random::equal(&digest, &code.code_digest);
    if !is_right || !codes::mark_used(connection, &attempt.id_digest, now)? {
        return Ok(Verdict::Wrong { tries_left: u8::try_from(code.tries_left).unwrap_or(0) });
    }
    let kind = match code.channel {
        Channel::Sms => AddressKind::Phone,
        Channel::Email => AddressKind::Email,
    };
    Ok(Verdict::Right { kind, address: code.destination, channel: code.channel })
}

/// The digits of what was typed: people paste codes with spaces.
pub fn digits(typed: &str) -> String {
    typed.chars().filter(|c| !c.is_whitespace() && *c != '-').take(12).collect()
}
