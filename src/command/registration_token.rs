//! `keyhouse client registration-token …`: who may register an app over HTTP where that takes a token.

use std::time::Duration;

use clap::{Args, Subcommand};
use serde_json::json;

use super::answer::facts;
use super::opened::Opened;
use super::{Answer, Failure};
use crate::security::random;
use crate::store::registration_tokens::{self, RegistrationToken};

const DAY: u64 = 24 * 60 * 60;

/// What to do with initial access tokens.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Make a token with which apps can be registered over HTTP; printed once
    Create(New),
}

/// A token to make.
#[derive(Debug, Args)]
pub(super) struct New {
    /// Apps that can be registered with it
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=10_000))]
    uses: u16,
    /// Days until it ends
    #[arg(long, default_value_t = 7, value_parser = clap::value_parser!(u16).range(1..=3650))]
    days: u16,
}

pub(super) async fn run(opened: &Opened, command: Command) -> Result<Answer, Failure> {
    let Command::Create(new) = command;
    let token = random::secret();
    let now = opened.now();
    let row = RegistrationToken {
        token_digest: random::sha256(&token),
        uses_left: i32::from(new.uses),
        created_at: now,
        expires_at: now.plus(Duration::from_secs(DAY * u64::from(new.days))),
    };
    let ends = row.expires_at.rfc3339();
    opened.store.write(move |connection| registration_tokens::insert(connection, &row)).await?;
    let rows = [("token", token.clone()), ("apps", new.uses.to_string()), ("ends", ends.clone())];
    let text = format!("The token is shown this once.\n\n{}", facts(&rows));
    Ok(Answer::new(text, json!({ "initial_access_token": token, "uses": new.uses, "expires_at": ends })))
}
