//! The HTTP service: middleware order, each slice's routes, and the tasks that run beside it. One function builds the
//! app, for serving and for tests.

use actix_web::middleware::from_fn;
use actix_web::{App, HttpResponse, HttpServer, web};
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use crate::app::{AppState, Beside};
use crate::brand::Brand;
use crate::brand::files::BrandFiles;
use crate::breached::Breached;
use crate::clock::{Clock, Stopwatch};
use crate::config::Config;
use crate::delivery::{Delivery, Fates, StatusUrls};
use crate::language::Language;
use crate::oauth::discovery::Document;
use crate::outbound::Outbound;
use crate::picture::Darkroom;
use crate::place::Places;
use crate::security::derived_keys::DerivedKeys;
use crate::security::keyring::{self, Keyring, KeyringError, Overlap};
use crate::security::password_pool::PasswordPool;
use crate::security::relying_party::RelyingParty;
use crate::security::upstream::Upstreams;
use crate::store::{Store, expiry, migrate};
use crate::tls::Certificates;
use crate::tls::mutual::{self, ClientAuthorities};
use crate::web::request_log::{TrustedProxies, log_requests};
use crate::web::{error_pages, head, headers, site, urls};
use crate::{account, change, delivery_receipts, dev_mailbox, export, notice, oauth, session, signin, signup};

/// How long what is done beside answers may take once the last is given: one write.
const AFTER_ANSWERS: Duration = Duration::from_secs(2);

/// Why the server did not start or broke off: one sentence for the operator.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct StartError(pub String);

/// Turns any cause into a sentence that says what could not be done.
pub fn cannot<E: std::fmt::Display>(what: &'static str) -> impl Fn(E) -> StartError {
    move |error| StartError(format!("cannot {what}: {error}"))
}

/// Opens everything a handler needs: the store with its tables up to date, keys, delivery.
pub async fn state(config: Arc<Config>, clock: Clock) -> Result<AppState, StartError> {
    let store = Store::open(&config.store).map_err(cannot("open the store"))?;
    let opened = store.clone();
    let ran = tokio::task::spawn_blocking(move || migrate::up(&opened))
        .await
        .map_err(cannot("migrate the store"))?
        .map_err(cannot("migrate the store"))?;
    for migration in ran {
        tracing::info!(migration, "migrated");
    }
    let derived = Arc::new(DerivedKeys::from_master(&config.master_key).map_err(cannot("use the master key"))?);
    let keyring = Keyring::open(&store, &derived, clock.now()).await.map_err(cannot("open the signing keys"))?;
    let backchannel = &config.backchannel;
    let fates = Fates { store: store.clone(), clock: clock.clone() };
    let base = format!("{}{}", config.server.issuer, urls::SMS_STATUS);
    let status_urls = StatusUrls { base, derived: Arc::clone(&derived) };
    let brand_files =
        BrandFiles::read(&config.brand, &config.upstream).map_err(cannot("use the brand's logo and colours"))?;
    Ok(AppState {
        brand: Arc::new(brand(&config, &brand_files)),
        default_language: Language::matching(&config.default_language.to_string()).unwrap_or_default(),
        brand_files: Arc::new(brand_files),
        passwords: PasswordPool::start(&config.passwords).map_err(cannot("start password hashing"))?,
        breached: Breached::open(&config.breached).map_err(cannot("look up breached passwords"))?,
        delivery: Delivery::start(&config, fates, status_urls).map_err(cannot("set up delivery"))?,
        outbound: Outbound::new(backchannel.timeout, backchannel.private_addresses)
            .map_err(cannot("set up calls to clients"))?,
        client_keys: Arc::default(),
        request_objects: Arc::default(),
        darkroom: Darkroom::default(),
        places: Places::load(config.account.places_file.as_deref()).map_err(cannot("use the file of places"))?,
        client_authorities: authorities(&config)?,
        relying_party: RelyingParty::of(&config.server.issuer, &config.brand.name)
            .map_err(cannot("set up passkeys"))?
            .map(Arc::new),
        upstreams: Arc::new(upstreams(&config).map_err(cannot("set up calls to other providers"))?),
        outbox_bell: Arc::new(tokio::sync::Notify::new()),
        beside: Beside::default(),
        config,
        store,
        derived,
        keyring,
        clock,
    })
}

