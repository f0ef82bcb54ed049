//! The command line: one file a command. Each gives an [`Answer`], which is printed for people or, with `--json`, for
//! programs; nothing here prints by itself, but for a progress bar on a terminal.

mod account;
mod announce;
mod answer;
mod backup;
mod breached_passwords;
mod client;
mod demo;
mod key;
mod management;
mod migrate;
mod opened;
mod registration_token;
mod resource;
mod serve;
mod sms;

use clap::{Args, Parser, Subcommand};
use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

use crate::config::ConfigError;
use crate::security::keyring::KeyringError;
use crate::server::StartError;
use crate::store::StoreError;

pub use answer::Answer;

/// One account for all of a company's apps: an OpenID Connect provider with its account pages.
#[derive(Debug, Parser)]
#[command(name = "keyhouse", version, max_term_width = 100, subcommand_required = true, arg_required_else_help = true)]
pub struct CommandLine {
    #[command(flatten)]
    everywhere: Everywhere,
    #[command(subcommand)]
    command: Command,
}

/// What every command takes.
#[derive(Debug, Args)]
struct Everywhere {
    /// The configuration file; without it, the one that KEYHOUSE_CONFIG names
    #[arg(long, global = true, value_name = "FILE", help_heading = "Everywhere")]
    config: Option<PathBuf>,
    /// Development: everything on loopback, plain http allowed, messages captured instead of sent
    #[arg(long, global = true, help_heading = "Everywhere")]
    dev: bool,
    /// Answer with one JSON value on standard output
    #[arg(long, global = true, help_heading = "Everywhere")]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the server until SIGTERM or SIGINT
    Serve,
    /// Bring the store's tables up to what this program knows
    Migrate(migrate::Options),
    /// Apps that may ask people to sign in
    #[command(subcommand)]
    Client(client::Command),
    /// Protected resources that access tokens can be made for
    #[command(subcommand)]
    Resource(resource::Command),
    /// People's accounts
    #[command(subcommand)]
    Account(account::Command),
    /// News and offers: on people's pages, and by message to who asked for them
    #[command(subcommand)]
    Announce(announce::Command),
    /// The list of passwords that were stolen somewhere
    #[command(subcommand)]
    BreachedPasswords(breached_passwords::Command),
    /// Codes by text message: their cost, and where they are paused
    #[command(subcommand)]
    Sms(sms::Command),
    /// Signing keys
    #[command(subcommand)]
    Key(key::Command),
    /// Copy a SQLite store into one file, while it is in use
    Backup(backup::Options),
    /// Make a demonstration: a store with two people and three apps, ready to be served
    Demo(demo::Options),
}

/// Why a command did not do what it was asked: one sentence for the operator, without secrets.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// There is no configuration.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The server did not start, or broke off.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The store did not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The signing keys could not be used.
    #[error(transparent)]
    Keys(#[from] KeyringError),
    /// What was asked cannot be.
    #[error("{0}")]
    Refused(String),
}

/// A refusal in words.
fn refused(sentence: impl Into<String>) -> Failure {
    Failure::Refused(sentence.into())
}

/// Turns the fault of a file into a sentence that names it.
fn at_file(path: &std::path::Path) -> impl Fn(std::io::Error) -> Failure {
    move |error| refused(format!("{}: {error}", path.display()))
}

/// Runs one command and prints its answer.
///
/// # Errors
/// With the one sentence to show, when the command failed.
pub fn run(line: CommandLine) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| refused(format!("cannot start: {error}")))?;
    let json = line.everywhere.json;
    let outcome = runtime.block_on(dispatch(line));
    // A question that nobody waits for any more must not hold up the end.
    runtime.shutdown_timeout(Duration::from_secs(1));
    let Some(text) = outcome?.render(json) else { return Ok(()) };
    std::io::stdout()
        .write_all(text.as_bytes())
        .map_err(|error| refused(format!("cannot write to standard output: {error}")))
}

async fn dispatch(line: CommandLine) -> Result<Answer, Failure> {
    let everywhere = &line.everywhere;
    match line.command {
        Command::Serve => serve::run(everywhere).await,
        Command::Migrate(options) => migrate::run(everywhere, &options),
        Command::Client(command) => client::run(everywhere, command).await,
        Command::Resource(command) => resource::run(everywhere, command).await,
        Command::Account(command) => account::run(everywhere, command).await,
        Command::Announce(command) => announce::run(everywhere, command).await,
        Command::BreachedPasswords(command) => breached_passwords::run(command),
        Command::Sms(command) => sms::run(everywhere, command).await,
        Command::Key(command) => key::run(everywhere, command).await,
        Command::Backup(options) => backup::run(everywhere, &options),
        Command::Demo(options) => demo::run(options).await,
    }
}

#[cfg(test)]
mod tests;
