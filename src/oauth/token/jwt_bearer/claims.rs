//! Pure: what an assertion about a person must claim (RFC 7523 §3), and what of a scope it is good for.

use std::time::Duration;

use crate::clock::Timestamp;
use crate::oauth::client_auth::claims::{self, Once};
use crate::oauth::scope::{NamedResource, STANDARD};
use crate::security::foreign_jws::{Members, is_type};
use crate::store::clients::Client;
use crate::store::columns::Words;
use crate::store::consents::Consent;

/// Clocks may differ by so much.
const LEEWAY: Duration = Duration::from_secs(60);
/// An assertion is made for one request: from its making to its end it is this long at most.
const LONGEST: Duration = Duration::from_secs(300);

/// What the claims are held against.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'a> {
    /// Who signed it.
    pub issuer: &'a str,
    /// What `aud` may be: our issuer, and the token endpoint.
    pub audiences: &'a [String],
    /// Now.
    pub now: Timestamp,
}

/// An assertion whose claims are good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asserted {
    /// Whom it is about, as the issuer names them.
    pub subject: String,
    /// What makes it good once.
    pub once: Once,
}

/// Checks the claims of an assertion whose signature is good.
///
/// # Errors
/// What to mend.
pub fn check(claims: &Members, typ: Option<&str>, expected: Expected<'_>) -> Result<Asserted, &'static str> {
    let Expected { issuer, audiences, now } = expected;
    // No other token of the issuer's passes for one: each of those has a type of its own (RFC 8725 §3.11).
    if !typ.is_none_or(|typ| is_type(typ, "jwt")) {
        return Err("typ of the assertion must be JWT");
    }
    if claims.text("iss") != Some(issuer) {
        return Err("iss of the assertion is wrong");
    }
    // PostgreSQL's text cannot hold NUL.
    let subject = claims.text("sub").filter(|sub| !sub.is_empty() && !sub.contains('\0'));
    let subject = subject.ok_or("the assertion needs a sub")?.to_owned();
    let once = claims::once(claims, audiences, LONGEST, now)?;
    let iat = claims.seconds("iat").map(Timestamp::from_seconds);
    if iat.is_some_and(|iat| iat.plus(LONGEST).plus(LEEWAY) <= now) {
        return Err("the assertion was made too long ago");
    }
    Ok(Asserted { subject, once })
}

/// The scope of the token: what was asked for, or else all that the issuer may speak for; of that what the client is
/// registered for, the audience has, and the person need not be asked for: an assertion stands for their sign-in, not for
/// their consent. Access while they are away is what the next assertion is for.
pub fn scope(
    requested: &Words,
    trusted: &[String],
    client: &Client,
    resource: Option<&NamedResource>,
    consents: &[Consent],
) -> Words {
    let everything: Words = trusted.iter().map(String::as_str).collect();
    let wanted = if requested.is_empty() { &everything } else { requested };
    let place = resource.map(|resource| resource.identifier.as_str()).unwrap_or_default();
    let is_there = |token: &str| match resource {
        Some(resource) => resource.scopes.contains_key(token),
        None => STANDARD.contains(&token) && token != "offline_access",
    };
    let is_allowed = |token: &str| {
        (resource.is_none() && client.first_party)
            || consents.iter().any(|consent| consent.resource == place && consent.scope.contains(token))
    };
    let mut granted: Vec<&str> = Vec::new();
    for token in wanted.iter().filter(|token| everything.contains(token) && client.scopes.contains(token)) {
        if is_there(token) && is_allowed(token) && !granted.contains(&token) {
            granted.push(token);
        }
    }
    granted.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oauth::client_auth::tests::client;
    use serde_json::{Value, json};

    const NOW: i64 = 1_800_000_000;

    fn checked(change: Value, typ: Option<&str>) -> Result<Asserted, &'static str> {
        let mut claims = json!({
            "iss": "https://hr.example", "sub": "mina", "aud": "https://id.example", "exp": NOW + 60, "iat": NOW, "jti": "1",
        });
        for (name, value) in change.as_object().unwrap() {
            claims[name] = value.clone();
        }
        claims.as_object_mut().unwrap().retain(|_, value| !value.is_null());
        let audiences = ["https://id.example".to_owned(), "https://id.example/oauth/token".to_owned()];
        let expected =
            Expected { issuer: "https://hr.example", audiences: &audiences, now: Timestamp::from_seconds(NOW) };
        check(&serde_json::from_value(claims).unwrap(), typ, expected)
    }

    #[test]
    fn good_claims_are_taken() {
        let once = Once { jti: "1".into(), until: Timestamp::from_seconds(NOW + 120) };
        assert_eq!(checked(json!({}), Some("JWT")), Ok(Asserted { subject: "mina".into(), once }));
        for change in [
            json!({"aud": ["https://id.example/oauth/token"]}),
            json!({"exp": NOW + 360}),
            json!({"iat": null}),
            json!({"iat": NOW - 359}),
            json!({"exp": NOW - 59, "iat": NOW - 300, "nbf": NOW - 300}),
        ] {
            assert!(checked(change.clone(), None).is_ok(), "{change}");
        }
    }

    #[test]
    fn each_claim_is_held_to_its_rule() {
        for change in [
            json!({"iss": "https://hr.example/"}),
            json!({"iss": null}),
            json!({"sub": null}),
            json!({"sub": ""}),
            json!({"sub": 7}),
            json!({"sub": "a\0b"}),
            json!({"aud": null}),
            json!({"aud": "app"}),
            json!({"aud": ["https://id.example", "app"]}),
            json!({"exp": null}),
            json!({"exp": NOW - 60}),
            json!({"exp": NOW + 361}),
            json!({"iat": NOW + 61}),
            json!({"iat": NOW - 360}),
            json!({"iat": "now"}),
            json!({"nbf": NOW + 61}),
            json!({"jti": null}),
        ] {
            assert!(checked(change.clone(), None).is_err(), "{change}");
        }
        for typ in ["at+jwt", "dpop+jwt", "logout+jwt", "client-authentication+jwt", "secevent+jwt"] {
            assert!(checked(json!({}), Some(typ)).is_err(), "{typ}");
        }
    }

    #[test]
    fn the_scope_is_what_everybody_concerned_agrees_to() {
        let files = NamedResource {
            identifier: "https://files.example".to_owned(),
            name: "Files".to_owned(),
            scopes: [("files".to_owned(), Default::default()), ("admin".to_owned(), Default::default())].into(),
        };
        let consent = |resource: &str, scope| Consent {
            account_id: 1,
            client_id: "a b".to_owned(),
            resource: resource.to_owned(),
            scope: Words::parse(scope),
            granted_at: Timestamp::from_seconds(NOW),
            updated_at: Timestamp::from_seconds(NOW),
        };
        let trusted = ["openid", "email", "files", "admin", "offline_access"].map(str::to_owned);
        let third = Client { scopes: Words::parse("openid email phone files offline_access"), ..client() };
        let first = Client { first_party: true, ..third.clone() };
        let consents = [consent("", "openid phone offline_access"), consent("https://files.example", "files admin")];
        for (requested, client, resource, expected) in [
            ("", &third, None, "openid"),
            ("email openid openid", &third, None, "openid"),
            ("phone", &third, None, ""),
            ("", &first, None, "openid email"),
            ("openid files", &first, None, "openid"),
            ("", &third, Some(&files), "files"),
            ("files admin openid", &first, Some(&files), "files"),
        ] {
            let scope = scope(&Words::parse(requested), &trusted, client, resource, &consents);
            assert_eq!(scope.as_str(), expected, "{requested}");
        }
        assert_eq!(scope(&Words::default(), &trusted, &first, Some(&files), &[]).as_str(), "", "nobody was asked");
    }
}
