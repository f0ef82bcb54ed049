//! A running Keyhouse for a test: the real HTTP service on a loopback port, on a database of its own, with a clock that
//! the test moves. Nothing is left behind.

pub mod browser;
pub mod certificates;
pub mod command;
pub mod database;
pub mod dpop;
pub mod files;
pub mod flows;
pub mod jose;
pub mod places;
pub mod plans;
pub mod process;
pub mod provider;
pub mod publisher;
pub mod raw;
pub mod receiver;
pub mod scene;
mod seed;
pub mod signer;
pub mod smtp;

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use keyhouse::app::AppState;
use keyhouse::clock::{Clock, Timestamp};
use keyhouse::config::Config;
use keyhouse::delivery::{CapturedMessage, MessageKind};
use keyhouse::notice;
use keyhouse::security::random;
use keyhouse::server::{self, Listeners, StartError};
use keyhouse::store::clients::{self, AccessTokenFormat, ApplicationType, AuthMethod, Client};
use keyhouse::store::columns::Words;
use keyhouse::store::notices::NOTICE;
use keyhouse::store::outbox;
use keyhouse::store::resources::{self, Resource};
use tokio::sync::oneshot;

use database::Database;

/// The redirect URI of the clients that tests register.
pub const CALLBACK: &str = "http://127.0.0.1:9/callback";

/// When every test begins.
pub const START: Timestamp = Timestamp::from_seconds(1_800_000_000);

const ISSUER: &str = "KEYHOUSE_SERVER__ISSUER";

/// What a server finds when it starts.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Store {
    /// Where the store is new, what its first start would have made.
    Seeded,
    /// What is there, or nothing.
    AsItIs,
}

/// Settings as variables of the environment.
type Settings = Vec<(String, String)>;

/// A running server. It stops, and its database goes, when this is dropped.
pub struct Site {
    /// `http://127.0.0.1:port`: issuer and base of every address.
    pub base: String,
    /// Where it asks for certificates, where `mtls.listen` is among its settings.
    pub mutual_tls: Option<String>,
    /// The server's own state: its store and its clock are the test's to use.
    pub app: AppState,
    /// Where everything is kept.
    pub database: Database,
    settings: Settings,
    stop: Option<oneshot::Sender<()>>,
    server: Option<std::thread::JoinHandle<()>>,
}

impl Site {
    /// Starts a server with the settings that all tests share.
    pub async fn start(database: Database) -> Self {
        Self::with(database, &[]).await
    }

    /// Starts one with more settings: `("KEYHOUSE_CODES__TRIES", "3")`.
    pub async fn with(database: Database, settings: &[(&str, &str)]) -> Self {
        Self::at(database, settings, START).await
    }

    /// Starts one whose clock begins at `now`.
    pub async fn at(database: Database, settings: &[(&str, &str)], now: Timestamp) -> Self {
        let settings = all_settings(&database, settings);
        Self::boot(database, settings, now, Store::Seeded).await.unwrap()
    }

    /// Starts another node of this server: the same database, keys and issuer, and the same time, on a port of its own.
    pub async fn node(&self) -> Self {
        self.node_with(&[]).await.unwrap()
    }

    /// Starts another node with more settings. `Err` where it refuses to start.
    pub async fn node_with(&self, settings: &[(&str, &str)]) -> Result<Self, StartError> {
        let mut all = self.settings.clone();
        change(&mut all, settings);
        Self::boot(self.database.clone(), all, self.now(), Store::AsItIs).await
    }

    /// Starts several nodes on an empty database at the same moment.
    pub async fn start_together(database: Database, nodes: usize) -> Vec<Self> {
        let settings = all_settings(&database, &[(ISSUER, "http://127.0.0.1:1")]);
        let starting = (0..nodes).map(|_| Self::boot(database.clone(), settings.clone(), START, Store::AsItIs));
        futures_util::future::join_all(starting).await.into_iter().map(Result::unwrap).collect()
    }

    /// Stops the server and starts it again on the same database.
    pub async fn restarted(self) -> Self {
        self.restarted_with(&[]).await
    }

    /// The same, with other settings.
    pub async fn restarted_with(self, settings: &[(&str, &str)]) -> Self {
        let (database, now, mut all) = (self.database.clone(), self.now(), self.settings.clone());
        change(&mut all, settings);
        drop(self);
        Self::boot(database, all, now, Store::AsItIs).await.unwrap()
    }

