//! Pure: the parameters of a query or a form body, decoded strictly and once.

use percent_encoding::percent_decode;
use std::collections::HashSet;

/// Name–value pairs in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parameters(Vec<(String, String)>);

/// Why a text is no parameters: bytes that are not UTF-8, or NUL, which PostgreSQL's text cannot hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed;

impl Parameters {
    /// Decodes `application/x-www-form-urlencoded`. Parameters without a value count as absent (RFC 6749 §3.1).
    pub fn parse(encoded: &[u8]) -> Result<Self, Malformed> {
        let mut pairs = Vec::new();
        for pair in encoded.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()) {
            let mut halves = pair.splitn(2, |byte| *byte == b'=');
            let name = decode(halves.next().unwrap_or_default())?;
            let value = decode(halves.next().unwrap_or_default())?;
            pairs.push((name, value));
        }
        Ok(Self(pairs))
    }

    /// Pairs that came in another form than a query; the same characters are refused.
    pub fn of(pairs: Vec<(String, String)>) -> Result<Self, Malformed> {
        if pairs.iter().any(|(name, value)| name.contains('\0') || value.contains('\0')) {
            return Err(Malformed);
        }
        Ok(Self(pairs))
    }

    /// The value of a parameter; an empty one is absent.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(own, value)| own == name && !value.is_empty()).map(|(_, value)| value.as_str())
    }

    /// Whether the parameter was sent, be it empty.
    pub fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(own, _)| own == name)
    }

    /// Every value of a parameter that may repeat (`resource`, RFC 8707 §2).
    pub fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |(own, value)| own == name && !value.is_empty()).map(|(_, value)| value.as_str())
    }

    /// The first name that stands twice although it must not (RFC 6749 §3.1), those of `repeatable` excepted.
    pub fn repeated(&self, repeatable: &[&str]) -> Option<&str> {
        // A set and not a comparison of each with each: a body of 64 KiB has room for 32,000 names.
        let mut seen = HashSet::new();
        let names = self.0.iter().map(|(name, _)| name.as_str());
        names.filter(|name| !repeatable.contains(name)).find(|name| !seen.insert(*name))
    }

    /// The pairs again, for what must be kept as it came.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

/// Decodes one form-encoded text.
pub fn decode(encoded: &[u8]) -> Result<String, Malformed> {
    let spaced: Vec<u8> = encoded.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect();
    let text = percent_decode(&spaced).decode_utf8().map_err(|_| Malformed)?;
    if text.contains('\0') {
        return Err(Malformed);
    }
    Ok(text.into_owned())
}

/// Encodes pairs as a query.
pub fn encode<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let mut serializer = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in pairs {
        serializer.append_pair(name, value);
    }
    serializer.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decodes_strictly() {
        let parameters = Parameters::parse(b"a=1+2&b=%C3%BC&c=&d&a=%zz").unwrap();
        assert_eq!(parameters.get("a"), Some("1 2"));
        assert_eq!(parameters.get("b"), Some("ü"));
        assert_eq!((parameters.get("c"), parameters.has("c")), (None, true));
        assert_eq!(parameters.all("a").collect::<Vec<_>>(), ["1 2", "%zz"]);
        assert_eq!(Parameters::parse(b"a=%ff"), Err(Malformed));
        assert_eq!(Parameters::parse(b"a%00=1"), Err(Malformed));
        assert_eq!(Parameters::parse(b""), Ok(Parameters::default()));
    }

    #[test]
    fn repeated_names_are_found() {
        let parameters = Parameters::parse(b"resource=a&x=1&resource=b&x=2").unwrap();
        assert_eq!(parameters.repeated(&["resource"]), Some("x"));
        assert_eq!(Parameters::parse(b"resource=a&resource=b").unwrap().repeated(&["resource"]), None);
        assert_eq!(Parameters::parse(b"state=&state=b").unwrap().repeated(&[]), Some("state"));
    }
}
