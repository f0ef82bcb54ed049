//! Pure: what a person types to say who they are, parsed once into a form of which there is only one. Limits, look-ups
//! and unique indexes all see this form.

use phonenumber::country::Id as Country;
use unicode_normalization::UnicodeNormalization;

use crate::store::addresses::AddressKind;
use crate::store::attempts::IdentifierKind;

/// A canonical identifier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Identifier {
    /// E.164 with the plus (ITU-T E.164).
    Phone(String),
    /// Local part as written but lower case and NFC, domain in lower-case A-labels.
    Email(String),
    /// The 12 digits of an account ID.
    AccountNumber(String),
}

/// Why a text names nobody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IdentifierFault {
    /// Nothing was typed.
    Missing,
    /// Digits that are no phone number and no account ID.
    NotANumber,
    /// A phone number without its country, where none is assumed.
    CountryMissing,
    /// Something with an at sign that is no address; perhaps this was meant.
    NotAnEmail {
        /// A likely correction.
        meant: Option<String>,
    },
    /// Neither.
    Neither,
}

/// Nothing a person types here is longer: an address has at most 254 octets (RFC 5321 §4.5.3.1.3).
const MOST_CHARACTERS: usize = 254;

impl Identifier {
    /// Reads what was typed. `region` is the country of numbers typed without a plus.
    pub fn parse(typed: &str, region: Option<Country>) -> Result<Self, IdentifierFault> {
        let typed: String = typed.nfkc().filter(|c| !is_invisible(*c)).collect();
        let typed = typed.trim();
        if typed.is_empty() {
            return Err(IdentifierFault::Missing);
        }
        if typed.chars().count() > MOST_CHARACTERS {
            return Err(IdentifierFault::Neither);
        }
        if typed.contains('@') {
            return email(typed).map(Self::Email);
        }
        if !typed.chars().any(|c| c.is_ascii_digit()) || typed.chars().any(char::is_alphabetic) {
            return Err(IdentifierFault::Neither);
        }
        let digits: String = typed.chars().filter(char::is_ascii_digit).collect();
        let plain = typed.chars().all(|c| c.is_ascii_digit() || c == ' ' || c == '-');
        if plain && digits.len() == 12 && !digits.starts_with('0') {
            return Ok(Self::AccountNumber(digits));
        }
        if region.is_none() && typed.starts_with('0') && !typed.starts_with("00") && digits.len() > 6 {
            return Err(IdentifierFault::CountryMissing);
        }
        phone(typed, region).map(Self::Phone).ok_or(IdentifierFault::NotANumber)
    }

    /// What kind it is.
    pub fn kind(&self) -> IdentifierKind {
        match self {
            Self::Phone(_) => IdentifierKind::Phone,
            Self::Email(_) => IdentifierKind::Email,
            Self::AccountNumber(_) => IdentifierKind::AccountNumber,
        }
    }

    /// The canonical text.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Phone(text) | Self::Email(text) | Self::AccountNumber(text) => text,
        }
    }

    /// Builds it again from what was stored.
    pub fn stored(kind: IdentifierKind, text: String) -> Self {
        match kind {
            IdentifierKind::Phone => Self::Phone(text),
            IdentifierKind::Email => Self::Email(text),
            IdentifierKind::AccountNumber => Self::AccountNumber(text),
        }
    }

    /// The kind of address it is; none for an account ID.
    pub fn address_kind(&self) -> Option<AddressKind> {
        match self {
            Self::Phone(_) => Some(AddressKind::Phone),
            Self::Email(_) => Some(AddressKind::Email),
            Self::AccountNumber(_) => None,
        }
    }

    /// As a person reads it: grouped digits, the address as it is.
    pub fn shown(&self) -> String {
        match self {
            Self::Phone(e164) => shown_phone(e164),
            Self::Email(address) => address.clone(),
            Self::AccountNumber(number) => grouped(number),
        }
    }
}

/// An account ID in groups of four.
pub fn grouped(number: &str) -> String {
    number.as_bytes().chunks(4).map(|group| String::from_utf8_lossy(group).into_owned()).collect::<Vec<_>>().join(" ")
}

/// An E.164 number in its international form.
pub fn shown_phone(e164: &str) -> String {
    match phonenumber::parse(None, e164) {
        Ok(number) => number.format().mode(phonenumber::Mode::International).to_string(),
        Err(_) => e164.to_owned(),
    }
}