    async fn boot(
        database: Database,
        mut settings: Settings,
        now: Timestamp,
        store: Store,
    ) -> Result<Self, StartError> {
        plans::record();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let has = |name: &str| settings.iter().any(|(own, _)| own == name);
        let scheme = if has("KEYHOUSE_SERVER__TLS_KEY") { "https" } else { "http" };
        let base = format!("{scheme}://{address}");
        let second = has("KEYHOUSE_MTLS__LISTEN").then(|| TcpListener::bind("127.0.0.1:0").unwrap());
        let second_address = second.as_ref().map(|listener| listener.local_addr().unwrap().to_string());
        change(&mut settings, &[("KEYHOUSE_SERVER__LISTEN", &address)]);
        if let Some(address) = &second_address {
            change(&mut settings, &[("KEYHOUSE_MTLS__LISTEN", address)]);
        }
        if !settings.iter().any(|(name, _)| name == ISSUER) {
            change(&mut settings, &[(ISSUER, &base)]);
        }
        let config = Arc::new(Config::load(None, settings.clone().into_iter(), true).unwrap());
        if store == Store::Seeded {
            let (own, place) = (Arc::clone(&config), seed::place());
            tokio::task::spawn_blocking(move || seed::fill(&own, place, now)).await.unwrap();
        }
        let clock = Clock::fixed(now);
        let (stop, stopped) = oneshot::channel();
        let (ready, state) = oneshot::channel();
        let server = std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                let state = match server::state(config, clock).await {
                    Ok(state) => state,
                    Err(refusal) => return assert!(ready.send(Err(refusal)).is_ok()),
                };
                assert!(ready.send(Ok(state.clone())).is_ok());
                let stop = async { stopped.await.unwrap_or(()) };
                server::serve(state, Listeners { everybody: listener, mutual_tls: second }, stop).await.unwrap();
            });
        });
        let app = state.await.unwrap()?;
        let mutual_tls = second_address.map(|address| format!("https://{address}"));
        Ok(Self { base, mutual_tls, app, database, settings, stop: Some(stop), server: Some(server) })
    }

    /// Its settings as variables, for a command of the binary beside it.
    pub fn settings(&self) -> &[(String, String)] {
        &self.settings
    }

    /// Moves the clock on.
    pub fn advance(&self, time: Duration) {
        self.app.clock.advance(time);
    }

    /// What the server believes the time is.
    pub fn now(&self) -> Timestamp {
        self.app.clock.now()
    }

    /// The messages sent so far, newest first.
    pub fn messages(&self) -> Vec<CapturedMessage> {
        self.app.delivery.captured().unwrap().messages()
    }

    /// The newest code sent to an address.
    pub fn code_to(&self, to: &str) -> String {
        let messages = self.messages();
        let message = messages.iter().find(|message| message.to == to && message.kind == MessageKind::Code);
        let message = message.unwrap_or_else(|| panic!("no code was sent to {to}"));
        message
            .text
            .split(|c: char| !c.is_ascii_digit())
            .find(|word| word.len() == 6)
            .unwrap_or_else(|| panic!("no code in a message to {to}"))
            .to_owned()
    }

    /// Sends the notices that are due, and gives those to an address so far, newest first.
    pub async fn notices_to(&self, to: &str) -> Vec<CapturedMessage> {
        // The server sends by itself too: what it has taken is on its way.
        let later = self.now().plus(Duration::from_secs(3600));
        eventually("every notice", async || {
            notice::send_due(&self.app).await.unwrap();
            let left = self.app.store.read(move |c| outbox::due(c, NOTICE, later, 1)).await.unwrap();
            left.is_empty()
        })
        .await;
        let mut messages = self.messages();
        messages.retain(|message| message.to == to && message.kind == MessageKind::Notice);
        messages
    }

    /// Registers a resource (RFC 8707) with its scopes.
    pub async fn resource(&self, identifier: &str, scopes: &[&str]) {
        let words = scopes.iter().map(|scope| (*scope, serde_json::json!({"en": format!("Use {scope}")})));
        let resource = Resource {
            identifier: identifier.to_owned(),
            name: "Lantern Cloud".to_owned(),
            scopes: serde_json::to_string(&words.collect::<BTreeMap<_, _>>()).unwrap(),
            access_token_format: AccessTokenFormat::Jwt,
            client_id: None,
            created_at: self.now(),
        };
        self.app.store.write(move |connection| resources::insert(connection, &resource)).await.unwrap();
    }

    /// Registers a client; gives its secret too, where it has one.
    pub async fn client(&self, change: impl FnOnce(&mut Client)) -> RegisteredClient {
        let secret = random::secret();
        let mut client = Client {
            metadata: Default::default(),
            client_id: random::identifier(),
            name: "Lantern Notes".to_owned(),
            maker: Some("Lantern".to_owned()),
            secret_digest: Some(random::sha256(&secret)),
            token_endpoint_auth_method: AuthMethod::ClientSecretBasic,
            application_type: ApplicationType::Web,
            first_party: true,
            verified: true,
            redirect_uris: Words::parse(CALLBACK),
            post_logout_redirect_uris: Words::parse("http://127.0.0.1:9/signed-out"),
            grant_types: Words::parse("authorization_code refresh_token client_credentials"),
            scopes: Words::parse("openid profile email phone offline_access"),
            resources: Words::default(),
            backchannel_logout_uri: None,
            id_token_signed_response_alg: "RS256".to_owned(),
            access_token_format: AccessTokenFormat::Jwt,
            always_refresh: false,
            pkce_optional: false,
            logo_digest: None,
            client_uri: None,
            policy_uri: None,
            tos_uri: None,
            created_at: self.now(),
        };
        change(&mut client);
        if client.token_endpoint_auth_method == AuthMethod::None {
            client.secret_digest = None;
        }
        let row = client.clone();
        self.app.store.write(move |connection| clients::insert(connection, &row)).await.unwrap();
        RegisteredClient { client, secret }
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if let Some(server) = self.server.take() {
            let _ = server.join();
        }
        // What it ran goes through no table: whichever test met the statement first says so.
        if !std::thread::panicking() {
            let faults = plans::faults();
            assert!(faults.is_empty(), "statements that go through a table:\n{}", faults.join("\n"));
        }
    }
}

