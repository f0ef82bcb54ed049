//! The configuration: as written in TOML, then as checked. Start-up fails with the name of the wrong key.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use openidconnect::{ClientId, ClientSecret, IssuerUrl};
use serde::Deserialize;
use url::Url;

use crate::error::Fault;

/// Which of the three apps this process is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AppKind {
    /// Files.
    Cloud,
    /// Posts and replies.
    Community,
    /// Private notes.
    Notes,
}

impl AppKind {
    /// The app's name in cookies, paths and templates.
    pub fn slug(self) -> &'static str {
        match self {
            Self::Cloud => "cloud",
            Self::Community => "community",
            Self::Notes => "notes",
        }
    }
}

/// What one app alone needs to know.
#[derive(Clone, Debug)]
pub enum Purpose {
    /// cloud is a resource server too.
    Cloud {
        /// Its resource identifier (RFC 8707): what an access token for its API has in `aud`, byte for byte.
        resource: String,
    },
    /// community calls nobody and serves nobody.
    Community,
    /// notes calls cloud's API.
    Notes {
        /// Where cloud's API is.
        cloud_api: Url,
        /// What it is called in `resource` parameters (RFC 8707), byte for byte.
        cloud_resource: String,
    },
}

/// Another app in the row of links.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Link {
    /// As people know it.
    pub name: String,
    /// Its first page.
    pub url: String,
}

/// The configuration as true.
#[derive(Clone, Debug)]
pub struct Config {
    /// Which app.
    pub kind: AppKind,
    /// What only this app needs.
    pub purpose: Purpose,
    /// Where to listen.
    pub listen: SocketAddr,
    /// The origin under which people reach the app, without a slash at the end.
    pub public_url: String,
    /// Keyhouse, exactly as it calls itself.
    pub issuer: IssuerUrl,
    /// The origin of the issuer, for `form-action` in the content security policy.
    pub issuer_origin: String,
    /// As registered at the issuer.
    pub client_id: ClientId,
    /// As registered at the issuer. Its `Debug` is redacted.
    pub client_secret: ClientSecret,
    /// The app's own SQLite file.
    pub database: PathBuf,
    /// The app's name as people know it.
    pub name: String,
    /// The other apps.
    pub links: Vec<Link>,
}

/// The configuration as written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    listen: SocketAddr,
    public_url: String,
    issuer: String,
    client_id: ClientId,
    client_secret: ClientSecret,
    database: PathBuf,
    name: String,
    resource: Option<String>,
    cloud_api: Option<String>,
    cloud_resource: Option<String>,
    #[serde(default)]
    links: Vec<Link>,
}

impl Config {
    /// Reads and checks a file.
    ///
    /// # Errors
    /// When the file cannot be read, is not TOML, has an unknown key or a value that cannot be true.
    pub fn read(kind: AppKind, path: &Path) -> Result<Self, Fault> {
        let text = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
        warn_if_others_can_read(path);
        Self::parse(kind, &text).map_err(|error| format!("{}: {error}", path.display()).into())
    }

    /// Checks the text of a configuration file.
    ///
    /// # Errors
    /// As [`Config::read`].
    pub fn parse(kind: AppKind, text: &str) -> Result<Self, Fault> {
        // Only the parser's message is passed on: its full text quotes the line, which may hold the secret.
        let written: Written = toml::from_str(text).map_err(|error| error.message().to_owned())?;
        let public = origin("public_url", &written.public_url)?;
        let issuer_origin = web_url("issuer", &written.issuer)?.origin().ascii_serialization();
        if written.client_secret.secret().is_empty() {
            return Err("client_secret: is empty".into());
        }
        Ok(Self {
            kind,
            purpose: purpose(kind, &written)?,
            listen: written.listen,
            public_url: public,
            issuer: IssuerUrl::new(written.issuer).map_err(|error| format!("issuer: {error}"))?,
            issuer_origin,
            client_id: written.client_id,
            client_secret: written.client_secret,
            database: written.database,
            name: written.name,
            links: written.links,
        })
    }

    /// An absolute URL of this app.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.public_url)
    }

    /// Whether people reach the app over TLS, so that cookies may be marked `Secure`.
    pub fn is_https(&self) -> bool {
        self.public_url.starts_with("https://")
    }
}

