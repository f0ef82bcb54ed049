//! `flagship cloud|community|notes --config FILE.toml`: three small relying parties of Keyhouse in one program.
//!
//! Read `rp/` first: it is everything an app does to sign people in with OpenID Connect. The three apps, one
//! folder each, only say which pages they have.

mod config;
mod database;
mod erase;
mod error;
mod file;
mod page;
mod purge;
mod random;
mod rp;
mod server;
mod state;

mod cloud;
mod community;
mod notes;

#[cfg(test)]
mod testing;

use std::io::{IsTerminal, stdout};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use tracing_subscriber::EnvFilter;

use crate::config::{AppKind, Config};
use crate::error::Fault;

/// The command line.
#[derive(Parser)]
#[command(version, about)]
struct CommandLine {
    #[command(subcommand)]
    app: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Keeps files, and lets other apps read them with an access token
    Cloud(Options),
    /// Posts and replies that everybody who is signed in can read
    Community(Options),
    /// Private notes, with files from cloud attached
    Notes(Options),
}

#[derive(Args)]
struct Options {
    /// The app's configuration, in TOML. It holds the client secret: keep it at mode 0600
    #[arg(long, value_name = "FILE.toml")]
    config: PathBuf,
}

fn main() -> ExitCode {
    tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info")))
        .with_target(false)
        .with_ansi(stdout().is_terminal())
        .init();
    let (kind, options) = match CommandLine::parse().app {
        Command::Cloud(options) => (AppKind::Cloud, options),
        Command::Community(options) => (AppKind::Community, options),
        Command::Notes(options) => (AppKind::Notes, options),
    };
    match run(kind, &options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            tracing::error!(app = kind.slug(), "{fault}");
            ExitCode::FAILURE
        }
    }
}

fn run(kind: AppKind, options: &Options) -> Result<(), Fault> {
    let config = Config::read(kind, &options.config)?;
    let state = state::AppState::open(config)?;
    actix_web::rt::System::new().block_on(server::serve(state))
}
