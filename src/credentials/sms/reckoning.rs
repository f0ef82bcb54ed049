//! What was counted so far for one more code, in one of the books; whether it goes, and the counting of it.

use std::time::Duration;

use super::alarm::{self, Alarm};
use super::decide::{Answer, Tally, Watched, What, decide};
use super::money::money_bucket;
use super::{Book, By, prefixes};
use crate::app::AppState;
use crate::clock::Timestamp;
use crate::phone::Numbered;
use crate::store::sms_watch::{self, Pause};
use crate::store::{Connection, StoreError, throttles};

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(60 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// What is known when one more code is asked for.
#[derive(Clone, Copy)]
pub struct Asked<'a> {
    /// The app.
    pub app: &'a AppState,
    /// The block of addresses it is asked from; none where that was counted already.
    pub block: Option<&'a str>,
    /// By whom codes to a number are counted.
    pub by: By<'a>,
    /// How many messages the text is.
    pub segments: u32,
    /// When.
    pub now: Timestamp,
}

/// What was read of a book for one more code.
pub struct Reckoning<'a> {
    asked: Asked<'a>,
    book: Book,
    numbered: Option<Numbered>,
    tallies: Vec<Tally>,
    watched: Vec<Watched>,
}

impl<'a> Reckoning<'a> {
    /// Reads the book that the browser may see: that of typed numbers, or, where nothing goes by that and the browser has signed in to the
    /// account before, that of such browsers. Not even a task is asked of them for what others do.
    pub fn read_shown(
        connection: &mut Connection,
        asked: Asked<'a>,
        numbered: Option<Numbered>,
    ) -> Result<Self, StoreError> {
        let typed = Self::read(connection, asked, Book::Typed, numbered)?;
        let is_own = matches!(asked.by, By::Own(_));
        if !is_own || typed.number_is_full().is_some() || typed.decide(false) == Answer::Send {
            return Ok(typed);
        }
        Self::read(connection, asked, Book::Own, typed.numbered)
    }

    /// Reads it. Without a number, what everybody sees: the asking address, and how much of the money is spent.
    pub fn read(
        connection: &mut Connection,
        asked: Asked<'a>,
        book: Book,
        numbered: Option<Numbered>,
    ) -> Result<Self, StoreError> {
        let mut tallies = empty(&asked, book, numbered.as_ref());
        for tally in &mut tallies {
            if let Some((used, ends)) = throttles::find(connection, &tally.bucket, asked.now)? {
                (tally.used, tally.ends) = (used, ends);
            }
        }
        let mut watched = Vec::new();
        let watch = &asked.app.config.sms.watch;
        if let Some(numbered) = &numbered {
            for (prefix, least) in prefixes(book, numbered).into_iter().zip([watch.range_least, watch.country_least]) {
                watched.push(Self::watched(connection, &asked, prefix, least)?);
            }
        }
        Ok(Self { asked, book, numbered, tallies, watched })
    }

    fn watched(
        connection: &mut Connection,
        asked: &Asked<'_>,
        prefix: String,
        least: u32,
    ) -> Result<Watched, StoreError> {
        let (watch, now) = (&asked.app.config.sms.watch, asked.now);
        let pause = sms_watch::pause_of(connection, &prefix)?;
        let (from, until) = (now.minus(watch.window), now.minus(watch.patience));
        let from = pause.as_ref().map_or(from, |pause| from.max(pause.watched_from));
        let share = sms_watch::share(connection, &prefix, from, until)?;
        let paused_until = pause.map(|pause| pause.paused_until).filter(|until| *until > now);
        Ok(Watched { prefix, share, least, paused_until })
    }

    /// Whether the code goes.
    pub fn decide(&self, proved: bool) -> Answer {
        decide(&self.asked.app.config.sms, &self.tallies, &self.watched, proved)
    }

    /// Counts the code, but for its money; `Some` where another was quicker.
    pub fn count(&self, connection: &mut Connection) -> Result<Option<What>, StoreError> {
        let now = self.asked.now;
        for tally in self.tallies.iter().filter(|tally| !is_money(tally.what)) {
            if throttles::take(connection, &tally.bucket, tally.most, now, now.plus(HOUR))?.is_some() {
                return Ok(Some(tally.what));
            }
        }
        Ok(None)
    }

