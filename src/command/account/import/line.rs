//! Pure: one line of an import: a JSON object with claims by their names in OpenID Connect Core §5.1, `created_at`, and
//! `password_hash`. What is wrong with one is said without what stands in it.

use chrono::DateTime;
use phonenumber::country;
use serde::Deserialize;

use crate::account::personal_fields::{self, ABOUT, ADDRESS};
use crate::clock::Timestamp;
use crate::identifier::Identifier;
use crate::language::Language;
use crate::security::stored_hash::{HashFault, StoredHash};
use crate::store::addresses::AddressKind;
use crate::store::profiles::Profile;
use crate::web::field;
use crate::web::zone::Zone;

/// Why a line is refused. Never says what is in it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Refusal {
    /// Over 64 KiB.
    #[error("the line is longer than 64 KiB")]
    TooLong,
    /// No JSON, or not as it should be: where in the line.
    #[error("the line is no JSON object with known fields, each once and of the right type (character {0})")]
    Malformed(usize),
    /// A field that may not be so.
    #[error("{0} may not be so")]
    Field(&'static str),
    /// No way to sign in.
    #[error("there is no verified address: one of phone_number and email needs its …_verified, true")]
    NoAddress,
    /// Another account has one of the addresses.
    #[error("an address belongs to another account")]
    Taken,
    /// The password's hash.
    #[error(transparent)]
    Hash(#[from] HashFault),
}

/// A line as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    name: String,
    phone_number: Option<String>,
    #[serde(default)]
    phone_number_verified: bool,
    email: Option<String>,
    #[serde(default)]
    email_verified: bool,
    password_hash: Option<String>,
    created_at: Option<Moment>,
    locale: Option<String>,
    zoneinfo: Option<String>,
    given_name: Option<String>,
    middle_name: Option<String>,
    family_name: Option<String>,
    nickname: Option<String>,
    preferred_username: Option<String>,
    gender: Option<String>,
    birthdate: Option<String>,
    profile: Option<String>,
    website: Option<String>,
    address: Option<WrittenAddress>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenAddress {
    street_address: Option<String>,
    postal_code: Option<String>,
    locality: Option<String>,
    region: Option<String>,
    country: Option<String>,
}

/// RFC 3339, or seconds since 1970.
#[derive(Deserialize)]
#[serde(untagged)]
enum Moment {
    Seconds(i64),
    Text(String),
}

/// A person, checked. Holds a hash: no `Debug`.
pub(super) struct Person {
    /// Their name.
    pub name: String,
    /// Verified addresses, canonical.
    pub addresses: Vec<(AddressKind, String)>,
    /// Addresses that were left out, since nobody verified them.
    pub unproved: u64,
    /// In the form in which it is kept.
    pub password_hash: Option<String>,
    /// When the other system made the account.
    pub created_at: Timestamp,
    /// A language that is spoken here.
    pub language: Option<String>,
    /// A name of the IANA database.
    pub zoneinfo: Option<String>,
    /// The rest of the claims, of no account yet.
    pub profile: Profile,
}

impl Person {
    /// Reads a line.
    pub fn read(line: &[u8], region: Option<country::Id>, now: Timestamp) -> Result<Self, Refusal> {
        // The message of the parser would say what stands there.
        let mut written: Written = serde_json::from_slice(line).map_err(|error| Refusal::Malformed(error.column()))?;
        let created_at = match written.created_at.take() {
            None => now,
            Some(moment) => {
                instant(&moment).filter(|at| *at <= now && at.millis() > 0).ok_or(Refusal::Field("created_at"))?
            }
        };
        let hash = written.password_hash.take().map(|text| StoredHash::parse(&text).and_then(StoredHash::bounded));
        let (addresses, unproved) = addresses(&written, region)?;
        if addresses.is_empty() {
            return Err(Refusal::NoAddress);
        }
        let zone = written.zoneinfo.take();
        Ok(Self {
            profile: profile(&written)?,
            name: field::checked_name(&written.name).map_err(|_| Refusal::Field("name"))?,
            addresses,
            unproved,
            password_hash: hash.transpose()?.map(|hash| hash.to_string()),
            created_at,
            // One that is not spoken here is no fault of the person's: they are shown what their browser asks for.
            language: written.locale.as_deref().and_then(Language::matching).map(|own| own.tag().to_owned()),
            zoneinfo: match zone {
                None => None,
                Some(name) => Some(Zone::from_name(&name).ok_or(Refusal::Field("zoneinfo"))?.name().to_owned()),
            },
        })
    }
}

fn instant(moment: &Moment) -> Option<Timestamp> {
    match moment {
        Moment::Seconds(seconds) => seconds.checked_mul(1000).map(Timestamp::from_millis),
        Moment::Text(text) => {
            DateTime::parse_from_rfc3339(text).ok().map(|at| Timestamp::from_millis(at.timestamp_millis()))
        }
    }
}

/// The verified addresses, and how many are none. One that is malformed is a fault, verified or not: somebody should look.
fn addresses(written: &Written, region: Option<country::Id>) -> Result<(Vec<(AddressKind, String)>, u64), Refusal> {
    let (mut verified, mut unproved) = (Vec::new(), 0);
    for (field, text, kind, is_verified) in [
        ("phone_number", &written.phone_number, AddressKind::Phone, written.phone_number_verified),
        ("email", &written.email, AddressKind::Email, written.email_verified),
    ] {
        let Some(text) = text else { continue };
        let parsed = Identifier::parse(text, region).ok().filter(|parsed| parsed.address_kind() == Some(kind));
        let parsed = parsed.ok_or(Refusal::Field(field))?;
        if is_verified {
            verified.push((kind, parsed.as_str().to_owned()));
        } else {
            unproved += 1;
        }
    }
    Ok((verified, unproved))
}

fn profile(written: &Written) -> Result<Profile, Refusal> {
    let none = WrittenAddress::default();
    let address = written.address.as_ref().unwrap_or(&none);
    let text = |name: &str| match name {
        "given_name" => written.given_name.as_deref(),
        "middle_name" => written.middle_name.as_deref(),
        "family_name" => written.family_name.as_deref(),
        "nickname" => written.nickname.as_deref(),
        "preferred_username" => written.preferred_username.as_deref(),
        "gender" => written.gender.as_deref(),
        "birthdate" => written.birthdate.as_deref(),
        "profile" => written.profile.as_deref(),
        "website" => written.website.as_deref(),
        "street_address" => address.street_address.as_deref(),
        "postal_code" => address.postal_code.as_deref(),
        "locality" => address.locality.as_deref(),
        "region" => address.region.as_deref(),
        "country" => address.country.as_deref(),
        _ => None,
    };
    let mut kept = Vec::new();
    for field in ABOUT.into_iter().chain(ADDRESS) {
        let value = field.checked(text(field.name).unwrap_or_default()).map_err(|_| Refusal::Field(field.name))?;
        kept.push((field.name, value));
    }
    let of = |name: &str| kept.iter().find(|(own, _)| *own == name).and_then(|(_, value)| value.clone());
    Ok(personal_fields::profile(0, of))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

    fn read(line: &Value) -> Result<Person, Refusal> {
        Person::read(line.to_string().as_bytes(), None, NOW)
    }

    fn with(field: &str, value: Value) -> Value {
        let mut line = json!({"name": "Mina Farouk", "email": "mina@lantern.example", "email_verified": true});
        line[field] = value;
        line
    }

    #[test]
    fn a_whole_line_is_read() {
        let line = json!({
            "name": "Mina Farouk", "phone_number": "+43 660 5554417", "phone_number_verified": true,
            "email": "Mina@Lantern.example", "email_verified": true, "created_at": "2019-05-01T10:00:00+02:00",
            "locale": "zh-TW", "zoneinfo": "Europe/Vienna", "given_name": "Mina", "nickname": "Min", "birthdate": "1990-02-28",
            "website": "https://mina.example/", "address": {"locality": "Vienna", "country": "Austria"},
            "password_hash": "pbkdf2_sha1$1000$0123456789abcdef$rDjxw4qmzpl4HTyqLNYNsdE5Zi4=",
        });
        let person = read(&line).unwrap_or_else(|refusal| panic!("{refusal}"));
        assert_eq!(
            person.addresses,
            [(AddressKind::Phone, "+436605554417".to_owned()), (AddressKind::Email, "mina@lantern.example".to_owned())]
        );
        assert_eq!(person.created_at.rfc3339(), "2019-05-01T08:00:00.000Z");
        assert_eq!((person.language.as_deref(), person.zoneinfo.as_deref()), (Some("zh-CN"), Some("Europe/Vienna")));
        assert_eq!(
            person.password_hash.as_deref(),
            Some("$pbkdf2$i=1000,l=20$MDEyMzQ1Njc4OWFiY2RlZg$rDjxw4qmzpl4HTyqLNYNsdE5Zi4")
        );
        for field in ["given_name", "nickname", "birthdate", "website", "locality", "country"] {
            assert!(personal_fields::value(&person.profile, field).is_some(), "{field}");
        }
    }

    #[test]
    fn only_what_was_verified_in_so_many_words_is_kept() {
        let mut line = with("phone_number", json!("+436605554417"));
        let person = read(&line).unwrap_or_else(|refusal| panic!("{refusal}"));
        assert_eq!((person.addresses.len(), person.unproved, person.created_at), (1, 1, NOW));
        line["email_verified"] = json!(false);
        assert_eq!(read(&line).err(), Some(Refusal::NoAddress));
        assert_eq!(read(&json!({"name": "Mina"})).err(), Some(Refusal::NoAddress));
    }

    #[test]
    fn what_is_wrong_is_said_without_what_it_is() {
        let secret = "s3cret";
        for (line, refusal) in [
            (with("name", json!("")), Refusal::Field("name")),
            (with("name", json!("a\u{202e}b")), Refusal::Field("name")),
            (with("email", json!(secret)), Refusal::Field("email")),
            (with("email", json!("+436605554417")), Refusal::Field("email")),
            (with("phone_number", json!(secret)), Refusal::Field("phone_number")),
            (with("created_at", json!(secret)), Refusal::Field("created_at")),
            (with("created_at", json!(1_800_000_001)), Refusal::Field("created_at")),
            (with("created_at", json!(-1)), Refusal::Field("created_at")),
            (with("zoneinfo", json!(secret)), Refusal::Field("zoneinfo")),
            (with("birthdate", json!(secret)), Refusal::Field("birthdate")),
            (with("website", json!(secret)), Refusal::Field("website")),
            (with("password_hash", json!(secret)), Refusal::Hash(HashFault::Unknown)),
            (
                with("password_hash", json!("$2b$31$abcdefghijklmnopqrstuuqREtd3VJD2QVZbuFskFSLk6eRIrQoOS")),
                Refusal::Hash(HashFault::TooCostly),
            ),
        ] {
            let refused = read(&line).err();
            assert_eq!(refused, Some(refusal), "{line}");
            assert!(!refused.unwrap().to_string().contains(secret));
        }
        for line in [
            "",
            "[]",
            "null",
            "{",
            "{}",
            "\"s3cret\"",
            "{\"name\": s3cret}",
            r#"{"name": "Mina", "pasword_hash": "s3cret"}"#,
            r#"{"name": "Mina", "name": "s3cret"}"#,
            r#"{"name": "Mina", "email": "mina@lantern.example", "email_verified": "s3cret"}"#,
            r#"{"name": "Mina", "sub": "s3cret"}"#,
            r#"{"name": "Mina", "address": {"formatted": "s3cret"}}"#,
            r#"{"name": "Mina"} s3cret"#,
            "{\"name\": \"\u{0}s3cret\"}",
        ] {
            let refused = Person::read(line.as_bytes(), None, NOW).err().unwrap();
            assert!(matches!(refused, Refusal::Malformed(_)), "{line}: {refused}");
            assert!(!refused.to_string().contains(secret));
        }
        assert!(Person::read(b"{\"name\": \"caf\xe9\"}", None, NOW).is_err());
    }
}
