//! `keyhouse migrate`: the tables of the store.

use clap::Args;
use serde_json::json;

use super::{Answer, Everywhere, Failure};
use crate::config::Config;
use crate::store::{Store, migrate};

/// What to do with the tables; without a flag, what is missing is run.
#[derive(Debug, Args)]
pub(super) struct Options {
    /// Only list what would run
    #[arg(long, conflicts_with = "down")]
    pending: bool,
    /// Take every migration back: all data is lost
    #[arg(long, requires = "yes")]
    down: bool,
    /// Yes, lose all data
    #[arg(long, requires = "down")]
    yes: bool,
}

pub(super) fn run(everywhere: &Everywhere, options: &Options) -> Result<Answer, Failure> {
    let config = Config::from_process(everywhere.config.as_deref(), everywhere.dev)?;
    let store = Store::open(&config.store)?;
    let (verb, names) = match (options.pending, options.down && options.yes) {
        (true, _) => ("pending", migrate::pending(&store)?),
        (false, true) => ("undone", migrate::down(&store)?),
        (false, false) => ("ran", migrate::up(&store)?),
    };
    let text = match names.as_slice() {
        [] => "Nothing to do.".to_owned(),
        names => names.iter().map(|name| format!("{verb}  {name}\n")).collect(),
    };
    Ok(Answer::new(text, json!({ verb: names })))
}
