//! `keyhouse breached-passwords build`: the file that `passwords.breached.file` names, made of public lists. It needs no
//! configuration and no store.

use clap::{Args, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;
use std::path::PathBuf;

use super::answer::facts;
use super::{Answer, Failure, at_file, refused};
use crate::breached::build;

/// What to do with breached passwords.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Make the file of breached passwords of public lists
    Build(Options),
}

/// Of what, and where to.
#[derive(Debug, Args)]
pub(super) struct Options {
    /// Lists: lines HASH or HASH:COUNT with a SHA-1 in 40 hexadecimal digits, or passwords as they are
    #[arg(required = true, value_name = "INPUT")]
    inputs: Vec<PathBuf>,
    /// The file to make; a running server takes it over at its next look-up
    #[arg(long, value_name = "FILE")]
    output: PathBuf,
    /// Leave out what was seen less often; lines without a count stay
    #[arg(long, value_name = "COUNT", default_value_t = 1)]
    at_least: u64,
}

pub(super) fn run(command: Command) -> Result<Answer, Failure> {
    let Command::Build(options) = command;
    let mut bytes = 0;
    for input in &options.inputs {
        bytes += std::fs::metadata(input).map_err(at_file(input))?.len();
    }
    let bar = ProgressBar::new(bytes).with_style(style()?);
    let built = build::build(&options.inputs, &options.output, options.at_least, |read| {
        bar.set_position(read);
        if read >= bytes {
            bar.set_message("writing");
        }
    });
    bar.finish_and_clear();
    let built = built.map_err(|error| refused(error.to_string()))?;
    let text = facts(&[
        ("passwords", built.passwords.to_string()),
        ("bytes", built.bytes.to_string()),
        ("lines", built.lines.to_string()),
        ("lines left out", built.left_out.to_string()),
        ("lines below --at-least", built.rare.to_string()),
    ]);
    let json = json!({
        "file": options.output,
        "passwords": built.passwords,
        "bytes": built.bytes,
        "lines": built.lines,
        "left_out": built.left_out,
        "rare": built.rare,
    });
    Ok(Answer::new(text, json))
}

fn style() -> Result<ProgressStyle, Failure> {
    let template = "{bar:40} {bytes} of {total_bytes} {msg} · {eta} left";
    ProgressStyle::with_template(template).map_err(|error| refused(format!("the progress bar: {error}")))
}
