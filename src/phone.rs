//! Pure: what the numbering plans say of a phone number, as far as that decides whether a text message goes there and by what it
//! is counted.

use phonenumber::country::Id as Country;
use phonenumber::metadata::DATABASE;
use phonenumber::{PhoneNumber, Type};

/// Pumpers own numbers in a row: those that differ in their last four digits only are one range.
const RANGE_DIGITS: usize = 4;

/// A canonical number and what is known of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Numbered {
    /// E.164.
    pub number: String,
    /// Whose numbering plan it is of; none for satellites and networks of no country.
    pub country: Option<Country>,
    /// Whether it may be a mobile number: premium rate, shared cost, fixed lines and the like are none.
    pub is_mobile: bool,
}

impl Numbered {
    /// Looks a number up, E.164.
    pub fn of(number: &str) -> Self {
        let parsed: Option<PhoneNumber> = number.parse().ok();
        let kind = parsed.as_ref().map_or(Type::Unknown, |parsed| parsed.number_type(&DATABASE));
        Self {
            number: number.to_owned(),
            country: parsed.as_ref().and_then(|parsed| parsed.country().id()),
            is_mobile: is_mobile(kind),
        }
    }

    /// What stands for a number where there is none.
    pub fn nobody() -> Self {
        Self { number: "+00000".to_owned(), country: None, is_mobile: false }
    }

    /// The range it is in: the number without its last four digits, which is no longer a number.
    pub fn range(&self) -> &str {
        let end = self.number.len().saturating_sub(RANGE_DIGITS);
        self.number.get(..end).unwrap_or_default()
    }

    /// The two capitals of its country.
    pub fn country_name(&self) -> &str {
        self.country.as_ref().map_or("", AsRef::as_ref)
    }
}

/// North American numbers do not say which they are, and what the plans do not know may be a mobile number too.
fn is_mobile(kind: Type) -> bool {
    matches!(kind, Type::Mobile | Type::FixedLineOrMobile | Type::Unknown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_plans_say() {
        for (number, country, is_mobile) in [
            ("+436605554417", "AT", true),
            ("+4317124444", "AT", false),
            ("+43900123456", "AT", false),
            ("+43810123456", "AT", false),
            ("+14155552671", "US", true),
            ("+18765551234", "JM", true),
            ("+13459492311", "KY", false),
            ("+18002345678", "US", false),
            ("+19002345678", "US", false),
            ("+447400123456", "GB", true),
            ("+447012345678", "GB", false),
            ("+8613812345678", "CN", true),
            ("+80012340000", "", false),
            ("+979123456789", "", false),
            ("+881612345678", "", true),
        ] {
            let own = Numbered::of(number);
            assert_eq!((own.country_name(), own.is_mobile), (country, is_mobile), "{number}");
        }
    }

    #[test]
    fn a_range_is_ten_thousand_numbers() {
        for (number, range) in [("+436605554417", "+43660555"), ("+1", ""), ("", "")] {
            assert_eq!(Numbered::of(number).range(), range, "{number}");
        }
    }
}
