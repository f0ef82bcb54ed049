//! The rows: what is measured, and how one row is run.

use std::rc::Rc;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use crate::Outcome;
use crate::connection::Connection;
use crate::stage::Stage;
use crate::work::Work;

/// Load before the measuring begins, so that caches and connections are warm.
const WARM_UP: Duration = Duration::from_millis(500);

/// Above `passwords.queue`, so that some are answered 503.
const FLOOD: usize = 320;

/// One kind of operation.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Row {
    Discovery,
    Jwks,
    ClientCredentials,
    Refresh,
    Introspection,
    IntrospectionOpaque,
    Userinfo,
    UserinfoOpaque,
    CodeFlow,
    CodeFlowRs256,
    PasswordSignIn,
    TokensInFlood,
}

impl Row {
    pub const ALL: [Self; 12] = [
        Self::Discovery,
        Self::Jwks,
        Self::ClientCredentials,
        Self::Refresh,
        Self::Introspection,
        Self::IntrospectionOpaque,
        Self::Userinfo,
        Self::UserinfoOpaque,
        Self::CodeFlow,
        Self::CodeFlowRs256,
        Self::PasswordSignIn,
        Self::TokensInFlood,
    ];

    /// As the table prints it.
    pub fn title(self) -> &'static str {
        match self {
            Self::Discovery => "discovery",
            Self::Jwks => "JWKS",
            Self::ClientCredentials => "client_credentials (ES256)",
            Self::Refresh => "refresh rotation",
            Self::Introspection => "introspection (JWT)",
            Self::IntrospectionOpaque => "introspection (opaque)",
            Self::Userinfo => "userinfo (JWT)",
            Self::UserinfoOpaque => "userinfo (opaque)",
            Self::CodeFlow => "code flow (ES256)",
            Self::CodeFlowRs256 => "code flow (RS256)",
            Self::PasswordSignIn => "password sign-in",
            Self::TokensInFlood => "client_credentials (ES256) in a flood of wrong passwords",
        }
    }

    /// How many connections guess passwords beside the measured ones: more than the server lets wait for a thread.
    fn flood(self) -> usize {
        if self == Self::TokensInFlood { FLOOD } else { 0 }
    }
}

/// What one run of a row gave.
pub struct Measured {
    operations: u32,
    elapsed: Duration,
    cpu: Duration,
    /// Sorted.
    latencies: Vec<Duration>,
}

impl Measured {
    pub fn per_second(&self) -> f64 {
        f64::from(self.operations) / self.elapsed.as_secs_f64()
    }

    /// Server CPU an operation, in milliseconds.
    pub fn cpu_ms(&self) -> f64 {
        self.cpu.as_secs_f64() * 1000.0 / f64::from(self.operations.max(1))
    }

    /// The share of one core that the server used: below 1 with the server on one core, the client was the limit.
    pub fn cores(&self) -> f64 {
        self.cpu.as_secs_f64() / self.elapsed.as_secs_f64()
    }

    /// The latency that this many in a thousand operations stay under, in milliseconds.
    pub fn latency_ms(&self, per_mille: usize) -> f64 {
        let at = self.latencies.len().saturating_sub(1) * per_mille / 1000;
        self.latencies.get(at).copied().unwrap_or_default().as_secs_f64() * 1000.0
    }

    /// Adds another run of the same row.
    pub fn join(&mut self, other: Self) {
        self.operations += other.operations;
        self.elapsed += other.elapsed;
        self.cpu += other.cpu;
        self.latencies.extend(other.latencies);
        self.latencies.sort_unstable();
    }
}

/// Runs one row on every connection at once.
pub async fn measure(row: Row, stage: &Rc<Stage>, connections: usize, time: Duration) -> Outcome<Measured> {
    let mut works = Vec::new();
    for number in 0..connections {
        works.push(Work::prepare(row, stage, number).await?);
    }
    let mut flood = Vec::new();
    for number in 0..row.flood() {
        flood.push(Work::guess(stage, number).await?);
    }
    let begin = Instant::now() + WARM_UP;
    let end = begin + time;
    let mut running = JoinSet::new();
    for work in works {
        running.spawn_local(drive(work, stage.clone(), begin, end));
    }
    let mut beside = JoinSet::new();
    for work in flood {
        beside.spawn_local(drive(work, stage.clone(), begin, end));
    }
    let before = async {
        tokio::time::sleep_until(begin.into()).await;
        stage.process.cpu()
    };
    let after = async {
        tokio::time::sleep_until(end.into()).await;
        (stage.process.cpu(), Instant::now())
    };
    let (before, (after, ended)) = tokio::join!(before, after);
    let mut latencies = Vec::new();
    while let Some(done) = running.join_next().await {
        latencies.extend(done??);
    }
    while let Some(done) = beside.join_next().await {
        done??;
    }
    latencies.sort_unstable();
    Ok(Measured {
        operations: u32::try_from(latencies.len())?,
        elapsed: ended - begin,
        cpu: after?.saturating_sub(before?),
        latencies,
    })
}

/// One connection: works until the end and keeps the latency of what ended within the measured time.
async fn drive(mut work: Work, stage: Rc<Stage>, begin: Instant, end: Instant) -> Outcome<Vec<Duration>> {
    let mut connection = Connection::new(stage.address);
    let mut latencies = Vec::new();
    loop {
        let started = Instant::now();
        if started >= end {
            break;
        }
        work.once(&stage, &mut connection).await?;
        let ended = Instant::now();
        if ended >= begin && ended < end {
            latencies.push(ended - started);
        }
    }
    work.finish(&stage, &mut connection).await?;
    Ok(latencies)
}
