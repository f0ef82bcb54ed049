//! From the configuration as written to the configuration as true, section by section. `[delivery]` has a file of its own.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use ipnet::IpNet;
use secrecy::{ExposeSecret, SecretString};
use tracing_subscriber::EnvFilter;
use url::Url;

use super::rules::{
    Wrong, between, count, days, is_loopback, optional, optional_path, seconds, secret, wrong,
};
use super::sections as checked;
use super::{MasterKey, check_delivery, written};

/// Checks everything; `dev` is `--dev`.
pub(super) fn config(written: written::Written, dev: bool) -> Result<checked::Config, Wrong> {
    let tokens = tokens(&written.tokens)?;
    let keys = keys(&written.keys, &tokens)?;
    let default_language = written.languages.default.parse();
    Ok(checked::Config {
        server: server(written.server, dev)?,
        store: store(written.store)?,
        master_key: master_key(written.secrets)?,
        brand: brand(written.brand)?,
        default_language: default_language.map_err(|_| {
            wrong(
                "languages.default",
                "must be a language tag such as \"en\" or \"zh-CN\"",
            )
        })?,
        default_region: region(&written.phone.default_region)?,
        codes: codes(&written.codes)?,
        passwords: passwords(&written.passwords)?,
        sessions: sessions(&written.sessions)?,
        tokens,
        limits: limits(&written.limits)?,
        keys,
        backchannel: checked::Backchannel {
            timeout: seconds(
                "backchannel.timeout_seconds",
                written.backchannel.timeout_seconds,
                1..=60,
            )?,
            retries: between("backchannel.retries", written.backchannel.retries, 0..=20)?,
            private_addresses: written.backchannel.private_addresses,
        },
        delivery: check_delivery::delivery(written.delivery, dev)?,
        development: development(written.development, dev)?,
        compatibility: checked::Compatibility {
            pkce_optional_for_confidential: written.compatibility.pkce_optional_for_confidential,
            redirect_early_errors: written.compatibility.redirect_early_errors,
        },
        log: log(written.log)?,
    })
}

fn server(written: written::Server, dev: bool) -> Result<checked::Server, Wrong> {
    check_issuer(&written.issuer, dev)?;
    let listen = socket_address("server.listen", &written.listen, dev)?;
    let management_listen = match written.management_listen.as_str() {
        "" => None,
        text => Some(socket_address("server.management_listen", text, dev)?),
    };
    let tls = match (
        optional_path(written.tls_certificate),
        optional_path(written.tls_key),
    ) {
        (Some(certificate), Some(key)) => Some(checked::Tls { certificate, key }),
        (None, None) => None,
        (Some(_), None) => {
            return Err(wrong(
                "server.tls_key",
                "must be set, as tls_certificate is",
            ));
        }
        (None, Some(_)) => {
            return Err(wrong(
                "server.tls_certificate",
                "must be set, as tls_key is",
            ));
        }
    };
    Ok(checked::Server {
        issuer: written.issuer,
        listen,
        management_listen,
        workers: (written.workers > 0).then(|| usize::from(written.workers)),
        trusted_proxies: written
            .trusted_proxies
            .iter()
            .map(|text| network(text))
            .collect::<Result<_, _>>()?,
        tls,
        header_timeout: seconds(
            "server.header_timeout_seconds",
            written.header_timeout_seconds,
            1..=120,
        )?,
        body_timeout: seconds(
            "server.body_timeout_seconds",
            written.body_timeout_seconds,
            1..=600,
        )?,
        keep_alive: seconds(
            "server.keep_alive_seconds",
            written.keep_alive_seconds,
            1..=3600,
        )?,
        shutdown: seconds("server.shutdown_seconds", written.shutdown_seconds, 1..=600)?,
        max_connections: count(
            "server.max_connections",
            written.max_connections,
            1..=1_000_000,
        )?,
        body_limit: count(
            "server.body_limit_bytes",
            written.body_limit_bytes,
            1024..=16_777_216,
        )?,
    })
}

/// The issuer is compared as a string by every client, so it must be written the one way a URL parser would write its origin.
fn check_issuer(issuer: &str, dev: bool) -> Result<(), Wrong> {
    let key = "server.issuer";
    if issuer.is_empty() {
        return Err(wrong(
            key,
            "must be set, for instance \"https://account.example.com\"",
        ));
    }
    let url = Url::parse(issuer).map_err(|_| wrong(key, "is not a URL"))?;
    let loopback = is_loopback(&url);
    match url.scheme() {
        "https" => {}
        "http" if dev && loopback => {}
        "http" if loopback => {
            return Err(wrong(key, "must be https; http on loopback is for --dev"));
        }
        _ => return Err(wrong(key, "must be https")),
    }
    if dev && !loopback {
        return Err(wrong(key, "must be a loopback address with --dev"));
    }
    let origin = url.origin().ascii_serialization();
    if origin != issuer {
        return Err(wrong(
            key,
            format!("must be scheme and host only, exactly as \"{origin}\""),
        ));
    }
    Ok(())
}

