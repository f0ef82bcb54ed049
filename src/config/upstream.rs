//! `[upstream]`, as written and checked: providers of OpenID Connect that people may sign in with.

use std::path::PathBuf;
use std::time::Duration;

use secrecy::SecretString;
use serde::{Deserialize, Deserializer, de};
use url::Url;

use super::rules::{Wrong, between, optional_path, seconds, secret, wrong};
use super::written::Secret;

/// As written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Written {
    #[serde(deserialize_with = "tables")]
    providers: Vec<WrittenProvider>,
    timeout_seconds: u32,
    private_addresses: bool,
    per_address_per_hour: u32,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenProvider {
    name: String,
    label: String,
    issuer: String,
    client_id: String,
    #[serde(default)]
    client_secret: Option<Secret>,
    #[serde(default)]
    client_secret_file: String,
    #[serde(default)]
    authentication: ClientProof,
    #[serde(default)]
    scopes: Vec<String>,
    #[serde(default)]
    algorithms: Vec<String>,
    #[serde(default)]
    two_factor_acr: Vec<String>,
    #[serde(default)]
    logo_file: String,
}

/// Tables hold secrets, and serde quotes what is of the wrong kind: each is looked at before it is read.
fn tables<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<WrittenProvider>, D::Error> {
    let toml::Value::Array(all) = toml::Value::deserialize(deserializer)? else {
        return Err(de::Error::custom("must be a list of tables"));
    };
    let read = |one: toml::Value| match one {
        toml::Value::Table(table) => {
            table.try_into().map_err(|error: toml::de::Error| de::Error::custom(error.message()))
        }
        _ => Err(de::Error::custom("must be a list of tables")),
    };
    all.into_iter().map(read).collect()
}

/// How this house proves itself at a provider's token endpoint (OpenID Connect Core §9).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
pub enum ClientProof {
    /// By HTTP Basic.
    #[default]
    #[serde(rename = "client_secret_basic")]
    Basic,
    /// In the form.
    #[serde(rename = "client_secret_post")]
    Post,
}

/// `[upstream]`
#[derive(Debug, Clone)]
pub struct Upstream {
    /// In the order in which people see them; none: there is nothing to continue with.
    pub providers: Vec<UpstreamProvider>,
    /// For one call.
    pub timeout: Duration,
    /// Whether providers may be inside, and http.
    pub private_addresses: bool,
    /// Sign-ins that one address may begin in an hour.
    pub per_address_per_hour: u32,
}

/// One provider.
#[derive(Debug, Clone)]
pub struct UpstreamProvider {
    /// What addresses and the store know it by.
    pub name: String,
    /// What people know it by.
    pub label: String,
    /// Its `iss`, compared character by character.
    pub issuer: String,
    /// What it knows this house by.
    pub client_id: String,
    /// What proves this house.
    pub client_secret: SecretString,
    /// How.
    pub proof: ClientProof,
    /// What is asked for, `openid` first.
    pub scopes: Vec<String>,
    /// What its ID tokens may be signed with; none: what it says itself, of what is signed with a key pair.
    pub algorithms: Vec<String>,
    /// The values of its `acr` that count here as two factors.
    pub two_factor_acr: Vec<String>,
    /// A picture of its mark.
    pub logo_file: Option<PathBuf>,
}

impl Upstream {
    /// The provider of this name.
    #[must_use]
    pub fn provider(&self, name: &str) -> Option<&UpstreamProvider> {
        self.providers.iter().find(|own| own.name == name)
    }

    /// The provider that this issuer is.
    #[must_use]
    pub fn of_issuer(&self, issuer: &str) -> Option<&UpstreamProvider> {
        self.providers.iter().find(|own| own.issuer == issuer)
    }
}

/// What ID tokens may be signed with where the operator says so; `none` is never among them.
const ALGORITHMS: [&str; 12] =
    ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA", "HS256", "HS384", "HS512"];

const PROVIDERS: &str = "upstream.providers";

/// Checks the section; `own` is our issuer.
pub(super) fn check(written: Written, own: &str) -> Result<Upstream, Wrong> {
    let mut providers: Vec<UpstreamProvider> = Vec::new();
    for one in written.providers {
        let provider = provider(one, own, written.private_addresses)?;
        // Two providers behind one issuer would be one and the same person twice.
        let is_there = |other: &UpstreamProvider| other.name == provider.name || other.issuer == provider.issuer;
        if providers.iter().any(is_there) {
            return Err(refused(&provider.name, "its name or its issuer is there twice"));
        }
        providers.push(provider);
    }
    Ok(Upstream {
        providers,
        timeout: seconds("upstream.timeout_seconds", written.timeout_seconds, 1..=30)?,
        private_addresses: written.private_addresses,
        per_address_per_hour: between("upstream.per_address_per_hour", written.per_address_per_hour, 1..=10_000_000)?,
    })
}

fn refused(name: &str, problem: &str) -> Wrong {
    wrong(PROVIDERS, format!("{name}: {problem}"))
}

fn provider(written: WrittenProvider, own: &str, private_addresses: bool) -> Result<UpstreamProvider, Wrong> {
    let name = written.name;
    let is_letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if name.is_empty() || name.len() > 32 || !name.bytes().all(is_letter) {
        return Err(wrong(PROVIDERS, "name must be 1 to 32 of a to z, 0 to 9 and -"));
    }
    let label = written.label.trim().to_owned();
    if label.is_empty() || label.chars().count() > 40 || label.chars().any(char::is_control) {
        return Err(refused(&name, "label must be what people call it, in 40 characters at most"));
    }
    if !is_issuer(&written.issuer, private_addresses) || written.issuer == own {
        return Err(refused(
            &name,
            "issuer must be an https address without query or fragment, as the provider writes it, and not our own",
        ));
    }
    if written.client_id.is_empty() || !written.client_id.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
        return Err(refused(&name, "client_id must be set"));
    }
    let text = written.client_secret.map_or_else(|| SecretString::from(""), |own| own.0);
    let secret = secret("client_secret", text, &written.client_secret_file);
    let client_secret = secret.map_err(|wrong| refused(&name, &format!("{} {}", wrong.key, wrong.problem)))?;
    let client_secret =
        client_secret.ok_or_else(|| refused(&name, "client_secret or client_secret_file must be set"))?;
    if let Some(unknown) = written.algorithms.iter().find(|own| !ALGORITHMS.contains(&own.as_str())) {
        return Err(refused(&name, &format!("algorithms: {unknown} is none of {}", ALGORITHMS.join(", "))));
    }
    let is_word = |word: &String| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_graphic());
    if !written.scopes.iter().chain(&written.two_factor_acr).all(is_word) {
        return Err(refused(&name, "scopes and two_factor_acr are lists of words without spaces"));
    }
    let more = written.scopes.into_iter().filter(|scope| scope != "openid");
    Ok(UpstreamProvider {
        scopes: std::iter::once("openid".to_owned()).chain(more).collect(),
        label,
        issuer: written.issuer,
        client_id: written.client_id,
        client_secret,
        proof: written.authentication,
        algorithms: written.algorithms,
        two_factor_acr: written.two_factor_acr,
        logo_file: optional_path(written.logo_file),
        name,
    })
}

fn is_issuer(issuer: &str, private_addresses: bool) -> bool {
    Url::parse(issuer).is_ok_and(|url| {
        let scheme = url.scheme() == "https" || (url.scheme() == "http" && private_addresses);
        scheme && url.query().is_none() && url.fragment().is_none() && url.username().is_empty() && url.has_host()
    })
}
