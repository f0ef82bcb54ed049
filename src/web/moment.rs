//! Points in time as people read them: in the time zone they chose. Of who chose none the server does not know where they
//! are, so a time of day names UTC, and a script puts the browser's own time in its place; a distance ("3 days ago") needs
//! neither.

use chrono::{DateTime, Datelike, SecondsFormat, Utc};

use super::zone::Zone;
use crate::language::Language;

/// A time for a page: what people read and what machines read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moment {
    /// In words, in the page's language.
    pub shown: String,
    /// RFC 3339, for the `datetime` attribute.
    pub iso: String,
}

impl Moment {
    /// A time of day close to now: "14:41 UTC". The script shows the browser's "14:41".
    pub fn clock(at: DateTime<Utc>) -> Self {
        Self::clock_in(at, None)
    }

    /// The same by the clocks of a zone: "15:41".
    pub fn clock_in(at: DateTime<Utc>, zone: Option<Zone>) -> Self {
        let shown = match zone {
            None => at.format("%H:%M UTC").to_string(),
            Some(zone) => zone.local(at).format("%H:%M").to_string(),
        };
        Self { shown, iso: iso(at) }
    }

    /// How long ago: "Just now", "5 minutes ago", "3 days ago", and from a week on the day. A time in the future
    /// (clocks differ between nodes) is "Just now".
    pub fn ago(at: DateTime<Utc>, now: DateTime<Utc>, language: Language) -> Self {
        Self::ago_in(at, now, language, None)
    }

    /// The same, with the day as it was in a zone.
    pub fn ago_in(at: DateTime<Utc>, now: DateTime<Utc>, language: Language, zone: Option<Zone>) -> Self {
        let passed = now.signed_duration_since(at);
        let (key, count) = if passed.num_minutes() < 1 {
            ("ago-now", 0)
        } else if passed.num_hours() < 1 {
            ("ago-minutes", passed.num_minutes())
        } else if passed.num_days() < 1 {
            ("ago-hours", passed.num_hours())
        } else if passed.num_days() < 7 {
            ("ago-days", passed.num_days())
        } else {
            return Self::day_in(at, language, zone);
        };
        Self { shown: language.text(key).number("count", count).to_string(), iso: iso(at) }
    }

    /// Day and time of day: "12 March 2026, 14:41 UTC"; by the clocks of a zone: "12 March 2026, 15:41".
    pub fn full_in(at: DateTime<Utc>, language: Language, zone: Option<Zone>) -> Self {
        let (day, clock) = (Self::day_in(at, language, zone), Self::clock_in(at, zone));
        let shown = language.text("date-full").plain("day", day.shown).plain("clock", clock.shown).to_string();
        Self { shown, iso: iso(at) }
    }

    /// The day: "12 March 2026".
    pub fn day(at: DateTime<Utc>, language: Language) -> Self {
        Self::day_in(at, language, None)
    }

    /// The day as it was in a zone.
    pub fn day_in(at: DateTime<Utc>, language: Language, zone: Option<Zone>) -> Self {
        let day = zone.map_or(at.date_naive(), |zone| zone.local(at).date_naive());
        let shown = language
            .text("date-day")
            .number("day", day.day())
            .number("month", day.month())
            // As text: a number would be grouped.
            .plain("year", day.year().to_string())
            .to_string();
        Self { shown, iso: iso(at) }
    }
}

fn iso(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Utc};

    use super::{Moment, Zone};
    use crate::language::Language;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn distances_are_said_in_words() {
        let now = at("2026-11-22T12:00:00Z");
        let table = [
            ("2026-11-22T12:00:30Z", "Just now", "刚刚"),
            ("2026-11-22T11:59:00Z", "1 minute ago", "1 分钟前"),
            ("2026-11-22T11:01:00Z", "59 minutes ago", "59 分钟前"),
            ("2026-11-22T11:00:00Z", "1 hour ago", "1 小时前"),
            ("2026-11-19T11:00:00Z", "3 days ago", "3 天前"),
            ("2026-03-12T11:00:00Z", "12 March 2026", "2026年3月12日"),
        ];
        for (then, english, chinese) in table {
            assert_eq!(Moment::ago(at(then), now, Language::English).shown, english);
            assert_eq!(Moment::ago(at(then), now, Language::SimplifiedChinese).shown, chinese);
        }
    }

    #[test]
    fn a_clock_time_names_its_zone() {
        let moment = Moment::clock(at("2026-11-22T14:41:09Z"));
        assert_eq!((moment.shown.as_str(), moment.iso.as_str()), ("14:41 UTC", "2026-11-22T14:41:09Z"));
    }

    #[test]
    fn a_zone_that_was_chosen_is_the_one() {
        let (late, shanghai) = (at("2026-11-22T16:41:09Z"), Zone::from_name("Asia/Shanghai"));
        let moment = Moment::clock_in(late, shanghai);
        assert_eq!((moment.shown.as_str(), moment.iso.as_str()), ("00:41", "2026-11-22T16:41:09Z"));
        assert_eq!(Moment::day_in(late, Language::English, shanghai).shown, "23 November 2026");
        assert_eq!(Moment::day(late, Language::English).shown, "22 November 2026");
        assert_eq!(Moment::full_in(late, Language::English, shanghai).shown, "23 November 2026, 00:41");
        assert_eq!(Moment::full_in(late, Language::English, None).shown, "22 November 2026, 16:41 UTC");
        assert_eq!(Moment::full_in(late, Language::SimplifiedChinese, shanghai).shown, "2026年11月23日 00:41");
    }
}
