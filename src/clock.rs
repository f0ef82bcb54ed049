//! The clock: what time it is, and the one type that says when something happened.
//!
//! This is the only file that reads the wall clock. Everything else is handed a [`Clock`] or a [`Timestamp`], so that a test
//! can move time without waiting, also on a running server.

use std::fmt;
use std::path::PathBuf;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use chrono::{DateTime, FixedOffset, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};

/// How long an offset read from a clock file is believed before the file is read again.
const OFFSET_FILE_REREAD: Duration = Duration::from_millis(50);

/// A moment, in whole milliseconds since 1970-01-01T00:00:00Z.
///
/// Milliseconds are what both databases keep in a 64-bit integer, so a moment that was stored compares equal to the one
/// that was written.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The moment `millis` milliseconds after the epoch.
    #[must_use]
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// The moment `seconds` seconds after the epoch, as JWT's `NumericDate` gives it (RFC 7519 §2).
    #[must_use]
    pub const fn from_seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(1000))
    }

    /// Milliseconds since the epoch.
    #[must_use]
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// Whole seconds since the epoch, rounded down: what `iat`, `exp` and `auth_time` carry (RFC 7519 §2).
    #[must_use]
    pub const fn seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// This moment moved into the future; stops at the end of the type instead of wrapping.
    #[must_use]
    pub fn plus(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(whole_millis(duration)))
    }

    /// This moment moved into the past; stops at the beginning of the type instead of wrapping.
    #[must_use]
    pub fn minus(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(whole_millis(duration)))
    }

    /// How long ago `earlier` was; zero when it lies in the future.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        let millis = self.0.saturating_sub(earlier.0);
        Duration::from_millis(u64::try_from(millis).unwrap_or(0))
    }

    /// RFC 3339 in UTC with milliseconds, as JSON answers and logs show it: `2026-11-22T19:42:45.000Z`.
    #[must_use]
    pub fn rfc3339(self) -> String {
        self.utc().to_rfc3339_opts(SecondsFormat::Millis, true)
    }

    /// The time of day as `19:42`, for a place `offset_minutes` east of UTC (an offset of a day or more counts as UTC).
    #[must_use]
    pub fn hh_mm(self, offset_minutes: i32) -> String {
        let offset = offset_minutes.checked_mul(60).and_then(FixedOffset::east_opt);
        match offset {
            Some(offset) => self.utc().with_timezone(&offset).format("%H:%M").to_string(),
            None => self.utc().format("%H:%M").to_string(),
        }
    }

    /// The same moment as a calendar date and time in UTC; the epoch for moments no calendar reaches.
    #[must_use]
    pub fn utc(self) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(self.0).unwrap_or_default()
    }
}

/// Written out, because a bare number of milliseconds helps nobody who reads a failed test.
impl fmt::Debug for Timestamp {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.rfc3339())
    }
}

fn whole_millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

/// Where the time comes from. Cheap to clone; every clone of a fixed clock moves with the others.
#[derive(Clone, Debug)]
pub struct Clock(Source);

#[derive(Clone, Debug)]
enum Source {
    System,
    Fixed(Arc<AtomicI64>),
    OffsetFile(Arc<OffsetFile>),
}

impl Clock {
    /// The machine's clock. Nodes run NTP; nothing here corrects it.
    #[must_use]
    pub fn system() -> Self {
        Self(Source::System)
    }

    /// A clock that stands still at `start` until it is moved with [`Clock::advance`] or [`Clock::set`].
    #[must_use]
    pub fn fixed(start: Timestamp) -> Self {
        Self(Source::Fixed(Arc::new(AtomicI64::new(start.0))))
    }

    /// The machine's clock plus the signed number of seconds that `path` holds, so that a test can move the time of a
    /// separate process (`development.clock_file`). A missing or unreadable file counts as no offset.
    #[must_use]
    pub fn offset_file(path: PathBuf) -> Self {
        Self(Source::OffsetFile(Arc::new(OffsetFile { path, last: Mutex::new(None) })))
    }

    /// What time it is.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        match &self.0 {
            Source::System => wall_clock(),
            Source::Fixed(millis) => Timestamp(millis.load(Ordering::SeqCst)),
            Source::OffsetFile(file) => Timestamp(wall_clock().0.saturating_add(file.offset_millis())),
        }
    }

    /// Moves a fixed clock forward; no other clock can be moved.
    pub fn advance(&self, duration: Duration) {
        if let Source::Fixed(millis) = &self.0 {
            millis.fetch_add(whole_millis(duration), Ordering::SeqCst);
        }
    }

    /// Sets a fixed clock, also backwards; no other clock can be set.
    pub fn set(&self, now: Timestamp) {
        if let Source::Fixed(millis) = &self.0 {
            millis.store(now.0, Ordering::SeqCst);
        }
    }
}

