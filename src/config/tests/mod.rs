use std::time::Duration;

use secrecy::ExposeSecret;

use super::*;

mod refusals;
mod upstream;

const KEY: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Loads with a few variables; a master key is always there.
fn load(dev: bool, variables: &[(&str, &str)]) -> Result<Config, ConfigError> {
    load_file(None, dev, variables)
}

fn load_file(file: Option<&Path>, dev: bool, variables: &[(&str, &str)]) -> Result<Config, ConfigError> {
    let mut env = vec![("KEYHOUSE_SECRETS__MASTER_KEY".to_owned(), KEY.to_owned())];
    env.extend(variables.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())));
    Config::load(file, env.into_iter(), dev)
}

fn refusal(dev: bool, variables: &[(&str, &str)]) -> String {
    load(dev, variables).map(|_| ()).unwrap_err().to_string()
}

/// What a production server needs at least.
const PRODUCTION: [(&str, &str); 3] = [
    ("KEYHOUSE_SERVER__ISSUER", "https://account.lantern.example"),
    ("KEYHOUSE_DELIVERY__MAIL__HOST", "smtp.lantern.example"),
    ("KEYHOUSE_DELIVERY__MAIL__FROM", "Lantern <accounts@lantern.example>"),
];

fn production_refusal(variables: &[(&str, &str)]) -> String {
    refusal(false, &[&PRODUCTION, variables].concat())
}

struct TempFile(PathBuf);

impl TempFile {
    fn new(name: &str, text: &str) -> Self {
        let path = env::temp_dir().join(format!("keyhouse-config-{}-{name}", std::process::id()));
        std::fs::write(&path, text).unwrap();
        Self(path)
    }

    fn name(&self) -> &str {
        self.0.to_str().unwrap()
    }
}

