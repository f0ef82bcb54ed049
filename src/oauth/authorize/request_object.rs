//! Pure: the parameters inside a request object whose signature is good (RFC 9101, OpenID Connect Core §6).

use std::time::Duration;

use serde_json::Value;

use crate::clock::Timestamp;
use crate::oauth::error::{ErrorCode, OAuthError};
use crate::security::foreign_jws::{JwsFault, Members, is_type};
use crate::web::parameters::Parameters;

/// Clocks may differ by so much.
const LEEWAY: Duration = Duration::from_secs(60);

/// How old an object of Message Signing may be, and how long good (FAPI 2.0 Message Signing §5.3.1).
const MESSAGE_LIFE: Duration = Duration::from_secs(3600);

/// Members about the object itself; they are no parameters.
const OF_THE_OBJECT: &[&str] = &["iss", "aud", "exp", "nbf", "iat", "jti"];

/// What an object is held against.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'a> {
    /// Whose key signed it.
    pub client_id: &'a str,
    /// Us.
    pub issuer: &'a str,
    /// Now.
    pub now: Timestamp,
    /// Parameters beside the object never count.
    pub whole: bool,
    /// It must say for whom and for when it is (FAPI 2.0 Message Signing §5.3.1).
    pub is_message: bool,
}

/// `invalid_request_object`.
pub fn invalid(description: &'static str) -> OAuthError {
    OAuthError::new(ErrorCode::InvalidRequestObject, description)
}

/// The refusal of an object that is not believed.
pub fn unbelieved(fault: JwsFault) -> OAuthError {
    invalid(match fault {
        JwsFault::Malformed => "the request object is not a signed JWT of 8 KiB at most",
        JwsFault::Algorithm => "alg of the request object is none that this client may use",
        JwsFault::NoKey => "no key of the client fits the request object",
        JwsFault::Signature => "the signature of the request object is wrong",
    })
}

