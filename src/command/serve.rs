//! `keyhouse serve`: the server, from the configuration to the last answer.

use socket2::{Domain, Protocol, Socket, Type};
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::management::{self, Management, Stopping};
use super::{Answer, Everywhere, Failure, refused};
use crate::clock::Stopwatch;
use crate::config::Config;
use crate::server::{self, Listeners, StartError, cannot};
use crate::web::request_log::start_log;

/// Connections that may wait to be taken.
const BACKLOG: i32 = 4096;

/// Serves until told to stop, then finishes what is in flight.
pub(super) async fn run(everywhere: &Everywhere) -> Result<Answer, Failure> {
    let since_start = Stopwatch::start();
    let config = Config::from_process(everywhere.config.as_deref(), everywhere.dev)?;
    start_log(&config.log).map_err(cannot("start the log"))?;
    // Whoever asks rustls for "the" provider gets this one; a second call finds it in place, which is as good.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let signals = Signals::listen()?;
    let everybody = listen(config.server.listen)?;
    let listeners = Listeners { everybody, mutual_tls: config.mtls.listen.map(listen).transpose()? };
    let management = config.server.management_listen.map(|address| listen(address).map(|own| (address, own)));
    let management = management.transpose()?;
    let recorder = management.is_some().then(management::record).transpose()?;
    let (issuer, address) = (config.server.issuer.clone(), config.server.listen);
    let certificates_at = config.mtls.listen;
    let clock = config.clock();
    let state = server::state(Arc::new(config), clock).await?;
    let stopping = Stopping::default();
    let management = match (management, recorder) {
        (Some((address, listener)), Some(recorder)) => {
            tracing::info!(%address, "metrics and health");
            Some(Management::start(listener, state.store.clone(), stopping.clone(), recorder)?)
        }
        _ => None,
    };
    if let Some(address) = certificates_at {
        tracing::info!(%address, "clients may come with certificates");
    }
    let startup_ms = u64::try_from(since_start.elapsed().as_millis()).unwrap_or(u64::MAX);
    tracing::info!(version = env!("CARGO_PKG_VERSION"), issuer, %address, startup_ms, "serving");
    let ended = server::serve(state, listeners, signals.stop(stopping)).await;
    if let Some(management) = management {
        management.stop().await;
    }
    tracing::info!("stopped");
    ended?;
    Ok(Answer::silent())
}

/// A socket that takes connections, also while those of a server that has just ended linger.
fn listen(address: SocketAddr) -> Result<TcpListener, Failure> {
    let open = || {
        let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
        socket.set_reuse_address(true)?;
        socket.set_nonblocking(true)?;
        socket.bind(&address.into())?;
        socket.listen(BACKLOG)?;
        Ok::<TcpListener, std::io::Error>(socket.into())
    };
    open().map_err(|error| match error.kind() {
        std::io::ErrorKind::AddrInUse => refused(format!("cannot listen on {address}: another program does already")),
        _ => refused(format!("cannot listen on {address}: {error}")),
    })
}

/// What tells the server to stop.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    fn listen() -> Result<Self, StartError> {
        let take = |kind| signal(kind).map_err(cannot("take signals"));
        Ok(Self { terminate: take(SignalKind::terminate())?, interrupt: take(SignalKind::interrupt())? })
    }

    /// Done at the first signal, when `stopping` says so too: load balancers look elsewhere while requests in flight
    /// are finished. A second signal ends the process at once; what was acknowledged is on the disk.
    async fn stop(mut self, stopping: Stopping) {
        self.next().await;
        stopping.begin();
        tracing::info!("stopping: finishing what is in flight");
        tokio::spawn(async move {
            self.next().await;
            tracing::warn!("told again: stopping at once");
            std::process::exit(1);
        });
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}
