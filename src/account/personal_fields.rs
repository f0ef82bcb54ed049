//! Pure: the fields of "Personal information": which claim each is, and what may stand in it.

use chrono::NaiveDate;
use url::Url;

use crate::store::details::{Json, PostalAddress};
use crate::store::profiles::Profile;
use crate::web::sign_in_context::is_trick;

/// Characters of a text, and of an address of a page, at most.
const MOST_CHARACTERS: u16 = 100;
const LONGEST_URL: u16 = 500;

/// What a field takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takes {
    /// Any words.
    Text,
    /// The address of a web page.
    Url,
    /// A day, with a year or without, or a year.
    Date,
}

/// One field. Its name is the claim's (OpenID Connect Core §5.1, §5.1.1).
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// The claim.
    pub name: &'static str,
    /// The message of its label.
    pub label: &'static str,
    /// The message of its hint, where it needs one.
    pub hint: Option<&'static str>,
    /// What browsers fill in (HTML, autofill detail tokens).
    pub autocomplete: &'static str,
    /// What it takes.
    pub takes: Takes,
}

const fn text(name: &'static str, label: &'static str, autocomplete: &'static str) -> Field {
    Field { name, label, hint: None, autocomplete, takes: Takes::Text }
}

/// The fields about the person, in order.
pub const ABOUT: [Field; 9] = [
    text("given_name", "personal-given-name", "given-name"),
    text("middle_name", "personal-middle-name", "additional-name"),
    text("family_name", "personal-family-name", "family-name"),
    text("nickname", "personal-nickname", "nickname"),
    text("preferred_username", "personal-username", "off"),
    text("gender", "personal-gender", "sex"),
    Field {
        hint: Some("personal-birthdate-hint"),
        takes: Takes::Date,
        ..text("birthdate", "personal-birthdate", "bday")
    },
    Field { takes: Takes::Url, ..text("profile", "personal-profile", "off") },
    Field { takes: Takes::Url, ..text("website", "personal-website", "url") },
];

/// The fields of the postal address, in order.
pub const ADDRESS: [Field; 5] = [
    text("street_address", "personal-street", "street-address"),
    text("postal_code", "personal-postal-code", "postal-code"),
    text("locality", "personal-locality", "address-level2"),
    text("region", "personal-region", "address-level1"),
    text("country", "personal-country", "country-name"),
];

/// What is wrong with a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldFault {
    /// Longer than the store keeps.
    TooLong {
        /// The most characters it may have.
        most: u16,
    },
    /// Control characters, or those that turn text around.
    NotText,
    /// No address of a web page.
    NotAUrl,
    /// No day and no year.
    NotADate,
}

impl Field {
    /// The claim that carries it: the members of the postal address are one (OpenID Connect Core §5.1.1).
    pub fn claim(&self) -> &'static str {
        if ADDRESS.iter().any(|part| part.name == self.name) { "address" } else { self.name }
    }

    /// What was typed as it is kept; nothing where nothing was typed.
    pub fn checked(&self, typed: &str) -> Result<Option<String>, FieldFault> {
        let typed = typed.trim();
        if typed.is_empty() {
            return Ok(None);
        }
        let most = if self.takes == Takes::Url { LONGEST_URL } else { MOST_CHARACTERS };
        if typed.chars().count() > usize::from(most) {
            return Err(FieldFault::TooLong { most });
        }
        if typed.chars().any(is_trick) {
            return Err(FieldFault::NotText);
        }
        match self.takes {
            Takes::Url if !is_page(typed) => Err(FieldFault::NotAUrl),
            Takes::Date if !is_date(typed) => Err(FieldFault::NotADate),
            _ => Ok(Some(typed.to_owned())),
        }
    }
}

fn is_page(text: &str) -> bool {
    Url::parse(text).is_ok_and(|url| {
        matches!(url.scheme(), "https" | "http") && url.username().is_empty() && url.password().is_none()
    })
}

