//! Pure: authentication context classes (OpenID Connect Core §2, `acr`): how many factors a sign-in had.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::session;
use crate::store::columns::Words;
use crate::store::details::StepUp;

/// One factor: a password, a code sent to an address.
pub const ONE_FACTOR: &str = "urn:keyhouse:acr:1";
/// Two different ones, each of which says something the other does not: a password and a code of an authenticator app.
pub const TWO_FACTORS: &str = "urn:keyhouse:acr:2";

/// Every class, as discovery prints them.
pub const ALL: &[&str] = &[ONE_FACTOR, TWO_FACTORS];

/// What a client asked for, by `acr_values` or by `claims`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// The classes that would do, the best liked first; none: any.
    pub values: Vec<String>,
    /// Whether any other is worth nothing to the client.
    pub essential: bool,
}

/// The class a sign-in by `amr` is told as: the first of those asked for that it reached, or else the highest it reached.
/// `None` where one of those asked for is essential and it reached none.
pub fn given(asked: &Asked, amr: &Words) -> Option<&'static str> {
    let reached = reached(amr);
    let wanted = |value: &String| reached.iter().copied().find(|class| class == value);
    match asked.values.iter().find_map(wanted) {
        Some(class) => Some(class),
        None if asked.essential && !asked.values.is_empty() => None,
        None => reached.first().copied(),
    }
}

/// Whether a sign-in by `amr` at `auth_time` is as fresh and as strong as a resource demands (RFC 9470 §4). Where nobody
/// signed in, nothing is.
pub fn is_met(owed: &StepUp, auth_time: Timestamp, amr: &Words, now: Timestamp) -> bool {
    let age = |seconds| Duration::from_secs(u64::from(seconds));
    let is_fresh = owed.max_age.is_none_or(|seconds| auth_time.plus(age(seconds)) >= now);
    let asked = Asked { values: owed.acr_values.clone(), essential: true };
    !amr.is_empty() && is_fresh && given(&asked, amr).is_some()
}

/// Whether what was asked for is best met by two factors: the first of the classes asked for that there is.
pub fn wants_two(asked: &Asked) -> bool {
    let first = asked.values.iter().find(|value| ALL.contains(&value.as_str()));
    first.is_some_and(|class| class == TWO_FACTORS)
}

/// The classes that a sign-in by `amr` reached, the highest first. Two factors are one as well. Methods alone do not say it:
/// two codes are two methods, and one factor.
fn reached(amr: &Words) -> &'static [&'static str] {
    if session::had_two_factors(amr) { &[TWO_FACTORS, ONE_FACTOR] } else { &[ONE_FACTOR] }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_is_what_happened() {
        let asked = |values: &[&str], essential| Asked {
            values: values.iter().map(|value| (*value).to_owned()).collect(),
            essential,
        };
        for (values, essential, amr, expected) in [
            (&[][..], false, "pwd", Some(ONE_FACTOR)),
            (&[][..], true, "otp sms", Some(ONE_FACTOR)),
            (&[TWO_FACTORS][..], false, "pwd", Some(ONE_FACTOR)),
            (&[TWO_FACTORS][..], true, "pwd", None),
            (&["urn:other"][..], true, "pwd otp mfa", None),
            (&["urn:other", TWO_FACTORS][..], true, "pwd otp sms mfa", Some(TWO_FACTORS)),
            (&["urn:other", TWO_FACTORS][..], true, "pwd otp sms", None),
            (&[TWO_FACTORS, ONE_FACTOR][..], true, "pwd", Some(ONE_FACTOR)),
            (&[ONE_FACTOR][..], true, "pwd otp mfa", Some(ONE_FACTOR)),
            (&[][..], false, "otp sms", Some(ONE_FACTOR)),
            (&[][..], false, "hwk mfa", Some(TWO_FACTORS)),
        ] {
            assert_eq!(given(&asked(values, essential), &Words::parse(amr)), expected, "{values:?} {essential} {amr}");
        }
    }

    #[test]
    fn two_factors_are_wanted_where_they_come_first() {
        for (values, expected) in [
            (&[][..], false),
            (&["urn:other"][..], false),
            (&[ONE_FACTOR, TWO_FACTORS][..], false),
            (&[TWO_FACTORS][..], true),
            (&["urn:other", TWO_FACTORS, ONE_FACTOR][..], true),
        ] {
            let values = values.iter().map(|value| (*value).to_owned()).collect();
            assert_eq!(wants_two(&Asked { values, essential: false }), expected);
        }
    }

    #[test]
    fn a_step_up_is_met_by_a_sign_in_that_is_fresh_and_strong() {
        let owed = |max_age, classes: &[&str]| StepUp {
            max_age,
            acr_values: classes.iter().map(|class| (*class).to_owned()).collect(),
        };
        for (owed, amr, age, expected) in [
            (owed(Some(60), &[]), "pwd", 60, true),
            (owed(Some(60), &[]), "pwd", 61, false),
            (owed(Some(0), &[]), "pwd", 0, true),
            (owed(None, &[TWO_FACTORS]), "pwd", 0, false),
            (owed(None, &[TWO_FACTORS]), "pwd otp mfa", 9999, true),
            (owed(None, &[TWO_FACTORS, ONE_FACTOR]), "pwd", 9999, true),
            (owed(Some(60), &[TWO_FACTORS]), "pwd otp mfa", 61, false),
            (owed(Some(60), &[]), "", 0, false),
            (owed(None, &[ONE_FACTOR]), "", 0, false),
        ] {
            let now = Timestamp::from_seconds(100_000);
            let met = is_met(&owed, now.minus(Duration::from_secs(age)), &Words::parse(amr), now);
            assert_eq!(met, expected, "{owed:?} {amr} {age}");
        }
    }
}