fn authorities(config: &Config) -> Result<Option<Arc<ClientAuthorities>>, StartError> {
    let read = config.mtls.trust_anchors.as_deref().map(ClientAuthorities::load).transpose();
    read.map_err(cannot("use the authorities of client certificates"))
}

fn upstreams(config: &Config) -> Result<Upstreams, reqwest::Error> {
    let issuer = &config.server.issuer;
    Upstreams::of(&config.upstream, |name| format!("{issuer}{}", urls::upstream_callback(name)))
}

fn brand(config: &Config, files: &BrandFiles) -> Brand {
    let own = &config.brand;
    let text = |url: &Option<url::Url>| url.as_ref().map(ToString::to_string);
    Brand {
        name: own.name.clone(),
        logo_url: files.url("/logo."),
        stylesheet_url: files.url("/accent.css"),
        support_address: own.support.clone(),
        help_url: text(&own.help_url),
        privacy_url: text(&own.privacy_url),
        terms_url: text(&own.terms_url),
    }
}

/// Where requests are taken.
pub struct Listeners {
    /// For everybody.
    pub everybody: TcpListener,
    /// For clients that come with a certificate (`mtls.listen`).
    pub mutual_tls: Option<TcpListener>,
}

/// Who comes in by a listener.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Door {
    Everybody,
    MutualTls,
}

/// The routes of every slice.
pub fn routes(state: &AppState) -> impl FnOnce(&mut web::ServiceConfig) + Clone + use<> {
    routes_at(state, Door::Everybody)
}

/// At the door for certificates there is only what apps call with them.
fn routes_at(state: &AppState, door: Door) -> impl FnOnce(&mut web::ServiceConfig) + Clone + use<> {
    let (development, device_bound) = (state.config.is_development(), state.config.sessions.device_bound);
    move |service| {
        if door == Door::MutualTls {
            service.configure(oauth::called_by_apps);
            return;
        }
        // Routes are tried one after the other, and what apps call is called most.
        service
            .configure(oauth::routes)
            .configure(site::routes)
            .configure(signin::routes)
            .configure(signup::routes)
            .configure(account::routes)
            .configure(delivery_receipts::routes);
        if device_bound {
            service.configure(session::bound::routes);
        }
        if development {
            service.configure(dev_mailbox::routes);
        }
    }
}

