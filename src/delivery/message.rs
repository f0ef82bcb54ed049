//! A message to one person, and where it goes.

use std::fmt;

use serde::Serialize;

use super::mask::{mask_email, mask_phone};

/// How a message travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Channel {
    /// SMTP.
    Mail,
    /// An HTTP gateway.
    Sms,
}

impl Channel {
    /// As metrics and logs name it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Mail => "mail",
            Self::Sms => "sms",
        }
    }
}

/// One person's address. `Debug` and [`Destination::masked`] show only part of it.
#[derive(Clone, PartialEq, Eq)]
pub enum Destination {
    /// A phone number, E.164: `+4366012344417`.
    Phone(String),
    /// An e-mail address, normalised.
    Email(String),
}

impl Destination {
    /// How it is reached.
    #[must_use]
    pub const fn channel(&self) -> Channel {
        match self {
            Self::Phone(_) => Channel::Sms,
            Self::Email(_) => Channel::Mail,
        }
    }

    /// The whole address: for sending only.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Phone(address) | Self::Email(address) => address,
        }
    }

    /// The address as pages and logs may show it.
    #[must_use]
    pub fn masked(&self) -> String {
        match self {
            Self::Phone(number) => mask_phone(number),
            Self::Email(address) => mask_email(address),
        }
    }
}

impl fmt::Debug for Destination {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.masked())
    }
}

/// Why a message is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum MessageKind {
    /// Carries a one-time code: worthless late, harmful in the wrong hands.
    Code,
    /// Tells a person that something happened at the account.
    Notice,
    /// An announcement that the person asked for.
    News,
}

impl MessageKind {
    /// As the captured file, metrics and logs name it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Code => "code",
            Self::Notice => "notice",
            Self::News => "news",
        }
    }
}

/// What is sent. `Debug` shows neither the text nor the whole address.
#[derive(Clone)]
pub struct Message {
    /// To whom.
    pub to: Destination,
    /// Why.
    pub kind: MessageKind,
    /// The SMS, or the plain-text part of the e-mail.
    pub text: String,
    /// Of an e-mail; the operator's name where absent. Never holds what a person typed.
    pub subject: Option<String>,
    /// The HTML part of an e-mail.
    pub html: Option<String>,
    /// The address that ends such e-mails by one press in the mail program (RFC 8058).
    pub unsubscribe: Option<String>,
}

impl fmt::Debug for Message {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Message").field("to", &self.to).field("kind", &self.kind).finish_non_exhaustive()
    }
}

/// Names one message through all attempts, so that a gateway or mail server can tell a repetition from a second message,
/// and report on it: 32 hex digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageId {
    row: i64,
    text: String,
}

impl MessageId {
    /// The one of a row: the same at each attempt.
    pub fn of_row(row: i64) -> Self {
        Self { row, text: format!("{:032x}", u128::from(row.cast_unsigned())) }
    }

    /// 32 hex digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The key of its row, where it has one.
    pub(super) const fn row(&self) -> i64 {
        self.row
    }
}