fn socket_address(key: &str, text: &str, dev: bool) -> Result<SocketAddr, Wrong> {
    let address: SocketAddr = text.parse().map_err(|_| {
        wrong(
            key,
            "must be an IP address and a port, as \"127.0.0.1:8080\"",
        )
    })?;
    if dev && !address.ip().is_loopback() {
        return Err(wrong(key, "must be a loopback address with --dev"));
    }
    Ok(address)
}

fn network(text: &str) -> Result<IpNet, Wrong> {
    text.parse::<IpNet>()
        .or_else(|_| text.parse::<IpAddr>().map(IpNet::from))
        .map_err(|_| {
            let problem = format!("\"{text}\" is no address and no network, as \"10.0.0.0/8\"");
            wrong("server.trusted_proxies", problem)
        })
}

fn store(written: written::Store) -> Result<checked::Store, Wrong> {
    let key = "store.url";
    // The default stands in `url`; a file that was named means that one.
    let url = match written.url_file.as_str() {
        "" => Some(written.url.0),
        file => secret("store.url", SecretString::default(), file)?,
    };
    let url = url.ok_or_else(|| wrong(key, "must be set"))?;
    let parsed = match url.expose_secret().split_once(':') {
        Some(("sqlite", path)) if !path.is_empty() => {
            checked::StoreUrl::Sqlite(PathBuf::from(path))
        }
        Some(("postgres" | "postgresql", _)) if Url::parse(url.expose_secret()).is_ok() => {
            checked::StoreUrl::Postgres(url)
        }
        _ => {
            return Err(wrong(
                key,
                "must be \"sqlite:PATH\" or \"postgres://user:password@host/name\"",
            ));
        }
    };
    Ok(checked::Store {
        url: parsed,
        postgres_connections: between(
            "store.postgres_connections",
            written.postgres_connections,
            1..=1000,
        )?,
        write_queue: count("store.write_queue", written.write_queue, 1..=1_000_000)?,
        statement_timeout: seconds(
            "store.statement_timeout_seconds",
            written.statement_timeout_seconds,
            1..=600,
        )?,
        wait: seconds("store.wait_seconds", written.wait_seconds, 1..=60)?,
    })
}

fn master_key(written: written::Secrets) -> Result<MasterKey, Wrong> {
    let key = "secrets.master_key";
    let text = secret(key, written.master_key.0, &written.master_key_file)?.ok_or_else(|| {
        wrong(key, "must be set; make one with: (umask 077; openssl rand -base64 32 | tr '+/' '-_' > master.key)")
    })?;
    MasterKey::parse(&text).map_err(|problem| wrong(key, problem))
}