/// Serves on `listeners` until `stop` is done, then finishes what is in flight within the configured time.
pub async fn serve(
    state: AppState,
    listeners: Listeners,
    stop: impl Future<Output = ()> + Send + 'static,
) -> Result<(), StartError> {
    let Listeners { everybody, mutual_tls } = listeners;
    let config = Arc::clone(&state.config);
    let document = Document::of(&state).ok_or_else(|| StartError("cannot render the metadata".to_owned()))?;
    let document = web::Data::new(document);
    let data = web::Data::new(state.clone());
    let proxies = web::Data::new(TrustedProxies(config.server.trusted_proxies.clone()));
    let server = &config.server;
    let workers =
        server.workers.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, std::num::NonZero::get));
    let http = |door| {
        let (data, document, proxies) = (data.clone(), document.clone(), proxies.clone());
        let routes = routes_at(&state, door);
        let app = move || {
            App::new()
                .app_data(data.clone())
                .app_data(document.clone())
                .app_data(proxies.clone())
                .configure(routes.clone())
                .default_service(web::to(HttpResponse::NotFound))
                .wrap(from_fn(session::bound::ask_again))
                .wrap(from_fn(error_pages::render))
                .wrap(from_fn(head::as_get))
                .wrap(from_fn(headers::secure))
                .wrap(from_fn(log_requests))
        };
        HttpServer::new(app)
            .workers(workers)
            .max_connections(server.max_connections.div_ceil(workers))
            .client_request_timeout(server.header_timeout)
            .client_disconnect_timeout(Duration::from_secs(2))
            .keep_alive(server.keep_alive)
            .shutdown_timeout(server.shutdown.as_secs())
            .backlog(4096)
            .disable_signals()
    };
    let certificates = certificates(&config)?;
    state.client_authorities.iter().for_each(ClientAuthorities::watch);
    let for_everybody = http(Door::Everybody);
    let for_everybody = match &certificates {
        Some(own) => for_everybody.listen_rustls_0_23(everybody, own.server_config().map_err(cannot("set up TLS"))?),
        None => for_everybody.listen(everybody),
    };
    let mut running = vec![for_everybody.map_err(cannot("listen"))?.run()];
    if let (Some(listener), Some(own)) = (mutual_tls, &certificates) {
        let tls = own.mutual_config().map_err(cannot("set up TLS"))?;
        let with_certificates = http(Door::MutualTls).on_connect(mutual::note_certificate);
        running.push(with_certificates.listen_rustls_0_23(listener, tls).map_err(cannot("listen"))?.run());
    }
    let handles: Vec<_> = running.iter().map(actix_web::dev::Server::handle).collect();
    let beside = beside(&state);
    let stopping = tokio::spawn(async move {
        stop.await;
        let watch = Stopwatch::start();
        futures_util::future::join_all(handles.iter().map(|handle| handle.stop(true))).await;
        watch
    });
    let ended = futures_util::future::try_join_all(running).await.map(drop).map_err(cannot("serve"));
    for task in beside {
        task.abort();
    }
    // Requests and messages share the one time there is to finish.
    let used = stopping.await.map(|watch| watch.elapsed()).unwrap_or_default();
    let left = config.server.shutdown.saturating_sub(used);
    let _ = tokio::time::timeout(left.min(AFTER_ANSWERS), state.beside.idle()).await;
    state.delivery.drain(left).await;
    ended
}

/// The certificate of this server, where it speaks TLS itself; taken anew when it changes.
fn certificates(config: &Config) -> Result<Option<Arc<Certificates>>, StartError> {
    let loaded = config.server.tls.clone().map(Certificates::load).transpose();
    let loaded = loaded.map_err(cannot("use the TLS certificate"))?;
    Ok(loaded.inspect(Certificates::watch))
}

/// The tasks that run as long as the server: logouts, notices, waiting changes, copies of data, expiry, keys that other nodes
/// rotated, and a file of places that the operator renews.
fn beside(state: &AppState) -> Vec<tokio::task::JoinHandle<()>> {
    vec![
        tokio::spawn(oauth::backchannel::run(state.clone())),
        tokio::spawn(notice::run(state.clone())),
        tokio::spawn(change::run(state.clone())),
        tokio::spawn(export::run(state.clone())),
        tokio::spawn(sweep(state.clone())),
        tokio::spawn(watch_keys(state.clone())),
        tokio::spawn(state.places.clone().watch()),
    ]
}

async fn sweep(state: AppState) {
    loop {
        tokio::time::sleep(Duration::from_secs(60)).await;
        match expiry::sweep(&state.store, state.clock.now()).await {
            Ok(0) => {}
            Ok(rows) => tracing::debug!(rows, "expired rows are gone"),
            Err(error) => tracing::warn!(%error, "expired rows could not be removed"),
        }
    }
}

/// Rotates what has signed for as long as the configuration says.
async fn rotate_keys(state: &AppState) -> Result<(), KeyringError> {
    let keys = &state.config.keys;
    let Some(life) = keys.rotate else { return Ok(()) };
    let overlap = Overlap { publish: keys.publish, retire: keys.retired };
    let now = state.clock.now();
    let made = keyring::rotate_due(&state.keyring, &state.store, &state.derived, life, overlap, now).await?;
    for kid in made {
        tracing::info!(kid, "a signing key was made");
    }
    Ok(())
}

async fn watch_keys(state: AppState) {
    loop {
        tokio::time::sleep(Duration::from_secs(1)).await;
        if let Err(error) = rotate_keys(&state).await {
            tracing::warn!(%error, "the signing keys could not be rotated");
        }
        if let Err(error) = state.keyring.reload(&state.store, &state.derived, state.clock.now()).await {
            tracing::warn!(%error, "the signing keys could not be read again");
        }
    }
}
