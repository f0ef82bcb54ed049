//! Pure: distinguished names as people write them (RFC 4514) and as certificates hold them (RFC 5280 §4.1.2.4), in one
//! form in which equal names are equal.

use std::collections::BTreeSet;

use unicode_normalization::UnicodeNormalization;
use x509_cert::attr::AttributeTypeAndValue;
use x509_cert::der::asn1::Any;
use x509_cert::der::{Decode, Encode, Tag, Tagged};
use x509_cert::name::Name;

/// Short names of attribute types (RFC 4514 §3, and those that certificates of companies and banks use besides), in
/// lower case, with their object identifiers.
const TYPES: &[(&str, &str)] = &[
    ("cn", "2.5.4.3"),
    ("sn", "2.5.4.4"),
    ("serialnumber", "2.5.4.5"),
    ("c", "2.5.4.6"),
    ("l", "2.5.4.7"),
    ("st", "2.5.4.8"),
    ("s", "2.5.4.8"),
    ("street", "2.5.4.9"),
    ("o", "2.5.4.10"),
    ("ou", "2.5.4.11"),
    ("title", "2.5.4.12"),
    ("businesscategory", "2.5.4.15"),
    ("postalcode", "2.5.4.17"),
    ("gn", "2.5.4.42"),
    ("givenname", "2.5.4.42"),
    ("organizationidentifier", "2.5.4.97"),
    ("dc", "0.9.2342.19200300.100.1.25"),
    ("uid", "0.9.2342.19200300.100.1.1"),
    ("emailaddress", "1.2.840.113549.1.9.1"),
    ("e", "1.2.840.113549.1.9.1"),
    ("jurisdictionl", "1.3.6.1.4.1.311.60.2.1.1"),
    ("jurisdictionst", "1.3.6.1.4.1.311.60.2.1.2"),
    ("jurisdictionc", "1.3.6.1.4.1.311.60.2.1.3"),
];

/// Bytes of a written name at most.
const LONGEST: usize = 1000;

/// A name, prepared for comparing: letters without case, runs of spaces as one, the parts of each step in any order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DistinguishedName(Vec<BTreeSet<(String, Value)>>);

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Value {
    Text(String),
    /// What is no text, whole.
    Other(Vec<u8>),
}

impl DistinguishedName {
    /// Reads what somebody wrote, the last step first (RFC 4514 §2.1). Spaces around separators, which RFC 2253 allowed,
    /// are no matter. `None` for what is no name, an empty one, or one with an attribute type that is not known by its
    /// short name here.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() > LONGEST || text.trim().is_empty() {
            return None;
        }
        let mut rest = text.chars();
        let mut steps = vec![BTreeSet::new()];
        loop {
            let (attribute, end) = written(&mut rest)?;
            steps.last_mut()?.insert(attribute);
            match end {
                End::Name => break,
                End::Step => steps.push(BTreeSet::new()),
                End::Attribute => {}
            }
        }
        steps.reverse();
        Some(Self(steps))
    }

    /// The name in a certificate.
    pub fn of(name: &Name) -> Option<Self> {
        let steps = name.iter_rdn().map(|step| step.iter().map(held).collect::<Option<_>>());
        steps.collect::<Option<_>>().map(Self)
    }
}

/// What ends an attribute.
enum End {
    Attribute,
    Step,
    Name,
}

/// One attribute of a written name, and what comes after it.
fn written(rest: &mut std::str::Chars<'_>) -> Option<((String, Value), End)> {
    let mut kind = String::new();
    loop {
        match rest.next()? {
            '=' => break,
            own => kind.push(own),
        }
    }
    let kind = object_identifier(kind.trim())?;
    let is_encoded = rest.as_str().trim_start().starts_with('#');
    let mut bytes = Vec::new();
    let end = loop {
        match rest.next() {
            None => break End::Name,
            Some(',') => break End::Step,
            Some('+') => break End::Attribute,
            Some('\\') => bytes.extend(escaped(rest)?),
            Some('"' | ';' | '<' | '>' | '\0') => return None,
            Some(own) => bytes.extend(own.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    };
    let text = String::from_utf8(bytes).ok()?;
    let value = if is_encoded { encoded(text.trim())? } else { prepared(&text) };
    Some(((kind, value), end))
}

/// What stands after a backslash: a special character, or a byte in two hexadecimal digits (RFC 4514 §3).
fn escaped(rest: &mut std::str::Chars<'_>) -> Option<Vec<u8>> {
    let first = rest.next()?;
    if " \"#+,;<=>\\".contains(first) {
        return Some(vec![u8::try_from(first).ok()?]);
    }
    let digits: String = [first, rest.next()?].into_iter().collect();
    hexadecimal(&digits)
}

fn hexadecimal(digits: &str) -> Option<Vec<u8>> {
    if !digits.len().is_multiple_of(2) || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    let pairs = digits.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).ok());
    pairs.map(|pair| u8::from_str_radix(pair?, 16).ok()).collect()
}

