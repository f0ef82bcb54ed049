use secrecy::ExposeSecret;

use super::*;

const ONE: &str = "name = \"lantern\", label = \"Lantern ID\", issuer = \"https://id.lantern.example\", client_id = \"us\", \
                   client_secret = \"hunter2\"";

fn with(providers: &str) -> Result<Config, ConfigError> {
    load(true, &[("KEYHOUSE_UPSTREAM__PROVIDERS", providers)])
}

#[test]
fn a_provider_is_read_whole() {
    let more = "scopes = [\"email\", \"openid\"], authentication = \"client_secret_post\", algorithms = [\"ES256\"]";
    let config = with(&format!("[{{ {ONE}, {more}, two_factor_acr = [\"2\"] }}]")).unwrap();
    let own = config.upstream.provider("lantern").unwrap();
    assert_eq!((own.label.as_str(), own.client_secret.expose_secret()), ("Lantern ID", "hunter2"));
    assert_eq!((own.scopes.join(" "), own.proof), ("openid email".to_owned(), ClientProof::Post));
    assert_eq!((own.algorithms.join(" "), own.two_factor_acr.join(" ")), ("ES256".to_owned(), "2".to_owned()));
    assert!(config.upstream.of_issuer("https://id.lantern.example").is_some());
    assert!(config.upstream.of_issuer("https://id.lantern.example/").is_none());
    assert!(!format!("{:?}", config.upstream).contains("hunter2"));
    assert!(load(true, &[]).unwrap().upstream.providers.is_empty());
    let file = TempFile::new("upstream-secret", "from a file\n");
    let by_file = ONE.replace("client_secret = \"hunter2\"", &format!("client_secret_file = \"{}\"", file.name()));
    let config = with(&format!("[{{ {by_file} }}]")).unwrap();
    assert_eq!(config.upstream.providers[0].client_secret.expose_secret(), "from a file");
}

#[test]
fn a_provider_is_whole_or_refused_and_its_secret_is_never_said() {
    let other = ONE.replace("lantern\"", "other\"").replace("id.lantern", "id.other");
    for (providers, said) in [
        (format!("[{{ {ONE} }}, {{ {} }}]", other.replace("\"other\"", "\"lantern\"")), "there twice"),
        (format!("[{{ {ONE} }}, {{ {} }}]", other.replace("id.other", "id.lantern")), "there twice"),
        (format!("[{{ {} }}]", ONE.replace("\"lantern\"", "\"Lantern ID\"")), "a to z"),
        (format!("[{{ {} }}]", ONE.replace("\"lantern\"", "\"../x\"")), "a to z"),
        (format!("[{{ {} }}]", ONE.replace("\"Lantern ID\"", "\" \"")), "label"),
        (format!("[{{ {} }}]", ONE.replace("https://id", "http://id")), "issuer"),
        (format!("[{{ {} }}]", ONE.replace(".example", ".example?x")), "issuer"),
        (format!("[{{ {} }}]", ONE.replace("https://id.lantern.example", "http://localhost:8080")), "issuer"),
        (format!("[{{ {} }}]", ONE.replace("\"us\"", "\"\"")), "client_id"),
        (format!("[{{ {} }}]", ONE.replace("hunter2", "")), "client_secret"),
        (format!("[{{ {ONE}, client_secret_file = \"x\" }}]"), "both set"),
        (format!("[{{ {ONE}, algorithms = [\"none\"] }}]"), "algorithms"),
        (format!("[{{ {ONE}, scopes = [\"a b\"] }}]"), "scopes"),
        (format!("[{{ {ONE}, authentication = \"none\" }}]"), "unknown variant"),
        (format!("[{{ {ONE}, colour = \"red\" }}]"), "unknown field"),
        (format!("[{{ {} }}]", ONE.replace("\"hunter2\"", "[\"hunter2\"]")), "must be a string"),
        ("hunter2".to_owned(), "a list of tables"),
        ("[\"hunter2\"]".to_owned(), "a list of tables"),
    ] {
        let error = with(&providers).map(|_| ()).unwrap_err().to_string();
        assert!(error.starts_with("upstream.providers") && error.contains(said), "{providers}: {error}");
        assert!(!error.contains("hunter2"), "{error}");
    }
}
