//! The rules of `[server]`, `[store]` and `[secrets]`: where this node listens, what it is called, where it keeps things.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use ipnet::IpNet;
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::super::rules::{Wrong, between, count, is_loopback, optional_path, seconds, secret, wrong};
use super::super::{MasterKey, sections as checked, written};

pub(super) fn server(written: written::Server, dev: bool) -> Result<checked::Server, Wrong> {
    check_issuer(&written.issuer, dev)?;
    let listen = socket_address("server.listen", &written.listen, dev)?;
    let management_listen = match written.management_listen.as_str() {
        "" => None,
        text => Some(socket_address("server.management_listen", text, dev)?),
    };
    let tls = match (optional_path(written.tls_certificate), optional_path(written.tls_key)) {
        (Some(certificate), Some(key)) => Some(checked::Tls { certificate, key }),
        (None, None) => None,
        (Some(_), None) => {
            return Err(wrong("server.tls_key", "must be set, as tls_certificate is"));
        }
        (None, Some(_)) => {
            return Err(wrong("server.tls_certificate", "must be set, as tls_key is"));
        }
    };
    Ok(checked::Server {
        issuer: written.issuer,
        listen,
        management_listen,
        workers: (written.workers > 0).then(|| usize::from(written.workers)),
        trusted_proxies: written.trusted_proxies.iter().map(|text| network(text)).collect::<Result<_, _>>()?,
        tls,
        header_timeout: seconds("server.header_timeout_seconds", written.header_timeout_seconds, 1..=120)?,
        body_timeout: seconds("server.body_timeout_seconds", written.body_timeout_seconds, 1..=600)?,
        keep_alive: seconds("server.keep_alive_seconds", written.keep_alive_seconds, 1..=3600)?,
        shutdown: seconds("server.shutdown_seconds", written.shutdown_seconds, 1..=600)?,
        max_connections: count("server.max_connections", written.max_connections, 1..=1_000_000)?,
        body_limit: count("server.body_limit_bytes", written.body_limit_bytes, 1024..=16_777_216)?,
    })
}

/// The issuer is compared as a string by every client, so it must be written the one way a URL parser would write its origin.
fn check_issuer(issuer: &str, dev: bool) -> Result<(), Wrong> {
    let key = "server.issuer";
    if issuer.is_empty() {
        return Err(wrong(key, "must be set, for instance \"https://account.example.com\""));
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
        return Err(wrong(key, format!("must be scheme and host only, exactly as \"{origin}\"")));
    }
    Ok(())
}

pub(super) fn socket_address(key: &str, text: &str, dev: bool) -> Result<SocketAddr, Wrong> {
    let address: SocketAddr =
        text.parse().map_err(|_| wrong(key, "must be an IP address and a port, as \"127.0.0.1:8080\""))?;
    if dev && !address.ip().is_loopback() {
        return Err(wrong(key, "must be a loopback address with --dev"));
    }
    Ok(address)
}

fn network(text: &str) -> Result<IpNet, Wrong> {
    text.parse::<IpNet>().or_else(|_| text.parse::<IpAddr>().map(IpNet::from)).map_err(|_| {
        let problem = format!("\"{text}\" is no address and no network, as \"10.0.0.0/8\"");
        wrong("server.trusted_proxies", problem)
    })
}

pub(super) fn store(written: written::Store) -> Result<checked::Store, Wrong> {
    let key = "store.url";
    // The default stands in `url`; a file that was named means that one.
    let url = match written.url_file.as_str() {
        "" => Some(written.url.0),
        file => secret("store.url", SecretString::default(), file)?,
    };
    let url = url.ok_or_else(|| wrong(key, "must be set"))?;
    let parsed = match url.expose_secret().split_once(':') {
        Some(("sqlite", path)) if !path.is_empty() => checked::StoreUrl::Sqlite(PathBuf::from(path)),
        Some(("postgres" | "postgresql", _)) if Url::parse(url.expose_secret()).is_ok() => {
            checked::StoreUrl::Postgres(url)
        }
        _ => {
            return Err(wrong(key, "must be \"sqlite:PATH\" or \"postgres://user:password@host/name\""));
        }
    };
    Ok(checked::Store {
        url: parsed,
        postgres_connections: between("store.postgres_connections", written.postgres_connections, 1..=1000)?,
        write_queue: count("store.write_queue", written.write_queue, 1..=1_000_000)?,
        statement_timeout: seconds("store.statement_timeout_seconds", written.statement_timeout_seconds, 1..=600)?,
        wait: seconds("store.wait_seconds", written.wait_seconds, 1..=60)?,
    })
}

pub(super) fn master_key(written: written::Secrets) -> Result<MasterKey, Wrong> {
    let key = "secrets.master_key";
    let text = secret(key, written.master_key.0, &written.master_key_file)?.ok_or_else(|| {
        wrong(key, "must be set; make one with: (umask 077; openssl rand -base64 32 | tr '+/' '-_' > master.key)")
    })?;
    MasterKey::parse(&text).map_err(|problem| wrong(key, problem))
}
