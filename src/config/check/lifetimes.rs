//! The rules of the sections that are numbers: how long things live, how often they may be tried, what they may cost.

use super::super::rules::{Wrong, between, count, days, optional_path, seconds, wrong};
use super::super::{Account, Limits, sections as checked, written};
use std::time::Duration;

pub(super) fn codes(written: &written::Codes) -> Result<checked::Codes, Wrong> {
    Ok(checked::Codes {
        lifetime: seconds("codes.lifetime_seconds", written.lifetime_seconds, 60..=3600)?,
        tries: between("codes.tries", written.tries, 1..=10)?,
        resend: seconds("codes.resend_seconds", written.resend_seconds, 1..=3600)?,
        per_day: between("codes.per_day", written.per_day, 1..=1000)?,
    })
}

pub(super) fn passwords(written: &written::Passwords) -> Result<checked::Passwords, Wrong> {
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

pub(super) fn sessions(written: &written::Sessions) -> Result<checked::Sessions, Wrong> {
    let absolute = days("sessions.absolute_days", written.absolute_days, 1..=400)?;
    Ok(checked::Sessions {
        absolute,
        idle: days("sessions.idle_days", written.idle_days, 1..=written.absolute_days)?,
        device_cookie: days("sessions.device_cookie_days", written.device_cookie_days, written.absolute_days..=400)?,
        device_bound: written.device_bound,
    })
}

pub(super) fn account(written: &written::Account) -> Result<Account, Wrong> {
    let hours = |key: &str, value: u32| {
        let hours = between(&format!("account.{key}"), value, 1..=720)?;
        Ok::<_, Wrong>(Duration::from_secs(u64::from(hours) * 3600))
    };
    Ok(Account {
        fresh: seconds("account.fresh_seconds", written.fresh_seconds, 60..=86_400)?,
        waiting: hours("waiting_hours", written.waiting_hours)?,
        undo: hours("undo_hours", written.undo_hours)?,
        dormant: days("account.dormant_days", written.dormant_days, 30..=3650)?,
        deletion: days("account.deletion_days", written.deletion_days, 0..=90)?,
        export: days("account.export_days", written.export_days, 1..=30)?,
        audit: days("account.audit_days", written.audit_days, 30..=3650)?,
        places_file: optional_path(written.places_file.clone()),
    })
}

pub(super) fn tokens(written: &written::Tokens) -> Result<checked::Tokens, Wrong> {
    let longest = written.refresh_absolute_days;
    Ok(checked::Tokens {
        access_token: seconds("tokens.access_token_seconds", written.access_token_seconds, 30..=86_400)?,
        id_token: seconds("tokens.id_token_seconds", written.id_token_seconds, 30..=3600)?,
        code: seconds("tokens.code_seconds", written.code_seconds, 5..=600)?,
        authorization_request: seconds(
            "tokens.authorization_request_seconds",
            written.authorization_request_seconds,
            60..=86_400,
        )?,
        refresh_absolute: days("tokens.refresh_absolute_days", longest, 1..=3650)?,
        refresh_idle: days("tokens.refresh_idle_days", written.refresh_idle_days, 1..=longest)?,
        refresh_retry: seconds("tokens.refresh_retry_seconds", written.refresh_retry_seconds, 0..=300)?,
    })
}

pub(super) fn limits(written: &written::Limits) -> Result<Limits, Wrong> {
    let many = 1..=10_000_000;
    let of = |key: &str, value: u32| between(&format!("limits.{key}"), value, many.clone());
    let window = |key: &str, value: u32| seconds(&format!("limits.{key}"), value, 10..=86_400);
    Ok(Limits {
        password_tries_per_account: of("password_tries_per_account", written.password_tries_per_account)?,
        password_tries_per_address: of("password_tries_per_address", written.password_tries_per_address)?,
        password_tries_per_network: of("password_tries_per_network", written.password_tries_per_network)?,
        password_tries: of("password_tries", written.password_tries)?,
        password_window: window("password_window_seconds", written.password_window_seconds)?,
        code_tries_per_address_per_hour: of(
            "code_tries_per_address_per_hour",
            written.code_tries_per_address_per_hour,
        )?,
        code_tries_per_hour: of("code_tries_per_hour", written.code_tries_per_hour)?,
        sends_per_address_per_hour: of("sends_per_address_per_hour", written.sends_per_address_per_hour)?,
        sends_per_hour: of("sends_per_hour", written.sends_per_hour)?,
        accounts_per_address_per_hour: of("accounts_per_address_per_hour", written.accounts_per_address_per_hour)?,
        passkey_challenges_per_address_per_hour: of(
            "passkey_challenges_per_address_per_hour",
            written.passkey_challenges_per_address_per_hour,
        )?,
        approvals_per_browser_per_hour: of("approvals_per_browser_per_hour", written.approvals_per_browser_per_hour)?,
        approvals_per_address_per_hour: of("approvals_per_address_per_hour", written.approvals_per_address_per_hour)?,
        password_measures_per_address_per_hour: of(
            "password_measures_per_address_per_hour",
            written.password_measures_per_address_per_hour,
        )?,
        client_failures: of("client_failures", written.client_failures)?,
        client_failure_window: window("client_failure_window_seconds", written.client_failure_window_seconds)?,
        request_uri_fetches_per_client_per_minute: of(
            "request_uri_fetches_per_client_per_minute",
            written.request_uri_fetches_per_client_per_minute,
        )?,
    })
}

pub(super) fn keys(written: &written::Keys, tokens: &checked::Tokens) -> Result<checked::Keys, Wrong> {
    let jwks_cache = seconds("keys.jwks_cache_seconds", written.jwks_cache_seconds, 0..=86_400)?;
    let keys = checked::Keys {
        rotate: match written.rotate_days {
            0 => None,
            value => Some(days("keys.rotate_days", value, 1..=3650)?),
        },
        jwks_cache,
        publish: seconds("keys.publish_seconds", written.publish_seconds, written.jwks_cache_seconds..=31_536_000)?,
        retired: seconds("keys.retired_seconds", written.retired_seconds, 0..=31_536_000)?,
    };
    let longest = tokens.access_token.max(tokens.id_token) + jwks_cache;
    if keys.retired < longest {
        let problem = format!("must be at least {}: a token's life and jwks_cache_seconds", longest.as_secs());
        return Err(wrong("keys.retired_seconds", problem));
    }
    Ok(keys)
}
