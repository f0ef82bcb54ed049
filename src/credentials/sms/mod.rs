//! What holds back who pumps text messages: whoever owns numbers, and earns by having codes sent to them. Everything is counted
//! before a code goes, in the write that makes it.
//!
//! There are several books, of everything that is counted by number: one for numbers that were typed, which anybody may learn from,
//! one for those that come from accounts, which shows in no answer, and one for browsers that signed in to the account before. So
//! nobody learns by what is used up where a code went that was sent under another name, and nobody uses up what the owner has on her
//! own phone. Each has its own limits, and its part of the money.

pub mod alarm;
pub mod decide;
pub mod money;
pub mod proof_of_work;
pub mod reckoning;
mod standing;

use super::attempt;
use super::guessing::OwnDevice;
use crate::clock::Timestamp;
use crate::config::SmsCodes;
use crate::identifier::Identifier;
use crate::phone::Numbered;
use crate::security::random;
use crate::store::attempts::Attempt;
use crate::store::one_time_codes::{Channel, OneTimeCode};
use crate::store::{Connection, StoreError, sms_watch, throttles};

pub use standing::{Standing, standing};

/// Which book a code is counted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Book {
    /// Of numbers that were typed.
    Typed,
    /// Of numbers that accounts have.
    Known,
    /// Of numbers whose account a browser has signed in to: what it still gets when everybody else has used up the first.
    Own,
    /// Of names that lead to no number, by how a code was asked for: written so that they cost as much, and read by nobody.
    Nobody(Channel),
}

impl Book {
    /// Those that something is paid from.
    pub const PAID: [Self; 3] = [Self::Typed, Self::Known, Self::Own];

    /// Its name in the store.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Typed => "typed",
            Self::Known => "known",
            Self::Own => "own",
            Self::Nobody(Channel::Sms) => "nobody",
            Self::Nobody(Channel::Email) => "nobody-by-mail",
        }
    }

    /// The book of a name, where it is one that codes go by.
    pub fn parse(name: &str) -> Option<Self> {
        Self::PAID.into_iter().find(|book| book.name() == name)
    }

    /// Its part of an amount of money: half is for numbers that are typed, a quarter for those that nobody typed, a quarter for browsers
    /// that signed in before.
    const fn part(self, money: u32) -> u32 {
        match self {
            Self::Typed => money - 2 * (money / 4),
            Self::Known | Self::Own | Self::Nobody(_) => money / 4,
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

/// By whom codes to a number are counted.
#[derive(Clone, Copy, Debug)]
pub enum By<'a> {
    /// The number.
    Number,
    /// A browser of its owner, whatever the number has had.
    Own(&'a OwnDevice),
    /// A name that leads to no number.
    Name(&'a str),
}

impl By<'_> {
    fn bucket(self, book: Book, number: &str) -> String {
        match self {
            Self::Number => number_bucket(book, number),
            Self::Own(OwnDevice(own)) => format!("sms-on:{own}"),
            Self::Name(name) => number_bucket(book, name),
        }
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
    config: &SmsCodes,
    typed: Option<&Numbered>,
    by: By<'_>,
    now: Timestamp,
) -> Result<Option<Timestamp>, StoreError> {
    let Some(numbered) = typed else { return Ok(None) };
    let found = throttles::find(connection, &by.bucket(Book::Typed, &numbered.number), now)?;
    Ok(found.filter(|(used, _)| *used >= config.per_number_per_hour).map(|(_, ends)| ends))
}

/// Notes that a code was right, within the caller's write.
pub fn entered(connection: &mut Connection, config: &SmsCodes, code: &OneTimeCode) -> Result<(), StoreError> {
    let Some(book) = code.sms_book.as_deref().and_then(Book::parse) else { return Ok(()) };
    let numbered = Numbered::of(&code.destination);
    for prefix in prefixes(book, &numbered) {
        sms_watch::entered(connection, &prefix, code.sent_at)?;
    }
    alarm::count(&alarm::country(config, Some(&numbered)), "entered");
    Ok(())
}