impl Drop for TempFile {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// `deny_unknown_fields` finds a line too many in the default file; taking every line away in turn finds a missing one.
#[test]
fn the_default_file_and_the_written_form_have_the_same_keys() {
    fn leaves(table: &toml::Table, prefix: &str, found: &mut Vec<String>) {
        for (name, value) in table {
            match value {
                toml::Value::Table(table) if !table.is_empty() => leaves(table, &format!("{prefix}{name}."), found),
                _ => found.push(format!("{prefix}{name}")),
            }
        }
    }
    fn remove(table: &mut toml::Table, key: &str) {
        match key.split_once('.') {
            Some((first, rest)) => remove(table[first].as_table_mut().unwrap(), rest),
            None => drop(table.remove(key)),
        }
    }
    let defaults: toml::Table = DEFAULT.parse().unwrap();
    toml::Value::Table(defaults.clone()).try_into::<written::Written>().unwrap();
    let mut keys = Vec::new();
    leaves(&defaults, "", &mut keys);
    assert!(keys.len() > 80, "{}", keys.len());
    for key in keys {
        let mut without = defaults.clone();
        remove(&mut without, &key);
        let name = key.rsplit('.').next().unwrap();
        let error = toml::Value::Table(without).try_into::<written::Written>().unwrap_err().to_string();
        assert!(error.contains(&format!("missing field `{name}`")), "{key}: {error}");
    }
}

/// A comment stands above every key, or above the group of keys that it explains.
#[test]
fn every_default_is_explained() {
    let mut explained = false;
    for line in DEFAULT.lines() {
        match line.chars().next() {
            Some('#') => explained = true,
            Some('[') | None => explained = false,
            Some(_) => assert!(explained, "no comment above: {line}"),
        }
    }
}

#[test]
fn development_starts_with_a_master_key_alone() {
    let config = load(true, &[]).unwrap();
    assert!(config.is_development());
    assert_eq!(config.server.issuer, "http://localhost:8080");
    assert!(!config.server.is_https());
    assert_eq!(config.tokens.access_token, Duration::from_secs(300));
    assert_eq!(config.brand.accent_light.to_string(), "#0a5a54");
    assert!(config.delivery.mail.is_none() && config.delivery.sms.is_none());
    assert_eq!(config.server.workers, None);
    assert!(config.clock().now() > crate::clock::Timestamp::from_seconds(0));
    let error = Config::load(None, std::iter::empty(), true).unwrap_err().to_string();
    assert!(error.starts_with("secrets.master_key (built-in default): must be set"), "{error}");
}

#[test]
fn the_production_example_loads() {
    let mut example: toml::Table = include_str!("../../../config/production.example.toml").parse().unwrap();
    // The files it names are not on this machine.
    example.remove("secrets");
    example["store"] = toml::Table::from_iter([("url".to_owned(), "postgres://k:p@db/keyhouse".into())]).into();
    for channel in ["mail", "sms"] {
        let table = example["delivery"][channel].as_table_mut().unwrap();
        table.remove("password_file");
        table.insert("password".to_owned(), "hunter2".into());
    }
    let file = TempFile::new("production", &example.to_string());
    let config = load_file(Some(&file.0), false, &[]).unwrap();
    let sms = config.delivery.sms.as_ref().unwrap();
    assert_eq!(
        sms.url.as_str(),
        "https://api.twilio.com/2010-04-01/Accounts/AC00000000000000000000000000000000/Messages.json"
    );
    assert_eq!(sms.body.content_type(), "application/x-www-form-urlencoded");
    assert_eq!(sms.credentials.as_ref().unwrap().0, "AC00000000000000000000000000000000");
    assert_eq!(sms.reports.as_ref().unwrap().field, "MessageStatus");
    assert!(matches!(config.store.url, StoreUrl::Postgres(_)));
    let printed = format!("{config:?}");
    assert!(!printed.contains("hunter2") && !printed.contains("k:p@"), "{printed}");
}

#[test]
fn later_layers_win_and_variables_take_their_keys_kind() {
    let file = TempFile::new(
        "layers",
        "[server]\nworkers = 3\nlisten = \"127.0.0.1:9000\"\n[delivery.sms.headers]\nX-Key = \"v\"\n[brand]\nname = \"File\"",
    );
    let config = load_file(
        Some(&file.0),
        true,
        &[
            ("KEYHOUSE_SERVER__LISTEN", "127.0.0.1:9001"),
            ("KEYHOUSE_BRAND__NAME", "12"),
            ("KEYHOUSE_CODES__TRIES", "4"),
            ("KEYHOUSE_COMPATIBILITY__REDIRECT_EARLY_ERRORS", "true"),
            ("KEYHOUSE_SERVER__TRUSTED_PROXIES", "10.0.0.0/8, ::1"),
            ("KEYHOUSE_DELIVERY__SMS__URL", "http://127.0.0.1:1/send"),
            ("KEYHOUSE_TEST_POSTGRES", "postgres://somewhere"),
            ("PATH", "/bin"),
        ],
    )
    .unwrap();
    assert_eq!(config.server.listen.port(), 9001);
    assert_eq!(config.server.workers, Some(3));
    assert_eq!(config.brand.name, "12");
    assert_eq!(config.codes.tries, 4);
    assert!(config.compatibility.redirect_early_errors);
    assert_eq!(config.server.trusted_proxies.len(), 2);
    assert_eq!(config.delivery.sms.as_ref().unwrap().headers[0].0, "X-Key");
    let config = load(true, &[("KEYHOUSE_SERVER__TRUSTED_PROXIES", "[\"10.1.0.0/16\"]")]).unwrap();
    assert_eq!(config.server.trusted_proxies[0].to_string(), "10.1.0.0/16");
}

#[test]
fn secrets_come_from_files_too() {
    let file = TempFile::new("secret", "pass word\n");
    let mail =
        [("KEYHOUSE_DELIVERY__MAIL__USERNAME", "accounts"), ("KEYHOUSE_DELIVERY__MAIL__PASSWORD_FILE", file.name())];
    let config = load(false, &[&PRODUCTION[..], &mail].concat()).unwrap();
    let (username, password) = config.delivery.mail.unwrap().credentials.unwrap();
    assert_eq!((username.as_str(), password.expose_secret()), ("accounts", "pass word"));

    let both = [&mail[..], &[("KEYHOUSE_DELIVERY__MAIL__PASSWORD", "x")]].concat();
    assert!(production_refusal(&both).starts_with("delivery.mail.password_file"));
    let url = TempFile::new("url", "postgres://keyhouse:p@db/keyhouse\n");
    let config = load(true, &[("KEYHOUSE_STORE__URL_FILE", url.name())]).unwrap();
    assert!(matches!(config.store.url, StoreUrl::Postgres(_)));
}