#[derive(Debug)]
struct OffsetFile {
    path: PathBuf,
    /// The offset in milliseconds and when it was read.
    last: Mutex<Option<(Instant, i64)>>,
}

impl OffsetFile {
    fn offset_millis(&self) -> i64 {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((read_at, offset)) = *last
            && read_at.elapsed() < OFFSET_FILE_REREAD
        {
            return offset;
        }
        let offset = std::fs::read_to_string(&self.path)
            .ok()
            .and_then(|text| text.trim().parse::<i64>().ok())
            .map_or(0, |seconds| seconds.saturating_mul(1000));
        *last = Some((monotonic_now(), offset));
        offset
    }
}

#[expect(clippy::disallowed_methods, reason = "this file is the one place that reads the machine's clocks")]
fn wall_clock() -> Timestamp {
    // A clock before 1970 is a broken machine; the epoch makes everything look expired rather than valid.
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp(whole_millis(since_epoch))
}

/// Measures how long something takes, whatever happens to the clock meanwhile.
#[derive(Debug, Clone, Copy)]
pub struct Stopwatch(Instant);

impl Stopwatch {
    /// Begins now.
    #[must_use]
    pub fn start() -> Self {
        Self(monotonic_now())
    }

    /// Since the beginning.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }
}

#[expect(clippy::disallowed_methods, reason = "this file is the one place that reads the machine's clocks")]
fn monotonic_now() -> Instant {
    Instant::now()
}

/// The milliseconds in place, for the store to bind.
impl AsRef<i64> for Timestamp {
    fn as_ref(&self) -> &i64 {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp::from_millis(1_795_376_565_123);

    #[test]
    fn seconds_round_down_also_before_the_epoch() {
        assert_eq!(START.seconds(), 1_795_376_565);
        assert_eq!(Timestamp::from_millis(-1).seconds(), -1);
        assert_eq!(Timestamp::from_seconds(7).millis(), 7000);
    }

    #[test]
    fn arithmetic_stops_at_the_ends() {
        assert_eq!(START.plus(Duration::from_secs(2)).since(START), Duration::from_secs(2));
        assert_eq!(START.since(START.plus(Duration::from_secs(2))), Duration::ZERO);
        assert_eq!(START.minus(Duration::from_millis(123)).millis(), 1_795_376_565_000);
        assert_eq!(START.plus(Duration::MAX).millis(), i64::MAX);
        assert_eq!(Timestamp::from_seconds(i64::MAX).millis(), i64::MAX);
    }

    #[test]
    fn shows_itself_for_people_and_for_json() {
        assert_eq!(START.rfc3339(), "2026-11-22T19:42:45.123Z");
        assert_eq!(START.hh_mm(0), "19:42");
        assert_eq!(START.hh_mm(330), "01:12");
        assert_eq!(START.hh_mm(-60), "18:42");
        assert_eq!(START.hh_mm(i32::MAX), "19:42");
        assert_eq!(serde_json::to_string(&START).unwrap(), "1795376565123");
        assert_eq!(serde_json::from_str::<Timestamp>("1795376565123").unwrap(), START);
    }

    #[test]
    fn a_fixed_clock_moves_for_every_clone() {
        let clock = Clock::fixed(START);
        let other = clock.clone();
        clock.advance(Duration::from_secs(60));
        assert_eq!(other.now(), START.plus(Duration::from_secs(60)));
        other.set(START);
        assert_eq!(clock.now(), START);
    }

    #[test]
    fn a_clock_file_moves_the_time_of_a_running_process() {
        let path = std::env::temp_dir().join(format!("keyhouse-clock-{}", std::process::id()));
        let clock = Clock::offset_file(path.clone());
        assert!(clock.now().since(Clock::system().now()) < Duration::from_secs(5));
        std::fs::write(&path, "7200\n").unwrap();
        std::thread::sleep(OFFSET_FILE_REREAD * 2);
        let ahead = clock.now().since(Clock::system().now());
        std::fs::remove_file(&path).unwrap();
        assert!(ahead > Duration::from_secs(7195), "{ahead:?}");
    }
}
