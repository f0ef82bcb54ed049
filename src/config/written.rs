//! The configuration exactly as it stands in TOML: one field a key, nothing optional, because `config/default.toml` holds them all.
//!
//! Nothing is checked here but names and kinds of values; [`super::Config`] is the checked form. What a key means stands beside it
//! in `config/default.toml`, not twice.

use std::collections::BTreeMap;

use secrecy::SecretString;
use serde::{Deserialize, Deserializer, de};

/// The whole of it, after all layers.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Written {
    pub server: Server,
    pub store: Store,
    pub secrets: Secrets,
    pub brand: Brand,
    pub languages: Languages,
    pub phone: Phone,
    pub codes: Codes,
    pub passwords: Passwords,
    pub sessions: Sessions,
    pub tokens: Tokens,
    pub sms: super::sms_codes::Written,
    pub limits: Limits,
    pub keys: Keys,
    pub backchannel: Backchannel,
    pub device: Device,
    pub dpop: Dpop,
    pub jwt_bearer: super::jwt_bearer::Written,
    pub mtls: Mtls,
    pub registration: Registration,
    pub account: Account,
    pub news: super::news::Written,
    pub signin: super::sign_in::Written,
    pub upstream: super::upstream::Written,
    pub delivery: Delivery,
    pub development: Development,
    pub compatibility: Compatibility,
    pub log: Log,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Server {
    pub issuer: String,
    pub listen: String,
    pub management_listen: String,
    pub workers: u16,
    pub trusted_proxies: Vec<String>,
    pub tls_certificate: String,
    pub tls_key: String,
    pub header_timeout_seconds: u32,
    pub body_timeout_seconds: u32,
    pub keep_alive_seconds: u32,
    pub shutdown_seconds: u32,
    pub max_connections: u32,
    pub body_limit_bytes: u32,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Store {
    pub url: Secret,
    pub url_file: String,
    pub postgres_connections: u32,
    pub write_queue: u32,
    pub statement_timeout_seconds: u32,
    pub wait_seconds: u32,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Secrets {
    pub master_key: Secret,
    pub master_key_file: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Brand {
    pub name: String,
    pub logo_file: String,
    pub accent_light: String,
    pub accent_dark: String,
    pub support: String,
    pub help_url: String,
    pub terms_url: String,
    pub privacy_url: String,
    pub terms_version: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Languages {
    pub default: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Phone {
    pub default_region: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Codes {
    pub lifetime_seconds: u32,
    pub tries: u32,
    pub resend_seconds: u32,
    pub per_day: u32,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Passwords {
    pub memory_kib: u32,
    pub iterations: u32,
    pub parallelism: u32,
    pub threads: u16,
    pub queue: u32,
    pub minimum: u32,
    pub maximum: u32,
    pub breached: super::breached::Written,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Sessions {
    pub absolute_days: u32,
    pub idle_days: u32,
    pub device_cookie_days: u32,
    pub device_bound: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Tokens {
    pub access_token_seconds: u32,
    pub id_token_seconds: u32,
    pub code_seconds: u32,
    pub authorization_request_seconds: u32,
    pub refresh_idle_days: u32,
    pub refresh_absolute_days: u32,
    pub refresh_retry_seconds: u32,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Limits {
    pub password_tries_per_account: u32,
    pub password_tries_per_address: u32,
    pub password_tries_per_network: u32,
    pub password_tries: u32,
    pub password_window_seconds: u32,
    pub code_tries_per_address_per_hour: u32,
    pub code_tries_per_hour: u32,
    pub sends_per_address_per_hour: u32,
    pub sends_per_hour: u32,
    pub accounts_per_address_per_hour: u32,
    pub passkey_challenges_per_address_per_hour: u32,
    pub approvals_per_browser_per_hour: u32,
    pub approvals_per_address_per_hour: u32,
    pub password_measures_per_address_per_hour: u32,
    pub client_failures: u32,
    pub client_failure_window_seconds: u32,
    pub request_uri_fetches_per_client_per_minute: u32,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Keys {
    pub rotate_days: u32,
    pub jwks_cache_seconds: u32,
    pub publish_seconds: u32,
    pub retired_seconds: u32,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Backchannel {
    pub timeout_seconds: u32,
    pub retries: u32,
    pub private_addresses: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Device {
    pub code_seconds: u32,
    pub wrong_codes_per_account_per_hour: u32,
    pub wrong_codes_per_hour: u32,
    pub requests_per_address_per_hour: u32,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Dpop {
    pub require_nonce: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Account {
    pub fresh_seconds: u32,
    pub waiting_hours: u32,
    pub undo_hours: u32,
    pub dormant_days: u32,
    pub deletion_days: u32,
    pub export_days: u32,
    pub audit_days: u32,
    pub places_file: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Mtls {
    pub listen: String,
    pub url: String,
    pub trust_anchors: String,
    pub client_cert_header: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Registration {
    pub mode: RegistrationMode,
    pub per_address_per_hour: u32,
    pub most_clients: u32,
    pub client_credentials: bool,
    pub logos: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum RegistrationMode {
    Off,
    Token,
    Open,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Delivery {
    pub queue: u32,
    pub workers: u32,
    pub mail: Mail,
    pub sms: Sms,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Mail {
    pub host: String,
    pub port: u16,
    pub tls: MailTls,
    pub username: String,
    pub password: Secret,
    pub password_file: String,
    pub from: String,
    pub timeout_seconds: u32,
    pub retries: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum MailTls {
    Starttls,
    Implicit,
    None,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Sms {
    pub preset: SmsPreset,
    pub url: String,
    pub method: SmsMethod,
    pub headers: BTreeMap<String, Secret>,
    pub content_type: String,
    pub body: String,
    pub from: String,
    pub status_field: String,
    pub status_delivered: Vec<String>,
    pub status_failed: Vec<String>,
    pub account: String,
    pub username: String,
    pub password: Secret,
    pub password_file: String,
    pub timeout_seconds: u32,
    pub retries: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum SmsPreset {
    #[serde(rename = "")]
    None,
    Twilio,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(super) enum SmsMethod {
    Post,
    Put,
    Patch,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Development {
    pub captured_file: String,
    pub clock_file: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Compatibility {
    pub pkce_optional_for_confidential: bool,
    pub redirect_early_errors: bool,
    pub legacy_response_types: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Log {
    pub format: LogFormat,
    pub level: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum LogFormat {
    Json,
    Text,
}

/// A string that is never printed, also not when it turns out to be of the wrong kind: serde's own complaint would quote it.
#[derive(Debug)]
pub(super) struct Secret(pub SecretString);

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match toml::Value::deserialize(deserializer)? {
            toml::Value::String(text) => Ok(Self(SecretString::from(text))),
            _ => Err(de::Error::custom("must be a string in quotation marks")),
        }
    }
}
