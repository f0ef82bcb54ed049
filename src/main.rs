//! Reads the command line, calls one command, prints its answer or its failure. Exit codes: 0 done, 1 failed, 2 misused.

use clap::Parser;
use keyhouse::command::{self, CommandLine};
use std::process::ExitCode;

fn main() -> ExitCode {
    match command::run(CommandLine::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("keyhouse: {failure}");
            ExitCode::FAILURE
        }
    }
}