/// `YYYY-MM-DD`, the same with the year 0000 for one that is not told, or `YYYY` (OpenID Connect Core §5.1).
fn is_date(text: &str) -> bool {
    let is_year = |text: &str| text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_year(text) {
        return text != "0000";
    }
    let Some((year, day)) = text.split_at_checked(4).filter(|(year, _)| is_year(year)) else { return false };
    // A year that is not told may have been a leap year.
    let full = if year == "0000" { format!("2000{day}") } else { text.to_owned() };
    text.len() == 10 && NaiveDate::parse_from_str(&full, "%Y-%m-%d").is_ok()
}

/// What a profile has in a field.
pub fn value<'a>(profile: &'a Profile, name: &str) -> Option<&'a str> {
    let address = profile.address.get();
    let of_address = |part: fn(&PostalAddress) -> &Option<String>| address.and_then(|own| part(own).as_deref());
    match name {
        "given_name" => profile.given_name.as_deref(),
        "family_name" => profile.family_name.as_deref(),
        "middle_name" => profile.middle_name.as_deref(),
        "nickname" => profile.nickname.as_deref(),
        "preferred_username" => profile.preferred_username.as_deref(),
        "profile" => profile.profile.as_deref(),
        "website" => profile.website.as_deref(),
        "gender" => profile.gender.as_deref(),
        "birthdate" => profile.birthdate.as_deref(),
        "street_address" => of_address(|own| &own.street_address),
        "locality" => of_address(|own| &own.locality),
        "region" => of_address(|own| &own.region),
        "postal_code" => of_address(|own| &own.postal_code),
        "country" => of_address(|own| &own.country),
        _ => None,
    }
}

/// The profile that the checked fields make; `of` gives a field's value.
pub fn profile(account_id: i64, of: impl Fn(&str) -> Option<String>) -> Profile {
    Profile {
        account_id,
        given_name: of("given_name"),
        family_name: of("family_name"),
        middle_name: of("middle_name"),
        nickname: of("nickname"),
        preferred_username: of("preferred_username"),
        profile: of("profile"),
        website: of("website"),
        gender: of("gender"),
        birthdate: of("birthdate"),
        address: Json::of(PostalAddress {
            street_address: of("street_address"),
            locality: of("locality"),
            region: of("region"),
            postal_code: of("postal_code"),
            country: of("country"),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(name: &str) -> Field {
        ABOUT.into_iter().chain(ADDRESS).find(|field| field.name == name).unwrap()
    }

    #[test]
    fn a_field_takes_what_its_claim_may_be() {
        for (name, good) in [
            ("given_name", "Mina"),
            ("birthdate", "1990-02-28"),
            ("birthdate", "0000-02-29"),
            ("birthdate", "1990"),
            ("website", "https://mina.example/?a=b"),
        ] {
            assert_eq!(field(name).checked(&format!(" {good} ")), Ok(Some(good.to_owned())), "{name} {good}");
            assert_eq!(field(name).checked(" "), Ok(None));
        }
        let long = "x".repeat(101);
        for (name, wrong, fault) in [
            ("given_name", long.as_str(), FieldFault::TooLong { most: 100 }),
            ("given_name", "a\u{202e}b", FieldFault::NotText),
            ("given_name", "a\nb", FieldFault::NotText),
            ("birthdate", "1990-02-29", FieldFault::NotADate),
            ("birthdate", "28.2.1990", FieldFault::NotADate),
            ("birthdate", "0000", FieldFault::NotADate),
            ("birthdate", "1990-2-28", FieldFault::NotADate),
            ("birthdate", "äöü1-02-28", FieldFault::NotADate),
            ("website", "javascript:alert(1)", FieldFault::NotAUrl),
            ("website", "mina.example", FieldFault::NotAUrl),
            ("profile", "https://u:p@mina.example/", FieldFault::NotAUrl),
        ] {
            assert_eq!(field(name).checked(wrong), Err(fault), "{name} {wrong}");
        }
    }

    #[test]
    fn every_field_is_kept_and_found_again() {
        let kept = profile(7, |name| Some(name.to_owned()));
        for field in ABOUT.into_iter().chain(ADDRESS) {
            assert_eq!(value(&kept, field.name), Some(field.name));
        }
        assert_eq!(profile(7, |_| None), Profile { account_id: 7, ..Profile::default() });
    }
}
