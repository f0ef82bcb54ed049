//! Pure: the `claims` parameter (OpenID Connect Core §5.5): which claims are asked for by name, and what `sub` and `acr` must
//! be.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

use crate::oauth::error::OAuthError;
use crate::oauth::{acr, claims, scope};
use crate::store::clients::Client;
use crate::store::columns::Words;
use crate::store::details::AskedClaims;

/// More is no honest request; a link has no room for it anyway.
const MOST_BYTES: usize = 8192;

/// What was asked for, as far as we know it. Names that we do not know and members without a meaning here are left out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClaimsRequest {
    /// Claims by name, at userinfo and in the ID token.
    pub names: AskedClaims,
    /// The subjects that the person may be (§5.5.1); none: anybody.
    pub subs: Option<Vec<String>>,
    /// What is asked of `acr`.
    pub acr: Option<acr::Asked>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Written {
    userinfo: Option<BTreeMap<String, Option<Member>>>,
    id_token: Option<BTreeMap<String, Option<Member>>>,
}

/// How one claim is asked for (§5.5.1).
#[derive(Default, Deserialize)]
#[serde(default)]
struct Member {
    essential: Option<bool>,
    value: Option<Value>,
    values: Option<Vec<Value>>,
}

impl Member {
    /// The texts that its value may be; none where any may.
    fn texts(&self) -> Option<Vec<String>> {
        if self.value.is_none() && self.values.is_none() {
            return None;
        }
        let all = self.value.iter().chain(self.values.iter().flatten());
        Some(all.filter_map(Value::as_str).map(str::to_owned).collect())
    }
}

/// Reads the parameter. What is no JSON of that form is `invalid_request`.
pub fn parse(text: &str) -> Result<ClaimsRequest, OAuthError> {
    let malformed = || OAuthError::invalid_request("claims is not a JSON object as OpenID Connect Core 5.5 has it");
    if text.len() > MOST_BYTES {
        return Err(OAuthError::invalid_request("claims may have at most 8192 bytes"));
    }
    // A list would be read as a struct too.
    if !text.trim_start().starts_with('{') {
        return Err(malformed());
    }
    let Written { userinfo, id_token } = serde_json::from_str(text).map_err(|_| malformed())?;
    let (userinfo, id_token) = (userinfo.unwrap_or_default(), id_token.unwrap_or_default());
    let known = |asked: &BTreeMap<String, Option<Member>>| {
        asked.keys().filter(|name| claims::scope_of(name).is_some()).cloned().collect()
    };
    let subs = [&id_token, &userinfo].into_iter().find_map(|asked| asked.get("sub")?.as_ref()?.texts());
    let acr = id_token.get("acr").map(|member| match member {
        Some(member) => {
            acr::Asked { values: member.texts().unwrap_or_default(), essential: member.essential.unwrap_or_default() }
        }
        None => acr::Asked::default(),
    });
    Ok(ClaimsRequest { names: AskedClaims { userinfo: known(&userinfo), id_token: known(&id_token) }, subs, acr })
}

/// What is asked of `acr`: what `claims` says of it, or else `acr_values`, which is only a wish.
pub fn acr_of(acr_values: Option<&str>, claims: Option<&ClaimsRequest>) -> Option<acr::Asked> {
    let wish = acr_values.map(|values| acr::Asked {
        values: values.split_ascii_whitespace().map(str::to_owned).collect(),
        essential: false,
    });
    match claims.and_then(|claims| claims.acr.clone()) {
        Some(asked) if wish.is_none() || !asked.values.is_empty() => Some(asked),
        _ => wish,
    }
}

impl ClaimsRequest {
    /// The names that this client may ask for: those whose scope it may have.
    pub fn allowed(&self, client: &Client) -> AskedClaims {
        let allowed = |names: &[String]| {
            names
                .iter()
                .filter(|name| claims::scope_of(name).is_some_and(|own| may_ask(client, own)))
                .cloned()
                .collect()
        };
        AskedClaims { userinfo: allowed(&self.names.userinfo), id_token: allowed(&self.names.id_token) }
    }

