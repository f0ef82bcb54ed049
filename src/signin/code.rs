//! The code page of sign-in and sign-up. Posts `code` and `attempt` to `/signin/code`; "New code" posts `attempt` to
//! `/signin/code/send`, with `channel` = `sms` | `email` when the other channel is asked for.

use askama::Template;

use crate::{
    language::Sentence,
    web::{door::AppDoor, moment::Moment, page::Page},
};

/// How a code travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channel {
    /// A text message.
    Sms,
    /// A mail.
    Email,
}

impl Channel {
    /// The value of the form field `channel`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sms => "sms",
            Self::Email => "email",
        }
    }

    /// The icon beside it.
    pub const fn icon(self) -> &'static str {
        match self {
            Self::Sms => "bubble",
            Self::Email => "envelope",
        }
    }
}

/// Where the code goes, as far as this browser may know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Destination {
    /// To the address that was typed on the first page, shown as typed.
    Typed {
        /// As typed (formatted, never completed from the account).
        address: String,
        /// How it travels there.
        channel: Channel,
    },
    /// To an address of the account whose ID was typed. The page never shows which, or whether there is one.
    OfAccountId,
}

/// What is wrong with the code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CodeFault {
    /// Nothing was typed.
    Missing,
    /// Wrong, too old, or never sent.
    Wrong {
        /// How many tries this code has left; 0 asks for a new one.
        tries_left: u8,
    },
    /// A new code was asked for before its time.
    TooSoon {
        /// When the next may be asked for.
        next: Moment,
    },
}

impl CodeFault {
    /// The sentence beside the field.
    pub fn sentence(&self, page: &Page) -> Sentence<'_> {
        match self {
            Self::Missing => page.t("code-missing"),
            Self::Wrong { tries_left: 0 } => page.t("code-used-up"),
            Self::Wrong { tries_left } => page.t("code-wrong").number("tries", *tries_left),
            Self::TooSoon { next } => page.t("code-too-soon").time("time", &next.iso, &next.shown),
        }
    }
}

/// Asks for the six digits.
#[derive(Debug, Template)]
#[template(path = "signin/code.html")]
pub struct CodePage {
    /// What every page carries.
    pub page: Page,
    /// The app that asks.
    pub app: Option<AppDoor>,
    /// The hidden `attempt`.
    pub attempt: String,
    /// Where the code goes.
    pub destination: Destination,
    /// The link back to the first page.
    pub change_url: String,
    /// Until when the newest code works.
    pub works_until: Moment,
    /// When the next code may be asked for; `None` when it may be now.
    pub next_code: Option<Moment>,
    /// How many codes this destination has left today.
    pub codes_left: u32,
    /// How many it gets a day.
    pub codes_a_day: u32,
    /// When it gets new ones; shown when none is left.
    pub more_codes_from: Moment,
    /// The other way a code could travel, where there may be one.
    pub other_channel: Option<Channel>,
    /// The link to the password page, where a password is a way on.
    pub password_url: Option<String>,
    /// What is wrong.
    pub error: Option<CodeFault>,
}

impl CodePage {
    /// The icon of "New code".
    fn icon_name(&self) -> &'static str {
        match &self.destination {
            Destination::Typed { channel, .. } => channel.icon(),
            Destination::OfAccountId => "bubble",
        }
    }

    /// Which way on the sentence about the last code names.
    fn instead(&self) -> &'static str {
        match (self.other_channel, &self.password_url) {
            (Some(channel), _) => channel.name(),
            (None, Some(_)) => "password",
            (None, None) => "none",
        }
    }
}