/// Waits until something that the server does by itself has come about; panics where it does not.
pub async fn eventually(what: &str, mut has_come: impl AsyncFnMut() -> bool) {
    let waiting = async {
        while !has_come().await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), waiting).await.unwrap_or_else(|_| panic!("never came: {what}"));
}

/// A client and its secret.
#[derive(Clone)]
pub struct RegisteredClient {
    /// As registered.
    pub client: Client,
    /// What proves it.
    pub secret: String,
}

impl RegisteredClient {
    /// Its identifier.
    pub fn id(&self) -> &str {
        &self.client.client_id
    }
}

fn all_settings(database: &Database, more: &[(&str, &str)]) -> Settings {
    let mut all = vec![
        ("KEYHOUSE_SERVER__MANAGEMENT_LISTEN".to_owned(), String::new()),
        ("KEYHOUSE_SERVER__WORKERS".to_owned(), "1".to_owned()),
        ("KEYHOUSE_SERVER__SHUTDOWN_SECONDS".to_owned(), "1".to_owned()),
        ("KEYHOUSE_STORE__URL".to_owned(), database.url()),
        ("KEYHOUSE_STORE__POSTGRES_CONNECTIONS".to_owned(), "4".to_owned()),
        ("KEYHOUSE_SECRETS__MASTER_KEY".to_owned(), random::secret()),
        ("KEYHOUSE_PASSWORDS__MEMORY_KIB".to_owned(), "8192".to_owned()),
        ("KEYHOUSE_PASSWORDS__ITERATIONS".to_owned(), "1".to_owned()),
        ("KEYHOUSE_PASSWORDS__THREADS".to_owned(), "1".to_owned()),
        ("KEYHOUSE_BRAND__TERMS_URL".to_owned(), "https://lantern.example/terms".to_owned()),
        ("KEYHOUSE_BRAND__TERMS_VERSION".to_owned(), "2026-11".to_owned()),
    ];
    change(&mut all, more);
    all
}

fn change(settings: &mut Settings, to: &[(&str, &str)]) {
    for (name, value) in to {
        settings.retain(|(own, _)| own != name);
        settings.push(((*name).to_owned(), (*value).to_owned()));
    }
}

/// Writes a test for both databases: `both! { async fn name(database) { … } }`. The PostgreSQL half runs where
/// `KEYHOUSE_TEST_POSTGRES` names a cluster, which `make test` sees to, and says so where it does not.
#[macro_export]
macro_rules! both {
    ($($(#[$meta:meta])* async fn $name:ident($database:ident) $body:block)+) => { $(
        mod $name {
            #[allow(unused_imports)]
            use super::*;

            async fn run($database: $crate::harness::database::Database) $body

            $(#[$meta])*
            #[tokio::test]
            async fn sqlite() {
                run($crate::harness::database::Database::sqlite()).await;
            }

            $(#[$meta])*
            #[tokio::test]
            async fn postgres() {
                if let Some(database) = $crate::harness::database::Database::postgres().await {
                    run(database).await;
                }
            }
        }
    )+ };
}
