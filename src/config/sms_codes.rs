//! `[sms]`, as written and checked: what codes by text message may cost, and what holds back who pumps them.

use std::collections::HashSet;
use std::time::Duration;

use phonenumber::country::Id as Country;
use serde::Deserialize;

use super::rules::{Wrong, between, seconds, wrong};

/// Money is counted in ten-thousandths of whatever the operator pays in, so that the price of one message is a whole number.
const TEN_THOUSANDTHS: u32 = 10_000;
const MOST_MONEY: u32 = 100_000;
const LONGEST_PREFIX: usize = 11;

/// As written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Written {
    countries: Vec<String>,
    per_number_per_hour: u32,
    per_address_per_hour: u32,
    per_range_per_hour: u32,
    per_country_per_hour: u32,
    default_price: String,
    prices: Vec<WrittenPrice>,
    money_per_hour: String,
    money_per_day: String,
    watch_seconds: u32,
    patience_seconds: u32,
    watched_range_least: u32,
    watched_country_least: u32,
    entered_percent: u32,
    pause_seconds: u32,
    proof_from_percent: u32,
    proof_entered_percent: u32,
    proof_bits: u32,
    proof_seconds: u32,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenPrice {
    prefix: String,
    price: String,
}

/// `[sms]`
#[derive(Debug, Clone)]
pub struct SmsCodes {
    /// Where codes are sent.
    pub countries: Countries,
    /// Codes an hour to one number.
    pub per_number_per_hour: u32,
    /// Codes an hour that one block of addresses asks for.
    pub per_address_per_hour: u32,
    /// Codes an hour to numbers that differ in their last four digits only.
    pub per_range_per_hour: u32,
    /// Codes an hour to one country.
    pub per_country_per_hour: u32,
    /// What a message costs.
    pub prices: Prices,
    /// Ten-thousandths an hour.
    pub money_per_hour: u32,
    /// Ten-thousandths a day.
    pub money_per_day: u32,
    /// What is watched, and what follows.
    pub watch: Watch,
    /// When a browser has to work for a code.
    pub proof: ProofOfWork,
}

/// Where codes are sent.
#[derive(Debug, Clone)]
pub enum Countries {
    /// Everywhere.
    All,
    /// There only.
    Only(HashSet<Country>),
}

impl Countries {
    /// Whether codes go to numbers of this country; one that the numbering plans do not name is none of ours.
    #[must_use]
    pub fn has(&self, country: Option<Country>) -> bool {
        match (self, country) {
            (_, None) => false,
            (Self::All, Some(_)) => true,
            (Self::Only(countries), Some(country)) => countries.contains(&country),
        }
    }
}

/// What a message costs, in ten-thousandths.
#[derive(Debug, Clone)]
pub struct Prices {
    default: u32,
    /// The longest prefix first.
    by_prefix: Vec<(String, u32)>,
}

impl Prices {
    /// The price of one message to this number, E.164: that of the longest prefix.
    #[must_use]
    pub fn of(&self, number: &str) -> u32 {
        let own = self.by_prefix.iter().find(|(prefix, _)| number.starts_with(prefix.as_str()));
        own.map_or(self.default, |(_, price)| *price)
    }
}

/// How the share of codes that are entered is watched.
#[derive(Debug, Clone, Copy)]
pub struct Watch {
    /// How far back is looked.
    pub window: Duration,
    /// How long people have until a code counts as not entered.
    pub patience: Duration,
    /// Codes to a range until its share says anything.
    pub range_least: u32,
    /// Codes to a country until its share says anything.
    pub country_least: u32,
    /// Below that, it is paused; 0: never.
    pub entered_percent: u32,
    /// For how long.
    pub pause: Duration,
}

/// When a browser has to work for a code, and how hard.
#[derive(Debug, Clone, Copy)]
pub struct ProofOfWork {
    /// From so much of a limit on.
    pub from_percent: u32,
    /// Where a smaller share is entered.
    pub entered_percent: u32,
    /// Leading zero bits of a SHA-256.
    pub bits: u32,
    /// How long a task is good.
    pub life: Duration,
}

/// Checks the section.
pub(super) fn check(written: Written) -> Result<SmsCodes, Wrong> {
    let many = |key: &str, value: u32| between(&format!("sms.{key}"), value, 1..=10_000_000);
    let percent = |key: &str, value: u32| between(&format!("sms.{key}"), value, 0..=100);
    let money_per_hour = money("sms.money_per_hour", &written.money_per_hour)?;
    let money_per_day = money("sms.money_per_day", &written.money_per_day)?;
    if money_per_day < money_per_hour {
        return Err(wrong("sms.money_per_day", "must be at least sms.money_per_hour"));
    }
    Ok(SmsCodes {
        countries: countries(&written.countries)?,
        per_number_per_hour: many("per_number_per_hour", written.per_number_per_hour)?,
        per_address_per_hour: many("per_address_per_hour", written.per_address_per_hour)?,
        per_range_per_hour: many("per_range_per_hour", written.per_range_per_hour)?,
        per_country_per_hour: many("per_country_per_hour", written.per_country_per_hour)?,
        prices: prices(&written.default_price, written.prices)?,
        money_per_hour,
        money_per_day,
        watch: Watch {
            window: seconds("sms.watch_seconds", written.watch_seconds, 600..=86_400)?,
            patience: seconds("sms.patience_seconds", written.patience_seconds, 60..=1800)?,
            range_least: many("watched_range_least", written.watched_range_least)?,
            country_least: many("watched_country_least", written.watched_country_least)?,
            entered_percent: percent("entered_percent", written.entered_percent)?,
            pause: seconds("sms.pause_seconds", written.pause_seconds, 60..=604_800)?,
        },
        proof: ProofOfWork {
            from_percent: percent("proof_from_percent", written.proof_from_percent)?,
            entered_percent: percent("proof_entered_percent", written.proof_entered_percent)?,
            // More than 26 bits is more than a minute on a small phone.
            bits: between("sms.proof_bits", written.proof_bits, 1..=26)?,
            life: seconds("sms.proof_seconds", written.proof_seconds, 60..=1800)?,
        },
    })
}