    /// The scopes that those names stand for: what the person is asked, and what is remembered.
    pub fn scopes(&self, client: &Client) -> Words {
        let names = self.names.userinfo.iter().chain(&self.names.id_token);
        let mut scopes: Vec<&str> = Vec::new();
        for own in names.filter_map(|name| claims::scope_of(name)) {
            if may_ask(client, own) && !scopes.contains(&own) {
                scopes.push(own);
            }
        }
        scopes.into_iter().collect()
    }
}

fn may_ask(client: &Client, token: &str) -> bool {
    scope::STANDARD.contains(&token) && client.scopes.contains(token)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oauth::client_auth::tests::client;

    #[test]
    fn known_names_are_kept_and_unknown_ones_left_out() {
        let read = parse(
            r#"{"userinfo": {"email": null, "email_verified": {"essential": true}, "http://x/y": null, "name": {"z": 1}},
                "id_token": {"phone_number": {"values": ["+1", 7]}, "auth_time": {"essential": true}, "groups": {}},
                "other": 7}"#,
        )
        .unwrap();
        assert_eq!(read.names.userinfo, ["email", "email_verified", "name"]);
        assert_eq!(read.names.id_token, ["phone_number"]);
        assert_eq!((read.subs, read.acr), (None, None));
        assert_eq!(parse("{}").unwrap(), ClaimsRequest::default());
        assert_eq!(parse(r#"{"userinfo": null}"#).unwrap(), ClaimsRequest::default());
    }

    #[test]
    fn sub_and_acr_carry_what_they_must_be() {
        for (text, subs) in [
            (r#"{"id_token": {"sub": {"value": "a"}}}"#, Some(&["a"][..])),
            (r#"{"userinfo": {"sub": {"values": ["a", "b"]}}}"#, Some(&["a", "b"][..])),
            (r#"{"id_token": {"sub": {"value": 7}}}"#, Some(&[][..])),
            (r#"{"id_token": {"sub": null}}"#, None),
        ] {
            let subs = subs.map(|subs| subs.iter().map(|sub| (*sub).to_owned()).collect());
            assert_eq!(parse(text).unwrap().subs, subs, "{text}");
        }
        let asked = parse(r#"{"id_token": {"acr": {"essential": true, "values": ["x", "y"]}}}"#).unwrap().acr.unwrap();
        assert_eq!((asked.essential, asked.values.as_slice()), (true, &["x".to_owned(), "y".to_owned()][..]));
        let bare = parse(r#"{"id_token": {"acr": null}}"#).unwrap();
        assert_eq!(bare.acr, Some(acr::Asked::default()));
    }

    #[test]
    fn what_is_no_such_json_is_refused() {
        let deep = format!("{}{}", r#"{"x":"#.repeat(500), "}".repeat(500));
        let long = format!(r#"{{"userinfo": {{"{}": null}}}}"#, "a".repeat(9000));
        for text in [
            "",
            "nonsense",
            "[]",
            "[null, null]",
            "null",
            "7",
            r#"{"userinfo": []}"#,
            r#"{"userinfo": {"email": true}}"#,
            r#"{"userinfo": {"email": {"essential": "yes"}}}"#,
            r#"{"userinfo": {"email": {"values": "x"}}}"#,
            r#"{"userinfo": {}, "userinfo": {}}"#,
            r#"{"userinfo": {}"#,
            r#"{"userinfo": {}} {}"#,
            deep.as_str(),
            long.as_str(),
        ] {
            assert!(parse(text).is_err(), "{text:.80}");
        }
    }

    #[test]
    fn a_client_gets_by_name_what_it_could_get_by_scope() {
        let asked =
            parse(r#"{"userinfo": {"email": null, "name": null}, "id_token": {"phone_number": null}}"#).unwrap();
        let client = Client { scopes: Words::parse("openid email"), ..client() };
        assert_eq!(asked.allowed(&client).userinfo, ["email"]);
        assert_eq!(asked.allowed(&client).id_token, Vec::<String>::new());
        assert_eq!(asked.scopes(&client).as_str(), "email");
    }
}
