//! What holds back who pumps text messages: whoever owns numbers, and earns by having codes sent to them. Everything is counted
//! before a code goes, in the write that makes it.
//!
//! There are two books, of everything that is counted by number: one for numbers that were typed, which anybody may learn from, and
//! one for those that come from accounts, which shows in no answer. So nobody learns by what is used up where a code went that was
//! sent under another name. Each has its own limits, and its part of the money.

pub mod alarm;
pub mod decide;
pub mod money;
pub mod proof_of_work;
pub mod reckoning;
mod standing;

use super::attempt;
use super::one_time_code::is_typed;
use crate::app::AppState;
use crate::clock::Timestamp;
use crate::config::SmsCodes;
use crate::identifier::Identifier;
use crate::phone::Numbered;
use crate::security::random;
use crate::store::attempts::Attempt;
use crate::store::one_time_codes::{Channel, OneTimeCode};
use crate::store::{Connection, StoreError, sms_watch, throttles};

pub use standing::{Standing, standing};

/// Which book a number is counted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Book {
    /// Of numbers that were typed.
    Typed,
    /// Of numbers that accounts have.
    Known,
}

impl Book {
    const fn name(self) -> &'static str {
        match self {
            Self::Typed => "typed",
            Self::Known => "known",
        }
    }

    /// Its part of an amount of money: a quarter is for numbers that nobody typed.
    const fn part(self, money: u32) -> u32 {
        match self {
            Self::Typed => money - money / 4,
            Self::Known => money / 4,
        }
    }
}

/// Why no code goes to a number, whatever was sent before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Never {
    /// None go to its country.
    Country,
    /// It is no mobile number.
    NoMobile,
}

impl Never {
    /// As metrics name it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Country => "country",
            Self::NoMobile => "no_mobile",
        }
    }
}

/// Whether any code goes to a number.
pub fn never(config: &SmsCodes, numbered: &Numbered) -> Option<Never> {
    if !numbered.is_mobile {
        return Some(Never::NoMobile);
    }
    (!config.countries.has(numbered.country)).then_some(Never::Country)
}

/// The number that was typed, where the code of this attempt goes to it.
pub fn typed(attempt: &Attempt, channel: Channel) -> Option<Numbered> {
    match attempt::identifier(attempt) {
        Identifier::Phone(number) if channel == Channel::Sms => Some(Numbered::of(&number)),
        _ => None,
    }
}

fn number_bucket(book: Book, number: &str) -> String {
    format!("sms-to:{}:{}", book.name(), random::encode(random::sha256(number)))
}

/// The buckets in which codes to a number are counted: forgotten with its account.
pub fn buckets(number: &str) -> [String; 2] {
    [Book::Typed, Book::Known].map(|book| number_bucket(book, number))
}

/// Under which names the codes to a number are watched: its range, and its country.
fn prefixes(book: Book, numbered: &Numbered) -> [String; 2] {
    [numbered.range(), numbered.country_name()].map(|prefix| format!("{}:{prefix}", book.name()))
}

/// When the next code may go to the number that was typed, as far as that number is concerned; none: now.
pub fn number_waits(
    connection: &mut Connection,
    app: &AppState,
    attempt: &Attempt,
    channel: Channel,
    now: Timestamp,
) -> Result<Option<Timestamp>, StoreError> {
    let Some(numbered) = typed(attempt, channel) else { return Ok(None) };
    let found = throttles::find(connection, &number_bucket(Book::Typed, &numbered.number), now)?;
    let most = app.config.sms.per_number_per_hour;
    Ok(found.filter(|(used, _)| *used >= most).map(|(_, ends)| ends))
}

/// Notes that a code was right, within the caller's write.
pub fn entered(
    connection: &mut Connection,
    app: &AppState,
    attempt: &Attempt,
    code: &OneTimeCode,
) -> Result<(), StoreError> {
    if code.channel != Channel::Sms {
        return Ok(());
    }
    let numbered = Numbered::of(&code.destination);
    let book = if is_typed(attempt, Channel::Sms) { Book::Typed } else { Book::Known };
    for prefix in prefixes(book, &numbered) {
        sms_watch::entered(connection, &prefix, code.sent_at)?;
    }
    alarm::count(&alarm::country(&app.config.sms, Some(&numbered)), "entered");
    Ok(())
}