fn countries(written: &[String]) -> Result<Countries, Wrong> {
    if written.iter().any(|name| name == "*") {
        return match written {
            [_] => Ok(Countries::All),
            _ => Err(wrong("sms.countries", "\"*\" stands alone: it is every country")),
        };
    }
    let of = |name: &String| {
        name.parse()
            .map_err(|_| wrong("sms.countries", format!("\"{name}\" is not a country's two capitals, as \"AT\"")))
    };
    written.iter().map(of).collect::<Result<_, _>>().map(Countries::Only)
}

fn prices(default: &str, written: Vec<WrittenPrice>) -> Result<Prices, Wrong> {
    let mut by_prefix: Vec<(String, u32)> = Vec::new();
    for WrittenPrice { prefix, price } in written {
        let digits = prefix.strip_prefix('+').unwrap_or_default();
        let is_prefix =
            (1..=LONGEST_PREFIX).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
        if !is_prefix {
            return Err(wrong("sms.prices", format!("\"{prefix}\" is not the beginning of a number, as \"+43\"")));
        }
        if by_prefix.iter().any(|(own, _)| *own == prefix) {
            return Err(wrong("sms.prices", format!("{prefix} is there twice")));
        }
        let price = price_of("sms.prices", &price)?;
        by_prefix.push((prefix, price));
    }
    by_prefix.sort_by_key(|(prefix, _)| std::cmp::Reverse(prefix.len()));
    Ok(Prices { default: price_of("sms.default_price", default)?, by_prefix })
}

/// A message that costs nothing would count for nothing.
fn price_of(key: &str, text: &str) -> Result<u32, Wrong> {
    match money(key, text)? {
        0 => Err(wrong(key, "a price is at least \"0.0001\"")),
        price => Ok(price),
    }
}

/// An amount as "12" or "0.075".
fn money(key: &str, text: &str) -> Result<u32, Wrong> {
    let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
    let is_number = |digits: &str, longest| {
        !digits.is_empty() && digits.len() <= longest && digits.bytes().all(|byte| byte.is_ascii_digit())
    };
    let amount = || {
        let whole: u32 = whole.parse().ok()?;
        let part: u32 = format!("{part:0<4}").parse().ok()?;
        whole.checked_mul(TEN_THOUSANDTHS)?.checked_add(part)
    };
    (is_number(whole, 6) && is_number(part, 4))
        .then(amount)
        .flatten()
        .filter(|amount| *amount <= MOST_MONEY * TEN_THOUSANDTHS)
        .ok_or_else(|| {
            wrong(key, format!("must be an amount as \"0.075\", {MOST_MONEY} at most, with four decimals at most"))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_ten_thousandths() {
        for (text, amount) in [
            ("0", Some(0)),
            ("0.075", Some(750)),
            ("0.0079", Some(79)),
            ("12", Some(120_000)),
            ("12.5", Some(125_000)),
            ("100000", Some(1_000_000_000)),
            ("100000.0001", None),
            ("0.00791", None),
            ("", None),
            (".5", None),
            ("5.", None),
            ("-1", None),
            ("1e3", None),
            ("1,5", None),
            ("9999999", None),
        ] {
            assert_eq!(money("sms.money_per_hour", text).ok(), amount, "{text:?}");
        }
    }

    #[test]
    fn the_longest_prefix_has_the_price() {
        let written = |prefix: &str, price: &str| WrittenPrice { prefix: prefix.into(), price: price.into() };
        let of = prices("0.1", vec![written("+1", "0.02"), written("+1876", "0.3"), written("+43", "0.08")]).unwrap();
        for (number, price) in
            [("+14155552671", 200), ("+18765551234", 3000), ("+436605554417", 800), ("+491701234567", 1000)]
        {
            assert_eq!(of.of(number), price, "{number}");
        }
        for (prefix, price) in
            [("43", "1"), ("+", "1"), ("+43x", "1"), ("+431234567890", "1"), ("+43", "0"), ("+43", "x")]
        {
            assert!(prices("0.1", vec![written(prefix, price)]).is_err(), "{prefix} {price}");
        }
        assert!(prices("0.1", vec![written("+43", "1"), written("+43", "2")]).is_err());
        assert!(prices("0", Vec::new()).is_err());
    }

    #[test]
    fn countries_are_named_or_all() {
        let named = |names: &[&str]| countries(&names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>());
        assert!(named(&["*"]).unwrap().has(Some(Country::LV)));
        assert!(!named(&["*"]).unwrap().has(None), "satellites and premium networks are of no country");
        assert!(named(&["AT", "LV"]).unwrap().has(Some(Country::LV)));
        assert!(!named(&["AT"]).unwrap().has(Some(Country::LV)));
        assert!(!named(&[]).unwrap().has(Some(Country::AT)));
        assert!(named(&["Austria"]).is_err() && named(&["*", "AT"]).is_err());
    }
}
