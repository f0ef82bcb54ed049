//! The management listener: health and metrics, apart from what people and apps reach. It needs no password and says
//! nothing secret; the operator keeps it inside.

use actix_web::dev::ServerHandle;
use actix_web::http::header::CACHE_CONTROL;
use actix_web::{App, HttpResponse, HttpServer, web};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::task::JoinHandle;

use crate::clock::Clock;
use crate::server::{StartError, cannot};
use crate::store::{Store, server_facts};

/// Upper bounds of the histograms, in seconds: fine where answers lie, coarse where only trouble is.
const BUCKETS: &[f64] =
    &[0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// How long the store may take to answer until this node counts as not ready.
const PATIENCE: Duration = Duration::from_secs(2);

/// How far the database's clock may be off: codes and tokens of one node must mean the same at another.
const CLOCK_TOLERANCE: Duration = Duration::from_secs(5);

/// How often the recorder folds what it has gathered, so that memory stays flat when nobody scrapes.
const UPKEEP: Duration = Duration::from_secs(5);

/// Whether the server has been told to stop. Cloning shares it.
#[derive(Clone, Default)]
pub(super) struct Stopping(Arc<AtomicBool>);

impl Stopping {
    /// From now on this node is not ready.
    pub fn begin(&self) {
        self.0.store(true, Ordering::SeqCst);
    }

    fn has_begun(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

/// Starts recording metrics; once a process.
pub(super) fn record() -> Result<PrometheusHandle, StartError> {
    let builder = PrometheusBuilder::new().set_buckets(BUCKETS).map_err(cannot("set up metrics"))?;
    let handle = builder.install_recorder().map_err(cannot("set up metrics"))?;
    metrics::describe_counter!("keyhouse_requests_total", "Requests answered, by method, route and status.");
    metrics::describe_histogram!("keyhouse_request_seconds", "Time from a request to its answer, by route.");
    metrics::describe_counter!("keyhouse_panics_total", "Requests that a defect broke off.");
    metrics::describe_counter!("keyhouse_messages_total", "Messages to people, by channel and outcome.");
    metrics::describe_counter!(
        "keyhouse_guessing_alarms_total",
        "Times that wrong passwords or codes over all were too many."
    );
    metrics::describe_counter!("keyhouse_sms_codes_total", "Codes by text message, by country and outcome.");
    metrics::describe_counter!("keyhouse_sms_money_total", "What codes by text message cost, in ten-thousandths.");
    metrics::describe_counter!("keyhouse_sms_alarms_total", "Limits on text messages that were used up, and pauses.");
    metrics::describe_counter!("keyhouse_backchannel_logouts_total", "Logout calls to apps, by outcome.");
    metrics::describe_counter!(
        crate::breached::LOOKUPS,
        "Passwords looked up among the breached ones, by source (file, service) and outcome (breached, clean, failed)."
    );
    metrics::gauge!("keyhouse_build_info", "version" => env!("CARGO_PKG_VERSION")).set(1.0);
    Ok(handle)
}

/// The running listener.
pub(super) struct Management {
    handle: ServerHandle,
    tasks: [JoinHandle<()>; 2],
}

impl Management {
    /// Serves on `listener` until [`Management::stop`].
    pub fn start(
        listener: TcpListener,
        store: Store,
        stopping: Stopping,
        recorder: PrometheusHandle,
    ) -> Result<Self, StartError> {
        let metrics = recorder.clone();
        let app = move || {
            App::new()
                .app_data(web::Data::new(Node { store: store.clone(), stopping: stopping.clone() }))
                .app_data(web::Data::new(metrics.clone()))
                .configure(routes)
        };
        let server = HttpServer::new(app)
            .workers(1)
            .max_connections(256)
            .client_request_timeout(Duration::from_secs(5))
            .shutdown_timeout(1)
            .disable_signals()
            .listen(listener)
            .map_err(cannot("serve metrics and health"))?
            .run();
        let handle = server.handle();
        let serving = tokio::spawn(async move {
            if let Err(error) = server.await {
                tracing::error!(%error, "metrics and health are not served any more");
            }
        });
        let upkeep = tokio::spawn(async move {
            loop {
                tokio::time::sleep(UPKEEP).await;
                recorder.run_upkeep();
            }
        });
        Ok(Self { handle, tasks: [serving, upkeep] })
    }

    /// Ends it.
    pub async fn stop(self) {
        self.handle.stop(false).await;
        for task in self.tasks {
            task.abort();
        }
    }
}

/// What readiness asks about.
struct Node {
    store: Store,
    stopping: Stopping,
}

fn routes(service: &mut web::ServiceConfig) {
    let both = |path: &str| web::resource(path.to_owned());
    service
        .service(both("/healthz").route(web::get().to(healthz)).route(web::head().to(healthz)))
        .service(both("/readyz").route(web::get().to(readyz)).route(web::head().to(readyz)))
        .service(both("/metrics").route(web::get().to(scrape)));
}

/// The process is alive.
async fn healthz() -> HttpResponse {
    text(HttpResponse::Ok(), "ok")
}

/// This node can do its work.
async fn readyz(node: web::Data<Node>) -> HttpResponse {
    match fault(&node).await {
        None => text(HttpResponse::Ok(), "ok"),
        Some(why) => text(HttpResponse::ServiceUnavailable(), why),
    }
}

async fn fault(node: &Node) -> Option<&'static str> {
    if node.stopping.has_begun() {
        return Some("stopping");
    }
    // A scan, since that never runs on this thread: the patience holds on every database.
    match tokio::time::timeout(PATIENCE, node.store.scan(server_facts::database_time)).await {
        Err(_) => Some("the store does not answer in time"),
        Ok(Err(error)) => {
            tracing::warn!(%error, "not ready");
            Some("the store does not answer")
        }
        Ok(Ok(None)) => None,
        Ok(Ok(Some(database))) => {
            let node = Clock::system().now();
            let apart = node.since(database).max(database.since(node));
            (apart >= CLOCK_TOLERANCE).then_some("the clocks of this node and of the database differ: check NTP")
        }
    }
}

async fn scrape(metrics: web::Data<PrometheusHandle>) -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain; version=0.0.4; charset=utf-8").body(metrics.render())
}

fn text(mut answer: actix_web::HttpResponseBuilder, words: &'static str) -> HttpResponse {
    answer.insert_header((CACHE_CONTROL, "no-store")).content_type("text/plain; charset=utf-8").body(words)
}
