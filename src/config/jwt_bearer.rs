//! `[jwt_bearer]`, as written and checked: who may say for whom an app acts (RFC 7523 §2.1).

use serde::Deserialize;
use serde_json::Value;
use url::Url;

use super::rules::{Wrong, is_loopback, optional, wrong};

/// As written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Written {
    issuers: Vec<WrittenIssuer>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenIssuer {
    issuer: String,
    #[serde(default)]
    jwks_uri: String,
    #[serde(default)]
    jwks_file: String,
    subject: AssertionSubject,
    scopes: Vec<String>,
}

/// `[jwt_bearer]`
#[derive(Debug, Clone, Default)]
pub struct JwtBearer {
    /// Whose assertions count; none: the grant is off.
    pub issuers: Vec<AssertionIssuer>,
}

/// One issuer of assertions.
#[derive(Debug, Clone)]
pub struct AssertionIssuer {
    /// Its `iss`, compared character by character.
    pub issuer: String,
    /// Where its keys are.
    pub keys: AssertionKeys,
    /// What its `sub` is.
    pub subject: AssertionSubject,
    /// What a token for its assertions may allow at most.
    pub scopes: Vec<String>,
}

/// Where the keys of an issuer are.
#[derive(Debug, Clone)]
pub enum AssertionKeys {
    /// Published there.
    Uri(String),
    /// A JWK Set that was read at start.
    Set(Value),
}

/// How the `sub` of an assertion names an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AssertionSubject {
    /// By our public subject identifier.
    Sub,
    /// By the 12 digits that the person knows.
    AccountId,
    /// By an e-mail address that the account has proved.
    Email,
}

impl JwtBearer {
    /// The trusted issuer with this name.
    #[must_use]
    pub fn issuer(&self, name: &str) -> Option<&AssertionIssuer> {
        self.issuers.iter().find(|own| own.issuer == name)
    }
}

/// Checks the section; `own` is our issuer.
pub(super) fn check(written: Written, own: &str) -> Result<JwtBearer, Wrong> {
    let mut issuers: Vec<AssertionIssuer> = Vec::new();
    for one in written.issuers {
        let issuer = issuer(one, own)?;
        if issuers.iter().any(|other| other.issuer == issuer.issuer) {
            return Err(refused(format!("{} is there twice", issuer.issuer)));
        }
        issuers.push(issuer);
    }
    Ok(JwtBearer { issuers })
}

fn refused(problem: String) -> Wrong {
    wrong("jwt_bearer.issuers", problem)
}

fn issuer(written: WrittenIssuer, own: &str) -> Result<AssertionIssuer, Wrong> {
    let name = written.issuer;
    if name.is_empty() || name == own {
        // What we sign says who signed in to an app, and must never be worth a token of another.
        return Err(refused("issuer must be set, and not be our own".to_owned()));
    }
    let keys = match (optional(written.jwks_uri), optional(written.jwks_file)) {
        (Some(uri), None) => AssertionKeys::Uri(checked_uri(&name, uri)?),
        (None, Some(file)) => AssertionKeys::Set(read(&name, &file)?),
        _ => return Err(refused(format!("{name}: set jwks_uri or jwks_file, one of them"))),
    };
    let is_scope = |scope: &String| {
        !scope.is_empty() && scope.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\\'))
    };
    if written.scopes.is_empty() || !written.scopes.iter().all(is_scope) {
        return Err(refused(format!("{name}: scopes must name what its assertions are good for")));
    }
    Ok(AssertionIssuer { issuer: name, keys, subject: written.subject, scopes: written.scopes })
}

fn checked_uri(name: &str, uri: String) -> Result<String, Wrong> {
    match Url::parse(&uri) {
        Ok(url) if url.scheme() == "https" || (url.scheme() == "http" && is_loopback(&url)) => Ok(uri),
        _ => Err(refused(format!("{name}: jwks_uri must be an https address"))),
    }
}

fn read(name: &str, file: &str) -> Result<Value, Wrong> {
    let text = std::fs::read(file).map_err(|error| refused(format!("{name}: {file}: {error}")))?;
    let set: Value = serde_json::from_slice(&text).map_err(|error| refused(format!("{name}: {file}: {error}")))?;
    match set.get("keys").and_then(Value::as_array) {
        Some(keys) if !keys.is_empty() => Ok(set),
        _ => Err(refused(format!("{name}: {file} is no JWK Set with keys"))),
    }
}
