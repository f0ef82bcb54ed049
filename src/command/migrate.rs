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
    let before = migrate::pending(&store)?;
    let (verb, names) = match (options.pending, options.down && options.yes) {
        (true, _) => ("pending", before),
        (false, true) => {
            let undone = migrate::down(&store)?;
            ("undone", named(&undone, &migrate::pending(&store)?))
        }
        (false, false) => ("ran", named(&migrate::up(&store)?, &before)),
    };
    let text = match names.as_slice() {
        [] => "Nothing to do.".to_owned(),
        names => names.iter().map(|name| format!("{verb}  {name}\n")).collect(),
    };
    Ok(Answer::new(text, json!({ verb: names })))
}

/// Migrations are run by number; people know them by name.
fn named(versions: &[String], names: &[String]) -> Vec<String> {
    let name = |version: &String| {
        let found = names.iter().find(|name| name.replace('-', "").starts_with(version.as_str()));
        found.unwrap_or(version).clone()
    };
    versions.iter().map(name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn migrations_are_called_by_their_names() {
        let (versions, names) =
            (["20261122000001".to_owned(), "7".to_owned()], ["2026-11-22-000001_accounts".to_owned()]);
        assert_eq!(named(&versions, &names), ["2026-11-22-000001_accounts", "7"]);
    }
}
