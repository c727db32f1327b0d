//! Stages of start-up and exit codes: 0 done, 1 the work failed, 2 wrong usage.

use std::process::ExitCode;

use clap::Parser as _;
use goodstanding::cli::Command;

fn main() -> ExitCode {
    let command = Command::parse();
    if let Err(error) = goodstanding::telemetry::init(command.log_format) {
        eprintln!("goodstanding: {error}");
        return ExitCode::FAILURE;
    }
    match command.run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("goodstanding: {error}");
            ExitCode::FAILURE
        }
    }
}
