//! Pure: from what was counted, whether one more code goes by text message.

use crate::clock::Timestamp;
use crate::config::SmsCodes;
use crate::store::sms_watch::Share;

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// Codes to one number.
    Number,
    /// Codes that one block of addresses asked for.
    Address,
    /// Codes to one range of numbers.
    Range,
    /// Codes to one country.
    Country,
    /// Money in an hour.
    MoneyHour,
    /// Money in a day.
    MoneyDay,
}

impl What {
    /// As logs and metrics name it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Number => "number",
            Self::Address => "address",
            Self::Range => "range",
            Self::Country => "country",
            Self::MoneyHour => "money_hour",
            Self::MoneyDay => "money_day",
        }
    }

    /// Whether the operator is called when it is used up. One number and one address are everyday.
    pub const fn alarms(self) -> bool {
        !matches!(self, Self::Number | Self::Address)
    }
}

/// One limit, and what of it is used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tally {
    /// What is counted.
    pub what: What,
    /// Where.
    pub bucket: String,
    /// So far, in the window that runs.
    pub used: u32,
    /// What one more code adds; 0: it is looked at only.
    pub adds: u32,
    /// At most.
    pub most: u32,
    /// When the window ends.
    pub ends: Timestamp,
}

/// The codes to a range or country in the time that is watched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Watched {
    /// Its name in the store.
    pub prefix: String,
    /// What went, and what was entered.
    pub share: Share,
    /// So many must have gone until that says anything.
    pub least: u32,
    /// Until when it is paused, if it is.
    pub paused_until: Option<Timestamp>,
}

impl Watched {
    fn is_below(&self, percent: u32) -> bool {
        let Share { sent, entered } = self.share;
        sent >= i64::from(self.least) && entered.saturating_mul(100) < sent.saturating_mul(i64::from(percent))
    }
}

/// What one more code comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It goes.
    Send,
    /// It goes to a browser that has worked for it.
    Prove,
    /// Not before then: this is used up.
    UsedUp(What, Timestamp),
    /// Not before then: too few codes to there are entered.
    Paused(Timestamp),
    /// As before, and nobody has noticed yet.
    Collapsed(Watched),
}

/// Decides. `proved` where the browser has worked already.
pub fn decide(config: &SmsCodes, tallies: &[Tally], watched: &[Watched], proved: bool) -> Answer {
    if let Some(until) = watched.iter().filter_map(|own| own.paused_until).max() {
        return Answer::Paused(until);
    }
    if let Some(collapsed) = watched.iter().find(|own| own.is_below(config.watch.entered_percent)) {
        return Answer::Collapsed(collapsed.clone());
    }
    // Of several, the one that ends last: nobody is to come back for the next.
    let full = tallies.iter().filter(|tally| tally.used.saturating_add(tally.adds) > tally.most);
    if let Some(tally) = full.max_by_key(|tally| tally.ends) {
        return Answer::UsedUp(tally.what, tally.ends);
    }
    let proof = &config.proof;
    let is_much = |tally: &Tally| u64::from(tally.used) * 100 >= u64::from(tally.most) * u64::from(proof.from_percent);
    let much = proof.from_percent < 100 && tallies.iter().any(is_much);
    let suspicious = much || watched.iter().any(|own| own.is_below(proof.entered_percent));
    if suspicious && !proved { Answer::Prove } else { Answer::Send }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, ProofOfWork};

    const AT: Timestamp = Timestamp::from_seconds(1_000);
    const LATER: Timestamp = Timestamp::from_seconds(2_000);

    /// As delivered: proof from half of a limit or below 40 % entered, a pause below 20 %.
    fn delivered() -> SmsCodes {
        let key = ("KEYHOUSE_SECRETS__MASTER_KEY".to_owned(), "A".repeat(43));
        let rest = [
            ("KEYHOUSE_SERVER__ISSUER", "https://account.lantern.example"),
            ("KEYHOUSE_DELIVERY__MAIL__HOST", "smtp.lantern.example"),
            ("KEYHOUSE_DELIVERY__MAIL__FROM", "Lantern <accounts@lantern.example>"),
        ];
        let rest = rest.map(|(name, value)| (name.to_owned(), value.to_owned()));
        Config::load(None, std::iter::once(key).chain(rest), false).unwrap().sms
    }

    fn tally(used: u32, most: u32) -> Tally {
        Tally { what: What::Range, bucket: String::new(), used, adds: 1, most, ends: AT }
    }

    fn watched(sent: i64, entered: i64) -> Watched {
        let share = Share { sent, entered };
        Watched { prefix: "typed:+43660555".into(), share, least: 8, paused_until: None }
    }

    #[test]
    fn limits_and_halves_of_limits() {
        let config = delivered();
        for (used, most, proved, answer) in [
            (0, 20, false, Answer::Send),
            (9, 20, false, Answer::Send),
            (10, 20, false, Answer::Prove),
            (10, 20, true, Answer::Send),
            (19, 20, true, Answer::Send),
            (20, 20, true, Answer::UsedUp(What::Range, AT)),
            (20, 20, false, Answer::UsedUp(What::Range, AT)),
            (u32::MAX, u32::MAX, true, Answer::Send),
        ] {
            assert_eq!(decide(&config, &[tally(used, most)], &[], proved), answer, "{used} of {most}");
        }
        let looked_at = Tally { adds: 0, ..tally(20, 20) };
        assert_eq!(decide(&config, std::slice::from_ref(&looked_at), &[], true), Answer::Send, "not this one's budget");
        assert_eq!(decide(&config, std::slice::from_ref(&looked_at), &[], false), Answer::Prove);
        let no_work = SmsCodes { proof: ProofOfWork { from_percent: 100, ..config.proof }, ..config.clone() };
        assert_eq!(decide(&no_work, &[tally(19, 20), looked_at], &[], false), Answer::Send, "never, at 100 percent");
        let longer = Tally { what: What::MoneyDay, ends: LATER, ..tally(9, 9) };
        assert_eq!(decide(&config, &[tally(9, 9), longer], &[], true), Answer::UsedUp(What::MoneyDay, LATER));
        let dear = Tally { adds: 3, ..tally(18, 20) };
        assert_eq!(decide(&config, &[dear], &[], true), Answer::UsedUp(What::Range, AT));
    }

    #[test]
    fn shares_that_fall() {
        let config = delivered();
        let collapsed = |sent, entered| Answer::Collapsed(watched(sent, entered));
        for (sent, entered, proved, answer) in [
            (7, 0, false, Answer::Send),
            (8, 0, true, collapsed(8, 0)),
            (8, 1, true, collapsed(8, 1)),
            (10, 2, false, Answer::Prove),
            (10, 2, true, Answer::Send),
            (10, 3, false, Answer::Prove),
            (10, 4, false, Answer::Send),
            (10, 10, false, Answer::Send),
        ] {
            assert_eq!(decide(&config, &[], &[watched(sent, entered)], proved), answer, "{entered} of {sent}");
        }
        let paused = Watched { paused_until: Some(LATER), ..watched(10, 10) };
        assert_eq!(decide(&config, &[], &[watched(10, 10), paused], true), Answer::Paused(LATER));
        let never = SmsCodes { watch: crate::config::Watch { entered_percent: 0, ..config.watch }, ..config };
        assert_eq!(decide(&never, &[], &[watched(8, 0)], true), Answer::Send);
    }
}
