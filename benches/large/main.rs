//! The account centre under load with many people in the store: builds a store of so many accounts in bulk, or finds the one it
//! built before, starts a release binary on it, asks for the pages of random people at a fixed rate, and prints latencies page by
//! page. `make bench-large` builds and runs it, on SQLite and on PostgreSQL.

#![expect(clippy::disallowed_methods, reason = "measuring time is what this program is for")]

// Parts of the load client; what only its rows use is left alone here.
#[path = "../load/connection.rs"]
#[expect(dead_code, reason = "the load client reads headers too")]
mod connection;
#[path = "../load/process.rs"]
#[expect(dead_code, reason = "the load client holds processes to cores, and looks at their memory while they run")]
mod process;
#[path = "../load/request.rs"]
#[expect(dead_code, reason = "the load client posts forms too")]
mod request;

mod centre;
mod fill;
mod people;
mod setting;

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::{Parser, ValueEnum};
use tokio::task::LocalSet;

use crate::people::People;
use crate::setting::Setting;

/// What anything here returns: a failure ends the run with its message.
type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// A failure in words.
fn fault<T>(message: impl Into<String>) -> Outcome<T> {
    Err(message.into().into())
}

#[derive(Parser)]
#[command(about = "Measures the account centre with many accounts in the store")]
struct Options {
    /// The binary to measure.
    #[arg(long)]
    server_binary: PathBuf,
    /// Where the store is.
    #[arg(long, value_enum)]
    database: Database,
    /// The cluster, for PostgreSQL.
    #[arg(long)]
    postgres: Option<String>,
    /// Accounts in the store; each has ten grants and sign-ins together.
    #[arg(long, default_value_t = 1_000_000)]
    accounts: u32,
    /// Requests a second.
    #[arg(long, default_value_t = 200)]
    rate: u32,
    /// Seconds a page.
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    /// Where the store and the server's files are kept: a real disk, or commits cost nothing.
    #[arg(long)]
    folder: PathBuf,
    /// cargo bench passes this to every bench.
    #[arg(long, hide = true)]
    bench: bool,
}

/// The databases there are.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Database {
    Sqlite,
    Postgres,
}

fn main() -> ExitCode {
    match run(&Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("{failure}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Outcome<()> {
    let setting = Setting::prepare(options)?;
    let people = People::of(options.accounts);
    if setting.is_filled()? {
        eprintln!("The store of {} accounts from an earlier run is used again.", options.accounts);
    } else {
        let began = Instant::now();
        setting.migrate()?;
        fill::fill(&mut setting.connect()?, &people)?;
        setting.note_filled()?;
        eprintln!("The store is filled in {:.0} s.", began.elapsed().as_secs_f64());
    }
    fill::describe(&mut setting.connect()?)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let time = Duration::from_secs(options.seconds);
    LocalSet::new().block_on(&runtime, async {
        let server = setting.serve().await?;
        centre::measure(&setting, &server, &people, options.rate, time).await?;
        server.stop().await
    })
}
