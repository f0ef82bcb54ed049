//! From the configuration as written to the configuration as true, section by section.

mod delivery;
mod lifetimes;
mod mtls;
mod server;

use tracing_subscriber::EnvFilter;
use url::Url;

use super::rules::{Wrong, between, is_loopback, optional, optional_path, seconds, wrong};
use super::{
    Registration, RegistrationMode, breached, jwt_bearer, news, protocol, sections as checked, sign_in, sms_codes,
    upstream, written,
};

/// Checks everything; `dev` is `--dev`.
pub(super) fn config(written: written::Written, dev: bool) -> Result<checked::Config, Wrong> {
    let tokens = lifetimes::tokens(&written.tokens)?;
    let keys = lifetimes::keys(&written.keys, &tokens)?;
    let server = server::server(written.server, dev)?;
    let default_language = written.languages.default.parse();
    let jwt_bearer = jwt_bearer::check(written.jwt_bearer, &server.issuer)?;
    let upstream = upstream::check(written.upstream, &server.issuer)?;
    Ok(checked::Config {
        mtls: mtls::mtls(written.mtls, &server, dev)?,
        server,
        store: server::store(written.store)?,
        master_key: server::master_key(written.secrets)?,
        brand: brand(written.brand)?,
        default_language: default_language
            .map_err(|_| wrong("languages.default", "must be a language tag such as \"en\" or \"zh-CN\""))?,
        default_region: region(&written.phone.default_region)?,
        codes: lifetimes::codes(&written.codes)?,
        passwords: lifetimes::passwords(&written.passwords)?,
        breached: breached::check(written.passwords.breached)?,
        sessions: lifetimes::sessions(&written.sessions)?,
        tokens,
        sms: sms_codes::check(written.sms)?,
        limits: lifetimes::limits(&written.limits)?,
        keys,
        backchannel: checked::Backchannel {
            timeout: seconds("backchannel.timeout_seconds", written.backchannel.timeout_seconds, 1..=60)?,
            retries: between("backchannel.retries", written.backchannel.retries, 0..=20)?,
            private_addresses: written.backchannel.private_addresses,
        },
        device: device(&written.device)?,
        dpop: protocol::Dpop { require_nonce: written.dpop.require_nonce },
        jwt_bearer,
        registration: registration(&written.registration)?,
        account: lifetimes::account(&written.account)?,
        news: news::check(written.news)?,
        sign_in: sign_in::check(&written.signin)?,
        upstream,
        delivery: delivery::delivery(written.delivery, dev)?,
        development: development(written.development, dev)?,
        compatibility: protocol::Compatibility {
            pkce_optional_for_confidential: written.compatibility.pkce_optional_for_confidential,
            redirect_early_errors: written.compatibility.redirect_early_errors,
            legacy_response_types: written.compatibility.legacy_response_types,
        },
        log: log(written.log)?,
    })
}

fn device(written: &written::Device) -> Result<protocol::Device, Wrong> {
    let many = |key: &str, value: u32| between(&format!("device.{key}"), value, 1..=10_000_000);
    Ok(protocol::Device {
        code: seconds("device.code_seconds", written.code_seconds, 60..=1800)?,
        wrong_codes_per_account_per_hour: many(
            "wrong_codes_per_account_per_hour",
            written.wrong_codes_per_account_per_hour,
        )?,
        wrong_codes_per_hour: many("wrong_codes_per_hour", written.wrong_codes_per_hour)?,
        requests_per_address_per_hour: many("requests_per_address_per_hour", written.requests_per_address_per_hour)?,
    })
}

fn brand(written: written::Brand) -> Result<checked::Brand, Wrong> {
    if written.name.trim().is_empty() {
        return Err(wrong("brand.name", "must be set"));
    }
    if written.name.chars().any(char::is_control) {
        return Err(wrong("brand.name", "must not hold line breaks or other control characters"));
    }
    if !written.support.is_empty() && written.support.parse::<lettre::Address>().is_err() {
        return Err(wrong("brand.support", "must be an e-mail address"));
    }
    Ok(checked::Brand {
        name: written.name,
        logo_file: optional_path(written.logo_file),
        accent_light: color("brand.accent_light", &written.accent_light)?,
        accent_dark: color("brand.accent_dark", &written.accent_dark)?,
        support: optional(written.support),
        help_url: page("brand.help_url", &written.help_url)?,
        terms_url: page("brand.terms_url", &written.terms_url)?,
        privacy_url: page("brand.privacy_url", &written.privacy_url)?,
        terms_version: optional(written.terms_version),
    })
}

fn color(key: &str, text: &str) -> Result<checked::Color, Wrong> {
    let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6);
    let number = digits.filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
    let number = number.and_then(|digits| u32::from_str_radix(digits, 16).ok());
    let number = number.ok_or_else(|| wrong(key, "must be a colour as \"#0a5a54\""))?;
    let [_, red, green, blue] = number.to_be_bytes();
    Ok(checked::Color { rgb: [red, green, blue] })
}

fn registration(written: &written::Registration) -> Result<Registration, Wrong> {
    let many = |key: &str, value| between(&format!("registration.{key}"), value, 1..=10_000_000);
    Ok(Registration {
        mode: match written.mode {
            written::RegistrationMode::Off => RegistrationMode::Off,
            written::RegistrationMode::Token => RegistrationMode::Token,
            written::RegistrationMode::Open => RegistrationMode::Open,
        },
        per_address_per_hour: many("per_address_per_hour", written.per_address_per_hour)?,
        most_clients: many("most_clients", written.most_clients)?,
        client_credentials: written.client_credentials,
        logos: written.logos,
    })
}

/// A link that people follow: https, or http on this machine.
fn page(key: &str, text: &str) -> Result<Option<Url>, Wrong> {
    if text.is_empty() {
        return Ok(None);
    }
    match Url::parse(text) {
        Ok(url) if url.scheme() == "https" || (url.scheme() == "http" && is_loopback(&url)) => Ok(Some(url)),
        _ => Err(wrong(key, "must be an https address")),
    }
}

fn region(text: &str) -> Result<Option<phonenumber::country::Id>, Wrong> {
    if text.is_empty() {
        return Ok(None);
    }
    let region =
        text.parse().map_err(|_| wrong("phone.default_region", "must be a country's two capitals, as \"AT\""))?;
    Ok(Some(region))
}

fn development(written: written::Development, dev: bool) -> Result<Option<checked::Development>, Wrong> {
    let keys = [("development.captured_file", &written.captured_file), ("development.clock_file", &written.clock_file)];
    if !dev && let Some((key, _)) = keys.iter().find(|(_, value)| !value.is_empty()) {
        return Err(wrong(key, "is only for --dev"));
    }
    Ok(dev.then(|| checked::Development {
        captured_file: optional_path(written.captured_file),
        clock_file: optional_path(written.clock_file),
    }))
}

fn log(written: written::Log) -> Result<checked::Log, Wrong> {
    EnvFilter::try_new(&written.level).map_err(|_| {
        wrong("log.level", "must be error, warn, info, debug or trace, or a list as \"info,keyhouse=debug\"")
    })?;
    Ok(checked::Log {
        format: match written.format {
            written::LogFormat::Json => checked::LogFormat::Json,
            written::LogFormat::Text => checked::LogFormat::Text,
        },
        level: written.level,
    })
}