fn brand(written: written::Brand) -> Result<checked::Brand, Wrong> {
    if written.name.trim().is_empty() {
        return Err(wrong("brand.name", "must be set"));
    }
    if written.name.chars().any(char::is_control) {
        return Err(wrong(
            "brand.name",
            "must not hold line breaks or other control characters",
        ));
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
    Ok(checked::Color {
        rgb: [red, green, blue],
    })
}

/// A link that people follow: https, or http on this machine.
fn page(key: &str, text: &str) -> Result<Option<Url>, Wrong> {
    if text.is_empty() {
        return Ok(None);
    }
    match Url::parse(text) {
        Ok(url) if url.scheme() == "https" || (url.scheme() == "http" && is_loopback(&url)) => {
            Ok(Some(url))
        }
        _ => Err(wrong(key, "must be an https address")),
    }
}

fn region(text: &str) -> Result<Option<phonenumber::country::Id>, Wrong> {
    if text.is_empty() {
        return Ok(None);
    }
    let region = text.parse().map_err(|_| {
        wrong(
            "phone.default_region",
            "must be a country's two capitals, as \"AT\"",
        )
    })?;
    Ok(Some(region))
}

fn codes(written: &written::Codes) -> Result<checked::Codes, Wrong> {
    Ok(checked::Codes {
        lifetime: seconds(
            "codes.lifetime_seconds",
            written.lifetime_seconds,
            60..=3600,
        )?,
        tries: between("codes.tries", written.tries, 1..=10)?,
        resend: seconds("codes.resend_seconds", written.resend_seconds, 1..=3600)?,
        per_day: between("codes.per_day", written.per_day, 1..=1000)?,
    })
}

fn passwords(written: &written::Passwords) -> Result<checked::Passwords, Wrong> {
    let parallelism = between("passwords.parallelism", written.parallelism, 1..=64)?;
    // argon2 itself needs 8 KiB a lane (RFC 9106 §3.1); the floor keeps a slip of the pen from making passwords cheap to guess.
    let memory_kib = between("passwords.memory_kib", written.memory_kib, 8192..=4_194_304)?;
    let minimum = count("passwords.minimum", written.minimum, 8..=64)?;
    Ok(checked::Passwords {
        memory_kib,
        iterations: between("passwords.iterations", written.iterations, 1..=100)?,
        parallelism,
        threads: (written.threads > 0).then(|| usize::from(written.threads)),
        queue: count("passwords.queue", written.queue, 1..=100_000)?,
        minimum,
        maximum: count("passwords.maximum", written.maximum, 64..=1024)?,
    })
}

fn sessions(written: &written::Sessions) -> Result<checked::Sessions, Wrong> {
    let absolute = days("sessions.absolute_days", written.absolute_days, 1..=400)?;
    Ok(checked::Sessions {
        absolute,
        idle: days(
            "sessions.idle_days",
            written.idle_days,
            1..=written.absolute_days,
        )?,
        recent: seconds("sessions.recent_seconds", written.recent_seconds, 60..=3600)?,
        device_cookie: days(
            "sessions.device_cookie_days",
            written.device_cookie_days,
            1..=400,
        )?,
    })
}

fn tokens(written: &written::Tokens) -> Result<checked::Tokens, Wrong> {
    let longest = written.refresh_absolute_days;
    Ok(checked::Tokens {
        access_token: seconds(
            "tokens.access_token_seconds",
            written.access_token_seconds,
            30..=86_400,
        )?,
        id_token: seconds(
            "tokens.id_token_seconds",
            written.id_token_seconds,
            30..=3600,
        )?,
        code: seconds("tokens.code_seconds", written.code_seconds, 5..=600)?,
        authorization_request: seconds(
            "tokens.authorization_request_seconds",
            written.authorization_request_seconds,
            60..=86_400,
        )?,
        refresh_absolute: days("tokens.refresh_absolute_days", longest, 1..=3650)?,
        refresh_idle: days(
            "tokens.refresh_idle_days",
            written.refresh_idle_days,
            1..=longest,
        )?,
        refresh_retry: seconds(
            "tokens.refresh_retry_seconds",
            written.refresh_retry_seconds,
            0..=300,
        )?,
    })
}

fn limits(written: &written::Limits) -> Result<checked::Limits, Wrong> {
    let many = 1..=10_000_000;
    let of = |key: &str, value: u32| between(&format!("limits.{key}"), value, many.clone());
    let window = |key: &str, value: u32| seconds(&format!("limits.{key}"), value, 10..=86_400);
    Ok(checked::Limits {
        password_tries_per_account: of(
            "password_tries_per_account",
            written.password_tries_per_account,
        )?,
        password_tries_per_address: of(
            "password_tries_per_address",
            written.password_tries_per_address,
        )?,
        password_window: window("password_window_seconds", written.password_window_seconds)?,
        code_tries_per_address_per_hour: of(
            "code_tries_per_address_per_hour",
            written.code_tries_per_address_per_hour,
        )?,
        sends_per_address_per_hour: of(
            "sends_per_address_per_hour",
            written.sends_per_address_per_hour,
        )?,
        sends_per_hour: of("sends_per_hour", written.sends_per_hour)?,
        accounts_per_address_per_hour: of(
            "accounts_per_address_per_hour",
            written.accounts_per_address_per_hour,
        )?,
        client_failures: of("client_failures", written.client_failures)?,
        client_failure_window: window(
            "client_failure_window_seconds",
            written.client_failure_window_seconds,
        )?,
    })
}

fn keys(written: &written::Keys, tokens: &checked::Tokens) -> Result<checked::Keys, Wrong> {
    let jwks_cache = seconds(
        "keys.jwks_cache_seconds",
        written.jwks_cache_seconds,
        0..=86_400,
    )?;
    let keys = checked::Keys {
        rotate: match written.rotate_days {
            0 => None,
            value => Some(days("keys.rotate_days", value, 1..=3650)?),
        },
        jwks_cache,
        publish: seconds(
            "keys.publish_seconds",
            written.publish_seconds,
            written.jwks_cache_seconds..=31_536_000,
        )?,
        retired: seconds(
            "keys.retired_seconds",
            written.retired_seconds,
            0..=31_536_000,
        )?,
    };
    let longest = tokens.access_token.max(tokens.id_token) + jwks_cache;
    if keys.retired < longest {
        let problem = format!(
            "must be at least {}: a token's life and jwks_cache_seconds",
            longest.as_secs()
        );
        return Err(wrong("keys.retired_seconds", problem));
    }
    Ok(keys)
}

fn development(
    written: written::Development,
    dev: bool,
) -> Result<Option<checked::Development>, Wrong> {
    let keys = [
        ("development.captured_file", &written.captured_file),
        ("development.clock_file", &written.clock_file),
    ];
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
        wrong(
            "log.level",
            "must be error, warn, info, debug or trace, or a list as \"info,keyhouse=debug\"",
        )
    })?;
    Ok(checked::Log {
        format: match written.format {
            written::LogFormat::Json => checked::LogFormat::Json,
            written::LogFormat::Text => checked::LogFormat::Text,
        },
        level: written.level,
    })
}
