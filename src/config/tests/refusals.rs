//! What is refused, and how it is named.

use super::*;

#[test]
fn a_wrong_key_is_named_with_its_layer() {
    let cases: [(&str, &str, &str); 13] = [
        ("KEYHOUSE_SERVER__LISTN", "1", "server.listn (variable KEYHOUSE_SERVER__LISTN): there is no such key"),
        ("KEYHOUSE_SERVER_LISTEN", "1", "server_listen (variable KEYHOUSE_SERVER_LISTEN): there is no such key"),
        ("KEYHOUSE_CODES__TRIES", "many", "codes.tries (variable KEYHOUSE_CODES__TRIES): invalid type"),
        ("KEYHOUSE_CODES__TRIES", "0", "codes.tries (variable KEYHOUSE_CODES__TRIES): is 0, must be from 1 to 10"),
        ("KEYHOUSE_LOG__FORMAT", "xml", "log.format (variable KEYHOUSE_LOG__FORMAT): unknown variant"),
        ("KEYHOUSE_SERVER__TRUSTED_PROXIES", "lan", "server.trusted_proxies (variable"),
        ("KEYHOUSE_SERVER__TLS_KEY", "k.pem", "server.tls_certificate (built-in default): must be set"),
        ("KEYHOUSE_SERVER__LISTEN", "localhost:1", "server.listen (variable KEYHOUSE_SERVER__LISTEN): must be an IP"),
        ("KEYHOUSE_SESSIONS__DEVICE_COOKIE_DAYS", "7", "sessions.device_cookie_days (variable"),
        ("KEYHOUSE_KEYS__PUBLISH_SECONDS", "60", "keys.publish_seconds (variable"),
        ("KEYHOUSE_KEYS__RETIRED_SECONDS", "60", "keys.retired_seconds (variable"),
        ("KEYHOUSE_STORE__URL", "mysql://root:hunter2@x", "store.url (variable KEYHOUSE_STORE__URL): must be"),
        ("KEYHOUSE_PHONE__DEFAULT_REGION", "Austria", "phone.default_region (variable"),
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
        ("[secrets]\nmaster_key = 99887766", "secrets.master_key (file "),
        ("[delivery.sms.headers]\nAuthorization = 99887766", "delivery.sms.headers.Authorization (file "),
    ];
    for (index, (text, expected)) in cases.into_iter().enumerate() {
        let file = TempFile::new(&format!("wrong-{index}"), text);
        let env: [(String, String); 0] = [];
        let error = Config::load(Some(&file.0), env.into_iter(), true).unwrap_err().to_string();
        assert!(error.starts_with(expected), "{text}: {error}");
        assert!(!error.contains("99887766"), "{error}");
    }
    let file = TempFile::new("syntax", "[secrets]\n\nmaster_key = \"hunter2");
    let error = load_file(Some(&file.0), true, &[]).unwrap_err().to_string();
    assert!(error.contains(", line 3: ") && !error.contains("hunter2"), "{error}");
    let error = load_file(Some(Path::new("/nowhere/keyhouse.toml")), true, &[]).unwrap_err().to_string();
    assert!(error.contains("/nowhere/keyhouse.toml"), "{error}");
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
        assert!(error.contains("loopback") || error.contains("must be https"), "{error}");
    }
    for issuer in ["http://127.0.0.1:9", "http://[::1]:8080", "https://localhost:8443", "http://localhost"] {
        assert!(load(true, &[("KEYHOUSE_SERVER__ISSUER", issuer)]).is_ok(), "{issuer}");
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
        assert!(error.starts_with("server.issuer (variable"), "{issuer}: {error}");
    }
}