/// `#` and the value as a certificate holds it, in hexadecimal digits (RFC 4514 §2.4).
fn encoded(text: &str) -> Option<Value> {
    Any::from_der(&hexadecimal(text.strip_prefix('#')?)?).ok().and_then(|value| value_of(&value))
}

fn object_identifier(written: &str) -> Option<String> {
    let name = written.to_ascii_lowercase();
    if let Some((_, known)) = TYPES.iter().find(|(short, _)| *short == name) {
        return Some((*known).to_owned());
    }
    let dotted = name.strip_prefix("oid.").unwrap_or(&name);
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|digit| digit.is_ascii_digit());
    (dotted.contains('.') && dotted.split('.').all(is_number)).then(|| dotted.to_owned())
}

fn held(attribute: &AttributeTypeAndValue) -> Option<(String, Value)> {
    Some((attribute.oid.to_string(), value_of(&attribute.value)?))
}

/// The kinds of text that names are made of (RFC 5280 §4.1.2.4) compare as text, whichever it is.
fn value_of(value: &Any) -> Option<Value> {
    let bytes = value.value();
    let text = match value.tag() {
        Tag::Utf8String | Tag::PrintableString | Tag::Ia5String | Tag::NumericString | Tag::VisibleString => {
            std::str::from_utf8(bytes).ok()?.to_owned()
        }
        Tag::TeletexString => bytes.iter().map(|byte| char::from(*byte)).collect(),
        Tag::BmpString => {
            let (units, []) = bytes.as_chunks::<2>() else { return None };
            String::from_utf16(&units.iter().map(|unit| u16::from_be_bytes(*unit)).collect::<Vec<_>>()).ok()?
        }
        _ => return value.to_der().ok().map(Value::Other),
    };
    Some(prepared(&text))
}

/// As RFC 4518 §2 prepares texts for comparing, near enough: compatible characters, case and runs of spaces are one.
fn prepared(text: &str) -> Value {
    let folded: String = text.nfkc().flat_map(char::to_lowercase).nfkc().collect();
    Value::Text(folded.split_whitespace().collect::<Vec<_>>().join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> DistinguishedName {
        DistinguishedName::parse(text).unwrap_or_else(|| panic!("{text}"))
    }

    #[test]
    fn names_that_mean_the_same_are_the_same() {
        for (one, other) in [
            ("CN=ledger.example,O=Lantern Bank,C=AT", "cn=Ledger.Example, o=lantern  bank , c=at"),
            ("CN=a,O=b", "2.5.4.3=a,OID.2.5.4.10=b"),
            ("CN=a+OU=b,O=c", "OU=b+CN=a,O=c"),
            ("CN=a\\,b", "CN=a\\2cb"),
            ("CN=M\u{fc}ller", "CN=M\\C3\\BCller"),
            ("CN=M\u{fc}ller", "CN=mu\u{308}ller"),
            ("CN=\\ a ", "CN=a"),
            ("CN=a", "CN=#0c0141"),
            ("UID=x,DC=example,DC=at", "uid=X,dc=EXAMPLE,dc=AT"),
            ("CN=\\#a", "CN=\\23a"),
        ] {
            assert_eq!(parsed(one), parsed(other), "{one} {other}");
        }
    }

    #[test]
    fn names_that_differ_differ() {
        for (one, other) in [
            ("CN=a,O=b", "O=b,CN=a"),
            ("CN=a,O=b", "CN=a+O=b"),
            ("CN=a,O=b", "CN=a"),
            ("CN=a", "OU=a"),
            ("CN=a b", "CN=ab"),
            ("CN=a\\,O=b", "CN=a,O=b"),
            ("CN=a", "CN=#040141"),
            ("CN=a,OU=x,OU=y", "CN=a,OU=y,OU=x"),
        ] {
            assert_ne!(parsed(one), parsed(other), "{one} {other}");
        }
    }

    #[test]
    fn what_is_no_name_is_none() {
        let long = format!("CN={}", "a".repeat(LONGEST));
        for text in [
            "",
            " ",
            "a",
            "CN",
            "=a",
            "CN=a,",
            "CN=a+",
            ",CN=a",
            "CN=a,,O=b",
            "nickname=a",
            "CN=\"a\"",
            "CN=a;O=b",
            "CN=a<b",
            "CN=a\\",
            "CN=a\\z1",
            "CN=a\\ff",
            "CN=a\\c",
            "CN=#",
            "CN=#0",
            "CN=#zz",
            "CN=#0c02",
            "CN=a\0",
            "2.5..4=a",
            "2=a",
            &long,
        ] {
            assert_eq!(DistinguishedName::parse(text), None, "{text}");
        }
    }
}
