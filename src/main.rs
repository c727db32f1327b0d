//! Stages of start-up and exit codes: 0 done, 1 the work failed, 2 wrong usage, 70 a thread
//! panicked.

use std::process::ExitCode;

use clap::Parser as _;
use goodstanding::telemetry::LogFormat;
use goodstanding::{cli, lab};

// Pages of the state are allocated by the writer and freed by whoever drops the last snapshot:
// with the system's allocator that alone took a sixth of the processor time of an event.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Scores review-manipulation risk for e-commerce platforms and the small sellers on them.
#[derive(Debug, clap::Parser)]
#[command(
    name = "goodstanding",
    version,
    after_help = "Exit codes: 0 done, 1 the work failed or is incomplete, 2 wrong usage, \
                  70 a thread panicked: run it again, nothing acknowledged is lost."
)]
struct Command {
    /// Format of log lines on stderr.
    #[arg(long, global = true, value_enum, default_value_t)]
    log_format: LogFormat,
    #[command(subcommand)]
    subcommand: Subcommand,
}

#[derive(Debug, clap::Subcommand)]
enum Subcommand {
    #[command(flatten)]
    Product(cli::Subcommand),
    #[command(flatten)]
    Laboratory(lab::Subcommand),
}

fn main() -> ExitCode {
    let command = Command::parse();
    let done = match command.subcommand {
        Subcommand::Product(subcommand) => subcommand.run(command.log_format),
        Subcommand::Laboratory(subcommand) => subcommand.run(command.log_format),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => match error.downcast::<clap::Error>() {
            // Found after parsing; it says how to call, and ends with 2.
            Ok(usage) => usage.exit(),
            Err(error) => {
                eprintln!("goodstanding: {error}");
                ExitCode::from(cli::exit_code(&error))
            }
        },
    }
}
