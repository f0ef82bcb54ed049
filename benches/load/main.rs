//! The load client: starts a release binary on a fresh SQLite store, drives it over loopback, and prints operations a
//! second, latencies and server CPU an operation, row by row. `make bench` builds and runs it.
//!
//! By default the server is held to one core and this client to another. With `--base-binary` a second server runs
//! beside the first and each row alternates between them, so that the two are compared under the same noise.

#![expect(clippy::disallowed_methods, reason = "measuring time is what this program is for")]

mod browser;
mod connection;
mod process;
mod report;
mod request;
mod row;
mod stage;
mod verify;
mod work;

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;
use std::rc::Rc;
use std::time::Duration;

use clap::{Parser, ValueEnum};
use tokio::task::LocalSet;

use crate::row::{Row, measure};
use crate::stage::Stage;

/// What anything here returns: a failure ends the run with its message.
type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// A failure in words.
fn fault<T>(message: impl Into<String>) -> Outcome<T> {
    Err(message.into().into())
}

/// The core that the server is held to, and the client's.
const SERVER_CORE: u32 = 0;
const CLIENT_CORE: u32 = 1;

/// How often A and B take turns in one row.
const TURNS: u32 = 3;

#[derive(Parser)]
#[command(about = "Measures a keyhouse binary over loopback")]
struct Options {
    /// The binary to measure.
    #[arg(long)]
    server_binary: PathBuf,
    /// A second binary to compare with.
    #[arg(long)]
    base_binary: Option<PathBuf>,
    /// Rows to run, comma-separated; `all` runs every one.
    #[arg(long, default_value = "all", value_delimiter = ',')]
    rows: Vec<String>,
    /// Seconds a row.
    #[arg(long, default_value_t = 5)]
    seconds: u64,
    /// Connections at once.
    #[arg(long, default_value_t = 16)]
    connections: usize,
    /// Hold the server to one core and this client to another.
    #[arg(long, default_value = "yes", value_enum)]
    pin: Pin,
    /// Where the stores go: a real disk, or commits cost nothing.
    #[arg(long, default_value = env!("CARGO_TARGET_TMPDIR"))]
    folder: PathBuf,
    /// cargo bench passes this to every bench.
    #[arg(long, hide = true)]
    bench: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Pin {
    Yes,
    No,
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("{failure}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Outcome<()> {
    let options = Options::parse();
    let rows = chosen(&options.rows)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let folder = options.folder.join(format!("load-{}", std::process::id()));
    let interrupted = async {
        tokio::signal::ctrl_c().await?;
        fault("interrupted")
    };
    let done = LocalSet::new().block_on(&runtime, async {
        tokio::select! {
            done = compare(&options, &rows, folder.clone()) => done,
            stopped = interrupted => stopped,
        }
    });
    // Servers are ended by now: a failure drops them.
    drop(runtime);
    if done.is_err() {
        show_log(&folder);
    }
    match std::fs::remove_dir_all(&folder) {
        Err(failure) if failure.kind() != std::io::ErrorKind::NotFound => {
            return Err(failure.into());
        }
        _ => {}
    }
    done
}

/// Readies the servers, runs the rows, prints them as they come.
async fn compare(options: &Options, rows: &[Row], folder: PathBuf) -> Outcome<()> {
    let pinned = options.pin == Pin::Yes;
    if pinned && std::thread::available_parallelism()?.get() < 2 {
        return fault("--pin needs two cores");
    }
    let core = pinned.then_some(SERVER_CORE);
    let stage = Rc::new(Stage::prepare(&options.server_binary, folder.join("a"), core).await?);
    let base = match &options.base_binary {
        Some(binary) => Some(Rc::new(Stage::prepare(binary, folder.join("b"), core).await?)),
        None => None,
    };
    if pinned {
        process::pin_self(CLIENT_CORE)?;
    }
    report::machine(pinned, options.connections, options.seconds);
    report::start("server", &stage);
    if let Some(base) = &base {
        report::start("base", base);
    }
    report::heading(base.is_some());
    let time = Duration::from_secs(options.seconds);
    for &row in rows {
        let mut measured = measure(row, &stage, options.connections, time).await?;
        let Some(base) = &base else {
            report::row(row.title(), &measured);
            continue;
        };
        let mut other = measure(row, base, options.connections, time).await?;
        for _ in 1..TURNS {
            measured.join(measure(row, &stage, options.connections, time).await?);
            other.join(measure(row, base, options.connections, time).await?);
        }
        report::pair(row.title(), &measured, &other);
    }
    if rows.contains(&Row::PasswordSignIn) {
        report::argon2()?;
    }
    report::end("server", &stage)?;
    for stage in [Some(stage), base].into_iter().flatten() {
        if let Ok(stage) = Rc::try_unwrap(stage) {
            stage.strike().await?;
        }
    }
    Ok(())
}

fn chosen(names: &[String]) -> Outcome<Vec<Row>> {
    if names.iter().any(|name| name == "all") {
        return Ok(Row::ALL.to_vec());
    }
    let find = |name: &String| Row::from_str(name, true).map_err(|_| unknown(name).into());
    names.iter().map(find).collect()
}

fn unknown(name: &str) -> String {
    let known: Vec<String> =
        Row::ALL.iter().filter_map(|row| Some(row.to_possible_value()?.get_name().to_owned())).collect();
    format!("no row {name}; there are {}", known.join(", "))
}

/// The end of the servers' logs, which is all there is to go by when something failed.
fn show_log(folder: &std::path::Path) {
    for part in ["a", "b"] {
        let Ok(log) = std::fs::read_to_string(folder.join(part).join("server.log")) else {
            continue;
        };
        let lines: Vec<&str> = log.lines().rev().take(15).collect();
        for line in lines.iter().rev() {
            eprintln!("{part}: {line}");
        }
    }
}
