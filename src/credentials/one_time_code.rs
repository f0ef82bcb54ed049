//! Codes sent to an address: six digits, one destination and purpose, a few tries, used once.
//!
//! Whoever asks sees the same pages, counters and limits whether or not there is an account behind a name: a code for
//! which there is nowhere to go is written down all the same, and can never be right.

pub mod fate;
mod sending;
mod wording;

use std::time::Duration;

use super::guessing::{DeviceCookie, OwnDevice};
use super::sms::By;
use super::{attempt, sms};
use crate::app::AppState;
use crate::clock::Timestamp;
use crate::config;
use crate::delivery::Channel as Route;
use crate::identifier::Identifier;
use crate::security::random;
use crate::store::addresses::AddressKind;
use crate::store::attempts::{Attempt, AttemptPurpose, IdentifierKind};
use crate::store::one_time_codes::{self as codes, Channel, Spent};
use crate::store::{Connection, StoreError};
use crate::web::visitor::Visitor;

pub use sending::{Sending, Target, send, send_for_work, send_to};

/// What the codes of an attempt prove: a code for one purpose is a code for nothing else. Nobody knows before whether an
/// address signs in or signs up.
fn purpose(attempt: &Attempt) -> &'static str {
    match attempt.purpose {
        AttemptPurpose::SignIn | AttemptPurpose::SignUp | AttemptPurpose::Again => "sign_in",
        AttemptPurpose::AddAddress => "add_address",
        AttemptPurpose::Recovery => "recovery",
        AttemptPurpose::Undo => "undo",
        AttemptPurpose::Keep => "keep",
    }
}

/// A code that gives a new password is good no longer than this, whatever the operator lets others be.
const LONGEST_RECOVERY: Duration = Duration::from_secs(15 * 60);
const DAY_MILLISECONDS: i64 = 24 * 60 * 60 * 1000;

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

/// How long a code for this is good.
fn lifetime(config: &config::Codes, purpose: AttemptPurpose) -> Duration {
    match purpose {
        AttemptPurpose::Recovery => config.lifetime.min(LONGEST_RECOVERY),
        AttemptPurpose::SignIn
        | AttemptPurpose::SignUp
        | AttemptPurpose::Again
        | AttemptPurpose::AddAddress
        | AttemptPurpose::Undo
        | AttemptPurpose::Keep => config.lifetime,
    }
}

/// Whether a code by this channel goes to the very address that was typed: then it is sent whoever has that address, and
/// what becomes of it may be told.
pub fn is_typed(attempt: &Attempt, channel: Channel) -> bool {
    matches!(
        (attempt::identifier(attempt), channel),
        (Identifier::Phone(_), Channel::Sms) | (Identifier::Email(_), Channel::Email)
    )
}

/// What the day's budget is counted by: the name that was typed and the channel, never what is behind it; or the browser, where it has
/// signed in to the account before.
fn budget_key(attempt: &Attempt, channel: Channel, own: Option<&OwnDevice>) -> String {
    if let Some(OwnDevice(own)) = own {
        return format!("on:{own}:{}", channel.as_str());
    }
    format!("{}:{}:{}", attempt.identifier_kind.as_str(), attempt.identifier, channel.as_str())
}

/// The keys under which the codes of one name, or to one address, are counted.
pub fn budget_keys(kind: IdentifierKind, identifier: &str) -> Vec<String> {
    let by_channel = |channel: &Channel| format!("{}:{identifier}:{}", kind.as_str(), channel.as_str());
    let shown: Vec<String> = Channel::ALL.iter().map(by_channel).collect();
    let to = |name: &str| format!("to:{name}");
    shown.iter().map(|shown| to(shown)).chain([to(identifier)]).chain(shown.clone()).collect()
}

/// The whole day of a moment, UTC.
pub fn day(now: Timestamp) -> i64 {
    now.millis().div_euclid(DAY_MILLISECONDS)
}

/// When that day is over.
pub fn next_day(now: Timestamp) -> Timestamp {
    Timestamp::from_millis(day(now).saturating_add(1).saturating_mul(DAY_MILLISECONDS))
}

/// What the code page says about codes of this attempt.
#[derive(Clone, Copy, Debug)]
pub struct Standing {
    /// The channel of the last code.
    pub channel: Channel,
    /// When that code is void.
    pub works_until: Timestamp,
    /// Whether there is such a code at all: of the day's codes, some may have gone out for something else.
    pub works: bool,
    /// When the next may be sent; none once the day's are used up.
    pub next: Option<Timestamp>,
    /// Codes left today.
    pub left: u32,
}

/// Reads it. `asked` is the channel that was asked for; where an account ID's code really went stays unsaid.
pub async fn standing(visitor: &Visitor, attempt: &Attempt, asked: Channel) -> Result<Standing, StoreError> {
    let app = &visitor.app;
    let now = app.clock.now();
    let (device, own, state) = (DeviceCookie::of(visitor), attempt.clone(), app.get_ref().clone());
    let read = app.store.read(move |connection| {
        let device = device.known_to(connection, &own, now)?;
        let by = device.as_ref().map_or(By::Number, By::Own);
        let typed = sms::typed(&own, asked);
        let waits = sms::number_waits(connection, &state.config.sms, typed.as_ref(), by, now)?;
        let key = budget_key(&own, asked, device.as_ref());
        Ok((codes::spent(connection, &key, day(now))?, codes::find(connection, &own.id_digest)?, waits))
    });
    let (spent, code, waits) = read.await?;
    let Spent { sent, last_sent_at } = spent;
    let left = app.config.codes.per_day.saturating_sub(u32::try_from(sent).unwrap_or(u32::MAX));
    let next = last_sent_at.map_or(now, |last| last.plus(app.config.codes.resend));
    let next = waits.map_or(next, |until| next.max(until));
    let is_live = |code: &codes::OneTimeCode| code.used_at.is_none() && code.tries_left > 0 && code.expires_at > now;
    Ok(Standing {
        channel: asked,
        works: code.as_ref().is_some_and(is_live),
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
    sms::entered(connection, &app.config.sms, &code)?;
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
