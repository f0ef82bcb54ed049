//! What every page of the running app can reach.

use crate::config::{AppKind, Config};
use crate::database::Database;
use crate::error::Fault;
use crate::rp::http::HttpClient;
use crate::rp::provider::Provider;
use crate::rp::tokens::RefreshLocks;
use crate::{cloud, community, notes, purge, rp};

/// The running app.
pub struct AppState {
    /// As checked at start.
    pub config: Config,
    /// The app's own file.
    pub database: Database,
    /// For calls to the issuer and, in notes, to cloud.
    pub http: HttpClient,
    /// The issuer.
    pub provider: Provider,
    /// One refresh at a time per session.
    pub refreshing: RefreshLocks,
}

impl AppState {
    /// Opens the database and gets ready to talk to the issuer, which need not be there yet.
    ///
    /// # Errors
    /// When the database or the HTTP client cannot be set up.
    pub fn open(config: Config) -> Result<Self, Fault> {
        let own = match config.kind {
            AppKind::Cloud => cloud::store::TABLES,
            AppKind::Community => community::store::TABLES,
            AppKind::Notes => notes::store::TABLES,
        };
        let database = Database::open(&config.database, &[rp::store::TABLES, purge::TABLES, own])?;
        let http = HttpClient::new()?;
        let provider = Provider::new(&config, http.clone())?;
        Ok(Self { config, database, http, provider, refreshing: RefreshLocks::default() })
    }
}