    /// Pays for the code and begins to watch for its being entered; `Some` where there is no money left.
    pub fn pay(&self, connection: &mut Connection) -> Result<Option<What>, StoreError> {
        let now = self.asked.now;
        for tally in self.tallies.iter().filter(|tally| is_money(tally.what)) {
            if !throttles::spend(
                connection,
                &tally.bucket,
                (tally.adds, tally.most),
                now,
                now.plus(window(tally.what)),
            )? {
                return Ok(Some(tally.what));
            }
        }
        let watch = &self.asked.app.config.sms.watch;
        for watched in &self.watched {
            sms_watch::sent(connection, &watched.prefix, now, now.plus(watch.window).plus(MINUTE))?;
        }
        Ok(None)
    }

    /// What follows for the operator where the code does not go: an alarm the first time in an hour, and the pause itself.
    pub fn raise(&self, connection: &mut Connection, answer: &Answer) -> Result<Option<Alarm>, StoreError> {
        let country = alarm::country(&self.asked.app.config.sms, self.numbered.as_ref());
        match answer {
            Answer::Collapsed(watched) => {
                let pause = self.pause(watched);
                let (sent, entered) = (pause.sent, pause.entered);
                sms_watch::pause(connection, &pause)?;
                Ok(Some(Alarm::Paused { country, sent, entered }))
            }
            Answer::UsedUp(what, _) if what.alarms() => {
                let bucket = match self.tallies.iter().find(|tally| tally.what == *what) {
                    Some(tally) => format!("alarm:{}", tally.bucket),
                    None => return Ok(None),
                };
                let now = self.asked.now;
                let is_first = throttles::take(connection, &bucket, 1, now, now.plus(HOUR))?.is_none();
                Ok(is_first.then_some(Alarm::UsedUp { what: *what, country }))
            }
            _ => Ok(None),
        }
    }

    fn pause(&self, watched: &Watched) -> Pause {
        let (watch, now) = (&self.asked.app.config.sms.watch, self.asked.now);
        let paused_until = now.plus(watch.pause);
        let count = |codes: i64| i32::try_from(codes).unwrap_or(i32::MAX);
        Pause {
            prefix: watched.prefix.clone(),
            paused_at: now,
            paused_until,
            sent: count(watched.share.sent),
            entered: count(watched.share.entered),
            watched_from: paused_until,
            expires_at: paused_until.plus(watch.window),
        }
    }

    /// When the number has had so many that the next waits, and until when.
    pub fn number_is_full(&self) -> Option<Timestamp> {
        let own = self.tallies.iter().find(|tally| tally.what == What::Number)?;
        (own.used >= own.most).then_some(own.ends)
    }

    /// Which it is.
    pub const fn book(&self) -> Book {
        self.book
    }

    /// The country, as metrics name it.
    pub fn country(&self) -> String {
        alarm::country(&self.asked.app.config.sms, self.numbered.as_ref())
    }

    /// What the code costs, in ten-thousandths.
    pub fn price(&self) -> u32 {
        self.tallies.iter().find(|tally| tally.what == What::MoneyHour).map_or(0, |tally| tally.adds)
    }
}

const fn is_money(what: What) -> bool {
    matches!(what, What::MoneyHour | What::MoneyDay)
}

const fn window(what: What) -> Duration {
    if matches!(what, What::MoneyDay) { DAY } else { HOUR }
}

/// Every limit that counts, with nothing used yet.
fn empty(asked: &Asked<'_>, book: Book, numbered: Option<&Numbered>) -> Vec<Tally> {
    let (config, name) = (&asked.app.config.sms, book.name());
    let tally = |what: What, bucket: String, adds, most| Tally {
        what,
        bucket,
        used: 0,
        adds,
        most,
        ends: asked.now.plus(window(what)),
    };
    let mut tallies = Vec::new();
    if let Some(block) = asked.block {
        tallies.push(tally(What::Address, format!("sms-from:{block}"), 1, config.per_address_per_hour));
    }
    let mut price = 0;
    if let Some(numbered) = numbered {
        price = config.prices.of(&numbered.number).saturating_mul(asked.segments);
        let bucket = asked.by.bucket(book, &numbered.number);
        tallies.push(tally(What::Number, bucket, 1, config.per_number_per_hour));
        let range = format!("sms-range:{name}:{}", numbered.range());
        tallies.push(tally(What::Range, range, 1, config.per_range_per_hour));
        let country = format!("sms-country:{name}:{}", numbered.country_name());
        tallies.push(tally(What::Country, country, 1, config.per_country_per_hour));
    }
    for (what, most) in [(What::MoneyDay, config.money_per_day), (What::MoneyHour, config.money_per_hour)] {
        tallies.push(tally(what, money_bucket(what, book), price, book.part(most)));
    }
    tallies
}