#[test]
fn production_reaches_people_and_captures_nothing() {
    let without = [("KEYHOUSE_SERVER__ISSUER", "https://a.example")];
    assert!(refusal(false, &without).starts_with("delivery.mail.host"));
    for (name, text, expected) in [
        ("KEYHOUSE_DEVELOPMENT__CAPTURED_FILE", "x", "development.captured_file"),
        ("KEYHOUSE_DEVELOPMENT__CLOCK_FILE", "x", "development.clock_file"),
        ("KEYHOUSE_DELIVERY__MAIL__TLS", "none", "delivery.mail.tls"),
        ("KEYHOUSE_DELIVERY__MAIL__FROM", "nobody", "delivery.mail.from"),
        ("KEYHOUSE_DELIVERY__MAIL__USERNAME", "u", "delivery.mail.password"),
        ("KEYHOUSE_DELIVERY__SMS__URL", "http://gateway.example", "delivery.sms.url"),
        ("KEYHOUSE_DELIVERY__SMS__URL", "https://u:p@gateway.example", "delivery.sms.url"),
        ("KEYHOUSE_DELIVERY__SMS__PRESET", "twilio", "delivery.sms.account"),
        ("KEYHOUSE_DELIVERY__SMS__PRESET", "other", "delivery.sms.preset"),
    ] {
        let error = production_refusal(&[(name, text)]);
        assert!(error.starts_with(expected), "{name}: {error}");
    }
    let gateway = ("KEYHOUSE_DELIVERY__SMS__URL", "https://gateway.example/send");
    for (name, text, expected) in [
        ("KEYHOUSE_DELIVERY__SMS__BODY", "{\"to\": {to}}", "delivery.sms.body"),
        ("KEYHOUSE_DELIVERY__SMS__CONTENT_TYPE", "text/plain", "delivery.sms.content_type"),
        ("KEYHOUSE_DELIVERY__SMS__HEADERS", "{ \"a b\" = \"c\" }", "delivery.sms.headers.a b"),
        ("KEYHOUSE_DELIVERY__SMS__HEADERS", "hunter2", "delivery.sms.headers"),
        ("KEYHOUSE_DELIVERY__SMS__METHOD", "GET", "delivery.sms.method"),
        ("KEYHOUSE_DELIVERY__SMS__STATUS_FIELD", "status", "delivery.sms.body"),
        (
            "KEYHOUSE_DELIVERY__SMS__BODY",
            r#"{"to": "{to}", "text": "{text}", "tell": "{status_url}"}"#,
            "delivery.sms.status_field",
        ),
    ] {
        let error = production_refusal(&[gateway, (name, text)]);
        assert!(error.starts_with(expected), "{name}: {error}");
        assert!(!error.contains("hunter2"));
    }
    let reports = [
        gateway,
        ("KEYHOUSE_DELIVERY__SMS__BODY", r#"{"to": "{to}", "text": "{text}", "tell": "{status_url}"}"#),
        ("KEYHOUSE_DELIVERY__SMS__STATUS_FIELD", "/status/name"),
        ("KEYHOUSE_DELIVERY__SMS__STATUS_DELIVERED", "arrived, done"),
    ];
    let config = load(false, &[&PRODUCTION[..], &reports].concat()).unwrap();
    let read = config.delivery.sms.unwrap().reports.unwrap();
    assert_eq!((read.field.as_str(), read.delivered), ("/status/name", vec!["arrived".to_owned(), "done".to_owned()]));
    let both = [&reports[..], &[("KEYHOUSE_DELIVERY__SMS__STATUS_FAILED", "lost,Done")]].concat();
    assert!(production_refusal(&both).starts_with("delivery.sms.status_failed"));
}

#[test]
fn an_issuer_of_assertions_is_whole_or_refused() {
    let good = "issuer = \"https://hr.example\", jwks_uri = \"https://hr.example/jwks\", subject = \"email\", scopes = [\"openid\"]";
    let refused = |issuers: &str| refusal(true, &[("KEYHOUSE_JWT_BEARER__ISSUERS", issuers)]);
    let file = TempFile::new("jwks", "{\"keys\": []}");
    let by_file =
        good.replace("jwks_uri = \"https://hr.example/jwks\"", &format!("jwks_file = \"{}\"", file.0.display()));
    for issuers in [
        format!("[{{ {good} }}, {{ {good} }}]"),
        format!("[{{ {} }}]", good.replace("https://hr.example\",", "\",")),
        format!("[{{ {} }}]", good.replace("\"https://hr.example\"", "\"http://localhost:8080\"")),
        format!("[{{ {} }}]", good.replace("https://hr.example/jwks", "http://hr.example/jwks")),
        format!("[{{ {} }}]", good.replace("https://hr.example/jwks", "")),
        format!("[{{ {good}, jwks_file = \"x\" }}]"),
        format!("[{{ {by_file} }}]"),
        format!("[{{ {} }}]", good.replace("[\"openid\"]", "[]")),
        format!("[{{ {} }}]", good.replace("openid", "a b")),
    ] {
        let error = refused(&issuers);
        assert!(error.starts_with("jwt_bearer.issuers (variable "), "{issuers}: {error}");
    }
    for issuers in ["https://hr.example".to_owned(), format!("[{{ {} }}]", good.replace("email", "nickname"))] {
        assert!(refused(&issuers).starts_with("jwt_bearer.issuers[0]"), "{issuers}");
    }
}

#[test]
fn certificates_need_a_way_in_and_a_name() {
    let tls = [("KEYHOUSE_SERVER__TLS_CERTIFICATE", "c.pem"), ("KEYHOUSE_SERVER__TLS_KEY", "k.pem")];
    let listen = ("KEYHOUSE_MTLS__LISTEN", "127.0.0.1:8443");
    let url = ("KEYHOUSE_MTLS__URL", "https://mtls.lantern.example");
    let proxy = ("KEYHOUSE_SERVER__TRUSTED_PROXIES", "10.0.0.0/8");
    let header = ("KEYHOUSE_MTLS__CLIENT_CERT_HEADER", "true");
    let anchors = ("KEYHOUSE_MTLS__TRUST_ANCHORS", "ca.pem");
    let cases: [(&str, Vec<(&str, &str)>); 11] = [
        ("mtls.listen", vec![listen, url]),
        ("mtls.listen", vec![tls[0], tls[1], ("KEYHOUSE_MTLS__LISTEN", "localhost:1"), url]),
        ("mtls.listen", vec![tls[0], tls[1], ("KEYHOUSE_MTLS__LISTEN", "127.0.0.1:8080"), url]),
        ("mtls.url", vec![tls[0], tls[1], listen]),
        ("mtls.url", vec![url]),
        ("mtls.url", vec![proxy, header, ("KEYHOUSE_MTLS__URL", "http://mtls.lantern.example")]),
        ("mtls.url", vec![proxy, header, ("KEYHOUSE_MTLS__URL", "https://mtls.lantern.example/")]),
        ("mtls.url", vec![proxy, header, ("KEYHOUSE_MTLS__URL", "mtls")]),
        ("mtls.url", vec![proxy, header, ("KEYHOUSE_MTLS__URL", "https://account.lantern.example")]),
        ("mtls.trust_anchors", vec![anchors]),
        ("mtls.client_cert_header", vec![header]),
    ];
    for (key, variables) in cases {
        let error = production_refusal(&variables);
        assert!(error.starts_with(key), "{variables:?}: {error}");
    }
    use crate::config::ClientCertificates::{Any, Never, Registered};
    for (certificates, variables) in [
        (Never, vec![]),
        (Registered, vec![tls[0], tls[1], listen, url]),
        (Registered, vec![proxy, header]),
        (Any, vec![proxy, header, anchors]),
    ] {
        let config = load(false, &[&PRODUCTION, variables.as_slice()].concat()).unwrap();
        assert_eq!(config.mtls.certificates(), certificates, "{variables:?}");
    }
}
