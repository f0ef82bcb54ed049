//! `keyhouse key …`: the signing keys.

use clap::builder::PossibleValuesParser;
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::answer::table;
use super::opened::Opened;
use super::{Answer, Everywhere, Failure, refused};
use crate::clock::Timestamp;
use crate::security::derived_keys::DerivedKeys;
use crate::security::keyring::{self, Keyring, Overlap};
use crate::store::signing_keys::{self, Algorithm, StoredKey};

/// What to do with keys.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Every key that is published
    List,
    /// Make a successor: published now, signing once clients have had time to see it
    Rotate(Rotate),
}

/// Which keys get a successor.
#[derive(Debug, Args)]
pub(super) struct Rotate {
    /// An algorithm (repeat); without it, all
    #[arg(long, value_name = "ALGORITHM", value_parser = PossibleValuesParser::new(Algorithm::ALL.iter().map(|own| own.as_str())))]
    algorithm: Vec<String>,
}

pub(super) async fn run(everywhere: &Everywhere, command: Command) -> Result<Answer, Failure> {
    let opened = Opened::of(everywhere)?;
    match command {
        Command::List => list(&opened).await,
        Command::Rotate(rotate) => self::rotate(&opened, &rotate).await,
    }
}

async fn list(opened: &Opened) -> Result<Answer, Failure> {
    let now = opened.now();
    let keys = published(opened, now).await?;
    let moment = |moment: Option<Timestamp>| moment.map(Timestamp::rfc3339).unwrap_or_default();
    let rows: Vec<Vec<String>> = keys
        .iter()
        .map(|key| {
            let (kid, algorithm) = (key.kid.clone(), key.algorithm.as_str().to_owned());
            let times = [Some(key.signs_from), key.signs_until, key.published_until].map(moment);
            [kid, algorithm, state(key, now).to_owned()].into_iter().chain(times).collect()
        })
        .collect();
    let titles = ["KEY", "ALGORITHM", "STATE", "SIGNS FROM", "SIGNS UNTIL", "PUBLISHED UNTIL"];
    let json: Value = keys
        .iter()
        .map(|key| {
            json!({
                "kid": key.kid,
                "algorithm": key.algorithm.as_str(),
                "state": state(key, now),
                "signs_from": key.signs_from.rfc3339(),
                "signs_until": key.signs_until.map(Timestamp::rfc3339),
                "published_until": key.published_until.map(Timestamp::rfc3339),
            })
        })
        .collect();
    Ok(Answer::new(table(&titles, &rows, "No keys yet: the server makes them when it first starts."), json))
}

async fn published(opened: &Opened, now: Timestamp) -> Result<Vec<StoredKey>, Failure> {
    let mut keys = opened.store.read(signing_keys::all).await?;
    keys.retain(|key| key.published_until.is_none_or(|until| until > now));
    Ok(keys)
}

fn state(key: &StoredKey, now: Timestamp) -> &'static str {
    if key.signs_from > now {
        "next"
    } else if key.signs_until.is_none_or(|until| until > now) {
        "active"
    } else {
        "retired"
    }
}

async fn rotate(opened: &Opened, rotate: &Rotate) -> Result<Answer, Failure> {
    let (config, now) = (&opened.config, opened.now());
    let derived = DerivedKeys::from_master(&config.master_key).map_err(|error| refused(error.to_string()))?;
    // Opening checks that the store was made under this master key: keys sealed under another would stop every node.
    Keyring::open(&opened.store, &derived, now).await?;
    let is_wanted =
        |own: &&Algorithm| rotate.algorithm.is_empty() || rotate.algorithm.iter().any(|name| name == own.as_str());
    let algorithms: Vec<Algorithm> = Algorithm::ALL.iter().filter(is_wanted).copied().collect();
    let longest = config.tokens.access_token.max(config.tokens.id_token);
    let overlap = Overlap { publish: config.keys.publish, retire: config.keys.retired.saturating_add(longest) };
    let made = keyring::rotate(&opened.store, &derived, &algorithms, overlap, now).await?;
    let signs_from = now.plus(overlap.publish).rfc3339();
    let mut text = format!("Published now, signing from {signs_from}:\n");
    for (kid, algorithm) in made.iter().zip(&algorithms) {
        text.push_str(&format!("{kid}  {}\n", algorithm.as_str()));
    }
    Ok(Answer::new(text, json!({ "made": made, "signs_from": signs_from })))
}
