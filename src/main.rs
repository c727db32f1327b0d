//! Stages of start-up and exit codes: 0 done, 1 the work failed, 2 wrong usage.

use std::process::ExitCode;

use clap::Parser as _;
use goodstanding::cli::Command;

// Pages of the state are allocated by the writer and freed by whoever drops the last snapshot:
// with the system's allocator that alone took a sixth of the processor time of an event.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let command = Command::parse();
    match command.run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => match error.downcast::<clap::Error>() {
            // Found after parsing; it says how to call, and ends with 2.
            Ok(usage) => usage.exit(),
            Err(error) => {
                eprintln!("goodstanding: {error}");
                ExitCode::FAILURE
            }
        },
    }
}
