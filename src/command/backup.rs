//! `keyhouse backup FILE`: a copy of a SQLite store, consistent as of one moment, while servers use it.

use clap::Args;
use serde_json::json;
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;

use super::opened::Opened;
use super::{Answer, Everywhere, Failure, at_file, refused};
use crate::config::StoreUrl;
use crate::store::backup;

/// Where the copy goes.
#[derive(Debug, Args)]
pub(super) struct Options {
    /// The new file; one that exists is not overwritten
    file: PathBuf,
}

pub(super) fn run(everywhere: &Everywhere, options: &Options) -> Result<Answer, Failure> {
    let opened = Opened::of(everywhere)?;
    let file = &options.file;
    if matches!(opened.config.store.url, StoreUrl::Postgres(_)) {
        return Err(refused("backup copies SQLite stores; use pg_dump for PostgreSQL"));
    }
    // Made first, and empty, which SQLite accepts: nobody else ever reads it, and nothing is overwritten.
    let made = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(file);
    drop(made.map_err(at_file(file))?);
    if let Err(error) = backup::to_file(&opened.store, file) {
        // Half a copy is worse than none.
        let _ = std::fs::remove_file(file);
        return Err(error.into());
    }
    let synced = std::fs::File::open(file).and_then(|copy| copy.sync_all().and_then(|()| copy.metadata()));
    let bytes = synced.map_err(at_file(file))?.len();
    let text = format!("{} holds the store ({bytes} bytes). Keep the master key apart from it.", file.display());
    Ok(Answer::new(text, json!({ "file": file, "bytes": bytes })))
}
