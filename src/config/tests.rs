use std::time::Duration;

use secrecy::ExposeSecret;

use super::*;

const KEY: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Loads with a few variables; a master key is always there.
fn load(dev: bool, variables: &[(&str, &str)]) -> Result<Config, ConfigError> {
    load_file(None, dev, variables)
}

fn load_file(
    file: Option<&Path>,
    dev: bool,
    variables: &[(&str, &str)],
) -> Result<Config, ConfigError> {
    let mut env = vec![("KEYHOUSE_SECRETS__MASTER_KEY".to_owned(), KEY.to_owned())];
    env.extend(
        variables
            .iter()
            .map(|(name, text)| ((*name).to_owned(), (*text).to_owned())),
    );
    Config::load(file, env.into_iter(), dev)
}

fn refusal(dev: bool, variables: &[(&str, &str)]) -> String {
    load(dev, variables).map(|_| ()).unwrap_err().to_string()
}

/// What a production server needs at least.
const PRODUCTION: [(&str, &str); 3] = [
    ("KEYHOUSE_SERVER__ISSUER", "https://account.lantern.example"),
    ("KEYHOUSE_DELIVERY__MAIL__HOST", "smtp.lantern.example"),
    (
        "KEYHOUSE_DELIVERY__MAIL__FROM",
        "Lantern <accounts@lantern.example>",
    ),
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
                toml::Value::Table(table) if !table.is_empty() => {
                    leaves(table, &format!("{prefix}{name}."), found)
                }
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
    toml::Value::Table(defaults.clone())
        .try_into::<written::Written>()
        .unwrap();
    let mut keys = Vec::new();
    leaves(&defaults, "", &mut keys);
    assert!(keys.len() > 80, "{}", keys.len());
    for key in keys {
        let mut without = defaults.clone();
        remove(&mut without, &key);
        let name = key.rsplit('.').next().unwrap();
        let error = toml::Value::Table(without)
            .try_into::<written::Written>()
            .unwrap_err()
            .to_string();
        assert!(
            error.contains(&format!("missing field `{name}`")),
            "{key}: {error}"
        );
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
    let error = Config::load(None, std::iter::empty(), true)
        .unwrap_err()
        .to_string();
    assert!(
        error.starts_with("secrets.master_key (built-in default): must be set"),
        "{error}"
    );
}

#[test]
fn the_production_example_loads() {
    let mut example: toml::Table = include_str!("../../config/production.example.toml")
        .parse()
        .unwrap();
    // The files it names are not on this machine.
    example.remove("secrets");
    example["store"] =
        toml::Table::from_iter([("url".to_owned(), "postgres://k:p@db/keyhouse".into())]).into();
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
    assert_eq!(
        sms.credentials.as_ref().unwrap().0,
        "AC00000000000000000000000000000000"
    );
    assert!(matches!(config.store.url, StoreUrl::Postgres(_)));
    let printed = format!("{config:?}");
    assert!(
        !printed.contains("hunter2") && !printed.contains("k:p@"),
        "{printed}"
    );
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
    let config = load(
        true,
        &[("KEYHOUSE_SERVER__TRUSTED_PROXIES", "[\"10.1.0.0/16\"]")],
    )
    .unwrap();
    assert_eq!(config.server.trusted_proxies[0].to_string(), "10.1.0.0/16");
}

#[test]
fn a_wrong_key_is_named_with_its_layer() {
    let cases: [(&str, &str, &str); 12] = [
        (
            "KEYHOUSE_SERVER__LISTN",
            "1",
            "server.listn (variable KEYHOUSE_SERVER__LISTN): there is no such key",
        ),
        (
            "KEYHOUSE_SERVER_LISTEN",
            "1",
            "server_listen (variable KEYHOUSE_SERVER_LISTEN): there is no such key",
        ),
        (
            "KEYHOUSE_CODES__TRIES",
            "many",
            "codes.tries (variable KEYHOUSE_CODES__TRIES): invalid type",
        ),
        (
            "KEYHOUSE_CODES__TRIES",
            "0",
            "codes.tries (variable KEYHOUSE_CODES__TRIES): is 0, must be from 1 to 10",
        ),
        (
            "KEYHOUSE_LOG__FORMAT",
            "xml",
            "log.format (variable KEYHOUSE_LOG__FORMAT): unknown variant",
        ),
        (
            "KEYHOUSE_SERVER__TRUSTED_PROXIES",
            "lan",
            "server.trusted_proxies (variable",
        ),
        (
            "KEYHOUSE_SERVER__TLS_KEY",
            "k.pem",
            "server.tls_certificate (built-in default): must be set",
        ),
        (
            "KEYHOUSE_SERVER__LISTEN",
            "localhost:1",
            "server.listen (variable KEYHOUSE_SERVER__LISTEN): must be an IP",
        ),
        (
            "KEYHOUSE_KEYS__PUBLISH_SECONDS",
            "60",
            "keys.publish_seconds (variable",
        ),
        (
            "KEYHOUSE_KEYS__RETIRED_SECONDS",
            "60",
            "keys.retired_seconds (variable",
        ),
        (
            "KEYHOUSE_STORE__URL",
            "mysql://root:hunter2@x",
            "store.url (variable KEYHOUSE_STORE__URL): must be",
        ),
        (
            "KEYHOUSE_PHONE__DEFAULT_REGION",
            "Austria",
            "phone.default_region (variable",
        ),
    ];
    for (name, text, expected) in cases {
        let error = refusal(true, &[(name, text)]);
        assert!(error.starts_with(expected), "{name}={text}: {error}");
        assert!(!error.contains("hunter2"), "{error}");
    }
}

#[test]
fn a_wrong_file_is_named_without_its_secrets() {
    let cases = [
        ("[server]\nlisten = 1", "server.listen (file "),
        ("[server]\nlistne = \"x\"", "server.listne (file "),
        ("serve = 1", "serve (file "),
        (
            "[secrets]\nmaster_key = 99887766",
            "secrets.master_key (file ",
        ),
        (
            "[delivery.sms.headers]\nAuthorization = 99887766",
            "delivery.sms.headers.Authorization (file ",
        ),
    ];
    for (index, (text, expected)) in cases.into_iter().enumerate() {
        let file = TempFile::new(&format!("wrong-{index}"), text);
        let env: [(String, String); 0] = [];
        let error = Config::load(Some(&file.0), env.into_iter(), true)
            .unwrap_err()
            .to_string();
        assert!(error.starts_with(expected), "{text}: {error}");
        assert!(!error.contains("99887766"), "{error}");
    }
    let file = TempFile::new("syntax", "[secrets]\n\nmaster_key = \"hunter2");
    let error = load_file(Some(&file.0), true, &[]).unwrap_err().to_string();
    assert!(
        error.contains(", line 3: ") && !error.contains("hunter2"),
        "{error}"
    );
    let error = load_file(Some(Path::new("/nowhere/keyhouse.toml")), true, &[])
        .unwrap_err()
        .to_string();
    assert!(error.contains("/nowhere/keyhouse.toml"), "{error}");
}

#[test]
fn secrets_come_from_files_too() {
    let file = TempFile::new("secret", "pass word\n");
    let mail = [
        ("KEYHOUSE_DELIVERY__MAIL__USERNAME", "accounts"),
        ("KEYHOUSE_DELIVERY__MAIL__PASSWORD_FILE", file.name()),
    ];
    let config = load(false, &[&PRODUCTION[..], &mail].concat()).unwrap();
    let (username, password) = config.delivery.mail.unwrap().credentials.unwrap();
    assert_eq!(
        (username.as_str(), password.expose_secret()),
        ("accounts", "pass word")
    );

    let both = [&mail[..], &[("KEYHOUSE_DELIVERY__MAIL__PASSWORD", "x")]].concat();
    assert!(production_refusal(&both).starts_with("delivery.mail.password_file"));
    let url = TempFile::new("url", "postgres://keyhouse:p@db/keyhouse\n");
    let config = load(true, &[("KEYHOUSE_STORE__URL_FILE", url.name())]).unwrap();
    assert!(matches!(config.store.url, StoreUrl::Postgres(_)));
}

#[test]
fn development_stays_on_loopback() {
    for (name, text) in [
        ("KEYHOUSE_SERVER__LISTEN", "0.0.0.0:8080"),
        ("KEYHOUSE_SERVER__LISTEN", "192.168.1.4:8080"),
        ("KEYHOUSE_SERVER__MANAGEMENT_LISTEN", "[::]:9090"),
        ("KEYHOUSE_SERVER__ISSUER", "https://account.lantern.example"),
        ("KEYHOUSE_SERVER__ISSUER", "http://localhost.evil.example"),
    ] {
        let error = refusal(true, &[(name, text)]);
        assert!(
            error.contains("loopback") || error.contains("must be https"),
            "{error}"
        );
    }
    for issuer in [
        "http://127.0.0.1:9",
        "http://[::1]:8080",
        "https://localhost:8443",
        "http://localhost",
    ] {
        assert!(
            load(true, &[("KEYHOUSE_SERVER__ISSUER", issuer)]).is_ok(),
            "{issuer}"
        );
    }
}

#[test]
fn an_issuer_is_an_origin_and_https() {
    assert!(load(false, &PRODUCTION).is_ok());
    for issuer in [
        "",
        "account.lantern.example",
        "http://account.lantern.example",
        "http://localhost:8080",
        "https://account.lantern.example/",
        "https://account.lantern.example/auth",
        "https://Account.lantern.example",
        "https://account.lantern.example:443",
        "https://account.lantern.example?x",
        "https://user@account.lantern.example",
        " https://account.lantern.example",
        "data:,x",
    ] {
        let error = production_refusal(&[("KEYHOUSE_SERVER__ISSUER", issuer)]);
        assert!(
            error.starts_with("server.issuer (variable"),
            "{issuer}: {error}"
        );
    }
}

#[test]
fn production_reaches_people_and_captures_nothing() {
    let without = [("KEYHOUSE_SERVER__ISSUER", "https://a.example")];
    assert!(refusal(false, &without).starts_with("delivery.mail.host"));
    for (name, text, expected) in [
        (
            "KEYHOUSE_DEVELOPMENT__CAPTURED_FILE",
            "x",
            "development.captured_file",
        ),
        (
            "KEYHOUSE_DEVELOPMENT__CLOCK_FILE",
            "x",
            "development.clock_file",
        ),
        ("KEYHOUSE_DELIVERY__MAIL__TLS", "none", "delivery.mail.tls"),
        (
            "KEYHOUSE_DELIVERY__MAIL__FROM",
            "nobody",
            "delivery.mail.from",
        ),
        (
            "KEYHOUSE_DELIVERY__MAIL__USERNAME",
            "u",
            "delivery.mail.password",
        ),
        (
            "KEYHOUSE_DELIVERY__SMS__URL",
            "http://gateway.example",
            "delivery.sms.url",
        ),
        (
            "KEYHOUSE_DELIVERY__SMS__URL",
            "https://u:p@gateway.example",
            "delivery.sms.url",
        ),
        (
            "KEYHOUSE_DELIVERY__SMS__PRESET",
            "twilio",
            "delivery.sms.account",
        ),
        (
            "KEYHOUSE_DELIVERY__SMS__PRESET",
            "other",
            "delivery.sms.preset",
        ),
    ] {
        let error = production_refusal(&[(name, text)]);
        assert!(error.starts_with(expected), "{name}: {error}");
    }
    let gateway = (
        "KEYHOUSE_DELIVERY__SMS__URL",
        "https://gateway.example/send",
    );
    for (name, text, expected) in [
        (
            "KEYHOUSE_DELIVERY__SMS__BODY",
            "{\"to\": {to}}",
            "delivery.sms.body",
        ),
        (
            "KEYHOUSE_DELIVERY__SMS__CONTENT_TYPE",
            "text/plain",
            "delivery.sms.content_type",
        ),
        (
            "KEYHOUSE_DELIVERY__SMS__HEADERS",
            "{ \"a b\" = \"c\" }",
            "delivery.sms.headers.a b",
        ),
        (
            "KEYHOUSE_DELIVERY__SMS__HEADERS",
            "hunter2",
            "delivery.sms.headers",
        ),
        (
            "KEYHOUSE_DELIVERY__SMS__METHOD",
            "GET",
            "delivery.sms.method",
        ),
    ] {
        let error = production_refusal(&[gateway, (name, text)]);
        assert!(error.starts_with(expected), "{name}: {error}");
        assert!(!error.contains("hunter2"));
    }
}
