//! The command line; one file a subcommand.

use std::io::Write as _;

/// Prints a line of a running account, as `println!` does, but that nobody reads on is no panic.
macro_rules! print_line {
    () => { $crate::cli::print_line(format_args!("")) };
    ($($part:tt)*) => { $crate::cli::print_line(format_args!($($part)*)) };
}

mod backup;
pub(crate) mod client;
mod config;
mod erase;
mod fit;
mod import;
pub(crate) mod local;
mod models;
pub(crate) mod parent;
pub(crate) mod report;
mod restore;
mod serve;
mod signals;
mod status;

use crate::engine::WorkerPanic;
use crate::telemetry::LogFormat;

/// Log filter of a running service.
pub(crate) const SERVICE_LOG_FILTER: &str = "warn,goodstanding=info";
/// Log filter of a command that prints its result.
pub(crate) const COMMAND_LOG_FILTER: &str = "warn";

/// Error of a subcommand; its message names what to do or where to look.
pub type CliError = Box<dyn std::error::Error + Send + Sync>;

/// The exit code of a panic: `EX_SOFTWARE` of BSD's `sysexits`, for faults of the program itself.
const PANICKED: u8 = 70;

/// The exit code of a failure, 2 aside, which the parser of arguments ends with on its own.
pub fn exit_code(error: &CliError) -> u8 {
    if error.is::<WorkerPanic>() {
        PANICKED
    } else {
        1
    }
}

/// Subcommands of the product.
#[derive(Debug, clap::Subcommand)]
pub enum Subcommand {
    /// Serve over gRPC.
    Serve(serve::Arguments),
    /// Check a configuration, or show it.
    Config(config::Arguments),
    /// Bring outside data into a running service, or into a directory.
    Import(import::Arguments),
    /// Describe a subject's assessment in words, or list the riskiest subjects.
    Report(report::Arguments),
    /// Learn a model from labels, or from the verdicts of a service.
    Fit(fit::Arguments),
    /// List, import, activate, compare and measure model versions.
    Models(models::Arguments),
    /// List the signals: what each measures, and what it may indicate.
    Signals(signals::Arguments),
    /// Write a backup of a running service, or of a directory.
    Backup(backup::Arguments),
    /// Make a store of a backup, or check one.
    Restore(restore::Arguments),
    /// Erase reviewers: their texts, stars and links.
    Erase(erase::Arguments),
    /// Show the state of a service or a directory.
    Status(status::Arguments),
}

impl Subcommand {
    /// Returns the log filter that holds unless `GOODSTANDING_LOG` sets another: a service logs
    /// its work, commands print their result.
    pub const fn log_filter(&self) -> &'static str {
        match self {
            Self::Serve(_) => SERVICE_LOG_FILTER,
            _ => COMMAND_LOG_FILTER,
        }
    }

    /// Runs the subcommand to its end.
    pub fn run(self, format: LogFormat) -> Result<(), CliError> {
        let filter = self.log_filter();
        if !matches!(self, Self::Serve(_)) {
            crate::telemetry::init(format, filter, None)?;
        }
        match self {
            Self::Serve(arguments) => serve::run(arguments, format, filter),
            Self::Backup(arguments) => backup::run(arguments),
            Self::Restore(arguments) => restore::run(arguments),
            Self::Erase(arguments) => erase::run(arguments),
            Self::Config(arguments) => config::run(arguments),
            Self::Import(arguments) => import::run(arguments),
            Self::Report(arguments) => report::run(arguments),
            Self::Fit(arguments) => fit::run(arguments),
            Self::Models(arguments) => models::run(arguments),
            Self::Signals(arguments) => signals::run(&arguments),
            Self::Status(arguments) => status::run(arguments),
        }
    }
}

/// Makes the error of arguments that do not go together; it ends the process with 2.
fn usage_error(kind: clap::error::ErrorKind, message: &str) -> clap::Error {
    let program = clap::Command::new("goodstanding");
    <Subcommand as clap::Subcommand>::augment_subcommands(program).error(kind, message)
}

/// Prints a result. That nobody reads on, as behind `| head`, is no failure.
pub(crate) fn print(text: &str) -> Result<(), CliError> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}

/// Prints a line; what comes later goes on where it cannot be printed.
pub(crate) fn print_line(words: std::fmt::Arguments<'_>) {
    if let Err(error) = print(&format!("{words}\n")) {
        eprintln!("goodstanding: a line could not be printed: {error}");
    }
}
