//! What the operator hears: metrics and log lines, by country, never with a number or the beginning of one.

use metrics::counter;

use super::decide::What;
use crate::config::SmsCodes;
use crate::phone::Numbered;

/// Something that somebody should look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Alarm {
    /// A limit is used up; codes it counts wait until its window ends.
    UsedUp {
        /// Which.
        what: What,
        /// To where the code was to go that met it.
        country: String,
    },
    /// A range or country gets no codes for a while.
    Paused {
        /// The country.
        country: String,
        /// Codes that went.
        sent: i32,
        /// Codes of them that were entered.
        entered: i32,
    },
}

impl Alarm {
    /// Says it: once a write is done that says so.
    pub fn say(&self) {
        match self {
            Self::UsedUp { what, country } => {
                let alarm = what.name();
                tracing::error!(alarm, country, "text messages are held back: a limit of [sms] is used up");
                counter!("keyhouse_sms_alarms_total", "alarm" => alarm, "country" => country.clone()).increment(1);
            }
            Self::Paused { country, sent, entered } => {
                tracing::error!(
                    alarm = "paused",
                    country,
                    sent,
                    entered,
                    "text messages are paused: too few of the codes are entered; `keyhouse sms status` says where"
                );
                counter!("keyhouse_sms_alarms_total", "alarm" => "paused", "country" => country.clone()).increment(1);
            }
        }
    }
}

/// What there is to say of one code, once the write is done that counted it.
#[derive(Debug, Default)]
pub struct Heard {
    /// Alarms.
    pub alarms: Vec<Alarm>,
    /// The country and what became of the code.
    pub outcome: Option<(String, &'static str)>,
    /// The country and the price.
    pub paid: Option<(String, u32)>,
}

impl Heard {
    /// Says it.
    pub fn say(&self) {
        self.alarms.iter().for_each(Alarm::say);
        if let Some((country, outcome)) = &self.outcome {
            count(country, outcome);
        }
        if let Some((country, price)) = &self.paid {
            let spent = counter!("keyhouse_sms_money_total", "country" => country.clone());
            spent.increment(u64::from(*price));
        }
    }
}

/// The country of a number, as metrics and logs name it: one of those that codes go to, or "other".
pub fn country(config: &SmsCodes, numbered: Option<&Numbered>) -> String {
    let name = numbered.filter(|own| config.countries.has(own.country)).map(Numbered::country_name);
    name.unwrap_or("other").to_owned()
}

/// Counts what became of a code.
pub fn count(country: &str, outcome: &'static str) {
    counter!("keyhouse_sms_codes_total", "country" => country.to_owned(), "outcome" => outcome).increment(1);
}
