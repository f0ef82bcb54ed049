//! What can be wrong with a field that more than one page asks for, each with its sentence in the catalogue.
//! Faults of one page's own field live beside that page.

use super::sign_in_context::shown_name;
use crate::{identifier::IdentifierFault, language::Sentence, web::page::Page};

/// What is wrong with an identifier or address. None of these tells whether an account exists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AddressFault {
    /// Nothing was typed.
    Missing,
    /// Neither a phone number, nor an e-mail address, nor (where one is asked for) an account ID.
    NotUnderstood,
    /// A comma stands where a dot belongs; with the address that was probably meant.
    Comma {
        /// The same address with a dot.
        meant: String,
    },
    /// A phone number without its country.
    CountryMissing,
}

impl AddressFault {
    /// The sentence beside the field.
    pub fn sentence(&self, page: &Page) -> Sentence<'_> {
        match self {
            Self::Missing => page.t("address-missing"),
            Self::NotUnderstood => page.t("address-not-understood"),
            Self::Comma { meant } => page.t("address-comma").strong("meant", meant),
            Self::CountryMissing => page.t("address-country-missing"),
        }
    }
}

impl From<IdentifierFault> for AddressFault {
    fn from(fault: IdentifierFault) -> Self {
        match fault {
            IdentifierFault::Missing => Self::Missing,
            IdentifierFault::NotAnEmail { meant: Some(meant) } => Self::Comma { meant },
            IdentifierFault::CountryMissing => Self::CountryMissing,
            IdentifierFault::NotANumber | IdentifierFault::NotAnEmail { meant: None } | IdentifierFault::Neither => {
                Self::NotUnderstood
            }
        }
    }
}

/// What is wrong with a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameFault {
    /// Nothing was typed.
    Missing,
    /// Longer than the store keeps.
    TooLong {
        /// The most characters a name may have.
        most: u16,
    },
    /// Control characters, or other things no name has.
    NotAName,
}

impl NameFault {
    /// The sentence beside the field.
    pub fn sentence(&self, page: &Page) -> Sentence<'static> {
        match self {
            Self::Missing => page.t("name-missing"),
            Self::TooLong { most } => page.t("name-too-long").number("most", *most),
            Self::NotAName => page.t("name-not-a-name"),
        }
    }
}

/// The longest name the store keeps.
const MOST_NAME_CHARACTERS: u16 = 64;

/// A name as it is kept: trimmed, without the characters that could turn a sentence around it.
pub fn checked_name(typed: &str) -> Result<String, NameFault> {
    let typed = typed.trim();
    if typed.is_empty() {
        return Err(NameFault::Missing);
    }
    if typed.chars().count() > usize::from(MOST_NAME_CHARACTERS) {
        return Err(NameFault::TooLong { most: MOST_NAME_CHARACTERS });
    }
    let name = shown_name(typed);
    if name.is_empty() || name != typed { Err(NameFault::NotAName) } else { Ok(name) }
}

/// What is wrong with a password somebody chooses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NewPasswordFault {
    /// Nothing was typed, where one is asked for.
    Missing,
    /// Under what the operator asks for.
    TooShort {
        /// The fewest characters one may have.
        least: u16,
    },
    /// Over what is taken.
    TooLong {
        /// The most characters one may have.
        most: u16,
    },
    /// Among those that are tried first.
    Guessable(Guess),
    /// It was stolen somewhere, and is in the lists of those who try passwords.
    Breached,
}

impl NewPasswordFault {
    /// The sentence beside the field: why, and what helps.
    pub fn sentence(&self, page: &Page) -> Sentence<'static> {
        match self {
            Self::Missing => page.t("new-password-missing"),
            Self::TooShort { least } => page.t("new-password-too-short").number("least", *least),
            Self::TooLong { most } => page.t("new-password-too-long").number("most", *most),
            Self::Guessable(guess) => page.t("new-password-guessable").choice("why", guess.as_str()),
            Self::Breached => page.t("new-password-breached"),
        }
    }
}

/// What makes a password easy to guess.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guess {
    /// It is made of what others know of the person.
    Own,
    /// Many people use it.
    Common,
    /// It is close to one that many people use.
    Similar,
    /// One word.
    Word,
    /// Names.
    Name,
    /// Keys that lie side by side.
    Keyboard,
    /// The same again and again.
    Repeat,
    /// A run of letters or digits.
    Sequence,
    /// A date or year.
    Date,
    /// Too little of everything.
    Plain,
}

impl Guess {
    /// Every one, for the test over the catalogue and for samples.
    pub const ALL: [Self; 10] = [
        Self::Own,
        Self::Common,
        Self::Similar,
        Self::Word,
        Self::Name,
        Self::Keyboard,
        Self::Repeat,
        Self::Sequence,
        Self::Date,
        Self::Plain,
    ];

    /// The word by which the catalogue chooses.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Own => "own",
            Self::Common => "common",
            Self::Similar => "similar",
            Self::Word => "word",
            Self::Name => "name",
            Self::Keyboard => "keyboard",
            Self::Repeat => "repeat",
            Self::Sequence => "sequence",
            Self::Date => "date",
            Self::Plain => "plain",
        }
    }
}

/// How hard a password that is taken is to guess.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Strength {
    /// Past a million guesses: enough where every try is counted, as here.
    Enough,
    /// Past a hundred million.
    Good,
    /// Past ten thousand million.
    Strong,
}

impl Strength {
    /// The sentence below the meter.
    pub const fn sentence(self, page: &Page) -> Sentence<'static> {
        page.t(match self {
            Self::Enough => "new-password-enough",
            Self::Good => "new-password-good",
            Self::Strong => "new-password-strong",
        })
    }
}
