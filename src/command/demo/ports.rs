//! The parts of the demonstration and where each listens.

use clap::Args;

use super::super::{Failure, refused};
use super::files::Folder;

/// One of the three apps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum App {
    /// Files.
    Cloud,
    /// Posts and replies.
    Community,
    /// Private notes.
    Notes,
}

impl App {
    /// All three, in the order of their ports.
    pub const ALL: &'static [Self] = &[Self::Cloud, Self::Community, Self::Notes];

    /// Its `client_id`, and its name in paths.
    pub fn slug(self) -> &'static str {
        match self {
            Self::Cloud => "cloud",
            Self::Community => "community",
            Self::Notes => "notes",
        }
    }

    /// The name people see.
    pub fn name(self) -> &'static str {
        match self {
            Self::Cloud => "Cloud",
            Self::Community => "Community",
            Self::Notes => "Notes",
        }
    }
}

/// The ports asked for; those left out are as they were, or the usual ones.
#[derive(Debug, Args)]
pub(super) struct Wanted {
    /// The issuer's port [default: 8080]
    #[arg(long)]
    port: Option<u16>,
    /// Cloud's port [default: 8081]
    #[arg(long, value_name = "PORT")]
    cloud_port: Option<u16>,
    /// Community's port [default: 8082]
    #[arg(long, value_name = "PORT")]
    community_port: Option<u16>,
    /// Notes' port [default: 8083]
    #[arg(long, value_name = "PORT")]
    notes_port: Option<u16>,
    /// The port of metrics and health [default: 9090]
    #[arg(long, value_name = "PORT")]
    management_port: Option<u16>,
}

/// The ports of one demonstration. They stand in registered addresses, so they stay what they were.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ports {
    /// The issuer.
    pub issuer: u16,
    /// Metrics and health.
    pub management: u16,
    /// Cloud.
    pub cloud: u16,
    /// Community.
    pub community: u16,
    /// Notes.
    pub notes: u16,
}

const USUAL: Ports = Ports { issuer: 8080, management: 9090, cloud: 8081, community: 8082, notes: 8083 };

impl Wanted {
    /// The ports of the folder where it has some, else those asked for.
    pub fn agree_with(&self, folder: &Folder) -> Result<Ports, Failure> {
        let found = folder.ports()?;
        let known = found.unwrap_or(USUAL);
        let ports = Ports {
            issuer: self.port.unwrap_or(known.issuer),
            management: self.management_port.unwrap_or(known.management),
            cloud: self.cloud_port.unwrap_or(known.cloud),
            community: self.community_port.unwrap_or(known.community),
            notes: self.notes_port.unwrap_or(known.notes),
        };
        if found.is_some_and(|found| found != ports) {
            let path = folder.path().display();
            return Err(refused(format!("{path} was made for other ports: leave them out, or use another folder")));
        }
        Ok(ports)
    }
}

impl Ports {
    /// Another host than the apps', so that cookies never mix.
    pub fn issuer(&self) -> String {
        format!("http://localhost:{}", self.issuer)
    }

    /// Where an app listens.
    pub fn listen(&self, app: App) -> String {
        let port = match app {
            App::Cloud => self.cloud,
            App::Community => self.community,
            App::Notes => self.notes,
        };
        format!("127.0.0.1:{port}")
    }

    /// An app's origin.
    pub fn public_url(&self, app: App) -> String {
        format!("http://{}", self.listen(app))
    }

    /// The identifier of cloud's API (RFC 8707), which is also where it is.
    pub fn cloud_api(&self) -> String {
        format!("{}/api", self.public_url(App::Cloud))
    }

    /// Metrics and health.
    pub fn management_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.management)
    }
}