/// The parameters of the request. An object that names a `response_type` is the request, whole, and nothing beside it
/// counts (RFC 9101 §6.3); one without only carries some parameters, which win over those beside it (OpenID Connect
/// Core §6.1).
///
/// # Errors
/// `invalid_request_object`, with what to mend.
pub fn parameters(
    object: &Members,
    typ: Option<&str>,
    beside: &Parameters,
    expected: Expected<'_>,
) -> Result<Parameters, OAuthError> {
    check(object, typ, expected)?;
    let agrees = |name: &str, with: Option<&str>| {
        object.get(name).is_none_or(|inside| with.is_none_or(|with| inside.as_str() == Some(with)))
    };
    if !agrees("client_id", Some(expected.client_id)) || !agrees("response_type", beside.get("response_type")) {
        return Err(invalid("client_id or response_type of the request object differs from that beside it"));
    }
    let mut pairs = vec![("client_id".to_owned(), expected.client_id.to_owned())];
    for (name, value) in object.iter().filter(|(name, _)| *name != "client_id" && !OF_THE_OBJECT.contains(name)) {
        match value {
            Value::Array(values) if name == "resource" => {
                for value in values {
                    let value = value.as_str().ok_or_else(|| invalid("resource is a list of texts"))?;
                    pairs.push((name.to_owned(), value.to_owned()));
                }
            }
            _ => pairs.push((name.to_owned(), text(value)?)),
        }
    }
    if !expected.whole && object.get("response_type").is_none() {
        let is_beside =
            |name: &str| object.get(name).is_none() && !["client_id", "request", "request_uri"].contains(&name);
        let others = beside.pairs().filter(|(name, _)| is_beside(name));
        pairs.extend(others.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }
    Parameters::of(pairs).map_err(|_| invalid("the request object has a NUL character"))
}

/// What holds of every object: it is one, it is this client's and for us, its time is now, and it holds no other.
fn check(object: &Members, typ: Option<&str>, expected: Expected<'_>) -> Result<(), OAuthError> {
    let Expected { client_id, issuer, now, is_message, .. } = expected;
    if !typ.is_none_or(|typ| is_type(typ, "jwt") || is_type(typ, "oauth-authz-req+jwt")) {
        return Err(invalid("typ of the request object must be oauth-authz-req+jwt"));
    }
    // Every client assertion has a sub: signed with the same keys, it must not pass for a request (RFC 9101 §10.8).
    if object.get("sub").is_some() {
        return Err(invalid("a request object has no sub"));
    }
    if object.get("request").is_some() || object.get("request_uri").is_some() {
        return Err(invalid("a request object holds no request and no request_uri"));
    }
    if object.get("iss").is_some_and(|iss| iss.as_str() != Some(client_id)) {
        return Err(invalid("iss of the request object must be the client_id"));
    }
    let is_ours = match object.get("aud") {
        None => !is_message,
        Some(Value::Array(all)) => all.iter().any(|aud| aud.as_str() == Some(issuer)),
        Some(aud) => aud.as_str() == Some(issuer),
    };
    if !is_ours {
        return Err(invalid("aud of the request object must be the issuer"));
    }
    let at = |name: &str| match object.get(name) {
        None => Ok(None),
        Some(_) => match object.seconds(name) {
            Some(seconds) => Ok(Some(Timestamp::from_seconds(seconds))),
            None => Err(invalid("exp, nbf and iat of a request object are numbers of seconds")),
        },
    };
    let (nbf, exp) = (at("nbf")?, at("exp")?);
    if is_message && nbf.is_none_or(|nbf| nbf.plus(MESSAGE_LIFE) < now) {
        return Err(invalid("the request object needs an nbf that is not older than an hour"));
    }
    if is_message && exp.zip(nbf).is_none_or(|(exp, nbf)| exp > nbf.plus(MESSAGE_LIFE)) {
        return Err(invalid("the request object needs an exp that is an hour after its nbf at most"));
    }
    if exp.is_some_and(|exp| exp.plus(LEEWAY) <= now) {
        return Err(invalid("the request object has expired"));
    }
    for name in ["nbf", "iat"] {
        if at(name)?.is_some_and(|from| from > now.plus(LEEWAY)) {
            return Err(invalid("nbf and iat of the request object must not lie ahead"));
        }
    }
    Ok(())
}

/// A member as the text it would be in a query; objects (`claims`) as their JSON.
fn text(value: &Value) -> Result<String, OAuthError> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Number(_) | Value::Bool(_) | Value::Object(_) => Ok(value.to_string()),
        Value::Null | Value::Array(_) => Err(invalid("a parameter of the request object is null or a list")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const NOW: i64 = 1_800_000_000;

    fn read(object: &Value, beside: &str, whole: bool) -> Result<Vec<(String, String)>, OAuthError> {
        held(object, beside, whole, false)
    }

    fn held(object: &Value, beside: &str, whole: bool, is_message: bool) -> Result<Vec<(String, String)>, OAuthError> {
        let now = Timestamp::from_seconds(NOW);
        let expected = Expected { client_id: "app", issuer: "https://id.example", now, whole, is_message };
        let object = serde_json::from_value(object.clone()).unwrap();
        let beside = Parameters::parse(beside.as_bytes()).unwrap();
        let read = parameters(&object, Some("oauth-authz-req+jwt"), &beside, expected)?;
        let mut pairs: Vec<_> = read.pairs().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        pairs.sort();
        Ok(pairs)
    }

    fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn a_whole_object_is_the_request() {
        let object = json!({
            "iss": "app", "aud": ["https://id.example"], "exp": NOW + 60, "nbf": NOW, "jti": "1", "client_id": "app",
            "response_type": "code", "max_age": 60, "claims": {"id_token": {"acr": null}}, "resource": ["https://a", "https://b"],
        });
        let beside = "client_id=app&response_type=code&prompt=none&scope=openid&request=x";
        let expected = pairs(&[
            ("claims", "{\"id_token\":{\"acr\":null}}"),
            ("client_id", "app"),
            ("max_age", "60"),
            ("resource", "https://a"),
            ("resource", "https://b"),
            ("response_type", "code"),
        ]);
        assert_eq!(read(&object, beside, false).unwrap(), expected);
        let bare = json!({"scope": "openid"});
        assert_eq!(read(&bare, beside, true).unwrap(), pairs(&[("client_id", "app"), ("scope", "openid")]));
    }

    #[test]
    fn an_object_with_some_parameters_wins_over_what_is_beside_it() {
        let beside = "client_id=app&response_type=code&scope=openid&nonce=n&request=x&request_uri=y";
        let expected = pairs(&[("client_id", "app"), ("nonce", "n"), ("response_type", "code"), ("scope", "email")]);
        assert_eq!(read(&json!({"scope": "email"}), beside, false).unwrap(), expected);
    }

    #[test]
    fn what_no_object_may_say() {
        for object in [
            json!({"iss": "other"}),
            json!({"iss": 7}),
            json!({"sub": "app"}),
            json!({"sub": null}),
            json!({"aud": "https://other.example"}),
            json!({"aud": []}),
            json!({"aud": 7}),
            json!({"exp": NOW - 60}),
            json!({"exp": "soon"}),
            json!({"nbf": NOW + 61}),
            json!({"iat": NOW + 61}),
            json!({"client_id": "other"}),
            json!({"client_id": 7}),
            json!({"response_type": "token"}),
            json!({"request": "x"}),
            json!({"request_uri": "x"}),
            json!({"state": null}),
            json!({"state": ["a"]}),
            json!({"state": "a\0b"}),
            json!({"resource": [7]}),
        ] {
            let refused = read(&object, "client_id=app&response_type=code", false).unwrap_err();
            assert_eq!(refused.code, ErrorCode::InvalidRequestObject, "{object}");
        }
    }

    #[test]
    fn a_signed_message_says_for_whom_and_for_when_it_is() {
        let (hour, issuer) = (3600, "https://id.example");
        for (object, is_good) in [
            (json!({"aud": issuer, "nbf": NOW, "exp": NOW + hour}), true),
            (json!({"aud": [issuer], "nbf": NOW - hour, "exp": NOW}), true),
            (json!({"nbf": NOW, "exp": NOW + 60}), false),
            (json!({"aud": "https://other.example", "nbf": NOW, "exp": NOW + 60}), false),
            (json!({"aud": issuer, "exp": NOW + 60}), false),
            (json!({"aud": issuer, "nbf": NOW}), false),
            (json!({"aud": issuer, "nbf": NOW - hour - 1, "exp": NOW + 60}), false),
            (json!({"aud": issuer, "nbf": NOW, "exp": NOW + hour + 1}), false),
            (json!({"aud": issuer, "nbf": NOW + 61, "exp": NOW + 90}), false),
            (json!({"aud": issuer, "nbf": i64::MIN, "exp": i64::MAX}), false),
        ] {
            assert_eq!(held(&object, "", true, true).is_ok(), is_good, "{object}");
        }
        assert!(held(&json!({}), "", true, false).is_ok());
    }

    #[test]
    fn another_kind_of_token_is_none() {
        let now = Timestamp::from_seconds(NOW);
        let expected = Expected { client_id: "app", issuer: "i", now, whole: false, is_message: false };
        for (typ, is_one) in [(None, true), (Some("JWT"), true), (Some("at+jwt"), false), (Some("dpop+jwt"), false)] {
            let read = parameters(&Members::default(), typ, &Parameters::default(), expected);
            assert_eq!(read.is_ok(), is_one, "{typ:?}");
        }
    }
}
