//! Pure: what an assertion must claim, and a client assertion besides (RFC 7523 §3, OpenID Connect Core §9).

use std::time::Duration;

use crate::clock::Timestamp;
use crate::security::foreign_jws::{Members, is_type};

/// Clocks may differ by so much.
const LEEWAY: Duration = Duration::from_secs(60);
/// No assertion is good for longer, or its `jti` would have to be kept for longer.
const LONGEST: Duration = Duration::from_secs(3600);
/// Under FAPI 2.0.
const LONGEST_STRICT: Duration = Duration::from_secs(300);

/// What the claims are held against.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'a> {
    /// Who says it is itself.
    pub client_id: &'a str,
    /// What `aud` may be: the issuer first, and the addresses of endpoints.
    pub audiences: &'a [String],
    /// `aud` is the issuer, as one text, and five minutes are the most (FAPI 2.0 Security Profile §5.3.2.1).
    pub is_strict: bool,
    /// Now.
    pub now: Timestamp,
}

/// What makes an assertion good once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Once {
    /// Its name.
    pub jti: String,
    /// From then on it is refused for its age.
    pub until: Timestamp,
}

/// Whether `typ` may be that of a client assertion, so that no other token of the client's passes for one.
pub fn is_assertion_type(typ: Option<&str>) -> bool {
    typ.is_none_or(|typ| is_type(typ, "jwt") || is_type(typ, "client-authentication+jwt"))
}

/// Checks the claims of an assertion whose signature is good.
///
/// # Errors
/// What to mend.
pub fn check(claims: &Members, expected: Expected<'_>) -> Result<Once, &'static str> {
    let Expected { client_id, audiences, now, is_strict } = expected;
    if claims.text("iss") != Some(client_id) || claims.text("sub") != Some(client_id) {
        return Err("iss and sub of the client assertion must be the client_id");
    }
    if is_strict && claims.text("aud") != audiences.first().map(String::as_str) {
        return Err("aud of the client assertion must be the issuer, as one text");
    }
    once(claims, audiences, if is_strict { LONGEST_STRICT } else { LONGEST }, now)
}

/// What every assertion must claim, whoever it is from (RFC 7523 §3): that it is for us, for now, for no longer than
/// `longest` from now, and once.
///
/// # Errors
/// What to mend.
pub fn once(claims: &Members, audiences: &[String], longest: Duration, now: Timestamp) -> Result<Once, &'static str> {
    // All of them ours: an assertion that another server takes too could be carried from there to here.
    let is_ours = |value: &serde_json::Value| value.as_str().is_some_and(|aud| audiences.iter().any(|own| own == aud));
    let aud_is_right = match claims.get("aud") {
        Some(serde_json::Value::Array(all)) => !all.is_empty() && all.iter().all(is_ours),
        Some(one) => is_ours(one),
        None => false,
    };
    if !aud_is_right {
        return Err("aud of the assertion must be the issuer");
    }
    let exp = claims.seconds("exp").ok_or("the assertion needs exp, in seconds")?;
    let until = Timestamp::from_seconds(exp).plus(LEEWAY);
    if until <= now {
        return Err("the assertion has expired");
    }
    if Timestamp::from_seconds(exp) > now.plus(longest).plus(LEEWAY) {
        return Err("the assertion is good for too long");
    }
    for name in ["nbf", "iat"] {
        let is_good = claims.get(name).is_none()
            || claims.seconds(name).is_some_and(|seconds| Timestamp::from_seconds(seconds) <= now.plus(LEEWAY));
        if !is_good {
            return Err("nbf and iat of the assertion must not lie ahead");
        }
    }
    match claims.text("jti") {
        Some(jti) if !jti.is_empty() => Ok(Once { jti: jti.to_owned(), until }),
        _ => Err("the assertion needs a jti"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    const NOW: i64 = 1_800_000_000;

    fn checked(change: Value) -> Result<Once, &'static str> {
        held(change, false)
    }

    fn held(change: Value, is_strict: bool) -> Result<Once, &'static str> {
        let mut claims =
            json!({"iss": "app", "sub": "app", "aud": "https://id.example", "exp": NOW + 60, "iat": NOW, "jti": "1"});
        for (name, value) in change.as_object().unwrap() {
            claims[name] = value.clone();
        }
        claims.as_object_mut().unwrap().retain(|_, value| !value.is_null());
        let audiences = ["https://id.example".to_owned(), "https://id.example/oauth/token".to_owned()];
        let expected =
            Expected { client_id: "app", audiences: &audiences, now: Timestamp::from_seconds(NOW), is_strict };
        check(&serde_json::from_value(claims).unwrap(), expected)
    }

    #[test]
    fn good_claims_are_taken() {
        let once = Once { jti: "1".into(), until: Timestamp::from_seconds(NOW + 120) };
        assert_eq!(checked(json!({})), Ok(once));
        for change in [
            json!({"aud": "https://id.example/oauth/token"}),
            json!({"aud": ["https://id.example", "https://id.example/oauth/token"]}),
            json!({"iat": NOW + 60, "nbf": NOW + 60}),
            json!({"iat": null, "exp": NOW - 59}),
            json!({"exp": NOW + 3660}),
            json!({"exp": 1_800_000_030.5}),
        ] {
            assert!(checked(change.clone()).is_ok(), "{change}");
        }
    }

    #[test]
    fn each_claim_is_held_to_its_rule() {
        for change in [
            json!({"iss": "other"}),
            json!({"sub": "other"}),
            json!({"iss": null}),
            json!({"sub": null}),
            json!({"sub": 7}),
            json!({"aud": null}),
            json!({"aud": []}),
            json!({"aud": 7}),
            json!({"aud": "https://id.example/"}),
            json!({"aud": "https://other.example"}),
            json!({"aud": ["https://id.example", "https://other.example"]}),
            json!({"exp": null}),
            json!({"exp": "soon"}),
            json!({"exp": NOW - 60}),
            json!({"exp": NOW + 3661}),
            json!({"exp": 1e300}),
            json!({"nbf": NOW + 61}),
            json!({"iat": NOW + 61}),
            json!({"iat": "now"}),
            json!({"jti": null}),
            json!({"jti": ""}),
            json!({"jti": 7}),
        ] {
            assert!(checked(change.clone()).is_err(), "{change}");
        }
    }

    #[test]
    fn a_strict_one_is_for_the_issuer_and_for_five_minutes() {
        let issuer = "https://id.example";
        for (change, is_good) in [
            (json!({}), true),
            (json!({"exp": NOW + 360}), true),
            (json!({"iat": NOW + 10, "nbf": NOW + 10}), true),
            (json!({"aud": [issuer]}), false),
            (json!({"aud": "https://id.example/oauth/token"}), false),
            (json!({"aud": [issuer, "https://id.example/oauth/token"]}), false),
            (json!({"aud": 7}), false),
            (json!({"aud": null}), false),
            (json!({"exp": NOW + 361}), false),
            (json!({"iat": NOW + 61}), false),
            (json!({"nbf": NOW + 61}), false),
        ] {
            assert_eq!(held(change.clone(), true).is_ok(), is_good, "{change}");
        }
    }

    #[test]
    fn other_kinds_of_token_are_none() {
        assert!(is_assertion_type(None) && is_assertion_type(Some("JWT")));
        assert!(is_assertion_type(Some("client-authentication+jwt")));
        for other in ["at+jwt", "dpop+jwt", "oauth-authz-req+jwt", "logout+jwt", ""] {
            assert!(!is_assertion_type(Some(other)), "{other}");
        }
    }
}
