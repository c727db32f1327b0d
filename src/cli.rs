//! The command line, with one file for each subcommand.

use std::io::Write as _;

/// Prints a line like `println!`, without a panic if the reader has gone.
macro_rules! print_line {
    () => { $crate::cli::print_line(format_args!("")) };
    ($($part:tt)*) => { $crate::cli::print_line(format_args!($($part)*)) };
}

mod backup;
pub(crate) mod client;
mod clock;
mod config;
mod erase;
mod fit;
mod import;
pub(crate) mod local;
mod log;
mod models;
pub(crate) mod parent;
pub(crate) mod report;
mod restore;
pub(crate) mod runtime;
mod serve;
mod signals;
mod status;

use self::runtime::block_on;
use crate::engine::WorkerPanic;
use crate::instruments::DroppedLines;
use crate::telemetry::LogFormat;

/// Log filter of a running service.
pub(crate) const SERVICE_LOG_FILTER: &str = "warn,goodstanding=info";
/// Log filter of a command that prints its result.
pub(crate) const COMMAND_LOG_FILTER: &str = "warn";

/// An error of a subcommand. Its message names what to do or where to look.
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
    /// Import outside data into a running service or a directory.
    Import(import::Arguments),
    /// Describe a subject's assessment in words, or list the riskiest subjects.
    Report(report::Arguments),
    /// Learn a model from labels, or from the verdicts of a service.
    Fit(fit::Arguments),
    /// List, import, activate, compare and measure model versions.
    Models(models::Arguments),
    /// List the signals with their definitions and legal indications.
    Signals(signals::Arguments),
    /// Write a backup of a running service, or of a directory.
    Backup(backup::Arguments),
    /// Make a store of a backup, or check one.
    Restore(restore::Arguments),
    /// Check the log of a store, or save what a damaged one still has.
    Log(log::Arguments),
    /// Erase reviewers: their texts, stars and links.
    Erase(erase::Arguments),
    /// Turn the clock of a marketplace back, after events with a wrong date.
    Clock(clock::Arguments),
    /// Show the state of a service or a directory.
    Status(status::Arguments),
}

impl Subcommand {
    /// Returns the log filter unless `GOODSTANDING_LOG` sets another: a service logs its work,
    /// commands print their result.
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
            crate::telemetry::init(format, filter, None, &DroppedLines::default())?;
        }
        match self {
            Self::Serve(arguments) => serve::run(arguments, format, filter),
            Self::Backup(arguments) => block_on(backup::run(arguments)),
            Self::Restore(arguments) => restore::run(arguments),
            Self::Log(arguments) => log::run(arguments),
            Self::Erase(arguments) => block_on(erase::run(arguments)),
            Self::Clock(arguments) => block_on(clock::run(arguments)),
            Self::Config(arguments) => block_on(config::run(arguments)),
            Self::Import(arguments) => block_on(import::run(arguments)),
            Self::Report(arguments) => block_on(report::run(arguments)),
            Self::Fit(arguments) => fit::run(arguments),
            Self::Models(arguments) => block_on(models::run(arguments)),
            Self::Signals(arguments) => signals::run(&arguments),
            Self::Status(arguments) => block_on(status::run(arguments)),
        }
    }
}

/// Makes files for their owner only, also those that libraries create.
fn keep_files_private() {
    use rustix::fs::Mode;
    rustix::process::umask(Mode::RWXG | Mode::RWXO);
}

/// Prepares the process for an open store: its files are private, and a write beyond the system's
/// limit on the size of files fails instead of ending the process without a word.
fn prepare_for_store() {
    keep_files_private();
    #[cfg(target_os = "linux")]
    {
        use rustix::process::Signal;
        use tokio::signal::unix::{SignalKind, signal};
        // A signal that is handled stays handled when nobody listens any more.
        if let Err(error) = signal(SignalKind::from_raw(Signal::XFSZ.as_raw())) {
            tracing::warn!(%error, "a limit on the size of files would end this process");
        }
    }
}

/// Makes the error of arguments that exclude each other; the exit code is 2.
fn usage_error(kind: clap::error::ErrorKind, message: &str) -> clap::Error {
    let program = clap::Command::new("goodstanding");
    <Subcommand as clap::Subcommand>::augment_subcommands(program).error(kind, message)
}

/// Prints a result. A reader that has gone, such as `| head`, is no failure.
pub(crate) fn print(text: &str) -> Result<(), CliError> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}

/// Prints a line, and goes on if it cannot be printed.
pub(crate) fn print_line(words: std::fmt::Arguments<'_>) {
    if let Err(error) = print(&format!("{words}\n")) {
        eprintln!("goodstanding: a line could not be printed: {error}");
    }
}