fn purpose(kind: AppKind, written: &Written) -> Result<Purpose, Fault> {
    let refuse = |key: &str, value: &Option<String>| match value {
        Some(_) => Err(format!("{key}: {} has no use for it", kind.slug())),
        None => Ok(()),
    };
    if kind != AppKind::Cloud {
        refuse("resource", &written.resource)?;
    }
    if kind != AppKind::Notes {
        refuse("cloud_api", &written.cloud_api)?;
        refuse("cloud_resource", &written.cloud_resource)?;
    }
    match kind {
        AppKind::Cloud => {
            let resource = required("resource", &written.resource)?;
            // The API is served at `/api`, and the identifier is where it is.
            if web_url("resource", resource)?.path() != "/api" {
                return Err("resource: must end in /api".into());
            }
            Ok(Purpose::Cloud { resource: resource.to_owned() })
        }
        AppKind::Community => Ok(Purpose::Community),
        AppKind::Notes => Ok(Purpose::Notes {
            cloud_api: web_url("cloud_api", required("cloud_api", &written.cloud_api)?)?,
            cloud_resource: required("cloud_resource", &written.cloud_resource)?.to_owned(),
        }),
    }
}

fn required<'a>(key: &str, value: &'a Option<String>) -> Result<&'a str, Fault> {
    value.as_deref().ok_or_else(|| format!("{key}: is missing").into())
}

fn web_url(key: &str, value: &str) -> Result<Url, Fault> {
    let url = Url::parse(value).map_err(|error| format!("{key}: {error}"))?;
    if !matches!(url.scheme(), "http" | "https") || url.query().is_some() || url.fragment().is_some() {
        return Err(format!("{key}: must be an http or https URL without query and fragment").into());
    }
    Ok(url)
}

fn origin(key: &str, value: &str) -> Result<String, Fault> {
    let url = web_url(key, value)?;
    if url.path() != "/" {
        return Err(format!("{key}: must have no path").into());
    }
    Ok(url.origin().ascii_serialization())
}

#[cfg(unix)]
fn warn_if_others_can_read(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    if fs::metadata(path).is_ok_and(|metadata| metadata.permissions().mode() & 0o077 != 0) {
        tracing::warn!(file = %path.display(), "other users of this machine can read the client secret: set mode 0600");
    }
}

#[cfg(not(unix))]
fn warn_if_others_can_read(_path: &Path) {}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"
        listen = "127.0.0.1:8083"
        public_url = "http://127.0.0.1:8083"
        issuer = "http://localhost:8080"
        client_id = "notes"
        client_secret = "keep-me-quiet"
        database = "notes.sqlite"
        name = "Notes"
        cloud_api = "http://127.0.0.1:8081/api"
        cloud_resource = "http://127.0.0.1:8081/api"
    "#;

    fn failure(kind: AppKind, text: &str) -> String {
        Config::parse(kind, text).unwrap_err().to_string()
    }

    #[test]
    fn reads_what_the_demo_writes() {
        let config = Config::parse(AppKind::Notes, GOOD).unwrap();
        assert_eq!(config.url("/callback"), "http://127.0.0.1:8083/callback");
        assert_eq!(config.issuer.as_str(), "http://localhost:8080");
        assert!(matches!(config.purpose, Purpose::Notes { .. }));
        assert!(!format!("{config:?}").contains("keep-me-quiet"));
    }

    #[test]
    fn names_the_wrong_key_and_never_the_secret() {
        let unknown = failure(AppKind::Notes, &GOOD.replace("client_secret", "client_secert"));
        assert!(unknown.contains("client_secert") && !unknown.contains("keep-me-quiet"), "{unknown}");
        assert!(failure(AppKind::Community, GOOD).starts_with("cloud_api: "));
        assert!(failure(AppKind::Cloud, GOOD).starts_with("cloud_api: "));
        let path = GOOD.replace("\"http://127.0.0.1:8083\"", "\"http://127.0.0.1:8083/notes\"");
        assert!(failure(AppKind::Notes, &path).starts_with("public_url: "));
    }
}
