//! The files of the demonstration. All that hold secrets are made for their owner's eyes only; none is overwritten.

use serde::{Deserialize, Serialize};
use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{ErrorKind, Write};
use std::net::SocketAddr;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use super::super::{Failure, at_file, refused};
use super::ports::{App, Ports};
use crate::config::MasterKey;
use crate::security::random;

/// The version of the terms that the two people have accepted.
pub(super) const TERMS_VERSION: &str = "2026-11";

/// The folder, by its whole path, since the configurations in it are used from anywhere.
pub(super) struct Folder(PathBuf);

impl Folder {
    /// Finds or makes the folder.
    pub fn open(path: &Path) -> Result<Self, Failure> {
        DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(at_file(path))?;
        let whole = path.canonicalize().map_err(at_file(path))?;
        if whole.to_str().is_none_or(|path| path.contains(['\'', '\n'])) {
            return Err(refused("the folder's path must be UTF-8 without quotes: it stands in configuration files"));
        }
        Ok(Self(whole))
    }

    /// Its whole path.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The server's configuration.
    pub fn keyhouse_toml(&self) -> PathBuf {
        self.0.join("keyhouse.toml")
    }

    /// An app's configuration.
    pub fn app_toml(&self, app: App) -> PathBuf {
        self.0.join(format!("{}.toml", app.slug()))
    }

    /// The people and their passwords.
    pub fn accounts_json(&self) -> PathBuf {
        self.0.join("accounts.json")
    }

    /// The ports this folder was made for, where it was.
    pub fn ports(&self) -> Result<Option<Ports>, Failure> {
        let Some(server) = self.read_toml::<ServerFile>(&self.keyhouse_toml())? else { return Ok(None) };
        let port = |app| Ok::<_, Failure>(self.read_app(app)?.map(|file| file.listen.port()));
        let (Some(cloud), Some(community), Some(notes)) = (port(App::Cloud)?, port(App::Community)?, port(App::Notes)?)
        else {
            return Err(refused(format!("{} is half made: remove it and start again", self.0.display())));
        };
        let (issuer, management) = (server.server.listen.port(), server.server.management_listen.port());
        Ok(Some(Ports { issuer, management, cloud, community, notes }))
    }

    /// Writes what is missing. The server's file comes last: where it is, the others are.
    pub fn configure(&self, ports: &Ports) -> Result<(), Failure> {
        let master_key = self.0.join("master.key");
        match MasterKey::make_file(&master_key, random::bytes()) {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(at_file(&master_key)(error)),
            _ => {}
        }
        for app in App::ALL {
            self.make(&self.app_toml(*app), &self.app_file(*app, ports)?)?;
        }
        self.make(&self.keyhouse_toml(), &self.server_file(ports))
    }

    /// The secret of an app, as its configuration has it.
    pub fn client_secret(&self, app: App) -> Result<String, Failure> {
        let missing = || refused(format!("{} is missing", self.app_toml(app).display()));
        Ok(self.read_app(app)?.ok_or_else(missing)?.client_secret)
    }

    /// Writes a file that only its owner can read, unless it is there.
    pub fn make(&self, path: &Path, text: &str) -> Result<(), Failure> {
        if path.exists() {
            return Ok(());
        }
        // Under another name first: whatever stops us, a file of this name is whole.
        let unfinished = path.with_extension("unfinished");
        let mut file = OpenOptions::new();
        let file = file.write(true).create(true).truncate(true).mode(0o600).open(&unfinished);
        let written = file.and_then(|mut file| file.write_all(text.as_bytes()).and_then(|()| file.sync_all()));
        written.and_then(|()| fs::rename(&unfinished, path)).map_err(at_file(path))
    }

    fn read_app(&self, app: App) -> Result<Option<AppFile>, Failure> {
        self.read_toml(&self.app_toml(app))
    }

    fn read_toml<T: serde::de::DeserializeOwned>(&self, path: &Path) -> Result<Option<T>, Failure> {
        let text = match fs::read_to_string(path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            read => read.map_err(at_file(path))?,
        };
        // The parser's whole message quotes the line, which may hold a secret.
        toml::from_str(&text)
            .map(Some)
            .map_err(|error| refused(format!("{}: {}", path.display(), toml::de::Error::message(&error))))
    }

    fn app_file(&self, app: App, ports: &Ports) -> Result<String, Failure> {
        let links = App::ALL
            .iter()
            .filter(|other| **other != app)
            .map(|other| Link { name: other.name().to_owned(), url: ports.public_url(*other) })
            .collect();
        let is = |one: App| (app == one).then(|| ports.cloud_api());
        let file = AppFile {
            listen: ports.listen(app).parse().map_err(|_| refused("an app's address is not one"))?,
            public_url: ports.public_url(app),
            issuer: ports.issuer(),
            client_id: app.slug().to_owned(),
            client_secret: random::secret(),
            database: self.0.join(format!("{}.sqlite", app.slug())),
            name: app.name().to_owned(),
            resource: is(App::Cloud),
            cloud_api: is(App::Notes),
            cloud_resource: is(App::Notes),
            links,
        };
        toml::to_string(&file).map_err(|error| refused(error.to_string()))
    }

    fn server_file(&self, ports: &Ports) -> String {
        let at = |name: &str| self.0.join(name).display().to_string();
        format!(
            "# The demonstration's server: keyhouse serve --dev --config FILE. Every key: config/default.toml.\n\n\
             [server]\n\
             issuer = \"{issuer}\"\n\
             listen = \"127.0.0.1:{port}\"\n\
             management_listen = \"127.0.0.1:{management}\"\n\n\
             [store]\n\
             url = 'sqlite:{store}'\n\n\
             [secrets]\n\
             master_key_file = '{master_key}'\n\n\
             [brand]\n\
             name = \"Lantern\"\n\
             support = \"help@lantern.example\"\n\
             terms_version = \"{TERMS_VERSION}\"\n\n\
             [phone]\n\
             default_region = \"AT\"\n\n\
             [development]\n\
             captured_file = '{mailbox}'\n",
            issuer = ports.issuer(),
            port = ports.issuer,
            management = ports.management,
            store = at("keyhouse.sqlite"),
            master_key = at("master.key"),
            mailbox = at("mailbox.jsonl"),
        )
    }
}

/// What we read back of the server's configuration.
#[derive(Deserialize)]
struct ServerFile {
    server: ServerSection,
}

#[derive(Deserialize)]
struct ServerSection {
    listen: SocketAddr,
    management_listen: SocketAddr,
}

/// An app's configuration, as the app reads it.
#[derive(Serialize, Deserialize)]
struct AppFile {
    listen: SocketAddr,
    public_url: String,
    issuer: String,
    client_id: String,
    client_secret: String,
    database: PathBuf,
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    resource: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cloud_api: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cloud_resource: Option<String>,
    #[serde(default)]
    links: Vec<Link>,
}

#[derive(Serialize, Deserialize)]
struct Link {
    name: String,
    url: String,
}