/// Characters that change nothing a person sees: they would make two forms of one address.
fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{00ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

fn phone(typed: &str, region: Option<Country>) -> Option<String> {
    // The parser has panicked on crafted input before: it sees digits and a leading plus only.
    let mut plain = String::new();
    for (place, c) in typed.chars().enumerate() {
        match c {
            '+' if place == 0 => plain.push('+'),
            _ if c.is_ascii_digit() => plain.push(c),
            ' ' | '-' | '(' | ')' | '.' | '/' => {}
            _ => return None,
        }
    }
    if let Some(international) = plain.strip_prefix("00") {
        plain = format!("+{international}");
    }
    let digits = plain.trim_start_matches('+').len();
    if !(5..=17).contains(&digits) || (!plain.starts_with('+') && region.is_none()) {
        return None;
    }
    let number = phonenumber::parse(region, &plain).ok()?;
    phonenumber::is_valid(&number).then(|| number.format().mode(phonenumber::Mode::E164).to_string())
}

fn email(typed: &str) -> Result<String, IdentifierFault> {
    let fault = || IdentifierFault::NotAnEmail { meant: meant(typed) };
    let (local, domain) = typed.rsplit_once('@').ok_or_else(fault)?;
    let local = local.to_lowercase();
    let local_is_good = !local.is_empty()
        && local.len() <= 64
        && !local.starts_with('.')
        && !local.ends_with('.')
        && !local.contains("..")
        && local.chars().all(|c| c.is_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c));
    let domain = idna::domain_to_ascii_strict(domain).map_err(|_| fault())?;
    let labels = domain.split('.').count();
    let top_is_a_name =
        domain.rsplit('.').next().is_some_and(|top| top.len() > 1 && !top.chars().all(|c| c.is_ascii_digit()));
    if !local_is_good || labels < 2 || !top_is_a_name || domain.len() > 253 {
        return Err(fault());
    }
    Ok(format!("{local}@{domain}"))
}

/// A comma for a point is the one slip worth a guess.
fn meant(typed: &str) -> Option<String> {
    let mended = typed.replace(',', ".");
    (mended != typed).then(|| email(&mended).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_canonical_form() {
        let at = Some(Country::AT);
        for (typed, expected) in [
            ("+43 660 5554417", Identifier::Phone("+436605554417".into())),
            ("0043 660 555-4417", Identifier::Phone("+436605554417".into())),
            ("0660 5554417", Identifier::Phone("+436605554417".into())),
            ("\u{200b}+43\u{a0}660 5554417 ", Identifier::Phone("+436605554417".into())),
            (" Mina@Lantern.Example ", Identifier::Email("mina@lantern.example".into())),
            ("mina+shop@lantern.example", Identifier::Email("mina+shop@lantern.example".into())),
            ("mina@bücher.example", Identifier::Email("mina@xn--bcher-kva.example".into())),
            ("ｍｉｎａ@lantern.example", Identifier::Email("mina@lantern.example".into())),
            ("4821 0937 5526", Identifier::AccountNumber("482109375526".into())),
            ("482109375526", Identifier::AccountNumber("482109375526".into())),
        ] {
            assert_eq!(Identifier::parse(typed, at), Ok(expected), "{typed:?}");
        }
    }

    #[test]
    fn what_names_nobody_is_refused() {
        let not_an_email = || IdentifierFault::NotAnEmail { meant: None };
        for (typed, expected) in [
            ("", IdentifierFault::Missing),
            (" \u{200b} ", IdentifierFault::Missing),
            ("mina", IdentifierFault::Neither),
            ("12345", IdentifierFault::NotANumber),
            ("0660 5554417", IdentifierFault::CountryMissing),
            ("+999 1234567", IdentifierFault::NotANumber),
            ("+", IdentifierFault::Neither),
            ("@", not_an_email()),
            ("mina@", not_an_email()),
            ("mina@localhost", not_an_email()),
            ("mina@10.0.0.1", not_an_email()),
            ("mi na@lantern.example", not_an_email()),
            ("a@b@lantern.example", not_an_email()),
            ("mina@lantern,example", IdentifierFault::NotAnEmail { meant: Some("mina@lantern.example".into()) }),
        ] {
            assert_eq!(Identifier::parse(typed, None), Err(expected), "{typed:?}");
        }
        assert_eq!(Identifier::parse(&"9".repeat(5000), None), Err(IdentifierFault::Neither));
    }

    #[test]
    fn account_ids_are_shown_in_groups() {
        assert_eq!(Identifier::AccountNumber("482109375526".into()).shown(), "4821 0937 5526");
    }
}
