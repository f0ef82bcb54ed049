//! What the pages of the account centre that ask for a code show: the field, how long the code works, and when and how
//! another comes.

use crate::app::AppState;
use crate::credentials::guessing::CodeTrier;
use crate::credentials::one_time_code::{self, Verdict};
use crate::language::Sentence;
use crate::store::addresses::AddressKind;
use crate::store::attempts::Attempt;
use crate::store::one_time_codes::Channel;
use crate::store::{Connection, StoreError};
use crate::web::error::ErrorKind;
use crate::web::moment::Moment;
use crate::web::page::Page;
use crate::web::visitor::Visitor;

/// What is wrong with a code.
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

/// Where the codes of an attempt stand.
#[derive(Clone, Debug)]
pub struct CodeEntry {
    /// `sms` or `email`.
    pub channel: &'static str,
    /// The icon of "New code".
    pub icon: &'static str,
    /// Until when the newest code works.
    pub works_until: Moment,
    /// When the next may be asked for; none when it may be now.
    pub next_code: Option<Moment>,
    /// How many codes this destination has left today.
    pub codes_left: u32,
    /// How many it gets a day.
    pub codes_a_day: u32,
    /// When it gets new ones.
    pub more_codes_from: Moment,
    /// What is wrong.
    pub error: Option<CodeFault>,
}

impl CodeEntry {
    /// Reads it. `too_soon` where a new code was just asked for before its time.
    pub async fn of(
        visitor: &Visitor,
        attempt: &Attempt,
        channel: Channel,
        too_soon: bool,
    ) -> Result<Self, StoreError> {
        let standing = one_time_code::standing(visitor, attempt, channel).await?;
        let (app, page, now) = (&visitor.app, &visitor.page, visitor.app.clock.now());
        let next_code = standing.next.filter(|next| *next > now).map(|next| page.clock(next));
        Ok(Self {
            channel: channel.as_str(),
            icon: match channel {
                Channel::Sms => "bubble",
                Channel::Email => "envelope",
            },
            works_until: page.clock(standing.works_until),
            error: next_code.clone().filter(|_| too_soon).map(|next| CodeFault::TooSoon { next }),
            next_code,
            codes_left: standing.left,
            codes_a_day: app.config.codes.per_day,
            more_codes_from: page.clock(one_time_code::next_day(now)),
        })
    }
}

/// A code as it was typed, where it can be one.
pub fn typed(code: Option<&str>) -> Option<String> {
    let digits = one_time_code::digits(code.unwrap_or_default());
    (digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_digit())).then_some(digits)
}

/// Takes a try of the block of addresses that asks and one of the code, and compares. `Err` says why there is no address.
pub fn check(
    connection: &mut Connection,
    visitor: &CodeFrom,
    attempt: &Attempt,
    typed: &str,
) -> Result<Result<(AddressKind, String, Channel), Refusal>, StoreError> {
    let Some(counted) = visitor.trier.count(connection, attempt)? else {
        return Ok(Err(Refusal::Error(ErrorKind::TooMany)));
    };
    let now = visitor.app.clock.now();
    match one_time_code::check(connection, &visitor.app, attempt, typed, now)? {
        Verdict::Wrong { tries_left } => Ok(Err(Refusal::Again(CodeFault::Wrong { tries_left }))),
        Verdict::Right { kind, address, channel } => {
            counted.settle(connection)?;
            Ok(Ok((kind, address, channel)))
        }
    }
}

/// Where a code is typed: what counting needs.
pub struct CodeFrom {
    app: AppState,
    trier: CodeTrier,
}

impl CodeFrom {
    /// This visitor.
    pub fn of(visitor: &Visitor) -> Self {
        Self { app: visitor.app.get_ref().clone(), trier: CodeTrier::of(visitor) }
    }
}

/// Why a code led nowhere.
pub enum Refusal {
    /// It may be typed again.
    Again(CodeFault),
    /// The page cannot go on.
    Error(ErrorKind),
}
